"""Policies, their assignments and their rules, as they are published."""

from collections.abc import Mapping
from typing import Final, assert_never

from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.policy_ids import PolicyRow
from timebound.dialects.odata.dates import format_instant
from timebound.dialects.odata.durations import format_duration
from timebound.domain.policies import (
    ALL_SLOTS,
    RULE_SLOTS,
    CustomExtensionRule,
    PimOnlyModeRule,
    Rule,
    Target,
)
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule

_RULE: Final = "unifiedRoleManagementPolicy"
TYPE_NAMES: Final[Mapping[type[Rule], str]] = {
    ExpirationRule: f"{_RULE}ExpirationRule",
    EnablementRule: f"{_RULE}EnablementRule",
    ApprovalRule: f"{_RULE}ApprovalRule",
    AuthenticationContextRule: f"{_RULE}AuthenticationContextRule",
    NotificationRule: f"{_RULE}NotificationRule",
    CustomExtensionRule: f"{_RULE}CustomExtensionRule",
}
"""The published types of rules."""
RECIPIENTS: Final[Mapping[str, str]] = {
    id_: id_.split("_")[1] for id_, slot in RULE_SLOTS.items() if slot.type is NotificationRule
}
"""By rule id who hears of what happened: it is part of the id."""


def show_policy(row: PolicyRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleManagementPolicy`, without its rules."""
    del wording  # every version and tenant reads the same
    modified = row.stored.modified
    word = row.type.value
    return {
        "id": row.id,
        # quirk(graph): a policy is called by the word that its kind was asked by - list, answers
        "displayName": word,
        "description": word,
        "isOrganizationDefault": False,
        "scopeId": row.scope_id,
        "scopeType": word,
        "lastModifiedDateTime": format_instant(modified.at) if modified else None,
        # quirk(graph): who changed a policy is told by name alone - update policy, answers
        "lastModifiedBy": {"displayName": modified.by_name if modified else None, "id": None},
    }


def show_policy_assignment(row: PolicyRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleManagementPolicyAssignment`: that the policy is the role's."""
    del wording  # every version and tenant reads the same
    return {
        "id": row.assignment_id,
        "policyId": row.id,
        "scopeId": row.scope_id,
        "scopeType": row.type.value,
        "roleDefinitionId": row.stored.place.role_id,
    }


def show_rule(rule_id: str, rule: Rule, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleManagementPolicyRule` of its kind."""
    return {
        "@odata.type": f"#microsoft.graph.{TYPE_NAMES[type(rule)]}",
        "id": rule_id,
        **_show_members(rule_id, rule, wording),
        "target": _show_target(ALL_SLOTS[rule_id].target, wording),
    }


def _show_members(rule_id: str, rule: Rule, wording: Wording) -> dict[str, object]:
    match rule:
        case ExpirationRule():
            return {
                "isExpirationRequired": rule.is_required,
                "maximumDuration": format_duration(rule.maximum),
            }
        case EnablementRule():
            return {"enabledRules": list(rule.enabled)}
        case ApprovalRule():
            return {"setting": _show_setting(rule, wording)}
        case AuthenticationContextRule():
            return {"isEnabled": rule.is_enabled, "claimValue": rule.claim_value}
        case CustomExtensionRule():
            return {"customExtensionId": rule.extension_id, "isEnabled": rule.is_enabled}
        case NotificationRule():
            return {
                "notificationType": "Email",
                "recipientType": RECIPIENTS[rule_id],
                "notificationLevel": rule.level.value,
                "isDefaultRecipientsEnabled": rule.has_default_recipients,
                "notificationRecipients": list(rule.recipients),
            }
        case PimOnlyModeRule():
            raise NotImplementedError("only policies of Azure roles have such a rule")
        case _:
            assert_never(rule)


def _show_target(target: Target, wording: Wording) -> dict[str, object]:
    return {
        "caller": target.caller.value,
        # quirk(graph): beta spells the operations another way - list rules, answers
        "operations": ["All" if wording.is_beta else "all"],
        "level": target.level.value,
        "inheritableSettings": [],
        "enforcedSettings": [],
    }


def _show_setting(rule: ApprovalRule, wording: Wording) -> dict[str, object]:
    return {
        "isApprovalRequired": rule.is_required,
        "isApprovalRequiredForExtension": rule.is_required_for_extension,
        "isRequestorJustificationRequired": rule.needs_requestor_justification,
        "approvalMode": rule.mode.value,
        "approvalStages": [_show_stage(stage, wording) for stage in rule.stages],
    }


def _show_stage(stage: ApprovalStage, wording: Wording) -> dict[str, object]:
    return {
        "approvalStageTimeOutInDays": stage.timeout_days,
        "isApproverJustificationRequired": stage.needs_justification,
        "escalationTimeInMinutes": stage.escalation_minutes,
        "isEscalationEnabled": stage.is_escalation_enabled,
        "primaryApprovers": [_show_approver(one, wording) for one in stage.primary],
        "escalationApprovers": [_show_approver(one, wording) for one in stage.escalation],
    }


def _show_approver(approver: Approver, wording: Wording) -> dict[str, object]:
    shown: dict[str, object] = {"@odata.type": f"#microsoft.graph.{approver.kind.value}"}
    if wording.is_beta:
        shown["isBackup"] = approver.is_backup
    match approver.kind:
        case ApproverKind.REQUESTOR_MANAGER:
            return shown if wording.is_beta else {**shown, "managerLevel": 1}
        case ApproverKind.USER:
            name = "id" if wording.is_beta else "userId"
        case ApproverKind.GROUP:
            name = "id" if wording.is_beta else "groupId"
        case _:
            assert_never(approver.kind)
    return {**shown, name: approver.id, "description": approver.description}
