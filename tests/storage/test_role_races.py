"""Two that cannot both win, where roles are assigned past requests or are themselves changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.storage.racing import overtake, race
from tests.storage.world import CLIENT, HOUR, NOON, World, reader, reader_role
from timebound.application.changes import PutRole
from timebound.application.engine import Engine
from timebound.application.plain_assignments import assign_role, unassign_role
from timebound.application.ports import Store
from timebound.application.queries import Compare, Operator, Query
from timebound.application.roles import change_role, create_role, delete_role
from timebound.application.submitting import submit_request
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code, Reason
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.role_changes import RoleChange
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, Role, RoleDefinition
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

ROUNDS = 4
CUSTOM = RoleId("cccccccc-0000-0000-0000-000000000001")
AN_HOUR = AskedSchedule(NOON, Expiration(ExpirationType.AFTER_DURATION, duration=HOUR))
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


def status_of(outcome: object) -> Status | tuple[object, ...]:
    """The status of a request, or what something was refused for."""
    if isinstance(outcome, Request):
        return outcome.status
    assert isinstance(outcome, Refused)
    return tuple(problem.reason or problem.code for problem in outcome.problems)


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


def custom(id_: str = CUSTOM, name: str = "Support") -> RoleDefinition:
    """A custom role of the directory."""
    role = Role(RoleId(id_), ScopeKind.DIRECTORY, name, is_built_in=False)
    action = "microsoft.directory/applications/basic/update"
    return RoleDefinition(role, "Helps", id_, version=None, actions=(action,))


async def make_custom(world: World) -> Slot:
    """Somebody's slot in a custom role that is there."""
    assert await world.write(PutRole(custom()))
    return Slot(await world.user(), CUSTOM, DIRECTORY_ROOT)


async def test_an_assignment_against_the_deletion_of_its_role(
    stores: tuple[Store, Store], world: World
) -> None:
    admin = (await administrator(world, "Admin")).principal_id
    slot = await make_custom(world)

    async def delete(engine: Engine) -> RoleDefinition | Refused:
        place = (ScopeKind.DIRECTORY, CUSTOM)
        return await delete_role(engine, token(world, admin), place, NOON)

    assigned, deleted, is_assigned = await race(stores, assign(world, slot, admin), delete)
    if is_assigned:
        assert isinstance(assigned, Grant)
        assert status_of(deleted) == (Reason.IN_USE,)
    else:
        assert isinstance(deleted, RoleDefinition)
        assert status_of(assigned) == (Code.ROLE_NOT_FOUND,)
    assert len(await world.held(slot.principal_id)) == int(is_assigned)
    assert (await world.facts(slot)).facts.role == (custom().role if is_assigned else None)


async def test_an_activation_against_disabling_its_role(
    stores: tuple[Store, Store], world: World
) -> None:
    admin = (await administrator(world, "Admin")).principal_id
    slot = await make_custom(world)
    await world.grant(slot, GrantKind.ELIGIBLE)
    draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, slot, AN_HOUR, "Needed")

    async def activate(engine: Engine) -> Request | Refused:
        return await submit_request(engine, token(world, slot.principal_id), draft, NOON)

    async def disable(engine: Engine) -> RoleDefinition | Refused:
        place, change = (ScopeKind.DIRECTORY, CUSTOM), RoleChange(is_enabled=False)
        return await change_role(engine, token(world, admin), place, change, NOON)

    activated, disabled = await overtake(stores, activate, disable)
    assert isinstance(disabled, RoleDefinition)
    assert status_of(activated) == (Reason.ROLE_DISABLED,)
    assert await world.held(slot.principal_id) == []


async def test_two_roles_of_one_name(stores: tuple[Store, Store], world: World) -> None:
    admin = (await administrator(world, "Admin")).principal_id

    def create(id_: str) -> Deed:
        return lambda engine: create_role(engine, token(world, admin), custom(id_), NOON)

    one, other, is_first = await race(
        stores, create(CUSTOM), create(CUSTOM.replace("0001", "0002"))
    )
    won, lost = (one, other) if is_first else (other, one)
    assert isinstance(won, RoleDefinition)
    assert status_of(lost) == (Code.OBJECT_CONFLICTS,)
    page = await world.store.read_roles(
        world.tenant, Query(10, Compare("display_name", Operator.EQ, "support"))
    )
    assert [definition.role.id for definition in page.rows] == [won.role.id]


async def test_two_changes_of_one_role_both_last(stores: tuple[Store, Store], world: World) -> None:
    admin = (await administrator(world, "Admin")).principal_id
    await make_custom(world)

    def change(asked: RoleChange) -> Deed:
        place = (ScopeKind.DIRECTORY, CUSTOM)
        return lambda engine: change_role(engine, token(world, admin), place, asked, NOON)

    changes = RoleChange(description="Reads"), RoleChange(name="Reader")
    await race(stores, change(changes[0]), change(changes[1]))
    found = (await world.store.find_roles(world.tenant, [CUSTOM]))[CUSTOM]
    assert (found.description, found.role.name) == ("Reads", "Reader")
