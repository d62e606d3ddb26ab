"""What lists and activations in Azure cost beside their floors, as assignments of others grow.

In the cloud of the checks of access: people list what they have at the root of the tenant and
activate what they are eligible for; whoever reads everything lists a subscription, a first page and
a later one, and a resource group. The floor does the same statements (`bench.azure_floor`).
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bench.access import fill_cloud, serve_cloud
from bench.azure_floor import Setup, Spoken
from bench.building import MissingDatabaseError, make_pair, open_tokens
from bench.clouds import OPERATOR, Cloud
from bench.processes import HOST, Server, ServerError, ask, find_free_port, run_server
from bench.rehearsal import Asked
from bench.report import print_head, print_result
from bench.rounds import LANES, Result, Scenario, Side, measure, write_job, write_request
from bench.scale import NAMES, Pace
from timebound.domain.ids import PrincipalId
from timebound.server.ids import derive_id
from timebound.storage.compiling import Database

SIZE: Final = 100_000
"""How many assignments there are unless sizes are named."""
_READ_GOAL, _WRITE_GOAL = 0.6, 0.5
_PEOPLE, _PLACES = 200, 40
_ACTIVATIONS: Final = 400
"""How many people activate in all rounds together: each of them once."""
_PIM: Final = "/providers/Microsoft.Authorization"
_VERSION: Final = "api-version=2020-10-01"
_ASSIGNED, _ELIGIBLE = "roleAssignmentScheduleInstances", "roleEligibilityScheduleInstances"
_PAGE: Final = f"{_VERSION}&$top=100"
_PLAIN_PAGE: Final = "api-version=2022-04-01&$top=100"


@dataclass(frozen=True, slots=True)
class Bench:
    """A cloud with its product, its floor, and who may ask."""

    product: Server
    floor: Server
    host: str
    tokens: dict[PrincipalId, str]
    folder: Path

    def make_side(self, scenario: Scenario, name: str) -> Side:
        """The product or the floor under a scenario."""
        server = self.product if name == "product" else self.floor
        path = self.folder / f"{scenario.name}-{name}.job"
        return Side(server, write_job(scenario, server, self.host, self.tokens, path))


def measure_azure(databases: Sequence[Database], sizes: Sequence[int], pace: Pace) -> None:
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
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="timebound-azure-")))
        pair = held.enter_context(make_pair(database, folder))
        population, cloud = asyncio.run(fill_cloud(pair.product, size))
        port = find_free_port()
        host, origin = f"{HOST}:{port}", f"http://{HOST}:{port}"
        people = _choose_people(cloud)
        ids = [cloud.reader, *(cloud.person(n) for n in people)]
        opened = open_tokens(pair.product, folder, population, origin, ids, is_for_azure=True)
        tokens = asyncio.run(opened)
        pair.copy()
        product = held.enter_context(serve_cloud(pair.product, folder, port))
        reads = _list_reads(cloud, people[:_PEOPLE])
        _await(product, host, reads["own assignments at the root"][0], tokens)
        reads["a later page of it"] = [
            _follow(product, host, one, tokens) for one in reads["a subscription"]
        ]
        writes = [_activate(cloud, number) for number in people]
        spoken = [*writes, *(one for some in reads.values() for one in some)]
        setup = Setup(
            pair.floor, find_free_port(), origin, {str(i): t for i, t in tokens.items()}, spoken
        )
        floor = held.enter_context(_run_floor(setup, folder))
        _await(floor, host, reads["own assignments at the root"][0], tokens)
        print(f"\n{NAMES[database]}, {size:,} assignments at 10,000 places, load {_tell_load()}")
        print_head()
        bench = Bench(product, floor, host, tokens, folder)
        for name, some in reads.items():
            _compare(bench, some[0])
            _measure_reads(bench, name, some, pace)
        _measure_writes(bench, writes, pace)
        print(f"load afterwards: {_tell_load()}", flush=True)


def _choose_people(cloud: Cloud) -> Sequence[int]:
    step = max(1, cloud.people // _ACTIVATIONS)
    return range(0, cloud.people, step)[:_ACTIVATIONS]


def _list_reads(cloud: Cloud, people: Sequence[int]) -> dict[str, list[Spoken]]:
    """What is listed, by name; later pages come when the first ones are there."""
    own = f"{_VERSION}&$filter=asTarget()"
    subscriptions = list(dict.fromkeys(cloud.subscription_of(n) for n in people))[:_PLACES]
    groups = [f"{one}/resourceGroups/group-{n % 20}" for n, one in enumerate(subscriptions)]
    ids = [cloud.person(n) for n in people]
    return {
        "own assignments at the root": [_get(id_, "", _ASSIGNED, own) for id_ in ids],
        "own eligibilities at the root": [_get(id_, "", _ELIGIBLE, own) for id_ in ids],
        "a subscription": [_get(cloud.reader, one, _ASSIGNED, _PAGE) for one in subscriptions],
        "a resource group": [_get(cloud.reader, one, _ASSIGNED, _PAGE) for one in groups],
        "eligibilities of a subscription": [
            _get(cloud.reader, one, _ELIGIBLE, _PAGE) for one in subscriptions
        ],
        "role assignments of a subscription": [
            _get(cloud.reader, one, "roleAssignments", _PLAIN_PAGE) for one in subscriptions
        ],
    }


def _get(caller: PrincipalId, place: str, kind: str, query: str) -> Spoken:
    return Spoken(caller, "GET", f"{place}{_PIM}/{kind}", query)


def _activate(cloud: Cloud, number: int) -> Spoken:
    caller, place = cloud.person(number), cloud.subscription_of(number)
    name = derive_id(cloud.tenant_id, "activation of", caller)
    properties = {
        "requestType": "SelfActivate",
        "principalId": caller,
        "roleDefinitionId": f"{place}{_PIM}/roleDefinitions/{OPERATOR}",
        "justification": "Measuring the service",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT2H"}},
    }
    path = f"{place}{_PIM}/roleAssignmentScheduleRequests/{name}"
    return Spoken(caller, "PUT", path, _VERSION, msgspec.json.encode({"properties": properties}))


def _make_call(spoken: Spoken) -> Asked:
    caller = PrincipalId(spoken.caller)
    return Asked(caller, spoken.method, spoken.path, spoken.query.encode(), spoken.body)


def _await(server: Server, host: str, spoken: Spoken, tokens: dict[PrincipalId, str]) -> None:
    server.await_answer(write_request(_make_call(spoken), host, tokens, is_last=True))


def _read(server: Server, host: str, spoken: Spoken, tokens: dict[PrincipalId, str]) -> bytes:
    answer = ask(server.port, write_request(_make_call(spoken), host, tokens, is_last=True))
    if b" 20" not in answer[:12]:
        raise ServerError(f"{answer.decode('utf-8', 'replace')}\n{server.read_log()}")
    return answer.partition(b"\r\n\r\n")[2]


def _follow(product: Server, host: str, first: Spoken, tokens: dict[PrincipalId, str]) -> Spoken:
    """The page behind the first one; that again where there is no other."""
    told = msgspec.json.decode(_read(product, host, first, tokens))
    link = told.get("nextLink")
    if link is None:
        return first
    return Spoken(first.caller, "GET", first.path, link.partition("?")[2], b"", first.query)


def _compare(bench: Bench, spoken: Spoken) -> None:
    """Stops the run where the floor tells something else than the product."""
    servers = (bench.product, bench.floor)
    told = [
        msgspec.json.decode(_read(server, bench.host, spoken, bench.tokens)) for server in servers
    ]
    if told[0]["value"] != told[1]["value"] or not told[0]["value"]:
        raise ServerError(f"product and floor differ on {spoken.target}:\n{told}")


def _measure_reads(bench: Bench, name: str, asked: Sequence[Spoken], pace: Pace) -> None:
    scenario = Scenario(name, _READ_GOAL, [[("read", _make_call(one), 200)] for one in asked])
    sides = [bench.make_side(scenario, side) for side in ("product", "floor")]
    measure(sides[0], sides[1], pace.seconds, pace.rounds)
    print_result(Result(scenario, sides[0], sides[1]))


def _measure_writes(bench: Bench, asked: Sequence[Spoken], pace: Pace) -> None:
    """In each round other people activate, as many on the one side as on the other."""
    share = len(asked) // (pace.rounds + 1) // LANES * LANES
    whole, sides = Scenario("activate", _WRITE_GOAL, ()), dict[str, Side]()
    for n in range(pace.rounds + 1):
        people = asked[n * share : (n + 1) * share]
        calls = [[("activate", _make_call(one), 201)] for one in people]
        scenario = Scenario(f"activate-{n}", _WRITE_GOAL, calls)
        for name in ("product", "floor"):
            side = bench.make_side(scenario, name)
            seen = side.run(60, share // LANES)
            # The first round warms up and is forgotten.
            sides.setdefault(name, side).rounds += [seen] if n else []
    print_result(Result(whole, sides["product"], sides["floor"]))


@contextmanager
def _run_floor(setup: Setup, folder: Path) -> Iterator[Server]:
    path = folder / "floor.json"
    path.write_bytes(msgspec.json.encode(setup))
    command = [sys.executable, "-m", "bench.azure_floor", str(path)]
    with run_server(command, setup.port, folder / "floor.log") as server:
        yield server


def _tell_load() -> str:
    return f"{os.getloadavg()[0]:.1f}"
