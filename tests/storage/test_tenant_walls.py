"""What another tenant has granted never counts, though people and clients have the same ids."""

import pytest

from tests.storage.world import CLIENT, NOON, World
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS

PERMISSION = "RoleManagement.ReadWrite.Directory"

pytestmark = pytest.mark.inferred("design: no decision of one tenant rests on another")


@pytest.fixture
async def other(world: World) -> World:
    return await World(world.store).begin()


@pytest.mark.parametrize("is_delegated", [True, False])
async def test_a_permission_counts_where_it_was_granted(
    world: World, other: World, *, is_delegated: bool
) -> None:
    await world.permit(PERMISSION, is_delegated=is_delegated)
    ask = world.store.granted_permissions
    assert await ask(world.tenant, CLIENT, is_delegated=is_delegated) == {PERMISSION}
    assert await ask(other.tenant, CLIENT, is_delegated=is_delegated) == set()


async def test_a_consent_counts_for_callers_of_its_tenant(world: World, other: World) -> None:
    await world.permit(PERMISSION)
    for here, granted in ((world, {PERMISSION}), (other, set())):
        token = here.token(await here.user())
        assert (await here.store.load_caller(token, NOON)).granted == granted


async def test_administrators_count_where_they_administer(world: World, other: World) -> None:
    people: list[PrincipalId] = [await one.user() for one in (world, other)]
    assert people[0] == people[1]
    slot = Slot(people[0], GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    await world.grant(slot, end=ENDLESS)
    here, there = (await world.facts(slot)).facts, (await other.facts(slot)).facts
    assert [path.principal_id for path in here.administrators] == [people[0]]
    assert there.administrators == ()
