"""Two policies joined: nothing is allowed that one of them refuses, and nothing else is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    BOSS,
    HOUR,
    MINUTE,
    NOON,
    STRANGER,
    after,
    make_approval_policy,
    make_draft,
    make_policy,
)
from timebound.domain.evaluations import Stage
from timebound.domain.policies import (
    EXTENSION_RULES,
    RULE_SLOTS,
    Case,
    CustomExtensionRule,
    Policy,
    SignIn,
)
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.joining import join_policies
from timebound.domain.policies.notification import NotificationLevel, NotificationRule
from timebound.domain.policies.rule import RuleCaller, RuleLevel
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Ticket
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Window

pytestmark = pytest.mark.inferred("azure_activation_policy: of both places the stricter rule")

ACTIVATING = frozenset(
    {
        id_
        for id_, slot in RULE_SLOTS.items()
        if slot.target.caller is RuleCaller.END_USER
        and slot.target.level is RuleLevel.ASSIGNMENT
        and slot.type is not NotificationRule
    }
)

lengths = st.integers(0, 24 * 60).map(lambda m: m * MINUTE)
claims = st.sampled_from(["c1", "c2", "c3"])
people = st.sampled_from([APPROVER, BOSS, STRANGER])
expirations = st.builds(ExpirationRule, is_required=st.booleans(), maximum=lengths)
enablements = st.builds(EnablementRule, st.lists(st.sampled_from(Enablement)).map(tuple))
contexts = st.builds(AuthenticationContextRule, st.booleans(), st.none() | claims)
approvers = st.builds(Approver, st.just(ApproverKind.USER), people)
stages = st.builds(
    ApprovalStage, needs_justification=st.booleans(), primary=st.lists(approvers).map(tuple)
)
approvals = st.builds(
    ApprovalRule, is_required=st.booleans(), stages=st.lists(stages, max_size=2).map(tuple)
)
notifications = st.builds(NotificationRule, st.sampled_from(NotificationLevel), st.booleans())
policies = st.builds(
    make_policy,
    Expiration_EndUser_Assignment=expirations,
    Enablement_EndUser_Assignment=enablements,
    AuthenticationContext_EndUser_Assignment=contexts,
    Approval_EndUser_Assignment=approvals,
    Expiration_Admin_Assignment=expirations,
    Enablement_Admin_Eligibility=enablements,
    Notification_Admin_EndUser_Assignment=notifications,
)
sign_ins = st.builds(
    SignIn,
    has_mfa=st.booleans(),
    contexts=st.frozensets(claims),
    has_claims_capability=st.booleans(),
)
tenants = st.dictionaries(claims, st.sampled_from(["mfa", "block"])).map(
    lambda known: TenantSettings(authentication_contexts=known)
)
cases = st.builds(
    lambda why, ticket, length, sign_in, settings: Case(
        make_draft(justification=why, ticket=ticket),
        Window(NOON, ENDLESS if length is None else NOON + length),
        sign_in,
        settings,
    ),
    st.sampled_from([None, " ", "incident 42"]),
    st.sampled_from([Ticket(), Ticket("INC42")]),
    st.none() | lengths,
    sign_ins,
    tenants,
)


def refusals(policy: Policy, case: Case) -> set[str]:
    return {told(one) for one in policy.problems(case)}


@given(policies, policies, cases)
def test_it_refuses_what_one_of_the_two_refuses_and_nothing_else(
    here: Policy, above: Policy, case: Case
) -> None:
    joined = join_policies(here, above)
    assert refusals(joined, case) == refusals(here, case) | refusals(above, case)


@given(policies, policies)
def test_it_waits_for_whom_the_policy_above_names(here: Policy, above: Policy) -> None:
    joined, asks = join_policies(here, above).approval, above.approval.is_required
    assert joined.is_required is (here.approval.is_required or asks)
    deciding = above if asks else here
    kind = ScopeKind.AZURE
    assert joined.approvers(kind) == deciding.approval.approvers(kind)
    who = [one.approval for one in (here, above) if one.approval.is_required]
    if above.approval.stages and here.approval.stages and who:
        owes_a_reason = any(one.needs_approver_justification for one in who)
        assert joined.needs_approver_justification is owes_a_reason


@given(policies, policies)
def test_nothing_else_comes_from_above(here: Policy, above: Policy) -> None:
    joined = join_policies(here, above)
    others = set(here.rules) - ACTIVATING
    assert {id_: joined.rules[id_] for id_ in others} == {id_: here.rules[id_] for id_ in others}


@given(policies, policies)
def test_it_stays_as_it_is_when_it_is_joined_again(here: Policy, above: Policy) -> None:
    joined = join_policies(here, above)
    assert join_policies(here, here) == here
    assert join_policies(joined, above) == joined
    assert join_policies(joined, joined) == joined


def case_of(sign_in: SignIn) -> Case:
    known = {"c1": "mfa", "c2": "mfa"}
    settings = TenantSettings(authentication_contexts=known)
    return Case(make_draft(schedule=after(HOUR)), Window(NOON, NOON + HOUR), sign_in, settings)


def test_two_contexts_are_asked_for_at_once() -> None:
    """A token tells what it was fetched for, so one after the other would never do."""
    here, above = (
        make_policy(
            AuthenticationContext_EndUser_Assignment=AuthenticationContextRule(
                is_enabled=True, claim_value=claim
            )
        )
        for claim in ("c1", "c2")
    )
    joined = join_policies(here, above)
    for shown in (set[str](), {"c1"}, {"c2"}):
        case = case_of(SignIn(contexts=frozenset(shown), has_claims_capability=True))
        (problem,) = joined.problems(case)
        assert (problem.code, problem.names) == (Code.CONTEXT_REQUIRED, ("c1", "c2"))
    both = SignIn(contexts=frozenset({"c1", "c2"}), has_claims_capability=True)
    assert joined.problems(case_of(both)) == ()
    weak = SignIn(contexts=frozenset({"c1", "c2"}))
    assert [one.code for one in joined.problems(case_of(weak))] == [Code.CONTEXT_REQUIRED]
    (alone,) = here.problems(case_of(SignIn()))
    assert (alone.value, alone.names) == ("c1", ())


def test_a_reason_of_the_approver_is_owed_if_one_of_the_two_wants_it() -> None:
    silent = ApprovalRule(
        is_required=True,
        stages=(
            ApprovalStage(
                needs_justification=False, primary=(Approver(ApproverKind.USER, STRANGER),)
            ),
        ),
    )
    above = make_policy(Approval_EndUser_Assignment=silent)
    assert not join_policies(make_policy(), above).approval.needs_approver_justification
    joined = join_policies(make_approval_policy(APPROVER), above).approval
    assert joined.needs_approver_justification
    assert joined.approvers(ScopeKind.AZURE).users == (STRANGER,)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_an_extension_above_is_not_passed_over(*, is_enabled: bool) -> None:
    rule = CustomExtensionRule("above", is_enabled)
    above = Policy({**make_policy().rules, EXTENSION_RULES[Stage.PRE_APPROVAL]: rule})
    joined = join_policies(make_policy(), above)
    assert joined.extension(Stage.PRE_APPROVAL) == ("above" if is_enabled else None)
    assert joined.extension(Stage.POST_APPROVAL) is None


def test_other_actions_are_bound_by_the_place_alone() -> None:
    short = ExpirationRule(is_required=True, maximum=MINUTE)
    above = make_policy(Expiration_Admin_Assignment=short)
    joined = join_policies(make_policy(), above)
    draft = make_draft(Action.ADMIN_ASSIGN, schedule=after())
    case = Case(draft, Window(NOON, NOON + HOUR), SignIn(has_mfa=True), TenantSettings())
    assert joined.problems(case) == ()
