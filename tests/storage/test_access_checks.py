"""What is held that could count at one place: found on both stores, and decided by."""

import pytest

from tests.storage.world import DAY, HOUR, NOON, World, azure
from timebound.application.access_ports import AccessQuestion
from timebound.application.changes import AddUnitMember, PutRole
from timebound.domain.azure.conditions import Context
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import ROOT
from timebound.domain.directory import ObjectKind
from timebound.domain.effective_access import (
    AccessDecision,
    AccessFacts,
    AskedAccess,
    Finding,
    decide_access,
)
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.roles import DIRECTORY_READERS, Role, RoleDefinition
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, object_scope, unit_scope

pytestmark = pytest.mark.inferred("promises 1 and 3 of the design, on both stores")

ID = "00000000-0000-0000-0000-00000000000a"
COMPANY = azure("/providers/Microsoft.Management/managementGroups/Company")
SUBSCRIPTION = azure(f"/subscriptions/{ID}")
CREW = azure(f"/subscriptions/{ID}/resourceGroups/Crew")
MACHINE = azure(f"{CREW.path}/providers/Microsoft.Compute/virtualMachines/One")
CONTRIBUTOR = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
START = "Microsoft.Compute/virtualMachines/start/action"
UPDATE = "microsoft.directory/users/basic/update"
EDITOR = RoleId("eeeeeeee-0000-0000-0000-00000000000e")


@pytest.fixture
async def tree(world: World) -> World:
    """A management group, its subscription, a resource group and a machine."""
    above = "/"
    for place in (COMPANY, SUBSCRIPTION, CREW, MACHINE):
        await world.node(place.path, above)
        above = place.path
    return world


async def load(
    world: World, scope: Scope, *ids: PrincipalId, names: tuple[str, ...] = ()
) -> AccessFacts:
    question = AccessQuestion(world.tenant, (scope,), ids, names)
    return (await world.store.load_access(question, NOON)).facts[scope]


async def check(
    world: World, who: PrincipalId, scope: Scope, action: str = START
) -> AccessDecision:
    return decide_access(await load(world, scope, who), AskedAccess(who, Context(action)), NOON)


async def operate(world: World, who: PrincipalId, scope: Scope, hours: int = 8) -> Grant:
    return await world.grant(Slot(who, CONTRIBUTOR, scope), end=NOON + hours * HOUR)


@pytest.mark.parametrize("held_at", [ROOT, COMPANY, SUBSCRIPTION, CREW, MACHINE])
async def test_what_is_held_above_counts(tree: World, held_at: Scope) -> None:
    person = await tree.user()
    grant = await operate(tree, person, held_at)
    decision = await check(tree, person, MACHINE)
    assert (decision.grants, decision.until) == ((grant,), NOON + 8 * HOUR)
    for place in (COMPANY, SUBSCRIPTION, CREW):
        counts = held_at == ROOT or held_at in _chain(place)
        assert (await check(tree, person, place)).is_allowed is counts


def _chain(place: Scope) -> tuple[Scope, ...]:
    chain = (COMPANY, SUBSCRIPTION, CREW, MACHINE)
    return chain[: chain.index(place) + 1]


async def test_a_place_is_found_in_any_casing(tree: World) -> None:
    person = await tree.user()
    await operate(tree, person, CREW)
    for path in (MACHINE.path.upper(), MACHINE.path.lower()):
        facts = await load(tree, azure(path), person)
        assert facts.place == MACHINE
        assert (await check(tree, person, azure(path))).is_allowed


async def test_what_is_not_known_is_judged_as_what_it_lies_in(tree: World) -> None:
    person = await tree.user()
    await operate(tree, person, CREW)
    new = azure(f"{CREW.path}/providers/Microsoft.Compute/virtualMachines/New")
    beside = azure(f"{SUBSCRIPTION.path}/resourceGroups/beside")
    elsewhere = azure("/subscriptions/00000000-0000-0000-0000-00000000000b")
    assert (await check(tree, person, new)).is_allowed
    assert (await check(tree, person, beside)).finding is Finding.NOT_ALLOWED
    assert (await check(tree, person, elsewhere)).finding is Finding.SCOPE_NOT_FOUND
    assert (await check(tree, person, ROOT)).finding is Finding.NOT_ALLOWED


