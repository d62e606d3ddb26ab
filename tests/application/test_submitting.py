"""Making a request: what is stored, told and guarded, and what is not."""

from dataclasses import replace

import pytest

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.domain.deciding import told
from tests.support.builders import (
    APPLICATION,
    APPROVER,
    BOSS,
    DAY,
    GROUP,
    HOUR,
    MINUTE,
    NOON,
    PERSON,
    SLOT,
    STRANGER,
    after,
    make_activation,
    make_administrator,
    make_application,
    make_approval_policy,
    make_boss_facts,
    make_caller,
    make_chain,
    make_draft,
    make_facts,
    make_grant,
    make_granted,
    make_group_eligibility,
    make_membership,
    make_path,
    until,
)
from timebound.application.changes import (
    ADMINISTRATORS,
    EndGrant,
    FinishDue,
    InsertGrant,
    InsertRequest,
    UpdateRequest,
    principal_key,
    standing_key,
)
from timebound.application.engine import ATTEMPTS
from timebound.application.submitting import submit_request
from timebound.domain.decide import Refused
from timebound.domain.due import Due, DueKind
from timebound.domain.events import Actor, EventKind
from timebound.domain.facts import Facts
from timebound.domain.grants import Basis, Grant, GrantKind
from timebound.domain.ids import GrantId, RequestId
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.times import Window

ELIGIBLE = make_grant()
ALICE = Actor(user_id=PERSON, application_id=APPLICATION)
REMOVE = make_draft(Action.ADMIN_REMOVE, RequestKind.ELIGIBILITY)


async def submit(ledger: Ledger, draft: Draft) -> Request | Refused:
    return await submit_request(make_engine(ledger), ledger.facts.caller.token, draft, NOON)


@pytest.mark.documented("GDOC: a request, its schedule and its approval have one id")
async def test_an_activation_is_stored_whole_under_every_version_it_rests_on() -> None:
    ledger = Ledger(make_facts(ELIGIBLE))
    request = await submit(ledger, make_draft())
    assert isinstance(request, Request)
    assert (request.status, request.completed_at) == (Status.PROVISIONED, NOON)
    grant = Grant(
        GrantId(request.id),
        SLOT,
        GrantKind.ACTIVATED,
        Window(NOON, NOON + HOUR),
        NOON,
        request.id,
        Basis(SLOT, ELIGIBLE.id),
    )
    assert request.grant_id == grant.id
    change = ledger.change
    assert change.writes == (InsertRequest(request, ledger.facts.policy), InsertGrant(grant))
    assert change.expects == VERSIONS
    assert change.bumps == {principal_key(PERSON)}
    assert [e.kind for e in change.events] == [EventKind.REQUEST_MADE, EventKind.GRANT_MADE]
    assert {e.correlation_id for e in change.events} == {request.id}
    assert {e.actor for e in change.events} == {ALICE}


@pytest.mark.observed("RAY 08: completedDateTime is the start")
async def test_what_is_ahead_is_granted_and_told_for_its_start() -> None:
    ledger = Ledger(make_facts(ELIGIBLE))
    request = await submit(ledger, make_draft(schedule=after(HOUR, NOON + DAY)))
    assert isinstance(request, Request)
    assert (request.status, request.completed_at) == (Status.GRANTED, NOON + DAY)
    assert request.starts_at == NOON + DAY
    assert ledger.events[1].effective_at == NOON + DAY


@pytest.mark.inferred("whoever takes away what a group holds has to know all that stands on it")
async def test_an_activation_through_a_group_changes_what_stands_on_the_group() -> None:
    through = make_group_eligibility(make_membership())
    ledger = Ledger(make_facts(eligibilities=(through,)))
    await submit(ledger, make_draft())
    assert ledger.change.bumps == {principal_key(PERSON), standing_key(GROUP)}
    assert standing_key(GROUP) not in ledger.change.expects


@pytest.mark.inferred("whoever takes away a membership has to know all that goes through it")
async def test_an_activation_through_groups_in_groups_changes_what_stands_on_each() -> None:
    inner = make_membership(group=STRANGER)
    through = make_group_eligibility(inner, make_membership(STRANGER, GROUP))
    ledger = Ledger(make_facts(eligibilities=(through,)))
    await submit(ledger, make_draft())
    standing = {standing_key(GROUP), standing_key(STRANGER)}
    assert ledger.change.bumps == {principal_key(PERSON), *standing}
    assert standing.isdisjoint(ledger.change.expects)


