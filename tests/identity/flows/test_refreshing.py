"""Refresh tokens: rotated, used once, bound to their client, and ended with what they rest on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.identity.test_token_endpoint import GRAPH, USER, claims_of
from tests.support.endings import end_sign_ins
from tests.support.service import (
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    open_service,
    write_seed_file,
)
from timebound.application.changes import ChangeSet, PutObject, PutSecret, Write
from timebound.domain.ids import PrincipalId, TenantId

ARM = "https://management.azure.com/.default"
OTHER = "11111111-0000-4000-8000-000000000009"
CONTEXT = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Service]:
    other = {
        "displayName": "Other",
        "kind": "public",
        "appId": OTHER,
        "permissions": {"delegated": ["User.Read"]},
    }
    settings = emulator(tmp_path)
    seed = {**SEED, "applications": [*SEED["applications"], other]}
    seeded = replace(settings, seed=write_seed_file(tmp_path / "more", seed))
    async with open_service(seeded) as service:
        yield service


async def signed_in(service: Service) -> str:
    answer = await service.ask_token(USER)
    assert answer.status_code == httpx.codes.OK, answer.text
    token: str = answer.json()["refresh_token"]
    return token


def refreshing(token: str, **changes: str) -> dict[str, str]:
    form = {
        "grant_type": "refresh_token",
        "client_id": USER["client_id"],
        "refresh_token": token,
        "scope": f"{GRAPH} openid offline_access",
    }
    return form | changes


async def refreshed(service: Service, form: Mapping[str, str]) -> dict[str, Any]:
    answer = await service.ask_token(form)
    assert answer.status_code == httpx.codes.OK, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refused(service: Service, form: Mapping[str, str], tenant: str = TENANT) -> int:
    answer = await service.ask_token(form, tenant)
    assert answer.status_code >= httpx.codes.BAD_REQUEST, answer.text
    number: int = answer.json()["error_codes"][0]
    return number


@pytest.mark.documented("RFC 9700, 4.14.2: rotation; the sign-in keeps its time and its methods")
async def test_each_refresh_token_is_followed_by_another(opened: Service) -> None:
    first = await signed_in(opened)
    body = await refreshed(opened, refreshing(first))
    assert body["refresh_token"] != first
    again = await refreshed(opened, refreshing(body["refresh_token"]))
    one, other = claims_of(body["access_token"]), claims_of(again["access_token"])
    assert one["auth_time"] == other["auth_time"]
    assert one["amr"] == ["pwd"]
    assert claims_of(again["id_token"])["auth_time"] == one["auth_time"]


@pytest.mark.documented("RFC 9700, 4.14.2: a token that comes again ends the whole family")
async def test_one_that_comes_again_ends_all_that_followed(opened: Service) -> None:
    first = await signed_in(opened)
    second = (await refreshed(opened, refreshing(first)))["refresh_token"]
    third = (await refreshed(opened, refreshing(second)))["refresh_token"]
    assert await refused(opened, refreshing(first)) == 50173
    assert await refused(opened, refreshing(third)) == 50173


@pytest.mark.documented("RFC 9700, 4.14.2: of several who show one token, one has stolen it")
async def test_of_eight_at_once_one_is_answered_and_all_fall(opened: Service) -> None:
    token, barrier = await signed_in(opened), asyncio.Barrier(8)

    async def one() -> httpx.Response:
        await barrier.wait()
        return await opened.ask_token(refreshing(token))

    answers = await asyncio.gather(*(one() for _ in range(8)))
    won = [answer for answer in answers if answer.status_code == httpx.codes.OK]
    assert len(won) <= 1
    for answer in won:
        assert await refused(opened, refreshing(answer.json()["refresh_token"])) == 50173


@pytest.mark.documented("clients/contract.md, 6: a second API through the refresh token")
async def test_one_sign_in_opens_several_apis(opened: Service) -> None:
    body = await refreshed(opened, refreshing(await signed_in(opened), scope=ARM))
    assert claims_of(body["access_token"])["aud"] == "https://management.azure.com"
    back = await refreshed(opened, refreshing(body["refresh_token"]))
    assert claims_of(back["access_token"])["aud"] == "https://graph.microsoft.com"


@pytest.mark.documented("OAuth 2.0 on the v1.0 endpoint: refresh with a resource")
async def test_version_1_refreshes_for_a_resource(opened: Service) -> None:
    form = refreshing(await signed_in(opened), resource="https://management.core.windows.net/")
    del form["scope"]
    answer = await opened.client.post(f"/{TENANT}/oauth2/token", data=form)
    body = answer.json()
    assert claims_of(body["access_token"])["aud"] == "https://management.core.windows.net/"
    assert body["refresh_token"]


@pytest.mark.documented("RFC 6749, 6: bound to the client it was issued to")
async def test_it_is_of_one_client(opened: Service) -> None:
    token = await signed_in(opened)
    assert await refused(opened, refreshing(token, client_id=OTHER)) == 70000
    robot = refreshing(token, client_id=ROBOT, client_secret=SECRET)
    assert await refused(opened, robot) == 70000
    # What others tried has used nothing up.
    assert (await refreshed(opened, refreshing(token)))["refresh_token"]


@pytest.mark.documented("RFC 6749, 5.2: invalid_grant for what is no token of ours")
@pytest.mark.parametrize("token", ["x", f"{TENANT}.x", ".", "ä.ö", f"{TENANT}.{'x' * 5000}"])
async def test_what_is_no_refresh_token_is_refused(opened: Service, token: str) -> None:
    assert await refused(opened, refreshing(token)) == 70000


@pytest.mark.inferred("a code and a refresh token are kept alike, and are not each other")
async def test_a_refresh_token_is_no_code(opened: Service) -> None:
    token = await signed_in(opened)
    form = refreshing(token, code=token, redirect_uri="x") | {"grant_type": "authorization_code"}
    assert await refused(opened, form) in {70000, 70003}


@pytest.mark.documented("OAuth 2.0 code flow: `common` takes a refresh token of any tenant")
async def test_a_shared_name_takes_it_and_another_tenant_does_not(opened: Service) -> None:
    token = await signed_in(opened)
    answer = await opened.ask_token(refreshing(token), "common")
    assert answer.status_code == httpx.codes.OK
    assert await refused(opened, refreshing(token), "nobody.example") == 90002


@pytest.mark.documented("AADSTS65001: more than was consented to needs consent")
async def test_more_than_was_consented_to_is_refused_and_uses_nothing_up(opened: Service) -> None:
    token = await signed_in(opened)
    assert await refused(opened, refreshing(token, scope="User.ReadWrite.All")) == 65001
    assert (await refreshed(opened, refreshing(token)))["refresh_token"]


@pytest.mark.documented("clients/contract.md, 6: a silent token with a claims challenge")
async def test_an_emulator_counts_factors_as_used_as_it_did_before(opened: Service) -> None:
    body = await refreshed(opened, refreshing(await signed_in(opened), claims=CONTEXT))
    claims = claims_of(body["access_token"])
    assert (claims["acrs"], claims["amr"]) == (["c1"], ["pwd", "mfa"])
    assert claims["xms_cc"] == ["cp1"]


@pytest.mark.documented("MSAL: suberror tells that somebody has to be asked again")
async def test_libraries_are_told_that_somebody_has_to_be_asked(opened: Service) -> None:
    token = await signed_in(opened)
    lacking = await opened.ask_token(refreshing(token, scope="User.ReadWrite.All"))
    await refreshed(opened, refreshing(token))
    revoked = await opened.ask_token(refreshing(token))
    told = [(one.json()["error"], one.json()["suberror"]) for one in (lacking, revoked)]
    assert told == [("invalid_grant", "consent_required"), ("invalid_grant", "bad_token")]
    other = await opened.ask_token({"grant_type": "x"})
    assert "suberror" not in other.json()


@pytest.mark.documented("RFC 7009, 2: a public client takes back its own token, and no other's")
async def test_a_token_that_is_taken_back_works_no_more(opened: Service) -> None:
    token = await signed_in(opened)
    url = f"/{TENANT}/oauth2/v2.0/revoke"
    strange = await opened.client.post(url, data={"client_id": OTHER, "token": token})
    assert strange.status_code == httpx.codes.OK
    token = (await refreshed(opened, refreshing(token)))["refresh_token"]
    own = await opened.client.post(url, data={"client_id": USER["client_id"], "token": token})
    assert own.status_code == httpx.codes.OK
    assert await refused(opened, refreshing(token)) == 50173


@pytest.mark.documented("ASVS 5.0, V7.4: what was granted ends with the account and the password")
@pytest.mark.parametrize("way", ["disabled", "password", "everywhere"])
async def test_it_falls_with_the_account_the_password_and_the_sessions(
    opened: Service, way: str
) -> None:
    token, tenant, store = await signed_in(opened), TenantId(TENANT), opened.parts.store
    record = await store.find_user(tenant, USER["username"])
    assert record is not None
    user_id, at = PrincipalId(record.owner.id), opened.parts.clock.now()
    if way == "everywhere":
        await end_sign_ins(store, tenant, user_id, at)
    else:
        writes: dict[str, tuple[Write, ...]] = {
            "disabled": (PutObject(replace(record.owner, is_enabled=False)),),
            "password": (PutSecret(user_id, "password", "another"),),
        }
        assert await store.apply(ChangeSet(tenant, at, {}, frozenset(), writes[way]))
    assert await refused(opened, refreshing(token)) == 50173
