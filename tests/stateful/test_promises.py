"""One plain example for each promise about access: 1, 2, 3, 6 and 8, on both stores.

Promises 4, 5, 7, 11 and 12 are in the files beside this one; 9 and 10 (crashes, the clock) are
shown beside the storage and the clock.
"""

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
    CREW,
    DAN,
    DAY,
    EIGHT,
    EVE,
    GUARDED,
    HOUR,
    MINUTE,
    MORNING,
    ORDERLY,
    READER,
    TICK,
    at_root,
    member_of,
    outside_grant,
)
from timebound.application.views import MemberType, View
from timebound.domain.authority import HeldRole
from timebound.domain.grants import GrantKind
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind
from timebound.domain.times import Instant, Window

pytestmark = pytest.mark.inferred("a promise of this service, worded in its design")


DANS_READER: Final = at_root(DAN, READER)
DANS_MEMBERSHIP: Final = member_of(CREW, DAN)


async def has(place: Place, role_id: RoleId, at: Instant) -> bool:
    """Whether the role counts for Dan over the whole directory at the instant."""
    return HeldRole(role_id, DIRECTORY_ROOT) in await place.roles_of(DAN, at)


async def test_promise_1_access_is_neither_early_nor_late(place: Place) -> None:
    """It begins at the start and is over at the end: nothing has to run for it to end."""
    await make_eligible(place, DANS_READER, MORNING)
    await activate(place, DANS_READER, MORNING, HOUR, start=EIGHT)
    assert not await has(place, READER, EIGHT - TICK)
    assert await has(place, READER, EIGHT)
    assert await has(place, READER, EIGHT + HOUR - TICK)
    assert not await has(place, READER, EIGHT + HOUR)


async def test_promise_1_an_activated_administrator_administers_no_longer_than_that(
    place: Place,
) -> None:
    """Authority is asked for at the instant of each request, not once."""
    await make_eligible(place, at_root(DAN, GLOBAL_ADMINISTRATOR), MORNING)
    await activate(place, at_root(DAN, GLOBAL_ADMINISTRATOR), EIGHT, HOUR)
    ask = make_draft(Action.ADMIN_ASSIGN, RequestKind.ELIGIBILITY, at_root(EVE, READER))
    assert codes_of(await place.rehearse(DAN, ask, EIGHT - TICK)) == [Code.ACCESS_DENIED]
    allowed(await place.rehearse(DAN, ask, EIGHT + HOUR - TICK))
    assert codes_of(await place.rehearse(DAN, ask, EIGHT + HOUR)) == [Code.ACCESS_DENIED]


