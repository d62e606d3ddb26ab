"""What schedules, instances and requests let clients ask, whatever they are about."""

from typing import Final

from timebound.application.queries import Operator
from timebound.dialects.graph.rewrites import ask_start
from timebound.dialects.odata.properties import (
    EQUALITY,
    ORDERING,
    SEARCHING,
    AnyOperator,
    Property,
    PropertyType,
)
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Action, Status

_T = PropertyType
_EXACT: Final[frozenset[AnyOperator]] = frozenset({Operator.EQ})

_STATUSES: Final = {
    **{status.value: status.value for status in Status},
    # A tenant may have it called so; both words find what waits for approval.
    "PendingApprovalProvisioning": Status.PENDING_APPROVAL.value,
}
_HELD_STATUSES: Final = {word: word for word in ("Provisioned", "Granted", "Revoked")}
_ACTIONS: Final = {action.value: action.value for action in Action}
MEMBER_TYPES: Final = {"Direct": "Direct", "Group": "Group", "Inherited": "Inherited"}
ASSIGNMENT_TYPES: Final = {
    "Assigned": GrantKind.ASSIGNED.value,
    "Activated": GrantKind.ACTIVATED.value,
}
SCHEDULE: Final = (
    Property("createdUsing", _T.TEXT, EQUALITY, "request_id"),
    Property("modifiedDateTime", _T.INSTANT),
    # quirk(graph): `ne` is refused on a status - behaviour book 5
    Property("status", _T.CHOICE, _EXACT, "status", choices=_HELD_STATUSES, has_open_choices=True),
    Property("scheduleInfo/startDateTime", _T.INSTANT, ORDERING, "start", is_sortable=True),
    Property("scheduleInfo/expiration/endDateTime", _T.INSTANT, ORDERING, "end"),
)
INSTANCE: Final = (
    Property("startDateTime", _T.INSTANT, ORDERING, "start", is_sortable=True, rewrite=ask_start),
    Property("endDateTime", _T.INSTANT, ORDERING, "end"),
)
REQUEST: Final = (
    Property("id", _T.GUID, EQUALITY, "id", is_sortable=True),
    # quirk(graph): `ne` is refused on a status - behaviour book 5
    Property("status", _T.CHOICE, _EXACT, "status", choices=_STATUSES, has_open_choices=True),
    Property("createdDateTime", _T.INSTANT, ORDERING, "created_at", is_sortable=True),
    Property("completedDateTime", _T.INSTANT, ORDERING, "completed_at", is_sortable=True),
    Property("approvalId", _T.GUID, EQUALITY, "approval_id"),
    Property("customData"),
    Property("action", _T.CHOICE, EQUALITY, "action", choices=_ACTIONS),
    Property("isValidationOnly", _T.FLAG),
    Property("justification", _T.TEXT, SEARCHING, "justification"),
    Property("createdBy/user/id", _T.GUID, EQUALITY, "author_id"),
    Property("scheduleInfo", _T.COMPLEX),
    Property("ticketInfo", _T.COMPLEX),
)
