"""What ends when sessions are revoked, and when a code comes again: all that came of a sign-in."""

from typing import Any

import httpx
import pytest

from tests.identity.flows.test_codes import number, refresh, web_code
from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.world import ADA, BEA, GUS, Visitor, World, object_id
from tests.support.service import DESK, ROBOT, SECRET, TENANT
from timebound.application.changes import ChangeSet, GrantPermission
from timebound.domain.ids import ApplicationId, TenantId
from timebound.identity.flows.own_account import end_all_sessions
from timebound.identity.flows.sessions import Present

PERMISSION = "User.RevokeSessions.All"
WRITE = "User.ReadWrite.All"


async def desk_token(world: World, name: str, *permissions: str) -> str:
    """A token of a desk that may end sessions, and what else is said."""
    store, at = world.service.parts.store, world.service.parts.clock.now()
    desk = ApplicationId(DESK)
    grants = [GrantPermission(desk, one, is_delegated=True) for one in (PERMISSION, *permissions)]
    assert await store.apply(ChangeSet(TenantId(TENANT), at, {}, frozenset(), tuple(grants)))
    form = {
        "grant_type": "password",
        "client_id": DESK,
        "username": name,
        "password": "pass-word-1",
        "scope": "https://graph.microsoft.com/.default",
    }
    token: str = (await world.service.ask_token(form)).json()["access_token"]
    return token


async def tokens_of(world: World, visitor: Visitor) -> dict[str, Any]:
    answer = await world.redeem(await web_code(visitor))
    assert answer.status_code == httpx.codes.OK, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def call(world: World, token: str, path: str = "/v1.0/me") -> int:
    headers = {"authorization": f"Bearer {token}"}
    return (await world.service.client.get(path, headers=headers)).status_code


async def is_active(world: World, token: str) -> bool:
    form = {"client_id": ROBOT, "client_secret": SECRET, "token": token}
    answer = await world.service.client.post(f"/{TENANT}/oauth2/v2.0/introspect", data=form)
    active: bool = answer.json()["active"]
    return active


async def seen(world: World, token: str) -> tuple[int, int, bool]:
    """How Graph and userinfo answer a token, and whether introspection calls it active."""
    told = await call(world, token), await call(world, token, "/oidc/userinfo")
    return (*told, await is_active(world, token))


GOOD, ENDED = (200, 200, True), (401, 401, False)


