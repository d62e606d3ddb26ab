"""What becomes of an activation at each stage, by what extensions and policy say."""

from dataclasses import replace

import pytest

from tests.support.builders import (
    APPROVER,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    after,
    make_activation,
    make_approval_policy,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_policy,
    make_principal,
    make_request,
)
from timebound.domain.approvals import Approval, Approvers, ReviewResult
from timebound.domain.decide import NeedsApproval, NeedsEvaluation, Refused, decide
from timebound.domain.evaluations import Evaluation, EvaluationAnswer, Outcome, Stage
from timebound.domain.facts import Facts
from timebound.domain.policies import EXTENSION_RULES, CustomExtensionRule, Policy
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Request, RequestKind, Status
from timebound.domain.settings import TenantSettings
from timebound.domain.settle import (
    Settled,
    Verdict,
    decide_approval,
    decide_cancellation,
    decide_evaluation,
)

PRE, POST = Stage.PRE_APPROVAL, Stage.POST_APPROVAL
DRAFT = make_draft(schedule=after(2 * HOUR))
YES = EvaluationAnswer("e-1", Outcome.APPROVED)
SPARED = EvaluationAnswer("e-1", Outcome.AUTO_APPROVED)
NO = EvaluationAnswer("e-1", Outcome.DENIED, ("There is no ticket",))


def asking(*stages: Stage, is_approved: bool = False, is_enabled: bool = True) -> Policy:
    """A policy that asks extensions, and Carol if somebody has to agree."""
    policy = make_approval_policy(APPROVER) if is_approved else make_policy()
    rules = {EXTENSION_RULES[one]: CustomExtensionRule(one.value, is_enabled) for one in stages}
    return Policy({**policy.rules, **rules})


def waiting(stage: Stage = PRE) -> Request:
    """A request that waits for an extension since an hour."""
    asked = Evaluation(stage, stage.value, NOON - HOUR)
    return make_request(DRAFT, Status.PENDING_EVALUATION, evaluation=asked)


def world(policy: Policy, request: Request | None = None) -> Facts:
    """Alice is eligible, and asks."""
    requests = () if request is None else (request,)
    return make_facts(make_grant(), policy=policy, requests=requests)


def settle(
    policy: Policy, answer: EvaluationAnswer | None, stage: Stage = PRE
) -> Settled | Refused:
    request = waiting(stage)
    assert request.evaluation is not None
    facts = world(policy, request)
    return decide_evaluation(facts, request, request.evaluation, answer, NOON)


@pytest.mark.documented("ACT-055; blog of 2026-09-07, order of the stages")
@pytest.mark.parametrize(
    ("stages", "is_approved", "asked"),
    [((PRE,), False, PRE), ((PRE,), True, PRE), ((PRE, POST), True, PRE), ((POST,), False, POST)],
)
def test_an_activation_waits_for_the_first_extension(
    stages: tuple[Stage, ...], *, is_approved: bool, asked: Stage
) -> None:
    decision = decide(world(asking(*stages, is_approved=is_approved)), DRAFT, NOON)

    assert decision == NeedsEvaluation(Evaluation(asked, asked.value, NOON))


@pytest.mark.documented("ACT-055")
def test_what_no_extension_is_asked_about_goes_its_way() -> None:
    policy = asking(POST, is_approved=True)
    assert isinstance(decide(world(policy), DRAFT, NOON), NeedsApproval)
    off = asking(PRE, POST, is_enabled=False)
    assert not isinstance(decide(world(off), DRAFT, NOON), NeedsEvaluation | Refused)
    # What an administrator does is no activation.
    assigned = make_draft(Action.ADMIN_ASSIGN, kind=RequestKind.ASSIGNMENT, schedule=after(HOUR))
    administrator = make_caller(APPROVER, "62e90394-69f5-4237-9190-012177145e10")  # type: ignore[arg-type]  # the id of a role
    facts = make_facts(policy=asking(PRE, POST), caller=administrator)
    assert not isinstance(decide(facts, assigned, NOON), NeedsEvaluation)


