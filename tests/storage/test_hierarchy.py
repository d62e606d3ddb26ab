"""Settings of the tree of Azure as they are kept, and what meets a change of them."""

import pytest

from tests.storage.racing import race
from tests.storage.tree import EAST, WEST, Tree, grow, keep
from tests.storage.world import World, azure
from timebound.application.azure_nodes import create_subscription, put_group, remove_node
from timebound.application.hierarchy import put_settings, remove_settings
from timebound.application.node_records import Put
from timebound.application.ports import Store
from timebound.domain.azure.nodes import HierarchySettings, Node
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.decide import Refused
from timebound.domain.hierarchy_changes import AskedSettings
from timebound.domain.node_removal import Removal
from timebound.domain.problems import Code
from timebound.domain.scopes import Scope

pytestmark = pytest.mark.inferred("what is decided rests on what is set when it is applied")
OPEN, CLOSED = AskedSettings(needs_authorization=False), AskedSettings(needs_authorization=True)
TO_WEST = AskedSettings(default_group=WEST)
NEW = azure(f"{MANAGEMENT_GROUPS}/North")
PLOT = azure("/subscriptions/00000000-0000-0000-0000-0000000000bb")


@pytest.fixture
async def tree(world: World) -> Tree:
    return await grow(world)


async def settings_of(tree: Tree) -> HierarchySettings | None:
    found = await tree.world.store.find_node(tree.world.tenant, tree.root.path)
    assert found is not None
    return found.content.settings


async def parent_of(tree: Tree, place: Scope) -> Scope | None:
    found = await tree.world.store.find_node(tree.world.tenant, place.path)
    assert found is not None
    return found.parent


async def test_settings_are_kept_until_they_are_removed(tree: Tree) -> None:
    asked = AskedSettings(needs_authorization=False, default_group=azure(WEST.path.upper()))
    outcome = await put_settings(tree.work(), tree.root, asked)
    assert isinstance(outcome, Node)
    kept = HierarchySettings(needs_authorization=False, default_group=WEST)
    assert outcome.content.settings == await settings_of(tree) == kept
    assert isinstance(await put_group(tree.work(), tree.root, keep), Put)
    assert await settings_of(tree) == kept
    assert await remove_settings(tree.work(), tree.root) is True
    assert await remove_settings(tree.work(), tree.root) is False
    assert await settings_of(tree) is None


async def test_who_makes_a_group_while_that_is_closed_comes_first_or_not_at_all(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    stranger = await tree.world.user()
    assert isinstance(await put_settings(tree.work(), tree.root, OPEN), Node)
    closed, made, is_closed_first = await race(
        stores,
        lambda engine: put_settings(tree.work(engine=engine), tree.root, CLOSED),
        lambda engine: put_group(tree.work(stranger, engine), NEW, keep),
    )
    assert isinstance(closed, Node)
    if is_closed_first:
        assert isinstance(made, Refused)
        assert made.problems[0].code is Code.ACTION_NOT_ALLOWED
    else:
        assert isinstance(made, Put)


async def test_a_subscription_never_comes_to_a_default_group_that_is_gone(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    assert isinstance(await put_settings(tree.work(), tree.root, TO_WEST), Node)
    removed, made, is_removed_first = await race(
        stores,
        lambda engine: remove_node(tree.work(engine=engine), WEST),
        lambda engine: create_subscription(tree.work(engine=engine), PLOT, keep),
    )
    assert isinstance(made, Put)
    assert await parent_of(tree, PLOT) == (tree.root if is_removed_first else WEST)
    if is_removed_first:
        assert isinstance(removed, Removal)
    else:
        assert isinstance(removed, Refused)
        assert removed.problems[0].code is Code.OBJECT_CONFLICTS


async def test_a_default_group_is_not_removed_unnoticed(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    removed, put, is_removed_first = await race(
        stores,
        lambda engine: remove_node(tree.work(engine=engine), WEST),
        lambda engine: put_settings(tree.work(engine=engine), tree.root, TO_WEST),
    )
    assert isinstance(removed, Removal)
    if is_removed_first:
        assert isinstance(put, Refused)
        assert put.problems[0].property == "defaultManagementGroup"
        assert await settings_of(tree) is None
    else:
        assert await settings_of(tree) == HierarchySettings()


async def test_what_moves_stays_the_default_group(tree: Tree) -> None:
    assert isinstance(await put_settings(tree.work(), tree.root, TO_WEST), Node)
    assert isinstance(await put_group(tree.work(), WEST, keep, EAST), Put)
    assert isinstance(await create_subscription(tree.work(), PLOT, keep), Put)
    assert await parent_of(tree, PLOT) == WEST
