"""The decision table: what a policy may become (POL), as far as the domain decides it."""

from datetime import timedelta
from typing import Final

import pytest

from tests.domain.deciding import case, row, told
from tests.support.builders import (
    APPROVER,
    DAY,
    GROUP,
    HOUR,
    MINUTE,
    make_approval_policy,
    make_context_policy,
    make_policy,
)
from tests.support.policy_changes import put
from timebound.domain.policies import Policy, Rule, default_policy
from timebound.domain.policies.approval import (
    ApprovalMode,
    ApprovalRule,
    ApprovalStage,
    Approver,
    ApproverKind,
)
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policy_changes import Manner, change_policy
from timebound.domain.roles import GROUP_ROLES, MEMBER, Role
from timebound.domain.scopes import ScopeKind

EXPIRATION, ENABLEMENT = "Expiration_EndUser_Assignment", "Enablement_EndUser_Assignment"
CONTEXT, APPROVAL = "AuthenticationContext_EndUser_Assignment", "Approval_EndUser_Assignment"
TOLD, ELIGIBILITY = "Notification_Approver_EndUser_Assignment", "Enablement_Admin_Eligibility"
MFA: Final = EnablementRule((Enablement.MFA, Enablement.JUSTIFICATION))
C1: Final = AuthenticationContextRule(is_enabled=True, claim_value="c1")
MAIL: Final = NotificationRule(recipients=("desk@contoso.example",))
NAMED: Final = make_approval_policy(APPROVER)
LOCKED: Final = Policy({**NAMED.rules, TOLD: MAIL})
CHANGED: Final = "changed"
RULE, WHOLE = Manner.RULE, Manner.WHOLE
INVALID, NO_RULE = "policyInvalid", "policyRuleInvalid"
BOTH, LOCK = "contextAndMfa/contradictory", "approversAndRecipients/contradictory"


def longest(maximum: timedelta, *, is_required: bool = True) -> ExpirationRule:
    return ExpirationRule(is_required=is_required, maximum=maximum)


def context(claim: str | None, *, is_enabled: bool = True) -> AuthenticationContextRule:
    return AuthenticationContextRule(is_enabled=is_enabled, claim_value=claim)


def stage(*approvers: Approver) -> ApprovalRule:
    return ApprovalRule(is_required=True, stages=(ApprovalStage(primary=approvers),))


