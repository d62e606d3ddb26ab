"""What a rule says, as the facts that events carry."""

from collections.abc import Mapping

from timebound.domain.events import Fact
from timebound.domain.policies import Rule
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.custom_extension import CustomExtensionRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule


def tell_rule(rule: Rule) -> Mapping[str, Fact]:
    """Everything that a rule says, under the published names; durations in seconds."""
    match rule:
        case ExpirationRule(is_required, maximum):
            seconds = int(maximum.total_seconds())
            return {"isExpirationRequired": is_required, "maximumSeconds": seconds}
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
