"""What the database itself holds of history, read past the store."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from timebound.domain.events import EventKind
from timebound.domain.times import Instant

_QUESTION = "select kind, effective_at, correlation_id, data from events where tenant_id = "


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as far as the promises speak of it."""

    kind: EventKind
    effective_at: Instant
    correlation_id: str
    data: Mapping[str, Any]


async def read_events(url: str, tenant_id: str) -> list[Told]:
    """All events of a tenant that have been committed, in no order."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(_QUESTION + "?", [tenant_id]).fetchall()
    else:
        connected = await asyncpg.connect(url)
        try:
            rows = [tuple(row) for row in await connected.fetch(_QUESTION + "$1", tenant_id)]
        finally:
            await connected.close()
    return [
        Told(EventKind(kind), _instant(at), correlation_id, json.loads(data))
        for kind, at, correlation_id, data in rows
    ]


def _instant(value: str | datetime) -> Instant:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