def become(
    rules: dict[str, Rule],
    manner: Manner = RULE,
    policy: Policy | None = None,
    kind: ScopeKind = ScopeKind.DIRECTORY,
) -> str:
    """What becomes of a policy, in a line; what is accepted has the rules sent and the others."""
    before = policy or make_policy()
    edits = {id_: put(rule) for id_, rule in rules.items()}
    after = change_policy(before, edits, manner, kind)
    if isinstance(after, Policy):
        assert after.rules == {**before.rules, **rules}
        return CHANGED
    return ", ".join(told(p) for p in after)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        *(
            case("POL-012", f"{minutes} minutes", {EXPIRATION: longest(minutes * MINUTE)}, CHANGED)
            for minutes in (5, *range(30, 24 * 60, 30), 105)
        ),
        case("POL-012", "a day", {EXPIRATION: longest(DAY)}, CHANGED),
        case("POL-012", "nothing", {EXPIRATION: longest(timedelta())}, f"{INVALID}/notPositive"),
        case(
            "POL-012",
            "not enough",
            {EXPIRATION: longest(5 * MINUTE - MINUTE / 60)},
            f"{INVALID}/tooShort",
        ),
        case("POL-012", "less", {EXPIRATION: longest(-MINUTE)}, f"{INVALID}/notPositive"),
        *(
            case(
                "ASG-034",
                f"nothing, {is_required}",
                {f"Expiration_{name}": longest(timedelta(), is_required=is_required)},
                what,
            )
            for name in ("Admin_Eligibility", "Admin_Assignment")
            for is_required, what in ((True, f"{INVALID}/notPositive"), (False, CHANGED))
        ),
        case("POL-013", "over a day", {EXPIRATION: longest(DAY + MINUTE)}, f"{INVALID}/tooLong"),
        case(
            "POL-014",
            "for ever",
            {EXPIRATION: longest(HOUR, is_required=False)},
            f"{INVALID}/permanentNotAllowed",
        ),
        *(
            case("POL-015", f"{days} days", {f"Expiration_{name}": longest(days * DAY)}, CHANGED)
            for days in (15, 30, 90, 180, 365)
            for name in ("Admin_Eligibility", "Admin_Assignment")
        ),
        case(
            "POL-016",
            "beside a maximum",
            {"Expiration_Admin_Eligibility": longest(DAY, is_required=False)},
            CHANGED,
        ),
        case(
            "POL-015",
            "less than nothing",
            {"Expiration_Admin_Assignment": longest(-DAY)},
            f"{INVALID}/notPositive",
        ),
    ],
)
def test_how_long_something_may_last(rules: dict[str, Rule], expected: str) -> None:
    assert become(rules, RULE) == become(rules, WHOLE) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        case("POL-010", "on without a value", context(None), f"{NO_RULE}/missing"),
        case("POL-010", "on with an empty one", context(""), f"{NO_RULE}/missing"),
        *(case("POL-011", f"c{n}", context(f"c{n}"), CHANGED) for n in range(1, 100)),
        *(
            case("POL-011", repr(word), context(word), f"{NO_RULE}/unknownValue")
            for word in ("c0", "c01", "c100", "C1", "c1 ", "c1\n", "urn:c1", "c\u0661")
        ),
        case("POL-047", "off without one", context(None, is_enabled=False), CHANGED),
        case("POL-047", "off with an empty one", context("", is_enabled=False), CHANGED),
        case("POL-047", "off with one", context("c7", is_enabled=False), CHANGED),
        case(
            "POL-047",
            "off with another word",
            context("later", is_enabled=False),
            f"{NO_RULE}/unknownValue",
        ),
    ],
)
def test_which_contexts_can_be_asked_for(rule: Rule, expected: str) -> None:
    assert become({CONTEXT: rule}) == expected


WITH_CONTEXT: Final = make_context_policy()
WITH_FACTOR: Final = make_policy(Enablement_EndUser_Assignment=MFA)


@pytest.mark.parametrize(
    ("policy", "manner", "rules", "expected"),
    [
        case("POL-007", "rule", WITH_CONTEXT, RULE, {ENABLEMENT: MFA}, BOTH),
        case("POL-007", "whole", WITH_CONTEXT, WHOLE, {ENABLEMENT: MFA}, BOTH),
        case("POL-007", "other words", WITH_CONTEXT, RULE, {ENABLEMENT: EnablementRule()}, CHANGED),
        case("POL-007", "the other way round", WITH_FACTOR, RULE, {CONTEXT: C1}, CHANGED),
        case("POL-007", "so too as a whole", WITH_FACTOR, WHOLE, {CONTEXT: C1}, CHANGED),
        case(
            "POL-007",
            "of an administrator",
            WITH_CONTEXT,
            RULE,
            {"Enablement_Admin_Assignment": MFA},
            CHANGED,
        ),
        case("POL-009", "both", make_policy(), WHOLE, {ENABLEMENT: MFA, CONTEXT: C1}, BOTH),
        case(
            "POL-009",
            "one for the other",
            WITH_CONTEXT,
            WHOLE,
            {ENABLEMENT: MFA, CONTEXT: context(None, is_enabled=False)},
            CHANGED,
        ),
    ],
)
def test_a_factor_beside_a_context(
    policy: Policy, manner: Manner, rules: dict[str, Rule], expected: str
) -> None:
    assert become(rules, manner, policy) == expected


@pytest.mark.parametrize(
    ("policy", "manner", "rules", "expected"),
    [
        case("POL-027", "recipients", NAMED, RULE, {TOLD: MAIL}, CHANGED),
        *(
            case("POL-028", id_, LOCKED, RULE, {id_: rule}, LOCK)
            for id_, rule in default_policy(Role(MEMBER, ScopeKind.DIRECTORY, "")).rules.items()
        ),
        case("POL-028", "into it", NAMED, WHOLE, {TOLD: MAIL}, LOCK),
        case("POL-028", "out of it", LOCKED, WHOLE, {TOLD: NotificationRule()}, CHANGED),
        case("POL-028", "approval off", LOCKED, WHOLE, {APPROVAL: ApprovalRule()}, CHANGED),
        case("POL-028", "staying in it", LOCKED, WHOLE, {EXPIRATION: longest(HOUR)}, LOCK),
        case("POL-028", "nothing sent", LOCKED, WHOLE, {}, CHANGED),
        case("POL-028", "nobody named", make_policy(), WHOLE, {TOLD: MAIL, APPROVAL: stage()},
             CHANGED),
    ],
)  # fmt: skip
def test_recipients_beside_approvers_lock_the_rules(
    policy: Policy, manner: Manner, rules: dict[str, Rule], expected: str
) -> None:
    assert become(rules, manner, policy) == expected


