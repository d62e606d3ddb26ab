"""What is listed and activated at places of Azure reads neither the tree nor what others hold."""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests.storage.test_plans_of_access import MANY, TENANT
from tests.support.plans import connect_to_explain, explain
from timebound.application.queries import ALWAYS, Order, Query
from timebound.application.views import Reach, Relation, View
from timebound.domain.scopes import ScopeKind
from timebound.storage.areas import Around, Level
from timebound.storage.compiling import Database, Statement
from timebound.storage.grant_lists import list_grants
from timebound.storage.migrating import migrate
from timebound.storage.nodes import node_by_path
from timebound.storage.paging import Listed, make_page
from timebound.storage.request_lists import list_requests_around
from timebound.storage.rights import rights_stack
from timebound.storage.slots import slot_stack
from timebound.storage.trees import node_page

pytestmark = pytest.mark.inferred("what is asked of one person or place costs the same in any tree")

ORDERS: Final = (Order("created_at"), Order("id"))
LATER: Final = (datetime(2026, 11, 25, tzinfo=UTC), "x")
INSIDE, WHOLE = Around(Reach.AROUND, Level.INSIDE), Around(Reach.AROUND, Level.SUBSCRIPTION)
PLACE: Final = "'/subscriptions/' || md5((n % 100)::text)::uuid"
WITHIN: Final = f"{PLACE} || CASE WHEN n % 3 = 0 THEN '' ELSE '/resourceGroups/g' || n % 97 END"
TREE: Final = f"""
INSERT INTO scopes (tenant_id, kind, path, path_key, parent)
SELECT '{TENANT}', 'azure', p, lower(p), CASE WHEN n < 100 THEN '/' ELSE {PLACE} END
FROM (SELECT n, {PLACE} || CASE WHEN n < 100 THEN '' ELSE '/resourceGroups/g' || n / 100 END AS p
    FROM generate_series(0, 9999) AS n) AS places
"""  # noqa: S608 - constants of this file
# A fifth of what is held is what somebody is eligible for.
HELD: Final = f"""
INSERT INTO grants (tenant_id, id, principal_id, role_id, scope_kind, scope, kind, start_at,
    end_at, until_at, created_at)
SELECT '{TENANT}', 'held-' || n, 'person-' || n % 3000, 'reader', 'azure', {WITHIN},
    CASE WHEN n % 5 = 0 THEN 'eligible' ELSE 'assigned' END, now() - interval '1 day',
    now() + interval '1 day', now() + interval '1 day', now() - interval '1 second' * n
FROM generate_series(1, 40000) AS n
"""  # noqa: S608 - constants of this file
ASKED: Final = f"""
INSERT INTO requests (tenant_id, id, kind, action, principal_id, role_id, scope_kind, scope,
    status, created_at, author_application_id)
SELECT '{TENANT}', 'request-' || n, 'assignment', 'selfActivate', 'person-' || n % 3000, 'reader',
    'azure', {WITHIN}, 'Provisioned', now() - interval '1 second' * n, 'x'
FROM generate_series(1, 40000) AS n
"""  # noqa: S608 - constants of this file
# A policy for each role at each place, with the version it has come to.
RULED: Final = f"""
INSERT INTO policies (tenant_id, scope_kind, scope, role_id, rules)
SELECT '{TENANT}', 'azure', path, 'role-' || n, '{{}}'
FROM scopes, generate_series(1, 3) AS n WHERE kind = 'azure'
"""  # noqa: S608 - constants of this file
VERSIONED: Final = """
INSERT INTO fact_versions (tenant_id, key, version)
SELECT tenant_id, 'policy/azure/' || scope || '/' || role_id, 1 FROM policies
"""


def list_around(view: View, around: Around) -> Listed:
    return list_grants(view, Relation.ANYBODY, ScopeKind.AZURE, around=around)


