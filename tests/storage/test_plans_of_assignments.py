"""What is assigned in a subscription is counted along an index, past all that is over there."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.support.plans import connect_to_explain, explain
from timebound.storage.azure_assignments import around_stack, count_statement, room_stack
from timebound.storage.compiling import Database
from timebound.storage.migrating import migrate

pytestmark = pytest.mark.inferred("the cost of an assignment does not grow with the tenant")

STATEMENTS: Final = {
    "count": count_statement(),
    "around": around_stack().statement,
    "room": room_stack().statement,
}
MANY: Final = """
INSERT INTO grants (tenant_id, id, principal_id, role_id, scope_kind, scope, kind, start_at,
    end_at, until_at, created_at)
SELECT '8f6c6fd6-4b8c-4d08-8ac1-0d1f7d0a9b12', 'grant-' || n, 'person-' || n % 500, 'reader',
    'azure', '/subscriptions/' || md5((n % 40)::text)::uuid || '/resourceGroups/g' || n % 9,
    CASE WHEN n % 3 = 0 THEN 'eligible' ELSE 'assigned' END, now() - interval '1 day',
    now() + interval '1 day', now() + interval '1 day' * (CASE WHEN n % 9 = 0 THEN 1 ELSE -1 END),
    now() - interval '1 day'
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.parametrize("name", STATEMENTS)
def test_sqlite_counts_along_the_index(tmp_path: Path, name: str) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    compiled = STATEMENTS[name].compile_for(Database.SQLITE)
    connection = sqlite3.connect(tmp_path / "plans.db")
    blanks = [None] * compiled.text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", blanks)]
    connection.close()
    used = "ix_grants_azure_assigned (tenant_id=? AND <expr>=? AND until_at>?)"
    assert any(used in step for step in plan), plan


@pytest.mark.parametrize("name", STATEMENTS)
async def test_postgres_counts_along_the_index(fresh_postgres_database: str, name: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute(MANY)
        await connection.execute("VACUUM (ANALYZE)")
        plan = await explain(connection, STATEMENTS[name])
    assert any("ix_grants_azure_assigned" in step for step in plan), plan
