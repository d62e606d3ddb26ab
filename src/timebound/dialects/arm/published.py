"""The operations of Microsoft.Authorization as roles name them, for whoever asks what there is."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import msgspec

from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation

NAMESPACE: Final = "Microsoft.Authorization"
_PROVIDER: Final = "Microsoft Authorization"
_VERSIONS: Final = frozenset(
    {
        "2018-05-01-preview",
        "2021-01-01-preview",
        "2021-03-01-preview",
        "2021-07-01-preview",
        "2021-11-16-preview",
        "2021-12-01-preview",
    }
)
_VERBS: Final = {
    "read": ("Get", "Tells of"),
    "write": ("Create or update", "Makes or changes"),
    "delete": ("Delete", "Takes away"),
    "cancel/action": ("Cancel", "Takes back"),
    "refresh/action": ("Refresh", "Looks anew for"),
    "remediate/action": ("Remediate", "Mends what is behind"),
    "stop/action": ("Stop", "Ends before its time"),
    "resetDecisions/action": ("Reset decisions of", "Forgets what was decided in"),
    "applyDecisions/action": ("Apply decisions of", "Carries out what was decided in"),
    "sendReminders/action": ("Send reminders of", "Reminds those who have yet to decide in"),
}
"""What a verb is called, and what it does to its resource."""
_RESOURCES: Final = (
    ("roleAssignments", "role assignment", "read write delete"),
    ("roleDefinitions", "role definition", "read write delete"),
    ("denyAssignments", "deny assignment", "read write delete"),
    ("permissions", "permission", "read"),
    ("classicAdministrators", "classic administrator", "read"),
    ("providerOperations", "provider operation", "read"),
    ("roleAssignmentsUsageMetrics", "usage of role assignments", "read"),
    ("roleAssignmentScheduleRequests", "role assignment request", "read write cancel/action"),
    ("roleAssignmentSchedules", "role assignment schedule", "read"),
    ("roleAssignmentScheduleInstances", "role assignment schedule instance", "read"),
    ("roleEligibilityScheduleRequests", "role eligibility request", "read write cancel/action"),
    ("roleEligibilitySchedules", "role eligibility schedule", "read"),
    ("roleEligibilityScheduleInstances", "role eligibility schedule instance", "read"),
    ("eligibleChildResources", "eligible child resource", "read"),
    ("roleManagementPolicies", "role management policy", "read write"),
    ("roleManagementPolicyAssignments", "role management policy assignment", "read"),
    ("roleAssignmentApprovals", "role assignment approval", "read"),
    ("roleAssignmentApprovals/stages", "stage of a role assignment approval", "read write"),
    ("roleManagementAlerts", "role management alert", "read write refresh/action"),
    (
        "roleManagementAlerts/alertIncidents",
        "incident of a role management alert",
        "read remediate/action",
    ),
    ("roleManagementAlertConfigurations", "configuration of role management alerts", "read write"),
    ("roleManagementAlertDefinitions", "definition of role management alerts", "read"),
    ("roleManagementAlertOperations", "operation on role management alerts", "read"),
    ("accessReviewScheduleSettings", "access review settings", "read write"),
    ("accessReviewHistoryDefinitions", "access review history", "read write delete"),
    ("accessReviewScheduleDefinitions", "access review", "read write delete stop/action"),
    (
        "accessReviewScheduleDefinitions/instances",
        "instance of an access review",
        "read write stop/action resetDecisions/action applyDecisions/action sendReminders/action",
    ),
    ("accessReviewScheduleDefinitions/instances/decisions", "access review decision", "read write"),
)
"""Resource, what one of it is called, and what may be done with it."""


class OperationDisplay(msgspec.Struct, frozen=True):
    """An operation in words."""

    provider: str
    resource: str
    operation: str
    description: str


class PublishedOperation(msgspec.Struct, rename="camel", frozen=True):
    """An operation by the name under which roles allow it; the published type is `Operation`."""

    name: str
    is_data_action: bool
    display: OperationDisplay


def list_published() -> Iterator[PublishedOperation]:
    """Everything that can be allowed, in the order of resources."""
    for resource, called, verbs in _RESOURCES:
        for verb in verbs.split():
            word, does = _VERBS[verb]
            yield _show(f"{resource}/{verb}", called, f"{word} {called}", f"{does} a {called}.")
    yield _show(
        "elevateAccess/action",
        "tenant",
        "Elevate access",
        "Makes who calls User Access Administrator of the tenant.",
    )
    yield _show("operations/read", "operation", "Get operation", "Tells of this list.")


def _show(action: str, called: str, operation: str, description: str) -> PublishedOperation:
    resource = f"{called[0].upper()}{called[1:]}"
    display = OperationDisplay(_PROVIDER, resource, operation, description)
    return PublishedOperation(f"{NAMESPACE}/{action}", is_data_action=False, display=display)


async def list_operations(_call: Call) -> Answer:
    """The whole list, to anybody who has signed in; it is the same at every time."""
    return Answer(HTTPStatus.OK, {"value": list(list_published())})


PUBLISHED_ROWS: Final = (
    Operation("GET", f"/providers/{NAMESPACE}/operations", _VERSIONS, list_operations),
)
