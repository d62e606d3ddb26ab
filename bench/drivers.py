"""The floor's two databases: statements by hand on the raw driver, as durable as the product's.

SQLite: reads within the call, and one writing thread that commits together what waits together
(WAL, synchronous=FULL). PostgreSQL: a few connections, and one statement for each write.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol, TypeAlias

import asyncpg

Row: TypeAlias = Sequence[Any]
CONNECTIONS: Final = 10
_MOST_TOGETHER: Final = 256
_SETTINGS: Final = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}


@dataclass(frozen=True, slots=True)
class Job:
    """A write: what finds out whether it may be done, and the statements with their rows.

    On SQLite the former reads versions, which must be the expected ones; on PostgreSQL it does all
    of it at once, and there is nothing left to run; what has no version yet is given one then.
    """

    judge: str
    judge_arguments: Row
    expected: Mapping[str, int]
    runs: Sequence[tuple[str, Sequence[Row]]]
    zeros: tuple[str, Sequence[Row]]

    def is_current(self, rows: Sequence[Row]) -> bool:
        """Whether the versions are those that the write rests on."""
        current = {row[0]: row[1] for row in rows}
        return all(current.get(key, 0) == version for key, version in self.expected.items())


class Driver(Protocol):
    """What the floor needs of a database."""

    async def ask(self, text: str, arguments: Row) -> Sequence[Row]:
        """The rows of a statement."""
        ...

    async def write(self, job: Job) -> bool:
        """Writes durably; False if a version was not current."""
        ...


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=1024)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {setting}")
    return connection


class SqliteDriver:
    """SQLite by hand."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = _connect(path)
        self._waiting: SimpleQueue[tuple[Job, asyncio.Future[bool]]] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._write_all, daemon=True).start()

    async def ask(self, text: str, arguments: Row) -> Sequence[Row]:
        """The rows of a statement, read within the call."""
        return self._reader.execute(text, arguments).fetchall()

    async def write(self, job: Job) -> bool:
        """Waits until the write is durable."""
        future: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.put((job, future))
        return await future

    def _write_all(self) -> None:
        connection = _connect(self._path)
        while True:
            waiting = [self._waiting.get()]
            try:
                while len(waiting) < _MOST_TOGETHER:
                    waiting.append(self._waiting.get_nowait())
            except Empty:
                pass
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [(future, _write(connection, job)) for job, future in waiting]
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_tell, outcomes)


def _write(connection: sqlite3.Connection, job: Job) -> bool:
    if not job.is_current(connection.execute(job.judge, job.judge_arguments).fetchall()):
        return False
    for text, rows in job.runs:
        connection.executemany(text, rows)
    return True


def _tell(outcomes: Sequence[tuple[asyncio.Future[bool], bool]]) -> None:
    for future, is_written in outcomes:
        future.set_result(is_written)


class PostgresDriver:
    """PostgreSQL by hand."""

    def __init__(self, connections: Sequence["asyncpg.Connection[asyncpg.Record]"]) -> None:
        self._idle: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
        for connection in connections:
            self._idle.put_nowait(connection)

    async def ask(self, text: str, arguments: Row) -> Sequence[Row]:
        """The rows of a statement."""
        connection = await self._idle.get()
        try:
            rows: Sequence[Row] = await connection.fetch(text, *arguments)
        finally:
            self._idle.put_nowait(connection)
        return rows

    async def write(self, job: Job) -> bool:
        """One statement: it locks, compares, writes and tells whether it did."""
        ((is_complete, is_written),) = await self.ask(job.judge, job.judge_arguments)
        if not is_complete:
            await self._run_many(*job.zeros)
            ((_, is_written),) = await self.ask(job.judge, job.judge_arguments)
        return bool(is_written)

    async def _run_many(self, text: str, rows: Sequence[Row]) -> None:
        connection = await self._idle.get()
        try:
            await connection.executemany(text, rows)
        finally:
            self._idle.put_nowait(connection)


async def open_driver(database_url: str) -> Driver:
    """The driver of a database address."""
    if database_url.startswith("sqlite:///"):
        return SqliteDriver(Path(database_url.removeprefix("sqlite:///")))
    connect: Callable[[], Any] = lambda: asyncpg.connect(  # noqa: E731 - said ten times
        database_url,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings=_SETTINGS,
    )
    return PostgresDriver([await connect() for _ in range(CONNECTIONS)])
