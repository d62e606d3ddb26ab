"""The one writer of a SQLite file: a thread that commits together what is waiting together."""

import asyncio
import contextlib
import sqlite3
import threading
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

MOST_TOGETHER: Final = 256
"""How many jobs share one commit at most."""

BUSY_MILLISECONDS: Final = 10_000
"""How long one process waits for another one that writes to the same file."""

Result = TypeVar("Result")


class ConflictError(Exception):
    """A job found that it must not be done; what it wrote is taken back."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Work for the writer, and who waits for it."""

    work: Callable[[sqlite3.Connection], Any]
    loop: AbstractEventLoop
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a job, to be told once it is durable."""

    job: _Job
    result: Any = None
    error: BaseException | None = None


def connect(path: Path) -> sqlite3.Connection:
    """A connection as both reader and writer have it.

    WAL lets readers go on while somebody writes; synchronous=FULL makes each commit durable, the
    operating system's crash included; foreign keys are off by default in SQLite.
    """
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=1024)
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


class SqliteWriter:
    """Runs jobs one after the other, each whole or not at all, and tells of them when durable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What the job answers, once it is durable; raises what the job raised."""
        loop = asyncio.get_running_loop()
        future: Future[Result] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    async def close(self) -> None:
        """Finishes what is waiting."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        connection = connect(self._path)
        is_open = True
        while is_open:
            jobs, is_open = self._take()
            if jobs:
                _tell(_commit(connection, jobs))
        connection.close()

    def _take(self) -> tuple[list[_Job], bool]:
        """The jobs that are waiting, at least one of them, and whether more may come."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        with contextlib.suppress(Empty):
            while job is not None:
                jobs.append(job)
                if len(jobs) == MOST_TOGETHER:
                    return jobs, True
                job = self._jobs.get_nowait()
            return jobs, False
        return jobs, True


def _commit(connection: sqlite3.Connection, jobs: list[_Job]) -> list[_Outcome]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_do(connection, job) for job in jobs]
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - it is raised where each job is awaited
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [_Outcome(job, error=error) for job in jobs]
    return outcomes


def _do(connection: sqlite3.Connection, job: _Job) -> _Outcome:
    connection.execute("SAVEPOINT job")
    try:
        outcome = _Outcome(job, job.work(connection))
    except Exception as error:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO job")
        outcome = _Outcome(job, error=error)
    connection.execute("RELEASE job")
    return outcome


def _tell(outcomes: Iterable[_Outcome]) -> None:
    by_loop: dict[AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome.job.loop, []).append(outcome)
    for loop, told in by_loop.items():
        # A loop that has been closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(outcomes: Iterable[_Outcome]) -> None:
    for outcome in outcomes:
        future = outcome.job.future
        if future.done():
            continue
        if outcome.error is None:
            future.set_result(outcome.result)
        else:
            future.set_exception(outcome.error)
