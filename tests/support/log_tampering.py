"""Whoever writes into the database past the service: one byte, one row, or all of it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg

from timebound.storage.opening import sqlite_path


@dataclass(frozen=True, slots=True)
class Intruder:
    """Somebody with the database, on behalf of whom statements are run; values are $1, $2."""

    url: str
    tenant_id: str

    async def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a statement answers; what it writes is kept."""
        path = sqlite_path(self.url)
        if path is not None:
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.text_factory = bytes
                return connection.execute(statement.replace("$", "?"), values).fetchall()
        connected = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connected.fetch(statement, *values)]
        finally:
            await connected.close()

    @property
    def is_on_sqlite(self) -> bool:
        """Whether any bytes at all can be written into a column."""
        return sqlite_path(self.url) is not None

    async def read(self, table: str, column: str, key: str, value: object) -> Any:  # noqa: ANN401 - what a column holds
        """What a column of a row holds."""
        question = f"SELECT {column} FROM {table} WHERE tenant_id = $1 AND {key} = $2"  # noqa: S608 - the test's
        [row] = await self.run(question, self.tenant_id, value)
        return row[0]

    async def write(
        self, table: str, column: str, key: str, value: object, content: object
    ) -> None:
        """Sets a column of a row, a text on SQLite by its bytes."""
        is_bytes = isinstance(content, bytes) and column in TEXTS
        new = "CAST($3 AS TEXT)" if is_bytes and self.is_on_sqlite else "$3"
        if is_bytes and not self.is_on_sqlite and isinstance(content, bytes):
            content = content.decode()
        statement = f"UPDATE {table} SET {column} = {new} WHERE tenant_id = $1 AND {key} = $2"  # noqa: S608 - the test's
        await self.run(statement, self.tenant_id, value, content)

    async def delete(self, table: str, key: str, value: object) -> None:
        """Removes a row."""
        statement = f"DELETE FROM {table} WHERE tenant_id = $1 AND {key} = $2"  # noqa: S608 - the test's
        await self.run(statement, self.tenant_id, value)

    async def swap_places(self, first: int, second: int) -> None:
        """Has two events change places."""
        move = "UPDATE events SET position = $3 WHERE tenant_id = $1 AND position = $2"
        for old, new in ((first, -7), (second, first), (-7, second)):
            await self.run(move, self.tenant_id, old, new)

    async def rewind(self, size: int) -> None:
        """Takes the log back to the head of some size: what is behind waits to be sealed again."""
        for statement in (
            "DELETE FROM tree_heads WHERE tenant_id = $1 AND size > $2",
            "DELETE FROM log_nodes WHERE tenant_id = $1 AND level = 8 AND position >= $2 / 256",
            "UPDATE events SET position = NULL WHERE tenant_id = $1 AND position >= $2",
        ):
            await self.run(statement, self.tenant_id, size)

    async def copy_event(self, place: int, new_place: object) -> None:
        """Adds an event as another one is, at a place of its own."""
        names: Sequence[str] = [*TEXTS_OF_EVENTS, "effective_at", "recorded_at"]
        listed = ", ".join(names)
        await self.run(
            f"INSERT INTO events (tenant_id, id, position, {listed}) "  # noqa: S608 - the test's
            f"SELECT tenant_id, 'copy of ' || id, $3, {listed} FROM events "
            "WHERE tenant_id = $1 AND position = $2",
            self.tenant_id,
            place,
            new_place,
        )


TEXTS_OF_EVENTS = (
    "kind",
    "correlation_id",
    "actor_user_id",
    "actor_application_id",
    "subject_id",
    "data",
    "digest",
)
TEXTS = frozenset({*TEXTS_OF_EVENTS, "id", "effective_at", "recorded_at", "at"})