async def test_groups_nest_in_azure(tree: World) -> None:
    person = await tree.user()
    inner, outer = [await tree.group(is_role_assignable=False) for _ in range(2)]
    await tree.member(person, inner, end=NOON + 2 * HOUR)
    await tree.member(inner, outer)
    await operate(tree, outer, COMPANY)
    decision = await check(tree, person, MACHINE)
    assert (decision.is_allowed, decision.until) == (True, NOON + 2 * HOUR)
    await tree.change(outer, deleted_at=NOON - HOUR)
    assert not (await check(tree, person, MACHINE)).is_allowed


async def test_what_begins_later_is_told(tree: World) -> None:
    person = await tree.user()
    slot = Slot(person, CONTRIBUTOR, CREW)
    await tree.grant(slot, GrantKind.ELIGIBLE)
    await tree.grant(slot, GrantKind.ACTIVATED, start=NOON + HOUR, end=NOON + 2 * HOUR)
    decision = await check(tree, person, MACHINE)
    assert (decision.is_allowed, decision.until) == (False, NOON + HOUR)
    await tree.grant(slot, end=NOON)
    assert not (await check(tree, person, MACHINE)).is_allowed


async def test_denials_and_custom_roles_are_known(tree: World) -> None:
    person = await tree.user()
    custom = RoleDefinition(
        Role(EDITOR, ScopeKind.AZURE, "Starter", is_built_in=False),
        "Starts",
        EDITOR,
        azure=AzureDefinition((Permission((START,)),)),
    )
    assert await tree.write(PutRole(custom))
    await tree.grant(Slot(person, EDITOR, SUBSCRIPTION))
    assert (await check(tree, person, MACHINE)).is_allowed
    assert not (await check(tree, person, MACHINE, "Microsoft.Compute/other")).is_allowed


async def test_a_custom_role_gives_nothing_where_it_cannot_be_assigned(tree: World) -> None:
    person = await tree.user()
    for scopes, gives in (
        ((COMPANY.path.upper(),), True),
        ((CREW.path,), False),
        (("/s/b",), False),
    ):
        custom = RoleDefinition(
            Role(EDITOR, ScopeKind.AZURE, "Starter", is_built_in=False),
            "Starts",
            EDITOR,
            resource_scopes=scopes,
            azure=AzureDefinition((Permission((START,)),)),
        )
        assert await tree.write(PutRole(custom))
        if gives:
            await tree.grant(Slot(person, EDITOR, SUBSCRIPTION))
        assert (await check(tree, person, MACHINE)).is_allowed is gives


async def test_several_places_are_told_apart(tree: World) -> None:
    person = await tree.user()
    elsewhere = azure("/subscriptions/00000000-0000-0000-0000-00000000000b")
    await tree.node(elsewhere.path, COMPANY.path)
    at_top, there = await operate(tree, person, COMPANY), await operate(tree, person, MACHINE)
    nowhere = azure("/subscriptions/00000000-0000-0000-0000-00000000000c")
    new = azure(f"{CREW.path}/providers/A.B/c/d")
    places = (MACHINE, elsewhere, CREW, ROOT, nowhere, new)
    question = AccessQuestion(tree.tenant, places, (person,))
    facts = (await tree.store.load_access(question, NOON)).facts
    assert {one.path: set(facts[one].grants) for one in places} == {
        MACHINE.path: {at_top, there},
        elsewhere.path: {at_top},
        CREW.path: {at_top},
        ROOT.path: set(),
        nowhere.path: set(),
        new.path: {at_top},
    }
    assert [one for one in places if not facts[one].is_known] == [nowhere]


async def test_nothing_of_others_is_loaded(tree: World) -> None:
    person, other = await tree.user(), await tree.user()
    group = await tree.group(is_role_assignable=False)
    await tree.member(other, group)
    for who in (other, group):
        await operate(tree, who, MACHINE)
    facts = await load(tree, MACHINE, person)
    assert (facts.grants, facts.memberships, len(facts.principals)) == ((), (), 1)
    assert len((await load(tree, MACHINE, person, other)).grants) == 2


