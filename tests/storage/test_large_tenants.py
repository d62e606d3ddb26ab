"""The tenant that benchmarks imagine is a valid one, the same each time, on either database."""

import time
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from bench.journeys import Call, pair_journey
from bench.populate import NotEmptyError, Progress, populate, size_tenant
from bench.rehearsal import (
    Asked,
    ListeningPostgres,
    ListeningSqlite,
    Stage,
    ask_activation,
    ask_own,
)
from bench.tenant import GROUPS, Tenant
from tests.storage.world import NOON
from timebound.application.ports import Store
from timebound.application.queries import Query
from timebound.application.views import Audience, View
from timebound.domain.scopes import ScopeKind
from timebound.storage.opening import open_store, sqlite_path

GRANTS = 1_000
ROOT = "/v1.0/roleManagement/directory"
SETS = (
    *(f"{ROOT}/roleAssignmentSchedule{kind}" for kind in ("s", "Instances", "Requests")),
    *(f"{ROOT}/roleEligibilitySchedule{kind}" for kind in ("s", "Instances", "Requests")),
)


def make_tenant() -> Tenant:
    return size_tenant("large", GRANTS, NOON)


async def fill(url: str) -> int:
    return await populate(url, make_tenant(), Progress(time.perf_counter(), GRANTS))


async def count_rows(
    store: Store, tenant: Tenant, view: View, kind: ScopeKind = ScopeKind.DIRECTORY
) -> int:
    """How many rows are read back, page by page."""
    audience = Audience(tenant.population.tenant_id, scope_kind=kind)
    read = store.read_requests if "Requests" in view.value else store.read_grants
    query, count = Query(97), 0
    while True:
        page = await read(view, audience, query, NOON)
        count += len(page.rows)
        if page.next_position is None:
            return count
        query = replace(query, after=page.next_position)


def list_pair_calls(tenant: Tenant) -> list[tuple[Call, Call]]:
    """What is asked of the first pair: each call through groups with that of what is direct."""
    calls = pair_journey(tenant).calls[0]
    return list(zip(calls[::2], calls[1::2], strict=True))


def list_roles(body: bytes) -> list[str]:
    return [one["roleDefinitionId"] for one in msgspec.json.decode(body)["value"]]


async def test_every_row_is_read_back_through_the_store_and_the_door(empty_url: str) -> None:
    written = await fill(empty_url)
    assert abs(written - GRANTS) < GRANTS / 10
    tenant = make_tenant()
    rows: Counter[str] = Counter()
    for block in make_tenant().imagine():
        rows.update({table.name: len(values) for table, values in block.of.items()})
    assert rows["grants"] == written
    path = sqlite_path(empty_url)
    store = ListeningPostgres(empty_url) if path is None else ListeningSqlite(path)
    await store.open()
    try:
        asked = (View.ASSIGNMENT_REQUESTS, View.ELIGIBILITY_REQUESTS)
        kinds = (ScopeKind.DIRECTORY, ScopeKind.GROUP)
        read = [await count_rows(store, tenant, view, kind) for view in asked for kind in kinds]
        assert sum(read) == rows["requests"]
        held = [await count_rows(store, tenant, v) for v in (View.ROLE_INSTANCES,)]
        assert 0 < held[0] < written
        stage = Stage(store, tenant.population, "http://localhost")
        administrator = tenant.population.administrator_id
        for path_ in SETS:
            told = await stage.play(Asked(administrator, "GET", path_, b"$top=100"), NOON)
            assert told.body.count(b'"principalId"') > 1, path_
        for person in tenant.population.people[:9]:
            assert (await stage.play(ask_own(person), NOON)).body.count(b'"principalId"') >= 1
            assert b'"Provisioned"' in (await stage.play(ask_activation(person), NOON)).body
        for (name, asked_first, _), (_, asked_then, _) in list_pair_calls(tenant):
            bodies = [(await stage.play(one, NOON)).body for one in (asked_first, asked_then)]
            through, direct = (list_roles(body) for body in bodies)
            assert len(set(through)) == GROUPS, name
            assert sorted(through) == sorted(direct), name
    finally:
        await store.close()


async def test_a_database_with_a_tenant_is_left_as_it_is(empty_url: str) -> None:
    await fill(empty_url)
    with pytest.raises(NotEmptyError):
        await fill(empty_url)
    store = open_store(empty_url)
    await store.open()
    assert await count_rows(store, make_tenant(), View.ROLE_INSTANCES) > 0
    await store.close()


def test_the_same_seed_leads_to_the_same_rows() -> None:
    one, other = ([rows.of for rows in make_tenant().imagine()] for _ in range(2))
    assert one == other
    assert [rows.of for rows in size_tenant("other", GRANTS, NOON).imagine()] != one
