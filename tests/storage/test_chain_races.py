"""Memberships that carry something meet their own end: what is carried never outlives them."""

from collections.abc import Awaitable, Callable

import pytest

from tests.storage.racing import Outcome, overtake, race, status_of
from tests.storage.test_approval_races import YES, deciding, name_users, wait
from tests.storage.test_races import AN_HOUR, Office, office
from tests.storage.world import DAY, NOON, reader
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.submitting import submit_request
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.approval import Approver, ApproverKind
from timebound.domain.problems import Code, Reason
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import group_scope

__all__ = ["office"]

pytestmark = pytest.mark.inferred("promise 6: nothing outlives the membership it stands on")
Party = Callable[[Engine], Awaitable[Outcome]]


def inside(group: PrincipalId, who: PrincipalId) -> Slot:
    return Slot(who, MEMBER, group_scope(group))


async def come_in(office: Office, group: PrincipalId, who: PrincipalId) -> Slot:
    """Somebody is in the group for a day, by what they have activated."""
    slot = inside(group, who)
    eligible = await office.world.grant(slot, GrantKind.ELIGIBLE)
    await office.world.grant(slot, GrantKind.ACTIVATED, end=NOON + DAY, basis=eligible)
    return slot


def use(office: Office, action: Action, slot: Slot) -> Party:
    """The holder activates or gives back what is in the slot."""
    schedule = None if action.is_ending else AN_HOUR
    draft = Draft(RequestKind.ASSIGNMENT, action, slot, schedule, "Needed")
    return lambda engine: submit_request(engine, office.token(slot.principal_id), draft, NOON)


def leave(office: Office, slot: Slot) -> Party:
    return use(office, Action.SELF_DEACTIVATE, slot)


def be_removed(office: Office, slot: Slot) -> Party:
    return office.remove(slot, RequestKind.ASSIGNMENT)


def lose_eligibility(office: Office, slot: Slot) -> Party:
    return office.remove(slot, RequestKind.ELIGIBILITY)


ENDS = pytest.mark.parametrize("end", [leave, be_removed, lose_eligibility])
End = Callable[[Office, Slot], Party]


async def held_in(office: Office, slot: Slot) -> list[Grant]:
    """What is activated in the slot, now or ahead."""
    facts = (await office.world.facts(slot)).facts
    return [g for g in facts.grants if g.kind is GrantKind.ACTIVATED and g.until > NOON]


@ENDS
async def test_a_role_against_the_end_of_the_activated_membership_behind_it(
    stores: tuple[Store, Store], office: Office, end: End
) -> None:
    person, group = await office.world.user(), await office.world.group()
    slot = await come_in(office, group, person)
    await office.world.grant(reader(group), GrantKind.ELIGIBLE)
    activated, ended, is_activation_first = await race(
        stores, office.activate(person), end(office, slot)
    )
    expected = Status.PROVISIONED if is_activation_first else (Reason.NOT_ELIGIBLE,)
    assert status_of(activated) == expected
    assert status_of(ended) is Status.REVOKED
    assert await held_in(office, reader(person)) == []


@ENDS
async def test_a_membership_against_the_end_of_the_one_that_it_goes_through(
    stores: tuple[Store, Store], office: Office, end: End
) -> None:
    world = office.world
    person, inner, outer = await world.user(), await world.group(), await world.group()
    slot = await come_in(office, inner, person)
    await world.grant(inside(outer, inner), GrantKind.ELIGIBLE)
    further = inside(outer, person)
    activated, ended, is_activation_first = await race(
        stores, use(office, Action.SELF_ACTIVATE, further), end(office, slot)
    )
    expected = Status.PROVISIONED if is_activation_first else (Reason.NOT_ELIGIBLE,)
    assert status_of(activated) == expected
    assert status_of(ended) is Status.REVOKED
    assert await held_in(office, further) == []


@ENDS
async def test_a_role_at_the_end_of_a_chain_against_the_end_of_its_first_link(
    stores: tuple[Store, Store], office: Office, end: End
) -> None:
    world = office.world
    person, inner, outer = await world.user(), await world.group(), await world.group()
    slot = await come_in(office, inner, person)
    reach = await world.grant(inside(outer, inner), GrantKind.ELIGIBLE)
    further = inside(outer, person)
    await world.grant(further, GrantKind.ACTIVATED, end=NOON + DAY, basis=reach)
    await world.grant(reader(outer), GrantKind.ELIGIBLE)
    activated, ended, is_activation_first = await race(
        stores, office.activate(person), end(office, slot)
    )
    expected = Status.PROVISIONED if is_activation_first else (Reason.NOT_ELIGIBLE,)
    assert status_of(activated) == expected
    assert status_of(ended) is Status.REVOKED
    assert await held_in(office, further) == []
    assert await held_in(office, reader(person)) == []


@ENDS
async def test_an_approval_overtaken_by_the_end_of_the_membership_that_gives_the_say(
    stores: tuple[Store, Store], office: Office, end: End
) -> None:
    group, (approver,) = await office.world.group("Jury"), await name_users(office, 1)
    slot = await come_in(office, group, approver)
    person, asked = await wait(office, Approver(ApproverKind.GROUP, group))
    approved, ended = await overtake(stores, deciding(office, asked, approver), end(office, slot))
    assert status_of(ended) is Status.REVOKED
    assert status_of(approved) == (Code.NOT_APPROVER,)
    assert await office.active(person) == []


async def test_of_two_approvers_in_one_group_one_settles(
    stores: tuple[Store, Store], office: Office
) -> None:
    group, (first, second) = await office.world.group("Jury"), await name_users(office, 2)
    for approver in (first, second):
        await come_in(office, group, approver)
    person, asked = await wait(office, Approver(ApproverKind.GROUP, group))
    one, other, is_one_first = await race(
        stores, deciding(office, asked, first, YES), deciding(office, asked, second, YES)
    )
    won, lost = (one, other) if is_one_first else (other, one)
    assert status_of(won) is Status.PROVISIONED
    assert status_of(lost) == (Code.ALREADY_DECIDED,)
    assert len(await office.active(person)) == 1
