"""May this caller do this here? Asked in one place, below every door.

A caller needs the permission in the token *and* granted to the application now; a person needs in
addition one of the operation's directory roles, in force at the instant. What a token says about
roles (`wids`) is never looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from timebound.domain import roles as r
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.policies.rule import SignIn
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import DIRECTORY_ROOT, Scope


class Operation(Enum):
    """What can be permitted or refused."""

    READ_ROLE_DEFINITIONS = "readRoleDefinitions"
    READ_ROLE_ASSIGNMENTS = "readRoleAssignments"
    READ_ELIGIBILITIES = "readEligibilities"
    READ_ASSIGNMENTS = "readAssignments"
    READ_OWN_ELIGIBILITIES = "readOwnEligibilities"
    READ_OWN_ASSIGNMENTS = "readOwnAssignments"
    ADMINISTER_ELIGIBILITIES = "administerEligibilities"
    ADMINISTER_ASSIGNMENTS = "administerAssignments"
    REMOVE_ELIGIBILITIES = "removeEligibilities"
    REMOVE_ASSIGNMENTS = "removeAssignments"
    EXTEND_OWN_ELIGIBILITY = "extendOwnEligibility"
    USE_OWN_ELIGIBILITY = "useOwnEligibility"
    DECIDE_APPROVAL = "decideApproval"
    CHANGE_POLICY = "changePolicy"
    CHANGE_PRINCIPAL = "changePrincipal"
    READ_ME = "readMe"
    READ_USERS = "readUsers"
    READ_GROUPS = "readGroups"
    READ_SERVICE_PRINCIPALS = "readServicePrincipals"
    READ_UNITS = "readUnits"


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified access token says about its bearer."""

    tenant_id: TenantId
    principal_id: PrincipalId
    application_id: ApplicationId
    permissions: frozenset[str]
    """The values of `scp` for a person, of `roles` for an application."""
    sign_in: SignIn = field(default_factory=SignIn)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role the caller effectively holds at the instant."""

    role_id: RoleId
    scope: Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a token as the service sees them now."""

    token: Token
    is_enabled: bool
    granted: frozenset[str]
    """The permissions granted to the application now (consented ones for a person)."""
    roles: frozenset[HeldRole] = frozenset()
    group_ids: frozenset[PrincipalId] = frozenset()
    display_name: str | None = None

    @property
    def id(self) -> PrincipalId:
        """The object id of the person or of the application's service principal."""
        return self.token.principal_id

    @property
    def is_application(self) -> bool:
        """Whether an application calls on its own."""
        return self.token.sign_in.is_application

    @property
    def permissions(self) -> frozenset[str]:
        """What the token says and what is granted now, both."""
        return self.token.permissions & self.granted

    def holds_any(self, role_ids: frozenset[RoleId]) -> bool:
        """Whether one of the roles is held over the whole directory."""
        return any(h.role_id in role_ids and h.scope == DIRECTORY_ROOT for h in self.roles)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation asks: one of the permissions; of a person one of the roles, if named."""

    delegated: tuple[str, ...]
    application: tuple[str, ...] | None = None
    """None where an application on its own is refused."""
    roles: frozenset[RoleId] | None = None


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

_WRITERS: Final = frozenset({r.GLOBAL_ADMINISTRATOR, r.PRIVILEGED_ROLE_ADMINISTRATOR})
_READERS: Final = _WRITERS | {
    r.GLOBAL_READER,
    r.SECURITY_OPERATOR,
    r.SECURITY_READER,
    r.SECURITY_ADMINISTRATOR,
}
_DIRECTORY_READERS: Final = _READERS | {r.DIRECTORY_READERS}


def _both(
    permissions: tuple[str, ...], roles: frozenset[RoleId] | None = None, *extra: str
) -> Requirement:
    return Requirement((*permissions, *extra), permissions, roles)


REQUIREMENTS: Final[Mapping[Operation, Requirement]] = {
    Operation.READ_ROLE_DEFINITIONS: _both((*_RM_READ, *_DIRECTORY), _DIRECTORY_READERS),
    Operation.READ_ROLE_ASSIGNMENTS: _both((*_RM_READ, *_DIRECTORY), _DIRECTORY_READERS),
    Operation.READ_ELIGIBILITIES: _both(_ELIGIBILITY_READ, _READERS),
    Operation.READ_ASSIGNMENTS: _both(_ASSIGNMENT_READ, _READERS),
    Operation.READ_OWN_ELIGIBILITIES: Requirement(_ELIGIBILITY_READ),
    Operation.READ_OWN_ASSIGNMENTS: Requirement(_ASSIGNMENT_READ),
    Operation.ADMINISTER_ELIGIBILITIES: _both(_ELIGIBILITY_WRITE, _WRITERS),
    Operation.ADMINISTER_ASSIGNMENTS: _both(_ASSIGNMENT_WRITE, _WRITERS),
    Operation.REMOVE_ELIGIBILITIES: _both(
        (*_ELIGIBILITY_WRITE, "RoleEligibilitySchedule.Remove.Directory"), _WRITERS
    ),
    Operation.REMOVE_ASSIGNMENTS: _both(
        (*_ASSIGNMENT_WRITE, "RoleAssignmentSchedule.Remove.Directory"), _WRITERS
    ),
    Operation.EXTEND_OWN_ELIGIBILITY: Requirement(_ELIGIBILITY_WRITE),
    Operation.USE_OWN_ELIGIBILITY: Requirement(_ASSIGNMENT_WRITE),
    Operation.DECIDE_APPROVAL: Requirement(
        (*_ASSIGNMENT_WRITE, "PrivilegedAccess.ReadWrite.AzureAD")
    ),
    Operation.CHANGE_POLICY: _both(
        ("RoleManagementPolicy.ReadWrite.Directory", *_RM_WRITE), _WRITERS
    ),
    Operation.CHANGE_PRINCIPAL: _both(
        ("Directory.ReadWrite.All",), frozenset({r.GLOBAL_ADMINISTRATOR})
    ),
    Operation.READ_ME: Requirement(
        ("User.Read", "User.ReadWrite", "User.Read.All", "User.ReadWrite.All", *_DIRECTORY)
    ),
    Operation.READ_USERS: _both(
        ("User.Read.All", "User.ReadWrite.All", *_DIRECTORY), None, "User.ReadBasic.All"
    ),
    Operation.READ_GROUPS: _both(
        ("Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All", *_DIRECTORY)
    ),
    Operation.READ_SERVICE_PRINCIPALS: _both(
        ("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY)
    ),
    Operation.READ_UNITS: _both(
        ("AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All", *_DIRECTORY)
    ),
}


def authorize(operation: Operation, caller: Caller) -> tuple[Problem, ...]:
    """Why the caller may not do this: nothing if they may.

    Source: behaviour book 6; the published permission and role tables of each operation.
    """
    needed = REQUIREMENTS[operation]
    if not caller.is_enabled:
        return (Problem(Code.CALLER_NOT_ADMITTED),)
    names = needed.application if caller.is_application else needed.delegated
    if names is None:
        return (Problem(Code.ACCESS_DENIED),)
    if caller.permissions.isdisjoint(names):
        return (Problem(Code.PERMISSION_MISSING, names=names),)
    if caller.is_application or needed.roles is None or caller.holds_any(needed.roles):
        return ()
    return (Problem(Code.ACCESS_DENIED),)