async def test_people_are_found_by_name(world: World) -> None:
    person = await world.user()
    await world.change(person, user_principal_name="Ada@Example.com")
    question = AccessQuestion(world.tenant, (DIRECTORY_ROOT,), names=("ADA@example.COM", "nobody"))
    loaded = await world.store.load_access(question, NOON)
    assert loaded.names == {"ada@example.com": person}
    assert loaded.facts[DIRECTORY_ROOT].find_principal(person)
    await world.change(person, deleted_at=NOON)
    assert not (await world.store.load_access(question, NOON)).names


async def edit(world: World, who: PrincipalId, scope: Scope) -> Grant:
    definition = RoleDefinition(
        Role(EDITOR, ScopeKind.DIRECTORY, "Editor", is_built_in=False),
        "Edits",
        EDITOR,
        actions=("microsoft.directory/users/allProperties/update",),
        inherits_from=(DIRECTORY_READERS,),
    )
    assert await world.write(PutRole(definition))
    return await world.grant(Slot(who, EDITOR, scope), end=NOON + DAY)


async def test_directory_roles_count_at_the_directory_the_unit_and_the_object(
    world: World,
) -> None:
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "North")
    inside, outside = await world.user(), await world.user()
    assert await world.write(AddUnitMember(unit, inside))
    for scope, counts_at in (
        (DIRECTORY_ROOT, {DIRECTORY_ROOT, unit_scope(unit), *map(object_scope, (inside, outside))}),
        (unit_scope(unit), {unit_scope(unit), object_scope(inside)}),
        (object_scope(inside), {object_scope(inside)}),
    ):
        editor = await world.user()
        await edit(world, editor, scope)
        for place in (
            DIRECTORY_ROOT,
            unit_scope(unit),
            object_scope(inside),
            object_scope(outside),
        ):
            decision = await check(world, editor, place, UPDATE)
            assert decision.is_allowed is (place in counts_at), (scope, place)


async def test_what_a_role_has_of_others_counts(world: World) -> None:
    editor = await world.user()
    await edit(world, editor, DIRECTORY_ROOT)
    action = "microsoft.directory/users/standard/read"
    assert (await check(world, editor, DIRECTORY_ROOT, action)).is_allowed
    assert not (await check(world, editor, DIRECTORY_ROOT, f"{action}/more")).is_allowed


async def test_places_of_the_directory_are_objects_that_are_there(world: World) -> None:
    editor, other = await world.user(), await world.user()
    await edit(world, editor, DIRECTORY_ROOT)
    assert (await check(world, editor, object_scope(other), UPDATE)).is_allowed
    for place in (unit_scope(other), object_scope("nobody"), unit_scope("nobody")):
        assert (await check(world, editor, place, UPDATE)).finding is Finding.SCOPE_NOT_FOUND
    await world.change(other, deleted_at=NOON)
    decision = await check(world, editor, object_scope(other), UPDATE)
    assert decision.finding is Finding.SCOPE_NOT_FOUND


async def test_roles_come_through_role_assignable_groups_alone(world: World) -> None:
    for is_role_assignable in (True, False):
        editor = await world.user()
        group = await world.group(is_role_assignable=is_role_assignable)
        await world.member(editor, group, end=NOON + HOUR)
        await edit(world, group, DIRECTORY_ROOT)
        decision = await check(world, editor, DIRECTORY_ROOT, UPDATE)
        assert decision.is_allowed is is_role_assignable
        assert decision.until == (NOON + HOUR if is_role_assignable else None)


async def test_restricted_units_are_told(world: World) -> None:
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "North")
    await world.change(unit, attributes={"isMemberManagementRestricted": True})
    inside, editor = await world.user(), await world.user()
    assert await world.write(AddUnitMember(unit, inside))
    await edit(world, editor, DIRECTORY_ROOT)
    assert not (await check(world, editor, object_scope(inside), UPDATE)).is_allowed
    await edit(world, editor, unit_scope(unit))
    assert (await check(world, editor, object_scope(inside), UPDATE)).is_allowed
