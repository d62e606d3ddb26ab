"""`python -m bench`: measures the service beside its floor and prints the table."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bench.access import SIZE as ACCESS_SIZE
from bench.access import measure_access
from bench.approvals import measure_approvals
from bench.azure import SIZE as AZURE_SIZE
from bench.azure import measure_azure
from bench.building import MissingDatabaseError, Pair, build, make_pair
from bench.bulk_policies import measure_bulk
from bench.comparing import compare
from bench.due import measure_due
from bench.evidence import measure_evidence
from bench.floor import Setup
from bench.groups import SIZE as GROUPS_SIZE
from bench.groups import measure_groups
from bench.identity import measure_identity
from bench.outbox import measure_outbox
from bench.population import Population, imagine_population
from bench.processes import HOST, Memory, Server, Start, find_free_port, run_server
from bench.rehearsal import ask_own
from bench.report import print_result, print_start, print_title
from bench.rounds import (
    LoadFailedError,
    Result,
    Side,
    make_scenarios,
    measure,
    write_job,
    write_request,
)
from bench.scale import Pace, measure_scale
from timebound.domain.ids import PrincipalId
from timebound.storage.compiling import Database

SEED: Final = "bench"
STARTS: Final = 5
_SERVED: Final = ("read-own", "read-about", "activate", "start")
_APART: Final[Mapping[str, Callable[[Sequence[Database]], None]]] = {
    "evidence": measure_evidence,
    "due": measure_due,
    "outbox": measure_outbox,
    "policies": measure_bulk,
    "approvals": measure_approvals,
}
"""What brings its own service, or needs none."""
_SIZED: Final[
    Mapping[str, tuple[Callable[[Sequence[Database], Sequence[int], Pace], None], int]]
] = {
    "groups": (measure_groups, GROUPS_SIZE),
    "access": (measure_access, ACCESS_SIZE),
    "azure": (measure_azure, AZURE_SIZE),
}
"""What is measured in a tenant of each size, and the size unless others are named."""
NAMES: Final = (*_SERVED, "identity", *_SIZED, *_APART)
_DATABASES: Final = {
    "sqlite": (Database.SQLITE,),
    "postgres": (Database.POSTGRESQL,),
    "both": (Database.SQLITE, Database.POSTGRESQL),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and for how long."""

    databases: Sequence[Database]
    seconds: float
    rounds: int
    people: int
    names: Sequence[str]
    sizes: Sequence[int]


def read_options() -> Options:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side")
    parser.add_argument("--people", type=int, default=2_000, help="people in the tenant")
    parser.add_argument("--database", choices=_DATABASES, default="both")
    parser.add_argument("--only", choices=NAMES, action="append", help="can be repeated")
    parser.add_argument("--quick", action="store_true", help="one second, three rounds, 400 people")
    parser.add_argument(
        "--scale",
        metavar="SIZES",
        help="compare tenants with so many grants: 1e3,1e5,1e6; groups, access or azure alone, too",
    )
    given = parser.parse_args()
    seconds, rounds, people = (
        (1.0, 3, 400) if given.quick else (given.seconds, given.rounds, given.people)
    )
    sizes = [int(float(size)) for size in given.scale.split(",")] if given.scale else []
    return Options(_DATABASES[given.database], seconds, rounds, people, given.only or NAMES, sizes)


@dataclass(frozen=True, slots=True)
class Bench:
    """One database made ready: where it is, who is in it, and who may ask."""

    pair: Pair
    folder: Path
    population: Population
    tokens: dict[PrincipalId, str]
    port: int

    @property
    def host(self) -> str:
        """What requests name as their host, the floor's as well."""
        return f"{HOST}:{self.port}"

    @contextmanager
    def run_product(self) -> Iterator[Server]:
        """The product as it is installed, behind a proxy on this machine."""
        command = [str(Path(sys.executable).with_name("timebound")), "serve"]
        command += ["--data", str(self.folder), "--database-url", self.pair.product]
        command += ["--host", HOST, "--port", str(self.port), "--plain-http"]
        command += ["--trusted-proxy", f"{HOST}/32", "--origin", f"http://{self.host}"]
        with run_server(command, self.port, self.folder / "product.log") as server:
            yield server

    @contextmanager
    def run_floor(self) -> Iterator[Server]:
        """The floor on its copy."""
        port = find_free_port()
        setup = Setup(
            self.pair.floor,
            port,
            f"http://{self.host}",
            SEED,
            len(self.population.people),
            {str(id_): token for id_, token in self.tokens.items()},
        )
        path = self.folder / "floor.json"
        path.write_bytes(msgspec.json.encode(setup))
        command = [sys.executable, "-m", "bench.floor", str(path)]
        with run_server(command, port, self.folder / "floor.log") as server:
            yield server

    def hello(self) -> bytes:
        """A first call, whose answer shows that a server is there."""
        asked = ask_own(self.population.people[0])
        return write_request(asked, self.host, self.tokens, is_last=True)

    def run_scenarios(self, options: Options) -> Memory:
        """Measures and prints each scenario; answers what the product weighs afterwards."""
        with ExitStack() as held:
            product = held.enter_context(self.run_product())
            product.await_answer(self.hello())
            floor = held.enter_context(self.run_floor())
            floor.await_answer(self.hello())
            compare(product, floor, self.population, self.host, self.tokens)
            for scenario in make_scenarios(self.population):
                if scenario.name not in options.names:
                    continue
                sides = []
                for name, server in (("product", product), ("floor", floor)):
                    path = self.folder / f"{scenario.name}-{name}.job"
                    write_job(scenario, server, self.host, self.tokens, path)
                    sides.append(Side(server, path))
                measure(sides[0], sides[1], options.seconds, options.rounds)
                print_result(Result(scenario, sides[0], sides[1]))
            return product.weigh()

    def time_starts(self) -> Sequence[Start]:
        """What the product takes to its first answer, several times."""
        took = []
        for _ in range(STARTS):
            with self.run_product() as product:
                took.append(product.await_answer(self.hello()))
        return took


def run_database(database: Database, options: Options) -> None:
    """Measures everything on one database."""
    print_title(database, options.people)
    with tempfile.TemporaryDirectory(prefix="timebound-bench-") as name, ExitStack() as held:
        folder, port = Path(name), find_free_port()
        pair = held.enter_context(make_pair(database, folder))
        population = imagine_population(SEED, options.people)
        tokens = asyncio.run(build(pair, folder, population, f"http://{HOST}:{port}"))
        bench = Bench(pair, folder, population, tokens, port)
        memory = bench.run_scenarios(options)
        if "start" in options.names:
            print_start(bench.time_starts(), memory)


def run_databases(options: Options) -> None:
    """Measures on each database what the service is asked beside its floor."""
    for database in options.databases:
        try:
            run_database(database, options)
        except MissingDatabaseError as missing:
            print(missing)
        except LoadFailedError as failed:
            raise SystemExit(str(failed)) from failed


def main() -> None:
    """Runs what the options ask for."""
    options = read_options()
    pace = Pace(options.seconds, options.rounds)
    if options.sizes and list(options.names) not in [[name] for name in _SIZED]:
        measure_scale(options.databases, options.sizes, pace)
        return
    if set(options.names) & set(_SERVED):
        run_databases(options)
    if "identity" in options.names:
        asyncio.run(measure_identity(options.seconds / 4, options.rounds))
    for name, (measure_sizes, size) in _SIZED.items():
        if name in options.names:
            measure_sizes(options.databases, options.sizes or (size,), pace)
    for name, measure_apart in _APART.items():
        if name in options.names:
            measure_apart(options.databases)


if __name__ == "__main__":
    main()
