"""What only policies of Azure roles say: who is left out, and whether requests alone may assign."""

from dataclasses import replace
from typing import Any, Final

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    BOSS,
    DAY,
    GROUP,
    NOON,
    PERSON,
    ROLE,
    STRANGER,
    after,
    make_application,
    make_boss,
    make_draft,
    make_facts,
    make_principal,
)
from tests.support.policy_changes import put
from timebound.domain.authority import Caller, Target
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.azure.places import SUBSCRIPTIONS
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.plain_assignments import decide_assignment, is_left_to_requests
from timebound.domain.policies import (
    PIM_ONLY_MODE,
    Case,
    PimOnlyModeRule,
    Policy,
    Rule,
    SignIn,
    default_policy,
)
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.members import RuleMember
from timebound.domain.policies.pim_only_mode import ExcludedAssignments, PimOnlyMode
from timebound.domain.policies.telling import tell_rule
from timebound.domain.policy_changes import Manner, change_policy, check_access
from timebound.domain.policy_limits import MOST_MEMBERS
from timebound.domain.principals import PrincipalKind
from timebound.domain.requests import Action, RequestKind
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import License, TenantSettings
from timebound.domain.times import ENDLESS, Window

AZURE_ROLE: Final = replace(ROLE, kind=ScopeKind.AZURE)
PLACE: Final = Scope(ScopeKind.AZURE, f"{SUBSCRIPTIONS}/s")
FACTORY: Final = default_policy(AZURE_ROLE)
ENABLED, REPORTED = PimOnlyMode.ENABLED, PimOnlyMode.REPORT_ONLY
ALL: Final = Permission(("*",))
READ: Final = Permission(("*/read",))
LIMITED: Final = Access((ALL,), "!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})")
ADMIN_RULES: Final = {
    RequestKind.ELIGIBILITY: "Expiration_Admin_Eligibility",
    RequestKind.ASSIGNMENT: "Expiration_Admin_Assignment",
}


def member(id_: PrincipalId, kind: PrincipalKind = PrincipalKind.USER) -> RuleMember:
    return RuleMember(id_, kind)


