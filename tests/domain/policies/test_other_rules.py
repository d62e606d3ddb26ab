"""Approval, authentication context, notifications, and the policy as a whole."""

from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    GROUP,
    HOUR,
    NOON,
    ROLE,
    STRANGER,
    after,
    make_approval_policy,
    make_context_policy,
    make_draft,
    make_policy,
)
from timebound.domain.approvals import Approvers
from timebound.domain.policies import RULE_SLOTS, Case, Policy, SignIn, default_policy
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
from timebound.domain.policies.notification import NotificationLevel, NotificationRule
from timebound.domain.requests import Action, RequestKind, Ticket
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    GROUP_ROLES,
    MEMBER,
    OWNER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    Role,
)
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Window

AZURE_ROLE = replace(ROLE, kind=ScopeKind.AZURE)
ROLES = pytest.mark.parametrize(
    "role", [ROLE, GROUP_ROLES[MEMBER], GROUP_ROLES[OWNER], AZURE_ROLE], ids=lambda r: r.name
)
ACTIONS = pytest.mark.parametrize("action", Action)
KINDS = pytest.mark.parametrize("kind", RequestKind)


def failures(
    policy: Policy,
    action: Action,
    kind: RequestKind,
    sign_in: SignIn,
    settings: TenantSettings | None = None,
) -> list[str]:
    draft = make_draft(action, kind, after())
    case = Case(draft, Window(NOON, NOON + HOUR), sign_in, settings or TenantSettings())
    return [told(p) for p in policy.problems(case)]


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@ROLES
def test_a_policy_has_its_17_rules(role: Role) -> None:
    rule_ids = {
        f"{name}_{target}"
        for name in ("Expiration", "Enablement")
        for target in ("Admin_Eligibility", "Admin_Assignment", "EndUser_Assignment")
    }
    rule_ids |= {
        f"Notification_{recipient}_{target}"
        for recipient in ("Admin", "Requestor", "Approver")
        for target in ("Admin_Eligibility", "Admin_Assignment", "EndUser_Assignment")
    }
    rule_ids |= {"Approval_EndUser_Assignment", "AuthenticationContext_EndUser_Assignment"}
    assert len(rule_ids) == 17
    assert set(default_policy(role).rules) == set(RULE_SLOTS) == rule_ids


@pytest.mark.observed("RAY 10; RAY pim-for-groups 03; ROLESET")
@ROLES
def test_defaults(role: Role) -> None:
    policy = default_policy(role)
    stage = ApprovalStage(1, needs_justification=True, is_escalation_enabled=False, primary=())
    assert policy.approval == ApprovalRule(
        is_required=False,
        needs_requestor_justification=True,
        mode=ApprovalMode.SINGLE_STAGE,
        stages=(stage,),
    )
    context = policy.rules["AuthenticationContext_EndUser_Assignment"]
    assert context == AuthenticationContextRule(is_enabled=False, claim_value=None)
    told_all = NotificationRule(NotificationLevel.ALL, has_default_recipients=True, recipients=())
    mails = [rule for id_, rule in policy.rules.items() if id_.startswith("Notification")]
    assert mails == [told_all] * 9


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@ACTIONS
@KINDS
def test_notifications_refuse_nothing(action: Action, kind: RequestKind) -> None:
    silent = NotificationRule(NotificationLevel.NONE, has_default_recipients=False)
    rules = default_policy(ROLE).rules
    muted = Policy({id_: silent if "Notification" in id_ else r for id_, r in rules.items()})
    assert failures(muted, action, kind, SignIn(has_mfa=True)) == []


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@ACTIONS
@KINDS
def test_approval_makes_activations_wait_and_refuses_nothing(
    action: Action, kind: RequestKind
) -> None:
    policy = make_approval_policy(APPROVER)
    assert failures(policy, action, kind, SignIn(has_mfa=True)) == []
    assert policy.approval.needs_approval(action) is (action is Action.SELF_ACTIVATE)
    assert not make_policy().approval.needs_approval(action)


@pytest.mark.documented("ENTRA/pim-how-to-change-default-settings: the default approvers")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            ScopeKind.DIRECTORY,
            Approvers(roles=(GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR)),
        ),
        (ScopeKind.GROUP, Approvers()),
        (ScopeKind.AZURE, Approvers()),
    ],
)
@pytest.mark.parametrize("stages", [(), (ApprovalStage(),)])
def test_who_approves_where_nobody_is_named(
    kind: ScopeKind, expected: Approvers, stages: tuple[ApprovalStage, ...]
) -> None:
    assert ApprovalRule(is_required=True, stages=stages).approvers(kind) == expected