async def revoke(world: World, who: str, path: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {who}"}
    return await world.service.client.post(f"/v1.0/{path}", headers=headers)


@pytest.mark.documented("Graph, user: revokeSignInSessions: refresh tokens and session cookies")
async def test_an_administrator_ends_the_sign_ins_of_somebody(world: World) -> None:
    ada, bea = await world.sign_in(ADA), await world.sign_in(BEA)
    given, kept = await tokens_of(world, ada), await tokens_of(world, bea)
    assert await seen(world, given["access_token"]) == GOOD
    gus = await desk_token(world, GUS)
    answer = await revoke(world, gus, f"users/{ADA}/revokeSignInSessions")
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["value"] is True
    assert number(await refresh(world, given["refresh_token"])) == 50173
    assert await seen(world, given["access_token"]) == ENDED
    assert await world.sessions.find(ada.browser) is None
    assert (await ada.authorize()).headers["location"].startswith(f"/{TENANT}/login")
    assert await seen(world, kept["access_token"]) == GOOD
    assert (await refresh(world, kept["refresh_token"])).status_code == httpx.codes.OK
    assert await world.sessions.find(bea.browser) is not None


@pytest.mark.documented("OWASP ASVS 5.0, 7.4.2: sessions of who is disabled or deleted end")
@pytest.mark.parametrize("is_deleted", [False, True], ids=["disabled", "deleted"])
async def test_what_ended_with_an_account_does_not_come_back_with_it(
    world: World, *, is_deleted: bool
) -> None:
    ada, user = await world.sign_in(ADA), f"/v1.0/users/{object_id(ADA)}"
    given = await tokens_of(world, ada)
    client, gus = world.service.client, await desk_token(world, GUS, WRITE)
    client.headers["authorization"] = f"Bearer {gus}"
    if is_deleted:
        gone = await client.delete(user)
        back = await client.post(f"/v1.0/directory/deletedItems/{object_id(ADA)}/restore")
    else:
        gone = await client.patch(user, json={"accountEnabled": False})
        back = await client.patch(user, json={"accountEnabled": True})
    assert (gone.status_code, back.is_success) == (204, True), gone.text + back.text
    del client.headers["authorization"]
    assert await world.sessions.find(ada.browser) is None
    assert await seen(world, given["access_token"]) == ENDED
    assert number(await refresh(world, given["refresh_token"])) == 50173


@pytest.mark.documented("OWASP ASVS 5.0, 7.4.2: nothing of a disabled account comes back with it")
async def test_a_token_that_nothing_is_kept_of_does_not_come_back_either(world: World) -> None:
    ada, user = await desk_token(world, ADA), f"/v1.0/users/{object_id(ADA)}"
    assert await call(world, ada) == httpx.codes.OK
    headers = {"authorization": f"Bearer {await desk_token(world, GUS, WRITE)}"}
    for flag in (False, True):
        body = {"accountEnabled": flag}
        changed = await world.service.client.patch(user, json=body, headers=headers)
        assert changed.is_success, changed.text
    assert await call(world, ada) == httpx.codes.UNAUTHORIZED
    # What is given from then on counts, in the same second too.
    assert await call(world, await desk_token(world, ADA)) == httpx.codes.OK


@pytest.mark.documented("issue 3: sign-out everywhere reaches tokens that nothing is kept of")
async def test_signing_out_everywhere_is_known_by_its_instant(world: World) -> None:
    ada, present = await desk_token(world, ADA), await present_of(world, ADA)
    assert await end_all_sessions(flows_of(world), present)
    assert await call(world, ada) == httpx.codes.UNAUTHORIZED
    assert await call(world, await desk_token(world, ADA)) == httpx.codes.OK


async def present_of(world: World, name: str) -> Present:
    """Who is signed in in a browser."""
    found = await world.sessions.find((await world.sign_in(name)).browser)
    assert found is not None
    return found


@pytest.mark.inferred("who signs in anew is let in at once, in the same second too")
async def test_who_signs_in_again_is_let_in(world: World) -> None:
    ada = await desk_token(world, ADA)
    assert (await revoke(world, ada, "me/revokeSignInSessions")).status_code == httpx.codes.OK
    assert await call(world, ada) == httpx.codes.UNAUTHORIZED
    given = await tokens_of(world, await world.sign_in(ADA))
    assert await seen(world, given["access_token"]) == GOOD
    assert (await refresh(world, given["refresh_token"])).status_code == httpx.codes.OK


@pytest.mark.inferred("a code that was asked for before gives nothing afterwards")
async def test_a_code_from_before_is_worth_nothing(world: World) -> None:
    ada = await world.sign_in(ADA)
    code, gus = await web_code(ada), await desk_token(world, GUS)
    assert (await revoke(world, gus, f"users/{ADA}/revokeSignInSessions")).is_success
    assert number(await world.redeem(code)) == 50173


@pytest.mark.documented("ASVS 5.0, 10.4.2: a code that comes again ends every token it gave")
async def test_a_code_that_comes_again_ends_its_access_tokens(world: World) -> None:
    ada = await world.sign_in(ADA)
    code = await web_code(ada)
    given, other = (await world.redeem(code)).json(), await tokens_of(world, ada)
    later = (await refresh(world, given["refresh_token"])).json()
    assert await seen(world, later["access_token"]) == GOOD
    assert number(await world.redeem(code)) in {54005, 50173}
    for token in (given["access_token"], later["access_token"]):
        assert await seen(world, token) == ENDED
    assert await seen(world, other["access_token"]) == GOOD
