"""Promise 11, one route after another: an enabled, endless Global Administrator always remains."""

from datetime import timedelta
from typing import Final

import pytest

from tests.stateful.people import activate, allowed, assign, codes_of, make_eligible, remove
from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import (
    ADA,
    BEN,
    CREW,
    DAN,
    EIGHT,
    HOUR,
    MORNING,
    at_root,
    member_of,
    outside_grant,
)
from timebound.domain.authority import HeldRole
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, RequestKind
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Window

pytestmark = pytest.mark.inferred("a promise of this service, worded in its design")

LAST: Final = [Code.LAST_ADMINISTRATOR]
ASSIGNMENT: Final = RequestKind.ASSIGNMENT
ADMINISTERS: Final = HeldRole(GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)


def administration_of(principal_id: PrincipalId) -> Slot:
    return at_root(principal_id, GLOBAL_ADMINISTRATOR)


async def leave_only_ada(place: Place) -> None:
    allowed(await remove(place, ASSIGNMENT, administration_of(BEN), MORNING))


async def leave_only_dan_through_the_crew(place: Place) -> None:
    """Dan is a member of the crew for ever, and the crew administers for ever."""
    window = Window(MORNING, ENDLESS)
    await place.add(
        outside_grant("in", member_of(CREW, DAN), GrantKind.ASSIGNED, window, MORNING), MORNING
    )
    await assign(place, administration_of(CREW), MORNING)
    allowed(await remove(place, ASSIGNMENT, administration_of(BEN), MORNING))
    allowed(await remove(place, ASSIGNMENT, administration_of(ADA), MORNING, by=DAN))


async def test_promise_11_the_last_administrator_is_not_removed(place: Place) -> None:
    await leave_only_ada(place)
    assert codes_of(await remove(place, ASSIGNMENT, administration_of(ADA), EIGHT)) == LAST
    assert ADMINISTERS in await place.roles_of(ADA, EIGHT)


async def test_promise_11_the_last_administrator_is_not_disabled(place: Place) -> None:
    await leave_only_ada(place)
    assert codes_of(await place.set_enabled(ADA, ADA, EIGHT, is_enabled=False)) == LAST
    assert ADMINISTERS in await place.roles_of(ADA, EIGHT)


async def test_promise_11_the_last_administrator_is_not_deleted(place: Place) -> None:
    await leave_only_ada(place)
    assert codes_of(await place.delete(ADA, ADA, EIGHT)) == LAST
    assert ADMINISTERS in await place.roles_of(ADA, EIGHT)


@pytest.mark.parametrize("after", [timedelta(), HOUR])
async def test_promise_11_the_last_administrator_is_not_given_an_end_or_a_later_start(
    place: Place, after: timedelta
) -> None:
    """An update would bound the assignment in time, or leave a gap before it."""
    await leave_only_ada(place)
    start, span = (EIGHT + after, None) if after else (None, 30 * HOUR)
    draft = make_draft(Action.ADMIN_UPDATE, ASSIGNMENT, administration_of(ADA), start, span)
    assert codes_of(await place.submit(ADA, draft, EIGHT)) == LAST
    assert ADMINISTERS in await place.roles_of(ADA, EIGHT + 365 * 24 * HOUR)


async def test_promise_11_the_disabled_do_not_count(place: Place) -> None:
    """Ben is an administrator for ever, but he is disabled."""
    allowed(await place.set_enabled(ADA, BEN, MORNING, is_enabled=False))
    assert codes_of(await remove(place, ASSIGNMENT, administration_of(ADA), EIGHT)) == LAST


async def test_promise_11_who_administers_for_a_time_does_not_count(place: Place) -> None:
    """Dan has activated the role and could go on alone, for an hour."""
    await make_eligible(place, administration_of(DAN), MORNING)
    await leave_only_ada(place)
    await activate(place, administration_of(DAN), EIGHT, HOUR)
    refused = await remove(place, ASSIGNMENT, administration_of(ADA), EIGHT, by=DAN)
    assert codes_of(refused) == LAST


async def test_promise_11_the_last_administrator_stays_in_the_group(place: Place) -> None:
    """The membership through which Dan administers is neither ended nor bounded."""
    await leave_only_dan_through_the_crew(place)
    membership = member_of(CREW, DAN)
    assert codes_of(await remove(place, ASSIGNMENT, membership, EIGHT, by=DAN)) == LAST
    bounded = make_draft(Action.ADMIN_UPDATE, ASSIGNMENT, membership, span=30 * HOUR)
    assert codes_of(await place.submit(DAN, bounded, EIGHT)) == LAST
    assert ADMINISTERS in await place.roles_of(DAN, EIGHT + 365 * 24 * HOUR)


async def test_promise_11_the_group_of_the_last_administrator_keeps_its_role(place: Place) -> None:
    """Neither is the role taken from the crew, nor the crew deleted."""
    await leave_only_dan_through_the_crew(place)
    assert codes_of(await remove(place, ASSIGNMENT, administration_of(CREW), EIGHT, by=DAN)) == LAST
    assert codes_of(await place.delete(DAN, CREW, EIGHT)) == LAST
    assert ADMINISTERS in await place.roles_of(DAN, EIGHT)


async def test_promise_11_ends_are_never_suspended_for_it(place: Place) -> None:
    """A bounded administrator's end comes on time, however few remain."""
    await assign(place, administration_of(DAN), MORNING, HOUR)
    await leave_only_ada(place)
    assert ADMINISTERS not in await place.roles_of(DAN, MORNING + HOUR)
