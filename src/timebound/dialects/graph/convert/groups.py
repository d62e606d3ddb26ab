"""Memberships and ownerships: requests read, and what is held or asked shown.

Source: published examples of PIM for Groups; the enumerations of its schema.
"""

from typing import Final

from timebound.application.views import GrantRow
from timebound.dialects.graph.convert.grants import NEVER, show_held_status, show_times
from timebound.dialects.graph.convert.requests import (
    read_action,
    read_guid,
    read_ticket,
    show_asked_parts,
)
from timebound.dialects.graph.convert.schedules import read_schedule, show_instant, show_window
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.group_ids import format_group_id, name_group_schedule
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.wire import PrivilegedAccessGroupScheduleRequest, read_body
from timebound.dialects.odata.dates import format_instant
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.odata.properties import parse_choice
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import Draft, Request, RequestKind
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import group_scope

_ACCESS: Final = {"member": MEMBER, "owner": OWNER}
# The words of these enumerations begin small (behaviour book 5), and some clients compare them.
_ASSIGNMENT_TYPES: Final = {GrantKind.ASSIGNED: "assigned", GrantKind.ACTIVATED: "activated"}


def read_group_draft(body: bytes, kind: RequestKind) -> Draft:
    """The draft a body asks for; refused with the property that is missing or makes no sense."""
    sent = read_body(body, PrivilegedAccessGroupScheduleRequest)
    return Draft(
        kind=kind,
        action=read_action(sent.action),
        slot=Slot(
            PrincipalId(read_guid(sent.principal_id, "principalId")),
            _read_access(sent.access_id),
            group_scope(PrincipalId(read_guid(sent.group_id, "groupId"))),
        ),
        schedule=read_schedule(sent.schedule_info),
        justification=sent.justification,
        ticket=read_ticket(sent.ticket_info),
        is_validation_only=bool(sent.is_validation_only),
        target_id=sent.target_schedule_id,
    )


def _read_access(text: str | None) -> RoleId:
    if not text:
        raise bad_request("The property 'accessId' is missing.")
    try:
        return RoleId(str(parse_choice(text, _ACCESS, "accessId")))
    except ODataProblem as problem:
        raise bad_request(problem.message) from problem


def show_group_request(request: Request, wording: Wording) -> dict[str, object]:
    """A `privilegedAccessGroup...ScheduleRequest`; its action is spelled alike in all versions."""
    draft = request.draft
    return {
        **show_asked_parts(request, wording),
        "action": draft.action.value,
        **_show_slot(draft.slot),
        "principalId": draft.slot.principal_id,
        "targetScheduleId": (
            None if draft.action.is_ending else format_group_id(draft.slot, request.id)
        ),
    }


def show_group_resource(group: DirectoryObject, wording: Wording) -> dict[str, object]:
    """A `groupResource`: a group that is governed, by its id alone."""
    del wording  # every version and tenant reads the same
    return {"id": group.id, "deletedDateTime": show_instant(group.deleted_at)}


def show_group_eligibility_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `privilegedAccessGroupEligibilitySchedule`."""
    return {**_show_schedule(row, wording), "modifiedDateTime": NEVER}


def show_group_assignment_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `privilegedAccessGroupAssignmentSchedule`."""
    return {
        **_show_schedule(row, wording),
        "modifiedDateTime": None,
        "assignmentType": _ASSIGNMENT_TYPES[row.grant.kind],
    }


def show_group_eligibility_instance(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `privilegedAccessGroupEligibilityScheduleInstance`."""
    del wording  # every version and tenant reads the same
    return {**_show_instance(row), "eligibilityScheduleId": name_group_schedule(row.grant)}


def show_group_assignment_instance(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `privilegedAccessGroupAssignmentScheduleInstance`."""
    del wording  # every version and tenant reads the same
    return {
        **_show_instance(row),
        "assignmentType": _ASSIGNMENT_TYPES[row.grant.kind],
        "assignmentScheduleId": name_group_schedule(row.grant),
    }


def _show_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    return {
        **_show_held(row),
        "createdUsing": row.grant.request_id,
        "createdDateTime": format_instant(row.grant.created_at),
        "status": show_held_status(row.grant, wording),
        "scheduleInfo": show_window(row.grant.span),
    }


def _show_instance(row: GrantRow) -> dict[str, object]:
    return {**_show_held(row), **show_times(row.grant)}


def _show_held(row: GrantRow) -> dict[str, object]:
    return {
        "id": name_group_schedule(row.grant),
        **_show_slot(row.grant.slot),
        "principalId": row.principal_id,
        "memberType": row.member_type.value.lower(),
    }


def _show_slot(slot: Slot) -> dict[str, object]:
    return {"groupId": slot.scope.path, "accessId": slot.role_id}
