"""Who is calling: what a caller holds is what is in force now, never what a token says."""

import pytest

from tests.storage.world import CLIENT, DAY, HOUR, NOON, READER, World, reader
from timebound.application.changes import PutObject
from timebound.domain.authority import HeldRole
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope

ROLE = HeldRole(READER, DIRECTORY_ROOT)


async def application(world: World, app_id: str = CLIENT) -> PrincipalId:
    id_ = PrincipalId(world.new_id("c"))
    made = DirectoryObject(
        id_, ObjectKind.SERVICE_PRINCIPAL, "Client", NOON, app_id=ApplicationId(app_id)
    )
    assert await world.write(PutObject(made))
    return id_


async def test_a_person_acts_with_what_is_consented_to_the_client(world: World) -> None:
    person = await world.user("Adele")
    await world.permit("User.Read")
    await world.permit("User.Read")
    await world.permit("Directory.Read.All", is_delegated=False)
    caller = await world.store.load_caller(world.token(person), NOON)
    assert (caller.is_enabled, caller.display_name) == (True, "Adele")
    assert caller.granted == {"User.Read"}
    granted = world.store.granted_permissions
    assert await granted(world.tenant, CLIENT, is_delegated=True) == {"User.Read"}
    assert await granted(world.tenant, CLIENT, is_delegated=False) == {"Directory.Read.All"}


async def test_an_application_acts_with_what_it_is_granted_itself(world: World) -> None:
    principal = await application(world)
    await world.permit("User.Read")
    await world.permit("Directory.Read.All", is_delegated=False)
    token = world.token(principal, is_application=True)
    caller = await world.store.load_caller(token, NOON)
    assert caller.is_enabled
    assert caller.granted == {"Directory.Read.All"}


@pytest.mark.parametrize("is_application", [True, False])
async def test_nobody_acts_as_something_else(world: World, *, is_application: bool) -> None:
    other = await application(world, "another")
    person = await world.user()
    wrong = other if is_application else await application(world)
    token = world.token(wrong, is_application=is_application)
    assert not (await world.store.load_caller(token, NOON)).is_enabled
    as_application = world.token(person, is_application=True)
    assert not (await world.store.load_caller(as_application, NOON)).is_enabled


async def test_a_role_counts_while_it_is_in_force(world: World) -> None:
    person = await world.user()
    await world.grant(reader(person), GrantKind.ACTIVATED, start=NOON, end=NOON + HOUR)
    await world.grant(reader(person), GrantKind.ELIGIBLE)
    for at, expected in ((NOON - HOUR, set()), (NOON, {ROLE}), (NOON + HOUR, set())):
        caller = await world.store.load_caller(world.token(person), at)
        assert caller.roles == expected
        ids = await world.store.effective_role_ids(world.tenant, person, at)
        assert ids == tuple(role.role_id for role in expected)


async def test_only_roles_of_the_directory_count(world: World) -> None:
    person = await world.user()
    await world.grant(Slot(person, READER, Scope(ScopeKind.AZURE, "/")))
    unit = Scope(ScopeKind.DIRECTORY, "/administrativeUnits/u")
    await world.grant(reader(person, unit))
    caller = await world.store.load_caller(world.token(person), NOON)
    assert caller.roles == {HeldRole(READER, unit)}
    assert not caller.holds_any(frozenset({READER}))


async def test_roles_come_through_role_assignable_groups_directly(world: World) -> None:
    person, inner = await world.user(), await world.group()
    outer, plain = await world.group(), await world.group(is_role_assignable=False)
    await world.member(person, inner)
    await world.member(person, plain)
    await world.member(inner, outer)
    await world.grant(reader(outer))
    await world.grant(reader(plain))
    caller = await world.store.load_caller(world.token(person), NOON)
    assert caller.roles == set()
    assert caller.group_ids == {inner, outer, plain}
    await world.grant(reader(inner))
    assert (await world.store.load_caller(world.token(person), NOON)).roles == {ROLE}
    await world.change(inner, deleted_at=NOON)
    caller = await world.store.load_caller(world.token(person), NOON)
    assert not caller.roles
    assert caller.group_ids == {plain}


async def test_a_membership_activated_for_an_hour_carries_the_groups_role_for_that_hour(
    world: World,
) -> None:
    person, group = await world.user(), await world.group()
    slot = Slot(person, MEMBER, group_scope(group))
    eligible = await world.grant(slot, GrantKind.ELIGIBLE)
    await world.grant(reader(group))
    await world.grant(slot, GrantKind.ACTIVATED, start=NOON, end=NOON + HOUR, basis=eligible)
    for at, holds in ((NOON - HOUR, False), (NOON, True), (NOON + HOUR, False)):
        caller = await world.store.load_caller(world.token(person), at)
        assert caller.holds_any(frozenset({READER})) is holds
        assert bool(await world.held(person, at)) is holds


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"deleted_at": NOON}])
async def test_who_is_disabled_or_deleted_holds_nothing(
    world: World, change: dict[str, object]
) -> None:
    person = await world.user()
    await world.permit("User.Read")
    await world.grant(reader(person), end=NOON + DAY)
    await world.change(person, **change)
    caller = await world.store.load_caller(world.token(person), NOON)
    assert not caller.is_enabled
    assert not caller.granted
    assert not caller.roles
    assert await world.store.effective_role_ids(world.tenant, person, NOON) == ()


async def test_enabling_shows_again_what_is_held(world: World) -> None:
    person = await world.user(is_enabled=False)
    await world.grant(reader(person))
    await world.change(person, is_enabled=True)
    assert (await world.store.load_caller(world.token(person), NOON)).roles == {ROLE}


@pytest.mark.inferred("issue 3: an application that is stopped acts for nobody, with any token")
@pytest.mark.parametrize("change", [{"is_enabled": False}, {"deleted_at": NOON}])
async def test_nobody_calls_through_an_application_that_is_stopped(
    world: World, change: dict[str, object]
) -> None:
    person = await world.user()
    await world.grant(reader(person))
    token = world.token(person)
    client = await world.entry(ObjectKind.SERVICE_PRINCIPAL, "Client")
    await world.change(client, app_id=CLIENT)
    assert (await world.store.load_caller(token, NOON)).roles == {ROLE}
    await world.change(client, **change)
    caller = await world.store.load_caller(token, NOON)
    assert not caller.is_enabled
    assert not caller.roles
    other = await world.entry(ObjectKind.SERVICE_PRINCIPAL, "Client")
    await world.change(other, app_id=CLIENT)
    assert (await world.store.load_caller(token, NOON)).roles == {ROLE}, "made again"
