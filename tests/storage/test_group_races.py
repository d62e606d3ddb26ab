"""Two that cannot both win in a group: its last owners, and its deletion against what it gives."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.storage.racing import Outcome, RandomIds, Runner, overtake, race, status_of
from tests.storage.test_directory_races import Desk, codes_of, desk
from tests.storage.world import DAY, HOUR, NOON
from timebound.application.directory.memberships import remove_from_group
from timebound.application.directory.objects import delete_object
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.submitting import submit_request
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.memberships import Removed
from timebound.domain.problems import Reason
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import group_scope
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

__all__ = ["desk"]

pytestmark = pytest.mark.inferred("promise 4: what is decided is applied on the facts of now")
ASSIGNMENT, ELIGIBILITY = RequestKind.ASSIGNMENT, RequestKind.ELIGIBILITY
AN_HOUR = AskedSchedule(NOON, Expiration(ExpirationType.AFTER_DURATION, duration=HOUR))
LAST = [Reason.LAST_OWNER]
Party = Callable[[Engine], Awaitable[Outcome]]


def in_group(who: PrincipalId, group: PrincipalId, role_id: RoleId = MEMBER) -> Slot:
    return Slot(who, role_id, group_scope(group))


def ask(
    desk: Desk,
    action: Action,
    slot: Slot,
    kind: RequestKind = ASSIGNMENT,
    by: PrincipalId | None = None,
) -> Party:
    schedule = None if action.is_ending else AN_HOUR
    draft = Draft(kind, action, slot, schedule, "Needed")
    person = slot.principal_id if action.is_self else desk.admin
    token = desk.token(by or person)
    return lambda engine: submit_request(engine, token, draft, NOON)


def remove(desk: Desk, slot: Slot, kind: RequestKind = ASSIGNMENT) -> Party:
    return ask(desk, Action.ADMIN_REMOVE, slot, kind)


async def two_owners(desk: Desk) -> tuple[Slot, Slot]:
    world = desk.world
    group = await world.group()
    slots = [in_group(await world.user(), group, OWNER) for _ in range(2)]
    for slot in slots:
        await world.grant(slot)
    return slots[0], slots[1]


async def inside(desk: Desk, group: PrincipalId) -> list[Slot]:
    """Who is given something in the group, now or ahead."""
    loaded = await desk.world.store.load_principal_facts(desk.token(desk.admin), group, NOON)
    return [grant.slot for grant in loaded.facts.grants]


async def test_two_removals_of_the_last_two_owners(stores: tuple[Store, Store], desk: Desk) -> None:
    first, second = await two_owners(desk)
    one, two, is_one_first = await race(stores, remove(desk, first), remove(desk, second))
    won, lost = (one, two) if is_one_first else (two, one)
    assert status_of(won) is Status.REVOKED
    assert codes_of(lost) == LAST
    left = second if is_one_first else first
    assert await inside(desk, PrincipalId(left.scope.path)) == [left]


async def test_the_last_two_owners_by_two_routes(stores: tuple[Store, Store], desk: Desk) -> None:
    first, second = await two_owners(desk)
    group = PrincipalId(first.scope.path)

    def take_out(work: Work) -> Awaitable[Removed | Refused]:
        return remove_from_group(work, group, OWNER, second.principal_id)

    one, two, is_one_first = await race(stores, remove(desk, first), desk.act(desk.admin, take_out))
    assert (codes_of(one), codes_of(two)) == (([], LAST) if is_one_first else (LAST, []))


async def test_the_last_two_owners_by_one_who_stands_down(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    world = desk.world
    group = await world.group()
    first, second = [in_group(await world.user(), group, OWNER) for _ in range(2)]
    eligible = await world.grant(first, GrantKind.ELIGIBLE)
    await world.grant(first, GrantKind.ACTIVATED, end=NOON + DAY, basis=eligible)
    await world.grant(second)
    one, two, is_one_first = await race(
        stores, ask(desk, Action.SELF_DEACTIVATE, first), remove(desk, second)
    )
    assert (codes_of(one), codes_of(two)) == (([], LAST) if is_one_first else (LAST, []))


async def test_an_owner_is_removed_while_the_other_one_loses_what_they_stand_on(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    world = desk.world
    group = await world.group()
    first, second = [in_group(await world.user(), group, OWNER) for _ in range(2)]
    eligible = await world.grant(first, GrantKind.ELIGIBLE)
    await world.grant(first, GrantKind.ACTIVATED, end=NOON + DAY, basis=eligible)
    await world.grant(second)
    removed, cut = await overtake(stores, remove(desk, second), remove(desk, first, ELIGIBILITY))
    assert status_of(cut) is Status.REVOKED
    assert codes_of(removed) == LAST
    assert await inside(desk, group) == [second]


def delete_group(desk: Desk, group: PrincipalId) -> Callable[[Engine], Awaitable[object]]:
    return desk.act(desk.admin, lambda work: delete_object(work, group, ObjectKind.GROUP))


@pytest.mark.parametrize("action", [Action.SELF_ACTIVATE, Action.ADMIN_ASSIGN])
async def test_what_a_group_gives_never_outlives_it(
    stores: tuple[Store, Store], desk: Desk, action: Action
) -> None:
    world = desk.world
    group, person = await world.group(), await world.user()
    slot = in_group(person, group)
    if action is Action.SELF_ACTIVATE:
        await world.grant(slot, GrantKind.ELIGIBLE)

    given, deleted, is_first = await race(
        stores, ask(desk, action, slot), delete_group(desk, group)
    )

    assert codes_of(deleted) == []
    assert status_of(given) is Status.PROVISIONED if is_first else codes_of(given)
    assert await inside(desk, group) == []


async def test_eight_come_into_one_group_at_once(stores: tuple[Store, Store], desk: Desk) -> None:
    world = desk.world
    group = await world.group()
    slots = [in_group(await world.user(), group) for _ in range(8)]
    for slot in slots:
        await world.grant(slot, GrantKind.ELIGIBLE)
    barrier = asyncio.Barrier(len(slots))
    runners = [Runner(stores[n % 2], barrier.wait) for n in range(len(slots))]
    parties = [ask(desk, Action.SELF_ACTIVATE, slot) for slot in slots]

    came_to = await asyncio.gather(
        *(go(Engine(one, RandomIds())) for go, one in zip(parties, runners, strict=True))
    )

    assert [status_of(one) for one in came_to] == [Status.PROVISIONED] * 8
    assert [one.applied for one in runners] == [[True]] * 8, "none stands in another's way"
