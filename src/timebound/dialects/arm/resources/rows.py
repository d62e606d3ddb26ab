"""The operations of the tree, all together."""

from typing import Final

from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.resources.generic import RESOURCE_ROWS
from timebound.dialects.arm.resources.groups import GROUP_ROWS
from timebound.dialects.arm.resources.hierarchy import SETTINGS_ROWS
from timebound.dialects.arm.resources.management import MANAGEMENT_ROWS
from timebound.dialects.arm.resources.members import MEMBER_ROWS
from timebound.dialects.arm.resources.subscriptions import SUBSCRIPTION_ROWS

TREE_ROWS: Final[tuple[Operation, ...]] = (
    *SUBSCRIPTION_ROWS,
    *GROUP_ROWS,
    *RESOURCE_ROWS,
    *MANAGEMENT_ROWS,
    *MEMBER_ROWS,
    *SETTINGS_ROWS,
)