def in_azure(caller: Caller, *allowed: Permission, **changes: object) -> Facts:
    """The facts of Alice's slot at a subscription, with what the caller may do there."""
    facts = make_facts(
        caller=caller,
        policy=FACTORY,
        slot=Slot(PERSON, AZURE_ROLE.id, PLACE),
        role=AZURE_ROLE,
        target=Target(rights=Rights(PLACE, (Access(allowed),))),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # the fields are the test's


def with_rule(id_: str, rule: Rule) -> Policy:
    return Policy({**FACTORY.rules, id_: rule})


@pytest.mark.observed("Update-AzRoleManagementPolicy.Recording.json, but for what it has changed")
def test_the_policy_nobody_has_changed() -> None:
    rules = FACTORY.rules
    assert len(rules) == 17
    assert rules["Enablement_Admin_Eligibility"] == EnablementRule()
    for place in ("Admin_Assignment", "EndUser_Assignment"):
        assert rules[f"Enablement_{place}"] == EnablementRule(("Justification",))
    assert rules["Expiration_Admin_Assignment"] == ExpirationRule(True, 180 * DAY)  # noqa: FBT003 - as it is told
    assert FACTORY.approval.is_required is False
    assert FACTORY.activation == ExpirationRule(True, DAY / 3)  # noqa: FBT003 - as it is told


@pytest.mark.documented("behaviour book 4: required, a year; the recording has it changed already")
def test_eligibilities_end_within_a_year_at_first() -> None:
    rule = FACTORY.rules["Expiration_Admin_Eligibility"]
    assert rule == ExpirationRule(True, 365 * DAY)  # noqa: FBT003 - as it is told


@pytest.mark.documented("azure-mgmt-authorization 5.0.0b2: members not restricted by the rule")
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize(("who", "is_bound"), [(PERSON, False), (STRANGER, True)])
def test_exceptions_are_held_for_ever(
    kind: RequestKind, who: PrincipalId, *, is_bound: bool
) -> None:
    rule = ExpirationRule(is_required=True, maximum=DAY, exceptions=(member(who),))
    draft = make_draft(Action.ADMIN_ASSIGN, kind, after())
    case = Case(draft, Window(NOON, ENDLESS), SignIn(), TenantSettings())
    found = [told(one) for one in with_rule(ADMIN_RULES[kind], rule).problems(case)]
    assert ("ExpirationRule/permanentNotAllowed" in found) is is_bound


@pytest.mark.inferred("an activation ends, whoever activates")
def test_nobody_is_excepted_from_ending_an_activation() -> None:
    rule = ExpirationRule(is_required=True, maximum=DAY, exceptions=(member(PERSON),))
    refused = change_policy(
        FACTORY, {"Expiration_EndUser_Assignment": put(rule)}, Manner.WHOLE, ScopeKind.AZURE
    )
    assert not isinstance(refused, Policy)
    assert [(told(p), p.property) for p in refused] == [
        ("policyInvalid/unsupported", "Expiration_EndUser_Assignment/exceptionMembers")
    ]
    draft = make_draft(Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, after(2 * DAY))
    case = Case(draft, Window(NOON, NOON + 2 * DAY), SignIn(has_mfa=True), TenantSettings())
    policy = with_rule("Expiration_EndUser_Assignment", rule)
    assert "ExpirationRule/tooLong" in [told(one) for one in policy.problems(case)]


@pytest.mark.inferred("only versions for Azure resources know these")
@pytest.mark.parametrize("kind", [ScopeKind.DIRECTORY, ScopeKind.GROUP])
@pytest.mark.parametrize(
    ("id_", "rule", "expected"),
    [
        (PIM_ONLY_MODE, PimOnlyModeRule(ENABLED), "policyRuleInvalid/unsupported"),
        (
            "Expiration_Admin_Assignment",
            ExpirationRule(is_required=True, maximum=DAY, exceptions=(member(PERSON),)),
            "policyInvalid/unsupported",
        ),
    ],
)
def test_other_policies_have_no_such_rules(
    kind: ScopeKind, id_: str, rule: Rule, expected: str
) -> None:
    refused = change_policy(FACTORY, {id_: put(rule)}, Manner.WHOLE, kind)
    assert not isinstance(refused, Policy)
    assert [told(one) for one in refused] == [expected]


@pytest.mark.inferred("a policy is loaded with each activation: nothing in it grows without end")
@pytest.mark.parametrize("count", [MOST_MEMBERS, MOST_MEMBERS + 1])
def test_so_many_can_be_left_out(count: int) -> None:
    members = tuple(member(PrincipalId(str(number))) for number in range(count))
    edits = {
        PIM_ONLY_MODE: put(PimOnlyModeRule(ENABLED, members)),
        "Expiration_Admin_Assignment": put(ExpirationRule(True, DAY, members)),  # noqa: FBT003 - short
    }
    changed = change_policy(FACTORY, edits, Manner.WHOLE, ScopeKind.AZURE)
    assert isinstance(changed, Policy) is (count == MOST_MEMBERS)


@pytest.mark.inferred("a policy that says nothing of it has no such rule")
def test_the_rule_comes_with_what_it_says_and_goes_without() -> None:
    on = change_policy(
        FACTORY, {PIM_ONLY_MODE: put(PimOnlyModeRule(ENABLED))}, Manner.WHOLE, ScopeKind.AZURE
    )
    assert isinstance(on, Policy)
    assert on.pim_only_mode.mode is ENABLED
    off = change_policy(on, {PIM_ONLY_MODE: put(PimOnlyModeRule())}, Manner.WHOLE, ScopeKind.AZURE)
    assert off == FACTORY


TO, BY = ExcludedAssignments.TO_APPLICATIONS, ExcludedAssignments.BY_APPLICATIONS
PROGRAM: Final = make_principal(kind=PrincipalKind.SERVICE_PRINCIPAL)
CREW: Final = make_principal(GROUP, PrincipalKind.GROUP)
MADE, REFUSED = "made", "ruleFailed"


@pytest.mark.documented("PIMOnlyModeSettings: whom and what the rule does not apply to")
@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        (PimOnlyModeRule(), {}, MADE),
        (PimOnlyModeRule(ENABLED), {}, REFUSED),
        (PimOnlyModeRule(REPORTED), {}, MADE),
        (PimOnlyModeRule(ENABLED, (member(STRANGER),)), {}, REFUSED),
        (PimOnlyModeRule(ENABLED, (member(PERSON),)), {}, MADE),
        (PimOnlyModeRule(ENABLED, (member(BOSS),)), {}, MADE),
        (PimOnlyModeRule(ENABLED, (member(GROUP, PrincipalKind.GROUP),)), {}, REFUSED),
        (
            PimOnlyModeRule(ENABLED, (member(GROUP, PrincipalKind.GROUP),)),
            {"caller": make_boss(group_ids=frozenset({GROUP}))},
            MADE,
        ),
        (
            PimOnlyModeRule(ENABLED, (member(GROUP, PrincipalKind.GROUP),)),
            {"principal": CREW},
            MADE,
        ),
        (PimOnlyModeRule(ENABLED, (), (TO,)), {}, REFUSED),
        (PimOnlyModeRule(ENABLED, (), (TO,)), {"principal": PROGRAM}, MADE),
        (PimOnlyModeRule(ENABLED, (), (BY,)), {"principal": PROGRAM}, REFUSED),
        (PimOnlyModeRule(ENABLED, (), (BY,)), {"caller": make_application()}, MADE),
        (PimOnlyModeRule(ENABLED, (), (TO,)), {"caller": make_application()}, REFUSED),
    ],
)
def test_who_may_assign_past_requests(
    rule: PimOnlyModeRule, changes: dict[str, Any], expected: str
) -> None:
    facts = in_azure(make_boss(), ALL, policy=with_rule(PIM_ONLY_MODE, rule))
    facts = replace(facts, **changes)
    decision = decide_assignment(facts, NOON)
    if expected == MADE:
        assert isinstance(decision, NewGrant)
    else:
        assert isinstance(decision, Refused)
        assert [told(one) for one in decision.problems] == ["PimOnlyModeRule/outsidePim"]


