"""Codes: used once, by the client that asked, with its address and its verifier."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from tests.identity.flows.world import (
    ADA,
    BACK,
    GRAPH,
    LOOPBACK,
    PHONE,
    PKCE,
    SPA,
    SPA_BACK,
    VERIFIER,
    WEB,
    WEB_SECRET,
    Visitor,
    World,
    told,
)
from tests.identity.test_token_endpoint import claims_of
from tests.support.endings import end_sign_ins
from tests.support.service import ROBOT, SECRET, TENANT
from timebound.application.sign_in_ports import OnceKind
from timebound.domain.ids import TenantId
from timebound.identity.flows.families import LIFE, SPA_LIFE
from timebound.identity.flows.marks import Marks, read_ticket

PHONE_FORM = {
    "client_id": PHONE,
    "client_secret": "",
    "redirect_uri": LOOPBACK,
    "code_verifier": VERIFIER,
}
SPA_FORM = PHONE_FORM | {"client_id": SPA, "redirect_uri": SPA_BACK}


async def web_code(visitor: Visitor, **fields: str) -> str:
    return told(await visitor.authorize(**fields))["code"]


async def phone_code(visitor: Visitor) -> str:
    answer = await visitor.authorize(client_id=PHONE, redirect_uri=LOOPBACK, **PKCE)
    return told(answer)["code"]


async def spa_code(visitor: Visitor) -> str:
    answer = await visitor.authorize(client_id=SPA, redirect_uri=SPA_BACK, **PKCE)
    return told(answer)["code"]


def number(answer: httpx.Response) -> int:
    assert answer.status_code >= httpx.codes.BAD_REQUEST, answer.text
    found: int = answer.json()["error_codes"][0]
    return found


async def refresh(world: World, token: str) -> httpx.Response:
    return await world.service.ask_token(
        {
            "grant_type": "refresh_token",
            "client_id": WEB,
            "client_secret": WEB_SECRET,
            "refresh_token": token,
        }
    )


@pytest.mark.documented("RFC 6749, 4.1.2: a code shown twice ends what it gave")
async def test_a_code_that_comes_again_ends_what_it_gave(world: World) -> None:
    code = await web_code(await world.sign_in())
    token = (await world.redeem(code)).json()["refresh_token"]
    assert number(await world.redeem(code)) in {54005, 50173}
    assert number(await refresh(world, token)) == 50173


@pytest.mark.documented("RFC 6749, 4.1.2: of eight who show a code one gets tokens, which fall")
async def test_eight_at_once_get_tokens_once(world: World) -> None:
    code, barrier = await web_code(await world.sign_in()), asyncio.Barrier(8)

    async def one() -> httpx.Response:
        await barrier.wait()
        return await world.redeem(code)

    answers = await asyncio.gather(*(one() for _ in range(8)))
    won = [one for one in answers if one.status_code == httpx.codes.OK]
    assert len(won) == 1
    assert {number(one) for one in answers if one not in won} <= {54005, 50173}
    assert number(await refresh(world, won[0].json()["refresh_token"])) == 50173


@pytest.mark.documented("RFC 6749, 4.1.3: bound to the client; RFC 9700, 4.5: code injection")
async def test_a_code_is_of_one_client(world: World) -> None:
    visitor = await world.sign_in()
    code = await web_code(visitor)
    robot = await world.redeem(code, client_id=ROBOT, client_secret=SECRET)
    assert number(robot) == 70000
    phone = await world.redeem(code, client_id=PHONE, client_secret="")
    assert number(phone) == 70000
    assert (await world.redeem(code)).status_code == httpx.codes.OK
    other = await phone_code(visitor)
    assert number(await world.redeem(other)) == 70000


@pytest.mark.documented("RFC 6749, 4.1.3: who has a secret proves it, who has none must not")
async def test_the_client_proves_itself(world: World) -> None:
    visitor = await world.sign_in()
    code = await web_code(visitor)
    assert number(await world.redeem(code, client_secret="")) == 7000218
    assert number(await world.redeem(code, client_secret="wrong")) == 7000215
    phone = await phone_code(visitor)
    assert number(await world.redeem(phone, **{**PHONE_FORM, "client_secret": "x"})) == 700025
    answer = await world.redeem(phone, **PHONE_FORM)
    assert claims_of(answer.json()["access_token"])["appidacr"] == "0"


@pytest.mark.documented("RFC 7636, 4.6; RFC 9700, 4.8: the verifier of the challenge, or none")
@pytest.mark.parametrize("verifier", ["", "w" * 43, "v" * 42, "v" * 129, f"{VERIFIER}ä", "ä" * 43])
async def test_a_wrong_verifier_gets_nothing(world: World, verifier: str) -> None:
    code = await phone_code(await world.sign_in())
    form = PHONE_FORM | {"code_verifier": verifier}
    assert number(await world.redeem(code, **form)) == 501481
    assert (await world.redeem(code, **PHONE_FORM)).status_code == httpx.codes.OK


@pytest.mark.documented("RFC 9700, 4.8.2: a verifier without a challenge tells of a downgrade")
async def test_a_challenge_that_was_taken_out_is_noticed(world: World) -> None:
    code = await web_code(await world.sign_in())
    assert number(await world.redeem(code, code_verifier=VERIFIER)) == 501481


@pytest.mark.documented("RFC 6749, 4.1.3: the address is the one that the code was sent to")
@pytest.mark.parametrize("uri", ["", f"{BACK}?fixed=1", "http://localhost:8401"])
async def test_the_address_is_the_same(world: World, uri: str) -> None:
    code = await web_code(await world.sign_in())
    assert number(await world.redeem(code, redirect_uri=uri)) == 500112


@pytest.mark.documented("RFC 6749, 5.2: what is no code is refused")
@pytest.mark.parametrize("code", ["x", f"{TENANT}.x", ".", "ä.ä", "11111111.x"])
async def test_what_is_no_code_is_refused(world: World, code: str) -> None:
    assert number(await world.redeem(code)) == 70000


@pytest.mark.documented("RFC 9700, 4.4: another tenant's endpoint does not take a code")
async def test_a_code_is_redeemed_where_it_was_made(world: World) -> None:
    visitor = await world.sign_in()
    code = await web_code(visitor)
    form = {
        "grant_type": "authorization_code",
        "client_id": WEB,
        "client_secret": WEB_SECRET,
        "code": code.replace(TENANT, "11111111-2222-4333-8444-555555555555"),
        "redirect_uri": BACK,
    }
    assert number(await world.service.ask_token(form)) == 70000
    shared = await world.service.ask_token(form | {"code": code}, "organizations")
    claims = claims_of(shared.json()["access_token"])
    assert claims["tid"] == TENANT


@pytest.mark.documented("RFC 6749, 4.1.2: ten minutes at most; RFC 9700, 2.2.2: refresh tokens end")
@pytest.mark.parametrize("is_spa", [False, True])
async def test_codes_are_short_lived_and_families_end(world: World, *, is_spa: bool) -> None:
    visitor = await world.sign_in()
    code = await (spa_code(visitor) if is_spa else web_code(visitor))
    store, tenant = world.service.parts.store, TenantId(TENANT)
    marks = Marks(world.service.parts.master.derive("sign-in marks"))
    key = marks.mark("code", tenant, read_ticket(code)[1])
    once = await store.find_once(tenant, key, OnceKind.CODE)
    assert once is not None
    family = await store.find_family(tenant, once.family_id)
    assert family is not None
    now = world.service.parts.system.now()
    assert once.ends_at - now <= timedelta(minutes=1 if is_spa else 10)
    assert family.ends_at - now <= (SPA_LIFE if is_spa else LIFE)
    assert not await store.use_once(tenant, key, once.ends_at)


@pytest.mark.documented("identity platform: refresh tokens of pages rotate like any other")
async def test_a_page_redeems_and_refreshes_without_a_secret(world: World) -> None:
    code = await spa_code(await world.sign_in())
    body = (await world.redeem(code, **SPA_FORM)).json()
    form = {
        "grant_type": "refresh_token",
        "client_id": SPA,
        "refresh_token": body["refresh_token"],
        "scope": GRAPH,
    }
    assert (await world.service.ask_token(form)).status_code == httpx.codes.OK


@pytest.mark.documented("OAuth 2.0 on the v1.0 endpoint: a code for a resource")
async def test_version_1_redeems_codes(world: World) -> None:
    code = await web_code(await world.sign_in())
    form = {
        "grant_type": "authorization_code",
        "client_id": WEB,
        "client_secret": WEB_SECRET,
        "code": code,
        "redirect_uri": BACK,
        "resource": "https://graph.microsoft.com",
    }
    answer = await world.service.client.post(f"/{TENANT}/oauth2/token", data=form)
    body = answer.json()
    assert claims_of(body["access_token"])["ver"] == "1.0"
    assert body["refresh_token"]
    assert claims_of(body["id_token"])["upn"] == ADA


@pytest.mark.inferred("a code rests on its sign-in like everything that follows it")
async def test_a_code_falls_with_the_sign_in(world: World) -> None:
    visitor = await world.sign_in()
    code = await web_code(visitor)
    present = await world.sessions.find(visitor.browser)
    assert present is not None
    store, at = world.service.parts.store, world.service.parts.clock.now()
    await end_sign_ins(store, TenantId(TENANT), present.who.user_id, at)
    assert number(await world.redeem(code)) == 50173
