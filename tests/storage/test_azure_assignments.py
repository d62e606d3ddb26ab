"""Role assignments of Azure on both stores: their names, their number, what they say."""

from dataclasses import dataclass, replace

import pytest

from tests.storage.racing import RandomIds
from tests.storage.world import CLIENT, HOUR, NOON, World, azure
from timebound.application.azure_assignment_ports import assignments_key
from timebound.application.azure_assignments import (
    Assigned,
    assign_azure_role,
    unassign_azure_role,
)
from timebound.application.azure_writes import PutTerms
from timebound.application.changes import PutRole, PutTenant, named_key
from timebound.application.engine import Engine
from timebound.domain.authority import Token
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT
from timebound.domain.azure_assignments import AskedAssignment
from timebound.domain.decide import Refused
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies import SignIn
from timebound.domain.problems import Code
from timebound.domain.roles import AZURE_OWNER, Role, RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-00000000000a"
OTHER = "/subscriptions/00000000-0000-0000-0000-00000000000b"
GROUP = f"{SUBSCRIPTION}/resourceGroups/Web"
CIRCLE = f"{MANAGEMENT_GROUPS}/Circle"
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
CUSTOM = RoleId("cccccccc-0000-0000-0000-000000000001")
NAME = GrantId("c0ffee00-0000-4000-8000-000000000001")

inferred = pytest.mark.inferred("what is published leaves open how it is kept")
documented = pytest.mark.documented("arm notes 10 and 11")


@dataclass
class Cloud:
    """A small tree whose owner assigns roles."""

    world: World
    owner: PrincipalId

    @property
    def engine(self) -> Engine:
        return Engine(self.world.store, RandomIds())

    @property
    def token(self) -> Token:
        permissions = frozenset({AZURE_PERMISSION})
        return Token(self.world.tenant, self.owner, CLIENT, permissions, SignIn())

    async def put(
        self, who: PrincipalId, path: str = SUBSCRIPTION, name: GrantId = NAME, **terms: str
    ) -> Assigned | Refused:
        slot = Slot(who, READER, azure(path))
        asked = AskedAssignment(name, slot, Terms(**terms))  # type: ignore[arg-type]  # texts all
        return await assign_azure_role(self.engine, self.token, asked, NOON)

    async def delete(self, name: GrantId = NAME) -> Grant | Refused | None:
        place = azure(SUBSCRIPTION)
        return await unassign_azure_role(self.engine, self.token, place, name, NOON)

    async def kept(self, id_: GrantId = NAME) -> Grant | None:
        return (await self.world.store.find_grants(self.world.tenant, [id_])).get(id_)

    async def version(self, key: str) -> int:
        slot = Slot(self.owner, READER, azure(SUBSCRIPTION))
        found = await self.world.store.load_surroundings(self.world.tenant, slot, NAME, NOON)
        return {str(one): version for one, version in found.versions.items()}[key]


@pytest.fixture
async def cloud(world: World) -> Cloud:
    for path, parent in (
        (CIRCLE, "/"),
        (SUBSCRIPTION, CIRCLE),
        (OTHER, "/"),
        (GROUP, SUBSCRIPTION),
    ):
        await world.node(path, parent)
    await world.permit(AZURE_PERMISSION)
    owner = await world.user("Owner")
    await world.grant(Slot(owner, AZURE_OWNER, ROOT))
    return Cloud(world, owner)


@documented
async def test_an_assignment_has_the_name_it_was_given(cloud: Cloud) -> None:
    person = await cloud.world.user()
    made = await cloud.put(person, description="For reports")
    assert isinstance(made, Assigned)
    assert await cloud.kept() == made.grant
    assert made.grant.terms == Terms(description="For reports", created_by=cloud.owner)
    assert await cloud.version(named_key(NAME)) == 1
    assert await cloud.version(assignments_key(SUBSCRIPTION)) == 1


@documented
async def test_its_terms_are_put_in_its_place(cloud: Cloud) -> None:
    person = await cloud.world.user()
    made = await cloud.put(person)
    changed = await cloud.put(person, description="New")
    assert isinstance(made, Assigned)
    assert isinstance(changed, Assigned)
    kept = await cloud.kept()
    assert kept == changed.grant
    assert kept == replace(
        made.grant,
        terms=Terms(
            description="New", created_by=cloud.owner, updated_at=NOON, updated_by=cloud.owner
        ),
    )


