"""What a check of access costs, in the process and over HTTP, as assignments of others grow.

In the process a check is what the door does for one question: who asks is loaded, what is held is
loaded, and it is decided. Its floor are the same two statements on the raw driver. Over HTTP people
ask about themselves on one connection, one question and fifty at a time.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

import msgspec

from bench.building import MissingDatabaseError, Pair, make_pair, open_at, open_tokens
from bench.bulk import open_bulk
from bench.clouds import START, Cloud
from bench.drivers import open_driver
from bench.populate import SEED, Progress, populate, size_tenant
from bench.population import SCOPES, Population
from bench.processes import HOST, Server, ServerError, ask, find_free_port, run_server
from bench.rehearsal import Asked
from bench.rounds import run_steps, write_request
from bench.scale import NAMES, Pace
from timebound.application.access_checking import AccessChecks, AskedCheck
from timebound.application.access_ports import AccessQuestion
from timebound.application.ports import Store
from timebound.control.access import EVALUATION, EVALUATIONS
from timebound.domain.authority import Token
from timebound.domain.azure.conditions import Context
from timebound.domain.effective_access import AccessDecision
from timebound.domain.ids import PrincipalId
from timebound.domain.principals import PrincipalKind
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant
from timebound.server.clock import machine_sources
from timebound.storage.access_checks import access_parameters
from timebound.storage.access_sections import access_stack
from timebound.storage.callers import caller_parameters, caller_stack
from timebound.storage.compiling import Database

SIZE: Final = 100_000
"""How many assignments there are unless sizes are named."""
_SAMPLE: Final = 500
_SEVERAL: Final = 50
_CHECK, _FLOOR = "check, in process", "its statements, raw"
_ONE, _MANY = "evaluation, HTTP", "fifty evaluations, HTTP"


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks, and the machines that they may start."""

    id: PrincipalId
    machines: Sequence[str]

    @property
    def place(self) -> Scope:
        """The first of them."""
        return Scope(ScopeKind.AZURE, self.machines[0])


def measure_access(databases: Sequence[Database], sizes: Sequence[int], pace: Pace) -> None:
    """Measures and prints clouds of the sizes on each database, one after the other."""
    for database in databases:
        for size in sizes:
            try:
                _measure_size(database, size, pace)
            except MissingDatabaseError as missing:
                print(missing)
                break


def _measure_size(database: Database, size: int, pace: Pace) -> None:
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="timebound-access-")))
        pair = held.enter_context(make_pair(database, folder))
        port = find_free_port()
        population, cloud = asyncio.run(fill_cloud(pair.product, size))
        people = sample_people(cloud)
        askers = [Asker(cloud.person(n), cloud.machines_of(n)) for n in people]
        origin, ids = f"http://{HOST}:{port}", [one.id for one in askers]
        tokens = asyncio.run(open_tokens(pair.product, folder, population, origin, ids))
        print(f"\n{NAMES[database]}, {size:,} assignments at 10,000 places", flush=True)
        load = _tell_load()
        seen = asyncio.run(_check_in_turn(pair, population, askers, pace))
        server = held.enter_context(serve_cloud(pair.product, folder, port))
        seen |= _ask_in_turn(server, f"{HOST}:{port}", askers, tokens, pace)
        print(f"load before and after: {load}, {_tell_load()}")
        _print(seen)


async def fill_cloud(database_url: str, size: int) -> tuple[Population, Cloud]:
    """Makes a tenant and its cloud with so many assignments in a new database."""
    at = machine_sources().wall()
    tenant = size_tenant(SEED, 2_000, at)
    progress = Progress(time.perf_counter(), size)
    await populate(database_url, tenant, progress)
    cloud = Cloud(tenant.population.tenant_id, size, at)
    bulk = await open_bulk(database_url)
    await bulk.begin()
    for block in cloud.imagine():
        await bulk.write(block)
    await bulk.finish(progress.tell)
    sys.stderr.write("\n")
    return tenant.population, cloud


