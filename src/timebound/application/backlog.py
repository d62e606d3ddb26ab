"""How far sealing, handing over and due work are behind, for those who watch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from timebound.application.due_ports import DueStore
from timebound.application.log_ports import LogStore
from timebound.application.outbox_ports import OutboxStore
from timebound.domain.times import Instant


class WatchedStore(LogStore, OutboxStore, DueStore, Protocol):
    """A store with the log, its consumers, and what falls due."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How long the oldest unsealed event waits, and how many events each consumer has not taken.

    `due_lag` is how long something has been due that is not done, but for what was given up.
    """

    sealing_lag: timedelta
    lags: Mapping[str, int]
    dead_letters: int
    due_lag: timedelta
    due_given_up: int


async def measure_backlog(store: WatchedStore, at: Instant) -> Backlog:
    """The backlog of all tenants together."""
    lag = timedelta()
    for tenant_id in await store.tenants_to_seal():
        oldest = await store.find_oldest_unsealed(tenant_id)
        if oldest is not None:
            lag = max(lag, at - oldest)
    lags: Counter[str] = Counter()
    for one in await store.list_consumers():
        lags[one.name] += one.lag
    due = await store.measure_due()
    due_lag = timedelta() if due.oldest is None else max(timedelta(), at - due.oldest)
    return Backlog(lag, lags, await store.count_dead(), due_lag, due.given_up)
