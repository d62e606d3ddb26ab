"""What the use cases about runs over policies need of a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.domain.ids import TenantId
from timebound.domain.policy_runs import ItemState, PolicyRun, RunItem


@dataclass(frozen=True, slots=True)
class LoadedItem:
    """An item of a run, none if there is none, with the version of its run."""

    item: RunItem | None
    version: int


class PolicyRunStore(Protocol):
    """Finds runs, and what has become of their items."""

    async def find_run(self, tenant_id: TenantId, run_id: str) -> PolicyRun | None:
        """One run."""
        ...

    async def count_items(self, tenant_id: TenantId, run_id: str) -> Mapping[ItemState, int]:
        """How many items of the run are in which state; none of those that no item is in."""
        ...

    async def read_items(
        self, tenant_id: TenantId, run_id: str, after: int, limit: int, *, are_pending: bool = False
    ) -> Sequence[RunItem]:
        """The items behind a position in their order, all or those that wait."""
        ...

    async def load_item(self, tenant_id: TenantId, run_id: str, position: int) -> LoadedItem:
        """One item, with the version that whoever does it rests on."""
        ...
