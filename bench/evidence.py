"""Evidence: what an event costs where it is committed, and what sealing, checking and exporting do.

Everything runs in this process on a database of its own. Commits are told as the processor's time
of this process, since most of the time on the clock is the disk's; the rest by the clock.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from bench.building import Pair, measure_each, open_at
from tests.storage.world import NOON, World
from tests.support.sealing import make_event, make_signer
from timebound.application.changes import ChangeSet, FactKey
from timebound.application.exporting import Export, JsonLines, Sheet, Tally
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_proofs import LogProver
from timebound.application.ports import Store
from timebound.application.sealing import Sealer, catch_up
from timebound.domain.events import Event
from timebound.domain.ids import EventId
from timebound.storage.compiling import Database
from timebound.storage.migrating import migrate

EVENTS: Final = 10_000
_COMMITS: Final = 300
_PROOFS: Final = 200
_TOGETHER: Final = 500


def measure_evidence(databases: Sequence[Database]) -> None:
    """Measures and prints each figure on each database."""
    measure_each(databases, "evidence", _measure_on)


def _measure_on(pair: Pair, _: Path) -> None:
    migrate(pair.product)
    asyncio.run(_measure(pair.database, pair.product))


@dataclass(frozen=True, slots=True)
class Bench:
    """A tenant with events to be sealed."""

    world: World

    @property
    def store(self) -> Store:
        """Where it is."""
        return self.world.store

    async def commit(self, events: Sequence[Event]) -> None:
        """One change set with some events."""
        bumped = frozenset({FactKey("principal/somebody")})
        change = ChangeSet(self.world.tenant, NOON, {}, bumped, events=tuple(events))
        assert await self.store.apply(change)

    def make_events(self, count: int) -> list[Event]:
        """Events that tell something of everything."""
        return [
            replace(make_event(self.world, number), id=EventId(self.world.new_id("9")))
            for number in range(count)
        ]


async def _measure(database: Database, url: str) -> None:
    print(f"\n{database.value}, {EVENTS:,} events")
    async with open_at(url) as store:
        bench = Bench(await World(store).begin())
        await _measure_commits(bench)
        missing = EVENTS - await store.count_unsealed(bench.world.tenant)
        for start in range(0, missing, _TOGETHER):
            await bench.commit(bench.make_events(min(_TOGETHER, missing - start)))
        sealer = Sealer(store, make_signer())
        await _tell("sealing", lambda: catch_up(sealer, bench.world.tenant, NOON))
        await _measure_proofs(bench)
        book = Logbook(store, make_signer(), bench.world.tenant)
        await _tell("verifying", lambda: Check(book).run())
        for name, form in (("export as JSON lines", JsonLines()), ("export as CSV", Sheet())):
            export = Export(book, EVENTS)
            await _tell(name, partial(_write, export, form))


async def _measure_commits(bench: Bench) -> None:
    """What change sets without events, with one and with ten cost, in turns."""
    rounds: dict[int, list[float]] = {0: [], 1: [], 10: []}
    for _ in range(_COMMITS):
        for count, took in rounds.items():
            events = bench.make_events(count)
            began = time.process_time()
            await bench.commit(events)
            took.append((time.process_time() - began) * 1e6)
    bare, one, ten = (median(took) for took in rounds.values())
    print(f"{'a commit without events':26}{bare:9.0f} us of CPU")
    print(f"{'each event within':26}{one - bare:9.0f} us alone, {(ten - bare) / 10:.0f} us of ten")


async def _measure_proofs(bench: Bench) -> None:
    prover = LogProver(bench.store, bench.world.tenant)
    began = time.perf_counter()
    for number in range(_PROOFS):
        await prover.prove_inclusion(number * (EVENTS // _PROOFS), EVENTS)
    each = (time.perf_counter() - began) / _PROOFS * 1e3
    print(f"{'a proof of inclusion':26}{each:9.1f} ms", flush=True)


async def _tell(name: str, act: Callable[[], Awaitable[object]]) -> None:
    began = time.perf_counter()
    await act()
    took = time.perf_counter() - began
    print(f"{name:26}{EVENTS / took:9,.0f} events/s, {took / EVENTS * 1e6:.0f} us each", flush=True)


async def _write(export: Export, form: JsonLines | Sheet) -> None:
    with tempfile.TemporaryFile() as file:
        async for part in export.write(form, Tally()):
            file.write(part)
