"""What clients may ask of who is in a group for a time, and of what was asked about it."""

from collections.abc import Mapping
from typing import Final

from timebound.dialects.graph.group_ids import ask_group_schedule, ask_group_target
from timebound.dialects.graph.schedule_properties import (
    ASSIGNMENT_TYPES,
    INSTANCE,
    MEMBER_TYPES,
    REQUEST,
    SCHEDULE,
)
from timebound.dialects.odata.properties import EQUALITY, ORDERING, Property, PropertyType
from timebound.domain.roles import MEMBER, OWNER

_T = PropertyType

_SLOT: Final = (
    Property("groupId", _T.GUID, EQUALITY, "scope", is_sortable=True),
    Property("principalId", _T.GUID, EQUALITY, "principal_id", is_sortable=True),
    Property(
        "accessId", _T.CHOICE, EQUALITY, "role_id", choices={"member": MEMBER, "owner": OWNER}
    ),
)
_CREATED: Final = Property("createdDateTime", _T.INSTANT, ORDERING, "created_at", is_sortable=True)
_ID: Final = Property("id", _T.TEXT, EQUALITY, "id", rewrite=ask_group_schedule)
_MEMBER: Final = (Property("memberType", _T.CHOICE, EQUALITY, "member_type", choices=MEMBER_TYPES),)
_ASSIGNMENT: Final = (
    *_MEMBER,
    Property("assignmentType", _T.CHOICE, EQUALITY, "kind", choices=ASSIGNMENT_TYPES),
)
_TARGET: Final = Property("targetScheduleId", _T.TEXT, EQUALITY, "id", rewrite=ask_group_target)
_NAVIGATIONS: Final = {"group": "group", "principal": "directoryObject"}
_ELIGIBILITY: Final = "privilegedAccessGroupEligibilitySchedule"


def _name_schedule(name: str) -> Property:
    return Property(name, _T.TEXT, EQUALITY, "id", rewrite=ask_group_schedule)


GROUP_TYPES: Final[Mapping[str, tuple[tuple[Property, ...], Mapping[str, str]]]] = {
    _ELIGIBILITY: ((_ID, *_SLOT, _CREATED, *SCHEDULE, *_MEMBER), _NAVIGATIONS),
    "privilegedAccessGroupAssignmentSchedule": (
        (_ID, *_SLOT, _CREATED, *SCHEDULE, *_ASSIGNMENT),
        _NAVIGATIONS | {"activatedUsing": _ELIGIBILITY},
    ),
    "privilegedAccessGroupEligibilityScheduleInstance": (
        (_ID, *_SLOT, *INSTANCE, *_MEMBER, _name_schedule("eligibilityScheduleId")),
        _NAVIGATIONS,
    ),
    "privilegedAccessGroupAssignmentScheduleInstance": (
        (_ID, *_SLOT, *INSTANCE, *_ASSIGNMENT, _name_schedule("assignmentScheduleId")),
        _NAVIGATIONS | {"activatedUsing": "privilegedAccessGroupEligibilityScheduleInstance"},
    ),
    "privilegedAccessGroupEligibilityScheduleRequest": (
        (*_SLOT, *REQUEST, _TARGET),
        _NAVIGATIONS | {"targetSchedule": _ELIGIBILITY},
    ),
    "groupResource": (
        (Property("id", _T.GUID, EQUALITY, "id"), Property("deletedDateTime", _T.INSTANT)),
        {},
    ),
    "privilegedAccessGroupAssignmentScheduleRequest": (
        (*_SLOT, *REQUEST, _TARGET),
        _NAVIGATIONS | {"activatedUsing": _ELIGIBILITY, "targetSchedule": _ELIGIBILITY},
    ),
}
