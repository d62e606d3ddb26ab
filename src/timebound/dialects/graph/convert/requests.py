"""Requests: from the body a client sends to a draft, and from a stored request to its answer."""

from typing import Final

from timebound.dialects.graph.convert.schedules import read_schedule, show_asked, show_instant
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.scopes import is_guid, parse_scope
from timebound.dialects.graph.wire import TicketInfo, UnifiedRoleScheduleRequest
from timebound.dialects.odata.dates import format_instant
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.odata.properties import parse_choice
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import (
    Action,
    Author,
    Draft,
    Request,
    RequestKind,
    Status,
    Ticket,
)
from timebound.domain.scopes import Scope

_ACTIONS: Final = {action.value: action.value for action in Action}


def read_draft(sent: UnifiedRoleScheduleRequest, kind: RequestKind) -> Draft:
    """The draft a body asks for; refused with the property that is missing or makes no sense."""
    return Draft(
        kind=kind,
        action=read_action(sent.action),
        slot=Slot(
            PrincipalId(read_guid(sent.principal_id, "principalId")),
            RoleId(read_guid(sent.role_definition_id, "roleDefinitionId")),
            _read_scope(sent),
        ),
        schedule=read_schedule(sent.schedule_info),
        justification=sent.justification,
        ticket=read_ticket(sent.ticket_info),
        is_validation_only=bool(sent.is_validation_only),
        target_id=sent.target_schedule_id,
    )


def read_ticket(sent: TicketInfo | None) -> Ticket:
    """The ticket that a client refers to."""
    return Ticket(sent.ticket_number, sent.ticket_system) if sent else Ticket()


def read_action(text: str | None) -> Action:
    """The action in any case; refused when it is none."""
    if not text:
        raise bad_request("The property 'action' is missing.")
    try:
        return Action(parse_choice(text, _ACTIONS, "action"))
    except ODataProblem as problem:
        raise bad_request(problem.message) from problem


def read_guid(text: str | None, name: str) -> str:
    """The GUID in a property, in lower case; refused when it is none."""
    if not text:
        raise bad_request(f"The property '{name}' is missing.")
    guid = text.lower()
    if not is_guid(guid):
        raise bad_request(f"Invalid GUID: the property '{name}' is '{text[:80]}'.")
    return guid


def _read_scope(sent: UnifiedRoleScheduleRequest) -> Scope:
    if sent.app_scope_id:
        raise bad_request("No role is held at an 'appScopeId' here; use 'directoryScopeId' alone.")
    if not sent.directory_scope_id:
        raise bad_request("The property 'directoryScopeId' is missing.")
    scope = parse_scope(sent.directory_scope_id)
    if scope is None:
        raise bad_request(
            f"The property 'directoryScopeId' is '{sent.directory_scope_id[:80]}', which is "
            "neither '/' nor '/administrativeUnits/{id}' nor '/{id}'."
        )
    return scope


def show_request(request: Request, wording: Wording) -> dict[str, object]:
    """A request as it is answered. Source: published examples; behaviour book 1.3."""
    draft = request.draft
    return {
        **show_asked_parts(request, wording),
        "action": _show_action(draft.action, wording),
        "principalId": draft.slot.principal_id,
        "roleDefinitionId": draft.slot.role_id,
        "directoryScopeId": draft.slot.scope.path,
        "appScopeId": None,
        # What takes something away names no schedule; everything else the one it writes.
        "targetScheduleId": None if draft.action.is_ending else request.id,
    }


def show_asked_parts(request: Request, wording: Wording) -> dict[str, object]:
    """What a request tells whatever it is about."""
    draft = request.draft
    return {
        "id": request.id,
        "status": _show_status(request, wording),
        "createdDateTime": format_instant(request.created_at),
        "completedDateTime": show_instant(request.completed_at),
        "approvalId": request.id if request.approval else None,
        "customData": None,
        "isValidationOnly": draft.is_validation_only,
        "justification": draft.justification,
        "createdBy": _show_author(request.author),
        "scheduleInfo": _show_schedule(request),
        "ticketInfo": {
            "ticketNumber": draft.ticket.number,
            "ticketSystem": draft.ticket.system,
        },
    }


def _show_status(request: Request, wording: Wording) -> str:
    status = request.status_at(wording.at)
    if status is Status.PENDING_APPROVAL:
        return wording.pending_status.value
    return str(status.value)


def _show_action(action: Action, wording: Wording) -> str:
    # quirk(graph): beta answers `AdminAssign` where v1.0 answers `adminAssign` - graph notes 1
    word = str(action.value)
    return f"{word[0].upper()}{word[1:]}" if wording.is_beta else word


def _show_author(author: Author) -> dict[str, object]:
    # quirk(graph): createdBy leaves out the name of a person - published examples
    user = {"displayName": None, "id": author.user_id} if author.user_id else None
    application = {"displayName": author.display_name, "id": author.application_id}
    return {"application": None if user else application, "device": None, "user": user}


def _show_schedule(request: Request) -> dict[str, object] | None:
    """The schedule as asked; its start is the one the request came to, once it has one."""
    asked = request.draft.schedule
    if asked is None:
        return None
    return show_asked(asked, request.starts_at or asked.start)
