"""How many roles of Azure are assigned at most, whoever asks for one more and however."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.azure.assigning import CIRCLE, PLACE, READER, SLOT, WEB
from tests.domain.deciding import judged, summary
from tests.support.builders import (
    APPROVER,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    after,
    make_approval_policy,
    make_boss_facts,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_request,
)
from timebound.domain.approvals import ReviewResult
from timebound.domain.azure.places import ROOT
from timebound.domain.azure_limits import find_limit
from timebound.domain.decide import Granted, Scheduled, decide
from timebound.domain.evaluations import Evaluation, EvaluationAnswer, Outcome, Stage
from timebound.domain.facts import Eligibility, Facts
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.policies import (
    EXTENSION_RULES,
    CustomExtensionRule,
    Policy,
    default_policy,
)
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.scopes import Scope
from timebound.domain.settings import TenantSettings
from timebound.domain.settle import (
    Settled,
    Verdict,
    decide_approval,
    decide_evaluation,
    decide_extension,
)

documented = pytest.mark.documented("Azure: limits of RBAC; arm notes 11")
inferred = pytest.mark.inferred("nothing is published of requests that find no room")

FULL = 4_000
APPROVE = Verdict(ReviewResult.APPROVE, "go ahead")
ELIGIBLE = make_grant(slot=SLOT)
HELD = make_grant(GrantKind.ASSIGNED, NOON - 30 * DAY, NOON + DAY, SLOT)
OVER = make_grant(GrantKind.ASSIGNED, NOON - 30 * DAY, NOON - DAY, SLOT)
AHEAD = make_grant(GrantKind.ASSIGNED, NOON + DAY, NOON + 2 * DAY, SLOT)


def draft(action: Action, **changes: object) -> Draft:
    return make_draft(action, slot=SLOT, **changes)  # type: ignore[arg-type]  # the fields are the test's


def facts(*grants: Grant, action: Action = Action.SELF_ACTIVATE, count: int = FULL) -> Facts:
    """Alice's slot as she sees it, or as who administers it does."""
    own = tuple(one for one in grants if one.kind is GrantKind.ELIGIBLE)
    found = make_facts(*grants) if action.is_self else make_boss_facts(*grants)
    policy = default_policy(READER)
    found = replace(found, slot=SLOT, role=READER, policy=policy, assigned_count=count)
    return replace(found, eligibilities=(Eligibility(SLOT, own),) if own else ())


@documented
@pytest.mark.parametrize(
    ("action", "grants", "comes_to"),
    [
        (Action.SELF_ACTIVATE, (ELIGIBLE,), "Provisioned"),
        (Action.ADMIN_ASSIGN, (), "Provisioned"),
        (Action.ADMIN_RENEW, (OVER,), "Provisioned"),
        # Nothing is there, so it assigns.
        (Action.ADMIN_UPDATE, (), "Provisioned"),
    ],
)
def test_whatever_is_given_needs_room(
    action: Action, grants: tuple[Grant, ...], comes_to: str
) -> None:
    asked = draft(action, schedule=after(2 * HOUR))
    assert judged(facts(*grants, action=action, count=FULL - 1), asked) == comes_to
    assert judged(facts(*grants, action=action), asked) == "quotaExceeded"
    assert judged(facts(*grants, action=action, count=FULL + 7), asked) == "quotaExceeded"
    # A rehearsal is the same line.
    rehearsed = replace(asked, is_validation_only=True)
    assert judged(facts(*grants, action=action), rehearsed) == "quotaExceeded"


