"""Nodes of the tree of Azure made, moved and removed, with what ends by that; and races of it."""

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest

from tests.storage.tree import (
    CONTRIBUTOR,
    EAST,
    GROUP,
    MACHINE,
    PLANT,
    READER,
    WEST,
    Tree,
    grow,
    keep,
)
from tests.storage.world import HOUR, NOON, World, azure
from tests.support.plans import connect_to_explain, explain
from timebound.application.azure_nodes import (
    create_subscription,
    move_node,
    put_group,
    put_node,
    remove_node,
)
from timebound.application.node_records import Put
from timebound.application.tree_ports import EstatePart
from timebound.domain.azure.places import MANAGEMENT_GROUPS, PlaceKind
from timebound.domain.decide import Refused
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.node_removal import Removal
from timebound.domain.problems import Code, Reason
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope
from timebound.storage.compiling import Database
from timebound.storage.held_places import any_held_around, held_around, held_places
from timebound.storage.migrating import migrate
from timebound.storage.trees import estate_part

inferred = pytest.mark.inferred("the issue: what lies on a place ends with it")
documented = pytest.mark.documented("Azure: moving management groups and subscriptions")
NEW = azure(f"{MANAGEMENT_GROUPS}/North")
OTHER = azure("/subscriptions/00000000-0000-0000-0000-0000000000bb")


@pytest.fixture
async def tree(world: World) -> Tree:
    return await grow(world)


def code_of(outcome: object) -> tuple[Code, Reason | None]:
    assert isinstance(outcome, Refused)
    return outcome.problems[0].code, outcome.problems[0].reason


async def parent_of(tree: Tree, place: Scope) -> Scope | None:
    found = await tree.world.store.find_node(tree.world.tenant, place.path)
    assert found is not None
    return found.parent


@documented
async def test_a_group_is_made_in_a_place_and_owned_by_who_made_it(tree: Tree) -> None:
    outcome = await put_group(tree.work(), NEW, keep, EAST)
    assert isinstance(outcome, Put)
    assert outcome.is_new
    assert await parent_of(tree, NEW) == EAST
    held = await tree.world.store.list_held_places(tree.token(tree.owner), NOON)
    assert NEW in held


@documented
async def test_a_subscription_is_made_and_owned_by_who_made_it(tree: Tree) -> None:
    outcome = await create_subscription(tree.work(), OTHER, keep, WEST)
    assert isinstance(outcome, Put)
    assert await parent_of(tree, OTHER) == WEST
    assert OTHER in await tree.world.store.list_held_places(tree.token(tree.owner), NOON)
    again = await create_subscription(tree.work(), OTHER, keep, WEST)
    assert isinstance(again, Put)
    assert not again.is_new


@documented
async def test_what_lies_in_a_group_is_spelled_as_the_group(tree: Tree) -> None:
    place = azure(f"{GROUP.path.lower()}/providers/Microsoft.Web/sites/Shop")
    outcome = await put_node(tree.work(), place, keep)
    assert isinstance(outcome, Put)
    assert outcome.node.place.path == f"{GROUP.path}/providers/Microsoft.Web/sites/Shop"
    again = await put_node(tree.work(), azure(outcome.node.place.path.upper()), keep)
    assert isinstance(again, Put)
    assert (again.is_new, again.node.place) == (False, outcome.node.place)


@inferred
async def test_removing_a_group_ends_all_that_is_held_in_it(tree: Tree) -> None:
    someone = await tree.world.user()
    above = await tree.give(someone, READER, PLANT)
    inside = [await tree.give(someone, READER, GROUP), await tree.give(someone, READER, MACHINE)]
    active = await tree.activate(someone, PLANT, MACHINE)
    outcome = await remove_node(tree.work(), azure(GROUP.path.upper()))
    assert isinstance(outcome, Removal)
    assert [one.place for one in outcome.nodes] == [GROUP, MACHINE]
    for grant in (*inside, active):
        assert (await tree.until(grant)).until == NOON
    assert (await tree.until(above)).until > NOON
    assert await tree.world.store.find_node(tree.world.tenant, MACHINE.path) is None
    assert await tree.world.store.find_node(tree.world.tenant, PLANT.path) is not None


