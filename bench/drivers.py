"""The floor's two databases: statements by hand on the raw driver, as durable as the product's.

SQLite: reads within the call, and one writing thread that commits together what waits together
(WAL, synchronous=FULL). PostgreSQL: a few connections, one transaction for each write.
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
    """A write: the lock with the versions it must find, and the statements with their rows."""

    lock: str
    lock_arguments: Row
    expected: Mapping[str, int]
    runs: Sequence[tuple[str, Sequence[Row]]]

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
    if not job.is_current(connection.execute(job.lock, job.lock_arguments).fetchall()):
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
        """One transaction: lock, compare, write."""
        connection = await self._idle.get()
        try:
            await connection.execute("BEGIN")
            if not job.is_current(await connection.fetch(job.lock, *job.lock_arguments)):
                await connection.execute("ROLLBACK")
                return False
            for text, rows in job.runs:
                if len(rows) == 1:
                    await connection.fetch(text, *rows[0])
                else:
                    await connection.executemany(text, rows)
            await connection.execute("COMMIT")
        finally:
            self._idle.put_nowait(connection)
        return True


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
