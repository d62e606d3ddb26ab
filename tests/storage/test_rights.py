"""What whoever calls may do at places in Azure, on both stores."""

from dataclasses import dataclass, replace

import pytest

from tests.storage.world import CLIENT, HOUR, NOON, World, azure
from timebound.application.changes import (
    AZURE,
    TENANT,
    PutRole,
    application_key,
    principal_key,
)
from timebound.domain.authority import authorize
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT, read_place
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.operations import Operation
from timebound.domain.problems import Code
from timebound.domain.roles import AZURE_OWNER, Role, RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant

pytestmark = pytest.mark.documented("Azure: scopes; how access is decided")

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-00000000000a"
OTHER = "/subscriptions/00000000-0000-0000-0000-00000000000b"
GROUP = f"{SUBSCRIPTION}/resourceGroups/Web"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm1"
CIRCLE = f"{MANAGEMENT_GROUPS}/Circle"
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
DELETE = "Microsoft.Authorization/roleDefinitions/delete"
READ = "Microsoft.Authorization/roleDefinitions/read"


@dataclass
class Cloud:
    """A small tree: a management group over two subscriptions, one with a resource group."""

    world: World
    person: PrincipalId

    async def allowed(self, path: str, at: Instant = NOON, who: PrincipalId | None = None) -> str:
        """The letters of what the person may do there: read, delete."""
        token = self.world.token(who or self.person)
        loaded = await self.world.store.load_rights(token, azure(path), at)
        found = ((READ, "r"), (DELETE, "d"))
        return "".join(letter for action, letter in found if loaded.rights.allows(action))

    async def give(self, path: str, role: RoleId = AZURE_OWNER) -> None:
        await self.world.grant(Slot(self.person, role, azure(path)))


@pytest.fixture
async def cloud(world: World) -> Cloud:
    await world.node(CIRCLE, "/")
    await world.node(SUBSCRIPTION, CIRCLE)
    await world.node(OTHER, CIRCLE)
    await world.node(GROUP, SUBSCRIPTION)
    return Cloud(world, await world.user())


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        ("/", ["rd", "rd", "rd", "rd", "rd"]),
        (CIRCLE, ["", "rd", "rd", "rd", "rd"]),
        (SUBSCRIPTION, ["", "", "rd", "rd", ""]),
        (GROUP, ["", "", "", "rd", ""]),
    ],
)
async def test_a_role_counts_where_it_is_held_and_below(
    cloud: Cloud, held: str, allowed: list[str]
) -> None:
    await cloud.give(held)
    places = ("/", CIRCLE, SUBSCRIPTION, GROUP, OTHER)
    assert [await cloud.allowed(path) for path in places] == allowed


async def test_what_is_held_at_several_places_is_told_of_each(cloud: Cloud) -> None:
    await cloud.give(OTHER)
    await cloud.give(CIRCLE, READER)
    token = cloud.world.token(cloud.person)
    places = [azure(path) for path in (GROUP, OTHER, "/")]
    found = await cloud.world.store.load_rights_at(token, places, NOON)
    assert [one.rights.scope for one in found] == places
    assert [one.rights.allows(READ) for one in found] == [True, True, False]
    assert [one.rights.allows(DELETE) for one in found] == [False, True, False]
    assert len({id(one.rights.hearing) for one in found}) == 1


async def test_a_subscription_that_moves_takes_its_roles_from_elsewhere(cloud: Cloud) -> None:
    await cloud.give(CIRCLE)
    await cloud.world.node(SUBSCRIPTION, "/")
    assert [await cloud.allowed(path) for path in (GROUP, OTHER)] == ["", "rd"]


async def test_the_place_is_found_in_any_casing_and_told_as_the_tree_spells_it(
    cloud: Cloud,
) -> None:
    await cloud.give(GROUP)
    scope = read_place(GROUP.upper())
    assert scope is not None
    loaded = await cloud.world.store.load_rights(cloud.world.token(cloud.person), scope, NOON)
    assert (loaded.is_known, loaded.rights.scope) == (True, azure(GROUP))
    assert loaded.rights.allows(DELETE)


