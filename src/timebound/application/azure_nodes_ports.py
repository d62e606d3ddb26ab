"""What the use cases about the tree of Azure need of a store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from timebound.domain.azure.nodes import Node
from timebound.domain.ids import TenantId


class NodeStore(Protocol):
    """Finds places in the tree."""

    async def find_node(self, tenant_id: TenantId, path: str) -> Node | None:
        """The node at a path, spelled in any casing; none where there is none.

        The tenant's own place is always there.
        """
        ...

    async def find_places(self, tenant_id: TenantId, paths: Sequence[str]) -> Mapping[str, Node]:
        """The nodes at paths as the tree spells them, by path, as far as they are there."""
        ...

    async def find_below(
        self, tenant_id: TenantId, path: str, *, is_deep: bool
    ) -> tuple[Node, ...]:
        """The management groups, subscriptions and resource groups below a path.

        Those right below it, or all of them; the path is spelled as the tree does.
        """
        ...
