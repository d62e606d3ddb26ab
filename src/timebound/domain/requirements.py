"""What each operation asks of its caller: the table that `authority.authorize` reads.

Every operation has one row. Rows of writes say besides what the target changes: whether owning it
suffices, and what more is needed where the target is privileged, that is, could yield a role.
Sources: behaviour book 6; the published permission and role tables of each operation.
"""

from collections.abc import Mapping
from typing import Final

from timebound.domain import roles as r
from timebound.domain.azure_requirements import AZURE_REQUIREMENTS
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.group_requirements import GROUP_REQUIREMENTS
from timebound.domain.ids import RoleId
from timebound.domain.operations import Operation
from timebound.domain.requirement_parts import (
    DIRECTORY_WRITERS,
    GROUPS_ADMINISTRATOR,
    IDENTITY_GOVERNANCE_ADMINISTRATOR,
    READERS,
    USER_ADMINISTRATOR,
    WRITERS,
    Requirement,
    Stricter,
)

__all__ = ("REQUIREMENTS", "Operation", "Requirement", "Stricter")


_HELPDESK_ADMINISTRATOR: Final = RoleId("729827e3-9c14-49f7-bb1b-9608f156bbb8")
_PASSWORD_ADMINISTRATOR: Final = RoleId("966707d0-3269-4727-9be2-8c3a10f19b9d")
_AUTHENTICATION_ADMINISTRATOR: Final = RoleId("c4e39bd9-1100-46d3-8c65-fb160da0071f")
_PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Final = RoleId("7be44c8a-adaf-4e2a-84d6-ab2649e08a13")
_APPLICATION_ADMINISTRATOR: Final = RoleId("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3")
_CLOUD_APPLICATION_ADMINISTRATOR: Final = RoleId("158c047a-c907-4556-b7ef-446551a6b5f7")
_APPLICATION_DEVELOPER: Final = RoleId("cf1c38e5-3621-4004-a7cb-879624dced7c")
_INTUNE_ADMINISTRATOR: Final = RoleId("3a2c62db-5318-420d-8d74-23affee5d9d5")
_WINDOWS_365_ADMINISTRATOR: Final = RoleId("11451d60-acb2-45eb-a7d6-43d0f0125c13")
_EXCHANGE_ADMINISTRATOR: Final = RoleId("29232cdf-9323-42fd-ade2-1d097af3e4de")

_REPORTS_READER: Final = RoleId("4a5d8f65-41da-4de4-8968-e035b65339cf")

_RM_READ = (
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
)
_RM_WRITE = ("RoleManagement.ReadWrite.Directory",)
_ELIGIBILITY_WRITE = ("RoleEligibilitySchedule.ReadWrite.Directory", *_RM_WRITE)
_ASSIGNMENT_WRITE = ("RoleAssignmentSchedule.ReadWrite.Directory", *_RM_WRITE)
_ELIGIBILITY_READ = (
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    *_RM_READ,
)
_ASSIGNMENT_READ = (
    "RoleAssignmentSchedule.Read.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    *_RM_READ,
)
_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")

_LOG_READERS: Final = (READERS - {r.SECURITY_OPERATOR}) | {_REPORTS_READER}
_DIRECTORY_READERS: Final = READERS | {r.DIRECTORY_READERS}

_GLOBAL: Final = frozenset({r.GLOBAL_ADMINISTRATOR})
_USER_WRITERS: Final = _GLOBAL | {USER_ADMINISTRATOR}
_PASSWORD_WRITERS: Final = _USER_WRITERS | {
    _HELPDESK_ADMINISTRATOR,
    _PASSWORD_ADMINISTRATOR,
    _AUTHENTICATION_ADMINISTRATOR,
    _PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
}
_GROUP_WRITERS: Final = _USER_WRITERS | {GROUPS_ADMINISTRATOR}
_PROGRAM_WRITERS: Final = _GLOBAL | {
    _APPLICATION_ADMINISTRATOR,
    _CLOUD_APPLICATION_ADMINISTRATOR,
}
_GLOBAL_READERS: Final = _GLOBAL | {r.GLOBAL_READER}
_CLOUD_PC_WRITERS: Final = _GLOBAL | {_WINDOWS_365_ADMINISTRATOR, _INTUNE_ADMINISTRATOR}
_ENTITLEMENT_WRITE: Final = ("EntitlementManagement.ReadWrite.All",)
_DEVICE_WRITE: Final = ("DeviceManagementRBAC.ReadWrite.All",)
_CLOUD_PC_WRITE: Final = ("RoleManagement.ReadWrite.CloudPC", "CloudPC.ReadWrite.All")
_EXCHANGE_WRITE: Final = ("RoleManagement.ReadWrite.Exchange",)
_DEFENDER_WRITE: Final = ("RoleManagement.ReadWrite.Defender",)
_WRITE_ALL: Final = "Directory.ReadWrite.All"
_USER_WRITE: Final = ("User.ReadWrite.All", _WRITE_ALL)
_PASSWORD_WRITE: Final = ("User-PasswordProfile.ReadWrite.All", *_USER_WRITE)
_SESSION_WRITE: Final = ("User.RevokeSessions.All", *_USER_WRITE)
_GROUP_WRITE: Final = ("Group.ReadWrite.All", _WRITE_ALL)
_MEMBER_WRITE: Final = ("GroupMember.ReadWrite.All", *_GROUP_WRITE)
_UNIT_WRITE: Final = ("AdministrativeUnit.ReadWrite.All", _WRITE_ALL)
_PROGRAM_WRITE: Final = ("Application.ReadWrite.All", _WRITE_ALL)
_APP_ROLE_WRITE: Final = ("AppRoleAssignment.ReadWrite.All",)
_OWN_PROGRAMS: Final = ("Application.ReadWrite.OwnedBy",)