LISTS: Final = {
    f"{view.value} {around.level.name}": list_around(view, around)
    for view in (View.ASSIGNMENT_INSTANCES, View.ELIGIBILITY_INSTANCES, View.ROLE_ASSIGNMENTS)
    for around in (INSIDE, WHOLE)
} | {
    f"requests {around.level.name}": list_requests_around(
        around, View.ASSIGNMENT_REQUESTS, Relation.ANYBODY
    )
    for around in (INSIDE, WHOLE)
}
OWN: Final = make_page(
    list_grants(View.ASSIGNMENT_INSTANCES, Relation.PRINCIPAL, ScopeKind.AZURE),
    Query(100, ALWAYS, ORDERS),
)
INSIDE_PLACE: Final = node_page(is_of_parent=True, is_typed=False)
OF_PEOPLE: Final = {
    "rights": rights_stack().statement,
    "activation": slot_stack(ScopeKind.AZURE, needs_administrators=False).statement,
    "node": node_by_path(),
    "own": OWN,
}


UNREAD: Final = r"Seq Scan on (scopes|grants|requests|policies|fact_versions)"


def ask_pages(listed: Listed) -> Sequence[Statement]:
    """The first page and a later one."""
    return [make_page(listed, Query(100, ALWAYS, ORDERS, after=after)) for after in (None, LATER)]


def explain_sqlite(folder: Path, statement: Statement) -> list[str]:
    migrate(f"sqlite:///{folder / 'plans.db'}")
    text = statement.compile_for(Database.SQLITE).text
    connection = sqlite3.connect(folder / "plans.db")
    blanks = [None] * text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", blanks)]
    connection.close()
    return plan


@pytest.mark.parametrize("name", LISTS)
def test_sqlite_lists_along_the_indexes_of_places(tmp_path: Path, name: str) -> None:
    for statement in ask_pages(LISTS[name]):
        plan = explain_sqlite(tmp_path, statement)
        found = [step for step in plan if re.match(r"SEARCH (held|requests) USING", step)]
        assert found
        assert all("_azure" in step and "scope_kind=? AND " in step for step in found), plan


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_sqlite_looks_up_places_and_roles_one_by_one(tmp_path: Path, name: str) -> None:
    plan = explain_sqlite(tmp_path, OF_PEOPLE[name])
    of_tree = [step for step in plan if re.match(r"SEARCH (named|above|scopes|roles) USING", step)]
    assert bool(of_tree) is (name != "own")
    of_policies = [step for step in plan if re.search(r" (policies|fact_versions) USING", step)]
    assert all(re.search(r"AND (role_id|key)=\?\)$", step) for step in of_policies), plan
    assert bool(of_policies) is (name in {"rights", "activation"})
    assert all(re.search(r"AND (path|path_key|id)=\?\)$", step) for step in of_tree), plan
    assert not [step for step in plan if re.search(r"ix_(grants|requests)_azure", step)], plan


def test_sqlite_lists_what_lies_right_in_a_place_in_order(tmp_path: Path) -> None:
    plan = explain_sqlite(tmp_path, INSIDE_PLACE)
    (step,) = plan
    assert "ix_scopes_inside (tenant_id=? AND kind=? AND parent=? AND path_key>?)" in step


async def test_postgres_reads_no_more_than_is_asked_for(fresh_postgres_database: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute("SET session_replication_role = replica")
        for filling in (MANY, TREE, HELD, ASKED, RULED, VERSIONED):
            await connection.execute(filling)
        await connection.execute("VACUUM (ANALYZE)")
        for name, listed in LISTS.items():
            for statement in ask_pages(listed):
                plan = await explain(connection, statement)
                found = [s for s in plan if re.search(r" on (grants|requests) ", s)]
                assert found, (name, "\n".join(plan))
                led = [s for s in found if "held_other" not in s]
                assert all("_azure" in step for step in led), (name, "\n".join(plan))
        plan = await explain(connection, INSIDE_PLACE)
        assert not [step for step in plan if "Sort" in step], plan
        assert [step for step in plan if "ix_scopes_inside on scopes" in step], plan
        for name, statement in OF_PEOPLE.items():
            plan = await explain(connection, statement)
            read = [s for s in plan if re.search(UNREAD, s)]
            assert not read, (name, plan)
            assert not [s for s in plan if re.search(r"ix_(grants|requests)_azure", s)], (
                name,
                plan,
            )
