"""What is told of one group is found through it, however many others there are."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.support.plans import connect_to_explain, explain
from timebound.application.queries import Compare, Operator, Order, Query
from timebound.application.views import Relation, View
from timebound.domain.scopes import ScopeKind
from timebound.storage.compiling import Database, Statement
from timebound.storage.grant_lists import list_grants
from timebound.storage.migrating import migrate
from timebound.storage.narrowing import Narrowed
from timebound.storage.paging import make_page
from timebound.storage.request_lists import list_requests

pytestmark = pytest.mark.inferred("the cost of a list does not grow with the tenant")

SOONEST: Final = (Order("planned_end"), Order("id"))
NEWEST: Final = (Order("created_at", is_descending=True), Order("id", is_descending=True))
GROUP: Final = Compare("scope", Operator.EQ, "x")
TENANT: Final = "8f6c6fd6-4b8c-4d08-8ac1-0d1f7d0a9b12"
MANY: Final = (
    f"""
INSERT INTO grants (tenant_id, id, principal_id, role_id, scope_kind, scope, kind, start_at,
    end_at, until_at, created_at)
SELECT '{TENANT}', 'grant-' || n || '-' || g, 'person-' || n, 'member', 'group',
    'group-' || (n * 7 + g) % 900, CASE WHEN g < 5 THEN 'eligible' ELSE 'assigned' END,
    now() - interval '1 day', now() + interval '1 day', now() + interval '1 day',
    now() - interval '1 day'
FROM generate_series(1, 2000) AS n, generate_series(0, 9) AS g
""",  # noqa: S608 - constants of this file
    f"""
INSERT INTO requests (tenant_id, id, kind, action, principal_id, role_id, scope_kind, scope,
    status, created_at, author_application_id)
SELECT '{TENANT}', 'request-' || n || '-' || g, 'assignment', 'selfActivate', 'person-' || n,
    'member', 'group', 'group-' || (n * 7 + g) % 900, 'Provisioned', now(), 'x'
FROM generate_series(1, 2000) AS n, generate_series(0, 9) AS g
""",  # noqa: S608 - constants of this file
)


def _grants(view: View) -> Statement:
    listed = list_grants(view, Relation.ANYBODY, ScopeKind.GROUP, narrowed=Narrowed(is_scoped=True))
    return make_page(listed, Query(10, GROUP, SOONEST))


def _requests(*orders: Order) -> Statement:
    listed = list_requests(
        View.ASSIGNMENT_REQUESTS, Relation.ANYBODY, ScopeKind.GROUP, is_of_group=True
    )
    return make_page(listed, Query(10, GROUP, orders))


CASES: Final = {
    "instances": (_grants(View.ASSIGNMENT_INSTANCES), ("ix_grants_held", "ix_grants_members")),
    "schedules": (_grants(View.ELIGIBILITY_SCHEDULES), ("ix_grants_held", "ix_grants_members")),
    "requests": (_requests(*NEWEST), ("ix_requests_group",)),
}


@pytest.mark.parametrize("name", CASES)
def test_sqlite_goes_through_the_group(tmp_path: Path, name: str) -> None:
    statement, indexes = CASES[name]
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    compiled = statement.compile_for(Database.SQLITE)
    connection = sqlite3.connect(tmp_path / "plans.db")
    blanks = [None] * compiled.text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", blanks)]
    connection.close()
    assert any(f"{index} (" in step and "scope=?" in step for index in indexes for step in plan), (
        plan
    )


@pytest.mark.parametrize("name", CASES)
async def test_postgres_goes_through_the_group(fresh_postgres_database: str, name: str) -> None:
    statement, indexes = CASES[name]
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        for filling in MANY:
            await connection.execute(filling)
        await connection.execute("VACUUM (ANALYZE)")
        plan = await explain(connection, statement)
    assert any(index in step for index in indexes for step in plan), plan
