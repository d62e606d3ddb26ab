"""What the database itself holds of history, read past the store."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from timebound.domain.events import EventKind
from timebound.domain.times import Instant
from timebound.storage.opening import sqlite_path

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as far as the promises speak of it."""

    kind: EventKind
    effective_at: Instant
    recorded_at: Instant
    correlation_id: str
    data: Mapping[str, Any]


async def read_events(url: str, tenant_id: str) -> list[Told]:
    """All events of a tenant that have been committed, in no order."""
    return [make_told(row) for row in await read_rows(url, "events", tenant_id)]


def make_told(row: Row) -> Told:
    """The event of a row."""
    return Told(
        EventKind(row["kind"]),
        _instant(row["effective_at"]),
        _instant(row["recorded_at"]),
        row["correlation_id"],
        json.loads(row["data"]),
    )


async def read_rows(url: str, table: str, tenant_id: str) -> list[Row]:
    """All committed rows of a tenant in a table that has ids, ordered by them."""
    question = f"select * from {table} where tenant_id = $1 order by id"  # noqa: S608 - the test's
    path = sqlite_path(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(question, [tenant_id])]
    connected = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connected.fetch(question, tenant_id)]
    finally:
        await connected.close()


def _instant(value: str | datetime) -> Instant:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
