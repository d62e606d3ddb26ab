"""Looking into a database, and writing into it, past the store that it belongs to."""

import asyncio
import contextlib
import sqlite3

import asyncpg

from timebound.storage.opening import sqlite_path


def run_sql(url: str, statement: str) -> list[tuple[object, ...]]:
    """The rows that a statement answers on either database; what it writes is kept."""
    path = sqlite_path(url)
    if path is None:
        return asyncio.run(_run_on_postgres(url, statement))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


async def _run_on_postgres(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def mark_as_later(url: str, revision: str) -> None:
    """Makes a database look as if a later version of the program had made it."""
    run_sql(url, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 - a test's own
