"""How requests, schedules and instances are told. Source: recordings and published examples."""

from functools import cache
from typing import Final

from timebound.application.views import GrantRow
from timebound.dialects.arm.dates import format_offset, format_zulu
from timebound.dialects.arm.ids import PROVIDER, spell_id, spell_pim_id, spell_role_id
from timebound.dialects.arm.names import Names
from timebound.dialects.arm.pim.used import Used
from timebound.dialects.odata.durations import format_duration
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.requests import Request, RequestKind, Status
from timebound.domain.scopes import Scope
from timebound.domain.times import ENDLESS, Expiration, Instant

APPROVALS: Final = "roleAssignmentApprovals"


@cache
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
        "linkedRoleEligibilityScheduleId": None if used is None else _link(used.scope, used.id),
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


def show_schedule(row: GrantRow, names: Names, at: Instant) -> dict[str, object]:
    """A schedule: what is held now or later."""
    grant = row.grant
    kind = _kind_of(grant)
    requests = collection_of(kind, "Requests")
    scope = grant.slot.scope
    shown = {
        f"{requests[:-1]}Id": grant.request_id and spell_pim_id(scope, requests, grant.request_id),
        **_show_link(grant),
        **_show_held(row, names, at),
        "updatedOn": format_zulu(grant.created_at),
    }
    return _wrap(scope, collection_of(kind, "s"), grant.id, shown)


def show_instance(row: GrantRow, names: Names, at: Instant) -> dict[str, object]:
    """An instance: what is held now; of an assignment it has the GUID of the role assignment."""
    grant = row.grant
    kind = _kind_of(grant)
    scope = grant.slot.scope
    is_assignment = kind is RequestKind.ASSIGNMENT
    shown = {
        collection_of(kind, "Id"): spell_pim_id(scope, collection_of(kind, "s"), grant.id),
        "originRoleAssignmentId": spell_id(scope, "roleAssignments", grant.id)
        if is_assignment
        else None,
        **_show_link(grant, is_instance=True),
        **_show_held(row, names, at),
    }
    return _wrap(scope, collection_of(kind, "Instances"), grant.id, shown)


def _show_held(row: GrantRow, names: Names, at: Instant) -> dict[str, object]:
    grant = row.grant
    status = Status.PROVISIONED if grant.window.start <= at else Status.GRANTED
    activated = "Activated" if grant.kind is GrantKind.ACTIVATED else "Assigned"
    return {
        "assignmentType": None if grant.kind is GrantKind.ELIGIBLE else activated,
        **_show_slot(grant.slot, names),
        "status": status.value,
        "startDateTime": format_zulu(grant.window.start),
        "endDateTime": None if grant.until == ENDLESS else format_zulu(grant.until),
        "memberType": row.member_type.value,
        "createdOn": format_zulu(grant.created_at),
        **_show_terms(grant.terms),
        "expandedProperties": names.expand(grant.slot),
    }


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


def _show_link(grant: Grant, *, is_instance: bool = False) -> dict[str, object]:
    basis = grant.basis
    if basis is None:
        return {}
    scope, kind = basis.slot.scope, RequestKind.ELIGIBILITY
    instances = collection_of(kind, "Instances")
    shown: dict[str, object] = {
        "linkedRoleEligibilityScheduleId": _link(scope, basis.eligibility_id)
    }
    if is_instance:
        shown["linkedRoleEligibilityScheduleInstanceId"] = spell_pim_id(
            scope, instances, basis.eligibility_id
        )
    return shown


def _link(scope: Scope, id_: str) -> str:
    return spell_pim_id(scope, collection_of(RequestKind.ELIGIBILITY, "s"), id_)


def _kind_of(grant: Grant) -> RequestKind:
    is_eligible = grant.kind is GrantKind.ELIGIBLE
    return RequestKind.ELIGIBILITY if is_eligible else RequestKind.ASSIGNMENT


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
