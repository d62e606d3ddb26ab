"""What is held, as schedules, as instances and as role assignments."""

from collections.abc import Mapping
from typing import Final

from timebound.application.views import EXPIRED, GrantRow
from timebound.dialects.graph.convert.schedules import show_end, show_window
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.identifiers import format_held_id
from timebound.dialects.odata.dates import format_instant
from timebound.domain.grants import Grant, GrantKind

ASSIGNMENT_TYPES: Final = {GrantKind.ASSIGNED: "Assigned", GrantKind.ACTIVATED: "Activated"}
# quirk(graph): an eligibility never modified has a date in year 1 for it - published examples
NEVER: Final = "0001-01-01T08:00:00Z"


def is_outside(grant: Grant) -> bool:
    """Whether a role was assigned past PIM: no request, and not an eligibility either."""
    return grant.request_id is None and grant.kind is GrantKind.ASSIGNED


def name_schedule(grant: Grant) -> str:
    """The id of a schedule: that of its request, or the computed one where there is none."""
    return grant.request_id or name_instance(grant)


def name_instance(grant: Grant) -> str:
    """The computed id, which instances, role assignments and their origins share."""
    return format_held_id(grant.slot, is_eligible=grant.kind is GrantKind.ELIGIBLE)


def show_eligibility_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleEligibilitySchedule`."""
    return {**_show_schedule(row, wording), "modifiedDateTime": NEVER, **_show_span(row)}


def show_assignment_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleAssignmentSchedule`."""
    return {
        **_show_schedule(row, wording),
        "modifiedDateTime": None,
        "assignmentType": ASSIGNMENT_TYPES[row.grant.kind],
        **_show_span(row),
    }


def show_eligibility_instance(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleEligibilityScheduleInstance`."""
    del wording  # every version and tenant reads the same
    return {**_show_instance(row), "roleEligibilityScheduleId": name_schedule(row.grant)}


def show_assignment_instance(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleAssignmentScheduleInstance`."""
    del wording  # every version and tenant reads the same
    shown = _show_instance(row)
    return {
        **shown,
        "assignmentType": ASSIGNMENT_TYPES[row.grant.kind],
        "roleAssignmentOriginId": shown["id"],
        "roleAssignmentScheduleId": name_schedule(row.grant),
    }


def show_role_assignment(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleAssignment`."""
    del wording  # every version and tenant reads the same
    slot = row.grant.slot
    return {
        "id": name_instance(row.grant),
        "principalId": row.principal_id,
        # quirk(graph): a role assignment tells its scope twice - published examples
        "resourceScope": slot.scope.path,
        "directoryScopeId": slot.scope.path,
        "appScopeId": None,
        "roleDefinitionId": slot.role_id,
        "condition": None,
    }


def keep_answered(row: GrantRow, shown: Mapping[str, object]) -> dict[str, object]:
    """What comes of a role assignment when nothing is selected: nothing that is always empty."""
    del row  # whatever the assignment
    return {name: value for name, value in shown.items() if value is not None}


def show_transitive_assignment(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleAssignment` of the one who holds it, whoever has the role through them."""
    return {**show_role_assignment(row, wording), "principalId": row.grant.slot.principal_id}


def show_any_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    """A schedule of either kind, which says of which."""
    is_eligible = row.grant.kind is GrantKind.ELIGIBLE
    show = show_eligibility_schedule if is_eligible else show_assignment_schedule
    name = "unifiedRoleEligibilitySchedule" if is_eligible else "unifiedRoleAssignmentSchedule"
    return {"@odata.type": f"#microsoft.graph.{name}", **show(row, wording)}


def show_any_instance(row: GrantRow, wording: Wording) -> dict[str, object]:
    """An instance of either kind, which says of which."""
    is_eligible = row.grant.kind is GrantKind.ELIGIBLE
    show = show_eligibility_instance if is_eligible else show_assignment_instance
    name = "unifiedRoleEligibility" if is_eligible else "unifiedRoleAssignment"
    return {"@odata.type": f"#microsoft.graph.{name}ScheduleInstance", **show(row, wording)}


def _show_schedule(row: GrantRow, wording: Wording) -> dict[str, object]:
    grant = row.grant
    created = None if is_outside(grant) else format_instant(grant.created_at)
    return {
        "id": name_schedule(grant),
        "principalId": row.principal_id,
        "roleDefinitionId": grant.slot.role_id,
        "directoryScopeId": grant.slot.scope.path,
        "appScopeId": None,
        "createdUsing": grant.request_id,
        "createdDateTime": created,
        "status": show_held_status(grant, wording),
        "memberType": row.member_type.value,
    }


def show_held_status(grant: Grant, wording: Wording) -> str:
    """The status of a schedule: over, ahead or in force."""
    if grant.until <= wording.at:
        return EXPIRED
    return "Granted" if grant.is_ahead(wording.at) else "Provisioned"


def _show_span(row: GrantRow) -> dict[str, object]:
    return {"scheduleInfo": show_window(row.grant.span)}


def _show_instance(row: GrantRow) -> dict[str, object]:
    grant = row.grant
    return {
        "id": name_instance(grant),
        "principalId": row.principal_id,
        "roleDefinitionId": grant.slot.role_id,
        "directoryScopeId": grant.slot.scope.path,
        "appScopeId": None,
        **show_times(grant),
        "memberType": row.member_type.value,
    }


def show_times(grant: Grant) -> dict[str, object]:
    """When what is held began and ends."""
    return {
        # quirk(graph): what was assigned past PIM shows no start - published examples
        "startDateTime": None if is_outside(grant) else format_instant(grant.window.start),
        "endDateTime": show_end(grant.until),
    }
