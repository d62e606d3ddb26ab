"""The decision table: what approvers decide (APR), as far as the use case decides it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import row, summary
from tests.support.builders import (
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
    make_application,
    make_approval_policy,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_policy,
    make_principal,
    make_request,
    until,
)
from timebound.application.submitting import judge_draft
from timebound.domain.approvals import Approval, Approvers, ReviewResult
from timebound.domain.authority import Caller, HeldRole
from timebound.domain.decide import NeedsApproval, NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Basis, GrantKind
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.approval import (
    ApprovalRule,
    ApprovalStage,
    Approver,
    ApproverKind,
)
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.requests import Action, Request, Status
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    SECURITY_READER,
)
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import MissingExpiration, TenantSettings
from timebound.domain.settle import Settled, Verdict, decide_approval
from timebound.domain.times import Instant, Window

ELIGIBLE = make_grant()
APPROVE = Verdict(ReviewResult.APPROVE, "go ahead")
DENY = Verdict(ReviewResult.DENY, "not today")
WAITING = make_request(make_draft(schedule=after(2 * HOUR)), created_at=NOON - HOUR)
CAROL = make_caller(APPROVER)
BY_GROUP = replace(WAITING, approval=Approval(Approvers(groups=(GROUP,))))
BY_ROLE = replace(
    WAITING,
    approval=Approval(Approvers(roles=(GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR))),
)


def decided(
    verdict: Verdict = APPROVE,
    request: Request = WAITING,
    caller: Caller = CAROL,
    facts: Facts | None = None,
    at: Instant = NOON,
) -> Settled | Refused:
    known = facts or make_facts(ELIGIBLE)
    known = replace(known, caller=caller, requests=(*known.requests, request))
    return decide_approval(known, request, verdict, at)


def reviewed(verdict: Verdict, request: Request = WAITING) -> Approval:
    assert request.approval
    return replace(
        request.approval,
        result=verdict.result,
        reviewed_by=APPROVER,
        reviewed_at=NOON,
        justification=verdict.justification,
    )


@row("APR-001", "APR-011")
@pytest.mark.parametrize("start", [None, NOON - 30 * MINUTE])
def test_approving_activates_for_the_whole_duration_from_now(start: Instant | None) -> None:
    request = make_request(make_draft(schedule=after(2 * HOUR, start)), created_at=NOON - HOUR)
    grant = NewGrant(GrantKind.ACTIVATED, Window(NOON, NOON + 2 * HOUR), Basis(SLOT, ELIGIBLE.id))
    assert decided(request=request) == Settled(
        Status.PROVISIONED, grant, approval=reviewed(APPROVE)
    )


@row("APR-002")
def test_denying_writes_nothing_and_the_holder_may_ask_again() -> None:
    settled = decided(DENY)
    assert settled == Settled(Status.DENIED, approval=reviewed(DENY))
    denied = replace(WAITING, status=Status.DENIED)
    facts = make_facts(ELIGIBLE, requests=(denied,), policy=make_approval_policy(APPROVER))
    assert summary(judge_draft(facts, WAITING.draft, NOON)) == "PendingApproval"


@row("APR-003")
def test_members_of_an_approver_group_decide() -> None:
    member = make_caller(STRANGER, group_ids=(GROUP,))
    assert summary(decided(request=BY_GROUP, caller=member)) == "Provisioned"
    assert summary(decided(request=BY_GROUP, caller=make_caller(STRANGER))) == "notApprover"


@row("APR-004")
@pytest.mark.parametrize("verdict", [APPROVE, DENY])
def test_nobody_decides_their_own_request(verdict: Verdict) -> None:
    named = Approvers((PERSON, BOSS), (GROUP,), (GLOBAL_ADMINISTRATOR,))
    request = replace(WAITING, approval=Approval(named))
    caller = make_caller(PERSON, GLOBAL_ADMINISTRATOR, group_ids=(GROUP,))
    assert summary(decided(verdict, request, caller)) == "notApprover/ownRequest"


@row("APR-004")
def test_who_made_a_request_for_another_does_not_decide_it() -> None:
    request = replace(WAITING, author=replace(WAITING.author, user_id=APPROVER))
    assert summary(decided(request=request)) == "notApprover/ownRequest"


@pytest.mark.inferred("promise 7 of the design: no approval of oneself by any route")
@pytest.mark.parametrize("verdict", [APPROVE, DENY])
def test_what_comes_through_an_application_of_who_asked_may_be_their_own_word(
    verdict: Verdict,
) -> None:
    facts = make_facts(ELIGIBLE, caller=CAROL, requests=(WAITING,))
    for owners, outcome in (
        ({PERSON, STRANGER}, "notApprover/ownApplication"),
        ({STRANGER, APPROVER}, "Provisioned" if verdict is APPROVE else "Denied"),
    ):
        through = frozenset(PrincipalId(one) for one in owners)
        assert summary(decide_approval(facts, WAITING, verdict, NOON, through=through)) == outcome


@pytest.mark.inferred("promise 7 of the design: who asked for another speaks for themselves too")
def test_nor_through_an_application_of_who_asked_for_another() -> None:
    request = replace(WAITING, author=replace(WAITING.author, user_id=STRANGER))
    facts = make_facts(ELIGIBLE, caller=CAROL, requests=(request,))
    decision = decide_approval(facts, request, APPROVE, NOON, through=frozenset({STRANGER}))
    assert summary(decision) == "notApprover/ownApplication"


@row("APR-005")
@pytest.mark.parametrize(
    "caller",
    [
        make_caller(STRANGER),
        make_caller(BOSS, GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR),
    ],
    ids=["stranger", "administrator"],
)
def test_nobody_else_decides(caller: Caller) -> None:
    assert summary(decided(caller=caller)) == "notApprover"


@pytest.mark.documented("GDOC beta approvalstep-update: application permissions not supported")
def test_applications_do_not_decide() -> None:
    request = replace(WAITING, approval=Approval(Approvers(users=(make_application().id,))))
    assert summary(decided(request=request, caller=make_application())) == "accessDenied"


@row("APR-006")
def test_what_waits_for_nobody_has_no_approval() -> None:
    assert summary(decided(request=replace(WAITING, approval=None))) == "requestNotFound"


@row("APR-007", "APR-021")
@pytest.mark.parametrize("verdict", [APPROVE, DENY])
@pytest.mark.parametrize("status", [s for s in Status if s is not Status.PENDING_APPROVAL])
def test_a_request_is_decided_once(status: Status, verdict: Verdict) -> None:
    assert summary(decided(verdict, replace(WAITING, status=status))) == "alreadyDecided"


@row("APR-008")
@pytest.mark.parametrize(
    "named", [(), (Approver(ApproverKind.REQUESTOR_MANAGER),)], ids=["nobody", "a manager"]
)
def test_administrators_approve_where_nobody_is_named(named: tuple[Approver, ...]) -> None:
    rule = ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))
    facts = make_facts(ELIGIBLE, policy=make_policy(Approval_EndUser_Assignment=rule))
    decision = judge_draft(facts, WAITING.draft, NOON)
    assert isinstance(decision, NeedsApproval)
    assert decision.approval == BY_ROLE.approval


@row("APR-008")
@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (make_caller(BOSS, GLOBAL_ADMINISTRATOR), "Provisioned"),
        (make_caller(BOSS, PRIVILEGED_ROLE_ADMINISTRATOR), "Provisioned"),
        (make_caller(BOSS, SECURITY_READER), "notApprover"),
        (
            replace(
                make_caller(BOSS),
                roles=frozenset(
                    {HeldRole(GLOBAL_ADMINISTRATOR, Scope(ScopeKind.DIRECTORY, "/one"))}
                ),
            ),
            "notApprover",
        ),
    ],
)
def test_default_approvers_hold_their_role_now_and_everywhere(
    caller: Caller, expected: str
) -> None:
    assert summary(decided(request=BY_ROLE, caller=caller)) == expected


@row("APR-010")
def test_after_a_day_nobody_decides_any_more() -> None:
    end = WAITING.created_at + DAY
    last = end - timedelta(microseconds=1)
    assert WAITING.status_at(last) is Status.PENDING_APPROVAL
    assert WAITING.status_at(end) is Status.TIMED_OUT
    assert summary(decided(at=last)) == "Provisioned"
    assert summary(decided(at=end)) == "alreadyDecided"
    facts = make_facts(ELIGIBLE, requests=(WAITING,), policy=make_approval_policy(APPROVER))
    assert summary(judge_draft(facts, WAITING.draft, last)) == "requestPending"
    assert summary(judge_draft(facts, WAITING.draft, end)) == "PendingApproval"


@row("APR-012")
def test_approving_ahead_of_the_start_grants_it() -> None:
    request = make_request(make_draft(schedule=after(HOUR, NOON + DAY)))
    settled = decided(request=request)
    assert isinstance(settled, Settled)
    assert settled.status is Status.GRANTED
    assert settled.grant
    assert settled.grant.window == Window(NOON + DAY, NOON + DAY + HOUR)


@row("APR-013")
@pytest.mark.parametrize("justification", [None, "", "  "])
@pytest.mark.parametrize("verdict", [APPROVE, DENY])
def test_approvers_say_why(verdict: Verdict, justification: str | None) -> None:
    silent = replace(verdict, justification=justification)
    assert summary(decided(silent)) == "invalidRequest/missing"
    request = replace(
        WAITING, approval=Approval(Approvers(users=(APPROVER,)), needs_justification=False)
    )
    assert isinstance(decided(silent, request), Settled)


@pytest.mark.inferred("a decision that decides nothing is none")
def test_not_reviewed_is_no_verdict() -> None:
    verdict = Verdict(ReviewResult.NOT_REVIEWED, "well")
    assert summary(decided(verdict)) == "invalidRequest/missing"


@row("APR-022")
def test_the_approvers_are_those_of_the_request() -> None:
    facts = make_facts(ELIGIBLE, policy=make_approval_policy(STRANGER))
    assert summary(decided(facts=facts)) == "Provisioned"
    assert summary(decided(facts=facts, caller=make_caller(STRANGER))) == "notApprover"


MEMBERSHIP = make_membership()
CAPPED = make_policy(
    Expiration_EndUser_Assignment=ExpirationRule(is_required=True, maximum=30 * MINUTE)
)
NOTHING = make_policy(
    Expiration_EndUser_Assignment=ExpirationRule(is_required=True, maximum=timedelta(0))
)


@row("APR-023")
@pytest.mark.parametrize(
    "facts",
    [
        make_facts(),
        make_facts(make_grant(ended_at=NOON)),
        make_facts(eligibilities=(make_group_eligibility(replace(MEMBERSHIP, ended_at=NOON)),)),
        make_facts(ELIGIBLE, make_grant(GrantKind.ASSIGNED)),
        make_facts(ELIGIBLE, make_activation(NOON + HOUR, NOON + 2 * HOUR)),
        make_facts(ELIGIBLE, principal=None),
        make_facts(ELIGIBLE, principal=make_principal(is_deleted=True)),
        make_facts(ELIGIBLE, principal=make_principal(is_enabled=False)),
        make_facts(ELIGIBLE, role=None),
        make_facts(ELIGIBLE, policy=NOTHING),
    ],
    ids=[
        "never eligible", "eligible no more", "member no more", "assigned meanwhile",
        "granted meanwhile", "gone", "deleted", "disabled", "role gone", "nothing allowed",
    ],
)  # fmt: skip
def test_approving_what_cannot_be_had_any_more_fails(facts: Facts) -> None:
    assert decided(facts=facts) == Settled(Status.FAILED, approval=reviewed(APPROVE))


@row("APR-023")
def test_approving_after_the_end_that_was_asked_for_fails() -> None:
    request = make_request(make_draft(schedule=until(NOON - MINUTE)))
    assert summary(decided(request=request)) == "Failed"


@pytest.mark.inferred("promise 6 of the design: an approval re-decides the caps")
@pytest.mark.parametrize(
    ("facts", "end"),
    [
        (make_facts(make_grant(end=NOON + 20 * MINUTE)), NOON + 20 * MINUTE),
        (make_facts(ELIGIBLE, policy=CAPPED), NOON + 30 * MINUTE),
        (
            make_facts(
                eligibilities=(
                    make_group_eligibility(replace(MEMBERSHIP, ended_at=NOON + 10 * MINUTE)),
                )
            ),
            NOON + 10 * MINUTE,
        ),
    ],
    ids=["eligibility", "maximum", "membership"],
)
def test_an_approval_never_widens(facts: Facts, end: Instant) -> None:
    settled = decided(facts=facts)
    assert isinstance(settled, Settled)
    assert settled.grant
    assert settled.grant.window == Window(NOON, end)


@pytest.mark.inferred("what no expiration means is decided once, not at the request alone")
def test_no_expiration_means_the_maximum_at_the_approval_as_well() -> None:
    settings = TenantSettings(missing_expiration=MissingExpiration.MAXIMUM)
    request = make_request(replace(make_draft(), schedule=None))
    settled = decided(request=request, facts=make_facts(ELIGIBLE, settings=settings))
    assert isinstance(settled, Settled)
    assert settled.grant
    assert settled.grant.window == Window(NOON, NOON + 8 * HOUR)
    assert request.draft.action is Action.SELF_ACTIVATE
