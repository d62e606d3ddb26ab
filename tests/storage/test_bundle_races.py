"""Assignments of providers on both databases: kept with their grants, and raced."""

import pytest

from tests.storage.racing import RandomIds, race
from tests.storage.world import CLIENT, NOON, World
from timebound.application.bundles import change_bundle, create_bundle, delete_bundle
from timebound.application.changes import PutRole
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.principals import delete_principal
from timebound.application.queries import ELEMENT, AnyOf, Compare, Operator, Query
from timebound.application.roles import delete_role
from timebound.domain.authority import Token
from timebound.domain.bundles import RoleBundle
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code, Reason
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, Role, RoleDefinition
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind

DEVICES, EXCHANGE = ScopeKind.DEVICE_MANAGEMENT, ScopeKind.EXCHANGE
CUSTOM = RoleId("cccccccc-0000-0000-0000-000000000002")
MAILS = RoleId("cccccccc-0000-0000-0000-000000000003")
PERMISSIONS = frozenset(
    {
        "DeviceManagementRBAC.ReadWrite.All",
        "RoleManagement.ReadWrite.Exchange",
        "Directory.ReadWrite.All",
    }
)


@pytest.fixture
async def admin(world: World) -> Token:
    """The token of a Global Administrator, in a tenant with a custom role of two providers."""
    for permission in PERMISSIONS:
        await world.permit(permission)
    for role_id, kind in ((CUSTOM, DEVICES), (MAILS, EXCHANGE)):
        role = Role(role_id, kind, f"Ours {kind.value}", is_built_in=False)
        definition = RoleDefinition(role, "", role_id, version=None, actions=("a/b",))
        assert await world.write(PutRole(definition))
    person = await world.user("Admin")
    await world.grant(Slot(person, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT))
    return Token(world.tenant, person, CLIENT, PERMISSIONS)


def bundle(id_: str, *people: PrincipalId, kind: ScopeKind = DEVICES) -> RoleBundle:
    role_id = CUSTOM if kind is DEVICES else MAILS
    return RoleBundle(id_, kind, role_id, NOON, "Bundle", principal_ids=people, app_ids=("one",))


async def holders(world: World, found: RoleBundle) -> set[str]:
    grants = await world.store.find_grants(world.tenant, found.grant_ids)
    return {grant.slot.principal_id for grant in grants.values() if grant.is_in_force(NOON)}


async def standing(world: World) -> list[RoleBundle]:
    page = await world.store.read_bundles(world.tenant, DEVICES, Query(10, is_counted=True), NOON)
    assert page.total == len(page.rows)
    return list(page.rows)


async def test_a_bundle_is_kept_with_its_grants(world: World, admin: Token) -> None:
    engine = Engine(world.store, RandomIds())
    one, other = await world.user("One"), await world.user("Other")
    made = await create_bundle(engine, admin, bundle("b1", one, other), NOON)
    assert isinstance(made, RoleBundle)
    assert await standing(world) == [made]
    assert await world.store.find_bundle(world.tenant, DEVICES, "b1") == made
    assert await world.store.find_bundle(world.tenant, EXCHANGE, "b1") is None
    for who, count in ((one, 1), (other, 1), ("nobody", 0)):
        held = AnyOf("principals", Compare(ELEMENT, Operator.EQ, who))
        found = await world.store.read_bundles(world.tenant, DEVICES, Query(10, held), NOON)
        assert len(found.rows) == count
    assert await holders(world, made) == {one, other}
    ended = await delete_bundle(engine, admin, (DEVICES, "b1"), NOON)
    assert isinstance(ended, RoleBundle)
    assert (await standing(world), await holders(world, ended)) == ([], set())
    assert await world.store.find_bundle(world.tenant, DEVICES, "b1") is None


async def test_two_changes_of_one_bundle(
    stores: tuple[Store, Store], world: World, admin: Token
) -> None:
    people = [await world.user(f"Person {number}") for number in range(3)]
    engine = Engine(world.store, RandomIds())
    await create_bundle(engine, admin, bundle("b2", *people), NOON)

    async def drop(engine: Engine, person: PrincipalId) -> RoleBundle | Refused:
        def without(found: RoleBundle) -> RoleBundle:
            kept = tuple(one for one in found.principal_ids if one != person)
            return RoleBundle(
                found.id,
                found.kind,
                found.role_id,
                found.created_at,
                principal_ids=kept,
                app_ids=found.app_ids,
                grant_ids=found.grant_ids,
            )

        return await change_bundle(engine, admin, (DEVICES, "b2"), without, NOON)

    await race(stores, lambda e: drop(e, people[0]), lambda e: drop(e, people[1]))
    (left,) = await standing(world)
    assert left.principal_ids == (people[2],)
    assert await holders(world, left) == {people[2]}


async def test_two_assignments_of_one(
    stores: tuple[Store, Store], world: World, admin: Token
) -> None:
    person = await world.user()

    async def assign(engine: Engine, id_: str) -> RoleBundle | Refused:
        return await create_bundle(engine, admin, bundle(id_, person, kind=EXCHANGE), NOON)

    one, other, is_first = await race(stores, lambda e: assign(e, "e1"), lambda e: assign(e, "e2"))
    won, lost = (one, other) if is_first else (other, one)
    assert isinstance(won, RoleBundle)
    assert isinstance(lost, Refused)
    assert [problem.code for problem in lost.problems] == [Code.OBJECT_CONFLICTS]


async def test_an_assignment_against_the_deletion_of_its_role(
    stores: tuple[Store, Store], world: World, admin: Token
) -> None:
    person = await world.user()

    async def assign(engine: Engine) -> RoleBundle | Refused:
        return await create_bundle(engine, admin, bundle("b3", person), NOON)

    async def delete(engine: Engine) -> RoleDefinition | Refused:
        return await delete_role(engine, admin, (DEVICES, CUSTOM), NOON)

    assigned, deleted, is_assigned = await race(stores, assign, delete)
    lost = deleted if is_assigned else assigned
    assert isinstance(lost, Refused)
    expected = (
        (Code.CHANGE_NOT_ALLOWED, Reason.IN_USE) if is_assigned else (Code.ROLE_NOT_FOUND, None)
    )
    assert [(problem.code, problem.reason) for problem in lost.problems] == [expected]
    assert len(await standing(world)) == int(is_assigned)


async def test_an_assignment_against_the_deletion_of_its_principal(
    stores: tuple[Store, Store], world: World, admin: Token
) -> None:
    person = await world.user()

    async def assign(engine: Engine) -> RoleBundle | Refused:
        return await create_bundle(engine, admin, bundle("b4", person), NOON)

    async def delete(engine: Engine) -> DirectoryObject | Refused:
        return await delete_principal(engine, admin, person, NOON)

    assigned, deleted, is_assigned = await race(stores, assign, delete)
    assert isinstance(deleted, DirectoryObject)
    if is_assigned:
        assert isinstance(assigned, RoleBundle)
        assert await holders(world, assigned) == set()
    else:
        assert isinstance(assigned, Refused)
        assert [problem.code for problem in assigned.problems] == [Code.PRINCIPAL_NOT_FOUND]