_METHOD_READ: Final = tuple(f"UserAuthenticationMethod.{way}.All" for way in ("Read", "ReadWrite"))
_METHOD_WRITE: Final = ("UserAuthenticationMethod.ReadWrite.All",)
_OWN_METHOD_READ: Final = tuple(f"UserAuthenticationMethod.{way}" for way in ("Read", "ReadWrite"))
_STRONGEST_AUTHENTICATORS: Final = _GLOBAL | {_PRIVILEGED_AUTHENTICATION_ADMINISTRATOR}
_AUTHENTICATORS: Final = _STRONGEST_AUTHENTICATORS | {_AUTHENTICATION_ADMINISTRATOR}

_PRIVILEGED: Final = Stricter(WRITERS, (), _RM_WRITE)
# An application in whose name a person manages a role-assignable group needs it as well.
_PRIVILEGED_GROUP: Final = Stricter(WRITERS, _RM_WRITE, _RM_WRITE)


def _write(
    permissions: tuple[str, ...],
    roles: frozenset[RoleId],
    privileged: Stricter | None = _PRIVILEGED,
) -> Requirement:
    return Requirement(permissions, permissions, roles, privileged=privileged)


def _write_group(
    permissions: tuple[str, ...], roles: frozenset[RoleId] = _GROUP_WRITERS
) -> Requirement:
    return Requirement(
        permissions, permissions, roles, is_owner_enough=True, privileged=_PRIVILEGED_GROUP
    )


def _write_program(roles: frozenset[RoleId] = _PROGRAM_WRITERS) -> Requirement:
    return Requirement(
        _PROGRAM_WRITE,
        _PROGRAM_WRITE,
        roles,
        is_owner_enough=True,
        owning=_OWN_PROGRAMS,
        privileged=_PRIVILEGED,
    )


def _both(
    permissions: tuple[str, ...], roles: frozenset[RoleId] | None = None, *extra: str
) -> Requirement:
    return Requirement((*permissions, *extra), permissions, roles)


