"""What makes a principal or an application privileged: whoever controls it could come to a role."""

from typing import Final

from timebound.domain.ids import PrincipalId
from timebound.domain.policies import Policy
from timebound.domain.policies.approval import ApprovalRule

PRIVILEGED_PERMISSIONS: Final = frozenset(
    {
        "AppRoleAssignment.ReadWrite.All",
        "Application.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.AccessAsUser.All",
        "Directory.ReadWrite.All",
        "Domain.ReadWrite.All",
        "Domain-InternalFederation.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "Policy.ReadWrite.PermissionGrant",
        "PrivilegedAccess-CustomExt.ReadWrite.All",
        "PrivilegedAccess.ReadWrite.AzureAD",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureResources",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "RoleManagementPolicy.ReadWrite.Directory",
        "User-PasswordProfile.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    }
)
"""Permissions with which an application can give itself or others a role, directly or on a way
round: over roles and their policies, over consent, over credentials, over who is in a group."""

PRIVILEGED_FOR_PEOPLE: Final = PRIVILEGED_PERMISSIONS | {"User.ReadWrite.All"}
"""The same for who acts for people: for an administrator of roles, this one resets the passwords of
others like them; an application alone cannot do that by it."""


def is_privileged_permission(name: str, *, is_delegated: bool) -> bool:
    """Whether an application that has the permission could come to a role, or to who has one."""
    return name in (PRIVILEGED_FOR_PEOPLE if is_delegated else PRIVILEGED_PERMISSIONS)


def list_approvers(policy: Policy) -> frozenset[PrincipalId]:
    """The people and groups without whose agreement nobody activates what the policy is about.

    Whoever takes one of them over agrees to what they ask for themselves.
    """
    rules = (rule for rule in policy.rules.values() if isinstance(rule, ApprovalRule))
    stages = (stage for rule in rules if rule.is_required for stage in rule.stages)
    named = (one for stage in stages for one in (*stage.primary, *stage.escalation))
    return frozenset(one.id for one in named if one.id is not None)