@pytest.mark.documented("Configure custom extensions, response model")
@pytest.mark.parametrize(
    ("policy", "answer", "stage", "status"),
    [
        (asking(PRE), YES, PRE, Status.PROVISIONED),
        (asking(PRE), SPARED, PRE, Status.PROVISIONED),
        (asking(PRE), NO, PRE, Status.DENIED),
        (asking(PRE), None, PRE, Status.FAILED),
        (asking(PRE, is_approved=True), YES, PRE, Status.PENDING_APPROVAL),
        (asking(PRE, is_approved=True), SPARED, PRE, Status.PROVISIONED),
        (asking(PRE, POST, is_approved=True), YES, PRE, Status.PENDING_APPROVAL),
        (asking(PRE, POST, is_approved=True), SPARED, PRE, Status.PENDING_EVALUATION),
        (asking(PRE, POST), YES, PRE, Status.PENDING_EVALUATION),
        (asking(PRE, POST), NO, PRE, Status.DENIED),
        (asking(PRE, POST, is_approved=True), YES, POST, Status.PROVISIONED),
        (asking(PRE, POST, is_approved=True), SPARED, POST, Status.PROVISIONED),
        (asking(PRE, POST, is_approved=True), NO, POST, Status.DENIED),
        (asking(POST), None, POST, Status.FAILED),
    ],
)
def test_what_an_answer_comes_to(
    policy: Policy, answer: EvaluationAnswer | None, stage: Stage, status: Status
) -> None:
    settled = settle(policy, answer, stage)

    assert isinstance(settled, Settled)
    assert settled.status is status
    assert (settled.grant is not None) == (status is Status.PROVISIONED)
    assert settled.evaluation is not None
    if status is Status.PENDING_EVALUATION:
        assert settled.evaluation == Evaluation(POST, POST.value, NOON)
    else:
        assert settled.evaluation.answer == answer
    if status is Status.PENDING_APPROVAL:
        assert settled.approval == Approval(Approvers((APPROVER,)))


@pytest.mark.inferred("an answer is judged as an approval is: by what is so when it comes")
@pytest.mark.parametrize("answer", [YES, SPARED])
@pytest.mark.parametrize("policy", [asking(PRE), asking(PRE, is_approved=True), asking(PRE, POST)])
@pytest.mark.parametrize(
    "changes",
    [
        {"grants": ()},
        {"eligibilities": ()},
        {"principal": replace(make_principal(), is_enabled=False)},
        {"principal": None},
        {"settings": TenantSettings(license_ends_at=NOON)},
        {"grants": (make_grant(), make_activation())},
    ],
)
def test_what_cannot_be_had_any_more_fails(
    policy: Policy, answer: EvaluationAnswer, changes: dict[str, object]
) -> None:
    if changes == {"grants": ()}:
        changes = {"grants": (), "eligibilities": ()}
    request = waiting()
    assert request.evaluation is not None
    facts = replace(world(policy, request), **changes)  # type: ignore[arg-type]  # the fields are the test's

    settled = decide_evaluation(facts, request, request.evaluation, answer, NOON)

    assert isinstance(settled, Settled)
    assert (settled.status, settled.grant) == (Status.FAILED, None)


@pytest.mark.inferred("EXP: never beyond the policy, and the whole duration from the answer on")
def test_the_window_is_that_of_the_answer_and_of_the_policy() -> None:
    settled = settle(asking(PRE), YES)
    assert isinstance(settled, Settled)
    assert settled.grant is not None
    assert (settled.grant.window.start, settled.grant.window.end) == (NOON, NOON + 2 * HOUR)

    short = Policy(
        {
            **asking(PRE).rules,
            "Expiration_EndUser_Assignment": ExpirationRule(is_required=True, maximum=30 * MINUTE),
        }
    )
    settled = settle(short, SPARED)
    assert isinstance(settled, Settled)
    assert settled.grant is not None
    assert settled.grant.window.end == NOON + 30 * MINUTE


