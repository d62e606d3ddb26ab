"""Bringing the schema of a database up to date, or to any other revision.

Whether anything is due is asked with the driver alone; Alembic is loaded only where it is. It
writes the statements, and the driver runs them in one transaction that holds a lock: of two
servers that start at once one migrates and the other finds nothing left to do.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg

from timebound.storage.compiling import Database
from timebound.storage.migrations import BASE, HEAD
from timebound.storage.opening import UnknownDatabaseError, check_url, sqlite_path

_LOCK: Final = 0x7469_6D65_626F_756E
"""The advisory lock of PostgreSQL that a migration holds: `timeboun` in ASCII."""

_REVISION: Final = "SELECT version_num FROM alembic_version"


def migrate(database_url: str, revision: str = HEAD) -> None:
    """Brings the schema to the revision, the newest unless said otherwise; makes a SQLite file."""
    check_url(database_url)
    path = sqlite_path(database_url)
    if path is None:
        asyncio.run(_migrate_postgres(database_url, revision))
    else:
        _migrate_sqlite(path, revision)


def _write_script(database: Database, start: str, end: str) -> str:
    from timebound.storage.scripting import write_script  # noqa: PLC0415 - Alembic is slow to load

    return write_script(database, start, end)


def _migrate_sqlite(path: Path, revision: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=60000")
        if _sqlite_revision(connection) == revision:
            return
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        current = _sqlite_revision(connection)
        if current != revision:
            for statement in _split(_write_script(Database.SQLITE, current, revision)):
                connection.execute(statement)
        connection.execute("COMMIT")


def _sqlite_revision(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute(_REVISION).fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return BASE
    return BASE if row is None else str(row[0])


def _split(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


async def _migrate_postgres(url: str, revision: str) -> None:
    connection = await _connect(url)
    try:
        if await _postgres_revision(connection) == revision:
            return
        # Held by the session: a transaction that began before the wait would not see what was made
        # meanwhile. It ends with the connection.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        async with connection.transaction():
            current = await _postgres_revision(connection)
            if current != revision:
                await connection.execute(_write_script(Database.POSTGRESQL, current, revision))
    finally:
        await connection.close()


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(url)
    except asyncpg.ClientConfigurationError as error:
        raise UnknownDatabaseError(str(error)) from error
    except (ValueError, OverflowError):
        # What could not be read may be a piece of the password.
        raise UnknownDatabaseError(
            "the address cannot be read: postgresql://USER:PASSWORD@HOST:PORT/NAME, with %XX for "
            "what is special in a password"
        ) from None


async def _postgres_revision(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return BASE
    found = await connection.fetchval(_REVISION)
    return BASE if found is None else str(found)
