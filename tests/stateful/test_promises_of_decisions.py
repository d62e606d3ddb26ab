"""One plain example for each promise about decisions: 4, 5, 7, 11 and 12, on both stores."""

from dataclasses import replace
from typing import Final

import pytest

from tests.stateful.people import (
    APPROVED,
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
    BEN,
    CLEO,
    DAN,
    DAY,
    EIGHT,
    EVE,
    GUARDED,
    HOUR,
    JURY,
    MINUTE,
    MORNING,
    READER,
    at_root,
    member_of,
    outside_grant,
)
from tests.support.events import Row, Told, read_rows
from timebound.application.changes import ChangeSet, InsertGrant, principal_key
from timebound.application.views import View
from timebound.domain.approvals import ReviewResult
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.ids import EventId, PrincipalId, TenantId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, RequestKind, Status
from timebound.domain.scopes import ScopeKind
from timebound.domain.settle import Verdict
from timebound.domain.times import ENDLESS, Window

pytestmark = pytest.mark.inferred("a promise of this service, worded in its design")


ELIGIBILITY, ASSIGNMENT = RequestKind.ELIGIBILITY, RequestKind.ASSIGNMENT
DANS_READER: Final = at_root(DAN, READER)
LAST: Final = [Code.LAST_ADMINISTRATOR]


def of_kind(told: list[Told], kind: EventKind) -> list[Told]:
    return [one for one in told if one.kind is kind]


async def test_promise_4_every_grant_and_every_end_is_told_with_its_request(place: Place) -> None:
    """The removal of an eligibility ends the activation too: both ends name the removal."""
    eligibility = await make_eligible(place, DANS_READER, MORNING)
    activation = await activate(place, DANS_READER, EIGHT, 8 * HOUR)
    removal = allowed(await remove(place, ELIGIBILITY, DANS_READER, EIGHT + HOUR))
    told = await place.events()
    made = {one.correlation_id for one in of_kind(told, EventKind.GRANT_MADE)}
    assert made == {eligibility.id, activation.id}
    ended = of_kind(told, EventKind.GRANT_ENDED)
    assert {one.data["grantId"] for one in ended} == {eligibility.id, activation.id}
    assert {one.correlation_id for one in ended} == {removal.id}
    assert {one.effective_at for one in ended} == {EIGHT + HOUR}


@pytest.mark.parametrize("is_stale", [True, False])
async def test_promise_4_a_grant_and_its_event_are_kept_together_or_not_at_all(
    place: Place, *, is_stale: bool
) -> None:
    """Nothing remains of a change set that is stale, or whose event cannot be written."""
    before = await place.events()
    key = principal_key(DAN)
    grant = outside_grant("made", DANS_READER, GrantKind.ASSIGNED, Window(EIGHT, ENDLESS), EIGHT)
    event_id = EventId("new" if is_stale else f"{place.tenant_id}-made")
    event = Event(event_id, EventKind.GRANT_MADE, EIGHT, EIGHT, "made", Actor(), DAN)
    change = ChangeSet(
        place.tenant_id,
        EIGHT,
        {key: 99 if is_stale else 0},
        frozenset({key}),
        (InsertGrant(grant),),
        (event,),
    )
    assert not await place.store.apply(change)
    assert not await place.store.find_grants(place.tenant_id, [grant.id])
    assert await place.events() == before


async def test_promise_5_a_refusal_is_told_with_every_unmet_rule_and_leaves_no_request(
    place: Place,
) -> None:
    """Dan is not eligible, asks for too long, and says nothing why."""
    draft = make_draft(Action.SELF_ACTIVATE, ASSIGNMENT, DANS_READER, span=9 * HOUR)
    answer = await place.submit(DAN, replace(draft, justification=None), EIGHT)
    assert codes_of(answer) == [Code.RULE_FAILED] * 3
    (refused,) = of_kind(await place.events(), EventKind.REQUEST_REFUSED)
    assert [problem["rule"] for problem in refused.data["problems"]] == [
        "EligibilityRule",
        "ExpirationRule",
        "JustificationRule",
    ]
    assert all(problem["reason"] for problem in refused.data["problems"])
    assert not await place.requests(View.ASSIGNMENT_REQUESTS, ScopeKind.DIRECTORY, EIGHT)


async def test_promise_5_a_rehearsal_leaves_nothing(place: Place) -> None:
    """Neither what would be granted nor what would be refused is kept or told."""
    await make_eligible(place, DANS_READER, MORNING)
    before = await place.events()
    for span, is_allowed in ((8 * HOUR, True), (9 * HOUR, False)):
        draft = make_draft(Action.SELF_ACTIVATE, ASSIGNMENT, DANS_READER, span=span)
        answer = await place.rehearse(DAN, draft, EIGHT)
        if is_allowed:
            assert allowed(answer).status is Status.PROVISIONED
        else:
            assert codes_of(answer) == [Code.RULE_FAILED]
    assert await place.events() == before
    assert not await place.requests(View.ASSIGNMENT_REQUESTS, ScopeKind.DIRECTORY, EIGHT)
    assert not await place.own(View.ASSIGNMENT_INSTANCES, DAN, EIGHT)


