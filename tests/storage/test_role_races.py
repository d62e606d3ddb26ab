"""Two that cannot both win, where roles are assigned past requests or are themselves changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.storage.racing import race, status_of
from tests.storage.world import CLIENT, NOON, World, reader, reader_role
from timebound.application.changes import PutRole
from timebound.application.engine import Engine
from timebound.application.plain_assignments import assign_role, unassign_role
from timebound.application.ports import Store
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT

ROUNDS = 4
PERMISSIONS = frozenset({"RoleManagement.ReadWrite.Directory"})
Deed = Callable[[Engine], Awaitable[Any]]


@pytest.fixture(params=range(ROUNDS))
async def world(store: Store) -> World:
    """A tenant whose client may manage roles, anew for each round."""
    made = await World(store).begin()
    for permission in PERMISSIONS:
        await made.permit(permission)
    assert await made.write(PutRole(reader_role(GLOBAL_ADMINISTRATOR)))
    return made


async def administrator(world: World, name: str) -> Slot:
    """The slot of somebody who administers for ever."""
    slot = Slot(await world.user(name), GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    await world.grant(slot)
    return slot


def token(world: World, person: PrincipalId) -> Token:
    return Token(world.tenant, person, CLIENT, PERMISSIONS)


def unassign(world: World, slot: Slot, by: PrincipalId) -> Deed:
    return lambda engine: unassign_role(engine, token(world, by), slot, NOON)


def assign(world: World, slot: Slot, by: PrincipalId) -> Deed:
    return lambda engine: assign_role(engine, token(world, by), slot, NOON)


async def test_two_deletions_of_the_last_two_administrators(
    stores: tuple[Store, Store], world: World
) -> None:
    one, other = await administrator(world, "One"), await administrator(world, "Other")
    third = Slot(await world.user("Third"), GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    eligible = await world.grant(third, GrantKind.ELIGIBLE)
    await world.grant(third, GrantKind.ACTIVATED, end=NOON.replace(hour=20), basis=eligible)
    by = third.principal_id
    first, second, is_first = await race(
        stores, unassign(world, one, by), unassign(world, other, by)
    )
    won, lost = (first, second) if is_first else (second, first)
    assert not isinstance(won, Refused)
    assert status_of(lost) == (Code.LAST_ADMINISTRATOR,)
    remaining = (await world.facts(one)).facts.administrators
    left = other if is_first else one
    assert [path.principal_id for path in remaining] == [left.principal_id]


async def test_two_assignments_of_one_role(stores: tuple[Store, Store], world: World) -> None:
    admin = (await administrator(world, "Admin")).principal_id
    slot = reader(await world.user())
    one, other, is_first = await race(
        stores, assign(world, slot, admin), assign(world, slot, admin)
    )
    won, lost = (one, other) if is_first else (other, one)
    assert isinstance(won, Grant)
    assert status_of(lost) == (Code.OBJECT_CONFLICTS,)
    assert [row.grant.id for row in await world.held(slot.principal_id)] == [won.id]
