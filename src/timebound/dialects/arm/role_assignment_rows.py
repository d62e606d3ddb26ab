"""The rows of the door's table about role assignments, and what belongs to them."""

from typing import Final

from timebound.dialects.arm.elevation import elevate
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.role_assignment_lists import list_assignments
from timebound.dialects.arm.role_assignment_usage import list_classic_administrators, read_usage
from timebound.dialects.arm.role_assignment_wire import VALIDATING, VERSIONS
from timebound.dialects.arm.role_assignments import (
    delete_assignment,
    get_assignment,
    put_assignment,
    validate_assignment,
)

_ALL: Final = f"/{{scope}}/providers/{PROVIDER}/roleAssignments"
_ONE: Final = f"{_ALL}/{{roleAssignmentName}}"
_SUBSCRIPTION: Final = f"/subscriptions/{{subscriptionId}}/providers/{PROVIDER}"
_ELEVATING: Final = frozenset({"2015-07-01", "2016-07-01", "2018-01-01", "2018-01-01-preview"})
"""The version of the inventory, and those that Azure's own guides and later files name."""

ROLE_ASSIGNMENT_ROWS: Final = (
    Operation("PUT", _ONE, VERSIONS, put_assignment),
    Operation("GET", _ONE, VERSIONS, get_assignment),
    Operation("DELETE", _ONE, VERSIONS, delete_assignment),
    Operation("POST", f"{_ONE}/validate", VALIDATING, validate_assignment),
    Operation("GET", _ALL, VERSIONS, list_assignments),
    Operation(
        "GET",
        f"{_SUBSCRIPTION}/roleAssignmentsUsageMetrics",
        frozenset({"2019-08-01-preview"}),
        read_usage,
    ),
    Operation(
        "GET",
        f"{_SUBSCRIPTION}/classicAdministrators",
        frozenset({"2015-06-01", "2015-07-01"}),
        list_classic_administrators,
    ),
    Operation("POST", f"/providers/{PROVIDER}/elevateAccess", _ELEVATING, elevate),
)
