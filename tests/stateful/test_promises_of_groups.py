"""Promises 1, 6, 7 and 8 where groups carry something: a role, an approver's say, ownership."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from tests.stateful.people import (
    activate,
    allowed,
    approve,
    assign,
    codes_of,
    deactivate,
    make_eligible,
    remove,
)
from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import (
    ADA,
    CLUB,
    CREW,
    DAN,
    DAY,
    EIGHT,
    EVE,
    GUARDED,
    HOUR,
    JURY,
    MINUTE,
    MORNING,
    ORDERLY,
    READER,
    TICK,
    at_root,
    member_of,
    outside_grant,
    owner_of,
)
from timebound.domain.authority import HeldRole
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Request, RequestKind, Status
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind
from timebound.domain.times import Instant, Window

pytestmark = pytest.mark.inferred("a promise of this service, worded in its design")

ELIGIBILITY, ASSIGNMENT = RequestKind.ELIGIBILITY, RequestKind.ASSIGNMENT
DANS_READER: Final = at_root(DAN, READER)
DANS_MEMBERSHIP: Final = member_of(CREW, DAN)
End = Callable[[Place, Instant], Awaitable[object]]


async def roles_of(place: Place, at: Instant) -> set[RoleId]:
    """What Dan has over the whole directory at the instant."""
    held = await place.roles_of(DAN, at)
    return {role_id for role_id in (READER, ORDERLY) if HeldRole(role_id, DIRECTORY_ROOT) in held}


async def leave(place: Place, at: Instant) -> object:
    return await deactivate(place, DANS_MEMBERSHIP, at)


async def be_removed(place: Place, at: Instant) -> object:
    return allowed(await remove(place, ASSIGNMENT, DANS_MEMBERSHIP, at))


async def lose_eligibility(place: Place, at: Instant) -> object:
    return allowed(await remove(place, ELIGIBILITY, DANS_MEMBERSHIP, at))


async def lose_the_group(place: Place, at: Instant) -> object:
    return allowed(await place.delete(ADA, CREW, at))


@pytest.mark.parametrize("end", [leave, be_removed, lose_eligibility, lose_the_group])
async def test_promise_6_whatever_ends_a_membership_ends_what_it_carried(
    place: Place, end: End
) -> None:
    """The role that the crew holds and the one activated through it, at the same instant."""
    await make_eligible(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await activate(place, DANS_MEMBERSHIP, EIGHT, 8 * HOUR)
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    assert await roles_of(place, EIGHT) == {READER, ORDERLY}
    over = EIGHT + HOUR
    await end(place, over)
    assert await roles_of(place, over - TICK) == {READER, ORDERLY}
    assert await roles_of(place, over) == set()


async def test_promise_8_a_second_membership_carries_on_until_it_ends(place: Place) -> None:
    """Dan gives back the membership that he activated, and is in the crew outside PIM as well."""
    await make_eligible(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await activate(place, DANS_MEMBERSHIP, EIGHT, 8 * HOUR)
    window = Window(EIGHT, EIGHT + 2 * HOUR)
    outside = outside_grant("outside", DANS_MEMBERSHIP, GrantKind.ASSIGNED, window, EIGHT)
    await place.add(outside, EIGHT)
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    await deactivate(place, DANS_MEMBERSHIP, EIGHT + HOUR)
    assert await roles_of(place, window.end - TICK) == {READER, ORDERLY}
    assert await roles_of(place, window.end) == set()


async def test_promise_6_a_chain_through_two_groups_falls_from_its_first_link(
    place: Place,
) -> None:
    """In the crew Dan can come into the jury, whose say he has as long as he is in the crew."""
    await make_eligible(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await make_eligible(place, member_of(JURY, CREW), MORNING, 30 * DAY)
    await activate(place, DANS_MEMBERSHIP, EIGHT, 8 * HOUR)
    await activate(place, member_of(JURY, DAN), EIGHT, 8 * HOUR)
    asked = await ask_for_eve(place, EIGHT)
    assert asked.id in await waiting_for(place, DAN, EIGHT)
    await deactivate(place, DANS_MEMBERSHIP, EIGHT + HOUR)
    assert asked.id not in await waiting_for(place, DAN, EIGHT + HOUR)
    refused = await approve(place, asked, EIGHT + HOUR, DAN)
    assert codes_of(refused) == [Code.NOT_APPROVER]


async def ask_for_eve(place: Place, at: Instant) -> Request:
    """Eve asks for what Cleo or a member of the jury agrees to."""
    await make_eligible(place, at_root(EVE, GUARDED), MORNING)
    asked = await activate(place, at_root(EVE, GUARDED), at, HOUR)
    assert asked.status is Status.PENDING_APPROVAL
    return asked


async def waiting_for(place: Place, person: PrincipalId, at: Instant) -> set[str]:
    """What somebody is asked to agree to."""
    told = await place.to_decide(person, at, ScopeKind.DIRECTORY)
    return {request.id for request in told}


async def test_promise_7_who_could_be_in_the_group_agrees_while_they_are(place: Place) -> None:
    """Dan is eligible in the jury, in it for an hour, and judged at the instant of his word."""
    await make_eligible(place, member_of(JURY, DAN), MORNING, 30 * DAY)
    asked = await ask_for_eve(place, EIGHT)
    assert codes_of(await approve(place, asked, EIGHT, DAN)) == [Code.NOT_APPROVER]
    assert await waiting_for(place, DAN, EIGHT) == set()
    await activate(place, member_of(JURY, DAN), EIGHT, HOUR)
    last = EIGHT + HOUR - TICK
    assert await waiting_for(place, DAN, last) == {asked.id}
    assert await waiting_for(place, DAN, EIGHT + HOUR) == set()
    assert codes_of(await approve(place, asked, EIGHT + HOUR, DAN)) == [Code.NOT_APPROVER]
    assert allowed(await approve(place, asked, last, DAN)).status is Status.PROVISIONED


@pytest.mark.parametrize("group", [CREW, CLUB], ids=["for roles", "for none"])
async def test_promise_1_an_activated_owner_governs_for_that_time_alone(
    place: Place, group: PrincipalId
) -> None:
    """Before it, at its end and after it, Eve gives nobody anything in the group."""
    await make_eligible(place, owner_of(group, EVE), MORNING, 30 * DAY)
    give = make_draft(Action.ADMIN_ASSIGN, ELIGIBILITY, member_of(group, DAN), span=DAY)
    assert codes_of(await place.rehearse(EVE, give, EIGHT)) == [Code.ACCESS_DENIED]
    await assign(place, owner_of(group, ADA), MORNING, 30 * DAY)
    await activate(place, owner_of(group, EVE), EIGHT, HOUR)
    allowed(await place.rehearse(EVE, give, EIGHT + HOUR - TICK))
    assert codes_of(await place.rehearse(EVE, give, EIGHT + HOUR)) == [Code.ACCESS_DENIED]
    await deactivate(place, owner_of(group, EVE), EIGHT + 6 * MINUTE)
    refused = await place.rehearse(EVE, give, EIGHT + 6 * MINUTE)
    assert codes_of(refused) == [Code.ACCESS_DENIED]


async def test_promise_1_an_owner_governs_no_other_group_and_no_role(place: Place) -> None:
    await assign(place, owner_of(CREW, EVE), MORNING, 30 * DAY)
    slots: tuple[Slot, ...] = (member_of(JURY, DAN), member_of(CLUB, DAN), DANS_READER)
    for slot in slots:
        give = make_draft(Action.ADMIN_ASSIGN, ELIGIBILITY, slot, span=DAY)
        assert codes_of(await place.rehearse(EVE, give, EIGHT)) == [Code.ACCESS_DENIED]