@documented
async def test_a_group_that_holds_something_stays(tree: Tree) -> None:
    outcome = await remove_node(tree.work(), EAST)
    assert code_of(outcome) == (Code.OBJECT_CONFLICTS, Reason.IN_USE)
    assert isinstance(await remove_node(tree.work(), WEST), Removal)
    refused = await remove_node(tree.work(), tree.root)
    assert code_of(refused) == (Code.CHANGE_NOT_ALLOWED, Reason.BUILT_IN)


@inferred
async def test_moving_cuts_what_stood_on_an_eligibility_left_behind(tree: Tree) -> None:
    someone = await tree.world.user()
    cut = await tree.activate(someone, EAST, MACHINE)
    kept = [
        await tree.activate(someone, tree.root, GROUP),
        await tree.activate(someone, PLANT, PLANT),
    ]
    outcome = await move_node(tree.work(), PLANT, WEST)
    assert isinstance(outcome, Put)
    assert await parent_of(tree, PLANT) == WEST
    assert (await tree.until(cut)).until == NOON
    assert [(await tree.until(one)).until > NOON + HOUR for one in kept] == [True, True]


@documented
async def test_moving_takes_rights_at_both_parents_and_assigning_what_is_moved(tree: Tree) -> None:
    mover = await tree.world.user()
    for place in (EAST, WEST):
        await tree.give(mover, CONTRIBUTOR, place)
    outcome = await move_node(tree.work(mover), PLANT, WEST)
    assert isinstance(outcome, Refused)
    assert outcome.problems[0].names[-1] == "Microsoft.Authorization/roleAssignments/write"
    assert outcome.problems[0].property == PLANT.path
    await tree.give(mover, AZURE_OWNER, PLANT)
    assert isinstance(await move_node(tree.work(mover), PLANT, WEST), Put)


@documented
async def test_a_subscription_is_not_moved_where_the_mover_may_not_write(tree: Tree) -> None:
    mover = await tree.world.user()
    await tree.give(mover, AZURE_OWNER, EAST)
    outcome = await move_node(tree.work(mover), PLANT, WEST)
    assert isinstance(outcome, Refused)
    assert outcome.problems[0].property == WEST.path
    # The tenant's own group takes in whatever comes back to it.
    assert isinstance(await move_node(tree.work(mover), PLANT, tree.root), Put)


@documented
async def test_no_group_comes_into_itself_nor_too_deep(tree: Tree) -> None:
    outer = EAST
    for number in range(5):
        inner = azure(f"{MANAGEMENT_GROUPS}/level-{number}")
        assert isinstance(await put_group(tree.work(), inner, keep, outer), Put)
        outer = inner
    too_deep = await put_group(tree.work(), NEW, keep, outer)
    assert code_of(too_deep) == (Code.VALUE_REFUSED, Reason.TOO_MANY)
    assert code_of(await put_group(tree.work(), WEST, keep, outer))[1] is Reason.TOO_MANY
    circle = await put_group(tree.work(), EAST, keep, outer)
    assert code_of(circle) == (Code.VALUE_REFUSED, Reason.CONTRADICTORY)
    own = await put_group(tree.work(), tree.root, keep, WEST)
    assert code_of(own)[0] is Code.VALUE_REFUSED


@documented
async def test_who_may_do_nothing_is_told_nothing(tree: Tree) -> None:
    nobody = await tree.world.user()
    for outcome in (
        await put_node(tree.work(nobody), MACHINE, keep),
        await put_node(tree.work(nobody), azure(f"{PLANT.path}/resourceGroups/new"), keep),
        await remove_node(tree.work(nobody), GROUP),
        await remove_node(tree.work(nobody), azure(f"{PLANT.path}/resourceGroups/none")),
        await put_group(tree.work(nobody), NEW, keep),
        await put_group(tree.work(nobody), EAST, keep, WEST),
        await create_subscription(tree.work(nobody), OTHER, keep),
        await move_node(tree.work(nobody), PLANT, WEST),
    ):
        assert code_of(outcome)[0] is Code.ACTION_NOT_ALLOWED
    missing = azure(f"{OTHER.path}/resourceGroups/new")
    assert code_of(await put_node(tree.work(nobody), missing, keep))[0] is Code.SCOPE_NOT_FOUND


