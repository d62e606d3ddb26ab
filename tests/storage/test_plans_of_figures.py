"""PostgreSQL, which knows figures of single columns alone, goes the way of a large tenant too."""

import asyncio
from typing import Final

import pytest

from tests.support.plans import connect_to_explain, explain
from timebound.domain.scopes import ScopeKind
from timebound.storage.migrating import migrate
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