@pytest.mark.parametrize(
    ("rule_id", "words", "expected"),
    [
        case("POL-031", "unknown", ELIGIBILITY, ("Confession", ""), CHANGED),
        case("POL-031", "Justification", ELIGIBILITY, (Enablement.JUSTIFICATION,), CHANGED),
        case("POL-031", "activation", ENABLEMENT, ("Confession",), f"{NO_RULE}/unknownValue"),
        case(
            "POL-031",
            "assignment",
            "Enablement_Admin_Assignment",
            ("justification",),
            f"{NO_RULE}/unknownValue",
        ),
        case("POL-031", "known words", ENABLEMENT, ("Ticketing", "Justification"), CHANGED),
    ],
)
def test_words_that_nobody_knows(rule_id: str, words: tuple[str, ...], expected: str) -> None:
    assert become({rule_id: EnablementRule(words)}) == expected


@row("POL-002")
def test_the_rules_that_are_sent_are_replaced_and_the_others_stay() -> None:
    sent: dict[str, Rule] = {EXPIRATION: longest(HOUR), TOLD: MAIL, ELIGIBILITY: MFA}
    assert become(sent, WHOLE, WITH_FACTOR) == CHANGED


NOBODY: Final = ApprovalRule(mode=ApprovalMode.NO_APPROVAL)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        case("POL-019", "no approval, one stage", NOBODY, CHANGED),
        case("POL-049", "off, one stage, nobody", ApprovalRule(), CHANGED),
    ],
)
def test_approval_that_is_off(rule: Rule, expected: str) -> None:
    assert become({APPROVAL: rule}) == become({APPROVAL: rule}, WHOLE) == expected


CAROL: Final = Approver(ApproverKind.USER, APPROVER)
CREW: Final = Approver(ApproverKind.GROUP, GROUP)


@pytest.mark.inferred("what would be accepted and not carried out is refused; ERR-070 for stages")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ApprovalRule(stages=()), f"{INVALID}/missing"),
        (ApprovalRule(stages=(ApprovalStage(), ApprovalStage())), f"{INVALID}/unsupported"),
        (ApprovalRule(mode=ApprovalMode.SERIAL), f"{INVALID}/unsupported"),
        (ApprovalRule(mode=ApprovalMode.PARALLEL), f"{INVALID}/unsupported"),
        (stage(Approver(ApproverKind.REQUESTOR_MANAGER)), f"{INVALID}/unsupported"),
        (stage(Approver(ApproverKind.USER)), f"{INVALID}/missing"),
        (ApprovalRule(stages=(ApprovalStage(escalation=(CAROL,)),)), f"{INVALID}/unsupported"),
        (stage(CAROL, CREW), CHANGED),
        (stage(), CHANGED),
    ],
)
def test_approval_that_can_be_carried_out(rule: Rule, expected: str) -> None:
    assert become({APPROVAL: rule}) == expected


@pytest.mark.observed("EasyPIM#28 (APR-009): nobody else decides about a group or a resource")
@pytest.mark.parametrize("kind", [ScopeKind.GROUP, ScopeKind.AZURE])
def test_only_in_the_directory_nobody_has_to_be_named(kind: ScopeKind) -> None:
    policy = default_policy(GROUP_ROLES[MEMBER])
    assert become({APPROVAL: stage()}, RULE, policy, kind) == f"{INVALID}/missing"
    assert become({APPROVAL: stage(CAROL)}, RULE, policy, kind) == CHANGED
    assert become({APPROVAL: ApprovalRule()}, RULE, policy, kind) == CHANGED
