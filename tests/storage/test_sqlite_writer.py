"""The writer: one durable commit for what waits together, each job whole or not at all."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from timebound.storage.sqlite_writer import MOST_TOGETHER, ConflictError, SqliteWriter, connect


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    connection = connect(tmp_path / "w.db")
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    connection.close()
    made = SqliteWriter(tmp_path / "w.db")
    yield made
    await made.close()


def insert(number: int) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return work


def read(path: Path) -> list[int]:
    connection = connect(path)
    found = [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]
    connection.close()
    return found


async def test_what_waits_together_is_committed_together(
    writer: SqliteWriter, tmp_path: Path
) -> None:
    may_go = threading.Event()
    commits: list[int] = []

    def hold(_: sqlite3.Connection) -> int:
        may_go.wait()
        return 0

    def count(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (1000 + len(commits),))
        commits.append(len(read(tmp_path / "w.db")))
        return 0

    held = asyncio.create_task(writer.submit(hold))
    waiting = [asyncio.create_task(writer.submit(count)) for _ in range(MOST_TOGETHER + 1)]
    await asyncio.sleep(0)
    may_go.set()
    await asyncio.gather(held, *waiting)
    # Each job sees what was committed before it: nothing, or one of at most two full batches.
    assert len(set(commits)) <= 3
    assert len(read(tmp_path / "w.db")) == MOST_TOGETHER + 1


async def test_a_job_that_fails_takes_back_itself_alone(
    writer: SqliteWriter, tmp_path: Path
) -> None:
    def conflict(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (100)")
        raise ConflictError

    def fault(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (200)")
        raise ValueError("a fault")

    jobs = [insert(1), conflict, insert(2), fault, insert(2), insert(3)]
    done = await asyncio.gather(*(writer.submit(job) for job in jobs), return_exceptions=True)
    assert [type(outcome) for outcome in done] == [
        int,
        ConflictError,
        int,
        ValueError,
        sqlite3.IntegrityError,
        int,
    ]
    assert read(tmp_path / "w.db") == [1, 2, 3]


async def test_who_stops_waiting_does_not_stop_the_others(
    writer: SqliteWriter, tmp_path: Path
) -> None:
    first = asyncio.create_task(writer.submit(insert(1)))
    await asyncio.sleep(0)
    first.cancel()
    assert await writer.submit(insert(2)) == 2
    assert read(tmp_path / "w.db") == [1, 2]


async def test_closing_finishes_what_waits(tmp_path: Path, writer: SqliteWriter) -> None:
    tasks = [asyncio.create_task(writer.submit(insert(n))) for n in range(50)]
    await asyncio.sleep(0)
    await writer.close()
    assert await asyncio.gather(*tasks) == list(range(50))
    assert read(tmp_path / "w.db") == list(range(50))


async def test_two_processes_share_a_file(writer: SqliteWriter, tmp_path: Path) -> None:
    other = SqliteWriter(tmp_path / "w.db")
    jobs = [(writer, other)[n % 2].submit(insert(n)) for n in range(100)]
    await asyncio.gather(*jobs)
    await other.close()
    assert read(tmp_path / "w.db") == list(range(100))


async def test_commits_are_durable_and_keys_are_checked(tmp_path: Path) -> None:
    connection = connect(tmp_path / "p.db")
    settings = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    connection.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
