"""Due work: how late it is told on the real clock, and how fast a backlog is caught up with.

Everything runs in this process, on a tenant with many live grants, as the worker of a server does.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.building import Pair, measure_each, open_at
from bench.populate import SEED, Progress, populate, size_tenant
from tests.support.events import read_events
from tests.support.sealing import make_signer
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.ports import Store
from timebound.application.sealing import Sealer
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, TenantId
from timebound.domain.roles import DIRECTORY_READERS
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import Instant, Window
from timebound.server.clock import SystemClock, machine_sources
from timebound.server.worker import DueRunner, working
from timebound.storage.compiling import Database

GRANTS: Final = 100_000
BACKLOG: Final = 10_000
_ENDS: Final = 100
_SPAN: Final = timedelta(seconds=10)
_TOGETHER: Final = 500


def measure_due(databases: Sequence[Database]) -> None:
    """Measures and prints both on each database."""
    measure_each(databases, "due", _measure_on)


def _measure_on(pair: Pair, _: Path) -> None:
    tenant = size_tenant(SEED, GRANTS, machine_sources().wall())
    progress = Progress(time.perf_counter(), GRANTS)
    asyncio.run(populate(pair.product, tenant, progress))
    print(f"\n{pair.database.value}, {GRANTS:,} grants")
    asyncio.run(_measure(pair.product, tenant.population.tenant_id))


async def _measure(url: str, tenant_id: TenantId) -> None:
    clock = SystemClock(machine_sources())
    async with open_at(url) as store:
        bench = Bench(store, url, tenant_id, DueRunner(store, clock, clock))
        await bench.measure_lateness()
        await bench.measure_backlog()


@dataclass(frozen=True, slots=True)
class Bench:
    """A large tenant, and who does what is due in it."""

    store: Store
    url: str
    tenant_id: TenantId
    runner: DueRunner

    async def measure_lateness(self) -> None:
        """Ends at instants all over ten seconds, told by the worker as they come."""
        began = self.runner.clock.now() + timedelta(seconds=1)
        ends = [began + _SPAN * n / _ENDS for n in range(_ENDS)]
        await self._grant("late", ends)
        async with working(self.runner, Sealer(self.store, make_signer()), self.runner.clock):
            await asyncio.sleep((ends[-1] - self.runner.clock.now()).total_seconds() + 1)
        events = await read_events(self.url, self.tenant_id)
        told = [
            (e.recorded_at - e.effective_at).total_seconds() * 1e3
            for e in events
            if e.kind is EventKind.GRANT_EXPIRED and str(e.data["grantId"]).startswith("late")
        ]
        tenths = quantiles(told, n=100)
        print(
            f"{len(told)} of {_ENDS} ends told; late by p50 {median(told):.1f} ms, "
            f"p99 {tenths[-1]:.1f} ms, at most {max(told):.1f} ms",
            flush=True,
        )

    async def measure_backlog(self) -> None:
        """Ends that came while nobody worked."""
        at = self.runner.clock.now()
        past = [at - timedelta(seconds=1) * n for n in range(BACKLOG)]
        await self._grant("past", past)
        began = time.perf_counter()
        done = await self.runner.catch_up()
        took = time.perf_counter() - began
        print(f"{done:,} things caught up with in {took:.1f} s, {done / took:,.0f}/s", flush=True)

    async def _grant(self, name: str, ends: Sequence[Instant]) -> None:
        writes = []
        for number, end in enumerate(ends):
            slot = Slot(PrincipalId(f"{name}-{number}"), DIRECTORY_READERS, DIRECTORY_ROOT)
            start = end - timedelta(hours=1)
            window = Window(start, end)
            made = Grant(GrantId(f"{name}-{number}"), slot, GrantKind.ACTIVATED, window, start)
            writes.append(InsertGrant(made))
        for first in range(0, len(writes), _TOGETHER):
            part = tuple(writes[first : first + _TOGETHER])
            change = ChangeSet(self.tenant_id, ends[0], {}, frozenset(), part)
            assert await self.store.apply(change)
