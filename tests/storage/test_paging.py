"""Pages by key: nothing twice, nothing left out, whatever is written in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

import pytest

from tests.storage.world import NOON, World, reader
from timebound.application.queries import Order, Page, Query
from timebound.application.views import Audience, GrantRow, Relation, View
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import Grant
from timebound.domain.scopes import ScopeKind
from timebound.storage.asking import Asking
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.grant_lists import list_grants
from timebound.storage.paging import Pager
from timebound.storage.rows import Row

VIEW = View.ASSIGNMENT_INSTANCES


async def page_of(world: World, query: Query) -> Page[GrantRow]:
    return await world.store.read_grants(VIEW, Audience(world.tenant), query, NOON)


async def walk(world: World, query: Query) -> list[Grant]:
    found: list[Grant] = []
    while True:
        page = await page_of(world, query)
        assert len(page.rows) <= query.limit
        found += [row.grant for row in page.rows]
        if page.next_position is None:
            return found
        query = replace(query, after=page.next_position)


async def test_pages_join_without_seams_under_inserts(world: World) -> None:
    held = [await world.grant(reader(await world.user())) for _ in range(5)]
    first = await page_of(world, Query(2, is_counted=True))
    assert ([row.grant for row in first.rows], first.total) == (held[:2], 5)
    late = await world.grant(reader(await world.user()))
    await world.end(held[0], NOON)
    second = await page_of(world, Query(2, after=first.next_position, is_counted=True))
    assert ([row.grant for row in second.rows], second.total) == (held[2:4], 5)
    third = await page_of(world, Query(2, after=second.next_position))
    assert ([row.grant for row in third.rows], third.next_position) == ([held[4], late], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("field", ["created_at", "end", "principal_id", "role_id", "scope"])
async def test_every_order_reaches_every_row_once(
    world: World, field: str, limit: int, *, is_descending: bool
) -> None:
    person = await world.user()
    ends = [NOON.replace(year=year) for year in (2031, 2032, 2031)]
    held = [await world.grant(reader(person), end=end) for end in ends]
    held += [await world.grant(reader(await world.user())) for _ in range(3)]
    query = Query(limit, orders=(Order(field, is_descending=is_descending),))
    found = await walk(world, query)
    assert sorted(grant.id for grant in found) == sorted(grant.id for grant in held)
    if field == "created_at":
        assert found == held[::-1] if is_descending else held


async def test_names_are_ordered_without_regard_to_casing(world: World) -> None:
    for name in ("b", "A", "C", "a"):
        await world.user(name)
    found: list[DirectoryObject] = []
    query = Query(1, orders=(Order("display_name"), Order("id", is_descending=True)))
    while True:
        page = await world.store.read_objects(world.tenant, View.USERS, query)
        found += page.rows
        if page.next_position is None:
            break
        query = replace(query, after=page.next_position)
    assert [person.display_name.lower() for person in found] == ["a", "a", "b", "c"]
    assert all(
        one.id > other.id
        for one, other in pairwise(found)
        if one.display_name.lower() == other.display_name.lower()
    )


async def test_flags_order_and_page(world: World) -> None:
    for is_enabled in (True, False, True):
        await world.user(is_enabled=is_enabled)
    query = Query(1, orders=(Order("is_enabled"),))
    states: list[bool] = []
    while True:
        page = await world.store.read_objects(world.tenant, View.USERS, query)
        states += [person.is_enabled for person in page.rows]
        if page.next_position is None:
            break
        query = replace(query, after=page.next_position)
    assert states == [False, True, True]


async def test_an_empty_page_ends_the_list(world: World) -> None:
    await world.grant(reader(await world.user()))
    page = await page_of(world, Query(0, is_counted=True))
    assert (page.rows, page.next_position, page.total) == ((), None, 1)


@dataclass
class Heard(Asking):
    """A store, and what was asked of it."""

    store: Asking
    asked: list[Statement] = field(default_factory=list)

    async def ask(self, statement: Statement, parameters: Parameters) -> Sequence[Row]:
        self.asked.append(statement)
        return await self.store.ask(statement, parameters)


async def test_a_list_that_one_page_tells_is_counted_with_it(world: World) -> None:
    for _ in range(3):
        await world.grant(reader(await world.user()))
    assert isinstance(world.store, Asking)
    make = partial(list_grants, VIEW, Relation.ANYBODY, ScopeKind.DIRECTORY)
    parameters = {"tenant": world.tenant, "at": NOON}
    for limit, asked in ((2, 2), (3, 1), (4, 1)):
        heard, query = Heard(world.store), Query(limit, is_counted=True)
        page = await Pager().read(heard, VIEW, make, query, parameters, len)
        assert (page.total, len(page.rows), len(heard.asked)) == (3, min(limit, 3), asked)
    after = (await page_of(world, Query(2))).next_position
    heard, query = Heard(world.store), Query(2, after=after, is_counted=True)
    rest = await Pager().read(heard, VIEW, make, query, parameters, len)
    assert (rest.total, len(rest.rows), len(heard.asked)) == (3, 1, 2)


async def test_a_position_of_another_kind_finds_nothing(world: World) -> None:
    await world.grant(reader(await world.user()))
    page = await page_of(world, Query(5, after=("not an instant", "x")))
    assert page.rows == ()
