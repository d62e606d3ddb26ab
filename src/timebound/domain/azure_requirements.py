"""What is asked of who calls Azure Resource Manager: an action of their roles, or nothing but them.

Everybody uses what is theirs with the permission to act for them alone; an application has nothing
of its own to use. Sources: behaviour book 6; the published actions of Microsoft.Authorization.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from timebound.domain import roles as r
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.operations import Operation
from timebound.domain.requirement_parts import Requirement

_PERSON: Final = (AZURE_PERMISSION,)
_AUTHORIZATION: Final = "Microsoft.Authorization"
_OWN: Final = Requirement(_PERSON)


def _action(name: str) -> Requirement:
    return Requirement(_PERSON, (), action=f"{_AUTHORIZATION}/{name}")


def _alone(name: str) -> Requirement:
    # PIM takes nobody for an administrator who may assign on a condition alone (ASG-042), and who
    # could change what roles allow or what is denied would not be bound by one either.
    return replace(_action(name), is_unconditional=True)


AZURE_REQUIREMENTS: Final[Mapping[Operation, Requirement]] = {
    Operation.ADMINISTER_AZURE_ELIGIBILITIES: _alone("roleEligibilityScheduleRequests/write"),
    Operation.ADMINISTER_AZURE_ASSIGNMENTS: _alone("roleAssignmentScheduleRequests/write"),
    Operation.REMOVE_AZURE_ELIGIBILITIES: _alone("roleEligibilityScheduleRequests/write"),
    Operation.REMOVE_AZURE_ASSIGNMENTS: _alone("roleAssignmentScheduleRequests/write"),
    Operation.READ_AZURE_ELIGIBILITIES: _action("roleEligibilitySchedules/read"),
    Operation.READ_AZURE_ASSIGNMENTS: _action("roleAssignmentSchedules/read"),
    Operation.EXTEND_OWN_AZURE_ELIGIBILITY: _OWN,
    Operation.USE_OWN_AZURE_ELIGIBILITY: _OWN,
    Operation.READ_OWN_AZURE_ELIGIBILITIES: Requirement(_PERSON, ()),
    Operation.READ_OWN_AZURE_ASSIGNMENTS: Requirement(_PERSON, ()),
    Operation.DECIDE_AZURE_APPROVAL: _OWN,
    Operation.READ_ALL_AZURE_APPROVALS: _action("roleAssignmentScheduleRequests/read"),
    Operation.READ_OWN_AZURE_APPROVALS: _OWN,
    Operation.READ_AZURE_POLICIES: _action("roleManagementPolicies/read"),
    Operation.READ_AZURE_POLICY_ASSIGNMENTS: _action("roleManagementPolicyAssignments/read"),
    Operation.CHANGE_AZURE_POLICY: _alone("roleManagementPolicies/write"),
    Operation.READ_AZURE_ROLE_ASSIGNMENTS: _action("roleAssignments/read"),
    Operation.CHECK_AZURE_ACCESS: _action("roleAssignments/read"),
    Operation.ASSIGN_AZURE_ROLE: _action("roleAssignments/write"),
    Operation.UNASSIGN_AZURE_ROLE: _action("roleAssignments/delete"),
    Operation.READ_AZURE_USAGE: _action("roleAssignmentsUsageMetrics/read"),
    Operation.READ_CLASSIC_ADMINISTRATORS: _action("classicAdministrators/read"),
    Operation.READ_AZURE_ROLES: _action("roleDefinitions/read"),
    Operation.CHANGE_AZURE_ROLES: _alone("roleDefinitions/write"),
    Operation.DELETE_AZURE_ROLES: _alone("roleDefinitions/delete"),
    Operation.READ_OWN_AZURE_RIGHTS: Requirement(_PERSON, ()),
    Operation.READ_DENY_ASSIGNMENTS: _action("denyAssignments/read"),
    Operation.CHANGE_DENY_ASSIGNMENTS: _alone("denyAssignments/write"),
    Operation.DELETE_DENY_ASSIGNMENTS: _alone("denyAssignments/delete"),
    Operation.ELEVATE_ACCESS: Requirement(
        _PERSON, roles=frozenset({r.GLOBAL_ADMINISTRATOR}), needs_directory=True
    ),
}
