"""Resources where somebody has roles, read in parts: the same however they are cut."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.storage.tree import CONTRIBUTOR, EAST, MACHINE, PLANT, READER, WEST, Tree, grow
from tests.storage.world import NOON, World, azure
from timebound.application import privileged_resources
from timebound.application.azure_writes import PutScope
from timebound.application.changes import AZURE
from timebound.application.ports import Store
from timebound.application.privileged_resources import (
    Estate,
    HeldRole,
    find_held,
    walk_estates,
    walk_resources,
)
from timebound.application.reading import Reader
from timebound.application.tree_ports import EstatePart, NodePage
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.decide import Refused
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.scopes import Scope

pytestmark = pytest.mark.inferred("a page is of the same list, whatever it is cut from")
INNER = azure(f"{MANAGEMENT_GROUPS}/Inner")
PLOTS = tuple(azure(f"/subscriptions/00000000-0000-0000-0000-0000000000b{n}") for n in range(4))
"""In the inner group of East, in West, empty in East, and in nothing that anybody has a role in."""


def shops_of(plot: Scope) -> list[Scope]:
    groups = (f"{plot.path}/resourceGroups/{name}" for name in ("A", "a-1"))
    return [azure(f"{one}/providers/Microsoft.Web/sites/Shop") for one in groups]


@dataclass
class Noting:
    """The store, noting which parts of the tree it is asked for."""

    store: Store
    parts: list[NodePage] = field(default_factory=list)
    estates: list[EstatePart] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else goes straight on
        return getattr(self.store, name)

    async def list_nodes(self, tenant_id: TenantId, page: NodePage) -> tuple[Node, ...]:
        self.parts.append(page)
        return await self.store.list_nodes(tenant_id, page)

    async def list_estate_part(
        self, tenant_id: TenantId, tops: Sequence[str], part: EstatePart
    ) -> tuple[Node, ...]:
        self.estates.append(part)
        return await self.store.list_estate_part(tenant_id, tops, part)


@pytest.fixture
async def tree(world: World) -> Tree:
    made = await grow(world)
    parents = (INNER, WEST, EAST, made.root)
    puts = [PutScope(INNER, EAST), *map(PutScope, PLOTS, parents)]
    for plot in (PLOTS[0], PLOTS[1], PLOTS[3]):
        for shop in shops_of(plot):
            group = azure(shop.path.partition("/providers")[0])
            puts += [PutScope(group, plot), PutScope(shop, group)]
    assert await world.write(*puts, bumps=[AZURE])
    return made


@pytest.fixture
async def person(tree: Tree) -> PrincipalId:
    """Eligible for all of East, and reader of one resource group in West."""
    found = await tree.world.user()
    await tree.world.grant(Slot(found, CONTRIBUTOR, EAST), GrantKind.ELIGIBLE)
    await tree.give(found, READER, azure(f"{PLOTS[1].path}/resourceGroups/a-1"))
    return found


async def held_by(reader: Reader) -> Sequence[HeldRole]:
    held = await find_held(reader)
    assert not isinstance(held, Refused)
    return held


async def estates_of(reader: Reader, after: str = "") -> list[Estate]:
    return [one async for one in walk_estates(reader, await held_by(reader), after)]


async def paths_of(reader: Reader, after: str = "") -> list[str]:
    estates = walk_estates(reader, await held_by(reader), after)
    return [one.node.place.path async for one in walk_resources(reader, estates, after)]


@pytest.mark.parametrize("size", [1, 2, 3, 500])
async def test_a_list_goes_on_wherever_it_was_left(
    tree: Tree, person: PrincipalId, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(privileged_resources, "_CHUNK", size)
    reader = Reader(tree.world.store, tree.token(person), NOON)
    estates = await estates_of(reader)
    assert [one.subscription.place for one in estates] == [PLANT, *PLOTS[:3]]
    groups = [[group.place for group in one.groups] for one in estates]
    outer = [tree.root, EAST]
    assert groups == [outer, [*outer, INNER], [tree.root, WEST], outer]
    every = await paths_of(reader)
    shops = [one.path for one in shops_of(PLOTS[0])[::-1]]
    assert every == [MACHINE.path, *shops, shops_of(PLOTS[1])[1].path]
    for number, path in enumerate(every, start=1):
        assert await paths_of(reader, path.lower()) == every[number:]
    for number, estate in enumerate(estates):
        path = estate.subscription.place.path
        for after in (path, f"{path}/resourcegroups/a"):
            assert await estates_of(reader, after) == estates[number:]


async def test_nothing_is_read_that_lies_before_a_page(tree: Tree, person: PrincipalId) -> None:
    store = Noting(tree.world.store)
    reader = Reader(store, tree.token(person), NOON)
    last = (await paths_of(reader))[-1]
    read = [one.since for one in store.parts]
    west = f"{PLOTS[1].path}/resourcegroups/a-1/"
    assert read == [f"{PLANT.path}/", f"{PLOTS[0].path}/", west, f"{PLOTS[2].path}/"]
    store.parts.clear()
    store.estates.clear()
    assert await paths_of(reader, last.lower()) == []
    assert [one.since for one in store.parts] == [west, f"{PLOTS[2].path}/"]
    groups, subscriptions = store.estates
    assert (groups.after, subscriptions.after) == ("", PLOTS[1].path[:-1])
    assert groups.limit == subscriptions.limit


async def test_who_has_nothing_reads_nothing(tree: Tree) -> None:
    store = Noting(tree.world.store)
    stranger = await tree.world.user()
    reader = Reader(store, tree.token(stranger), NOON)
    assert await paths_of(reader) == []
    assert not store.parts
    assert not store.estates
