"""PostgreSQL, which knows figures of single columns alone, goes the way of a large tenant too."""

import asyncio
import re
import time
from typing import Final

import pytest

from bench.populate import Progress, populate, size_tenant
from tests.storage.world import NOON
from tests.support.plans import connect_to_explain, explain
from timebound.application.queries import Query
from timebound.application.views import Relation, View
from timebound.domain.scopes import ScopeKind
from timebound.storage.callers import caller_sections
from timebound.storage.compiling import Statement
from timebound.storage.grant_lists import list_grants
from timebound.storage.migrating import migrate
from timebound.storage.paging import make_page
from timebound.storage.slots import slot_stack

TENANT: Final = "8f6c6fd6-4b8c-4d08-8ac1-0d1f7d0a9b11"
ROLES, PEOPLE = 10, 2_000
# Everybody holds three roles over the whole directory, and is in groups of their own choice: a
# role is held by many, a scope by few, and both together by many all the same.
MANY_HOLDERS: Final = f"""
INSERT INTO grants (tenant_id, id, principal_id, role_id, scope_kind, scope, kind, start_at,
    end_at, until_at, created_at)
SELECT '{TENANT}', 'grant-' || n || '-' || r, 'person-' || n,
    CASE WHEN r < 3 THEN 'role-' || (n + r) % {ROLES} ELSE 'member' END,
    CASE WHEN r < 3 THEN 'directory' ELSE 'group' END,
    CASE WHEN r < 3 THEN '/' ELSE 'group-' || (n * 7 + r) % 900 END,
    'assigned', now() - interval '1 day', now() + interval '1 day', now() + interval '1 day',
    now() - interval '1 day'
FROM generate_series(1, {PEOPLE}) AS n, generate_series(0, 9) AS r
"""  # noqa: S608 - constants of this file


@pytest.mark.inferred("what a decision reads is found through who it is about, not who else")
async def test_a_slot_is_found_through_its_holder(fresh_postgres_database: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute(MANY_HOLDERS)
        await connection.execute("VACUUM (ANALYZE)")
        slot = slot_stack(ScopeKind.DIRECTORY, needs_administrators=False)
        plan = await explain(connection, slot.statement)
    read = [step for step in plan if " on grants " in step]
    assert any("on grants held_in_slot" in step for step in read), plan
    assert any("on grants support" in step for step in read), plan
    assert not [step for step in read if "ix_grants_held" in step], read


def name_ways_through_groups() -> dict[str, tuple[Statement, tuple[str, ...]]]:
    """What tells the roles somebody has through groups, and whose grants it comes by."""
    found: dict[str, tuple[Statement, tuple[str, ...]]] = {}
    for view in (View.ASSIGNMENT_INSTANCES, View.TRANSITIVE_ASSIGNMENTS):
        listed = list_grants(view, Relation.PRINCIPAL, ScopeKind.DIRECTORY)
        found[view.value] = (make_page(listed, Query(100)), ("own", "membership", "through"))
    sections = caller_sections()
    through, group = (Statement(sections[name]) for name in ("held_through", "group"))
    found["caller-roles"] = (through, ("caller_membership", "caller_held"))
    found["caller-groups"] = (group, ("reached_first", "reached_further"))
    return found


@pytest.mark.inferred("roles through fifty groups cost fifty look-ups each, whatever the tenant")
async def test_roles_through_many_groups_are_found_one_by_one(
    fresh_postgres_database: str,
) -> None:
    size = 10_000
    tenant = size_tenant("plans", size, NOON)
    await populate(fresh_postgres_database, tenant, Progress(time.perf_counter(), size))
    async with connect_to_explain(fresh_postgres_database) as connection:
        for name, (statement, aliases) in name_ways_through_groups().items():
            plan = await explain(connection, statement)
            for alias in aliases:
                at = next(n for n, step in enumerate(plan) if f" on grants {alias} " in step)
                by_holder = re.search(r"Index Scan using ix_grants_(holder|slot) ", plan[at])
                assert by_holder, (name, plan)
                assert "(principal_id = " in plan[at + 1], (name, plan)
            objects = [step for step in plan if " on directory_objects " in step]
            assert all("Index Scan using pk_directory_objects" in step for step in objects), plan
            assert not [step for step in plan if "Hash" in step], (name, plan)
