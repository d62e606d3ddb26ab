"""The load generator: a few keep-alive connections that ask again as soon as they are answered.

It runs in a process of its own (`python -m bench.load JOB FIRST MOST SECONDS`) and writes what it
saw to standard output. Requests are bytes made beforehand; what comes back is looked at only as far
as its status and its length. An answer with another status than the expected one ends the run.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

_HEAD_ENDS: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_PATIENCE: Final = 30.0
"""How many seconds more than it was given a run may take before it counts as stuck."""


class Step(msgspec.Struct, frozen=True):
    """One request as it goes over the wire, and the status that must come back."""

    name: str
    request: bytes
    status: int


class Job(msgspec.Struct, frozen=True):
    """What each connection does: its lane is a ring of journeys, a journey is done whole."""

    host: str
    port: int
    lanes: list[list[list[Step]]]


class Report(msgspec.Struct):
    """What was seen: how long it took, how many journeys, and each answer's time by step."""

    seconds: float
    journeys: int
    times: dict[str, list[float]]


class LoadError(Exception):
    """An answer that is not the expected one, or none."""


class _Lane(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last one is whole."""

    def __init__(self, journeys: list[list[Step]], first: int, most: int) -> None:
        self._journeys = journeys
        self._next = first % len(journeys)
        self._most = most
        self._steps: list[Step] = []
        self._step: Step | None = None
        self._buffer = b""
        self._asked_at = 0.0
        self._ends_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self.finished = 0
        self.times: dict[str, list[float]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the connection; nothing is sent before all lanes are connected."""
        self._transport = cast("asyncio.Transport", transport)

    def start(self, ends_at: float) -> None:
        """Begins to ask; no new journey starts after `ends_at`."""
        self._ends_at = ends_at
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Takes in a part of an answer; goes on when it is whole."""
        self._buffer = self._buffer + data if self._buffer else data
        head_end = self._buffer.find(_HEAD_ENDS)
        if head_end < 0:
            return
        whole = head_end + len(_HEAD_ENDS) + _read_length(self._buffer[:head_end])
        if len(self._buffer) < whole:
            return
        self._take_answer()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that ends before the run does is a fault."""
        if not self.done.done():
            self.done.set_exception(LoadError(f"the connection was lost: {exc}"))

    def _take_answer(self) -> None:
        took = time.perf_counter() - self._asked_at
        step, answer, self._buffer = self._step, self._buffer, b""
        if step is None or int(answer[9:12]) != step.status:
            self._fail(step, answer)
            return
        self.times.setdefault(step.name, []).append(took)
        self._go_on()

    def _go_on(self) -> None:
        if not self._steps:
            if self._step is not None:
                self.finished += 1
            if self.finished >= self._most or time.perf_counter() >= self._ends_at:
                self.done.set_result(None)
                return
            self._steps = self._journeys[self._next][::-1]
            self._next = (self._next + 1) % len(self._journeys)
        self._step = self._steps.pop()
        self._asked_at = time.perf_counter()
        if self._transport is not None:
            self._transport.write(self._step.request)

    def _fail(self, step: Step | None, answer: bytes) -> None:
        asked = step.request.split(b"\r\n", 1)[0].decode() if step else "nothing"
        said = answer.decode("utf-8", "replace")
        self.done.set_exception(LoadError(f"{asked} was answered:\n{said}"))
        if self._transport is not None:
            self._transport.abort()


def _read_length(head: bytes) -> int:
    folded = head.lower()
    start = folded.find(_LENGTH)
    if start < 0:
        raise LoadError(f"an answer does not tell its length:\n{head.decode('latin-1')}")
    return int(folded[start + len(_LENGTH) :].split(b"\r\n", 1)[0])


async def run_job(job: Job, first: int, most: int, seconds: float) -> Report:
    """Runs all lanes at once, each from its journey number `first` and at most so many of them."""
    loop = asyncio.get_running_loop()
    lanes = [_Lane(journeys, first, most) for journeys in job.lanes]
    for lane in lanes:
        await loop.create_connection(lambda lane=lane: lane, job.host, job.port)  # type: ignore[misc]  # the default argument binds this lane
    began = time.perf_counter()
    for lane in lanes:
        lane.start(began + seconds)
    async with asyncio.timeout(seconds + _PATIENCE):
        await asyncio.gather(*(lane.done for lane in lanes))
    took = time.perf_counter() - began
    times: dict[str, list[float]] = {}
    for lane in lanes:
        for name, some in lane.times.items():
            times.setdefault(name, []).extend(some)
    return Report(took, sum(lane.finished for lane in lanes), times)


def main() -> None:
    """Runs the job of a file and writes the report as JSON."""
    path, first, most, seconds = sys.argv[1:]
    job = msgspec.msgpack.decode(Path(path).read_bytes(), type=Job)
    try:
        report = uvloop.run(run_job(job, int(first), int(most), float(seconds)))
    except (LoadError, OSError) as fault:  # a time-out is an OSError
        raise SystemExit(f"the load stopped: {fault!r}") from fault
    write_whole(sys.stdout.fileno(), msgspec.json.encode(report))


def write_whole(target: int, content: bytes) -> None:
    """Writes all of it: where Python does not buffer its output, a write may end after a part."""
    with open(target, "wb", closefd=False) as sink:
        sink.write(content)


if __name__ == "__main__":
    main()
