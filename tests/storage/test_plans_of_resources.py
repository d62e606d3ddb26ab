"""Which groups are governed is asked of each group by its id, and of one group by its key."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.support.plans import connect_to_explain, explain
from timebound.application.queries import ALWAYS, Compare, Condition, Operator, Order, Query
from timebound.application.views import View
from timebound.storage.compiling import Database, Statement
from timebound.storage.directory_lists import list_objects
from timebound.storage.migrating import migrate
from timebound.storage.paging import make_page

pytestmark = pytest.mark.inferred("what is told of one group is found through it")

ONE: Final = Compare("id", Operator.EQ, "x")
SORTED: Final = "FOR ORDER BY"
PROBES: Final = {
    "requests USING INDEX ix_requests_group": "(tenant_id=? AND scope=?)",
    "policies USING COVERING INDEX": "(tenant_id=? AND scope_kind=? AND scope=?)",
    "within_reach USING COVERING INDEX ix_grants_members": "role_id=? AND scope=?)",
}
TENANT: Final = "8f6c6fd6-4b8c-4d08-8ac1-0d1f7d0a9b12"
MANY: Final = (
    f"""
INSERT INTO directory_objects (tenant_id, id, kind, display_name, created_at, is_enabled,
    is_role_assignable, attributes, display_name_key)
SELECT '{TENANT}', 'group-' || n, 'group', 'Group', now(), true, false, '{{}}', 'group ' || n
FROM generate_series(1, 2000) AS n
""",  # noqa: S608 - constants of this file
    f"""
INSERT INTO requests (tenant_id, id, kind, action, principal_id, role_id, scope_kind, scope,
    status, created_at, author_application_id)
SELECT '{TENANT}', 'request-' || n, 'assignment', 'selfActivate', 'person', 'member', 'group',
    'group-' || n % 900, 'Provisioned', now(), 'x'
FROM generate_series(1, 20000) AS n
""",  # noqa: S608 - constants of this file
)


def ask(condition: Condition = ALWAYS) -> Statement:
    orders = (Order("display_name"), Order("id"))
    return make_page(list_objects(View.GROUP_RESOURCES), Query(10, condition, orders))


def explain_sqlite(folder: Path, statement: Statement) -> list[str]:
    migrate(f"sqlite:///{folder / 'plans.db'}")
    text = statement.compile_for(Database.SQLITE).text
    connection = sqlite3.connect(folder / "plans.db")
    blanks = [None] * text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", blanks)]
    connection.close()
    return plan


def test_sqlite_goes_by_the_names_of_groups_and_looks_once_for_each(tmp_path: Path) -> None:
    plan = explain_sqlite(tmp_path, ask())
    assert not any(SORTED in step for step in plan), plan
    for probe, keys in PROBES.items():
        assert any(probe in step and step.endswith(keys) for step in plan), (probe, plan)


def test_sqlite_finds_one_group_by_its_id(tmp_path: Path) -> None:
    plan = explain_sqlite(tmp_path, ask(ONE))
    assert "(tenant_id=? AND id=?)" in plan[0], plan


async def test_postgres_finds_one_group_by_its_id(fresh_postgres_database: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute("SET session_replication_role = replica")
        for filling in MANY:
            await connection.execute(filling)
        await connection.execute("VACUUM (ANALYZE)")
        plan = await explain(connection, ask(ONE))
    assert any("pk_directory_objects" in step for step in plan), plan
    assert not any("hashed" in step for step in plan), plan
