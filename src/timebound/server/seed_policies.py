"""The policies of a seed: the defaults of each role with what the seed changes."""

from collections.abc import Iterator
from dataclasses import replace

from timebound.application.catalog import built_in_roles
from timebound.application.changes import PutPolicy
from timebound.domain.policies import Policy, Rule, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.roles import GROUP_ROLES, Role
from timebound.domain.scopes import ScopeKind
from timebound.server.seed_format import ActivationRules, HoldingRules, PolicySeed, Seed
from timebound.server.seed_ids import SeedIds


def write_policies(seed: Seed, ids: SeedIds) -> Iterator[PutPolicy]:
    """The policies that differ from the defaults."""
    for policy in seed.policies:
        role = _role(policy, ids)
        rules = dict(default_policy(role).rules)
        _change_holding(rules, "Admin_Eligibility", policy.eligibility)
        _change_holding(rules, "Admin_Assignment", policy.assignment)
        _change_activation(rules, policy.activation, ids, seed)
        yield PutPolicy(ids.policy_scope_of(policy), role.id, Policy(rules))


def _role(policy: PolicySeed, ids: SeedIds) -> Role:
    role_id = ids.role_of(policy)
    if policy.group is not None:
        return GROUP_ROLES[role_id]
    built_in = built_in_roles().get(role_id)
    if built_in is not None:
        return built_in.as_role()
    return Role(role_id, ScopeKind.DIRECTORY, policy.role or "", is_built_in=False)


def _change_holding(rules: dict[str, Rule], target: str, changes: HoldingRules) -> None:
    expiration = rules[f"Expiration_{target}"]
    if isinstance(expiration, ExpirationRule):
        is_required, maximum = changes.is_expiration_required, changes.maximum_duration
        rules[f"Expiration_{target}"] = ExpirationRule(
            expiration.is_required if is_required is None else is_required,
            expiration.maximum if maximum is None else maximum,
        )
    if changes.requires is not None:
        rules[f"Enablement_{target}"] = EnablementRule(changes.requires)


def _change_activation(
    rules: dict[str, Rule], changes: ActivationRules, ids: SeedIds, seed: Seed
) -> None:
    target = "EndUser_Assignment"
    if changes.maximum_duration is not None:
        rules[f"Expiration_{target}"] = ExpirationRule(
            is_required=True, maximum=changes.maximum_duration
        )
    enablement = rules[f"Enablement_{target}"]
    if changes.requires is not None:
        rules[f"Enablement_{target}"] = EnablementRule(changes.requires)
    elif changes.authentication_context is not None and isinstance(enablement, EnablementRule):
        # A policy asks for the one or the other, never for both.
        kept = tuple(one for one in enablement.enabled if one != Enablement.MFA)
        rules[f"Enablement_{target}"] = EnablementRule(kept)
    if changes.authentication_context is not None:
        rules[f"AuthenticationContext_{target}"] = AuthenticationContextRule(
            is_enabled=True, claim_value=changes.authentication_context
        )
    if changes.approvers is not None:
        rules[f"Approval_{target}"] = _approval(changes.approvers, ids, seed)


def _approval(names: tuple[str, ...], ids: SeedIds, seed: Seed) -> ApprovalRule:
    groups = {group.display_name for group in seed.groups}
    primary = tuple(
        Approver(
            ApproverKind.GROUP if name in groups else ApproverKind.USER,
            ids.principals[name],
            description=name,
        )
        for name in names
    )
    stage = replace(ApprovalStage(), primary=primary)
    return ApprovalRule(is_required=True, stages=(stage,))
