"""What is asked of who brings people into groups for a time, and of who looks on.

A role-assignable group can be governed by who owns it as well, unless the agreement of the group is
what others wait for. Sources: behaviour book 6 (AUT-008, AUT-010); the published permission and
role tables of PIM for Groups.
"""

from collections.abc import Mapping
from typing import Final

from timebound.domain import roles as r
from timebound.domain.operations import Operation
from timebound.domain.requirement_parts import (
    DIRECTORY_WRITERS,
    GROUPS_ADMINISTRATOR,
    IDENTITY_GOVERNANCE_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    WRITERS,
    Requirement,
    Stricter,
)

_ADMINISTRATORS: Final = WRITERS | {
    DIRECTORY_WRITERS,
    GROUPS_ADMINISTRATOR,
    IDENTITY_GOVERNANCE_ADMINISTRATOR,
    USER_ADMINISTRATOR,
}
_ADMINISTERED: Final = Stricter(WRITERS, (), (), is_owner_enough=True)
_SEEN: Final = Stricter(WRITERS | {r.GLOBAL_READER}, (), (), is_owner_enough=True)

_ELIGIBILITY: Final = "PrivilegedEligibilitySchedule"
_ASSIGNMENT: Final = "PrivilegedAssignmentSchedule"


def _names(schedule: str, *ways: str) -> tuple[str, ...]:
    return tuple(f"{schedule}.{way}.AzureADGroup" for way in ways)


_READ: Final = {
    schedule: _names(schedule, "Read", "ReadWrite") for schedule in (_ELIGIBILITY, _ASSIGNMENT)
}


def _look(schedule: str) -> Requirement:
    names = _READ[schedule]
    return Requirement(
        names,
        names,
        _ADMINISTRATORS | {r.GLOBAL_READER},
        is_owner_enough=True,
        is_member_enough=True,
        needs_directory=True,
        privileged=_SEEN,
    )


def _administer(schedule: str, *ways: str) -> Requirement:
    names = _names(schedule, *ways)
    return Requirement(
        names,
        names,
        _ADMINISTRATORS,
        is_owner_enough=True,
        needs_directory=True,
        privileged=_ADMINISTERED,
    )


_RESOURCE_READ: Final = (
    "PrivilegedAccess.Read.AzureADGroup",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
)

GROUP_REQUIREMENTS: Final[Mapping[Operation, Requirement]] = {
    Operation.READ_GROUP_ELIGIBILITIES: _look(_ELIGIBILITY),
    Operation.READ_GROUP_ASSIGNMENTS: _look(_ASSIGNMENT),
    # An application asks for what its own service principal holds.
    Operation.READ_OWN_GROUP_ELIGIBILITIES: Requirement(_READ[_ELIGIBILITY], _READ[_ELIGIBILITY]),
    Operation.READ_OWN_GROUP_ASSIGNMENTS: Requirement(_READ[_ASSIGNMENT], _READ[_ASSIGNMENT]),
    Operation.ADMINISTER_GROUP_ELIGIBILITIES: _administer(_ELIGIBILITY, "ReadWrite"),
    Operation.ADMINISTER_GROUP_ASSIGNMENTS: _administer(_ASSIGNMENT, "ReadWrite"),
    Operation.REMOVE_GROUP_ELIGIBILITIES: _administer(_ELIGIBILITY, "ReadWrite", "Remove"),
    Operation.REMOVE_GROUP_ASSIGNMENTS: _administer(_ASSIGNMENT, "ReadWrite", "Remove"),
    Operation.EXTEND_OWN_GROUP_ELIGIBILITY: Requirement(_names(_ELIGIBILITY, "ReadWrite")),
    Operation.USE_OWN_GROUP_ELIGIBILITY: Requirement(_names(_ASSIGNMENT, "ReadWrite")),
    Operation.DECIDE_GROUP_APPROVAL: Requirement(_names(_ASSIGNMENT, "ReadWrite")),
    Operation.READ_ALL_GROUP_APPROVALS: Requirement(
        _READ[_ASSIGNMENT], roles=WRITERS | {r.GLOBAL_READER}
    ),
    Operation.READ_OWN_GROUP_APPROVALS: Requirement(_READ[_ASSIGNMENT]),
    Operation.READ_GROUP_RESOURCES: Requirement(_RESOURCE_READ, _RESOURCE_READ),
}