@pytest.mark.documented("GDOC: a removal answers completedDateTime null")
async def test_a_removal_ends_grants_and_cuts_what_stood_on_them() -> None:
    running = make_activation()
    other = replace(running, id=GrantId("other"), slot=replace(SLOT, principal_id=BOSS))
    chain = make_chain((running, other), ELIGIBLE)
    ledger = Ledger(make_boss_facts(ELIGIBLE, running, chain=chain))
    request = await submit(ledger, REMOVE)
    assert isinstance(request, Request)
    assert (request.status, request.completed_at) == (Status.REVOKED, None)
    assert request.grant_id is None
    ended = [EndGrant(g.id, NOON, request.id) for g in (ELIGIBLE, running, other)]
    assert [one for one in ledger.change.writes if isinstance(one, EndGrant)] == ended
    # Their hour is nearly over: a worker must not tell of that as well.
    due = [Due(DueKind.GRANT_ENDS, g.id, g.until) for g in (running, other)]
    finished = [one.due for one in ledger.change.writes if isinstance(one, FinishDue)]
    assert finished == due
    assert ledger.change.bumps == {principal_key(PERSON), principal_key(BOSS)}
    assert [e.data.get("isCut") for e in ledger.events] == [None, False, True, True]


@pytest.mark.inferred("promise 6 of the design: what never begins ends its request as failed")
async def test_a_planned_activation_that_is_cut_fails_its_request() -> None:
    planned = make_activation(NOON + HOUR, NOON + 2 * HOUR)
    waiting = make_granted(planned)
    chain = make_chain((planned,), ELIGIBLE)
    facts = make_boss_facts(ELIGIBLE, planned, chain=chain)
    ledger = Ledger(facts, requests={waiting.id: waiting})
    await submit(ledger, REMOVE)
    assert ledger.requests[waiting.id].status is Status.FAILED


@pytest.mark.inferred("what is replaced before it begins is cancelled")
async def test_updating_what_is_ahead_cancels_its_request() -> None:
    ahead = make_grant(start=NOON + HOUR, end=NOON + DAY)
    waiting = make_granted(ahead, Action.ADMIN_ASSIGN)
    ledger = Ledger(make_boss_facts(ahead), requests={waiting.id: waiting})
    schedule = until(NOON + 3 * DAY, NOON + 2 * DAY)
    draft = make_draft(Action.ADMIN_UPDATE, RequestKind.ELIGIBILITY, schedule)
    request = await submit(ledger, draft)
    assert isinstance(request, Request)
    assert request.status is Status.GRANTED
    assert ledger.requests[waiting.id].status is Status.CANCELED
    assert EndGrant(ahead.id, NOON, request.id) in ledger.change.writes


@pytest.mark.observed("RAY 12: completedDateTime is set, the approval has the request's id")
async def test_what_waits_stores_the_request_alone_with_its_policy() -> None:
    policy = make_approval_policy(APPROVER)
    ledger = Ledger(make_facts(ELIGIBLE, policy=policy))
    request = await submit(ledger, make_draft())
    assert isinstance(request, Request)
    assert (request.status, request.grant_id) == (Status.PENDING_APPROVAL, None)
    assert request.approval
    assert ledger.change.writes == (InsertRequest(request, policy),)
    assert ledger.change.bumps == {principal_key(PERSON)}
    assert [e.kind for e in ledger.events] == [EventKind.REQUEST_MADE, EventKind.APPROVAL_ASKED]
    assert ledger.events[1].data["approvers"] == (APPROVER,)


@pytest.mark.inferred("promise 5 of the design: refusals are facts, with every unmet rule")
async def test_a_refusal_commits_an_event_with_all_it_did_not_meet_and_no_request() -> None:
    ledger = Ledger(make_facts())
    asked = make_draft(schedule=after(9 * HOUR), justification=None)
    refused = await submit(ledger, asked)
    assert isinstance(refused, Refused)
    (event,) = ledger.events
    assert ledger.change.writes == ()
    assert ledger.change.expects == {}
    assert event.kind is EventKind.REQUEST_REFUSED
    problems = event.data["problems"]
    assert isinstance(problems, tuple)
    named = [(p["rule"], p["reason"]) for p in problems if isinstance(p, dict)]
    assert named == [
        ("EligibilityRule", "notEligible"),
        ("ExpirationRule", "tooLong"),
        ("JustificationRule", "justificationMissing"),
    ]
    assert event.data["askedSeconds"] == 9 * 3600
    assert event.data["justification"] is None


@pytest.mark.inferred("promise 5 of the design: what authority refuses is a fact as well")
async def test_a_refusal_of_authority_names_what_would_have_done() -> None:
    ledger = Ledger(replace(make_facts(), caller=make_application(())))
    refused = await submit(ledger, make_draft(Action.ADMIN_ASSIGN))
    assert isinstance(refused, Refused)
    (event,) = ledger.events
    assert event.actor == Actor(application_id=APPLICATION)
    (problem,) = refused.problems
    assert told(problem) == "permissionMissing"
    assert event.data["problems"] == (
        {
            "code": "permissionMissing",
            "rule": None,
            "reason": None,
            "property": None,
            "value": None,
            "names": problem.names,
        },
    )


