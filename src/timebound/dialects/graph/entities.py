"""What clients may select, filter, sort and expand: the published entity types, by version."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from timebound.application.queries import Operator
from timebound.dialects.graph.approval_entities import APPROVAL_IN_BETA, APPROVAL_TYPES
from timebound.dialects.graph.audit_entities import AUDIT_TYPES, SIGN_INS_OF_BETA
from timebound.dialects.graph.convert.directory import APP_ROLE_ASSIGNMENT, ORGANIZATION
from timebound.dialects.graph.convert.objects import SHAPES
from timebound.dialects.graph.directory_properties import list_object_properties
from timebound.dialects.graph.group_entities import GROUP_TYPES
from timebound.dialects.graph.policy_entities import POLICY_TYPES, RULES_OF_BETA
from timebound.dialects.graph.provider_entities import PROVIDER_TYPES
from timebound.dialects.graph.related_links import RELATIONS
from timebound.dialects.graph.rewrites import (
    ask_app_scope,
    ask_consent_type,
    ask_created,
    ask_held_id,
    ask_schedule_id,
    ask_scope,
    ask_target_schedule,
    ask_whom,
)
from timebound.dialects.graph.schedule_properties import (
    ASSIGNMENT_TYPES,
    INSTANCE,
    MEMBER_TYPES,
    REQUEST,
    SCHEDULE,
)
from timebound.dialects.odata.properties import (
    EQUALITY,
    ORDERING,
    SEARCHING,
    AnyOperator,
    EntityType,
    Navigation,
    Property,
    PropertyType,
    declare_entity,
)
from timebound.domain.directory import ObjectKind

_T = PropertyType
_EXACT: Final[frozenset[AnyOperator]] = frozenset({Operator.EQ})

_SLOT: Final = (
    Property("principalId", _T.GUID, EQUALITY, "principal_id", is_sortable=True),
    Property("roleDefinitionId", _T.GUID, EQUALITY, "role_id", is_sortable=True),
    Property("directoryScopeId", _T.TEXT, EQUALITY, "scope", rewrite=ask_scope),
    Property("appScopeId", _T.TEXT, EQUALITY, rewrite=ask_app_scope),
)
_MEMBER: Final = (Property("memberType", _T.CHOICE, EQUALITY, "member_type", choices=MEMBER_TYPES),)
_ASSIGNMENT: Final = (
    *_MEMBER,
    Property("assignmentType", _T.CHOICE, EQUALITY, "kind", choices=ASSIGNMENT_TYPES),
)
_SCHEDULE: Final = (
    *_SLOT,
    Property("id", _T.TEXT, EQUALITY, "id", rewrite=ask_schedule_id),
    Property(
        "createdDateTime", _T.INSTANT, ORDERING, "created_at", is_sortable=True, rewrite=ask_created
    ),
    *SCHEDULE,
)
_SCHEDULE_BASE: Final = tuple(one for one in _SCHEDULE if "/" not in one.name)
_CONSTANT_ID: Final = Property("id", _T.TEXT, EQUALITY, is_sortable=True)
_CONSTANT_NAME: Final = Property("name", _T.TEXT, SEARCHING)
_INSTANCE: Final = (
    *_SLOT,
    Property("id", _T.TEXT, EQUALITY, "id", rewrite=ask_held_id),
    *INSTANCE,
)
_REQUEST: Final = (
    *_SLOT,
    *REQUEST,
    Property("targetScheduleId", _T.GUID, EQUALITY, "id", rewrite=ask_target_schedule),
)
_ROLE: Final = (
    Property("id", _T.GUID, EQUALITY, "id", is_sortable=True),
    Property("displayName", _T.FOLDED_TEXT, SEARCHING, "display_name", is_sortable=True),
    Property("description", _T.FOLDED_TEXT, SEARCHING, "description"),
    Property("isBuiltIn", _T.FLAG, EQUALITY, "is_built_in"),
    Property("isEnabled", _T.FLAG, EQUALITY, "is_enabled"),
    Property("templateId", _T.GUID, EQUALITY, "template_id"),
    Property("version", _T.TEXT, EQUALITY, "version"),
    Property("resourceScopes", _T.TEXT, is_collection=True),
    Property("rolePermissions", _T.COMPLEX, is_collection=True),
)
_BETA_ROLE: Final = (
    *_ROLE,
    Property("isPrivileged", _T.FLAG, EQUALITY, "is_privileged"),
    Property("allowedPrincipalTypes", _T.TEXT),
)
_FEDERATED: Final = (
    Property("id", _T.TEXT, EQUALITY, "id", is_sortable=True),
    Property("name", _T.TEXT, _EXACT, "name"),
    Property("issuer"),
    Property("subject", _T.TEXT, _EXACT, "subject"),
    Property("description"),
    Property("audiences", _T.COMPLEX, is_collection=True),
)
_IN_BETA: Final = {
    "unifiedRoleDefinition": _BETA_ROLE,
    "signIn": SIGN_INS_OF_BETA,
    **RULES_OF_BETA,
    "federatedIdentityCredential": (
        *_FEDERATED,
        Property("claimsMatchingExpression", _T.COMPLEX),
    ),
}
_NAVIGATED_IN_BETA: Final = {"approval": APPROVAL_IN_BETA}
_TEMPLATE: Final = (
    Property("id", _T.GUID, EQUALITY, "id", is_sortable=True),
    Property("deletedDateTime", _T.INSTANT),
    Property("displayName", _T.FOLDED_TEXT, SEARCHING, "display_name", is_sortable=True),
    Property("description", _T.FOLDED_TEXT, SEARCHING, "description"),
)
_METHODS: Final = {
    "passwordAuthenticationMethod": ("password", "createdDateTime"),
    "softwareOathAuthenticationMethod": ("secretKey",),
    "fido2AuthenticationMethod": (
        *("displayName", "createdDateTime", "aaGuid", "model"),
        *("attestationCertificates", "attestationLevel"),
    ),
}
_NAVIGATIONS: Final = {
    "principal": "directoryObject",
    "roleDefinition": "unifiedRoleDefinition",
    "directoryScope": "directoryObject",
    "appScope": "appScope",
}
_REQUEST_NAVIGATIONS: Final = {
    "roleAssignment": {
        "activatedUsing": "unifiedRoleEligibilitySchedule",
        "targetSchedule": "unifiedRoleAssignmentSchedule",
    },
    "roleEligibility": {"targetSchedule": "unifiedRoleEligibilitySchedule"},
}


@cache
def find_entity(name: str, *, is_beta: bool) -> EntityType:
    """The published type of that name in that version."""
    properties, navigations = _DECLARED[name]
    if is_beta:
        properties = _IN_BETA.get(name, properties)
        navigations = _NAVIGATED_IN_BETA.get(name, navigations)
    return declare_entity(
        name.partition("(")[0],
        properties,
        tuple(Navigation(way, _later(to, is_beta=is_beta)) for way, to in navigations.items()),
    )


def is_declared(name: str) -> bool:
    """Whether there is a type of that name, whichever the version."""
    return name in _DECLARED


def _later(name: str, *, is_beta: bool) -> Callable[[], EntityType]:
    return lambda: find_entity(name, is_beta=is_beta)


def _name_relations(kind: ObjectKind) -> Mapping[str, str]:
    return dict.fromkeys(RELATIONS[kind][1], "directoryObject")


def _declare_object(kind: ObjectKind) -> "_Declared":
    return list_object_properties(kind), _name_relations(kind)


_Declared = tuple[tuple[Property, ...], Mapping[str, str]]
_DECLARED: Final[Mapping[str, _Declared]] = {
    **PROVIDER_TYPES,
    **POLICY_TYPES,
    **APPROVAL_TYPES,
    **GROUP_TYPES,
    **AUDIT_TYPES,
    "unifiedRoleEligibilitySchedule": ((*_SCHEDULE, *_MEMBER), _NAVIGATIONS),
    "unifiedRoleAssignmentSchedule": (
        (*_SCHEDULE, *_ASSIGNMENT),
        _NAVIGATIONS | {"activatedUsing": "unifiedRoleEligibilitySchedule"},
    ),
    "unifiedRoleEligibilityScheduleInstance": (
        (
            *_INSTANCE,
            *_MEMBER,
            Property("roleEligibilityScheduleId", _T.TEXT, EQUALITY, "id", rewrite=ask_schedule_id),
        ),
        _NAVIGATIONS,
    ),
    "unifiedRoleAssignmentScheduleInstance": (
        (
            *_INSTANCE,
            *_ASSIGNMENT,
            Property("roleAssignmentOriginId", _T.TEXT, EQUALITY, "id", rewrite=ask_held_id),
            Property("roleAssignmentScheduleId", _T.TEXT, EQUALITY, "id", rewrite=ask_schedule_id),
        ),
        _NAVIGATIONS | {"activatedUsing": "unifiedRoleEligibilityScheduleInstance"},
    ),
    "unifiedRoleAssignment": (
        (
            *_SLOT,
            Property("id", _T.TEXT, EQUALITY, "id", rewrite=ask_held_id),
            Property("resourceScope", _T.TEXT, EQUALITY, "scope", rewrite=ask_scope),
            Property("condition"),
        ),
        _NAVIGATIONS,
    ),
    "unifiedRoleScheduleBase": (_SCHEDULE_BASE, _NAVIGATIONS),
    "unifiedRoleScheduleInstanceBase": (
        (*_SLOT, Property("id", _T.TEXT, EQUALITY, "id", rewrite=ask_held_id)),
        _NAVIGATIONS,
    ),
    "unifiedRbacResourceNamespace": ((_CONSTANT_ID, _CONSTANT_NAME), {}),
    "unifiedRbacResourceAction": (
        (
            _CONSTANT_ID,
            _CONSTANT_NAME,
            Property("actionVerb"),
            Property("authenticationContextId"),
            Property("description"),
            Property("isAuthenticationContextSettable", _T.FLAG),
            Property("isPrivileged", _T.FLAG),
            Property("resourceScopeId"),
        ),
        {},
    ),
    "unifiedRoleAssignmentScheduleRequest": (
        _REQUEST,
        _NAVIGATIONS | _REQUEST_NAVIGATIONS["roleAssignment"],
    ),
    "unifiedRoleEligibilityScheduleRequest": (
        _REQUEST,
        _NAVIGATIONS | _REQUEST_NAVIGATIONS["roleEligibility"],
    ),
    "unifiedRoleDefinition": (_ROLE, {"inheritsPermissionsFrom": "unifiedRoleDefinition"}),
    "federatedIdentityCredential": (_FEDERATED, {}),
    "authenticationMethod": ((Property("id"),), {}),
    **{
        name: (tuple(Property(one) for one in ("id", *names)), {})
        for name, names in _METHODS.items()
    },
    "appScope": ((Property("id"), Property("displayName"), Property("type")), {}),
    "directoryObject": (list_object_properties(*SHAPES), {}),
    "user": _declare_object(ObjectKind.USER),
    "group": _declare_object(ObjectKind.GROUP),
    "servicePrincipal": _declare_object(ObjectKind.SERVICE_PRINCIPAL),
    "administrativeUnit": _declare_object(ObjectKind.ADMINISTRATIVE_UNIT),
    "application": _declare_object(ObjectKind.APPLICATION),
    "directoryRole": (
        (
            *_TEMPLATE,
            Property("roleTemplateId", _T.GUID, EQUALITY, "id"),
        ),
        _name_relations(ObjectKind.DIRECTORY_ROLE),
    ),
    "directoryRoleTemplate": (_TEMPLATE, {}),
    "organization": (
        (
            Property("id", _T.GUID, EQUALITY, is_sortable=True),
            *(Property(name, _T.COMPLEX) for name in ORGANIZATION if name != "id"),
        ),
        {},
    ),
    "scopedRoleMembership": (
        (
            Property("id"),
            Property("roleId", _T.GUID, EQUALITY, "role_id"),
            Property("administrativeUnitId"),
            Property("roleMemberInfo", _T.COMPLEX),
        ),
        {},
    ),
    "appRoleAssignment": (tuple(Property(name) for name in APP_ROLE_ASSIGNMENT), {}),
    "oAuth2PermissionGrant": (
        (
            Property("id"),
            Property("clientId", _T.GUID, EQUALITY, "client_id"),
            Property(
                "consentType",
                _T.CHOICE,
                _EXACT,
                "user_id",
                choices={"AllPrincipals": True, "Principal": False},
                rewrite=ask_consent_type,
            ),
            Property("principalId", _T.GUID, _EXACT, "user_id", rewrite=ask_whom),
            Property("resourceId", _T.GUID, _EXACT, "resource_id"),
            Property("scope"),
        ),
        {},
    ),
}
