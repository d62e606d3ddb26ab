"""Rules as they are told."""

from collections.abc import Mapping
from functools import cache
from typing import Final, TypeAlias, assert_never

import msgspec
from msgspec import UNSET

from timebound.dialects.arm.answers import omit_nulls
from timebound.dialects.arm.policies import wire
from timebound.dialects.arm.policies.versions import LATEST, slots_of
from timebound.dialects.odata.durations import format_duration
from timebound.domain.ids import RoleId
from timebound.domain.policies import (
    CustomExtensionRule,
    PimOnlyModeRule,
    Policy,
    Rule,
    RuleSlot,
    Target,
    default_policy,
)
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.members import RuleMember
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.principals import PrincipalKind
from timebound.domain.roles import Role
from timebound.domain.scopes import ScopeKind

_Members: TypeAlias = dict[str, object]

_RULE: Final = "RoleManagementPolicy"
RULE_TYPES: Final[Mapping[type[Rule], str]] = {
    ExpirationRule: f"{_RULE}ExpirationRule",
    EnablementRule: f"{_RULE}EnablementRule",
    ApprovalRule: f"{_RULE}ApprovalRule",
    AuthenticationContextRule: f"{_RULE}AuthenticationContextRule",
    NotificationRule: f"{_RULE}NotificationRule",
    PimOnlyModeRule: f"{_RULE}PimOnlyModeRule",
}
"""By kind of rule what `ruleType` says."""
USER_TYPES: Final = {ApproverKind.USER: "User", ApproverKind.GROUP: "Group"}
MEMBER_TYPES: Final = {
    PrincipalKind.USER: "User",
    PrincipalKind.GROUP: "Group",
    PrincipalKind.SERVICE_PRINCIPAL: "ServicePrincipal",
}
_FACTORY: Final = default_policy(Role(RoleId(""), ScopeKind.AZURE, ""))
"""What the policy of every role is before anybody changes it."""


def show_rules(policy: Policy, version: str) -> msgspec.Raw:
    """The rules of a policy that a version knows, in the order of the service, encoded.

    Nearly all policies are as nobody has changed them, and lists tell hundreds of them.
    """
    return _encode_factory(version) if policy == _FACTORY else _encode(policy, version)


@cache
def _encode_factory(version: str) -> msgspec.Raw:
    return _encode(_FACTORY, version)


def _encode(policy: Policy, version: str) -> msgspec.Raw:
    known = slots_of(version).values()
    found = ((slot, policy.rules.get(slot.id)) for slot in known)
    shown = [_show_rule(slot, rule, version) for slot, rule in found if rule is not None]
    return msgspec.Raw(msgspec.json.encode(omit_nulls(msgspec.to_builtins(shown))))


def recipient_of(slot: RuleSlot) -> str:
    """Who hears of what happened by a rule of notifications: it is part of the id."""
    return slot.id.split("_")[1]


def _show_rule(slot: RuleSlot, rule: Rule, version: str) -> wire.RoleManagementPolicyRule:
    return wire.RoleManagementPolicyRule(
        id=slot.id,
        rule_type=RULE_TYPES[type(rule)],
        target=_show_target(slot.target),
        **_show_members(slot, rule, version),  # type: ignore[arg-type]  # each under its own name
    )


def _show_target(target: Target) -> wire.RoleManagementPolicyRuleTarget:
    return wire.RoleManagementPolicyRuleTarget(target.caller.value, ["All"], target.level.value)


def _show_members(slot: RuleSlot, rule: Rule, version: str) -> _Members:
    match rule:
        case ExpirationRule():
            return _show_expiration(rule, version)
        case EnablementRule():
            return {"enabled_rules": list(rule.enabled)}
        case ApprovalRule():
            return {"setting": _show_setting(rule)}
        case AuthenticationContextRule():
            return {"is_enabled": rule.is_enabled, "claim_value": rule.claim_value}
        case NotificationRule():
            return {
                "notification_type": "Email",
                "recipient_type": recipient_of(slot),
                "notification_level": rule.level.value,
                "is_default_recipients_enabled": rule.has_default_recipients,
                "notification_recipients": list(rule.recipients) or UNSET,
            }
        case PimOnlyModeRule():
            return {"pim_only_mode_settings": _show_pim_only(rule)}
        case CustomExtensionRule():
            raise NotImplementedError("no published version has such a rule")
        case _:
            assert_never(rule)


def _show_expiration(rule: ExpirationRule, version: str) -> _Members:
    excepted = [_show_excepted(one) for one in rule.exceptions] if version == LATEST else []
    return {
        "is_expiration_required": rule.is_required,
        "maximum_duration": format_duration(rule.maximum),
        "exception_members": excepted or UNSET,
    }


def _show_excepted(one: RuleMember) -> wire.UserSet:
    return wire.UserSet(one.id, one.name, one.is_backup, MEMBER_TYPES[one.kind])


def _show_setting(rule: ApprovalRule) -> wire.ApprovalSettings:
    return wire.ApprovalSettings(
        is_approval_required=rule.is_required,
        is_approval_required_for_extension=rule.is_required_for_extension,
        is_requestor_justification_required=rule.needs_requestor_justification,
        approval_mode=rule.mode.value,
        approval_stages=[_show_stage(stage) for stage in rule.stages],
    )


def _show_stage(stage: ApprovalStage) -> wire.ApprovalStage:
    named = [_show_approver(one) for one in stage.primary if one.kind in USER_TYPES]
    return wire.ApprovalStage(
        approval_stage_time_out_in_days=stage.timeout_days,
        is_approver_justification_required=stage.needs_justification,
        escalation_time_in_minutes=stage.escalation_minutes,
        primary_approvers=named or UNSET,
        is_escalation_enabled=stage.is_escalation_enabled,
    )


def _show_approver(one: Approver) -> wire.UserSet:
    return wire.UserSet(one.id, one.description, one.is_backup, USER_TYPES[one.kind])


def _show_pim_only(rule: PimOnlyModeRule) -> wire.PIMOnlyModeSettings:
    excludes = [
        wire.UsersOrServicePrincipalSet(one.id, MEMBER_TYPES[one.kind], one.name)
        for one in rule.excludes
    ]
    types = [one.value for one in rule.excluded_types]
    return wire.PIMOnlyModeSettings(rule.mode.value, excludes, types)
