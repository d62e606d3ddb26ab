"""What clients may select, filter and sort of the audit log.

Source: directoryAudit, with what its properties support. The reference leaves out that `category`
and `result` can be filtered, which clients do; `gt` and `lt` go where `ge` and `le` do.
"""

from collections.abc import Mapping
from typing import Final

from timebound.application.queries import Operator, TextOperator
from timebound.dialects.odata.properties import (
    EQUALITY,
    ORDERING,
    AnyOperator,
    Property,
    PropertyType,
    declare_entity,
)

_T = PropertyType
_EXACT: Final[frozenset[AnyOperator]] = frozenset({Operator.EQ})
_BEGINNING: Final[frozenset[AnyOperator]] = _EXACT | {TextOperator.STARTS_WITH}
_RESULTS: Final = {word: word for word in ("success", "failure", "timeout", "unknownFutureValue")}

_TARGET: Final = declare_entity(
    "targetResource",
    (
        Property("id", _T.TEXT, _EXACT, "target_id"),
        Property("displayName", _T.FOLDED_TEXT, _BEGINNING, "target_name"),
    ),
)
_AUDIT: Final = (
    Property("id", _T.TEXT, _EXACT, "id"),
    Property("activityDateTime", _T.INSTANT, ORDERING - EQUALITY | _EXACT, "at", is_sortable=True),
    Property("activityDisplayName", _T.FOLDED_TEXT, _BEGINNING, "activity"),
    Property("category", _T.TEXT, _EXACT, "category"),
    Property("correlationId", _T.TEXT, _EXACT, "correlation_id"),
    Property("loggedByService", _T.TEXT, _EXACT, "service"),
    Property("operationType"),
    Property("result", _T.CHOICE, _EXACT, "result", choices=_RESULTS),
    Property("resultReason"),
    Property("initiatedBy/user/id", _T.TEXT, _EXACT, "user_id"),
    Property("initiatedBy/user/displayName", _T.FOLDED_TEXT, _EXACT, "user_name"),
    Property(
        "initiatedBy/user/userPrincipalName", _T.FOLDED_TEXT, _BEGINNING, "user_principal_name"
    ),
    Property("initiatedBy/app/appId", _T.TEXT, _EXACT, "app_id"),
    Property("initiatedBy/app/displayName", _T.FOLDED_TEXT, _EXACT, "app_name"),
    Property("targetResources", _T.COMPLEX, field="targets", is_collection=True, elements=_TARGET),
    Property("additionalDetails", _T.COMPLEX, is_collection=True),
)

AUDIT_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    "directoryAudit": (_AUDIT, {}),
}