async def test_promise_1_access_through_a_group_lasts_as_long_as_both_links(place: Place) -> None:
    """The crew holds a role for ever; a member for an hour has it for that hour."""
    await make_eligible(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await activate(place, DANS_MEMBERSHIP, EIGHT, HOUR)
    assert not await has(place, ORDERLY, EIGHT - TICK)
    assert await has(place, ORDERLY, EIGHT)
    assert not await has(place, ORDERLY, EIGHT + HOUR)


async def test_promise_1_the_disabled_have_nothing_while_they_are(place: Place) -> None:
    """Disabling masks what is held; enabling shows what is still left of it."""
    await assign(place, DANS_READER, MORNING, DAY)
    allowed(await place.set_enabled(ADA, DAN, EIGHT, is_enabled=False))
    assert not await has(place, READER, EIGHT)
    allowed(await place.set_enabled(ADA, DAN, EIGHT + HOUR, is_enabled=True))
    assert await has(place, READER, EIGHT + HOUR)
    assert not await has(place, READER, MORNING + DAY)


async def test_promise_2_what_was_written_is_read(place: Place) -> None:
    """The very next question knows what the last request did, and what took it back."""
    await make_eligible(place, DANS_READER, MORNING)
    activation = await activate(place, DANS_READER, EIGHT, HOUR)
    assert await has(place, READER, EIGHT)
    shown = await place.own(View.ASSIGNMENT_INSTANCES, DAN, EIGHT)
    assert [row.grant.id for row in shown] == [activation.grant_id]
    await deactivate(place, DANS_READER, EIGHT + 6 * MINUTE)
    assert not await has(place, READER, EIGHT + 6 * MINUTE)
    assert not await place.own(View.ASSIGNMENT_INSTANCES, DAN, EIGHT + 6 * MINUTE)


async def test_promise_2_a_changed_policy_binds_the_next_request(place: Place) -> None:
    """Nobody is judged by the policy of a moment ago."""
    await make_eligible(place, DANS_READER, MORNING)
    ask = make_draft(Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, DANS_READER, span=HOUR)
    allowed(await place.rehearse(DAN, ask, EIGHT))
    allowed(await place.set_maximum(ADA, READER, 30 * MINUTE, EIGHT))
    assert codes_of(await place.rehearse(DAN, ask, EIGHT)) == [Code.RULE_FAILED]


async def test_promise_3_every_view_tells_the_same_life(place: Place) -> None:
    """An activation as request, schedule, instance, role assignment and effective access."""
    await make_eligible(place, DANS_READER, MORNING)
    activation = await activate(place, DANS_READER, EIGHT, HOUR)
    for at, is_held in ((EIGHT, True), (EIGHT + HOUR - TICK, True), (EIGHT + HOUR, False)):
        for view in (
            View.ASSIGNMENT_SCHEDULES,
            View.ASSIGNMENT_INSTANCES,
            View.ROLE_ASSIGNMENTS,
        ):
            everybodys = await place.everybodys(view, ScopeKind.DIRECTORY, at)
            for rows in (await place.own(view, DAN, at), everybodys):
                told = [row.grant for row in rows if row.grant.slot == DANS_READER]
                assert [grant.id for grant in told] == [activation.grant_id] * is_held
                assert all(grant.window == Window(EIGHT, EIGHT + HOUR) for grant in told)
        requests = await place.requests(View.ASSIGNMENT_REQUESTS, ScopeKind.DIRECTORY, at)
        assert [(r.id, r.grant_id) for r in requests] == [(activation.id, activation.grant_id)]
        assert await has(place, READER, at) is is_held


async def test_promise_6_nothing_longer_than_the_policy_is_activated(place: Place) -> None:
    """The policy's maximum is eight hours, a microsecond more is refused."""
    await make_eligible(place, DANS_READER, MORNING)
    longer = make_draft(
        Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, DANS_READER, span=8 * HOUR + TICK
    )
    assert codes_of(await place.submit(DAN, longer, EIGHT)) == [Code.RULE_FAILED]
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)


async def test_promise_6_a_shorter_policy_binds_an_approval_that_comes_later(place: Place) -> None:
    """What was asked for under eight hours lasts one, if one is the maximum when it is granted."""
    await make_eligible(place, at_root(DAN, GUARDED), MORNING)
    asked = await activate(place, at_root(DAN, GUARDED), EIGHT, 8 * HOUR)
    allowed(await place.set_maximum(ADA, GUARDED, HOUR, EIGHT))
    allowed(await approve(place, asked, EIGHT + MINUTE))
    assert await has(place, GUARDED, EIGHT + MINUTE + HOUR - TICK)
    assert not await has(place, GUARDED, EIGHT + MINUTE + HOUR)


async def test_promise_6_an_activation_ends_with_the_eligibility_behind_it(place: Place) -> None:
    """Eight hours are asked for, an hour before the eligibility ends."""
    await make_eligible(place, DANS_READER, MORNING, DAY)
    await activate(place, DANS_READER, MORNING + DAY - HOUR, 8 * HOUR)
    assert await has(place, READER, MORNING + DAY - TICK)
    assert not await has(place, READER, MORNING + DAY)


async def test_promise_6_an_activation_ends_when_the_eligibility_is_removed(place: Place) -> None:
    """It is taken away in the middle of an activation."""
    await make_eligible(place, DANS_READER, MORNING)
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    allowed(await remove(place, RequestKind.ELIGIBILITY, DANS_READER, EIGHT + HOUR))
    assert await has(place, READER, EIGHT + HOUR - TICK)
    assert not await has(place, READER, EIGHT + HOUR)


