"""How requests are told. Source: recordings and published examples."""

from typing import Final

from timebound.dialects.arm.dates import format_offset, format_zulu
from timebound.dialects.arm.ids import PROVIDER, spell_pim_id, spell_role_id
from timebound.dialects.arm.names import Names
from timebound.dialects.arm.pim.used import Used
from timebound.dialects.odata.durations import format_duration
from timebound.domain.grants import Slot, Terms
from timebound.domain.requests import Request, RequestKind
from timebound.domain.scopes import Scope
from timebound.domain.times import Expiration, Instant

APPROVALS: Final = "roleAssignmentApprovals"


def collection_of(kind: RequestKind, what: str) -> str:
    """The collection of requests, schedules or instances of a kind."""
    word = _word_of(kind)
    return f"{word[0].lower()}{word[1:]}Schedule{what}"


def _word_of(kind: RequestKind) -> str:
    return "RoleEligibility" if kind is RequestKind.ELIGIBILITY else "RoleAssignment"


def show_request(
    request: Request, names: Names, at: Instant, used: Used | None = None
) -> dict[str, object]:
    """A request as it is answered, with the eligibility that it stands on."""
    draft = request.draft
    scope = draft.slot.scope
    is_eligibility = draft.kind is RequestKind.ELIGIBILITY
    target = (
        "targetRoleEligibilityScheduleId" if is_eligibility else "targetRoleAssignmentScheduleId"
    )
    schedules = collection_of(draft.kind, "s")
    shown = {
        # What takes something away names no schedule; everything else the one it writes.
        target: None if draft.action.is_ending else spell_pim_id(scope, schedules, request.id),
        "linkedRoleEligibilityScheduleId": _link(used) if used else None,
        **_show_slot(draft.slot, names),
        "requestType": f"{draft.action.value[0].upper()}{draft.action.value[1:]}",
        "status": request.status_at(at).value,
        "approvalId": _spell_approval(request) if request.approval else None,
        "scheduleInfo": _show_asked(request),
        "ticketInfo": {
            "ticketNumber": draft.ticket.number,
            "ticketSystem": draft.ticket.system,
        },
        "justification": draft.justification,
        "requestorId": request.author.user_id or names.account_of(request.author.application_id),
        "createdOn": format_zulu(request.created_at),
        **_show_terms(draft.terms),
        "expandedProperties": names.expand(draft.slot),
    }
    return _wrap(scope, collection_of(draft.kind, "Requests"), request.id, shown)


def _show_slot(slot: Slot, names: Names) -> dict[str, object]:
    return {
        "scope": slot.scope.path,
        "roleDefinitionId": spell_role_id(slot.scope, slot.role_id),
        "principalId": slot.principal_id,
        "principalType": names.principal_type(slot.principal_id),
    }


def _show_terms(terms: Terms | None) -> dict[str, object]:
    if terms is None or terms.condition is None:
        return {}
    return {"condition": terms.condition, "conditionVersion": terms.condition_version}


def _link(used: Used) -> str:
    return spell_pim_id(used.scope, collection_of(RequestKind.ELIGIBILITY, "s"), used.id)


def _spell_approval(request: Request) -> str:
    return f"/providers/{PROVIDER}/{APPROVALS}/{request.id}"


def _show_asked(request: Request) -> dict[str, object] | None:
    """The schedule as asked; its start is the one the request came to, once it has one."""
    asked = request.draft.schedule
    if asked is None:
        return None
    # What waits begins when it is decided, at the time that was asked for at the earliest.
    start = request.starts_at or max(asked.start or request.created_at, request.created_at)
    return {
        "startDateTime": format_offset(start),
        "expiration": _show_expiration(asked.expiration),
    }


def _show_expiration(expiration: Expiration | None) -> dict[str, object] | None:
    if expiration is None:
        return None
    word = expiration.type.value
    return {
        "type": f"{word[0].upper()}{word[1:]}",
        "endDateTime": None if expiration.end is None else format_offset(expiration.end),
        "duration": None if expiration.duration is None else format_duration(expiration.duration),
    }


def _wrap(scope: Scope, collection: str, name: str, shown: dict[str, object]) -> dict[str, object]:
    return {
        "properties": shown,
        "name": name,
        "id": spell_pim_id(scope, collection, name),
        "type": f"{PROVIDER}/{collection}",
    }
