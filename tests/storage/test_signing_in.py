"""What lies between a sign-in and its tokens: kept by fingerprint, used once, over on time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.world import CLIENT, HOUR, NOON, World
from timebound.application.changes import EndSignIns, GrantConsent, principal_key
from timebound.application.ports import Store
from timebound.application.sign_in_ports import (
    DeviceAsk,
    DeviceState,
    Family,
    Once,
    OnceKind,
    Session,
    SignedIn,
)
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.identity.lives import LONGEST_LIFE

ADA = PrincipalId("ada")
WHO = SignedIn(ADA, NOON, ("pwd", "mfa"), "proof", "sid-1")
CODE = Once(OnceKind.CODE, "code-key", "family-1", '{"a": 1}', NOON + HOUR)
AT_ONCE = 8
DAY = timedelta(days=1)

pytestmark = pytest.mark.documented(
    "RFC 6749, 4.1.2 and 10.4: a code and a refresh token are used once, and end"
)


def a_session(world: World, key: str = "key") -> Session:
    return Session(world.tenant, key, WHO, NOON + HOUR, NOON + 2 * HOUR, is_remembered=True)


def a_family(world: World, id_: str = "family-1") -> Family:
    return Family(world.tenant, id_, CLIENT, WHO, NOON + 2 * HOUR)


def a_device(world: World) -> DeviceAsk:
    return DeviceAsk(world.tenant, "device", "typed", CLIENT, "{}", NOON + HOUR, NOON)


async def test_a_session_is_found_prolonged_and_ended(world: World) -> None:
    store, session = world.store, a_session(world)
    await store.add_session(session)
    assert await store.find_session(world.tenant, "key") == session
    later = replace(session, idle_at=NOON + 90 * timedelta(minutes=1))
    await store.prolong_session(later)
    assert await store.find_session(world.tenant, "key") == later
    await store.end_session(world.tenant, "key")
    assert await store.find_session(world.tenant, "key") is None


def test_a_session_is_over_when_idle_or_at_its_end() -> None:
    session = Session(TenantId("none"), "k", WHO, NOON + HOUR, NOON + 2 * HOUR, is_remembered=False)
    assert session.is_alive(NOON + HOUR - timedelta(microseconds=1))
    assert not session.is_alive(NOON + HOUR)
    kept_busy = replace(session, idle_at=NOON + 5 * HOUR)
    assert not kept_busy.is_alive(NOON + 2 * HOUR)


async def test_what_is_over_is_forgotten_with_the_next(world: World) -> None:
    await world.store.add_session(a_session(world, "old"))
    late = replace(WHO, at=NOON + 2 * HOUR)
    await world.store.add_session(
        replace(a_session(world, "new"), who=late, ends_at=NOON + 9 * HOUR)
    )
    assert await world.store.find_session(world.tenant, "old") is None
    assert await world.store.find_session(world.tenant, "new") is not None


async def test_sessions_and_families_are_those_of_their_tenant(world: World) -> None:
    other = await World(world.store).begin()
    await world.store.add_session(a_session(world))
    await world.store.add_family(a_family(world), CODE)
    assert await world.store.find_session(other.tenant, "key") is None
    assert await world.store.find_family(other.tenant, "family-1") is None
    assert not await world.store.use_once(other.tenant, CODE.key, NOON)
    assert await other.write(EndSignIns(ADA))
    assert await world.store.find_session(world.tenant, "key") is not None


async def test_the_end_of_sign_ins_ends_sessions_and_revokes_families(world: World) -> None:
    store, eva = world.store, PrincipalId("eva")
    for key, who in (("a", WHO), ("b", WHO), ("c", replace(WHO, user_id=eva))):
        await store.add_session(replace(a_session(world, key), who=who))
    await store.add_family(a_family(world), None)
    await store.add_family(replace(a_family(world, "hers"), who=replace(WHO, user_id=eva)), None)
    stale = {principal_key(ADA): 7}
    assert not await world.write(EndSignIns(ADA), expects=stale, bumps=stale)
    assert await store.find_session(world.tenant, "a") is not None, "all of a change, or nothing"
    assert await world.write(EndSignIns(ADA))
    assert await store.find_session(world.tenant, "a") is None
    assert await store.find_session(world.tenant, "b") is None
    assert await store.find_session(world.tenant, "c") is not None
    mine, hers = [await store.find_family(world.tenant, one) for one in ("family-1", "hers")]
    assert mine is not None
    assert hers is not None
    assert (mine.is_revoked, hers.is_revoked) == (True, False)


async def test_what_was_revoked_is_known_while_its_last_access_tokens_live(world: World) -> None:
    store, ends_at = world.store, a_family(world).ends_at
    await store.add_family(a_family(world), None)
    await store.revoke_family(world.tenant, "family-1")
    for id_, after, is_known in (("2", LONGEST_LIFE, True), ("3", 2 * DAY, False)):
        who = replace(WHO, at=ends_at + after)
        later = replace(a_family(world, id_), who=who, ends_at=ends_at + 9 * HOUR)
        await store.add_family(later, None)
        found = await store.find_family(world.tenant, "family-1")
        assert (found is not None and found.is_revoked) is is_known


async def test_a_code_works_once(world: World) -> None:
    store = world.store
    await store.add_family(a_family(world), CODE)
    assert await store.find_once(world.tenant, CODE.key, OnceKind.CODE) == CODE
    assert await store.find_once(world.tenant, CODE.key, OnceKind.REFRESH) is None
    assert await store.use_once(world.tenant, CODE.key, NOON)
    assert not await store.use_once(world.tenant, CODE.key, NOON)
    assert await store.find_once(world.tenant, CODE.key, OnceKind.CODE) == CODE


async def test_of_eight_that_use_a_code_at_once_one_does(
    stores: tuple[Store, Store], world: World
) -> None:
    await world.store.add_family(a_family(world), CODE)
    barrier = asyncio.Barrier(AT_ONCE)

    async def use(store: Store) -> bool:
        await barrier.wait()
        return await store.use_once(world.tenant, CODE.key, NOON)

    used = await asyncio.gather(*(use(stores[number % 2]) for number in range(AT_ONCE)))
    assert sorted(used) == [False] * (AT_ONCE - 1) + [True]


async def test_a_code_that_is_over_does_not_work(world: World) -> None:
    await world.store.add_family(a_family(world), CODE)
    assert not await world.store.use_once(world.tenant, CODE.key, CODE.ends_at)


async def test_a_family_is_revoked(world: World) -> None:
    await world.store.add_family(a_family(world), CODE)
    assert await world.store.find_family(world.tenant, "family-1") == a_family(world)
    await world.store.revoke_family(world.tenant, "family-1")
    revoked = replace(a_family(world), is_revoked=True)
    assert await world.store.find_family(world.tenant, "family-1") == revoked


async def test_what_came_of_a_family_is_revoked_with_it(world: World) -> None:
    store, family = world.store, a_family(world)
    kin = [replace(family, id=one, parent_id=of) for one, of in KIN]
    for one in (family, a_family(world, "other"), *kin):
        await store.add_family(one, None)
    await store.revoke_family(world.tenant, "middle")
    assert await revoked(world) == {"middle", "last"}
    await store.revoke_family(world.tenant, "family-1")
    assert await revoked(world) == {"family-1", "middle", "last", "beside"}


async def test_what_comes_too_late_of_a_family_is_revoked_as_well(world: World) -> None:
    store, family = world.store, a_family(world)
    await store.add_family(family, None)
    await store.revoke_family(world.tenant, family.id)
    for one, of in KIN:
        await store.add_family(replace(family, id=one, parent_id=of), None)
    assert await revoked(world) == {"family-1", "middle", "last", "beside"}


KIN = (("middle", "family-1"), ("last", "middle"), ("beside", "family-1"))


async def revoked(world: World) -> set[str]:
    """Which of the families that a test keeps are revoked."""
    names = ("family-1", "other", *(one for one, _ in KIN))
    found = [await world.store.find_family(world.tenant, one) for one in names]
    return {one.id for one in found if one is not None and one.is_revoked}


async def test_a_device_is_settled_once_and_taken_once(world: World) -> None:
    store, ask = world.store, a_device(world)
    await store.add_device(ask)
    assert await store.find_device(world.tenant, "typed") == ask
    assert not await store.take_device(world.tenant, ask.key)
    await store.poll_device(world.tenant, ask.key, NOON + timedelta(seconds=5))
    assert await store.settle_device(world.tenant, ask.key, DeviceState.APPROVED, "family-1")
    assert not await store.settle_device(world.tenant, ask.key, DeviceState.DECLINED, None)
    approved = replace(
        ask,
        state=DeviceState.APPROVED,
        family_id="family-1",
        polled_at=NOON + timedelta(seconds=5),
    )
    assert await store.find_device(world.tenant, ask.key) == approved
    taken = await asyncio.gather(*(store.take_device(world.tenant, ask.key) for _ in range(4)))
    assert sorted(taken) == [False, False, False, True]


async def test_a_registration_is_the_application_object(world: World) -> None:
    await world.entry(ObjectKind.SERVICE_PRINCIPAL, "account")
    made = await world.entry(ObjectKind.APPLICATION, "registered")
    await world.change(made, app_id=CLIENT)
    found = await world.store.find_registration(world.tenant, CLIENT)
    assert found is not None
    assert found.id == made


async def test_an_own_consent_counts_for_oneself_alone(world: World) -> None:
    ada, eva = await world.user("Ada"), await world.user("Eva")
    await world.permit("User.Read.All")
    assert await world.write(GrantConsent(ada, CLIENT, "User.Read"))
    ask = world.store.user_permissions
    assert await ask(world.tenant, CLIENT, ada) == {"User.Read"}
    assert await ask(world.tenant, CLIENT, eva) == set()
    callers = [await world.store.load_caller(world.token(one), NOON) for one in (ada, eva)]
    assert [one.granted for one in callers] == [{"User.Read", "User.Read.All"}, {"User.Read.All"}]
