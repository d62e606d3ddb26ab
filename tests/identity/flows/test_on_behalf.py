"""APIs of the tenant's own: tokens for them, consent to them, and what they do on behalf."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.identity.flows.test_consenting import answer, asked, own
from tests.identity.flows.world import (
    ADA,
    BEA,
    LOOPBACK,
    PHONE,
    PKCE,
    VERIFIER,
    WEB,
    WEB_SECRET,
    Visitor,
    World,
    told,
)
from tests.identity.test_token_endpoint import claims_of
from tests.support.log_tampering import Intruder
from tests.support.service import ROBOT, SECRET, TENANT, id_of
from timebound.domain.events import Fact
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.on_behalf import MOST_GENERATIONS

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
API = f"api://{WEB}"
SCOPE = f"{API}/access_as_user"
KEEP = "offline_access"
ACCESS, ADMIN = "22222222-0000-4000-8000-00000000000a", "22222222-0000-4000-8000-00000000000b"
C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


def exposed(*clients: str) -> dict[str, Fact]:
    scopes: tuple[Fact, ...] = (
        {"id": ACCESS, "value": "access_as_user", "type": "User", "isEnabled": True},
        {"id": ADMIN, "value": "manage", "type": "Admin", "isEnabled": True},
        {"id": "x", "value": "old", "type": "User", "isEnabled": False},
    )
    allowed: tuple[Fact, ...] = tuple(
        {"appId": one, "delegatedPermissionIds": (ACCESS,)} for one in clients
    )
    return {"oauth2PermissionScopes": scopes, "preAuthorizedApplications": allowed}


async def open_api(world: World, *clients: str) -> None:
    await world.change(WEB, api=exposed(*clients))


async def api_token(world: World, visitor: Visitor, **fields: str) -> dict[str, Any]:
    """The tokens that the phone gets to call the API with."""
    given = {"client_id": PHONE, "redirect_uri": LOOPBACK, "scope": f"openid {SCOPE}", **PKCE}
    code = told(await visitor.authorize(**(given | fields)))["code"]
    form = {
        "client_id": PHONE,
        "client_secret": "",
        "redirect_uri": LOOPBACK,
        "code_verifier": VERIFIER,
    }
    redeemed = await world.redeem(code, **form)
    assert redeemed.status_code == httpx.codes.OK, redeemed.text
    body: dict[str, Any] = redeemed.json()
    return body


async def on_behalf(world: World, assertion: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": BEARER,
        "client_id": WEB,
        "client_secret": WEB_SECRET,
        "assertion": assertion,
        "requested_token_use": "on_behalf_of",
        "scope": "https://graph.microsoft.com/User.Read offline_access",
    }
    merged = form | changes
    return await world.service.ask_token({name: v for name, v in merged.items() if v})


def number(refused: httpx.Response) -> int:
    assert refused.status_code >= httpx.codes.BAD_REQUEST, refused.text
    found: int = refused.json()["error_codes"][0]
    return found


@pytest.mark.documented("identity platform: preauthorized clients need no consent; api:")
async def test_a_token_for_an_api_of_the_tenant(world: World) -> None:
    await open_api(world, PHONE)
    claims = claims_of((await api_token(world, await world.sign_in()))["access_token"])
    assert (claims["aud"], claims["scp"]) == (API, "access_as_user")
    assert (claims["oid"], claims["azp"]) == (id_of("user", ADA), PHONE)


@pytest.mark.documented("DESIGN: a token for another audience tells of no role past its end")
async def test_other_apis_are_told_of_no_role(world: World) -> None:
    await open_api(world, PHONE)
    person = claims_of((await api_token(world, await world.sign_in()))["access_token"])
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": SECRET,
        "scope": f"{WEB}/.default",
    }
    robot = claims_of((await world.service.ask_token(form)).json()["access_token"])
    assert "wids" not in person
    assert "wids" not in robot
    assert (robot["roles"], robot["aud"]) == ([], WEB)


@pytest.mark.documented("access tokens: an API refuses what was made for another")
async def test_our_own_doors_do_not_take_it(world: World) -> None:
    await open_api(world, PHONE)
    token = (await api_token(world, await world.sign_in()))["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    refused = await world.service.client.get("/v1.0/me", headers=headers)
    assert refused.status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.documented("consent framework: an API says which of its scopes people may give")
async def test_scopes_of_an_api_are_consented_to(world: World) -> None:
    await open_api(world)
    visitor = await world.sign_in(BEA)
    given = {"client_id": PHONE, "redirect_uri": LOOPBACK, **PKCE}
    hard = await asked(world, visitor, scope=f"{API}/manage", **given)
    assert hard.needs_administrator
    question = await asked(world, visitor, scope=SCOPE, **given)
    assert question.delegated == (f"{WEB}/access_as_user",)
    found = await answer(world, visitor, question)
    assert isinstance(found, Interaction)
    assert "code" in told(await visitor.get(found.back))
    assert await own(world, BEA) == frozenset()
    unknown = told(await visitor.authorize(scope=f"{API}/old", **given))
    assert unknown["error_description"].startswith("AADSTS650053")


@pytest.mark.documented("on-behalf-of flow: the same person and sign-in, another API")
async def test_an_api_acts_on_behalf(world: World) -> None:
    await open_api(world, PHONE)
    token = (await api_token(world, await world.sign_in(ADA, "otp", "mfa")))["access_token"]
    body = (await on_behalf(world, token)).json()
    claims, before = claims_of(body["access_token"]), claims_of(token)
    assert claims["aud"] == "https://graph.microsoft.com"
    assert (claims["azp"], claims["oid"]) == (WEB, id_of("user", ADA))
    assert (claims["amr"], claims["auth_time"]) == (before["amr"], before["auth_time"])
    form = {
        "grant_type": "refresh_token",
        "client_id": WEB,
        "client_secret": WEB_SECRET,
        "refresh_token": body["refresh_token"],
    }
    assert (await world.service.ask_token(form)).status_code == httpx.codes.OK


@pytest.mark.documented("on-behalf-of flow: only what was made for the API, of a person")
async def test_other_assertions_are_refused(world: World) -> None:
    await open_api(world, PHONE)
    visitor = await world.sign_in()
    tokens = await api_token(world, visitor)
    header, payload, signature = tokens["access_token"].split(".")
    graph = await api_token(world, visitor, scope="openid User.Read")
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": SECRET,
        "scope": f"{API}/.default",
    }
    robot = (await world.service.ask_token(form)).json()["access_token"]
    assert number(await on_behalf(world, graph["access_token"])) == 500131
    assert number(await on_behalf(world, tokens["id_token"])) == 50013
    assert number(await on_behalf(world, robot)) == 50013
    assert number(await on_behalf(world, f"{header}.{payload}.{signature[::-1]}")) == 50013
    assert number(await on_behalf(world, "x")) == 50013
    other = {"client_id": ROBOT, "client_secret": SECRET}
    assert number(await on_behalf(world, tokens["access_token"], **other)) == 500131


@pytest.mark.documented("on-behalf-of flow: requested_token_use, the API's proof, its consent")
async def test_the_api_proves_itself_and_has_consent_of_its_own(world: World) -> None:
    await open_api(world, PHONE)
    token = (await api_token(world, await world.sign_in()))["access_token"]
    assert number(await on_behalf(world, token, requested_token_use="")) == 900144
    assert number(await on_behalf(world, token, requested_token_use="x")) == 90013
    assert number(await on_behalf(world, "")) == 900144
    assert number(await on_behalf(world, token, client_secret="")) == 7000218
    assert number(await on_behalf(world, token, client_secret="x")) == 7000215
    assert number(await on_behalf(world, token, scope="Mail.Read")) == 65001


@pytest.mark.documented("claims challenge: an API cannot step a person up, and tells what is asked")
async def test_a_challenge_surfaces_to_the_client(world: World) -> None:
    await open_api(world, PHONE)
    weak = (await api_token(world, await world.sign_in()))["access_token"]
    refused = await on_behalf(world, weak, claims=C1)
    assert (number(refused), refused.json()["claims"]) == (50079, C1)
    assert refused.json()["error"] == "interaction_required"
    assert refused.json()["suberror"] == "basic_action"
    visitor = await world.sign_in(ADA, "otp", "mfa")
    strong = (await api_token(world, visitor, claims=C1))["access_token"]
    body = (await on_behalf(world, strong, claims=C1)).json()
    assert claims_of(body["access_token"])["acrs"] == ["c1"]


@pytest.mark.inferred("a token that counts no more is shown on nobody's behalf")
async def test_an_api_shows_no_token_that_has_ended(world: World) -> None:
    await open_api(world, PHONE)
    body = await api_token(world, await world.sign_in(), scope=f"offline_access {SCOPE}")
    assert (await on_behalf(world, body["access_token"])).status_code == httpx.codes.OK
    form = {"client_id": PHONE, "token": body["refresh_token"]}
    taken = await world.service.client.post(f"/{TENANT}/oauth2/v2.0/revoke", data=form)
    assert taken.status_code == httpx.codes.OK
    assert number(await on_behalf(world, body["access_token"])) == 50013


@pytest.mark.inferred("what ends with a family that is not there any more would never end")
async def test_an_api_shows_no_token_whose_family_is_not_kept(world: World, tmp_path: Path) -> None:
    await open_api(world, PHONE)
    token = (await api_token(world, await world.sign_in()))["access_token"]
    assert (await on_behalf(world, token)).status_code == httpx.codes.OK
    intruder = Intruder(f"sqlite:///{tmp_path / 'data' / 'timebound.db'}", TENANT)
    await intruder.run("DELETE FROM token_families")
    for scope in ("https://graph.microsoft.com/User.Read", "User.Read offline_access"):
        assert number(await on_behalf(world, token, scope=scope)) == 50013


@pytest.mark.inferred("an hour that an API was given does not become months by itself")
async def test_an_api_does_not_renew_what_it_was_given_for_itself(world: World) -> None:
    await open_api(world, PHONE, WEB)
    shown = (await api_token(world, await world.sign_in()))["access_token"]
    first = await on_behalf(world, shown, scope=SCOPE)
    assert first.status_code == httpx.codes.OK, first.text
    own = first.json()["access_token"]
    assert (claims_of(own)["azp"], claims_of(own)["aud"]) == (WEB, API)
    assert number(await on_behalf(world, own, scope=SCOPE)) == 50013
    assert number(await on_behalf(world, own, scope=f"{WEB}/.default")) == 50013
    # A page and the API behind it may be one registration.
    assert (await on_behalf(world, own)).status_code == httpx.codes.OK


@pytest.mark.inferred("two APIs that hand a person on to one another come to an end")
async def test_refresh_tokens_come_of_one_another_so_many_times(world: World) -> None:
    await open_api(world, PHONE, ROBOT)
    await world.change(ROBOT, api=exposed(WEB))
    robot = {"client_id": ROBOT, "client_secret": SECRET}
    turns = ({"scope": f"api://{ROBOT}/access_as_user"}, {**robot, "scope": SCOPE})
    shown = (await api_token(world, await world.sign_in()))["access_token"]
    for turn in range(MOST_GENERATIONS + 1):
        asked_for = turns[turn % 2]
        keeping = {**asked_for, "scope": f"{asked_for['scope']} {KEEP}"}
        kept = await on_behalf(world, shown, **keeping)
        if turn == MOST_GENERATIONS:
            assert number(kept) == 50013
            assert (await on_behalf(world, shown, **asked_for)).status_code == httpx.codes.OK
        else:
            shown = kept.json()["access_token"]


@pytest.mark.documented("AADSTS500011: what is no application of the tenant is no API")
@pytest.mark.parametrize(
    "name", ["api://nowhere", "api://", f"api://{TENANT}", "https://x.example"]
)
async def test_what_is_no_api_is_refused(world: World, name: str) -> None:
    visitor = await world.sign_in()
    refused = told(await visitor.authorize(scope=f"{name}/x"))
    assert refused["error"] == "invalid_resource"
    assert refused["state"] == "s-1"
