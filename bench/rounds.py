"""Rounds: the same load on product and floor in turn, so that what the machine does meets both."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from bench.load import Job, Report, Step
from bench.population import Population
from bench.processes import HOST, Server
from bench.rehearsal import Asked, ask_about, ask_activation, ask_deactivation, ask_own
from timebound.domain.ids import PrincipalId

LANES: Final = 8
"""How many connections ask at once."""
_MOST: Final = 1_000_000


class LoadFailedError(Exception):
    """The load met an answer that it did not expect."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked: a name, and for each person the calls that belong together."""

    name: str
    goal: float
    journeys: Sequence[Sequence[tuple[str, Asked, int]]]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one side: calls per second, times of answers, processor time for each call."""

    rate: float
    times: Mapping[str, Sequence[float]]
    cpu: float


@dataclass(slots=True)
class Side:
    """The product or the floor under one scenario: its job, how far it got, and its rounds."""

    server: Server
    job: Path
    first: int = 0
    rounds: list[Round] = field(default_factory=list)

    def run(self, seconds: float, most: int = _MOST) -> Round:
        """Runs one round."""
        before = self.server.cpu_seconds()
        report = _run_load(self.job, self.first, most, seconds)
        used = self.server.cpu_seconds() - before
        self.first += -(-report.journeys // LANES)
        calls = sum(len(times) for times in report.times.values())
        return Round(calls / report.seconds, report.times, used / calls)

    def rate(self) -> float:
        """The median of the rounds, in calls per second."""
        return statistics.median(one.rate for one in self.rounds)

    def cpu(self) -> float:
        """The median of the server's processor time for each call, in microseconds."""
        return statistics.median(one.cpu for one in self.rounds) * 1e6

    def time(self, step: str, share: float) -> float:
        """The time within which a share of the answers to a step came, in milliseconds."""
        times = sorted(time for one in self.rounds for time in one.times[step])
        return times[min(len(times) - 1, int(len(times) * share))] * 1e3

    def steps(self) -> Sequence[str]:
        """The names of the steps."""
        return tuple(self.rounds[0].times)


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario that was measured on both sides."""

    scenario: Scenario
    product: Side
    floor: Side

    def ratio(self) -> float:
        """The median over the rounds of the product's share of the floor's throughput."""
        pairs = zip(self.product.rounds, self.floor.rounds, strict=True)
        return statistics.median(product.rate / floor.rate for product, floor in pairs)


def make_scenarios(population: Population) -> tuple[Scenario, ...]:
    """The scenarios over everybody but the one whom the floor rehearses with."""
    people = [id_ for id_ in population.people if id_ != population.loner]
    administrator = population.administrator_id
    return (
        Scenario("read-own", 0.6, [[("read", ask_own(id_), 200)] for id_ in people]),
        Scenario("read-about", 0.6, [[("read", ask_about(administrator, i), 200)] for i in people]),
        Scenario(
            "activate",
            0.5,
            [
                [
                    ("activate", ask_activation(id_), 201),
                    ("deactivate", ask_deactivation(id_), 201),
                ]
                for id_ in people
            ],
        ),
    )


def write_job(
    scenario: Scenario, server: Server, host: str, tokens: Mapping[PrincipalId, str], path: Path
) -> Path:
    """The job of a scenario for one server, its people dealt out to the lanes."""
    journeys = [
        [Step(name, write_request(asked, host, tokens), status) for name, asked, status in journey]
        for journey in scenario.journeys
    ]
    lanes = [journeys[lane::LANES] for lane in range(LANES)]
    path.write_bytes(msgspec.msgpack.encode(Job(HOST, server.port, lanes)))
    return path


def write_request(
    asked: Asked, host: str, tokens: Mapping[PrincipalId, str], *, is_last: bool = False
) -> bytes:
    """A call as it goes over the wire."""
    target = asked.path if not asked.query else f"{asked.path}?{asked.query.decode()}"
    lines = [
        f"{asked.method} {target} HTTP/1.1",
        f"host: {host}",
        f"authorization: Bearer {tokens[asked.caller]}",
        "accept: application/json",
        *(f"{name}: {value}" for name, value in asked.headers),
    ]
    if asked.body:
        lines += ["content-type: application/json", f"content-length: {len(asked.body)}"]
    if is_last:
        lines.append("connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + asked.body


def measure(product: Side, floor: Side, seconds: float, rounds: int) -> None:
    """A warm-up once around, then the rounds, product and floor in turn."""
    for side in (product, floor):
        people = len(msgspec.msgpack.decode(side.job.read_bytes(), type=Job).lanes[0])
        side.run(10 * seconds, people)
    for _ in range(rounds):
        for side in (product, floor):
            side.rounds.append(side.run(seconds))


def run_steps(
    server: Server,
    journeys: Sequence[Sequence[tuple[str, bytes, int]]],
    first: int,
    seconds: float,
) -> Mapping[str, Sequence[float]]:
    """The times of the answers that one connection sees, by step, from journey number `first`."""
    lane = [[Step(*step) for step in journey] for journey in journeys]
    with tempfile.NamedTemporaryFile(prefix="timebound-job-") as file:
        path = Path(file.name)
        path.write_bytes(msgspec.msgpack.encode(Job(HOST, server.port, [lane])))
        return _run_load(path, first, _MOST, seconds).times


def _run_load(job: Path, first: int, most: int, seconds: float) -> Report:
    command = [sys.executable, "-m", "bench.load", str(job), str(first), str(most), str(seconds)]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode:
        raise LoadFailedError(done.stderr.decode("utf-8", "replace").strip())
    return msgspec.json.decode(done.stdout, type=Report)