@documented
async def test_what_would_lie_nowhere_is_not_made(tree: Tree) -> None:
    place = azure(f"{PLANT.path}/resourceGroups/none/providers/Microsoft.Web/sites/Shop")
    outcome = await put_node(tree.work(), place, keep)
    assert isinstance(outcome, Refused)
    assert outcome.problems[0].value == f"{PLANT.path}/resourceGroups/none"
    odd = azure(f"{PLANT.path}/resourceGroups/ends.")
    assert code_of(await put_node(tree.work(), odd, keep))[0] is Code.VALUE_REFUSED


@inferred
async def test_whether_somebody_holds_anything_around_a_subscription(tree: Tree) -> None:
    world, store = tree.world, tree.world.store
    await world.node(OTHER.path, WEST.path)
    person, group, outer = await world.user(), await world.group(), await world.group()

    async def around(place: Scope, who: PrincipalId) -> set[str]:
        token = tree.token(who)
        found = await store.list_held_around(token, place, NOON)
        assert await store.is_held_around(token, place, NOON) == bool(found)
        return {one.path for one in found}

    assert await around(PLANT, person) == set()
    await world.grant(Slot(person, READER, EAST), GrantKind.ELIGIBLE)
    await tree.give(person, READER, azure(f"{PLANT.path}0/resourceGroups/One"))
    assert await around(PLANT, person) == set()
    await tree.give(person, READER, MACHINE)
    assert (await around(PLANT, person), await around(OTHER, person)) == ({MACHINE.path}, set())
    other = await world.user()
    await world.member(other, group)
    await world.member(group, outer)
    await tree.give(outer, READER, WEST)
    assert (await around(PLANT, other), await around(OTHER, other)) == (set(), {WEST.path})
    await tree.give(other, READER, azure("/"))
    assert await around(PLANT, other) == {"/"}


@inferred
def test_what_is_held_around_is_found_through_its_holder(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    connection = sqlite3.connect(tmp_path / "plans.db")
    for statement in (held_places(), held_around(), any_held_around()):
        text = statement.compile_for(Database.SQLITE).text
        blanks = [None] * text.count("?")
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", blanks)]
        read = [step for step in plan if " placed" in step]
        assert read
        assert all("principal_id=?" in step for step in read), plan
    connection.close()


@inferred
async def test_the_estate_is_told_in_parts(tree: Tree) -> None:
    world, store = tree.world, tree.world.store
    await world.node(OTHER.path, WEST.path)
    estate = [EAST.path, WEST.path, PLANT.path, OTHER.path]

    async def part(tops: list[str], part: EstatePart) -> list[str]:
        found = await store.list_estate_part(world.tenant, tops, part)
        return [one.place.path for one in found if one.place != tree.root]

    root = [tree.root.path]
    assert set(await part(root, EstatePart(9))) == set(estate)
    assert await part([EAST.path], EstatePart(9)) == [EAST.path, PLANT.path]
    groups = EstatePart(9, kind=PlaceKind.MANAGEMENT_GROUP)
    assert await part([EAST.path, WEST.path], groups) == [EAST.path, WEST.path]
    subscriptions = EstatePart(1, kind=PlaceKind.SUBSCRIPTION)
    assert await part(root, subscriptions) == [PLANT.path]
    later = EstatePart(1, PLANT.path, PlaceKind.SUBSCRIPTION)
    assert await part(root, later) == [OTHER.path]
    assert await part([], EstatePart(9)) == []


@inferred
@pytest.mark.parametrize("kind", [None, PlaceKind.SUBSCRIPTION, PlaceKind.MANAGEMENT_GROUP])
async def test_a_part_of_the_estate_is_looked_up_node_by_node(
    fresh_postgres_database: str, kind: PlaceKind | None
) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(MANY)
        await connection.execute("VACUUM (ANALYZE)")
        plan = await explain(connection, estate_part(kind))
    assert not [step for step in plan if "Seq Scan" in step], plan
    narrowed = [step for step in plan if "Index Cond" in step]
    assert all(re.search(r"(parent|path|path_key) = ", step) for step in narrowed), plan


MANY = """
INSERT INTO scopes (tenant_id, kind, path, parent, path_key)
SELECT 'x', 'azure', path, parent, lower(path) FROM (
    SELECT '/subscriptions/' || n AS path, '/' AS parent FROM generate_series(0, 49) AS n
    UNION ALL
    SELECT '/subscriptions/' || n % 50 || '/resourceGroups/' || n, '/subscriptions/' || n % 50
    FROM generate_series(1, 30000) AS n) AS made
"""
