"""The rule about how long something may be held, for each of its three targets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import told
from tests.support.builders import DAY, HOUR, NOON, ROLE, after, make_draft
from timebound.domain.policies import Case, Policy, SignIn, default_policy
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.requests import Action, RequestKind
from timebound.domain.roles import GROUP_ROLES, MEMBER, Role
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import Enforcement, TenantSettings
from timebound.domain.times import ENDLESS, AskedSchedule, Instant, Window

ADMIN = (Action.ADMIN_ASSIGN, Action.ADMIN_UPDATE, Action.ADMIN_EXTEND, Action.ADMIN_RENEW)
AZURE_ROLE = replace(ROLE, kind=ScopeKind.AZURE)
BOUND = ExpirationRule(is_required=True, maximum=30 * DAY)
OPEN = ExpirationRule(is_required=False, maximum=30 * DAY)
END_USER = "Expiration_EndUser_Assignment"


def policy_with(rule_id: str, rule: ExpirationRule) -> Policy:
    return Policy({**default_policy(ROLE).rules, rule_id: rule})


def failures(
    policy: Policy, action: Action, kind: RequestKind, end: Instant, settings: TenantSettings
) -> list[str]:
    draft = make_draft(action, kind, after())
    case = Case(draft, Window(NOON, end), SignIn(has_mfa=True), settings)
    return [told(p) for p in policy.problems(case)]


def rule_id_of(kind: RequestKind) -> str:
    is_eligibility = kind is RequestKind.ELIGIBILITY
    return f"Expiration_Admin_{'Eligibility' if is_eligibility else 'Assignment'}"


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@pytest.mark.parametrize("action", ADMIN)
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize(
    ("rule", "end", "expected"),
    [
        (BOUND, NOON + 30 * DAY, []),
        (BOUND, NOON + 30 * DAY + timedelta(microseconds=1), ["ExpirationRule/tooLong"]),
        (BOUND, ENDLESS, ["ExpirationRule/permanentNotAllowed"]),
        (OPEN, NOON + 31 * DAY, []),
        (OPEN, ENDLESS, []),
    ],
)
def test_administrators(
    action: Action, kind: RequestKind, rule: ExpirationRule, end: Instant, expected: list[str]
) -> None:
    policy = policy_with(rule_id_of(kind), rule)
    assert failures(policy, action, kind, end, TenantSettings()) == expected


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@pytest.mark.parametrize("action", ADMIN)
@pytest.mark.parametrize("kind", RequestKind)
def test_rules_of_the_other_targets_do_not_bind_administrators(
    action: Action, kind: RequestKind
) -> None:
    own = rule_id_of(kind)
    for rule_id in {rule_id_of(k) for k in RequestKind} - {own} | {END_USER}:
        nothing = ExpirationRule(is_required=True, maximum=timedelta(0))
        policy = policy_with(rule_id, nothing)
        assert failures(policy, action, kind, NOON + DAY, TenantSettings()) == []


@pytest.mark.documented("an activation always ends: isExpirationRequired is always true there")
@pytest.mark.parametrize("is_required", [True, False])
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (NOON + 2 * HOUR, []),
        (NOON + 2 * HOUR + timedelta(microseconds=1), ["ExpirationRule/tooLong"]),
        (ENDLESS, ["ExpirationRule/permanentNotAllowed"]),
    ],
)
def test_activations(*, is_required: bool, end: Instant, expected: list[str]) -> None:
    rule = ExpirationRule(is_required=is_required, maximum=2 * HOUR)
    policy = policy_with(END_USER, rule)
    found = failures(policy, Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, end, TenantSettings())
    assert found == expected


@pytest.mark.observed("contrib#2322: adminExtend went beyond the maximum")
@pytest.mark.parametrize("action", ADMIN)
def test_only_extensions_may_be_let_beyond_the_maximum(action: Action) -> None:
    policy = policy_with("Expiration_Admin_Assignment", BOUND)
    lenient = TenantSettings(extension_over_maximum=Enforcement.SKIP)
    found = failures(policy, action, RequestKind.ASSIGNMENT, NOON + 31 * DAY, lenient)
    assert found == ([] if action is Action.ADMIN_EXTEND else ["ExpirationRule/tooLong"])


@pytest.mark.documented("what takes away, and what asks an administrator, is bound by no end")
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize(
    "action",
    [Action.ADMIN_REMOVE, Action.SELF_DEACTIVATE, Action.SELF_EXTEND, Action.SELF_RENEW],
)
def test_other_actions_are_not_bound(action: Action, kind: RequestKind) -> None:
    nothing = ExpirationRule(is_required=True, maximum=timedelta(0))
    rule_ids = ("Expiration_Admin_Eligibility", "Expiration_Admin_Assignment", END_USER)
    rules = {**default_policy(ROLE).rules, **dict.fromkeys(rule_ids, nothing)}
    assert failures(Policy(rules), action, kind, ENDLESS, TenantSettings()) == []


@pytest.mark.inferred("a schedule that names no expiration is told apart from one that wants none")
@pytest.mark.parametrize("schedule", [None, AskedSchedule(NOON)])
def test_a_missing_expiration_is_told_as_missing(schedule: AskedSchedule | None) -> None:
    draft = replace(make_draft(), schedule=schedule)
    case = Case(draft, Window(NOON, ENDLESS), SignIn(has_mfa=True), TenantSettings())
    found = [told(p) for p in default_policy(ROLE).problems(case)]
    assert found == ["ExpirationRule/expirationMissing"]


@pytest.mark.observed("RAY 10; RAY pim-for-groups 03; ROLESET; OER-s95")
@pytest.mark.parametrize(
    ("role", "rule_id", "is_required", "maximum"),
    [
        (ROLE, "Expiration_Admin_Eligibility", False, 365 * DAY),
        (ROLE, "Expiration_Admin_Assignment", False, 180 * DAY),
        (ROLE, END_USER, True, 8 * HOUR),
        (GROUP_ROLES[MEMBER], "Expiration_Admin_Eligibility", True, 365 * DAY),
        (GROUP_ROLES[MEMBER], "Expiration_Admin_Assignment", True, 180 * DAY),
        (GROUP_ROLES[MEMBER], END_USER, True, 8 * HOUR),
        (AZURE_ROLE, "Expiration_Admin_Eligibility", True, 365 * DAY),
        (AZURE_ROLE, "Expiration_Admin_Assignment", True, 180 * DAY),
        (AZURE_ROLE, END_USER, True, 8 * HOUR),
    ],
)
def test_defaults(*, role: Role, rule_id: str, is_required: bool, maximum: timedelta) -> None:
    expected = ExpirationRule(is_required=is_required, maximum=maximum)
    assert default_policy(role).rules[rule_id] == expected
