"""The tree of Azure as it is kept: found by paths, whatever their casing."""

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest

from tests.storage.world import NOON, World, azure
from tests.support.plans import connect_to_explain, explain
from timebound.application.azure_nodes_ports import ChildPage
from timebound.application.azure_writes import PutScope
from timebound.domain.azure.nodes import TENANT_ROOT, Node, NodeContent
from timebound.domain.azure.places import MANAGEMENT_GROUPS, PlaceKind
from timebound.storage.compiling import Database
from timebound.storage.migrating import migrate
from timebound.storage.nodes import children_below

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-0000000000aa"
GROUP = f"{SUBSCRIPTION}/resourceGroups/Plant-One"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/Press"


async def plant(world: World) -> NodeContent:
    content = NodeContent("Press", {"tags": {"line": "A"}, "properties": {"n": [1, 2.5]}}, NOON)
    await world.node(SUBSCRIPTION, "/")
    await world.node(GROUP, SUBSCRIPTION)
    assert await world.write(PutScope(azure(MACHINE), azure(GROUP), content))
    return content


@pytest.mark.documented("Azure: resource names are case-insensitive")
@pytest.mark.parametrize(
    "path", [MACHINE, MACHINE.upper(), MACHINE.lower().replace("/", "//"), f"{MACHINE}/"]
)
async def test_a_place_is_found_however_its_path_is_spelled(world: World, path: str) -> None:
    content = await plant(world)
    found = await world.store.find_node(world.tenant, path)
    assert found == Node(azure(MACHINE), azure(GROUP), content)
    assert found.type == "Microsoft.Compute/virtualMachines"
    assert found.name == "Press"


@pytest.mark.inferred("a name is not another one because Unicode relates their letters")
async def test_letters_beyond_ascii_are_none_of_it(world: World) -> None:
    names = (
        "Kilo-s",
        "\u212ailo-s",
        "Kilo-\u017f",
        "\u00c9t\u00e9",
        "\u00e9t\u00e9",
        "\u0130",
        "i\u0307",
    )
    await world.node(SUBSCRIPTION, "/")
    paths = [f"{SUBSCRIPTION}/resourceGroups/{name}" for name in names]
    assert await world.store.find_node(world.tenant, paths[0]) is None
    for path in paths:
        await world.node(path, SUBSCRIPTION)
    for path in paths:
        found = await world.store.find_node(world.tenant, path)
        assert found is not None
        assert found.place.path == path
    keys = {one.key for one in map(azure, paths)}
    assert set(await world.store.find_by_paths(world.tenant, paths)) == keys
    assert len(keys) == len(paths)
    group = await world.store.find_node(
        world.tenant, f"{SUBSCRIPTION}/RESOURCEGROUPS/\u00c9T\u00e9"
    )
    assert group is not None
    assert group.place.path == paths[3]


@pytest.mark.documented("Azure: resource ids")
@pytest.mark.parametrize("path", [f"{GROUP}x", f"{MACHINE}/extensions/one", "nowhere", GROUP[:-1]])
async def test_nothing_is_found_where_nothing_was_made(world: World, path: str) -> None:
    await plant(world)
    assert await world.store.find_node(world.tenant, path) is None


@pytest.mark.inferred("a tenant without a root would have nowhere to begin")
async def test_the_place_of_the_tenant_is_always_there(world: World) -> None:
    assert await world.store.find_node(world.tenant, "/") == TENANT_ROOT
    assert await world.store.find_node(world.tenant, "") == TENANT_ROOT


@pytest.mark.inferred("no tenant sees another's tree")
async def test_a_place_of_another_tenant_is_not_found(world: World) -> None:
    await plant(world)
    other = await World(world.store).begin()
    assert await other.store.find_node(other.tenant, MACHINE) is None


COMPANY = f"{MANAGEMENT_GROUPS}/Company"
SECOND = f"{SUBSCRIPTION}/resourceGroups/Plant-Two"
KINDS = tuple(kind.value for kind in PlaceKind)


