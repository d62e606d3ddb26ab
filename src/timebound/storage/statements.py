"""The statements that whole rows are written with, compiled once for each table."""

from functools import cache
from typing import TypeAlias

from sqlalchemy import Table, delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.storage.compiling import Statement
from timebound.storage.fragments import parameter

Values: TypeAlias = dict[str, object]
Run: TypeAlias = tuple[Statement, list[Values]]
"""A statement with the values of each of its runs."""


@cache
def insert_into(table: Table) -> Statement:
    """Adds a row."""
    return Statement(insert(table))


@cache
def put_into(table: Table) -> Statement:
    """Adds a row, or replaces the one with its key."""
    # Both databases have the same ON CONFLICT; the construct of either renders it.
    key = [column.name for column in table.primary_key]
    statement = upsert(table)
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key}
    if not rest:
        return Statement(statement.on_conflict_do_nothing())
    return Statement(statement.on_conflict_do_update(index_elements=key, set_=rest))


@cache
def delete_from(table: Table, *columns: str) -> Statement:
    """Removes the rows whose columns have the values `of_` their names."""
    return Statement(delete(table).where(*(table.c[c] == parameter(f"of_{c}") for c in columns)))
