"""Two policies that both count for an activation, joined into one."""

from dataclasses import replace
from typing import Final

from timebound.domain.policies import EXTENSION_RULES, Policy, Rule
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.custom_extension import CustomExtensionRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule

_JOINED: Final = (
    "Expiration_EndUser_Assignment",
    "Enablement_EndUser_Assignment",
    "AuthenticationContext_EndUser_Assignment",
    "Approval_EndUser_Assignment",
)


def join_policies(here: Policy, above: Policy) -> Policy:
    """The policy that allows an activation only where both of them do.

    Of the rules that bind activations the stricter counts; where both want an approval, those
    whom `above` names give it. Everything else is as `here` says. Joined with itself, or again
    with one that it was made of, a policy stays as it is.
    """
    joined = {id_: _join(here.rules[id_], above.rules[id_]) for id_ in _JOINED}
    # No door names an extension in a policy of Azure; if one did, it would not be passed over.
    asked = {
        id_: rule
        for id_ in EXTENSION_RULES.values()
        if isinstance(rule := above.rules.get(id_), CustomExtensionRule) and rule.is_enabled
    }
    return Policy({**here.rules, **joined, **asked})


def _join(here: Rule, above: Rule) -> Rule:
    if here == above:
        return here
    match here, above:
        case ExpirationRule(), ExpirationRule():
            is_required = here.is_required or above.is_required
            return replace(here, is_required=is_required, maximum=min(here.maximum, above.maximum))
        case EnablementRule(), EnablementRule():
            return EnablementRule(tuple(dict.fromkeys((*here.enabled, *above.enabled))))
        case AuthenticationContextRule(), AuthenticationContextRule():
            return _join_contexts(here, above)
        case ApprovalRule(), ApprovalRule():
            return _join_approvals(here, above)
        case _:
            # A rule of one id is of one kind.
            return here


def _join_contexts(
    here: AuthenticationContextRule, above: AuthenticationContextRule
) -> AuthenticationContextRule:
    claims = tuple(dict.fromkeys((*here.claims, *above.claims)))
    if claims == here.claims:
        return here
    return AuthenticationContextRule(is_enabled=True, claim_value=claims[0], further=claims[1:])


def _join_approvals(here: ApprovalRule, above: ApprovalRule) -> ApprovalRule:
    if not above.is_required:
        return here
    if not here.is_required or not here.needs_approver_justification:
        return above
    # Whoever agrees has to say why if one of the two wants it.
    stages = tuple(replace(one, needs_justification=True) for one in above.stages[:1])
    return replace(above, stages=(*stages, *above.stages[1:]))
