"""What clients may select, filter and expand of the assignments of providers."""

from collections.abc import Mapping
from typing import Final

from timebound.dialects.odata.properties import EQUALITY, SEARCHING, Property, PropertyType

_T = PropertyType


_COMMON: Final = (
    Property("id", _T.GUID, EQUALITY, "id", is_sortable=True),
    Property("roleDefinitionId", _T.GUID, EQUALITY, "role_id", is_sortable=True),
    Property("condition"),
)
_SINGLE: Final = (
    *_COMMON,
    Property("principalId", _T.GUID, EQUALITY, "principal"),
    Property("directoryScopeId", _T.TEXT, EQUALITY, "part"),
    Property("appScopeId", _T.TEXT, EQUALITY, "app"),
)
_MULTIPLE: Final = (
    *_COMMON,
    Property("displayName", _T.FOLDED_TEXT, SEARCHING, "display_name", is_sortable=True),
    Property("description"),
    Property("principalIds", _T.TEXT, EQUALITY, "principals", is_collection=True),
    Property("directoryScopeIds", _T.TEXT, EQUALITY, "parts", is_collection=True),
    Property("appScopeIds", _T.TEXT, EQUALITY, "apps", is_collection=True),
)

PROVIDER_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    "unifiedRoleAssignment(provider)": (
        _SINGLE,
        {
            "principal": "directoryObject",
            "roleDefinition": "unifiedRoleDefinition",
            "directoryScope": "directoryObject",
            "appScope": "appScope",
        },
    ),
    "unifiedRoleAssignmentMultiple": (
        _MULTIPLE,
        {
            "principals": "directoryObject",
            "roleDefinition": "unifiedRoleDefinition",
            "directoryScopes": "directoryObject",
            "appScopes": "appScope",
        },
    ),
}
"""By name; in parentheses stands what tells apart two kinds that are published as one type."""
