"""Settings at scale: the policies of all directory roles changed in one run, at once and in parts.

Everything runs in this process, on the store alone; `python -m bench --only policies` prints it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench.building import Pair, build, measure_each, open_at
from bench.population import Population, imagine_population
from timebound.application.engine import Engine
from timebound.application.policy_runs import Progress, RunOrder, advance_run, start_run
from timebound.application.ports import Clock, Store
from timebound.application.reading import Reader
from timebound.domain.authority import Token
from timebound.domain.ids import ApplicationId
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_runs import ItemState
from timebound.domain.requirements import REQUIREMENTS, Operation
from timebound.server.clock import SystemClock, machine_sources
from timebound.server.ids import RandomIds
from timebound.storage.compiling import Database

SEED: Final = "bulk"
_PEOPLE: Final = 10
_ALL: Final = 500
_STEP: Final = 50


def measure_bulk(databases: Sequence[Database]) -> None:
    """Measures and prints a run over all policies on each database."""
    measure_each(databases, "bulk", _measure_on)


def _measure_on(pair: Pair, folder: Path) -> None:
    population = imagine_population(SEED, _PEOPLE)
    asyncio.run(build(pair, folder, population, "http://localhost"))
    print(f"\n{pair.database.value}, policies of all directory roles in one run")
    asyncio.run(_measure(pair.product, population))


async def _measure(url: str, population: Population) -> None:
    async with open_at(url) as store:
        bench = Bench(store, population, SystemClock(machine_sources()))
        # The first run of a process compiles the statements.
        for hours, limit in ((2, _ALL), (3, _ALL), (4, _STEP), (4, _ALL)):
            await bench.run(hours, limit)


@dataclass(frozen=True, slots=True)
class Bench:
    """A tenant, and its administrator."""

    store: Store
    population: Population
    clock: Clock

    async def run(self, hours: int, limit: int) -> None:
        """A whole run that sets the longest activation, so many items at once; printed."""
        engine, began = Engine(self.store, RandomIds()), time.perf_counter()
        rule = ExpirationRule(is_required=True, maximum=timedelta(hours=hours))
        order = RunOrder({"Expiration_EndUser_Assignment": rule})
        found = await start_run(engine, self.reader(), order)
        made = time.perf_counter()
        longest = 0.0
        while isinstance(found, Progress) and found.count(ItemState.PENDING):
            asked = time.perf_counter()
            found = await advance_run(engine, self.store, self.reader(), found.run.id, limit)
            longest = max(longest, time.perf_counter() - asked)
        took = time.perf_counter() - made
        if not isinstance(found, Progress):
            raise TypeError(found)
        print(
            f"{found.run.total} policies, {found.count(ItemState.CHANGED)} of them changed, "
            f"{limit} at once: made in {(made - began) * 1e3:.0f} ms, done in {took * 1e3:.0f} ms, "
            f"{took / found.run.total * 1e3:.1f} ms each, longest call {longest * 1e3:.0f} ms",
            flush=True,
        )

    def reader(self) -> Reader:
        """The administrator, who asks now."""
        permissions = frozenset(REQUIREMENTS[Operation.CHANGE_POLICY].delegated)
        token = Token(
            self.population.tenant_id,
            self.population.administrator_id,
            ApplicationId(""),
            permissions,
            is_of_service=True,
        )
        return Reader(self.store, token, self.clock.now())
