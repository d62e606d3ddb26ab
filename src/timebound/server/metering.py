"""Counting what the store is asked to commit, without the store knowing."""

from typing import cast

from timebound.application.changes import ChangeSet
from timebound.application.ports import Store
from timebound.control.metrics import Meter


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
