"""The tree of Azure as it is kept: found by paths, whatever their casing."""

import pytest

from tests.storage.world import NOON, World, azure
from timebound.application.azure_writes import PutScope
from timebound.domain.azure.nodes import TENANT_ROOT, Node, NodeContent

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
