"""Writing a whole tenant in bulk: tables are filled without their indexes, which follow.

It is for new databases: what is written is safe only when all of it is, so what was stopped on the
way is thrown away and begun anew.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg
from sqlalchemy import Table
from sqlalchemy.schema import CreateIndex, DropIndex, ExecutableDDLElement

from bench.rows import TABLES
from timebound.storage.compiling import Database, dialect_of
from timebound.storage.opening import sqlite_path
from timebound.storage.statements import Values, insert_into

_FAST: Final = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000")
_MEMORY: Final = "maintenance_work_mem"


class Block(Protocol):
    """Rows by their tables, written together."""

    @property
    def of(self) -> Mapping[Table, Sequence[Values]]:
        """The rows of each table."""


class Bulk(Protocol):
    """A database that takes many rows."""

    async def begin(self) -> None:
        """Drops the indexes of what is to be filled."""

    async def write(self, rows: Block) -> None:
        """Adds a block of rows."""

    async def finish(self, tell: Callable[[str], None]) -> None:
        """Makes the indexes and disconnects; tells what is being done."""


class SqliteBulk:
    """Many rows at once into a SQLite file."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=64)

    async def begin(self) -> None:
        """Drops the indexes of what is to be filled."""
        for setting in _FAST:
            self._connection.execute(f"PRAGMA {setting}")
        for _, text in _drop_indexes(Database.SQLITE):
            self._connection.execute(text)

    async def write(self, rows: Block) -> None:
        """Adds a block of rows."""
        self._connection.execute("BEGIN")
        for table, values in rows.of.items():
            compiled = insert_into(table).compile_for(Database.SQLITE)
            self._connection.executemany(compiled.text, map(compiled.arguments, values))
        self._connection.execute("COMMIT")

    async def finish(self, tell: Callable[[str], None]) -> None:
        """Makes the indexes and disconnects; tells what is being done."""
        for name, text in _create_indexes(Database.SQLITE):
            tell(name)
            self._connection.execute(text)
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.close()


class PostgresBulk:
    """Many rows at once into a PostgreSQL database."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - of asyncpg, which is not typed so
        self._connection = connection

    async def begin(self) -> None:
        """Drops the indexes of what is to be filled."""
        await self._connection.execute(f"SET {_MEMORY} = '512MB'")
        for _, text in _drop_indexes(Database.POSTGRESQL):
            await self._connection.execute(text)

    async def write(self, rows: Block) -> None:
        """Adds a block of rows."""
        async with self._connection.transaction():
            for table, values in rows.of.items():
                names = [column.name for column in table.columns]
                records = [tuple([row[name] for name in names]) for row in values]
                await self._connection.copy_records_to_table(
                    table.name, records=records, columns=names
                )

    async def finish(self, tell: Callable[[str], None]) -> None:
        """Makes the indexes and disconnects; tells what is being done."""
        for name, text in _create_indexes(Database.POSTGRESQL):
            tell(name)
            await self._connection.execute(text)
        tell("statistics")
        # What autovacuum comes to do by itself some time later.
        await self._connection.execute("VACUUM (ANALYZE)")
        await self._connection.close()


async def open_bulk(database_url: str) -> Bulk:
    """The database at the address; its schema must be current."""
    path = sqlite_path(database_url)
    if path is not None:
        return SqliteBulk(path)
    return PostgresBulk(await asyncpg.connect(database_url))


def _drop_indexes(database: Database) -> Iterator[tuple[str, str]]:
    for table in TABLES:
        for index in table.indexes:
            yield str(index.name), _compile(DropIndex(index), database)


def _create_indexes(database: Database) -> Iterator[tuple[str, str]]:
    for table in TABLES:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(index.name), _compile(CreateIndex(index), database)


def _compile(element: ExecutableDDLElement, database: Database) -> str:
    return str(element.compile(dialect=dialect_of(database)))