@pytest.mark.documented("ENTRA/pim-approval-workflow: users and groups of the first stage")
@pytest.mark.parametrize("kind", ScopeKind)
def test_who_is_named_approves_and_escalation_is_ignored(kind: ScopeKind) -> None:
    stage = ApprovalStage(
        primary=(Approver(ApproverKind.USER, APPROVER), Approver(ApproverKind.GROUP, GROUP)),
        escalation=(Approver(ApproverKind.USER, STRANGER),),
    )
    rule = ApprovalRule(is_required=True, stages=(stage, ApprovalStage()))
    assert rule.approvers(kind) == Approvers((APPROVER,), (GROUP,))
    assert rule.needs_approver_justification
    assert not ApprovalRule(stages=()).needs_approver_justification


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@ACTIONS
@KINDS
def test_a_context_binds_activations_alone(action: Action, kind: RequestKind) -> None:
    found = failures(make_context_policy("c1"), action, kind, SignIn(has_mfa=True))
    assert found == (["contextRequired"] if action is Action.SELF_ACTIVATE else [])


FULL = SignIn(has_mfa=True, contexts=frozenset({"c1"}), has_claims_capability=True)


@pytest.mark.observed("Elevate changelog 68297932556: acrs counts with xms_cc cp1 alone")
@pytest.mark.parametrize(
    ("sign_in", "needs_capability", "expected"),
    [
        (FULL, True, []),
        (replace(FULL, has_claims_capability=False), True, ["contextRequired"]),
        (replace(FULL, has_claims_capability=False), False, []),
        (replace(FULL, contexts=frozenset({"c2"})), True, ["contextRequired"]),
        (replace(FULL, has_mfa=False), True, []),
        (SignIn(), True, ["contextRequired"]),
    ],
)
def test_what_satisfies_a_context(
    *,
    sign_in: SignIn,
    needs_capability: bool,
    expected: list[str],
) -> None:
    settings = TenantSettings(context_needs_capability=needs_capability)
    kind = RequestKind.ASSIGNMENT
    policy = make_context_policy("c1")
    assert failures(policy, Action.SELF_ACTIVATE, kind, sign_in, settings) == expected


@pytest.mark.inferred("a token of before a context was blocked says nothing any more")
def test_nothing_satisfies_a_context_that_is_blocked() -> None:
    settings = TenantSettings(authentication_contexts={"c1": "block"})
    policy, kind = make_context_policy("c1"), RequestKind.ASSIGNMENT
    found = failures(policy, Action.SELF_ACTIVATE, kind, FULL, settings)
    assert found == ["contextRequired"]


@pytest.mark.documented("ENTRA/pim-how-to-change-default-settings: MFA where nothing maps it")
@pytest.mark.parametrize(
    ("rule", "has_mfa", "expected"),
    [
        (AuthenticationContextRule(is_enabled=True, claim_value="c9"), True, []),
        (AuthenticationContextRule(is_enabled=True, claim_value="c9"), False, ["mfaMissing"]),
        (AuthenticationContextRule(is_enabled=True, claim_value=""), False, []),
        (AuthenticationContextRule(is_enabled=True), False, []),
        (AuthenticationContextRule(is_enabled=False, claim_value="c9"), False, []),
    ],
)
def test_what_an_unmapped_context_comes_to(
    *,
    rule: AuthenticationContextRule,
    has_mfa: bool,
    expected: list[str],
) -> None:
    policy = make_policy(AuthenticationContext_EndUser_Assignment=rule)
    sign_in = SignIn(has_mfa=has_mfa)
    found = failures(policy, Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, sign_in)
    assert found == [f"MfaRule/{reason}" for reason in expected]


@pytest.mark.observed("azure-docs#80426: all rules in one message, in this order")
@pytest.mark.parametrize("context", ["c1", "c9"])
def test_all_unmet_rules_are_told_together_once_and_in_order(context: str) -> None:
    policy = make_policy(
        Expiration_EndUser_Assignment=ExpirationRule(is_required=True, maximum=HOUR / 2),
        Enablement_EndUser_Assignment=EnablementRule(tuple(reversed(Enablement))),
        AuthenticationContext_EndUser_Assignment=AuthenticationContextRule(
            is_enabled=True, claim_value=context
        ),
    )
    draft = replace(make_draft(), justification=None, ticket=Ticket())
    case = Case(draft, Window(NOON, NOON + HOUR), SignIn(), TenantSettings())
    expected = [
        "ExpirationRule/tooLong",
        "JustificationRule/justificationMissing",
        "TicketingRule/ticketMissing",
        "MfaRule/mfaMissing",
    ]
    asks_for_context = ["contextRequired"] if context == "c1" else []
    assert [told(p) for p in policy.problems(case)] == expected + asks_for_context
