"""Everything that a database holds of a tenant, past the store that it belongs to."""

import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg

from timebound.storage.opening import sqlite_path
from timebound.storage.tables import metadata

Rows: TypeAlias = frozenset[tuple[Any, ...]]
ReadRows: TypeAlias = Callable[[str], Awaitable[Rows]]
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWNERS: Final = {
    table.name: "id" if table.name == "tenants" else "tenant_id"
    for table in metadata.sorted_tables
    if table.name == "tenants" or "tenant_id" in table.columns
}
"""The column of each table that says whose a row is; the others are nobody's."""


@asynccontextmanager
async def watch_rows(url: str) -> AsyncIterator[ReadRows]:
    """What reads all rows of a tenant, each with the name of its table."""
    path = sqlite_path(url)
    if path is None:
        connection = await asyncpg.connect(url)

        async def read_postgres(tenant_id: str) -> Rows:
            found = [
                (table, await connection.fetch(_select(table, "$1"), tenant_id))
                for table in _OWNERS
            ]
            return frozenset((table, *row) for table, rows in found for row in rows)

        try:
            yield read_postgres
        finally:
            await connection.close()
        return
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as opened:

        async def read_sqlite(tenant_id: str) -> Rows:
            found = [
                (table, opened.execute(_select(table, "?"), (tenant_id,))) for table in _OWNERS
            ]
            return frozenset((table, *row) for table, rows in found for row in rows)

        yield read_sqlite


def _select(table: str, hole: str) -> str:
    return f"SELECT * FROM {table} WHERE {_OWNERS[table]} = {hole}"  # noqa: S608 - names are constants


def find_ids(rows: Rows) -> set[str]:
    """Every id that rows hold, wherever they hold it."""
    return {id_ for row in rows for value in row for id_ in _GUID.findall(str(value))}
