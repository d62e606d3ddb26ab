"""What clients may select, filter and sort of the audit log and of the sign-in log.

Source: directoryAudit and signIn, with what their properties support. The reference leaves out that
`category` and `result` can be filtered, which clients do, as they ask for an error code that is not
0; `gt` and `lt` go where `ge` and `le` do.
"""

from collections.abc import Mapping
from typing import Final

from timebound.application.queries import Compare, Condition, Operator, TextOperator
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


def _ask_fault(asked: Compare) -> Condition:
    """Numbers of errors are kept as texts."""
    value = asked.value
    told = str(int(value)) if isinstance(value, int | float) else None
    return Compare("fault", asked.operator, told)


_SIGN_IN: Final = (
    Property("id", _T.TEXT, _EXACT, "id"),
    Property("createdDateTime", _T.INSTANT, ORDERING - EQUALITY | _EXACT, "at", is_sortable=True),
    Property("userDisplayName", _T.FOLDED_TEXT, _BEGINNING, "user_name"),
    Property("userPrincipalName", _T.FOLDED_TEXT, _BEGINNING, "user_principal_name"),
    Property("userId", _T.TEXT, _EXACT, "user_id"),
    Property("appId", _T.TEXT, _EXACT, "app_id"),
    Property("appDisplayName", _T.FOLDED_TEXT, _BEGINNING, "app_name"),
    Property("ipAddress", _T.FOLDED_TEXT, _BEGINNING, "address"),
    Property("clientAppUsed", _T.FOLDED_TEXT, _EXACT, "client"),
    Property("correlationId", _T.TEXT, _EXACT, "correlation_id"),
    Property("conditionalAccessStatus"),
    Property("isInteractive", _T.FLAG),
    Property("resourceDisplayName", _T.FOLDED_TEXT, _EXACT, "resource_name"),
    Property("resourceId", _T.TEXT, _EXACT, "resource_id"),
    Property("status/errorCode", _T.NUMBER, EQUALITY, rewrite=_ask_fault),
    *(Property(name) for name in ("riskDetail", "riskLevelAggregated", "riskLevelDuringSignIn")),
    Property("riskState"),
    Property("riskEventTypes_v2", _T.COMPLEX, is_collection=True),
    Property("deviceDetail", _T.COMPLEX),
    Property("location", _T.COMPLEX),
    Property("appliedConditionalAccessPolicies", _T.COMPLEX, is_collection=True),
)
_OLDER: Final = (Property("riskEventTypes", _T.COMPLEX, is_collection=True),)
_NEWER: Final = (
    Property("signInEventTypes", _T.TEXT, EQUALITY, "event_types", is_collection=True),
    Property("authenticationRequirement", _T.TEXT, _BEGINNING, "requirement"),
    Property("authenticationDetails", _T.COMPLEX, is_collection=True),
    Property("authenticationProtocol"),
    Property("clientCredentialType"),
    Property("servicePrincipalId", _T.FOLDED_TEXT, _BEGINNING, "account_id"),
    Property("servicePrincipalName", _T.FOLDED_TEXT, _BEGINNING, "app_name"),
    Property("userAgent"),
)
SIGN_INS_OF_BETA: Final = (*_SIGN_IN, *_NEWER)

AUDIT_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    "directoryAudit": (_AUDIT, {}),
    "signIn": ((*_SIGN_IN, *_OLDER), {}),
}