async def test_promise_5_what_cannot_be_read_is_no_fact_of_history(place: Place) -> None:
    """A schedule that ends before it begins is answered, and not told."""
    before = await place.events()
    draft = make_draft(Action.ADMIN_ASSIGN, ELIGIBILITY, DANS_READER, span=-HOUR)
    assert codes_of(await place.submit(ADA, draft, EIGHT)) == [Code.INVALID_REQUEST]
    assert await place.events() == before


@pytest.mark.parametrize("approver", [CLEO, EVE])
async def test_promise_7_no_approver_approves_their_own_request(
    place: Place, approver: PrincipalId
) -> None:
    """Cleo approves by name and Eve as a member of the jury: each for the other alone."""
    await assign(place, member_of(JURY, EVE), MORNING, 30 * DAY)
    await make_eligible(place, at_root(approver, GUARDED), MORNING)
    asked = await activate(place, at_root(approver, GUARDED), EIGHT, HOUR)
    assert asked.status is Status.PENDING_APPROVAL
    assert codes_of(await approve(place, asked, EIGHT, approver)) == [Code.NOT_APPROVER]
    other = EVE if approver == CLEO else CLEO
    assert allowed(await approve(place, asked, EIGHT, other)).status is Status.PROVISIONED


async def test_promise_7_who_is_no_approver_any_more_approves_nothing(place: Place) -> None:
    """Eve left the jury between the question and her answer."""
    await assign(place, member_of(JURY, EVE), MORNING, 30 * DAY)
    await make_eligible(place, at_root(DAN, GUARDED), MORNING)
    asked = await activate(place, at_root(DAN, GUARDED), EIGHT, HOUR)
    allowed(await remove(place, ASSIGNMENT, member_of(JURY, EVE), EIGHT + MINUTE))
    refused = await approve(place, asked, EIGHT + MINUTE, EVE)
    assert codes_of(refused) == [Code.NOT_APPROVER]


async def test_promise_7_no_administrator_extends_for_themselves(place: Place) -> None:
    """Ada asks for a longer eligibility; only Ben can give it."""
    slot = at_root(ADA, READER)
    await make_eligible(place, slot, MORNING, DAY)
    draft = make_draft(Action.SELF_EXTEND, ELIGIBILITY, slot, span=2 * DAY)
    asked = allowed(await place.submit(ADA, draft, EIGHT))
    assert codes_of(await place.judge(ADA, asked.id, APPROVED, EIGHT)) == [Code.NOT_APPROVER]
    assert allowed(await place.judge(BEN, asked.id, APPROVED, EIGHT)).status is Status.PROVISIONED


async def test_promise_7_the_first_decision_stands(place: Place) -> None:
    """Who was denied by Cleo is not approved by Eve."""
    await assign(place, member_of(JURY, EVE), MORNING, 30 * DAY)
    await make_eligible(place, at_root(DAN, GUARDED), MORNING)
    asked = await activate(place, at_root(DAN, GUARDED), EIGHT, HOUR)
    denied = await place.review(CLEO, asked.id, Verdict(ReviewResult.DENY, "no"), EIGHT)
    assert allowed(denied).status is Status.DENIED
    assert codes_of(await approve(place, asked, EIGHT, EVE)) == [Code.ALREADY_DECIDED]


async def live_a_little(place: Place) -> None:
    """Some requests, a refusal, an approval, a removal: always the same ones."""
    await place.begin()
    await make_eligible(place, at_root(DAN, GUARDED), MORNING)
    await assign(place, member_of(JURY, EVE), MORNING, DAY)
    asked = await activate(place, at_root(DAN, GUARDED), EIGHT, HOUR)
    await approve(place, asked, EIGHT, DAN)
    await approve(place, asked, EIGHT, EVE)
    await deactivate(place, at_root(DAN, GUARDED), EIGHT + 10 * MINUTE)
    await remove(place, ELIGIBILITY, at_root(DAN, GUARDED), EIGHT + HOUR)


async def all_rows(place: Place) -> list[Row]:
    """Everything that is kept about the tenant, but which tenant it is."""
    hidden = {"tenant_id": "", "digest": ""}
    return [
        {**row, **{name: hidden[name] for name in hidden if name in row}}
        for table in ("grants", "requests", "events")
        for row in await read_rows(place.url, table, place.tenant_id)
        if row["id"] != f"{place.tenant_id}-made"
    ]


async def test_promise_12_the_same_seed_and_the_same_calls_make_the_same_rows(
    place: Place,
) -> None:
    """Ids follow from the seed and the order of the calls, everything else from the calls."""
    same, again, other = (
        Place(place.url, place.store, TenantId(f"{place.tenant_id}-{name}"), seed)
        for name, seed in (("same", "a"), ("again", "a"), ("other", "b"))
    )
    for lived in (same, again, other):
        await live_a_little(lived)
    rows = await all_rows(same)
    assert len(rows) > 10
    assert await all_rows(again) == rows
    assert {row["id"] for row in await all_rows(other)} != {row["id"] for row in rows}
