"""What the use cases about the tree of Azure need of a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.domain.azure.nodes import Node
from timebound.domain.ids import TenantId


@dataclass(frozen=True, slots=True)
class ChildPage:
    """Which containers below a place are asked for, in the order of their paths, after one of them.

    They lie right below it or, with `is_deep`, anywhere; with `tops`, which are places below it,
    they are one of these or lie below one. `kinds` are values of PlaceKind; of those that are no
    containers nothing is found. All paths are spelled as the tree does.
    """

    limit: int
    kinds: Sequence[str]
    is_deep: bool
    tops: Sequence[str] | None = None
    after: str = ""


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

    async def find_below(self, tenant_id: TenantId, path: str, page: ChildPage) -> tuple[Node, ...]:
        """The management groups, subscriptions and resource groups below a path, a page of them.

        Resources are not walked through; work grows with the containers below, or below the tops.
        """
        ...
