"""What a custom extension is sent: the request as Graph tells it, in the members published for it.

Source: "Configure custom extensions for PIM role activation", request models.
"""

from typing import Final

from timebound.dialects.graph.convert.groups import show_group_request
from timebound.dialects.graph.convert.requests import show_request
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.domain.requests import Request
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

_COMMON: Final = ("id", "status", "action", "justification", "principalId")
_ROLE: Final = (*_COMMON, "roleDefinitionId", "directoryScopeId")
_GROUP: Final = (*_COMMON, "accessId", "groupId")
_INNER: Final = {"scheduleInfo": "requestSchedule", "ticketInfo": "ticketInfo"}


def write_question(request: Request, at: Instant) -> dict[str, object]:
    """The body of the call about a request for a role of the directory or in a group."""
    words = Wording(Version.V1, at)
    if request.draft.slot.scope.kind is ScopeKind.GROUP:
        shown, names = show_group_request(request, words), _GROUP
        type_ = "privilegedAccessGroupAssignmentScheduleRequest"
    else:
        shown, names = show_request(request, words), _ROLE
        type_ = "unifiedRoleAssignmentScheduleRequest"
    return {
        "@odata.type": f"#microsoft.graph.{type_}",
        **{name: shown[name] for name in names},
        **{name: _name_type(shown[name], inner) for name, inner in _INNER.items()},
    }


def _name_type(shown: object, type_: str) -> dict[str, object] | None:
    if not isinstance(shown, dict):
        return None
    return {"@odata.type": f"#microsoft.graph.{type_}", **shown}
