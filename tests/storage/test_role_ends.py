"""Until when roles are held: the last grant of each counts, and of several roles the first."""

from datetime import timedelta

import pytest

from tests.storage.world import DAY, HOUR, NOON, READER, World, reader
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.times import ENDLESS, Instant

OTHER = RoleId("0964bb5e-9bdb-4d7b-ac29-58e794862a40")

pytestmark = pytest.mark.documented(
    "issue: a token for others that speaks of a role ends no later than the role"
)


async def end_of(world: World, person: PrincipalId, at: Instant = NOON) -> Instant:
    return await world.store.first_role_end(world.tenant, person, at)


async def test_who_holds_nothing_loses_nothing(world: World) -> None:
    person = await world.user()
    await world.grant(reader(person), GrantKind.ELIGIBLE, end=NOON + HOUR)
    await world.grant(reader(person), start=NOON + HOUR, end=NOON + 2 * HOUR)
    await world.grant(reader(person), start=NOON - DAY, end=NOON)
    await world.grant(Slot(person, READER, Scope(ScopeKind.AZURE, "/")), end=NOON + HOUR)
    assert await end_of(world, person) == ENDLESS


async def test_the_role_that_ends_first_counts(world: World) -> None:
    person = await world.user()
    await world.grant(reader(person))
    assert await end_of(world, person) == ENDLESS
    other = Slot(person, OTHER, DIRECTORY_ROOT)
    await world.grant(other, GrantKind.ACTIVATED, end=NOON + HOUR)
    assert await end_of(world, person) == NOON + HOUR
    assert await end_of(world, person, NOON + HOUR) == ENDLESS


async def test_a_role_ends_with_the_last_grant_of_it(world: World) -> None:
    person = await world.user()
    await world.grant(reader(person), GrantKind.ACTIVATED, end=NOON + HOUR)
    await world.grant(reader(person), end=NOON + 3 * HOUR)
    assert await end_of(world, person) == NOON + 3 * HOUR


@pytest.mark.parametrize(("member", "held"), [(1, 2), (2, 1)])
async def test_a_role_through_a_group_ends_with_either(
    world: World, member: int, held: int
) -> None:
    person, group = await world.user(), await world.group()
    membership = Slot(person, MEMBER, group_scope(group))
    await world.grant(membership, GrantKind.ACTIVATED, end=NOON + member * HOUR)
    await world.grant(reader(group), end=NOON + held * HOUR)
    assert await end_of(world, person) == NOON + HOUR
    other = await World(world.store).begin()
    assert await world.store.first_role_end(other.tenant, person, NOON) == ENDLESS


async def test_the_end_of_a_grant_that_was_cut_short_counts(world: World) -> None:
    person = await world.user()
    grant = await world.grant(reader(person))
    await world.end(grant, NOON + timedelta(minutes=1))
    assert await end_of(world, person) == NOON + timedelta(minutes=1)
