"""What people look back at: their own sessions and consents, and nobody else's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.world import CLIENT, HOUR, NOON, World
from timebound.application.changes import GrantConsent
from timebound.application.sign_in_ports import Family, Session, SignedIn
from timebound.domain.ids import ApplicationId, PrincipalId

ADA, EVA = PrincipalId("ada"), PrincipalId("eva")
WHO = SignedIn(ADA, NOON, ("pwd",), "proof", "sid-1")
OTHER = ApplicationId("aaaaaaaa-0000-0000-0000-000000000002")

pytestmark = pytest.mark.documented("issue 3: session list, sign-out, review of own consents")


def a_session(world: World, key: str, who: SignedIn) -> Session:
    return Session(world.tenant, key, who, NOON + HOUR, NOON + 2 * HOUR, is_remembered=False)


async def test_own_sessions_that_count_are_told_the_newest_first(world: World) -> None:
    store, later = world.store, NOON + timedelta(minutes=5)
    mine = a_session(world, "a", WHO)
    newer = a_session(world, "b", replace(WHO, session_id="sid-2", at=later))
    idle = replace(a_session(world, "c", replace(WHO, session_id="sid-3")), idle_at=later)
    theirs = a_session(world, "d", replace(WHO, user_id=EVA, session_id="sid-4"))
    for one in (mine, newer, idle, theirs):
        await store.add_session(one)
    assert await store.list_sessions(world.tenant, ADA, later) == (newer, mine)
    assert await store.list_sessions(world.tenant, ADA, NOON + 2 * HOUR) == ()
    other = await World(store).begin()
    assert await store.list_sessions(other.tenant, ADA, NOON) == ()


async def test_signing_out_of_one_session_takes_its_families_along(world: World) -> None:
    store = world.store
    for key, sid in (("a", "sid-1"), ("b", "sid-2")):
        who = replace(WHO, session_id=sid)
        await store.add_session(a_session(world, key, who))
        await store.add_family(Family(world.tenant, key, CLIENT, who, NOON + HOUR), None)
    await store.sign_out_of(world.tenant, EVA, "sid-1")
    assert len(await store.list_sessions(world.tenant, ADA, NOON)) == 2, "it is not hers"
    await store.sign_out_of(world.tenant, ADA, "sid-1")
    left = await store.list_sessions(world.tenant, ADA, NOON)
    assert [one.key for one in left] == ["b"]
    families = [await store.find_family(world.tenant, one) for one in ("a", "b")]
    assert [one.is_revoked for one in families if one is not None] == [True, False]


async def test_own_consents_are_told_by_application(world: World) -> None:
    await world.write(
        *(GrantConsent(ADA, CLIENT, name) for name in ("User.Read", "Mail.Read")),
        GrantConsent(ADA, OTHER, "Files.Read"),
        GrantConsent(EVA, OTHER, "Notes.Read"),
    )
    told = await world.store.list_consents(world.tenant, ADA)
    assert told == {CLIENT: ("Mail.Read", "User.Read"), OTHER: ("Files.Read",)}