@documented
@pytest.mark.parametrize(
    ("action", "grants", "changes", "comes_to"),
    [
        # What is in force or ahead has its place, and keeps it.
        (Action.ADMIN_UPDATE, (HELD,), {}, "Provisioned"),
        (Action.ADMIN_UPDATE, (AHEAD,), {}, "Provisioned"),
        (Action.ADMIN_EXTEND, (HELD,), {"schedule": after(60 * DAY)}, "Provisioned"),
        (Action.ADMIN_REMOVE, (HELD,), {}, "Revoked"),
        (Action.SELF_EXTEND, (HELD,), {"schedule": after(60 * DAY)}, "PendingAdminDecision"),
        (Action.SELF_RENEW, (OVER,), {}, "PendingAdminDecision"),
        # Eligibilities do not count.
        (Action.ADMIN_ASSIGN, (), {"kind": RequestKind.ELIGIBILITY}, "Provisioned"),
    ],
)
def test_what_takes_no_room_needs_none(
    action: Action, grants: tuple[Grant, ...], changes: dict[str, object], comes_to: str
) -> None:
    assert judged(facts(*grants, action=action), draft(action, **changes)) == comes_to


@inferred
@pytest.mark.parametrize(
    ("action", "grants"), [(Action.ADMIN_ASSIGN, ()), (Action.SELF_ACTIVATE, (ELIGIBLE,))]
)
def test_what_begins_later_has_its_place_from_now_on(
    action: Action, grants: tuple[Grant, ...]
) -> None:
    later = draft(action, schedule=after(HOUR, NOON + MINUTE))
    assert judged(facts(*grants, action=action, count=FULL - 1), later) == "Granted"
    assert judged(facts(*grants, action=action), later) == "quotaExceeded"


@documented
@pytest.mark.parametrize(
    ("scope", "count", "may"),
    [
        (WEB, 3_999, True),
        (WEB, 4_000, False),
        (CIRCLE, 499, True),
        (CIRCLE, 500, False),
        (ROOT, 10_000, True),
    ],
)
def test_the_limit_is_that_of_the_place(scope: Scope, count: int, *, may: bool) -> None:
    slot = replace(SLOT, scope=scope)
    found = replace(facts(action=Action.ADMIN_ASSIGN, count=count), slot=slot)
    asked = replace(draft(Action.ADMIN_ASSIGN), slot=slot)
    assert judged(found, asked) == ("Provisioned" if may else "quotaExceeded")


@inferred
def test_who_lacks_something_else_is_told_of_both() -> None:
    bare = draft(Action.SELF_ACTIVATE, justification=None)
    told = judged(facts(ELIGIBLE), bare)
    assert told == "quotaExceeded, JustificationRule/justificationMissing"


def waiting(action: Action = Action.SELF_ACTIVATE, **changes: object) -> Request:
    is_activation = action is Action.SELF_ACTIVATE
    status = Status.PENDING_APPROVAL if is_activation else Status.PENDING_ADMIN_DECISION
    return make_request(draft(action, **changes), status)


def approve(request: Request, count: int) -> Settled:
    found = replace(facts(ELIGIBLE, count=count), caller=make_caller(APPROVER))
    settled = decide_approval(found, request, APPROVE, NOON)
    assert isinstance(settled, Settled)
    return settled


@inferred
def test_what_waits_takes_no_room_until_it_is_agreed_to() -> None:
    asking = replace(facts(ELIGIBLE), policy=make_approval_policy(APPROVER))
    assert summary(decide(asking, draft(Action.SELF_ACTIVATE), NOON)) == "PendingApproval"
    assert approve(waiting(), FULL - 1).status is Status.PROVISIONED
    settled = approve(waiting(), FULL)
    assert (settled.status, settled.grant, settled.endings) == (Status.FAILED, None, ())
    assert [problem.code for problem in settled.problems] == [Code.QUOTA_EXCEEDED]
    assert settled.approval is not None
    assert settled.approval.result is ReviewResult.APPROVE
    later = waiting(schedule=after(HOUR, NOON + HOUR))
    assert approve(later, FULL - 1).status is Status.GRANTED
    assert approve(later, FULL).status is Status.FAILED


