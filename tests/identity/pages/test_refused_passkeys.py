"""Passkeys that are refused: told in the sign-in log, and slowed down where they come from."""

from dataclasses import replace
from typing import Final

import httpx
import pytest

from tests.identity.flows.world import ADA, WEB, World, object_id, told
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_factor_pages import step_up
from tests.identity.pages.test_passkey_sign_in import arrive, is_refused, show
from tests.identity.pages.test_passkeys import options_of, prove, soft_key, with_passkey
from tests.support.service import REMOTE, TENANT
from timebound.application.changes import PutObject
from timebound.application.queries import Query
from timebound.application.sign_in_log_ports import KeptSignIn
from timebound.domain.ids import TenantId
from timebound.identity.pacing import NARROW, NETWORK

REFUSED, DISABLED = 500121, 50057
TOO_OFTEN: Final = "too often"

pytestmark = pytest.mark.documented(
    "AADSTS500121: authentication failed during strong authentication request"
)


async def log_of(world: World) -> list[KeptSignIn]:
    """The failures that were told, the newest first."""
    parts = world.service.parts
    await parts.sign_ins.flush()
    rows = (await parts.store.read_sign_ins(TenantId(TENANT), Query(100))).rows
    return [one for one in rows if one.fault]


async def refuse(reader: Reader, handle: str = "") -> httpx.Response:
    """The answer to a passkey of nobody's that says whose it is."""
    key = replace(soft_key(), handle=handle.encode())
    return await show(reader, await reader.authorize(prompt="login"), key)


async def test_a_refusal_is_told_of_whose_the_passkey_said_it_was(world: World) -> None:
    await with_passkey(world)
    assert is_refused(await refuse(reader_of(world), object_id(ADA)))
    (one,) = await log_of(world)
    assert (one.fault, one.user_id, one.user_principal_name) == (REFUSED, object_id(ADA), ADA)
    assert (one.kind, one.app_id, one.methods) == ("interactiveUser", WEB, ("fido",))


@pytest.mark.parametrize("handle", ["", "0" * 36, "x" * 36])
async def test_a_refusal_of_nobodys_is_told_of_nobody(world: World, handle: str) -> None:
    assert is_refused(await refuse(reader_of(world), handle))
    (one,) = await log_of(world)
    assert (one.fault, one.user_id, one.user_principal_name) == (REFUSED, None, None)


async def test_who_is_disabled_is_told_as_that(world: World) -> None:
    key = await with_passkey(world)
    store, tenant = world.service.parts.store, TenantId(TENANT)
    found = (await store.find_objects(tenant, [object_id(ADA)]))[object_id(ADA)]
    await world.put(PutObject(replace(found, is_enabled=False)))
    reader, page = await arrive(world)
    assert is_refused(await show(reader, page, key))
    assert [one.fault for one in await log_of(world)] == [DISABLED]


async def test_a_refused_second_factor_is_told_and_slowed_down(world: World) -> None:
    key = await with_passkey(world)
    reader, page = await step_up(world)
    for _ in range(NARROW.free):
        page = await prove(reader, page, soft_key())
        assert TOO_OFTEN not in page.text
    assert {one.fault for one in await log_of(world)} == {REFUSED}
    assert TOO_OFTEN in (await prove(reader, page, key)).text
    other = Reader(world.service.client_at(REMOTE))
    page = await other.sign_in(await other.authorize(claims=_C1), ADA)
    assert "code" in told(await prove(other, page, key)), "elsewhere nobody is held up by it"


async def test_refusals_hold_up_whoever_they_were_of_from_there_alone(world: World) -> None:
    key = await with_passkey(world)
    for _ in range(NARROW.free):
        assert is_refused(await refuse(reader_of(world), object_id(ADA)))
    reader, page = await arrive(world)
    held = await show(reader, page, key)
    assert (held.status_code, TOO_OFTEN in held.text) == (400, True)
    assert len(await log_of(world)) == NARROW.free, "what is not judged is not told"

    elsewhere = Reader(world.service.client_at(REMOTE))
    page = await elsewhere.authorize()
    assert "code" in told(await show(elsewhere, page, key))


async def test_a_known_browser_is_held_up_by_nobody(world: World) -> None:
    key = await with_passkey(world)
    owner, page = await arrive(world)
    assert "code" in told(await show(owner, page, key))
    for _ in range(NARROW.free):
        await refuse(reader_of(world), object_id(ADA))
    page = await owner.authorize(prompt="login")
    assert "code" in told(
        await owner.fill(page, "credential", credential=key.sign(options_of(page)))
    )


async def test_made_up_owners_count_for_where_they_come_from(world: World) -> None:
    key = await with_passkey(world)
    for number in range(NETWORK.free):
        answer = await refuse(reader_of(world), f"{number:036x}")
        assert TOO_OFTEN not in answer.text
    reader, page = await arrive(world)
    assert TOO_OFTEN in (await show(reader, page, key)).text


async def test_a_passkey_that_does_takes_its_own_failures_back(world: World) -> None:
    key = await with_passkey(world)
    for _ in range(2 * NARROW.free):
        await refuse(reader_of(world), object_id(ADA))
        reader, page = await arrive(world)
        assert "code" in told(await show(reader, page, key))


_C1: Final = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
