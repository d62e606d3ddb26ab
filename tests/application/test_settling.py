"""Approval-required requests wait and can be decided through the use case."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    DAY,
    GROUP,
    HOUR,
    NOON,
    PERSON,
    STRANGER,
    after,
    make_activation,
    make_approval_policy,
    make_boss,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_granted,
    make_request,
    until,
)
from timebound.application.changes import EndGrant, InsertGrant, UpdateRequest, principal_key
from timebound.application.settling import (
    OpenRequest,
    cancel_request,
    decide_on_approval,
    decide_on_extension,
)
from timebound.application.submitting import submit_request
from timebound.domain.approvals import ReviewResult
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import GrantId, RequestId
from timebound.domain.requests import Action, Request, RequestKind, Status
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import ScopeKind, group_scope
from timebound.domain.settle import Verdict
from timebound.domain.times import Instant

ELIGIBLE = make_grant()
WAITING = make_request(make_draft(schedule=after(2 * HOUR)))
APPROVE = Verdict(ReviewResult.APPROVE, "go ahead")
DENY = Verdict(ReviewResult.DENY, "not today")
CAROL = make_caller(APPROVER)


def ledger_of(request: Request = WAITING, caller: Caller = CAROL) -> Ledger:
    facts = make_facts(ELIGIBLE, caller=caller, requests=(request,))
    return Ledger(facts, requests={request.id: request})


async def decide(
    ledger: Ledger, verdict: Verdict = APPROVE, at: Instant = NOON, id_: str = WAITING.id
) -> Request | Refused:
    engine, token = make_engine(ledger), ledger.facts.caller.token
    return await decide_on_approval(
        engine, token, OpenRequest(RequestId(id_), ScopeKind.DIRECTORY), verdict, at
    )


async def cancel(
    ledger: Ledger, id_: RequestId, kind: RequestKind = RequestKind.ASSIGNMENT
) -> Request | Refused:
    engine, token = make_engine(ledger), ledger.facts.caller.token
    return await cancel_request(engine, token, OpenRequest(id_, ScopeKind.DIRECTORY, kind), NOON)


def refusal(answer: Request | Refused) -> list[str]:
    assert isinstance(answer, Refused)
    return [told(p) for p in answer.problems]


@pytest.mark.documented("GDOC beta approvalstep-update; RAY 13/14")
async def test_from_asking_to_approving() -> None:
    ledger = Ledger(make_facts(ELIGIBLE, policy=make_approval_policy(APPROVER)))
    engine = make_engine(ledger)
    asked = await submit_request(engine, ledger.facts.caller.token, WAITING.draft, NOON - HOUR)
    assert isinstance(asked, Request)
    ledger.requests[asked.id] = asked
    ledger.facts = replace(ledger.facts, caller=CAROL, requests=(asked,))
    approved = await decide_on_approval(
        engine, CAROL.token, OpenRequest(asked.id, ScopeKind.DIRECTORY), APPROVE, NOON
    )
    assert isinstance(approved, Request)
    assert (approved.status, approved.completed_at) == (Status.PROVISIONED, NOON)
    assert approved.grant_id == GrantId(asked.id)
    kinds = [e.kind for e in ledger.events]
    assert kinds == [
        EventKind.REQUEST_MADE,
        EventKind.APPROVAL_ASKED,
        EventKind.APPROVAL_GIVEN,
        EventKind.GRANT_MADE,
    ]
    assert {e.correlation_id for e in ledger.events} == {asked.id}


@pytest.mark.inferred("promise 4 of the design: grant and event commit together, under versions")
async def test_an_approval_is_one_change_set() -> None:
    ledger = ledger_of()
    approved = await decide(ledger)
    assert isinstance(approved, Request)
    update, insert = ledger.change.writes
    assert update == UpdateRequest(approved)
    assert isinstance(insert, InsertGrant)
    assert insert.grant.window.end == NOON + 2 * HOUR
    assert ledger.change.expects == VERSIONS
    assert ledger.change.bumps == {principal_key(PERSON)}
    given = ledger.events[0]
    assert given.actor.user_id == APPROVER
    assert given.data["verdictJustification"] == "go ahead"
    assert approved.approval
    assert approved.approval.reviewed_by == APPROVER


@pytest.mark.documented("GDOC beta approvalstep-update; AUDITREF")
async def test_denying() -> None:
    ledger = ledger_of()
    denied = await decide(ledger, DENY)
    assert isinstance(denied, Request)
    assert (denied.status, denied.grant_id) == (Status.DENIED, None)
    assert [e.kind for e in ledger.events] == [EventKind.APPROVAL_DENIED]
    assert refusal(await decide(ledger)) == ["alreadyDecided"]


@pytest.mark.documented("GDOC beta approvalstep-update; ENTRA/pim-approval-workflow")
@pytest.mark.parametrize(
    ("ledger", "verdict", "at", "expected"),
    [
        (ledger_of(caller=make_caller(PERSON)), APPROVE, NOON, "notApprover/ownRequest"),
        (ledger_of(caller=make_caller(STRANGER)), APPROVE, NOON, "notApprover"),
        (ledger_of(caller=make_boss()), DENY, NOON, "notApprover"),
        (ledger_of(), APPROVE, WAITING.created_at + DAY, "alreadyDecided"),
    ],
    ids=["own", "stranger", "administrator", "lapsed"],
)
async def test_a_refused_decision_is_a_fact_and_changes_nothing(
    ledger: Ledger, verdict: Verdict, at: Instant, expected: str
) -> None:
    assert refusal(await decide(ledger, verdict, at)) == [expected]
    assert ledger.change.writes == ()
    assert [e.kind for e in ledger.events] == [EventKind.APPROVAL_REFUSED]
    assert ledger.events[0].data["verdict"] == verdict.result.value


@pytest.mark.inferred("promise 5 of the design: what cannot be read is only logged")
async def test_a_silent_decision_is_refused_and_not_recorded() -> None:
    ledger = ledger_of()
    assert refusal(await decide(ledger, replace(APPROVE, justification=" "))) == [
        "invalidRequest/missing"
    ]
    assert ledger.changes == []


@pytest.mark.documented("GDOC beta approvalstep-update: an unknown approval is not found")
async def test_what_is_not_there() -> None:
    assert refusal(await decide(ledger_of(), id_="nothing")) == ["requestNotFound"]
    assert refusal(await cancel(ledger_of(), RequestId("nothing"))) == ["requestNotFound"]
    other_kind = await cancel(ledger_of(), WAITING.id, RequestKind.ELIGIBILITY)
    assert refusal(other_kind) == ["requestNotFound"]


@pytest.mark.inferred("an approval re-decides: what was lost meanwhile ends the request as failed")
async def test_an_eligibility_lost_while_waiting_fails_the_request() -> None:
    ledger = ledger_of()
    ledger.facts = replace(ledger.facts, eligibilities=())
    failed = await decide(ledger)
    assert isinstance(failed, Request)
    assert failed.status is Status.FAILED
    assert ledger.change.writes == (UpdateRequest(failed),)
    assert ledger.events[0].data["status"] == "Failed"


Rival = Callable[[Ledger], None]


def deny_meanwhile(ledger: Ledger) -> None:
    ledger.requests[WAITING.id] = replace(WAITING, status=Status.DENIED)


def cancel_meanwhile(ledger: Ledger) -> None:
    ledger.requests[WAITING.id] = replace(WAITING, status=Status.CANCELED)


@pytest.mark.documented("GDOC beta approvalstep-update: the first decision wins")
@pytest.mark.parametrize("rival", [deny_meanwhile, cancel_meanwhile])
async def test_of_two_decisions_at_once_one_holds(rival: Rival) -> None:
    ledger = ledger_of()
    ledger.intervenes = [rival]
    assert refusal(await decide(ledger)) == ["alreadyDecided"]
    assert all(change.writes == () for change in ledger.changes)


@pytest.mark.documented("GDOC21 cancel")
async def test_cancelling_what_waits() -> None:
    ledger = ledger_of(caller=make_caller())
    canceled = await cancel(ledger, WAITING.id)
    assert isinstance(canceled, Request)
    assert (canceled.status, canceled.completed_at) == (Status.CANCELED, NOON)
    assert [e.kind for e in ledger.events] == [EventKind.REQUEST_CANCELED]


@pytest.mark.documented("GDOC21 cancel")
async def test_cancelling_what_is_ahead_ends_its_grant() -> None:
    planned = make_activation(NOON + HOUR, NOON + 2 * HOUR)
    request = make_granted(planned)
    facts = make_facts(ELIGIBLE, planned, requests=(request,))
    ledger = Ledger(facts, requests={request.id: request})
    canceled = await cancel(ledger, request.id)
    assert isinstance(canceled, Request)
    assert ledger.change.writes == (
        UpdateRequest(canceled),
        EndGrant(planned.id, NOON, request.id),
    )
    assert canceled.status is Status.CANCELED


@pytest.mark.inferred("a refused cancellation is told apart from a refused approval")
async def test_a_refused_cancellation_is_a_fact() -> None:
    ledger = ledger_of(caller=make_caller(STRANGER))
    assert refusal(await cancel(ledger, WAITING.id)) == ["accessDenied"]
    assert [e.kind for e in ledger.events] == [EventKind.CANCEL_REFUSED]


BOUND = make_grant(GrantKind.ASSIGNED, end=NOON + DAY)
EXTENSION = make_request(
    make_draft(Action.SELF_EXTEND, schedule=until(NOON + 9 * DAY)), Status.PENDING_ADMIN_DECISION
)


@pytest.mark.documented("ENTRA/pim-how-to-renew-extend; AUDITREF")
@pytest.mark.parametrize(
    ("verdict", "status", "kind"),
    [
        (APPROVE, Status.PROVISIONED, EventKind.APPROVAL_GIVEN),
        (DENY, Status.ADMIN_DENIED, EventKind.APPROVAL_DENIED),
    ],
)
async def test_extensions(verdict: Verdict, status: Status, kind: EventKind) -> None:
    facts = make_facts(BOUND, caller=make_boss(), requests=(EXTENSION,))
    ledger = Ledger(facts, requests={EXTENSION.id: EXTENSION})
    engine = make_engine(ledger)
    deciding: Awaitable[Request | Refused] = decide_on_extension(
        engine, facts.caller.token, OpenRequest(EXTENSION.id, ScopeKind.DIRECTORY), verdict, NOON
    )
    settled = await deciding
    assert isinstance(settled, Request)
    assert settled.status is status
    assert ledger.events[0].kind is kind
    ended = [w for w in ledger.change.writes if isinstance(w, EndGrant)]
    assert ended == ([EndGrant(BOUND.id, NOON, EXTENSION.id)] if verdict is APPROVE else [])


@pytest.mark.inferred("who names a role of the directory means nothing about a group")
async def test_what_is_asked_about_a_group_is_not_found_among_roles() -> None:
    asked = make_request(make_draft(slot=Slot(PERSON, MEMBER, group_scope(GROUP))))
    facts = make_facts(ELIGIBLE, caller=CAROL, requests=(asked,))
    ledger = Ledger(replace(facts, slot=asked.draft.slot), requests={asked.id: asked})
    among_roles = OpenRequest(asked.id, ScopeKind.DIRECTORY)
    engine, token = make_engine(ledger), CAROL.token
    for outcome in (
        await cancel_request(engine, token, among_roles, NOON),
        await decide_on_approval(engine, token, among_roles, APPROVE, NOON),
        await decide_on_extension(engine, token, among_roles, APPROVE, NOON),
    ):
        assert refusal(outcome) == ["requestNotFound"]
    assert ledger.changes == []
