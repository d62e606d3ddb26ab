"""What becomes of the service's answers as the tenant grows: `python -m bench --scale 1e3,1e5,1e6`.

Every size has a database and a server of its own, and all of them run at the same time: rounds of
the sizes take turns, so that whatever else the machine does meets all. One connection asks, hence
the times are those of the answers and not of waiting for others.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from bench.building import MissingDatabaseError, make_pair, open_at, open_tokens
from bench.journeys import Journey, list_journeys
from bench.populate import SEED, Progress, populate, size_tenant
from bench.processes import HOST, Server, ask, find_free_port, run_server
from bench.rehearsal import INSTANCES, Asked, ask_own
from bench.rounds import run_steps, write_request
from bench.tenant import Tenant
from timebound.domain.ids import PrincipalId
from timebound.server.clock import machine_sources
from timebound.storage.compiling import Database

PAGES: Final = 1_000
"""How many pages of 100 are followed."""
_REPORTS: Final = 4
NAMES: Final = {Database.SQLITE: "SQLite", Database.POSTGRESQL: "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is measured: seconds of each round, and rounds."""

    seconds: float
    rounds: int


@dataclass(slots=True)
class Place:
    """One size: its tenant, its server, who may ask, and the times that were seen."""

    size: int
    tenant: Tenant
    server: Server
    origin: str
    database_url: str
    tokens: dict[PrincipalId, str]
    times: dict[str, list[float]] = field(default_factory=dict)

    def wire(self, asked: Asked, *, is_last: bool = False) -> bytes:
        """A call as it goes over the wire."""
        host = self.origin.removeprefix("http://")
        return write_request(asked, host, self.tokens, is_last=is_last)


def measure_scale(databases: Sequence[Database], sizes: Sequence[int], pace: Pace) -> None:
    """Measures and prints all sizes on each database."""
    for database in databases:
        try:
            with tempfile.TemporaryDirectory(prefix="timebound-scale-") as folder:
                _measure_database(database, Path(folder), sizes, pace)
        except MissingDatabaseError as missing:
            print(missing)


def _measure_database(database: Database, folder: Path, sizes: Sequence[int], pace: Pace) -> None:
    print(f"\n{NAMES[database]}, p50 in ms")
    print(f"{'grants':32}" + "".join(f"{size:>12,}" for size in sizes) + f"{'ratio':>9}")
    with contextlib.ExitStack() as held:
        places = [
            held.enter_context(open_place(database, folder / str(size), size)) for size in sizes
        ]
        for names in zip(*(list_journeys(place.tenant) for place in places), strict=True):
            _measure_journey(places, names, pace)
        for place in places:
            _follow_pages(place)


@contextlib.contextmanager
def open_place(
    database: Database, folder: Path, size: int, *, has_worker: bool = True
) -> Iterator[Place]:
    """A tenant of a size in a database of its own, and a server that answers for it.

    With a worker it is there when the worker has sealed what was made; without, at once.
    """
    folder.mkdir()
    port = find_free_port()
    origin = f"http://{HOST}:{port}"
    tenant = size_tenant(SEED, size, machine_sources().wall())
    with make_pair(database, folder) as pair:
        progress = Progress(time.perf_counter(), size)
        asyncio.run(populate(pair.product, tenant, progress))
        pairs = (*tenant.joiners, *tenant.holders)
        people = (*tenant.population.people, *tenant.busy, *tenant.approvers, *pairs)
        tokens = asyncio.run(open_tokens(pair.product, folder, tenant.population, origin, people))
        command = [str(Path(sys.executable).with_name("timebound")), "serve"]
        command += ["--data", str(folder), "--database-url", pair.product]
        command += ["--host", HOST, "--port", str(port), "--plain-http"]
        command += ["--trusted-proxy", f"{HOST}/32", "--origin", origin]
        command += [] if has_worker else ["--no-worker"]
        with run_server(command, port, folder / "product.log") as server:
            place = Place(size, tenant, server, origin, pair.product, tokens)
            server.await_answer(place.wire(ask_own(tenant.population.people[0]), is_last=True))
            if has_worker:
                asyncio.run(_await_seals(pair.product, tenant))
            yield place


async def _await_seals(database_url: str, tenant: Tenant) -> None:
    """Waits until the server has sealed what was made: in service that is done long since."""
    waiting = 1
    async with open_at(database_url) as store:
        while waiting:
            await asyncio.sleep(1)
            waiting = await store.count_unsealed(tenant.population.tenant_id)


def _measure_journey(places: Sequence[Place], journeys: Sequence[Journey], pace: Pace) -> None:
    for n in range(pace.rounds + 1):
        for place, journey in zip(places, journeys, strict=True):
            steps = [
                [(name, place.wire(asked), status) for name, asked, status in calls]
                for calls in journey.calls
            ]
            # The first round warms up and is forgotten; the others go on with other people.
            seen = run_steps(place.server, steps, n * 97, pace.seconds)
            if n:
                for name, times in seen.items():
                    place.times.setdefault(name, []).extend(times)
    for name in dict.fromkeys(name for calls in journeys[0].calls for name, _, _ in calls):
        middles = [statistics.median(place.times[name]) * 1e3 for place in places]
        shown = "".join(f"{middle:12.2f}" for middle in middles)
        print(f"{name:32}{shown}{middles[-1] / middles[0]:9.2f}", flush=True)


def _follow_pages(place: Place) -> None:
    """Follows a list to its end or for PAGES pages, and tells what the server weighs on the way."""
    asked = Asked(place.tenant.population.administrator_id, "GET", INSTANCES, b"$top=100")
    weights, took, pages, rows = [], [], 0, 0
    while pages < PAGES:
        began = time.perf_counter()
        answer = ask(place.server.port, place.wire(asked, is_last=True))
        took.append(time.perf_counter() - began)
        told = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
        rows, pages = rows + len(told["value"]), pages + 1
        if pages % max(1, PAGES // _REPORTS) == 0 or pages == 1:
            weights.append(place.server.weigh().resident)
        link = told.get("@odata.nextLink")
        if link is None:
            break
        asked = Asked(asked.caller, "GET", INSTANCES, link.partition("?")[2].encode())
    weights.append(place.server.weigh().resident)
    shown = ", ".join(f"{weight:.0f}" for weight in weights)
    tenth = max(1, pages // 10)
    first, last = (statistics.median(some) * 1e3 for some in (took[:tenth], took[-tenth:]))
    print(
        f"{place.size:,} grants: {rows:,} rows in {pages:,} pages; "
        f"p50 of the first tenth {first:.2f} ms, of the last {last:.2f} ms; MB on the way: {shown}",
        flush=True,
    )