async def children(world: World, path: str, page: ChildPage) -> list[str]:
    found = await world.store.find_below(world.tenant, path, page)
    return [node.place.path for node in found]


@pytest.mark.inferred("what contains something is told page by page, and resources are not")
async def test_what_is_below_is_told_in_pages(world: World) -> None:
    await plant(world)
    await world.node(COMPANY, "/")
    await world.node(SECOND, SUBSCRIPTION)
    await world.node(f"{COMPANY}-East", COMPANY)
    everything = [COMPANY, f"{COMPANY}-East", SUBSCRIPTION, GROUP, SECOND]
    assert await children(world, "/", ChildPage(9, KINDS, is_deep=True)) == everything
    assert await children(world, "/", ChildPage(2, KINDS, is_deep=True)) == everything[:2]
    later = ChildPage(2, KINDS, is_deep=True, after=everything[1])
    assert await children(world, "/", later) == everything[2:4]
    assert await children(world, "/", ChildPage(9, KINDS, is_deep=False)) == [COMPANY, SUBSCRIPTION]
    assert await children(world, GROUP, ChildPage(9, KINDS, is_deep=True)) == []
    groups = ChildPage(9, ("resourcegroup", "nothing"), is_deep=True)
    assert await children(world, "/", groups) == [GROUP, SECOND]
    assert await children(world, "/", ChildPage(9, (), is_deep=True)) == []


@pytest.mark.inferred("the places that somebody is eligible at, and what is below these, alone")
async def test_what_is_below_is_told_from_some_places_on(world: World) -> None:
    await plant(world)
    await world.node(SECOND, SUBSCRIPTION)
    for tops, deep, flat in (
        ((SECOND, MACHINE), [SECOND], []),
        ((SUBSCRIPTION, SECOND), [SUBSCRIPTION, GROUP, SECOND], [SUBSCRIPTION]),
        ((), [], []),
    ):
        assert await children(world, "/", ChildPage(9, KINDS, is_deep=True, tops=tops)) == deep
        assert await children(world, "/", ChildPage(9, KINDS, is_deep=False, tops=tops)) == flat


@pytest.mark.inferred("the cost of an answer does not grow with the tenant")
@pytest.mark.parametrize("is_deep", [True, False])
@pytest.mark.parametrize("is_of_tops", [True, False])
def test_what_is_below_is_found_through_what_it_is_in(
    tmp_path: Path, *, is_deep: bool, is_of_tops: bool
) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    statement = children_below(is_deep=is_deep, is_of_tops=is_of_tops)
    text = statement.compile_for(Database.SQLITE).text
    connection = sqlite3.connect(tmp_path / "plans.db")
    blanks = [None] * text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", blanks)]
    connection.close()
    read = [step for step in plan if re.search(r"(scopes|first_inside|inside)\b", step)]
    assert read
    assert all(re.search(r"kind=\? AND (parent|path)=\?", step) for step in read), plan


MANY = """
INSERT INTO scopes (tenant_id, kind, path, parent, path_key)
SELECT 'x', 'azure', path, parent, lower(path) FROM (
    SELECT '/subscriptions/' || n AS path, '/' AS parent FROM generate_series(0, 49) AS n
    UNION ALL
    SELECT '/subscriptions/' || n % 50 || '/resourceGroups/' || n, '/subscriptions/' || n % 50
    FROM generate_series(1, 30000) AS n) AS made
"""


@pytest.mark.inferred("the cost of an answer does not grow with the tenant")
async def test_postgres_looks_up_what_is_below_one_by_one(fresh_postgres_database: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(MANY)
        await connection.execute("VACUUM (ANALYZE)")
        for is_deep, is_of_tops in ((True, True), (True, False), (False, True), (False, False)):
            statement = children_below(is_deep=is_deep, is_of_tops=is_of_tops)
            plan = await explain(connection, statement)
            assert not [step for step in plan if "Seq Scan" in step], plan
            narrowed = [step for step in plan if "Index Cond" in step]
            assert all("parent = " in step or "path = " in step for step in narrowed), plan
