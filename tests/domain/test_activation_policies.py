"""Which policy counts for a role of Azure that is activated below the eligibility."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.domain.deciding import granted, judged, summary
from tests.support.builders import (
    APPROVER,
    DAY,
    HOUR,
    NOON,
    PERSON,
    STRANGER,
    after,
    make_approval_policy,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_request,
)
from timebound.application.submitting import judge_draft
from timebound.domain.activation_policies import bind_activation
from timebound.domain.approvals import Approval, Approvers, ReviewResult
from timebound.domain.checks import activation_basis
from timebound.domain.decide import NeedsApproval
from timebound.domain.facts import Eligibility, Facts
from timebound.domain.grants import Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies import Policy, Rule, SignIn, default_policy
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.requests import Action, Draft, RequestKind, Ticket
from timebound.domain.roles import Role
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import ActivationPolicy, MissingExpiration, TenantSettings
from timebound.domain.settle import Settled, Verdict, decide_approval
from timebound.domain.times import ENDLESS, Instant

pytestmark = pytest.mark.inferred(
    "policies are not inherited and one may activate below; which of them counts is not published"
)

SUBSCRIPTION: Final = Scope(ScopeKind.AZURE, "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001")
WEB: Final = Scope(ScopeKind.AZURE, f"{SUBSCRIPTION.path}/providers/Microsoft.Web/sites/front")
READER: Final = Role(RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7"), ScopeKind.AZURE, "Reader")
BELOW: Final = Slot(PERSON, READER.id, WEB)
ABOVE: Final = replace(BELOW, scope=SUBSCRIPTION)
OWN: Final = TenantSettings(azure_activation_policy=ActivationPolicy.OWN)
ENABLEMENT: Final = "Enablement_EndUser_Assignment"
MAXIMUM: Final = "Expiration_EndUser_Assignment"
CONTEXT: Final = "AuthenticationContext_EndUser_Assignment"
APPROVAL: Final = "Approval_EndUser_Assignment"
LAX: Final = Policy({**default_policy(READER).rules, ENABLEMENT: EnablementRule()})
"""A policy that asks for nothing, and lets an activation last for eight hours."""


def lax_but(id_: str, rule: Rule) -> Policy:
    return Policy({**LAX.rules, id_: rule})


def approved_by(who: PrincipalId) -> Policy:
    return lax_but(APPROVAL, make_approval_policy(who).approval)


def at_most(maximum: timedelta) -> Policy:
    return lax_but(MAXIMUM, ExpirationRule(is_required=True, maximum=maximum))


STRICT: Final[Mapping[str, tuple[Policy, str]]] = {
    "approval": (approved_by(STRANGER), "PendingApproval"),
    "ticket": (
        lax_but(ENABLEMENT, EnablementRule((Enablement.TICKETING,))),
        "TicketingRule/ticketMissing",
    ),
    "reason": (default_policy(READER), "JustificationRule/justificationMissing"),
    "factor": (lax_but(ENABLEMENT, EnablementRule((Enablement.MFA,))), "MfaRule/mfaMissing"),
    "context": (
        lax_but(CONTEXT, AuthenticationContextRule(is_enabled=True, claim_value="c1")),
        "contextRequired",
    ),
    "length": (at_most(HOUR), "ExpirationRule/tooLong"),
}


def eligible(slot: Slot = ABOVE, end: Instant = ENDLESS) -> Eligibility:
    id_ = GrantId(f"eligible-{slot.scope.path}")
    return Eligibility(slot, (make_grant(end=end, slot=slot, id=id_),))


def facts_of(
    here: Policy,
    above: Policy | None,
    *held: Eligibility,
    settings: TenantSettings | None = None,
) -> Facts:
    """Alice asks for the role at the site, having shown a password alone."""
    return make_facts(
        caller=make_caller(sign_in=SignIn()),
        policy=here,
        slot=BELOW,
        role=READER,
        settings=settings or TenantSettings(),
        eligibilities=held or (eligible(),),
        policies_above={} if above is None else {SUBSCRIPTION: above},
    )


def bare(justification: str | None = None, named: GrantId | None = None) -> Draft:
    """Two hours at the site, with no ticket."""
    return make_draft(
        schedule=after(2 * HOUR),
        slot=BELOW,
        justification=justification,
        ticket=Ticket(),
        eligibility_id=named,
    )


@pytest.mark.parametrize("name", STRICT)
def test_what_either_place_asks_is_owed(name: str) -> None:
    strict, expected = STRICT[name]
    assert judged(facts_of(LAX, strict), bare()) == expected
    assert judged(facts_of(strict, LAX), bare()) == expected
    assert judged(facts_of(LAX, LAX), bare()) == "Provisioned"


@pytest.mark.parametrize("name", STRICT)
def test_by_setting_the_place_counts_alone(name: str) -> None:
    strict, expected = STRICT[name]
    assert judged(facts_of(LAX, strict, settings=OWN), bare()) == "Provisioned"
    assert judged(facts_of(strict, LAX, settings=OWN), bare()) == expected


@pytest.mark.parametrize("name", STRICT)
def test_the_policy_above_is_not_looked_at_where_one_is_eligible_at_the_place(name: str) -> None:
    strict, _ = STRICT[name]
    facts = facts_of(LAX, strict, eligible(BELOW))
    assert judged(facts, bare()) == "Provisioned"
    assert bind_activation(facts, bare(), NOON).policy is facts.policy


def test_a_policy_above_that_nobody_changed_is_the_default_one() -> None:
    assert judged(facts_of(LAX, None), bare()) == "JustificationRule/justificationMissing"
    assert judged(facts_of(LAX, None, settings=OWN), bare()) == "Provisioned"


def test_through_a_group_it_is_the_same() -> None:
    group = make_group_eligibility(make_membership(), slot=ABOVE)
    strict, expected = STRICT["ticket"]
    assert judged(facts_of(LAX, strict, group), bare()) == expected
    here = make_group_eligibility(make_membership(), slot=BELOW)
    assert judged(facts_of(LAX, strict, here), bare()) == "Provisioned"


def test_the_longest_is_as_long_as_both_allow() -> None:
    settings = TenantSettings(missing_expiration=MissingExpiration.MAXIMUM)
    draft = replace(bare(), schedule=None)
    for here, above in ((at_most(HOUR), at_most(DAY)), (at_most(DAY), at_most(HOUR))):
        made = granted(facts_of(here, above, settings=settings), draft)
        assert made.grant is not None
        assert made.grant.window.length == HOUR


def test_what_counts_is_told_by_the_eligibility_that_is_used() -> None:
    """Of several the one that is named, or else one at the place itself, however long it lasts."""
    strict, expected = STRICT["ticket"]
    here, above = eligible(BELOW, NOON + HOUR), eligible(ABOVE)
    for held in ((here, above), (above, here)):
        facts = facts_of(LAX, strict, *held)
        made = granted(facts, bare())
        assert made.grant is not None
        assert made.grant.basis is not None
        assert made.grant.basis.slot == BELOW
        assert made.grant.window.end == NOON + HOUR
        assert judged(facts, bare(named=here.grants[0].id)) == "Provisioned"
        assert judged(facts, bare(named=above.grants[0].id)) == expected
    over = replace(here, grants=(make_grant(end=NOON, slot=BELOW),))
    assert judged(facts_of(LAX, strict, over, above), bare()) == expected


def test_of_several_above_the_one_that_lasts_longest_is_used() -> None:
    group = Scope(ScopeKind.AZURE, "/providers/Microsoft.Management/managementGroups/g")
    further = replace(ABOVE, scope=group)
    for last, first in ((ABOVE, further), (further, ABOVE)):
        held = (eligible(first, NOON + HOUR), eligible(last, NOON + DAY))
        found = activation_basis(facts_of(LAX, LAX, *held), NOON)
        assert found is not None
        assert (found[0].slot, found[1]) == (last, NOON + DAY)


def test_approvers_are_those_of_the_eligibility_where_both_ask() -> None:
    for here, above, expected in (
        (approved_by(APPROVER), approved_by(STRANGER), STRANGER),
        (approved_by(APPROVER), LAX, APPROVER),
        (LAX, approved_by(STRANGER), STRANGER),
    ):
        facts = facts_of(here, above)
        decision = judge_draft(facts, bare("why"), NOON)
        assert isinstance(decision, NeedsApproval)
        assert decision.approval.approvers == Approvers(users=(expected,))
        assert decision.approval.eligible_at == SUBSCRIPTION.path


ASKING: Final = approved_by(APPROVER)
AGREED: Final = Verdict(ReviewResult.APPROVE, "ok")


def approve(facts: Facts, asked_at: Scope | None) -> str:
    """What an approval comes to that was asked for an eligibility at a place."""
    place = None if asked_at is None else asked_at.path
    approval = Approval(Approvers(users=(APPROVER,)), eligible_at=place)
    request = make_request(bare("why"), approval=approval)
    theirs = replace(facts, caller=make_caller(APPROVER))
    return summary(decide_approval(theirs, request, AGREED, NOON))


@pytest.mark.parametrize(
    ("asked_at", "held_at", "expected"),
    [
        (WEB, WEB, "Provisioned"),
        (SUBSCRIPTION, SUBSCRIPTION, "Provisioned"),
        (WEB, SUBSCRIPTION, "Failed"),
        (SUBSCRIPTION, WEB, "Failed"),
        (None, SUBSCRIPTION, "Provisioned"),
    ],
)
def test_what_was_agreed_to_for_one_place_is_not_had_on_another(
    asked_at: Scope | None, held_at: Scope, expected: str
) -> None:
    """Or whoever approves below would let by what waits for somebody above."""
    facts = facts_of(ASKING, ASKING, eligible(replace(BELOW, scope=held_at)))
    assert approve(facts, asked_at) == expected


def test_an_approval_is_capped_by_both_as_they_are_by_then() -> None:
    request = make_request(
        bare("why"),
        approval=Approval(Approvers(users=(APPROVER,)), eligible_at=SUBSCRIPTION.path),
    )
    facts = replace(facts_of(at_most(DAY), at_most(HOUR)), caller=make_caller(APPROVER))
    settled = decide_approval(facts, request, AGREED, NOON)
    assert isinstance(settled, Settled)
    assert settled.grant is not None
    assert settled.grant.window.length == HOUR


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.SELF_ACTIVATE}, key=str))
def test_nothing_but_activating_is_bound_by_two_places(action: Action) -> None:
    facts = facts_of(LAX, STRICT["ticket"][0])
    for kind in RequestKind:
        assert bind_activation(facts, make_draft(action, kind, slot=BELOW), NOON) is facts


def test_other_kinds_of_scope_have_one_policy() -> None:
    facts = make_facts(make_grant(), eligibilities=(eligible(),))
    assert bind_activation(facts, make_draft(), NOON) is facts
    assert bind_activation(facts_of(LAX, None), make_draft(slot=BELOW), NOON) is not facts


def test_who_is_not_eligible_is_refused_by_what_the_place_asks() -> None:
    facts = facts_of(LAX, STRICT["ticket"][0], eligible(end=NOON))
    assert judged(facts, bare()) == "EligibilityRule/notEligible"
