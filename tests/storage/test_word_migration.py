"""Objects that were there before their words were kept are found by them after the migration."""

import asyncio
import sqlite3

import asyncpg

from timebound.storage.migrating import migrate
from timebound.storage.opening import sqlite_path

TENANT = (
    "INSERT INTO tenants (id, display_name, settings, defaults_version) VALUES ('t', 'T', '{}', 1)"
)
OBJECT = (
    "INSERT INTO directory_objects (tenant_id, id, kind, display_name, created_at, is_enabled,"
    " is_role_assignable, attributes, display_name_key, description_key) VALUES ('t', 'o', 'group',"
    " 'Tier-2 Desk', '2026-01-01T00:00:00.000000Z', true, false, '{}', 'tier-2 desk',"
    " 'all (of it)')"
)
WORDS = "SELECT field, word FROM object_words ORDER BY field, word"
EXPECTED = [
    ("description", "all"),
    ("description", "it"),
    ("description", "of"),
    ("displayName", "2"),
    ("displayName", "desk"),
    ("displayName", "tier"),
]


def run(url: str, *statements: str) -> list[tuple[str, str]]:
    path = sqlite_path(url)
    if path is None:
        return asyncio.run(run_on_postgres(url, *statements))
    connection = sqlite3.connect(path)
    rows = [connection.execute(one).fetchall() for one in statements]
    connection.commit()
    connection.close()
    return rows[-1]


async def run_on_postgres(url: str, *statements: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(url)
    rows = [await connection.fetch(one) for one in statements]
    await connection.close()
    return [(row[0], row[1]) for row in rows[-1]]


def test_words_of_before_are_cut_at_blanks_and_symbols(empty_url: str) -> None:
    migrate(empty_url, "0003")
    run(empty_url, TENANT, OBJECT)

    migrate(empty_url)

    assert run(empty_url, WORDS) == EXPECTED
