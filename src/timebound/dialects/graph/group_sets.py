"""The entity sets of PIM for Groups: who is in a group for a time, and what was asked about it."""

from typing import Final

from timebound.application.group_reading import (
    admit_to_groups,
    read_group_grants,
    read_group_requests,
)
from timebound.application.views import GrantRow, View
from timebound.dialects.graph.convert.groups import (
    show_group_assignment_instance,
    show_group_assignment_schedule,
    show_group_eligibility_instance,
    show_group_eligibility_schedule,
    show_group_request,
    show_group_resource,
)
from timebound.dialects.graph.kinds import Kind, Link
from timebound.dialects.graph.links import (
    find_objects,
    find_target,
    find_used,
    find_used_by_target,
    find_used_now,
)
from timebound.dialects.graph.sets import (
    ABOUT,
    BY_AGE,
    BY_END,
    BY_NAME,
    GROUPS,
    OWN,
    EntitySet,
    holder_of,
    kind_of_object,
    read_objects,
    subject_of,
)
from timebound.domain.directory import DirectoryObject
from timebound.domain.requests import Request, RequestKind

GROUP_ROOT: Final = "identityGovernance/privilegedAccess/group"
_PINS: Final = {"scope": "groupId", "principal_id": "principalId"}


def _group_of_grant(row: GrantRow) -> str:
    return row.grant.slot.scope.path


def _group_of_request(request: Request) -> str:
    return request.draft.slot.scope.path


def _kind_of_group() -> Kind[DirectoryObject]:
    return GROUPS.kind


_GRANT_LINKS: Final = {
    "group": Link(find_objects(_group_of_grant), _kind_of_group),
    "principal": Link(find_objects(holder_of), kind_of_object),
}
_REQUEST_LINKS: Final = {
    "group": Link(find_objects(_group_of_request), _kind_of_group),
    "principal": Link(find_objects(subject_of), kind_of_object),
}
_ELIGIBILITY_SCHEDULE: Final = Kind(
    "privilegedAccessGroupEligibilitySchedule", show_group_eligibility_schedule, _GRANT_LINKS
)
_ELIGIBILITY_INSTANCE: Final = Kind(
    "privilegedAccessGroupEligibilityScheduleInstance",
    show_group_eligibility_instance,
    _GRANT_LINKS,
)
_ASSIGNMENT_SCHEDULE: Final = Kind(
    "privilegedAccessGroupAssignmentSchedule",
    show_group_assignment_schedule,
    _GRANT_LINKS | {"activatedUsing": Link(find_used, lambda: _ELIGIBILITY_SCHEDULE)},
)
_ASSIGNMENT_INSTANCE: Final = Kind(
    "privilegedAccessGroupAssignmentScheduleInstance",
    show_group_assignment_instance,
    _GRANT_LINKS | {"activatedUsing": Link(find_used_now, lambda: _ELIGIBILITY_INSTANCE)},
)
# quirk(graph): what an assignment request targets is typed as an eligibility - schema, both
_TARGET: Final = Link(find_target, lambda: _ELIGIBILITY_SCHEDULE)
_ELIGIBILITY_REQUEST: Final = Kind(
    "privilegedAccessGroupEligibilityScheduleRequest",
    show_group_request,
    _REQUEST_LINKS | {"targetSchedule": _TARGET},
)
_ASSIGNMENT_REQUEST: Final = Kind(
    "privilegedAccessGroupAssignmentScheduleRequest",
    show_group_request,
    _REQUEST_LINKS
    | {
        "targetSchedule": _TARGET,
        "activatedUsing": Link(find_used_by_target, lambda: _ELIGIBILITY_SCHEDULE),
    },
)


def _grants(name: str, view: View, kind: Kind[GrantRow]) -> EntitySet[GrantRow]:
    return EntitySet(
        f"{GROUP_ROOT}/{name}",
        view,
        kind,
        read_group_grants,
        BY_END,
        OWN,
        admit=admit_to_groups,
        pins=_PINS,
    )


def _requests(
    name: str, view: View, kind: Kind[Request], request_kind: RequestKind
) -> EntitySet[Request]:
    return EntitySet(
        f"{GROUP_ROOT}/{name}",
        view,
        kind,
        read_group_requests,
        BY_AGE,
        ABOUT,
        request_kind,
        admit=admit_to_groups,
        pins=_PINS,
    )


GROUP_ELIGIBILITY_REQUESTS: Final = _requests(
    "eligibilityScheduleRequests",
    View.ELIGIBILITY_REQUESTS,
    _ELIGIBILITY_REQUEST,
    RequestKind.ELIGIBILITY,
)
GROUP_ASSIGNMENT_REQUESTS: Final = _requests(
    "assignmentScheduleRequests",
    View.ASSIGNMENT_REQUESTS,
    _ASSIGNMENT_REQUEST,
    RequestKind.ASSIGNMENT,
)
GROUP_ELIGIBILITY_SCHEDULES: Final = _grants(
    "eligibilitySchedules", View.ELIGIBILITY_SCHEDULES, _ELIGIBILITY_SCHEDULE
)
GROUP_ASSIGNMENT_SCHEDULES: Final = _grants(
    "assignmentSchedules", View.ASSIGNMENT_SCHEDULES, _ASSIGNMENT_SCHEDULE
)
GROUP_ELIGIBILITY_INSTANCES: Final = _grants(
    "eligibilityScheduleInstances", View.ELIGIBILITY_INSTANCES, _ELIGIBILITY_INSTANCE
)
GROUP_ASSIGNMENT_INSTANCES: Final = _grants(
    "assignmentScheduleInstances", View.ASSIGNMENT_INSTANCES, _ASSIGNMENT_INSTANCE
)
GROUP_RESOURCES: Final = EntitySet(
    f"{GROUP_ROOT}/resources",
    View.GROUP_RESOURCES,
    Kind("groupResource", show_group_resource),
    read_objects,
    BY_NAME,
)
