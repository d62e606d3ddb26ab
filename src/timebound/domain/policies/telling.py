"""What a rule says, as the facts that events carry."""

from collections.abc import Mapping

from timebound.domain.events import Fact
from timebound.domain.policies import Rule
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.custom_extension import CustomExtensionRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.members import RuleMember
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policies.pim_only_mode import PimOnlyModeRule


def tell_rule(rule: Rule) -> Mapping[str, Fact]:
    """Everything that a rule says, under the published names; durations in seconds."""
    match rule:
        case ExpirationRule():
            return _tell_expiration(rule)
        case EnablementRule(enabled):
            return {"enabledRules": tuple(str(word) for word in enabled)}
        case ApprovalRule():
            return _tell_approval(rule)
        case AuthenticationContextRule(is_enabled, claim_value):
            return {"isEnabled": is_enabled, "claimValue": claim_value}
        case CustomExtensionRule(extension_id, is_enabled):
            return {"customExtensionId": extension_id, "isEnabled": is_enabled}
        case NotificationRule(level, has_default_recipients, recipients):
            return {
                "notificationLevel": level.value,
                "isDefaultRecipientsEnabled": has_default_recipients,
                "notificationRecipients": recipients,
            }
        case PimOnlyModeRule(mode, excludes, excluded_types):
            return {
                "mode": mode.value,
                "excludes": tuple(_tell_member(one) for one in excludes),
                "excludedAssignmentTypes": tuple(one.value for one in excluded_types),
            }


def _tell_expiration(rule: ExpirationRule) -> Mapping[str, Fact]:
    told: dict[str, Fact] = {
        "isExpirationRequired": rule.is_required,
        "maximumSeconds": int(rule.maximum.total_seconds()),
    }
    if rule.exceptions:
        told["exceptionMembers"] = tuple(_tell_member(one) for one in rule.exceptions)
    return told


def _tell_member(one: RuleMember) -> Mapping[str, Fact]:
    return {"kind": one.kind.value, "id": one.id, "name": one.name, "isBackup": one.is_backup}


def _tell_approval(rule: ApprovalRule) -> Mapping[str, Fact]:
    return {
        "isApprovalRequired": rule.is_required,
        "isApprovalRequiredForExtension": rule.is_required_for_extension,
        "isRequestorJustificationRequired": rule.needs_requestor_justification,
        "approvalMode": rule.mode.value,
        "approvalStages": tuple(_tell_stage(stage) for stage in rule.stages),
    }


def _tell_stage(stage: ApprovalStage) -> Mapping[str, Fact]:
    return {
        "approvalStageTimeOutInDays": stage.timeout_days,
        "isApproverJustificationRequired": stage.needs_justification,
        "isEscalationEnabled": stage.is_escalation_enabled,
        "escalationTimeInMinutes": stage.escalation_minutes,
        "primaryApprovers": tuple(_tell_approver(one) for one in stage.primary),
        "escalationApprovers": tuple(_tell_approver(one) for one in stage.escalation),
    }


def _tell_approver(one: Approver) -> Mapping[str, Fact]:
    # The id says who it is; what the policy says of them is told as well, since it can be changed.
    return {
        "kind": one.kind.value,
        "id": one.id,
        "isBackup": one.is_backup,
        "description": one.description,
    }
