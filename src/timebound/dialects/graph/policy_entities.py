"""What clients may select, filter and expand of policies, their assignments and their rules."""

from collections.abc import Mapping
from typing import Final

from timebound.application.queries import Operator
from timebound.dialects.odata.properties import EQUALITY, AnyOperator, Property, PropertyType
from timebound.domain.extensions import ExtensionResource

_T = PropertyType
_EXACT: Final[frozenset[AnyOperator]] = frozenset({Operator.EQ})
_SCOPE: Final = (
    Property("scopeId", _T.TEXT, _EXACT, "scope_id"),
    Property("scopeType", _T.TEXT, _EXACT, "scope_type"),
)
_POLICY: Final = (
    Property("id"),
    Property("displayName"),
    Property("description"),
    Property("isOrganizationDefault", _T.FLAG),
    *_SCOPE,
    Property("lastModifiedDateTime", _T.INSTANT),
    Property("lastModifiedBy", _T.COMPLEX),
)
_ASSIGNMENT: Final = (
    Property("id"),
    Property("policyId"),
    *_SCOPE,
    Property("roleDefinitionId", _T.TEXT, _EXACT, "role_id"),
)
_RULE: Final = (
    Property("id", _T.TEXT, EQUALITY, "rule_id"),
    Property("target", _T.COMPLEX),
)
_ENABLED: Final = Property("isEnabled", _T.FLAG)
_EXTENSION: Final = Property("customExtensionId")
_KINDS: Final = {
    "Expiration": (
        Property("isExpirationRequired", _T.FLAG),
        Property("maximumDuration", _T.DURATION),
    ),
    "Enablement": (Property("enabledRules", is_collection=True),),
    "Approval": (Property("setting", _T.COMPLEX),),
    "AuthenticationContext": (_ENABLED, Property("claimValue")),
    "Notification": (
        Property("notificationType"),
        Property("recipientType"),
        Property("notificationLevel"),
        Property("isDefaultRecipientsEnabled", _T.FLAG),
        Property("notificationRecipients", is_collection=True),
    ),
}
_POLICY_NAME: Final = "unifiedRoleManagementPolicy"
_RULE_NAME: Final = f"{_POLICY_NAME}Rule"

# Rules of all kinds are in one list, so of each may be selected what any of them has.
_ANY_RULE: Final = (*_RULE, *(one for own in _KINDS.values() for one in own))
RULES_OF_BETA: Final = {_RULE_NAME: (*_ANY_RULE, _EXTENSION)}
"""What rules are told with in beta alone."""
_EXTENSION_NAME: Final = "roleManagementCustomCalloutExtension"
_EXTENSION_PROPERTIES: Final = (
    Property("id", _T.GUID, _EXACT, "id", is_sortable=True),
    Property("displayName"),
    Property("description"),
    Property("type"),
    Property(
        "resourceType",
        _T.CHOICE,
        _EXACT,
        "resource",
        choices={one.value: one.value for one in ExtensionResource},
    ),
    Property("endpointConfiguration", _T.COMPLEX),
    Property("clientConfiguration", _T.COMPLEX),
    Property("authenticationConfiguration", _T.COMPLEX),
    Property("customAttributes", is_collection=True),
)

POLICY_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    _POLICY_NAME: (_POLICY, {"effectiveRules": _RULE_NAME, "rules": _RULE_NAME}),
    f"{_POLICY_NAME}Assignment": (_ASSIGNMENT, {"policy": _POLICY_NAME}),
    _RULE_NAME: (_ANY_RULE, {}),
    f"{_POLICY_NAME}CustomExtensionRule": ((*_RULE, _ENABLED, _EXTENSION), {}),
    _EXTENSION_NAME: (_EXTENSION_PROPERTIES, {}),
    **{f"{_POLICY_NAME}{kind}Rule": ((*_RULE, *own), {}) for kind, own in _KINDS.items()},
}