@pytest.mark.inferred("promise 5 of the design: malformed and rehearsed calls are only logged")
@pytest.mark.parametrize(
    ("facts", "draft"),
    [
        (make_facts(ELIGIBLE), make_draft(schedule=until(NOON - HOUR))),
        (make_facts(ELIGIBLE), make_draft(is_validation_only=True)),
        (make_facts(), make_draft(is_validation_only=True)),
        (make_facts(), make_draft(Action.ADMIN_ASSIGN, is_validation_only=True)),
    ],
    ids=["malformed", "rehearsed well", "rehearsed in vain", "not permitted"],
)
async def test_what_leaves_no_trace(facts: Facts, draft: Draft) -> None:
    ledger = Ledger(facts)
    await submit(ledger, draft)
    assert ledger.changes == []


@pytest.mark.inferred("principle 2 of the design: the rehearsal is the performance")
@pytest.mark.parametrize("facts", [make_facts(ELIGIBLE), make_facts()])
async def test_a_rehearsal_answers_the_same(facts: Facts) -> None:
    real = await submit(Ledger(facts), make_draft())
    rehearsed = await submit(Ledger(facts), make_draft(is_validation_only=True))
    if isinstance(rehearsed, Request):
        rehearsed = replace(rehearsed, draft=make_draft())
    assert rehearsed == real


@pytest.mark.inferred("the design's change sets: load and decide again after a conflict")
async def test_after_a_conflict_the_decision_is_made_anew() -> None:
    def remove_eligibility(ledger: Ledger) -> None:
        ledger.facts = make_facts(replace(ELIGIBLE, ended_at=NOON))

    ledger = Ledger(make_facts(ELIGIBLE), intervenes=[remove_eligibility])
    refused = await submit(ledger, make_draft())
    assert isinstance(refused, Refused)
    assert [told(p) for p in refused.problems] == ["EligibilityRule/notEligible"]
    assert [e.kind for e in ledger.events] == [EventKind.REQUEST_REFUSED]


@pytest.mark.inferred("the design's change sets: a few times, then busy")
async def test_after_too_many_conflicts_it_gives_up_and_stores_nothing() -> None:
    ledger = Ledger(make_facts(ELIGIBLE), intervenes=[lambda _: None] * ATTEMPTS)
    refused = await submit(ledger, make_draft())
    assert isinstance(refused, Refused)
    assert [told(p) for p in refused.problems] == ["busy"]
    assert ledger.changes == []


def last_but_one(grant: Grant, *path: Grant) -> Facts:
    paths = (make_path(PERSON, *path), make_path(BOSS, make_administrator(BOSS)))
    return make_boss_facts(grant, slot=grant.slot, administrators=paths)


GLOBAL = make_administrator(PERSON)
MEMBER = make_membership()


@pytest.mark.inferred("promise 11 of the design: two removals of the last two conflict")
@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (last_but_one(GLOBAL, GLOBAL), Action.ADMIN_REMOVE),
        (last_but_one(GLOBAL, GLOBAL), Action.ADMIN_UPDATE),
        (
            last_but_one(MEMBER, MEMBER, make_administrator(MEMBER.slot.principal_id)),
            Action.ADMIN_REMOVE,
        ),
    ],
    ids=["removed", "bound in time", "out of the group"],
)
async def test_whatever_may_lose_an_administrator_changes_that_fact(
    facts: Facts, action: Action
) -> None:
    ledger = Ledger(facts)
    schedule = until(NOON + DAY) if action is Action.ADMIN_UPDATE else None
    await submit(ledger, make_draft(action, schedule=schedule, slot=facts.slot))
    assert ADMINISTRATORS in ledger.change.bumps
    assert ADMINISTRATORS in ledger.change.expects


@pytest.mark.inferred("what concerns no administrator does not queue behind those that do")
async def test_other_changes_leave_that_fact_alone() -> None:
    path = make_path(BOSS, make_administrator(BOSS))
    ledger = Ledger(make_boss_facts(ELIGIBLE, administrators=(path,)))
    await submit(ledger, REMOVE)
    assert ledger.change.bumps == {principal_key(PERSON)}
    assert not any(isinstance(w, UpdateRequest) for w in ledger.change.writes)


@pytest.mark.inferred("who asked is told with the request, a person or an application")
async def test_authors() -> None:
    by_application = Ledger(replace(make_facts(), caller=make_application()))
    request = await submit(by_application, make_draft(Action.ADMIN_ASSIGN))
    assert isinstance(request, Request)
    assert (request.author.user_id, request.author.application_id) == (None, APPLICATION)
    by_person = Ledger(make_facts(ELIGIBLE, caller=make_caller()))
    request = await submit(by_person, make_draft())
    assert isinstance(request, Request)
    assert (request.author.user_id, request.author.display_name) == (PERSON, "Alice")
    assert request.id == RequestId("id-1")
    assert request.created_at - NOON < MINUTE