_USER_READ: Final = ("User.Read.All", "User.ReadWrite.All")
_MEMBER_READ: Final = (
    *("GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"),
    *_DIRECTORY,
)
_ROLE_READ: Final = ("RoleManagement.Read.Directory", *_RM_WRITE, *_DIRECTORY)
_CONSENT_READ: Final = tuple(f"DelegatedPermissionGrant.{way}.All" for way in ("Read", "ReadWrite"))
_TENANT_READ: Final = ("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY)
_AS_USER: Final = "Directory.AccessAsUser.All"

# A member of the organization may read its directory; only the application has to be permitted.
_DIRECTORY_READS: Final[Mapping[Operation, Requirement]] = {
    Operation.READ_GROUP_MEMBERS: _both(_MEMBER_READ, None, _AS_USER),
    Operation.READ_OWN_MEMBERSHIPS: Requirement(
        ("User.Read", "User.ReadWrite", *_USER_READ, *_MEMBER_READ, _AS_USER)
    ),
    Operation.READ_USER_MEMBERSHIPS: _both((*_USER_READ, *_MEMBER_READ), None, _AS_USER),
    Operation.READ_DIRECTORY_OBJECTS: _both(_DIRECTORY, None, _AS_USER),
    Operation.READ_DIRECTORY_ROLES: _both(_ROLE_READ, None, _AS_USER),
    Operation.READ_ORGANIZATION: _both(_TENANT_READ, None, "User.Read", _AS_USER),
    Operation.READ_PERMISSION_GRANTS: _both((*_CONSENT_READ, *_DIRECTORY), None, _AS_USER),
    Operation.READ_PERSONAL_GRANTS: Requirement((*_CONSENT_READ, *_DIRECTORY, _AS_USER)),
}

_POLICY_READ: Final = (
    "RoleManagementPolicy.Read.Directory",
    "RoleManagementPolicy.ReadWrite.Directory",
    *_RM_READ,
)
_GROUP_POLICY_WRITE: Final = ("RoleManagementPolicy.ReadWrite.AzureADGroup",)
_GROUP_POLICY_READ: Final = (
    "RoleManagementPolicy.Read.AzureADGroup",
    *_GROUP_POLICY_WRITE,
    "RoleManagement.Read.All",
)
_GROUP_POLICY_WRITERS: Final = (
    _GROUP_WRITERS | {DIRECTORY_WRITERS, IDENTITY_GOVERNANCE_ADMINISTRATOR} | WRITERS
)
_EXTENSION_WRITE: Final = ("PrivilegedAccess-CustomExt.ReadWrite.All",)
_EXTENSION_READ: Final = ("PrivilegedAccess-CustomExt.Read.All", *_EXTENSION_WRITE)
_APPROVAL_READ: Final = (
    "PrivilegedAccess.ReadWrite.AzureAD",
    "PrivilegedAccess.Read.AzureAD",
    *_ASSIGNMENT_READ,
)

_POLICIES: Final[Mapping[Operation, Requirement]] = {
    Operation.READ_POLICIES: _both(_POLICY_READ, READERS),
    Operation.READ_GROUP_POLICIES: Requirement(
        _GROUP_POLICY_READ,
        _GROUP_POLICY_READ,
        READERS | _GROUP_POLICY_WRITERS,
        is_owner_enough=True,
    ),
    Operation.CHANGE_GROUP_POLICY: Requirement(
        _GROUP_POLICY_WRITE,
        _GROUP_POLICY_WRITE,
        _GROUP_POLICY_WRITERS,
        is_owner_enough=True,
        privileged=_PRIVILEGED,
    ),
    Operation.READ_CUSTOM_EXTENSIONS: _both(_EXTENSION_READ, WRITERS),
    Operation.CHANGE_CUSTOM_EXTENSIONS: _both(_EXTENSION_WRITE, WRITERS),
    # An application on its own approves nothing, so it has nothing to look at.
    Operation.READ_ALL_APPROVALS: Requirement(_APPROVAL_READ, roles=READERS),
    Operation.READ_OWN_APPROVALS: Requirement(_APPROVAL_READ),
}

REQUIREMENTS: Final[Mapping[Operation, Requirement]] = {
    **_POLICIES,
    **GROUP_REQUIREMENTS,
    **AZURE_REQUIREMENTS,
    Operation.READ_ROLE_DEFINITIONS: _both((*_RM_READ, *_DIRECTORY), _DIRECTORY_READERS),
    Operation.READ_ROLE_ASSIGNMENTS: _both((*_RM_READ, *_DIRECTORY), _DIRECTORY_READERS),
    # Everybody may know what they may do themselves.
    Operation.CHECK_OWN_ACCESS: Requirement(
        ("User.Read", AZURE_PERMISSION, *_ASSIGNMENT_READ, *_DIRECTORY), ()
    ),
    Operation.CHECK_ACCESS: _both((*_RM_READ, *_DIRECTORY), _DIRECTORY_READERS),
    Operation.READ_ELIGIBILITIES: _both(_ELIGIBILITY_READ, READERS),
    Operation.READ_ASSIGNMENTS: _both(_ASSIGNMENT_READ, READERS),
    Operation.READ_OWN_ELIGIBILITIES: Requirement(_ELIGIBILITY_READ),
    Operation.READ_OWN_ASSIGNMENTS: Requirement(_ASSIGNMENT_READ),
    Operation.ADMINISTER_ELIGIBILITIES: _both(_ELIGIBILITY_WRITE, WRITERS),
    Operation.ADMINISTER_ASSIGNMENTS: _both(_ASSIGNMENT_WRITE, WRITERS),
    Operation.REMOVE_ELIGIBILITIES: _both(
        (*_ELIGIBILITY_WRITE, "RoleEligibilitySchedule.Remove.Directory"), WRITERS
    ),
    Operation.REMOVE_ASSIGNMENTS: _both(
        (*_ASSIGNMENT_WRITE, "RoleAssignmentSchedule.Remove.Directory"), WRITERS
    ),
    Operation.EXTEND_OWN_ELIGIBILITY: Requirement(_ELIGIBILITY_WRITE),
    Operation.USE_OWN_ELIGIBILITY: Requirement(_ASSIGNMENT_WRITE),
    Operation.DECIDE_APPROVAL: Requirement(
        (*_ASSIGNMENT_WRITE, "PrivilegedAccess.ReadWrite.AzureAD")
    ),
    Operation.CHANGE_POLICY: _both(
        ("RoleManagementPolicy.ReadWrite.Directory", *_RM_WRITE), WRITERS
    ),
    Operation.READ_ME: Requirement(
        ("User.Read", "User.ReadWrite", *_USER_READ, *_DIRECTORY, _AS_USER)
    ),
    Operation.READ_USERS: _both((*_USER_READ, *_DIRECTORY), None, "User.ReadBasic.All", _AS_USER),
    Operation.READ_GROUPS: _both(
        ("Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All", *_DIRECTORY),
        None,
        _AS_USER,
    ),
    Operation.READ_SERVICE_PRINCIPALS: _both(
        ("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY), None, _AS_USER
    ),
    Operation.READ_UNITS: _both(
        ("AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All", *_DIRECTORY),
        None,
        _AS_USER,
    ),
    **_DIRECTORY_READS,
    Operation.READ_AUDIT_LOG: _both(("AuditLog.Read.All",), _LOG_READERS),
    Operation.READ_SIGN_INS: _both(("AuditLog.Read.All",), _LOG_READERS | {r.SECURITY_OPERATOR}),
    Operation.CREATE_USER: _write(_USER_WRITE, _USER_WRITERS),
    Operation.UPDATE_USER: _write(_USER_WRITE, _USER_WRITERS | {DIRECTORY_WRITERS}, None),
    Operation.CHANGE_SIGN_IN: _write(_USER_WRITE, _USER_WRITERS),
    Operation.RESET_PASSWORD: _write(_PASSWORD_WRITE, _PASSWORD_WRITERS),
    Operation.CHANGE_OWN_PASSWORD: Requirement(
        ("Directory.AccessAsUser.All", "User-PasswordProfile.ReadWrite.All", *_USER_WRITE)
    ),
    Operation.REVOKE_SESSIONS: _write(_SESSION_WRITE, _PASSWORD_WRITERS),
    Operation.REVOKE_OWN_SESSIONS: Requirement(_SESSION_WRITE),
    Operation.READ_METHODS: _both(_METHOD_READ, _AUTHENTICATORS | {r.GLOBAL_READER}),
    Operation.READ_OWN_METHODS: Requirement((*_OWN_METHOD_READ, *_METHOD_READ)),
    Operation.REMOVE_METHODS: _write(
        _METHOD_WRITE, _AUTHENTICATORS, Stricter(_STRONGEST_AUTHENTICATORS, (), _RM_WRITE)
    ),
    Operation.DELETE_USER: _write(("User.DeleteRestore.All", *_USER_WRITE), _USER_WRITERS),
    Operation.CREATE_GROUP: Requirement(
        ("Group.Create", *_GROUP_WRITE),
        ("Group.Create", *_GROUP_WRITE),
        _GROUP_WRITERS | {DIRECTORY_WRITERS},
        privileged=_PRIVILEGED_GROUP,
    ),
    Operation.UPDATE_GROUP: _write_group(_GROUP_WRITE, _GROUP_WRITERS | {DIRECTORY_WRITERS}),
    Operation.DELETE_GROUP: _write_group(_GROUP_WRITE),
    Operation.CHANGE_GROUP_MEMBERS: _write_group(
        _MEMBER_WRITE, _GROUP_WRITERS | {DIRECTORY_WRITERS}
    ),
    Operation.CHANGE_GROUP_OWNERS: _write_group(_GROUP_WRITE, _GROUP_WRITERS | {DIRECTORY_WRITERS}),
    Operation.CREATE_UNIT: _write(_UNIT_WRITE, WRITERS),
    Operation.UPDATE_UNIT: _write(_UNIT_WRITE, WRITERS),
    Operation.DELETE_UNIT: _write(_UNIT_WRITE, WRITERS),
    Operation.CHANGE_UNIT_MEMBERS: _write(_UNIT_WRITE, WRITERS),
    Operation.CREATE_APPLICATION: Requirement(
        _PROGRAM_WRITE,
        (*_PROGRAM_WRITE, *_OWN_PROGRAMS),
        _PROGRAM_WRITERS | {_APPLICATION_DEVELOPER},
        privileged=_PRIVILEGED,
    ),
    Operation.UPDATE_APPLICATION: _write_program(),
    Operation.DELETE_APPLICATION: _write_program(),
    Operation.CHANGE_APPLICATION_SECRETS: _write_program(),
    Operation.CHANGE_APPLICATION_OWNERS: _write_program(),
    # Application developers make accounts of what they own, hence need no role for that.
    Operation.CREATE_SERVICE_PRINCIPAL: _write_program(),
    Operation.UPDATE_SERVICE_PRINCIPAL: _write_program(),
    Operation.DELETE_SERVICE_PRINCIPAL: _write_program(),
    Operation.CHANGE_SERVICE_PRINCIPAL_SECRETS: _write_program(),
    Operation.CHANGE_SERVICE_PRINCIPAL_OWNERS: _write_program(),
    Operation.CONSENT_TO_APPLICATION_PERMISSIONS: _write(_APP_ROLE_WRITE, WRITERS),
    Operation.CONSENT_TO_DELEGATED_PERMISSIONS: _write(
        ("DelegatedPermissionGrant.ReadWrite.All", _WRITE_ALL), _PROGRAM_WRITERS | WRITERS
    ),
    Operation.CHANGE_ROLE_DEFINITIONS: _both((*_RM_WRITE, _WRITE_ALL), WRITERS),
    Operation.READ_DELETED_ROLES: _both(_RM_READ, _DIRECTORY_READERS),
    Operation.CHANGE_DELETED_ROLES: _both(_RM_WRITE, WRITERS),
    Operation.CHANGE_ROLE_ASSIGNMENTS: _both(_RM_WRITE, WRITERS),
    Operation.READ_RESOURCE_ACTIONS: _both(_RM_READ, _DIRECTORY_READERS),
    Operation.READ_ROLE_SCHEDULES: Requirement(
        ("PrivilegedAccess.ReadWrite.AzureAD", *_RM_READ),
        ("PrivilegedAccess.Read.AzureAD", "PrivilegedAccess.ReadWrite.AzureAD", *_RM_READ),
        READERS,
    ),
    Operation.READ_ENTITLEMENT_RBAC: _both(
        ("EntitlementManagement.Read.All", *_ENTITLEMENT_WRITE, "RoleManagement.Read.All"),
        _GLOBAL_READERS | {IDENTITY_GOVERNANCE_ADMINISTRATOR},
    ),
    Operation.CHANGE_ENTITLEMENT_RBAC: _both(
        _ENTITLEMENT_WRITE, _GLOBAL | {IDENTITY_GOVERNANCE_ADMINISTRATOR}
    ),
    Operation.READ_DEVICE_RBAC: _both(
        ("DeviceManagementRBAC.Read.All", *_DEVICE_WRITE, "RoleManagement.Read.All"),
        _GLOBAL_READERS | {_INTUNE_ADMINISTRATOR},
    ),
    Operation.CHANGE_DEVICE_RBAC: _both(_DEVICE_WRITE, _GLOBAL | {_INTUNE_ADMINISTRATOR}),
    Operation.READ_CLOUD_PC_RBAC: _both(
        (
            "RoleManagement.Read.CloudPC",
            "CloudPC.Read.All",
            *_CLOUD_PC_WRITE,
            "RoleManagement.Read.All",
        ),
        _GLOBAL_READERS | _CLOUD_PC_WRITERS,
    ),
    Operation.CHANGE_CLOUD_PC_RBAC: _both(_CLOUD_PC_WRITE, _CLOUD_PC_WRITERS),
    Operation.READ_EXCHANGE_RBAC: _both(
        ("RoleManagement.Read.Exchange", *_EXCHANGE_WRITE, "RoleManagement.Read.All"),
        _GLOBAL_READERS | {_EXCHANGE_ADMINISTRATOR},
    ),
    Operation.CHANGE_EXCHANGE_RBAC: _both(_EXCHANGE_WRITE, _GLOBAL | {_EXCHANGE_ADMINISTRATOR}),
    Operation.READ_DEFENDER_RBAC: _both(
        ("RoleManagement.Read.Defender", *_DEFENDER_WRITE, "RoleManagement.Read.All"),
        _GLOBAL_READERS | {r.SECURITY_ADMINISTRATOR, r.SECURITY_READER},
    ),
    Operation.CHANGE_DEFENDER_RBAC: _both(_DEFENDER_WRITE, _GLOBAL | {r.SECURITY_ADMINISTRATOR}),
}