def sample_people(cloud: Cloud) -> Sequence[int]:
    """Some hundred people by their numbers, from all over the cloud."""
    return range(0, cloud.people, max(1, cloud.people // _SAMPLE))


async def _check_in_turn(
    pair: Pair, population: Population, askers: Sequence[Asker], pace: Pace
) -> dict[str, list[float]]:
    """The times of checks and of their statements, in turn; the first round is forgotten."""
    driver = await open_driver(pair.product)
    seen: dict[str, list[float]] = {}
    async with open_at(pair.product) as store:
        turns = cycle(askers)
        for n in range(pace.rounds + 1):
            end = time.perf_counter() + pace.seconds
            seen = seen if n > 1 else {_CHECK: [], _FLOOR: []}
            while time.perf_counter() < end:
                asker, at = next(turns), machine_sources().wall()
                token = _make_token(population, asker.id)
                seen[_CHECK].append(await _time_check(store, token, asker, at))
                texts = _list_texts(pair.database, token, asker, at)
                began = time.perf_counter()
                for text, arguments in texts:
                    await driver.ask(text, arguments)
                seen[_FLOOR].append(time.perf_counter() - began)
    return seen


async def _time_check(store: Store, token: Token, asker: Asker, at: Instant) -> float:
    """What one check takes."""
    began = time.perf_counter()
    asked = AskedCheck(PrincipalKind.USER, asker.id, asker.place, Context(START))
    decision = await AccessChecks(store, token, at).check(asked)
    took = time.perf_counter() - began
    if not isinstance(decision, AccessDecision) or not decision.is_allowed:
        raise ServerError(f"{asker.id} may not do it: {decision}")
    return took


def _list_texts(
    database: Database, token: Token, asker: Asker, at: Instant
) -> Sequence[tuple[str, Sequence[object]]]:
    """The statements of a check with their arguments."""
    question = AccessQuestion(token.tenant_id, (asker.place,), (asker.id,))
    asked = (
        (caller_stack(), caller_parameters(token, at)),
        (access_stack(ScopeKind.AZURE), access_parameters(question, question.scopes, at)),
    )
    compiled = ((one.statement.compile_for(database), told) for one, told in asked)
    return [(one.text, one.arguments(told)) for one, told in compiled]


def _make_token(population: Population, id_: PrincipalId) -> Token:
    return Token(population.tenant_id, id_, population.application_id, frozenset(SCOPES))


def serve_cloud(database_url: str, folder: Path, port: int) -> AbstractContextManager[Server]:
    """The service on a database, without a worker."""
    command = [str(Path(sys.executable).with_name("timebound")), "serve"]
    command += ["--data", str(folder), "--database-url", database_url, "--no-worker"]
    command += ["--host", HOST, "--port", str(port), "--plain-http"]
    command += ["--trusted-proxy", f"{HOST}/32", "--origin", f"http://{HOST}:{port}"]
    return run_server(command, port, folder / "product.log")


def _ask_in_turn(
    server: Server,
    host: str,
    askers: Sequence[Asker],
    tokens: Mapping[PrincipalId, str],
    pace: Pace,
) -> dict[str, list[float]]:
    """The times of the answers; the first round warms up and is forgotten."""
    server.await_answer(_wire(_ask_one(askers[0]), host, tokens, is_last=True))
    _check_answers(server, askers[0], host, tokens)
    steps = [
        [
            (_ONE, _wire(_ask_one(one), host, tokens), 200),
            (_MANY, _wire(_ask_many(one), host, tokens), 200),
        ]
        for one in askers
    ]
    seen: dict[str, list[float]] = {_ONE: [], _MANY: []}
    first = 0
    for n in range(pace.rounds + 1):
        times = run_steps(server, steps, first, pace.seconds)
        first += len(times[_ONE])
        for name in seen if n else ():
            seen[name] += times[name]
    return seen


def _check_answers(
    server: Server, asker: Asker, host: str, tokens: Mapping[PrincipalId, str]
) -> None:
    """Stops the run unless everything that is asked is allowed."""
    answer = ask(server.port, _wire(_ask_many(asker), host, tokens, is_last=True))
    told = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    if [one["decision"] for one in told["evaluations"]] != [True] * _SEVERAL:
        raise ServerError(answer.decode("utf-8", "replace"))


def _ask_one(asker: Asker) -> Asked:
    body = {**_common(asker), "resource": _machine(asker.machines[0])}
    return _post(asker, EVALUATION, body)


def _ask_many(asker: Asker) -> Asked:
    machines = [_machine(path) for path in asker.machines[:_SEVERAL]]
    parts = [{"resource": machine} for machine in machines]
    return _post(asker, EVALUATIONS, {**_common(asker), "evaluations": parts})


def _common(asker: Asker) -> dict[str, object]:
    return {"subject": {"type": "user", "id": asker.id}, "action": {"name": START}}


def _machine(path: str) -> dict[str, str]:
    return {"type": "azure", "id": path}


def _post(asker: Asker, path: str, body: Mapping[str, object]) -> Asked:
    return Asked(asker.id, "POST", path, b"", msgspec.json.encode(body))


def _wire(
    asked: Asked, host: str, tokens: Mapping[PrincipalId, str], *, is_last: bool = False
) -> bytes:
    return write_request(asked, host, tokens, is_last=is_last)


def _tell_load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _print(seen: Mapping[str, Sequence[float]]) -> None:
    print(f"{'':28}{'calls':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for name, times in seen.items():
        ordered = sorted(times)
        shares = (_at(ordered, share) * 1e3 for share in (0.5, 0.95, 0.99))
        print(f"{name:28}{len(times):8,}" + "".join(f"{one:9.2f}" for one in shares))
    ratio = statistics.median(seen[_FLOOR]) / statistics.median(seen[_CHECK])
    print(f"{'floor beside the check':28}{ratio:8.2f}", flush=True)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
