"""The operations of the door: one tuple of rows for each module that handles some."""

from typing import Final

from timebound.dialects.arm.approvals import APPROVAL_ROWS
from timebound.dialects.arm.attribute_namespaces import NAMESPACE_ROWS
from timebound.dialects.arm.batch import BATCH_ROWS
from timebound.dialects.arm.deny_assignments import DENY_ROWS
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.permissions import PERMISSION_ROWS
from timebound.dialects.arm.pim.rows import PIM_ROWS
from timebound.dialects.arm.policies.handlers import POLICY_ROWS
from timebound.dialects.arm.privileged.favorites import FAVORITE_ROWS
from timebound.dialects.arm.privileged.resources import PRIVILEGED_ROWS
from timebound.dialects.arm.providers.metadata import METADATA_ROWS
from timebound.dialects.arm.providers.registered import make_provider_rows
from timebound.dialects.arm.published import PUBLISHED_ROWS
from timebound.dialects.arm.resources.rows import TREE_ROWS
from timebound.dialects.arm.role_assignment_rows import ROLE_ASSIGNMENT_ROWS
from timebound.dialects.arm.role_definitions import ROLE_ROWS

_SERVED: Final[tuple[Operation, ...]] = (
    *PUBLISHED_ROWS,
    *PIM_ROWS,
    *TREE_ROWS,
    *ROLE_ROWS,
    *POLICY_ROWS,
    *APPROVAL_ROWS,
    *ROLE_ASSIGNMENT_ROWS,
    *DENY_ROWS,
    *PERMISSION_ROWS,
    *BATCH_ROWS,
    *METADATA_ROWS,
    *NAMESPACE_ROWS,
    *FAVORITE_ROWS,
    *PRIVILEGED_ROWS,
)
OPERATIONS: Final[tuple[Operation, ...]] = (*_SERVED, *make_provider_rows(_SERVED))
