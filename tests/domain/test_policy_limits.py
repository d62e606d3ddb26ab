"""Nothing is kept of a policy that its readers could not be told, whoever changes it."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.graph.rules import RULE_IDS, rules_of
from tests.domain.deciding import told
from tests.support.builders import NOON, ROLE
from timebound.dialects.graph.convert.policy_rules import show_rule
from timebound.dialects.graph.convert.rule_bodies import read_rule
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import RULE_SLOTS, Rule, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policy_changes import check_rule
from timebound.domain.policy_limits import MOST_APPROVERS, MOST_RECIPIENTS, MOST_WORDS
from timebound.domain.scopes import ScopeKind

APPROVAL: Final = "Approval_EndUser_Assignment"
ELIGIBILITY: Final = "Enablement_Admin_Eligibility"
RECIPIENTS: Final = "Notification_Admin_Admin_Eligibility"
CONTEXT: Final = "AuthenticationContext_EndUser_Assignment"
LONG: Final = "x" * 4_001
CAROL: Final = Approver(ApproverKind.USER, PrincipalId("11111111-0000-4000-8000-000000000001"))
WORDINGS: Final = st.sampled_from([Wording(version, NOON) for version in Version])


def staged(
    *approvers: Approver, timeout_days: int = 1, escalation_minutes: int = 0
) -> ApprovalRule:
    stage = ApprovalStage(timeout_days, escalation_minutes=escalation_minutes, primary=approvers)
    return ApprovalRule(stages=(stage,))


@pytest.mark.inferred("GET returns what was set, and can be sent back: numbers are Edm.Int32")
@pytest.mark.parametrize(
    ("rule_id", "rule", "problem"),
    [
        (APPROVAL, staged(CAROL, timeout_days=-5), "unknownValue"),
        (APPROVAL, staged(CAROL, timeout_days=2**31), "unknownValue"),
        (APPROVAL, staged(CAROL, escalation_minutes=-1), "unknownValue"),
        (APPROVAL, staged(CAROL, escalation_minutes=2**70), "unknownValue"),
        (APPROVAL, staged(replace(CAROL, description=LONG)), "tooLong"),
        (APPROVAL, staged(replace(CAROL, description="\0")), "unknownValue"),
        (APPROVAL, staged(*[CAROL] * (MOST_APPROVERS + 1)), "tooLong"),
        (ELIGIBILITY, EnablementRule((LONG,)), "tooLong"),
        (ELIGIBILITY, EnablementRule(("a\0b",)), "unknownValue"),
        (ELIGIBILITY, EnablementRule(("Other",) * (MOST_WORDS + 1)), "tooLong"),
        (RECIPIENTS, NotificationRule(recipients=("\0",)), "unknownValue"),
        (RECIPIENTS, NotificationRule(recipients=(LONG,)), "tooLong"),
        (RECIPIENTS, NotificationRule(recipients=("a",) * (MOST_RECIPIENTS + 1)), "tooLong"),
        (CONTEXT, AuthenticationContextRule(is_enabled=False, claim_value=LONG), "tooLong"),
    ],
)
def test_what_cannot_be_told_is_not_kept(rule_id: str, rule: Rule, problem: str) -> None:
    found = [told(p) for p in check_rule(RULE_SLOTS[rule_id], rule, ScopeKind.DIRECTORY)]
    assert f"policyRuleInvalid/{problem}" in found


@pytest.mark.inferred("what is at the limit is kept")
@pytest.mark.parametrize(
    ("rule_id", "rule"),
    [
        (APPROVAL, staged(*[CAROL] * MOST_APPROVERS, timeout_days=2**31 - 1)),
        (APPROVAL, staged(replace(CAROL, description=LONG[:-1]))),
        (RECIPIENTS, NotificationRule(recipients=("a@b.example",) * MOST_RECIPIENTS)),
        (ELIGIBILITY, EnablementRule(("Other",) * MOST_WORDS)),
    ],
)
def test_what_is_at_the_limit_is_kept(rule_id: str, rule: Rule) -> None:
    assert check_rule(RULE_SLOTS[rule_id], rule, ScopeKind.DIRECTORY) == ()


@st.composite
def stretched_rules(draw: st.DrawFn) -> tuple[str, Rule]:
    """Rules of any place, some of them with numbers and texts far beyond what can be told."""
    rule_id = draw(RULE_IDS)
    rule = draw(rules_of(rule_id))
    odd = st.sampled_from(["\0", LONG, "", "fine"])
    if isinstance(rule, ApprovalRule) and draw(st.booleans()):
        approver = replace(CAROL, description=draw(st.none() | odd))
        days, minutes = draw(st.integers(-(2**70), 2**70)), draw(st.integers(-1, 2**31))
        return rule_id, staged(approver, timeout_days=days, escalation_minutes=minutes)
    texts = tuple(draw(st.lists(odd, max_size=3)))
    if isinstance(rule, NotificationRule) and texts:
        return rule_id, replace(rule, recipients=texts)
    if isinstance(rule, EnablementRule) and texts:
        return rule_id, replace(rule, enabled=texts)
    return rule_id, rule


@pytest.mark.inferred("whatever a run keeps, Graph tells, and takes back as it told it")
@given(stretched_rules(), WORDINGS)
def test_whatever_is_kept_is_told_and_read_back(told_of: tuple[str, Rule], words: Wording) -> None:
    rule_id, rule = told_of
    if check_rule(RULE_SLOTS[rule_id], rule, ScopeKind.DIRECTORY):
        return
    default = default_policy(ROLE).rules[rule_id]
    read_id, edit = read_rule(show_rule(rule_id, rule, words))
    assert (read_id, edit(default)) == (rule_id, rule)