@inferred
async def test_a_name_serves_again_and_nothing_is_forgotten(cloud: Cloud) -> None:
    first, second = await cloud.world.user(), await cloud.world.user()
    assert isinstance(await cloud.put(first), Assigned)
    assert isinstance(await cloud.delete(), Grant)
    assert await cloud.delete() is None
    again = await cloud.put(second, GROUP)
    assert isinstance(again, Assigned)
    assert again.is_new
    assert (await cloud.kept()) == again.grant
    slot = Slot(first, READER, azure(SUBSCRIPTION))
    facts = (await cloud.world.facts(slot)).facts
    (over,) = facts.grants
    assert over.id != NAME
    assert (over.slot, over.ended_at) == (slot, NOON)


@documented
async def test_what_is_assigned_in_a_subscription_is_counted(cloud: Cloud) -> None:
    world = cloud.world
    person = await world.user()
    eligible = await world.grant(Slot(person, READER, azure(SUBSCRIPTION)), GrantKind.ELIGIBLE)
    counted = [
        await world.grant(Slot(person, READER, azure(path)))
        for path in (SUBSCRIPTION, GROUP, f"{GROUP}/providers/Microsoft.Web/sites/s")
    ]
    await world.grant(eligible.slot, GrantKind.ACTIVATED, end=NOON + HOUR, basis=eligible)
    over = await world.grant(Slot(person, AZURE_OWNER, azure(GROUP)))
    await world.end(over, NOON)
    # What is ahead has its place.
    await world.grant(Slot(person, AZURE_OWNER, azure(GROUP)), start=NOON + HOUR)
    for path in (OTHER, CIRCLE, "/"):
        await world.grant(Slot(person, READER, azure(path)))
    count = world.store.count_assignments
    for path, number in ((SUBSCRIPTION, 5), (GROUP, 5), (OTHER, 1), (CIRCLE, 1), ("/", 2)):
        assert await count(world.tenant, azure(path), NOON) == number, path
    await world.end(counted[0], NOON)
    assert await count(world.tenant, azure(SUBSCRIPTION), NOON) == 4


@documented
async def test_surroundings_tell_the_name_the_place_and_where_a_role_can_be(cloud: Cloud) -> None:
    world, store = cloud.world, cloud.world.store
    role = Role(CUSTOM, ScopeKind.AZURE, "Support", is_built_in=False)
    definition = RoleDefinition(
        role,
        "Helps",
        CUSTOM,
        resource_scopes=(SUBSCRIPTION,),
        azure=AzureDefinition((Permission(("*/read",)),)),
    )
    assert await world.write(PutRole(definition))
    held = await world.grant(Slot(cloud.owner, AZURE_OWNER, azure(SUBSCRIPTION)))
    await world.grant(Slot(await world.user(), AZURE_OWNER, azure(GROUP)))
    slot = Slot(cloud.owner, CUSTOM, azure(SUBSCRIPTION))
    around = (await store.load_surroundings(world.tenant, slot, held.id, NOON)).around
    assert around.named == held
    assert (around.count, around.is_requested) == (2, False)
    owned = (await store.load_owners(world.tenant, slot, NAME, NOON)).around
    assert owned.named is None
    assert owned.owner_ids == {cloud.owner}


@documented
async def test_the_limit_is_what_the_tenant_has_set(cloud: Cloud) -> None:
    world = cloud.world
    settings = TenantSettings(azure_assignments_per_subscription=1)
    assert await world.write(PutTenant("Contoso", (), settings))
    assert isinstance(await cloud.put(await world.user()), Assigned)
    refused = await cloud.put(await world.user(), GROUP, GrantId(NAME[:-1] + "2"))
    assert isinstance(refused, Refused)
    assert [problem.code for problem in refused.problems] == [Code.QUOTA_EXCEEDED]
    elsewhere = await cloud.put(await world.user(), OTHER, GrantId(NAME[:-1] + "3"))
    assert isinstance(elsewhere, Assigned)


@inferred
async def test_terms_of_another_tenant_are_another_matter(cloud: Cloud) -> None:
    person = await cloud.world.user()
    made = await cloud.put(person, description="Ours")
    assert isinstance(made, Assigned)
    stranger = await World(cloud.world.store).begin()
    assert await stranger.write(PutTerms(NAME, Terms(description="Theirs")))
    assert await cloud.kept() == made.grant
