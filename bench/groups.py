"""What it costs to have roles through many groups, beside holding as many directly.

One tenant of each size, and in it pairs of people with the same fifty roles. What they are told of
their roles is asked for on one connection, of the one and of the other in turn, so that whatever
else the machine does meets both; then their callers are loaded in this process, in turn as well.
The server runs without a worker, which would seal what was made while it is measured.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Final

import msgspec

from bench.building import MissingDatabaseError, open_at
from bench.journeys import (
    ABOUT_DIRECT,
    ABOUT_THROUGH,
    OWN_DIRECT,
    OWN_THROUGH,
    Calls,
    pair_journey,
)
from bench.population import SCOPES
from bench.processes import ServerError, ask
from bench.rounds import run_steps
from bench.scale import NAMES, Pace, Place, open_place
from bench.tenant import GROUPS, Tenant
from timebound.application.ports import Store
from timebound.domain.authority import Token
from timebound.domain.ids import PrincipalId
from timebound.domain.times import Instant
from timebound.server.clock import machine_sources
from timebound.storage.compiling import Database

SIZE: Final = 100_000
"""How many grants the tenant has unless sizes are named."""
GOAL: Final = 2.0
"""For what people are told; loading a caller is a part of that, and has no goal of its own."""
_CALLER_THROUGH, _CALLER_DIRECT = "caller, through 50 groups", "caller, 50 held directly"
_PAIRS: Final = (
    (OWN_THROUGH, OWN_DIRECT),
    (ABOUT_THROUGH, ABOUT_DIRECT),
    (_CALLER_THROUGH, _CALLER_DIRECT),
)
_HEAD: Final = f"{'':32}{'calls':>8}{'p50 ms':>9}{'p99 ms':>9}"


@dataclass(slots=True)
class Seen:
    """The times of one kind of call, round by round, in seconds."""

    rounds: list[Sequence[float]] = field(default_factory=list)

    def middles(self) -> list[float]:
        """The median of each round."""
        return [statistics.median(times) for times in self.rounds]

    def show(self) -> str:
        """How many calls there were, and their median and 99th percentile in milliseconds."""
        times = sorted(time for times in self.rounds for time in times)
        tail = times[min(len(times) - 1, int(len(times) * 0.99))]
        return f"{len(times):8,}{statistics.median(times) * 1e3:9.2f}{tail * 1e3:9.2f}"


def measure_groups(databases: Sequence[Database], sizes: Sequence[int], pace: Pace) -> None:
    """Measures and prints tenants of the sizes on each database, one after the other."""
    for database in databases:
        for size in sizes:
            try:
                _measure_size(database, size, pace)
            except MissingDatabaseError as missing:
                print(missing)
                break


def _measure_size(database: Database, size: int, pace: Pace) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="timebound-groups-") as folder,
        open_place(database, Path(folder) / str(size), size, has_worker=False) as place,
    ):
        print(f"\n{NAMES[database]}, {size:,} grants, {place.tenant.pairs} pairs of people")
        load = _tell_load()
        _check(place)
        seen = _ask_in_turn(place, pace)
        seen |= asyncio.run(_load_in_turn(place, pace))
        print(f"load before and after: {load}, {_tell_load()}\n{_HEAD}")
        for through, direct in _PAIRS:
            _print_pair(through, direct, seen)


def _tell_load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _check(place: Place) -> None:
    """Stops the run unless everybody of the first pair is told of all their roles."""
    for name, asked, _ in pair_journey(place.tenant).calls[0]:
        answer = ask(place.server.port, place.wire(asked, is_last=True))
        told = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
        roles = {one["roleDefinitionId"] for one in told.get("value", ())}
        if len(roles) != GROUPS:
            raise ServerError(f"{name}: {len(roles)} roles\n{answer.decode('utf-8', 'replace')}")


def _ask_in_turn(place: Place, pace: Pace) -> dict[str, Seen]:
    """The times of the answers; the first round warms up and is forgotten."""
    steps = [_wire(place, calls) for calls in pair_journey(place.tenant).calls]
    seen = {name: Seen() for name, _, _ in steps[0]}
    first = 0
    for n in range(pace.rounds + 1):
        times = run_steps(place.server, steps, first, pace.seconds)
        first += len(times[OWN_THROUGH])
        for name in seen if n else ():
            seen[name].rounds.append(times[name])
    return seen


def _wire(place: Place, calls: Calls) -> list[tuple[str, bytes, int]]:
    return [(name, place.wire(asked), status) for name, asked, status in calls]


async def _load_in_turn(place: Place, pace: Pace) -> dict[str, Seen]:
    """The times of loading callers, which every call with a token begins with."""
    tenant, at = place.tenant, machine_sources().wall()
    people = zip(tenant.joiners, tenant.holders, strict=True)
    pairs = cycle([[_make_token(tenant, id_) for id_ in pair] for pair in people])
    seen = {_CALLER_THROUGH: Seen(), _CALLER_DIRECT: Seen()}
    async with open_at(place.database_url) as store:
        for n in range(pace.rounds + 1):
            times: dict[str, list[float]] = {name: [] for name in seen}
            end = time.perf_counter() + pace.seconds / 2
            while time.perf_counter() < end:
                for name, token in zip(seen, next(pairs), strict=True):
                    times[name].append(await _time_load(store, token, at))
            for name in seen if n else ():
                seen[name].rounds.append(times[name])
    return seen


async def _time_load(store: Store, token: Token, at: Instant) -> float:
    began = time.perf_counter()
    caller = await store.load_caller(token, at)
    took = time.perf_counter() - began
    if len(caller.roles) != GROUPS:
        raise ServerError(f"a caller with {len(caller.roles)} roles in place of {GROUPS}")
    return took


def _make_token(tenant: Tenant, id_: PrincipalId) -> Token:
    population = tenant.population
    return Token(population.tenant_id, id_, population.application_id, frozenset(SCOPES))


def _print_pair(through: str, direct: str, seen: Mapping[str, Seen]) -> None:
    pairs = zip(seen[through].middles(), seen[direct].middles(), strict=True)
    ratio = statistics.median(one / other for one, other in pairs)
    for name in (through, direct):
        print(f"{name:32}{seen[name].show()}")
    goal = "" if through == _CALLER_THROUGH else f"  (goal {GOAL} or less)"
    print(f"{'  the first to the second':32}{ratio:26.2f}{goal}", flush=True)
