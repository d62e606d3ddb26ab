"""Which policy counts for an activation: of Azure roles there is one at every place."""

from dataclasses import replace

from timebound.domain.asked import asked_window
from timebound.domain.checks import activation_basis
from timebound.domain.facts import Facts
from timebound.domain.policies import default_policy
from timebound.domain.policies.joining import join_policies
from timebound.domain.requests import Action, Draft
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import ActivationPolicy
from timebound.domain.times import Instant


def bind_activation(facts: Facts, draft: Draft, at: Instant, place: str | None = None) -> Facts:
    """The facts with the policy that counts for the draft: whoever judges an activation asks here.

    A role of Azure may be activated below the place of its eligibility, and policies are not
    inherited. There, unless the tenant wants it otherwise, nothing is had that the policy above
    refuses. Only the eligibilities at that place go on counting; `place` is its path where it is
    settled already, and none counts if there is none any more. Facts about anything else stay.

    Source: none. Microsoft says that policies are not inherited, and that one may activate below,
    and not which policy is asked then; see the setting `azure_activation_policy`.
    """
    wants_both = facts.settings.azure_activation_policy is ActivationPolicy.STRICTER
    is_activation = draft.action is Action.SELF_ACTIVATE
    if not (wants_both and is_activation) or facts.slot.scope.kind is not ScopeKind.AZURE:
        return facts
    if place is not None:
        facts = _narrow(facts, Scope(ScopeKind.AZURE, place))
    window, _ = asked_window(draft, at)
    found = activation_basis(facts, window.start, draft.eligibility_id)
    role = facts.role
    if found is None or role is None:
        return facts
    held_at = found[0].slot.scope
    facts = _narrow(facts, held_at)
    if held_at == facts.slot.scope:
        return facts
    above = facts.policies_above.get(held_at) or default_policy(role)
    return replace(facts, policy=join_policies(facts.policy, above))


def _narrow(facts: Facts, place: Scope) -> Facts:
    """The facts with the eligibilities of one place alone."""
    here = tuple(one for one in facts.eligibilities if one.slot.scope == place)
    return replace(facts, eligibilities=here, eligible_at=place)