async def test_what_is_not_there_is_judged_as_what_it_would_lie_in(cloud: Cloud) -> None:
    await cloud.give(GROUP)
    token = cloud.world.token(cloud.person)
    for path in (MACHINE, f"{MACHINE}/disks/d"):
        assert await cloud.allowed(path) == "rd"
        assert await cloud.allowed(path, who=await cloud.world.user()) == ""
        assert not (await cloud.world.store.load_rights(token, azure(path), NOON)).is_known
    for path in (f"{MANAGEMENT_GROUPS}/none", f"{OTHER[:-1]}c", f"{OTHER}/resourceGroups/Web"):
        assert await cloud.allowed(path) == ""
        assert not (await cloud.world.store.load_rights(token, azure(path), NOON)).is_known


async def test_the_root_is_always_there(cloud: Cloud) -> None:
    loaded = await cloud.world.store.load_rights(cloud.world.token(cloud.person), ROOT, NOON)
    assert (loaded.is_known, loaded.rights.scope) == (True, ROOT)


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({"end": NOON}, ""),
        ({"end": NOON + HOUR}, "rd"),
        ({"start": NOON + HOUR}, ""),
        ({"kind": GrantKind.ELIGIBLE}, ""),
    ],
)
async def test_only_what_is_in_force_counts(
    cloud: Cloud, more: dict[str, object], allowed: str
) -> None:
    await cloud.world.grant(Slot(cloud.person, AZURE_OWNER, azure(SUBSCRIPTION)), **more)  # type: ignore[arg-type]  # names of its parameters
    assert await cloud.allowed(SUBSCRIPTION) == allowed


async def test_roles_of_groups_in_groups_count(cloud: Cloud) -> None:
    inner, outer = [await cloud.world.group(is_role_assignable=False) for _ in range(2)]
    await cloud.world.member(cloud.person, inner, end=NOON + HOUR)
    await cloud.world.member(inner, outer)
    await cloud.world.grant(Slot(outer, READER, azure(CIRCLE)))
    assert [await cloud.allowed(GROUP, at) for at in (NOON, NOON + HOUR)] == ["r", ""]
    token = cloud.world.token(cloud.person)
    versions = (await cloud.world.store.load_rights(token, azure(GROUP), NOON)).versions
    expected = {principal_key(id_) for id_ in (cloud.person, inner, outer)}
    assert set(versions) == {*expected, application_key(CLIENT), AZURE, TENANT}
    await cloud.world.member(inner, await cloud.world.group())
    await cloud.world.write(bumps=[AZURE])
    later = (await cloud.world.store.load_rights(token, azure(GROUP), NOON)).versions
    raised = {key for key in versions if later[key] > versions[key]}
    assert raised == {AZURE, principal_key(inner)}


async def test_custom_roles_allow_what_they_say(cloud: Cloud) -> None:
    role = Role(
        RoleId("cccccccc-0000-0000-0000-000000000001"),
        ScopeKind.AZURE,
        "Readers",
        is_built_in=False,
    )
    azure_part = AzureDefinition((Permission(("*/read",)), Permission((DELETE,), ("*/delete",))))
    made = RoleDefinition(role, "", role.id, resource_scopes=(CIRCLE,), azure=azure_part)
    assert await cloud.world.write(PutRole(made))
    await cloud.give(SUBSCRIPTION, role.id)
    assert await cloud.allowed(GROUP) == "r"
    wider = replace(azure_part, permissions=(Permission(("*",)),))
    assert await cloud.world.write(PutRole(replace(made, azure=wider)))
    assert await cloud.allowed(GROUP) == "rd"


async def test_the_disabled_and_strangers_may_nothing(cloud: Cloud) -> None:
    await cloud.give("/")
    await cloud.world.change(cloud.person, is_enabled=False)
    assert await cloud.allowed("/") == ""
    token = cloud.world.token(cloud.person)
    loaded = await cloud.world.store.load_rights(token, azure("/"), NOON)
    (problem,) = authorize(Operation.READ_AZURE_ROLES, loaded.caller, loaded.target)
    assert problem.code is Code.CALLER_NOT_ADMITTED
    assert await cloud.allowed("/", who=PrincipalId("nobody")) == ""


async def test_another_tenant_is_another_tree(cloud: Cloud) -> None:
    await cloud.give("/")
    other = await World(cloud.world.store).begin()
    token = other.token(await other.user())
    loaded = await other.store.load_rights(token, Scope(ScopeKind.AZURE, GROUP), NOON)
    assert (loaded.is_known, loaded.rights.allows(READ)) == (False, False)