async def test_promise_6_a_planned_activation_falls_with_a_cancelled_eligibility(
    place: Place,
) -> None:
    """Both lie ahead; without the first the second never begins."""
    tomorrow = MORNING + DAY
    eligibility = await make_eligible(place, DANS_READER, MORNING, 30 * DAY, start=tomorrow)
    planned = await activate(place, DANS_READER, MORNING, HOUR, start=tomorrow + HOUR)
    cancelled = await place.cancel(ADA, RequestKind.ELIGIBILITY, eligibility.id, EIGHT)
    assert allowed(cancelled).status is Status.CANCELED
    assert not await has(place, READER, tomorrow + HOUR)
    requests = await place.requests(View.ASSIGNMENT_REQUESTS, ScopeKind.DIRECTORY, tomorrow)
    assert [(r.id, r.status) for r in requests] == [(planned.id, Status.FAILED)]


async def test_promise_6_an_activation_ends_with_the_membership_behind_it(place: Place) -> None:
    """The crew is eligible; who leaves it loses what they activated through it."""
    await assign(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    assert await has(place, READER, EIGHT)
    allowed(await remove(place, RequestKind.ASSIGNMENT, DANS_MEMBERSHIP, EIGHT + HOUR))
    assert not await has(place, READER, EIGHT + HOUR)


async def test_promise_6_a_chain_of_activations_falls_from_its_first_link(place: Place) -> None:
    """Eligible to be a member, a member for a while, with it a role for a while: all three end."""
    await make_eligible(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await activate(place, DANS_MEMBERSHIP, EIGHT, 4 * HOUR)
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    assert not await has(place, READER, EIGHT + 4 * HOUR)
    allowed(await remove(place, RequestKind.ELIGIBILITY, DANS_MEMBERSHIP, EIGHT + HOUR))
    assert not await has(place, READER, EIGHT + HOUR)
    assert not await has(place, ORDERLY, EIGHT + HOUR)


async def test_promise_6_a_deleted_group_takes_everything_with_it(place: Place) -> None:
    """What was held and activated through it ends, and the past is told as it was."""
    await assign(place, DANS_MEMBERSHIP, MORNING, 30 * DAY)
    await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    allowed(await place.delete(ADA, CREW, EIGHT + HOUR))
    for role_id in (READER, ORDERLY):
        assert await has(place, role_id, EIGHT + HOUR - TICK)
        assert not await has(place, role_id, EIGHT + HOUR)


async def test_promise_8_access_ends_when_the_last_covering_grant_ends(place: Place) -> None:
    """Dan is in the crew twice, within PIM for an hour and outside it for two."""
    outside = outside_grant(
        "outside", DANS_MEMBERSHIP, GrantKind.ASSIGNED, Window(EIGHT, EIGHT + 2 * HOUR), EIGHT
    )
    await assign(place, DANS_MEMBERSHIP, EIGHT, HOUR)
    await place.add(outside, EIGHT)
    assert await has(place, ORDERLY, EIGHT + HOUR)
    assert await has(place, ORDERLY, EIGHT + 2 * HOUR - TICK)
    assert not await has(place, ORDERLY, EIGHT + 2 * HOUR)


async def test_promise_8_the_own_role_and_the_groups_do_not_end_one_another(place: Place) -> None:
    """A role held directly and through a group ends when both have ended."""
    await assign(place, at_root(DAN, ORDERLY), EIGHT, HOUR)
    await assign(place, DANS_MEMBERSHIP, EIGHT, 2 * HOUR)
    shown = await place.own(View.ASSIGNMENT_INSTANCES, DAN, EIGHT)
    assert {row.member_type for row in shown} == {MemberType.DIRECT, MemberType.GROUP}
    allowed(await remove(place, RequestKind.ASSIGNMENT, at_root(DAN, ORDERLY), EIGHT + HOUR / 2))
    assert await has(place, ORDERLY, EIGHT + HOUR)
    assert not await has(place, ORDERLY, EIGHT + 2 * HOUR)
