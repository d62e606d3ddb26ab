"""The decision table: what holders activate (ACT)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import case, granted, judged, row, summary
from tests.support.builders import (
    APPROVER,
    DAY,
    GROUP,
    HOUR,
    MINUTE,
    NOON,
    ROBOT,
    SLOT,
    STRANGER,
    UNIT,
    after,
    endless,
    make_activation,
    make_application,
    make_approval_policy,
    make_caller,
    make_context_policy,
    make_draft,
    make_enablement_policy,
    make_facts,
    make_grant,
    make_granted,
    make_group_eligibility,
    make_membership,
    make_policy,
    make_request,
    until,
)
from timebound.application.submitting import judge_draft
from timebound.domain.approvals import Approval, Approvers, ReviewResult
from timebound.domain.decide import NeedsApproval, NewGrant, Scheduled
from timebound.domain.facts import Eligibility, Facts
from timebound.domain.grants import Basis, Grant, GrantKind
from timebound.domain.policies import SignIn
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.requests import Action, Draft, RequestKind, Status, Ticket
from timebound.domain.settings import MissingExpiration, TenantSettings
from timebound.domain.settle import Verdict, decide_approval
from timebound.domain.times import Window

ELIGIBLE = make_grant()
ACTIVATE = make_draft(schedule=after(HOUR))
RUNNING = make_activation()
LATER = make_activation(NOON + 2 * HOUR, NOON + 3 * HOUR)
MAY = make_facts(ELIGIBLE)
GUARDED = make_facts(ELIGIBLE, policy=make_approval_policy(APPROVER))

STRONG = SignIn(has_mfa=True, contexts=frozenset({"c1"}), has_claims_capability=True)
TICKETS = make_enablement_policy(Enablement.TICKETING)
MFA = make_enablement_policy(Enablement.MFA)


def signed_in(facts: Facts, sign_in: SignIn) -> Facts:
    return replace(facts, caller=make_caller(sign_in=sign_in))


def asking_context(sign_in: SignIn, value: str = "c1") -> Facts:
    return signed_in(make_facts(ELIGIBLE, policy=make_context_policy(value)), sign_in)


@pytest.mark.parametrize(
    ("facts", "draft", "expected"),
    [
        case("ACT-005", "ahead", make_facts(make_grant(start=NOON + MINUTE)), ACTIVATE,
             "EligibilityRule/notEligible"),
        case("ACT-005", "expired", make_facts(make_grant(end=NOON)), ACTIVATE,
             "EligibilityRule/notEligible"),
        case("ACT-005", "removed", make_facts(make_grant(ended_at=NOON - MINUTE)), ACTIVATE,
             "EligibilityRule/notEligible"),
        case("ACT-005", "for when it is there", make_facts(make_grant(start=NOON + HOUR)),
             replace(ACTIVATE, schedule=after(HOUR, NOON + HOUR)), "Granted"),
        case("ACT-006", "too long", MAY, replace(ACTIVATE, schedule=after(8 * HOUR + MINUTE)),
             "ExpirationRule/tooLong"),
        case("ACT-006", "exactly as long", MAY, replace(ACTIVATE, schedule=after(8 * HOUR)),
             "Provisioned"),
        case("ACT-006", "until too late", MAY, replace(
            ACTIVATE, schedule=until(NOON + 9 * HOUR)), "ExpirationRule/tooLong"),
        case("ACT-007", "for ever", MAY, replace(ACTIVATE, schedule=endless()),
             "ExpirationRule/permanentNotAllowed"),
        case("ACT-008", "both", make_facts(), replace(ACTIVATE, schedule=after(9 * HOUR)),
             "EligibilityRule/notEligible, ExpirationRule/tooLong"),
        case("ACT-009", "none", MAY, replace(ACTIVATE, justification=None),
             "JustificationRule/justificationMissing"),
        case("ACT-009", "blank", MAY, replace(ACTIVATE, justification=" \t"),
             "JustificationRule/justificationMissing"),
        case("ACT-010", "none", make_facts(ELIGIBLE, policy=TICKETS), replace(
            ACTIVATE, ticket=Ticket(system="desk")), "TicketingRule/ticketMissing"),
        case("ACT-010", "a number alone", make_facts(ELIGIBLE, policy=TICKETS), replace(
            ACTIVATE, ticket=Ticket("INC1")), "Provisioned"),
        case("ACT-012", "weak", signed_in(make_facts(ELIGIBLE, policy=MFA), SignIn()), ACTIVATE,
             "MfaRule/mfaMissing"),
        case("ACT-012", "strong", make_facts(ELIGIBLE, policy=MFA), ACTIVATE, "Provisioned"),
        case("ACT-014", "no context", asking_context(replace(STRONG, contexts=frozenset())),
             ACTIVATE, "contextRequired"),
        case("ACT-014", "another context", asking_context(
            replace(STRONG, contexts=frozenset({"c2"}))), ACTIVATE, "contextRequired"),
        case("ACT-014", "told last", asking_context(replace(STRONG, contexts=frozenset())),
             replace(ACTIVATE, justification=None),
             "JustificationRule/justificationMissing, contextRequired"),
        case("ACT-015", "no capability", asking_context(
            replace(STRONG, has_claims_capability=False)), ACTIVATE, "contextRequired"),
        case("ACT-016", "both", asking_context(STRONG), ACTIVATE, "Provisioned"),
        case("ACT-017", "second factor", asking_context(SignIn(has_mfa=True), "c7"), ACTIVATE,
             "Provisioned"),
        case("ACT-017", "no second factor", asking_context(SignIn(), "c7"), ACTIVATE,
             "MfaRule/mfaMissing"),
        case("ACT-018", "running", make_facts(ELIGIBLE, RUNNING), ACTIVATE, "assignmentExists"),
        case("ACT-018", "and too long", make_facts(ELIGIBLE, RUNNING), replace(
            ACTIVATE, schedule=after(9 * HOUR)), "assignmentExists, ExpirationRule/tooLong"),
        case("ACT-018", "and too short", make_facts(ELIGIBLE, RUNNING), replace(
            ACTIVATE, schedule=after(MINUTE)), "assignmentExists, durationTooShort"),
        case("ACT-019", "at its end", make_facts(ELIGIBLE, RUNNING), replace(
            ACTIVATE, schedule=after(HOUR, NOON + HOUR)), "assignmentExists"),
        case("ACT-020", "extend", make_facts(ELIGIBLE, RUNNING), replace(
            ACTIVATE, action=Action.SELF_EXTEND), "assignmentMissing"),
        case("ACT-020", "renew", make_facts(ELIGIBLE, RUNNING), replace(
            ACTIVATE, action=Action.SELF_RENEW), "assignmentMissing"),
        case("ACT-021", "rehearsed", make_facts(ELIGIBLE, RUNNING), replace(
            ACTIVATE, is_validation_only=True), "assignmentExists"),
        case("ACT-022", "permanent", make_facts(ELIGIBLE, make_grant(GrantKind.ASSIGNED)),
             ACTIVATE, "assignmentExists"),
        case("ACT-022", "time-bound", make_facts(
            ELIGIBLE, make_grant(GrantKind.ASSIGNED, end=NOON + DAY)), ACTIVATE,
            "assignmentExists"),
        case("ACT-023", "ahead", MAY, replace(ACTIVATE, schedule=after(HOUR, NOON + DAY)),
             "Granted"),
        case("ACT-024", "disjoint", make_facts(ELIGIBLE, LATER, requests=(make_granted(LATER),)),
             replace(ACTIVATE, schedule=after(HOUR, NOON + 3 * HOUR + MINUTE)), "Granted"),
        case("ACT-026", "now", make_facts(ELIGIBLE, LATER, requests=(make_granted(LATER),)),
             ACTIVATE, "requestPending"),
        case("ACT-029", "waits", GUARDED, ACTIVATE, "PendingApproval"),
        case("ACT-031", "too long", GUARDED, replace(ACTIVATE, schedule=after(9 * HOUR)),
             "ExpirationRule/tooLong"),
        case("ACT-031", "silent", GUARDED, replace(ACTIVATE, justification=None),
             "JustificationRule/justificationMissing"),
        case("ACT-033", "somebody else", replace(MAY, caller=make_caller(STRANGER)), ACTIVATE,
             "accessDenied"),
        case("ACT-035", "application", replace(MAY, caller=make_application()), ACTIVATE,
             "accessDenied"),
        case("ACT-035", "for itself", replace(MAY, caller=make_application()), replace(
            ACTIVATE, slot=replace(SLOT, principal_id=ROBOT)), "accessDenied"),
        case("ACT-036", "member", make_facts(
            eligibilities=(make_group_eligibility(make_membership()),)), ACTIVATE, "Provisioned"),
        case("ACT-036", "member no more", make_facts(
            eligibilities=(make_group_eligibility(make_membership(end=NOON)),)), ACTIVATE,
            "EligibilityRule/notEligible"),
        case("ACT-037", "unit", make_facts(slot=replace(SLOT, scope=UNIT)), replace(
            ACTIVATE, slot=replace(SLOT, scope=UNIT)), "EligibilityRule/notEligible"),
        case("ACT-046", "sixth time", make_facts(ELIGIBLE, *(
            make_activation(NOON - n * HOUR, NOON - n * HOUR + 30 * MINUTE) for n in range(1, 6)
        )), ACTIVATE, "Provisioned"),
        case("ACT-047", "again", make_facts(
            ELIGIBLE, replace(RUNNING, ended_at=NOON - timedelta(seconds=12))), ACTIVATE,
            "Provisioned"),
        case("ACT-049", "too short", MAY, replace(ACTIVATE, schedule=after(4 * MINUTE)),
             "durationTooShort"),
        case("ACT-051", "strict", MAY, replace(ACTIVATE, schedule=None),
             "ExpirationRule/expirationMissing"),
        case("ACT-052", "disabled", replace(MAY, caller=make_caller(is_enabled=False)), ACTIVATE,
             "callerNotAdmitted"),
    ],
)  # fmt: skip
def test_activating(facts: Facts, draft: Draft, expected: str) -> None:
    assert judged(facts, draft) == expected


@row("ACT-023")
def test_what_is_activated_for_later_starts_then() -> None:
    start = NOON + DAY
    decision = judge_draft(MAY, replace(ACTIVATE, schedule=after(HOUR, start)), NOON)
    basis = Basis(SLOT, ELIGIBLE.id)
    assert decision == Scheduled(NewGrant(GrantKind.ACTIVATED, Window(start, start + HOUR), basis))


@row("ACT-027")
def test_two_windows_of_one_activation_never_meet() -> None:
    # The design refuses at once what the service lets run into a later window (ACT-026); only
    # through an approval can something have been granted meanwhile, and then the request fails.
    request = make_request(ACTIVATE)
    facts = make_facts(ELIGIBLE, LATER, caller=make_caller(APPROVER), requests=(request,))
    settled = decide_approval(facts, request, Verdict(ReviewResult.APPROVE, "ok"), NOON)
    assert summary(settled) == "Failed"


@row("ACT-029")
def test_waiting_names_the_approvers_and_writes_nothing_else() -> None:
    decision = judge_draft(GUARDED, ACTIVATE, NOON)
    approval = Approval(Approvers(users=(APPROVER,)), needs_justification=True)
    assert decision == NeedsApproval(Status.PENDING_APPROVAL, approval)


@row("ACT-032")
def test_the_flag_for_requestors_justifications_enforces_nothing() -> None:
    policy = make_policy(
        Approval_EndUser_Assignment=ApprovalRule(
            is_required=True, needs_requestor_justification=True
        ),
        Enablement_EndUser_Assignment=EnablementRule(),
    )
    facts = make_facts(ELIGIBLE, policy=policy)
    assert judged(facts, replace(ACTIVATE, justification=None)) == "PendingApproval"


@row("ACT-036")
def test_activating_through_a_group_is_individual_and_rests_on_the_membership() -> None:
    member = make_membership(end=NOON + 30 * MINUTE)
    through = make_group_eligibility(member)
    decision = granted(make_facts(eligibilities=(through,)), ACTIVATE)
    basis = Basis(replace(SLOT, principal_id=GROUP), through.grants[0].id)
    window = Window(NOON, NOON + 30 * MINUTE)
    assert decision.grant == NewGrant(GrantKind.ACTIVATED, window, basis)


@row("ACT-036")
def test_the_eligibility_that_lasts_longest_is_used_and_the_own_one_if_equal() -> None:
    short, through = make_grant(end=NOON + 30 * MINUTE), make_group_eligibility(make_membership())
    facts = make_facts(short)
    both = replace(facts, eligibilities=(*facts.eligibilities, through))
    longest = granted(both, ACTIVATE).grant
    own = Eligibility(SLOT, (ELIGIBLE,))
    equal = granted(replace(both, eligibilities=(through, own)), ACTIVATE)
    assert longest
    assert longest.basis == Basis(through.slot, through.grants[0].id)
    assert equal.grant
    assert equal.grant.basis == Basis(SLOT, ELIGIBLE.id)


@row("ACT-045")
@pytest.mark.parametrize(
    "eligible",
    [make_grant(end=NOON + 30 * MINUTE), make_grant(ended_at=NOON + 30 * MINUTE)],
)
def test_an_activation_ends_with_its_eligibility(eligible: Grant) -> None:
    decision = granted(make_facts(eligible), ACTIVATE)
    assert decision.grant
    assert decision.grant.window == Window(NOON, NOON + 30 * MINUTE)


@row("ACT-045")
def test_an_eligibility_and_its_successor_carry_together() -> None:
    first = make_grant(ended_at=NOON + 30 * MINUTE)
    second = make_grant(start=NOON + 30 * MINUTE, end=NOON + DAY)
    decision = granted(make_facts(first, second), ACTIVATE)
    assert decision.grant == NewGrant(
        GrantKind.ACTIVATED, Window(NOON, NOON + HOUR), Basis(SLOT, first.id)
    )


@row("ACT-051")
def test_no_expiration_can_be_set_to_mean_the_maximum() -> None:
    settings = TenantSettings(missing_expiration=MissingExpiration.MAXIMUM)
    decision = granted(replace(MAY, settings=settings), replace(ACTIVATE, schedule=None))
    assert decision.grant
    assert decision.grant.window == Window(NOON, NOON + 8 * HOUR)


@row("ACT-053")
def test_what_waits_goes_on_waiting_when_approval_is_switched_off() -> None:
    request = make_request(ACTIVATE)
    facts = make_facts(ELIGIBLE, requests=(request,), policy=make_policy())
    assert request.status_at(NOON) is Status.PENDING_APPROVAL
    assert judged(facts, ACTIVATE) == "requestPending"
    facts = replace(facts, caller=make_caller(APPROVER))
    verdict = Verdict(ReviewResult.APPROVE, "ok")
    assert summary(decide_approval(facts, request, verdict, NOON)) == "Provisioned"


@pytest.mark.documented("GDOC: activating goes to roleAssignmentScheduleRequests, never to others")
@pytest.mark.parametrize("action", [Action.SELF_ACTIVATE, Action.SELF_DEACTIVATE])
def test_an_eligibility_request_neither_activates_nor_deactivates(action: Action) -> None:
    through = make_group_eligibility(make_membership())
    facts = make_facts(RUNNING, eligibilities=(through,))
    draft = make_draft(action, RequestKind.ELIGIBILITY)
    assert judged(facts, draft) == "invalidRequest/notApplicable"