@inferred
def test_whoever_denies_needs_no_room() -> None:
    found = replace(facts(ELIGIBLE), caller=make_caller(APPROVER))
    denial = Verdict(ReviewResult.DENY, "not today")
    assert summary(decide_approval(found, waiting(), denial, NOON)) == "Denied"


@inferred
@pytest.mark.parametrize(("count", "status"), [(FULL - 1, "Provisioned"), (FULL, "Failed")])
def test_a_renewal_that_is_agreed_to_needs_room(count: int, status: str) -> None:
    request = waiting(Action.SELF_RENEW)
    found = facts(OVER, action=Action.ADMIN_RENEW, count=count)
    assert summary(decide_extension(found, request, APPROVE, NOON)) == status
    extending = waiting(Action.SELF_EXTEND, schedule=after(60 * DAY))
    held = facts(HELD, action=Action.ADMIN_EXTEND, count=count)
    assert summary(decide_extension(held, extending, APPROVE, NOON)) == "Provisioned"


@inferred
def test_an_extension_that_agrees_finds_room_or_the_request_fails() -> None:
    stage = Stage.PRE_APPROVAL
    asked, yes = (
        Evaluation(stage, stage.value, NOON - HOUR),
        EvaluationAnswer("1", Outcome.APPROVED),
    )
    rules = default_policy(READER).rules
    extension = CustomExtensionRule(stage.value, is_enabled=True)
    policy = Policy({**rules, EXTENSION_RULES[stage]: extension})
    request = make_request(draft(Action.SELF_ACTIVATE), Status.PENDING_EVALUATION, evaluation=asked)
    full = replace(facts(ELIGIBLE), policy=policy)
    assert summary(decide(full, draft(Action.SELF_ACTIVATE), NOON)) == "PendingEvaluation"
    assert summary(decide_evaluation(full, request, asked, yes, NOON)) == "Failed"
    roomy = replace(full, assigned_count=FULL - 1)
    assert summary(decide_evaluation(roomy, request, asked, yes, NOON)) == "Provisioned"
    # Whom approvers are asked about next takes no room yet.
    approval = make_approval_policy(APPROVER).approval
    approved = Policy({**policy.rules, "Approval_EndUser_Assignment": approval})
    waits = replace(full, policy=approved)
    assert summary(decide_evaluation(waits, request, asked, yes, NOON)) == "PendingApproval"


@pytest.mark.inferred("the limit is kept by whatever is decided")
@given(
    action=st.sampled_from(Action),
    kind=st.sampled_from(RequestKind),
    grants=st.sets(st.sampled_from((ELIGIBLE, HELD, OVER, AHEAD))),
    start=st.integers(-60, 60),
    numbers=st.tuples(st.integers(1, 3), st.integers(0, 4)),
    scope=st.sampled_from((PLACE, WEB, CIRCLE)),
)
def test_nothing_that_is_decided_exceeds_a_limit(
    action: Action,
    kind: RequestKind,
    grants: set[Grant],
    start: int,
    numbers: tuple[int, int],
    scope: Scope,
) -> None:
    limit, count = numbers
    slot = replace(SLOT, scope=scope)
    settings = TenantSettings(
        azure_assignments_per_subscription=limit, azure_assignments_per_management_group=limit
    )
    here = tuple(replace(one, slot=slot) for one in grants)
    found = replace(
        facts(*here, action=action, count=count),
        slot=slot,
        settings=settings,
        eligibilities=(Eligibility(slot, (replace(ELIGIBLE, slot=slot),)),),
    )
    asked = make_draft(action, kind, after(HOUR, NOON + start * MINUTE), slot)
    decision = decide(found, asked, NOON)
    new = decision.grant if isinstance(decision, Granted | Scheduled) else None
    if new is None or new.kind is GrantKind.ELIGIBLE:
        return
    assert isinstance(decision, Granted | Scheduled)
    ended = sum(one.grant.until > NOON and one.at <= NOON for one in decision.endings)
    assert find_limit(scope, settings) == limit
    assert count + 1 - ended <= max(limit, count)
