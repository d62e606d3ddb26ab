"""The schema of a database as its own catalogue tells it."""

import asyncio
import sqlite3
from typing import Any

import asyncpg
from sqlalchemy.schema import CreateIndex, CreateTable

from timebound.storage.compiling import Database, dialect_of
from timebound.storage.opening import sqlite_path
from timebound.storage.tables import metadata

_COLUMNS = """
    SELECT table_name, column_name, data_type, collation_name, is_nullable, ordinal_position
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
_INDEXES = """
    SELECT indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
"""


def tell_schema(url: str) -> set[tuple[Any, ...]]:
    """Every column, index and constraint, but for Alembic's own table."""
    path = sqlite_path(url)
    if path is None:
        return asyncio.run(_tell_postgres(url))
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic_version%'"
    ).fetchall()
    connection.close()
    return {(kind, name, sql and " ".join(sql.split())) for kind, name, sql in rows}


def create_from_tables(url: str) -> None:
    """Makes the schema that the program's own tables describe."""
    path = sqlite_path(url)
    database = Database.POSTGRESQL if path is None else Database.SQLITE
    statements = _write_tables(database)
    if path is None:
        asyncio.run(_run_postgres(url, ";".join(statements)))
        return
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _write_tables(database: Database) -> list[str]:
    dialect = dialect_of(database)
    statements = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        statements += [str(CreateIndex(i).compile(dialect=dialect)) for i in table.indexes]
    return statements


async def _tell_postgres(url: str) -> set[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    found = [
        tuple(row)
        for query in (_COLUMNS, _INDEXES, _CONSTRAINTS)
        for row in await connection.fetch(query)
    ]
    await connection.close()
    return set(found)


async def _run_postgres(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(script)
    await connection.close()
