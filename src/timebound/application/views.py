"""What can be listed, and for whom: the vocabulary of the reading questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from timebound.application.attributes import ATTRIBUTE_FIELDS
from timebound.domain.grants import Grant
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.scopes import ScopeKind


class View(Enum):
    """The lists. The fields that their queries may name are listed in `FIELDS`."""

    ELIGIBILITY_INSTANCES = "eligibilityInstances"
    ASSIGNMENT_INSTANCES = "assignmentInstances"
    ELIGIBILITY_SCHEDULES = "eligibilitySchedules"
    ASSIGNMENT_SCHEDULES = "assignmentSchedules"
    ROLE_ASSIGNMENTS = "roleAssignments"
    TRANSITIVE_ASSIGNMENTS = "transitiveAssignments"
    ROLE_SCHEDULES = "roleSchedules"
    ROLE_INSTANCES = "roleInstances"
    ELIGIBILITY_REQUESTS = "eligibilityRequests"
    ASSIGNMENT_REQUESTS = "assignmentRequests"
    ROLE_DEFINITIONS = "roleDefinitions"
    DELETED_ROLES = "deletedRoles"
    ASSIGNED_PRINCIPALS = "assignedPrincipals"
    ENTITLEMENT_ROLES = "entitlementRoles"
    DEVICE_ROLES = "deviceRoles"
    CLOUD_PC_ROLES = "cloudPcRoles"
    EXCHANGE_ROLES = "exchangeRoles"
    DEFENDER_ROLES = "defenderRoles"
    RESOURCE_NAMESPACES = "resourceNamespaces"
    RESOURCE_ACTIONS = "resourceActions"
    USERS = "users"
    GROUPS = "groups"
    SERVICE_PRINCIPALS = "servicePrincipals"
    ADMINISTRATIVE_UNITS = "administrativeUnits"
    APPLICATIONS = "applications"
    GROUP_RELATIONS = "groupRelations"
    USER_RELATIONS = "userRelations"
    OWN_RELATIONS = "ownRelations"
    PROGRAM_RELATIONS = "programRelations"
    UNIT_RELATIONS = "unitRelations"
    DIRECTORY_ROLES = "directoryRoles"
    DIRECTORY_OBJECTS = "directoryObjects"
    ORGANIZATION = "organization"
    APP_ROLES = "appRoles"
    PERMISSION_GRANTS = "permissionGrants"
    PERSONAL_GRANTS = "personalGrants"
    DIRECTORY_AUDITS = "directoryAudits"
    SIGN_INS = "signIns"
    POLICIES = "policies"
    CUSTOM_EXTENSIONS = "customExtensions"
    POLICY_ASSIGNMENTS = "policyAssignments"
    APPROVALS = "approvals"
    GROUP_RESOURCES = "groupResources"


EXPIRED: Final = "Revoked"
"""The status of what has come to its end and may be renewed: no published one is nearer."""


class MemberType(Enum):
    """How the principal of a row holds what it shows."""

    DIRECT = "Direct"
    GROUP = "Group"
    INHERITED = "Inherited"


class Relation(Enum):
    """Whose entries are asked for (`filterByCurrentUser(on=...)`, and everybody's)."""

    ANYBODY = "anybody"
    PRINCIPAL = "principal"
    APPROVER = "approver"
    CREATOR = "createdBy"


class Reach(Enum):
    """Which places of Azure count beside the one that is asked about."""

    ABOVE = "above"
    BELOW = "below"
    AROUND = "around"


@dataclass(frozen=True, slots=True)
class Area:
    """A place of Azure, spelled as the tree does, and what counts beside it."""

    path: str
    reach: Reach

    @property
    def is_everything(self) -> bool:
        """Whether all places of the tenant are in it."""
        return self.path == "/" and self.reach is not Reach.ABOVE


@dataclass(frozen=True, slots=True)
class Audience:
    """The tenant, the kind of scope, and the person whose relation to the entries is asked.

    PRINCIPAL on grants takes in what the person has through role-assignable groups (MemberType
    GROUP); on requests it does not. APPROVER goes with requests alone.
    """

    tenant_id: TenantId
    relation: Relation = Relation.ANYBODY
    principal_id: PrincipalId | None = None
    scope_kind: ScopeKind = ScopeKind.DIRECTORY
    is_purged: bool = False
    """Whether requests are left out that a service which deletes them has deleted by then."""
    area: Area | None = None
    """Where in Azure the entries are; none for all of it, and elsewhere."""


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant as one principal sees it: for a group's grant told to a member, that member."""

    grant: Grant
    principal_id: PrincipalId
    member_type: MemberType


_GRANT_FIELDS = frozenset(
    {
        "id",
        "principal_id",
        "role_id",
        "scope",
        "kind",
        "start",
        "end",
        "planned_end",
        "created_at",
        "request_id",
        "eligibility_id",
        "member_type",
        "status",
        "is_of_ordinary_group",
    }
)
_REQUEST_FIELDS = frozenset(
    {
        "id",
        "action",
        "principal_id",
        "role_id",
        "scope",
        "status",
        "created_at",
        "completed_at",
        "author_id",
        "grant_id",
        "approval_id",
        "justification",
        "start",
        "is_of_ordinary_group",
    }
)
_DELEGATION_FIELDS = frozenset({"client_id", "resource_id", "user_id"})
_OBJECT_FIELDS = frozenset(
    {
        "id",
        "display_name",
        "user_principal_name",
        "mail",
        "mail_nickname",
        "app_id",
        "description",
        "is_enabled",
        "is_role_assignable",
        "created_at",
        "deleted_at",
        "user_type",
        "names",
        *ATTRIBUTE_FIELDS,
    }
)
_ROLE_FIELDS = frozenset(
    {
        "id",
        "display_name",
        "description",
        "is_built_in",
        "is_enabled",
        "is_privileged",
        "template_id",
        "version",
        "deleted_at",
    }
)
_AUDIT_FIELDS = frozenset(
    {
        "id",
        "at",
        "activity",
        "category",
        "service",
        "operation",
        "result",
        "correlation_id",
        "user_id",
        "user_name",
        "user_principal_name",
        "app_id",
        "app_name",
        "targets",
    }
)
_SIGN_IN_FIELDS = frozenset(
    {
        "id",
        "at",
        "kind",
        "event_types",
        "user_id",
        "user_name",
        "user_principal_name",
        "app_id",
        "app_name",
        "account_id",
        "resource_id",
        "resource_name",
        "address",
        "client",
        "requirement",
        "correlation_id",
        "fault",
    }
)
_POLICY_FIELDS = frozenset({"id", "scope_id", "scope_type", "role_id", "rule_id"})
_PROVIDER_FIELDS = _ROLE_FIELDS | {
    "role_id",
    "created_at",
    *("principal", "part", "app"),
    *("principals", "parts", "apps"),
}

FIELDS = {
    View.ELIGIBILITY_INSTANCES: _GRANT_FIELDS,
    View.ASSIGNMENT_INSTANCES: _GRANT_FIELDS,
    View.ELIGIBILITY_SCHEDULES: _GRANT_FIELDS,
    View.ASSIGNMENT_SCHEDULES: _GRANT_FIELDS,
    View.ROLE_ASSIGNMENTS: _GRANT_FIELDS,
    View.TRANSITIVE_ASSIGNMENTS: _GRANT_FIELDS,
    View.ROLE_SCHEDULES: _GRANT_FIELDS,
    View.ROLE_INSTANCES: _GRANT_FIELDS,
    View.ELIGIBILITY_REQUESTS: _REQUEST_FIELDS,
    View.ASSIGNMENT_REQUESTS: _REQUEST_FIELDS,
    View.ROLE_DEFINITIONS: _ROLE_FIELDS,
    View.DELETED_ROLES: _ROLE_FIELDS,
    View.ASSIGNED_PRINCIPALS: _OBJECT_FIELDS,
    View.ENTITLEMENT_ROLES: _PROVIDER_FIELDS,
    View.DEVICE_ROLES: _PROVIDER_FIELDS,
    View.CLOUD_PC_ROLES: _PROVIDER_FIELDS,
    View.EXCHANGE_ROLES: _PROVIDER_FIELDS,
    View.DEFENDER_ROLES: _PROVIDER_FIELDS,
    View.RESOURCE_NAMESPACES: frozenset({"id", "name"}),
    View.RESOURCE_ACTIONS: frozenset({"id", "name"}),
    View.USERS: _OBJECT_FIELDS,
    View.GROUPS: _OBJECT_FIELDS,
    View.SERVICE_PRINCIPALS: _OBJECT_FIELDS,
    View.ADMINISTRATIVE_UNITS: _OBJECT_FIELDS,
    View.APPLICATIONS: _OBJECT_FIELDS,
    View.GROUP_RELATIONS: _OBJECT_FIELDS,
    View.USER_RELATIONS: _OBJECT_FIELDS,
    View.OWN_RELATIONS: _OBJECT_FIELDS,
    View.PROGRAM_RELATIONS: _OBJECT_FIELDS,
    View.UNIT_RELATIONS: _OBJECT_FIELDS,
    View.DIRECTORY_ROLES: _OBJECT_FIELDS | {"template_id"},
    View.DIRECTORY_OBJECTS: _OBJECT_FIELDS,
    View.ORGANIZATION: frozenset({"id"}),
    View.APP_ROLES: frozenset({"holder_id", "permission"}),
    View.PERMISSION_GRANTS: _DELEGATION_FIELDS,
    View.PERSONAL_GRANTS: _DELEGATION_FIELDS,
    View.DIRECTORY_AUDITS: _AUDIT_FIELDS,
    View.SIGN_INS: _SIGN_IN_FIELDS,
    View.POLICIES: _POLICY_FIELDS,
    View.CUSTOM_EXTENSIONS: frozenset({"id", "resource"}),
    View.POLICY_ASSIGNMENTS: _POLICY_FIELDS,
    View.APPROVALS: _REQUEST_FIELDS,
    View.GROUP_RESOURCES: _OBJECT_FIELDS,
}
"""The fields that a query over a view may name.

`kind` is a GrantKind value, `status` of a grant is `Provisioned` or `Granted` (still ahead); what
has expired and may still be renewed is `Revoked`, and found among schedules by who asks for that;
`status` of a request its Status value at the instant; `end` is None for what is endless;
`scope` is the scope's path; `names` is the collection of a service principal's names.
"""

PROVIDER_VIEWS: Final[Mapping[View, ScopeKind]] = {
    View.ENTITLEMENT_ROLES: ScopeKind.ENTITLEMENT_MANAGEMENT,
    View.DEVICE_ROLES: ScopeKind.DEVICE_MANAGEMENT,
    View.CLOUD_PC_ROLES: ScopeKind.CLOUD_PC,
    View.EXCHANGE_ROLES: ScopeKind.EXCHANGE,
    View.DEFENDER_ROLES: ScopeKind.DEFENDER,
}
"""The lists of a provider, which belong together: its role definitions and its assignments."""

ROLE_VIEWS: Final[Mapping[View, tuple[ScopeKind, bool]]] = {
    View.ROLE_DEFINITIONS: (ScopeKind.DIRECTORY, False),
    View.DELETED_ROLES: (ScopeKind.DIRECTORY, True),
    **{view: (kind, False) for view, kind in PROVIDER_VIEWS.items()},
}
"""The lists of role definitions: of which kind, and whether of deleted ones."""