@pytest.mark.inferred("an answer settles what was asked, and nothing else")
@pytest.mark.parametrize(
    "other",
    [
        Evaluation(POST, PRE.value, NOON - HOUR),
        Evaluation(PRE, "another", NOON - HOUR),
        Evaluation(PRE, PRE.value, NOON - MINUTE),
    ],
)
def test_an_answer_to_another_question_is_none(other: Evaluation) -> None:
    request = waiting()
    refused = decide_evaluation(world(asking(PRE), request), request, other, SPARED, NOON)

    assert isinstance(refused, Refused)
    assert [one.code for one in refused.problems] == [Code.ALREADY_DECIDED]


@pytest.mark.inferred("who waits no more is not answered")
@pytest.mark.parametrize("status", [one for one in Status if one is not Status.PENDING_EVALUATION])
def test_what_waits_no_more_is_not_settled(status: Status) -> None:
    request = replace(waiting(), status=status)
    assert request.evaluation is not None
    facts = world(asking(PRE), request)
    assert isinstance(decide_evaluation(facts, request, request.evaluation, SPARED, NOON), Refused)
    late = waiting()
    assert late.evaluation is not None
    at = late.created_at + DAY
    assert late.status_at(at) is Status.TIMED_OUT
    assert isinstance(decide_evaluation(facts, late, late.evaluation, SPARED, at), Refused)


@pytest.mark.documented("blog of 2026-09-07: a human has approved, and nothing is granted yet")
def test_after_the_approver_the_extension_is_asked() -> None:
    approval = Approval(Approvers((APPROVER,)))
    request = make_request(DRAFT, approval=approval)
    facts = make_facts(
        make_grant(),
        caller=make_caller(APPROVER),
        policy=asking(PRE, POST, is_approved=True),
        requests=(request,),
    )

    settled = decide_approval(facts, request, Verdict(ReviewResult.APPROVE, "yes"), NOON)

    assert isinstance(settled, Settled)
    assert settled.status is Status.PENDING_EVALUATION
    assert settled.evaluation == Evaluation(POST, POST.value, NOON)
    assert settled.grant is None
    assert settled.approval is not None
    assert settled.approval.result is ReviewResult.APPROVE
    denied = decide_approval(facts, request, Verdict(ReviewResult.DENY, "no"), NOON)
    assert isinstance(denied, Settled)
    assert (denied.status, denied.evaluation) == (Status.DENIED, None)


@pytest.mark.inferred("who waits may stop waiting")
def test_what_waits_for_an_extension_can_be_cancelled() -> None:
    request = waiting()

    settled = decide_cancellation(world(asking(PRE), request), request, NOON)

    assert isinstance(settled, Settled)
    assert settled.status is Status.CANCELED


@pytest.mark.inferred("what can be kept, and says which evaluation it is")
@pytest.mark.parametrize(
    ("answer", "is_kept"),
    [
        (YES, True),
        (NO, True),
        (EvaluationAnswer("", Outcome.APPROVED), False),
        (EvaluationAnswer(" \n", Outcome.APPROVED), False),
        (EvaluationAnswer("a\0b", Outcome.APPROVED), False),
        (EvaluationAnswer("e" * 4_001, Outcome.APPROVED), False),
        (EvaluationAnswer("e", Outcome.APPROVED, ("r" * 4_001,)), False),
        (EvaluationAnswer("e", Outcome.APPROVED, ("r",) * 21), False),
        (EvaluationAnswer("e", Outcome.APPROVED, ("r",) * 20), True),
    ],
)
def test_which_answers_are_kept(answer: EvaluationAnswer, *, is_kept: bool) -> None:
    assert answer.can_be_kept is is_kept
