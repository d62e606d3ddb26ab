"""Counting what the store is asked to commit, without the store knowing, and what is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from timebound.application.changes import ChangeSet
from timebound.application.log_ports import Logged
from timebound.application.ports import Store
from timebound.control.metrics import Meter
from timebound.domain.ids import TenantId


class _MeteredStore:
    """A store that tells the meter of each change set; every other question goes straight on."""

    def __init__(self, store: Store, meter: Meter) -> None:
        self._store = store
        self._meter = meter

    def __getattr__(self, name: str) -> object:
        # Found once, it is an attribute from then on.
        found = self.__dict__[name] = getattr(self._store, name)
        return found

    async def apply(self, change: ChangeSet) -> bool:
        """Applies the change set and counts what came of it."""
        is_applied = await self._store.apply(change)
        self._meter.count_change(change.events, is_applied=is_applied)
        return is_applied


def meter_store(store: Store, meter: Meter) -> Store:
    """The store, counted."""
    return cast("Store", _MeteredStore(store, meter))


@dataclass(frozen=True, slots=True)
class EventCounter:
    """Follows the log to count its events; of several servers one counts each."""

    meter: Meter
    name: str = "metrics"

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Counts by kind; of which tenant they are is nobody's business who reads metrics."""
        del tenant_id
        self.meter.count_events(one.event for one in batch)
