"""What a check of access reads is found through who it is about, and never through the place."""

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.support.plans import connect_to_explain, explain
from timebound.domain.scopes import ScopeKind
from timebound.storage.access_sections import access_stack
from timebound.storage.compiling import Database
from timebound.storage.migrating import migrate
from timebound.storage.rights import rights_stack

pytestmark = pytest.mark.inferred("a check costs the same whatever others hold at the place")

KINDS: Final = (ScopeKind.DIRECTORY, ScopeKind.AZURE)
TENANT: Final = "8f6c6fd6-4b8c-4d08-8ac1-0d1f7d0a9b13"
# Thousands hold one role at one place, and most are in groups of many that are in others.
MANY: Final = f"""
INSERT INTO grants (tenant_id, id, principal_id, role_id, scope_kind, scope, kind, start_at,
    end_at, until_at, created_at)
SELECT '{TENANT}', 'grant-' || n || '-' || r, 'person-' || n,
    CASE WHEN r < 2 THEN 'role-' || r ELSE 'member' END,
    CASE r WHEN 0 THEN 'azure' WHEN 1 THEN 'directory' ELSE 'group' END,
    CASE WHEN r < 2 THEN '/' ELSE 'group-' || (n * 7 + r) % 300 END,
    'assigned', now() - interval '1 day', now() + interval '1 day', now() + interval '1 day',
    now() - interval '1 day'
FROM generate_series(1, 3000) AS n, generate_series(0, 4) AS r
"""  # noqa: S608 - constants of this file

TREE: Final = f"""
INSERT INTO scopes (tenant_id, kind, path, path_key, parent)
SELECT '{TENANT}', 'azure', '/subscriptions/' || n, '/subscriptions/' || n, '/'
FROM generate_series(1, 10000) AS n
"""  # noqa: S608 - constants of this file


@pytest.mark.parametrize("kind", KINDS)
def test_sqlite_goes_by_the_holder(tmp_path: Path, kind: ScopeKind) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    text = access_stack(kind).statement.compile_for(Database.SQLITE).text
    connection = sqlite3.connect(tmp_path / "plans.db")
    blanks = [None] * text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", blanks)]
    connection.close()
    of_grants = [s for s in plan if re.match(r"SEARCH (mine|counting|outer_membership) USING", s)]
    assert of_grants
    assert all("(tenant_id=? AND principal_id=?" in step for step in of_grants), plan
    of_tree = [step for step in plan if re.match(r"SEARCH (keyed|above) USING", step)]
    assert bool(of_tree) is (kind is ScopeKind.AZURE)
    assert all(re.search(r"AND path(_key)?=\?\)$", step) for step in of_tree), plan


async def test_postgresql_goes_by_the_holder(fresh_postgres_database: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(MANY)
        await connection.execute(TREE)
        await connection.execute("VACUUM (ANALYZE)")
        for kind in KINDS:
            plan = await explain(connection, access_stack(kind).statement)
            places = [n for n, step in enumerate(plan) if " on grants " in step]
            assert places
            for n in places:
                assert re.search(r"Index Scan using ix_grants_(holder|slot) ", plan[n]), plan
                assert "(principal_id = " in plan[n + 1], plan
            assert not [step for step in plan if "Seq Scan on scopes" in step], plan
        plan = await explain(connection, rights_stack().statement)
        assert not [s for s in plan if re.search(r"Seq Scan on (scopes|grants)", s)], plan