@pytest.mark.documented("PIMOnlyMode: ReportOnly")
@pytest.mark.parametrize(
    ("mode", "is_told"),
    [(PimOnlyMode.DISABLED, False), (REPORTED, True), (ENABLED, True)],
)
def test_what_is_reported(mode: PimOnlyMode, *, is_told: bool) -> None:
    facts = in_azure(make_boss(), ALL, policy=with_rule(PIM_ONLY_MODE, PimOnlyModeRule(mode)))
    assert is_left_to_requests(facts) is is_told
    directory = replace(make_facts(), policy=facts.policy)
    assert is_left_to_requests(directory) is False
    assert is_left_to_requests(replace(facts, principal=None)) is False


@pytest.mark.inferred("an event says everything that a rule says")
def test_what_events_tell() -> None:
    one = RuleMember(APPROVER, PrincipalKind.USER, "Carol", is_backup=True)
    said = {"kind": "user", "id": APPROVER, "name": "Carol", "isBackup": True}
    assert tell_rule(PimOnlyModeRule(ENABLED, (one,), (TO,))) == {
        "mode": "Enabled",
        "excludes": (said,),
        "excludedAssignmentTypes": ("ServicePrincipalsAsTarget",),
    }
    told_of = tell_rule(ExpirationRule(is_required=True, maximum=DAY, exceptions=(one,)))
    assert told_of["exceptionMembers"] == (said,)
    assert "exceptionMembers" not in tell_rule(ExpirationRule(is_required=True, maximum=DAY))


@pytest.mark.documented("behaviour book 6: Microsoft.Authorization/roleManagementPolicies/write")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (in_azure(make_boss(), ALL), []),
        (in_azure(make_boss(), Permission(("Microsoft.Authorization/*",))), []),
        (in_azure(make_application(()), ALL), []),
        # PIM takes nobody for an administrator who may assign on a condition alone (ASG-042).
        (
            in_azure(make_boss(), target=Target(rights=Rights(PLACE, (LIMITED,)))),
            ["actionNotAllowed/conditional"],
        ),
        (in_azure(make_boss(), READ), ["actionNotAllowed"]),
        (in_azure(make_boss()), ["actionNotAllowed"]),
        (
            in_azure(make_boss(), READ, is_scope_known=False, role=None),
            ["actionNotAllowed"],
        ),
        (in_azure(make_boss(), ALL, is_scope_known=False, role=None), ["scopeNotFound"]),
        (in_azure(make_boss(), ALL, role=None), ["objectNotFound"]),
        (in_azure(make_boss(), ALL, role=ROLE), ["objectNotFound"]),
        (
            in_azure(make_boss(), ALL, settings=TenantSettings(license=License.NONE)),
            ["licenseRequired"],
        ),
    ],
)
def test_who_may_change_a_policy_and_where(facts: Facts, expected: list[str]) -> None:
    assert [told(one) for one in check_access(facts, facts.target, NOON)] == expected
