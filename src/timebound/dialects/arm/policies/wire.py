"""Policies as they travel, in both directions, under their published names.

What a client leaves out is unset and stays as it is; what it sends as null is empty from then on.
"""

from typing import TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from timebound.dialects.arm.names import Named

_T = TypeVar("_T")
Maybe: TypeAlias = _T | UnsetType | None


class RoleManagementPolicyRuleTarget(msgspec.Struct, rename="camel", frozen=True):
    """Whom and what a rule binds."""

    caller: Maybe[str] = UNSET
    operations: Maybe[list[str]] = UNSET
    level: Maybe[str] = UNSET


class UserSet(msgspec.Struct, rename="camel", frozen=True):
    """A person or a group that a rule names."""

    id: Maybe[str] = UNSET
    description: Maybe[str] = UNSET
    is_backup: Maybe[bool] = UNSET
    user_type: Maybe[str] = UNSET


class ApprovalStage(msgspec.Struct, rename="camel", frozen=True):
    """One round of asking."""

    approval_stage_time_out_in_days: Maybe[int] = UNSET
    is_approver_justification_required: Maybe[bool] = UNSET
    escalation_time_in_minutes: Maybe[int] = UNSET
    primary_approvers: Maybe[list[UserSet]] = UNSET
    is_escalation_enabled: Maybe[bool] = UNSET
    # quirk(arm): who would be asked later is taken and not kept - behaviour book 4
    escalation_approvers: Maybe[list[UserSet]] = UNSET


class ApprovalSettings(msgspec.Struct, rename="camel", frozen=True):
    """Whether somebody else has to agree, and who."""

    is_approval_required: Maybe[bool] = UNSET
    is_approval_required_for_extension: Maybe[bool] = UNSET
    is_requestor_justification_required: Maybe[bool] = UNSET
    approval_mode: Maybe[str] = UNSET
    approval_stages: Maybe[list[ApprovalStage]] = UNSET


class UsersOrServicePrincipalSet(msgspec.Struct, rename="camel", frozen=True):
    """Somebody that the rule about assignments past requests leaves out."""

    id: Maybe[str] = UNSET
    type: Maybe[str] = UNSET
    display_name: Maybe[str] = UNSET


class PIMOnlyModeSettings(msgspec.Struct, rename="camel", frozen=True):
    """Whether a role may be assigned past requests."""

    mode: Maybe[str] = UNSET
    excludes: Maybe[list[UsersOrServicePrincipalSet]] = UNSET
    excluded_assignment_types: Maybe[list[str]] = UNSET


class RoleManagementPolicyRule(msgspec.Struct, rename="camel", frozen=True):
    """A rule of any kind, with the members of all kinds; those of others are unset."""

    id: Maybe[str] = UNSET
    rule_type: Maybe[str] = UNSET
    target: Maybe[RoleManagementPolicyRuleTarget] = UNSET
    is_expiration_required: Maybe[bool] = UNSET
    maximum_duration: Maybe[str] = UNSET
    exception_members: Maybe[list[UserSet]] = UNSET
    enabled_rules: Maybe[list[str]] = UNSET
    setting: Maybe[ApprovalSettings] = UNSET
    is_enabled: Maybe[bool] = UNSET
    claim_value: Maybe[str] = UNSET
    notification_type: Maybe[str] = UNSET
    recipient_type: Maybe[str] = UNSET
    notification_level: Maybe[str] = UNSET
    is_default_recipients_enabled: Maybe[bool] = UNSET
    notification_recipients: Maybe[list[str]] = UNSET
    pim_only_mode_settings: Maybe[PIMOnlyModeSettings] = UNSET


class Principal(msgspec.Struct, rename="camel", frozen=True):
    """Who has changed a policy; nothing of one that nobody has."""

    display_name: str | None = None


class PolicyProperties(msgspec.Struct, rename="camel", frozen=True):
    """What is told of where a policy is."""

    scope: Named


class SystemData(msgspec.Struct, rename="camel", frozen=True):
    """Who has changed something last, and when."""

    last_modified_by: str | None
    last_modified_at: str


class RoleManagementPolicyProperties(msgspec.Struct, rename="camel", frozen=True):
    """What a policy says; its rules, an array of `RoleManagementPolicyRule`, are encoded before."""

    scope: str | None = None
    display_name: str | None = None
    description: str | None = None
    is_organization_default: bool | None = None
    last_modified_date_time: str | None = None
    last_modified_by: Principal | None = None
    rules: msgspec.Raw | None = None
    effective_rules: msgspec.Raw | None = None
    policy_properties: PolicyProperties | None = None


class RoleManagementPolicy(msgspec.Struct, rename="camel", frozen=True):
    """A policy."""

    properties: RoleManagementPolicyProperties
    name: str
    id: str
    type: str
    system_data: SystemData | None = None


class SentProperties(msgspec.Struct, rename="camel", frozen=True):
    """What a client can say of a policy: some of its rules. Everything else is passed over."""

    rules: list[RoleManagementPolicyRule] | None = None


class SentPolicy(msgspec.Struct, rename="camel", frozen=True):
    """A `RoleManagementPolicy` as a client sends it."""

    properties: SentProperties | None = None


class AssignedPolicy(msgspec.Struct, rename="camel", frozen=True):
    """The policy of an assignment, with who has changed it."""

    id: str
    last_modified_by: Principal
    last_modified_date_time: str | None = None


class PolicyAssignmentProperties(msgspec.Struct, rename="camel", frozen=True):
    """What is told of the ids that an assignment holds."""

    scope: Named
    role_definition: Named
    policy: AssignedPolicy


class RoleManagementPolicyAssignmentProperties(msgspec.Struct, rename="camel", frozen=True):
    """Which policy is whose."""

    scope: str
    role_definition_id: str
    policy_id: str
    policy_assignment_properties: PolicyAssignmentProperties
    effective_rules: msgspec.Raw | None = None


class RoleManagementPolicyAssignment(msgspec.Struct, rename="camel", frozen=True):
    """That a policy is a role's at a place."""

    properties: RoleManagementPolicyAssignmentProperties
    name: str
    id: str
    type: str
    system_data: SystemData | None = None
