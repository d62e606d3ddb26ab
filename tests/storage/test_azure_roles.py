"""Custom roles of Azure: made, changed, deleted and listed, on both stores."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from tests.storage.racing import RandomIds, race
from tests.storage.world import CLIENT, HOUR, NOON, World, azure
from timebound.application.azure_role_reading import (
    FoundRoles,
    RoleFilter,
    find_azure_role,
    list_azure_roles,
)
from timebound.application.azure_roles import delete_azure_role, put_azure_role
from timebound.application.engine import Engine
from timebound.application.plain_assignments import assign_role
from timebound.application.ports import Store
from timebound.application.queries import Query
from timebound.application.reading import Reader
from timebound.domain.authority import Token
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT
from timebound.domain.azure_role_changes import AskedRole
from timebound.domain.decide import Refused
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.policies import SignIn
from timebound.domain.problems import Code, Reason
from timebound.domain.roles import AZURE_OWNER, RoleDefinition
from timebound.domain.scopes import Scope

documented = pytest.mark.documented("Azure: custom roles; list role definitions")

CIRCLE = azure(f"{MANAGEMENT_GROUPS}/Circle")
ONE = azure("/subscriptions/00000000-0000-0000-0000-00000000000a")
TWO = azure("/subscriptions/00000000-0000-0000-0000-00000000000b")
WEB = azure(f"{ONE.path}/resourceGroups/Web")
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
READ = Permission(("*/read",))
ALL = Permission(("*",))
BUILT_IN = 928


def role_id(number: int) -> RoleId:
    return RoleId(f"cccccccc-0000-0000-0000-{number:012d}")


def asked(number: int, *scopes: Scope, permission: Permission = READ) -> AskedRole:
    paths = tuple(scope.path for scope in scopes)
    return AskedRole(role_id(number), f"Role {number}", "Made", (permission,), paths)


@dataclass
class Firm:
    """The owner of one subscription and of a management group, and who else there is."""

    world: World
    owner: PrincipalId
    boss: PrincipalId

    def token(self, who: PrincipalId) -> Token:
        return Token(
            self.world.tenant, who, CLIENT, frozenset({AZURE_PERMISSION}), SignIn(has_mfa=True)
        )

    @property
    def engine(self) -> Engine:
        return Engine(self.world.store, RandomIds())

    async def put(
        self, one: AskedRole, who: PrincipalId | None = None, here: Scope = ONE
    ) -> RoleDefinition | Refused:
        return await put_azure_role(self.engine, self.token(who or self.boss), here, one, NOON)

    async def made(self, number: int, *scopes: Scope) -> RoleDefinition:
        made = await self.put(asked(number, *scopes), here=ROOT)
        assert isinstance(made, RoleDefinition), made
        return made

    async def delete(self, number: int, here: Scope = ONE) -> RoleDefinition | Refused:
        token = self.token(self.boss)
        return await delete_azure_role(self.engine, token, here, role_id(number), NOON)

    def reader(self, who: PrincipalId | None = None) -> Reader:
        return Reader(self.world.store, self.token(who or self.boss), NOON)

    async def listed(
        self, here: Scope, who: PrincipalId | None = None, *, is_below: bool = False
    ) -> list[int]:
        wanted = RoleFilter(is_built_in=False, is_below=is_below)
        found = await list_azure_roles(self.reader(who), here, wanted)
        assert isinstance(found, FoundRoles), found
        return [int(one.role.id[-3:]) for one in found.roles]

    async def permissions_of(self, number: int) -> tuple[Permission, ...]:
        found = await self.world.store.find_roles(self.world.tenant, [role_id(number)])
        azure_part = found[role_id(number)].azure
        return () if azure_part is None else azure_part.permissions

    async def allowed(self, who: PrincipalId, scope: Scope) -> bool:
        loaded = await self.world.store.load_rights(self.token(who), scope, NOON)
        return loaded.rights.allows("Microsoft.Web/sites/write")


@pytest.fixture
async def firm(world: World) -> Firm:
    await world.permit(AZURE_PERMISSION)
    await world.node(CIRCLE.path, "/")
    await world.node(ONE.path, CIRCLE.path)
    await world.node(TWO.path, "/")
    await world.node(WEB.path, ONE.path)
    owner, boss = await world.user("Owner"), await world.user("Boss")
    await world.grant(Slot(owner, AZURE_OWNER, ONE))
    await world.grant(Slot(boss, AZURE_OWNER, ROOT))
    return Firm(world, owner, boss)


def reasons_of(outcome: object) -> list[tuple[Code, Reason | None]]:
    assert isinstance(outcome, Refused), outcome
    return [(problem.code, problem.reason) for problem in outcome.problems]


@documented
async def test_what_is_made_is_there_as_it_was_made(firm: Firm) -> None:
    scopes = (WEB.path.upper(), CIRCLE.path.replace("/", "//"))
    made = await firm.put(replace(asked(1), scopes=scopes))
    assert isinstance(made, RoleDefinition), made
    assert made.resource_scopes == (WEB.path, CIRCLE.path)
    assert made.azure
    assert (made.azure.created_by, made.azure.updated_at) == (firm.boss, NOON)
    found = await firm.world.store.find_roles(firm.world.tenant, [role_id(1)])
    assert found[role_id(1)] == made
    assert await find_azure_role(firm.reader(), WEB, role_id(1)) == FoundRoles(WEB, (made,))


@documented
async def test_a_change_counts_at_once_for_who_holds_the_role(firm: Firm) -> None:
    await firm.made(1, ONE)
    holder = await firm.world.user("Holder")
    await firm.world.grant(Slot(holder, role_id(1), WEB))
    assert not await firm.allowed(holder, WEB)
    await firm.put(asked(1, ONE, permission=ALL))
    assert await firm.allowed(holder, WEB)
    assert not await firm.allowed(holder, ONE)


@documented
async def test_nobody_widens_a_role_where_they_have_no_say(firm: Firm) -> None:
    await firm.made(1, ONE, TWO)
    for scopes in ((ONE,), (ONE, TWO)):
        outcome = await firm.put(asked(1, *scopes, permission=ALL), firm.owner)
        assert reasons_of(outcome) == [(Code.ACTION_NOT_ALLOWED, None)]
    assert await firm.permissions_of(1) == (READ,)


@documented
async def test_names_are_unique_in_the_tenant_and_among_built_in_ones(firm: Firm) -> None:
    await firm.made(1, TWO)
    taken = [(Code.OBJECT_CONFLICTS, None)]
    assert reasons_of(await firm.put(replace(asked(2, ONE), name="ROLE 1"))) == taken
    assert reasons_of(await firm.put(replace(asked(2, ONE), name="owner"))) == taken
    assert isinstance(await firm.put(replace(asked(1, TWO), name="role 1")), RoleDefinition)
    other = await World(firm.world.store).begin()
    assert other.tenant != firm.world.tenant


@documented
async def test_an_id_of_another_role_is_not_taken_over(firm: Firm) -> None:
    directory = next(iter(await directory_roles(firm)))
    for id_ in (AZURE_OWNER, directory.role.id):
        outcome = await firm.put(replace(asked(1, ONE), id=id_))
        assert reasons_of(outcome) == [(Code.OBJECT_EXISTS, None)]
    assert await directory_roles(firm) == [directory]
    assert reasons_of(await delete_of(firm, AZURE_OWNER)) == [
        (Code.CHANGE_NOT_ALLOWED, Reason.BUILT_IN)
    ]
    assert reasons_of(await delete_of(firm, directory.role.id)) == [(Code.OBJECT_NOT_FOUND, None)]


async def directory_roles(firm: Firm) -> list[RoleDefinition]:
    return list((await firm.world.store.read_roles(firm.world.tenant, Query(10))).rows)


async def delete_of(firm: Firm, id_: RoleId) -> RoleDefinition | Refused:
    return await delete_azure_role(firm.engine, firm.token(firm.boss), ONE, id_, NOON)


@documented
@pytest.mark.parametrize("kind", list(GrantKind))
async def test_a_role_in_use_stays_until_it_is_not(firm: Firm, kind: GrantKind) -> None:
    await firm.made(1, ONE)
    slot = Slot(await firm.world.user(), role_id(1), WEB)
    held = await firm.world.grant(slot, kind, start=NOON + HOUR)
    assert reasons_of(await firm.delete(1)) == [(Code.CHANGE_NOT_ALLOWED, Reason.IN_USE)]
    await firm.world.end(held, NOON)
    assert isinstance(await firm.delete(1), RoleDefinition)
    assert reasons_of(await firm.delete(1)) == [(Code.OBJECT_NOT_FOUND, None)]
    assert await firm.world.store.find_roles(firm.world.tenant, [role_id(1)]) == {}
    assert isinstance(await firm.put(asked(1, TWO)), RoleDefinition), "its id is free again"


@documented
async def test_what_is_used_is_told_apart_by_what_stays(firm: Firm) -> None:
    await firm.world.grant(Slot(await firm.world.user(), role_id(1), WEB))

    async def is_used(below: Scope, *kept: Scope) -> bool:
        paths = [one.path for one in kept]
        store, tenant = firm.world.store, firm.world.tenant
        return await store.is_role_used(tenant, role_id(1), below.path, paths, NOON)

    assert await is_used(CIRCLE)
    assert await is_used(CIRCLE, TWO)
    assert not await is_used(CIRCLE, TWO, ONE)
    assert not await is_used(CIRCLE, WEB)
    assert await is_used(WEB)
    assert not await is_used(TWO)


@documented
async def test_roles_are_listed_where_they_can_be_assigned(firm: Firm) -> None:
    for number, scope in enumerate((CIRCLE, ONE, WEB, TWO), 1):
        await firm.made(number, scope)
    await firm.made(5, WEB, TWO)
    assert await firm.listed(CIRCLE) == [1]
    assert await firm.listed(ONE) == [1, 2]
    assert await firm.listed(WEB) == [1, 2, 3, 5]
    assert await firm.listed(TWO) == [4, 5]
    site = azure(f"{WEB.path}/providers/Microsoft.Web/sites/x")
    await firm.world.node(site.path, WEB.path)
    assert await firm.listed(site) == [1, 2, 3, 5]
    assert await firm.listed(CIRCLE, is_below=True) == [1, 2, 3, 5]
    assert await firm.listed(ONE, is_below=True) == [1, 2, 3, 5]
    assert await firm.listed(ROOT) == [1, 2, 3, 4, 5]


@documented
async def test_lists_are_narrowed_by_name_and_type(firm: Firm) -> None:
    await firm.made(1, ONE)

    async def names(**wanted: object) -> list[str]:
        found = await list_azure_roles(firm.reader(), ONE, RoleFilter(**wanted))  # type: ignore[arg-type]  # its fields
        assert isinstance(found, FoundRoles)
        return [one.role.name for one in found.roles]

    assert await names(name="ROLE 1") == ["Role 1"]
    assert await names(name="reader") == ["Reader"]
    assert await names(name="reader", is_built_in=False) == []
    assert await names(name="nobody") == []
    assert len(await names(is_built_in=True)) == BUILT_IN
    assert len(await names()) == BUILT_IN + 1


@documented
async def test_who_may_not_read_somewhere_is_not_told_of_roles_there(firm: Firm) -> None:
    stranger = await firm.world.user("Stranger")
    await firm.made(1, ONE)
    await firm.made(2, TWO)
    wanted = RoleFilter()
    for here in (ONE, CIRCLE):
        outcome = await list_azure_roles(firm.reader(stranger), here, wanted)
        assert reasons_of(outcome) == [(Code.ACTION_NOT_ALLOWED, None)]
        outcome = await find_azure_role(firm.reader(stranger), here, READER)
        assert reasons_of(outcome) == [(Code.ACTION_NOT_ALLOWED, None)]
    assert await firm.listed(ROOT, stranger) == []
    assert await firm.listed(ROOT, firm.owner) == [1]
    found = await find_azure_role(firm.reader(stranger), ROOT, READER)
    assert isinstance(found, FoundRoles), "everybody may know what there is everywhere"
    for who, number in ((stranger, 1), (firm.owner, 2)):
        outcome = await find_azure_role(firm.reader(who), ROOT, role_id(number))
        assert reasons_of(outcome) == [(Code.OBJECT_NOT_FOUND, None)]
    assert isinstance(await find_azure_role(firm.reader(firm.owner), ROOT, role_id(1)), FoundRoles)


@documented
async def test_a_role_is_found_where_it_can_be_assigned(firm: Firm) -> None:
    await firm.made(1, ONE)
    for here, is_there in ((ONE, True), (WEB, True), (ROOT, True), (TWO, False), (CIRCLE, False)):
        found = await find_azure_role(firm.reader(), here, role_id(1))
        assert isinstance(found, FoundRoles) is is_there
    nowhere = azure(f"{TWO.path[:-1]}c")
    outcome = await find_azure_role(firm.reader(), nowhere, READER)
    assert reasons_of(outcome) == [(Code.SCOPE_NOT_FOUND, None)]


@documented
async def test_roles_of_another_tenant_are_none_of_ours(firm: Firm) -> None:
    await firm.made(1, ONE)
    other = await World(firm.world.store).begin()
    await other.permit(AZURE_PERMISSION)
    person = await other.user()
    await other.grant(Slot(person, AZURE_OWNER, ROOT))
    reader = Reader(other.store, Firm(other, person, person).token(person), NOON)
    found = await list_azure_roles(reader, ROOT, RoleFilter(is_built_in=False))
    assert isinstance(found, FoundRoles)
    assert found.roles == ()
    outcome = await find_azure_role(reader, ROOT, role_id(1))
    assert reasons_of(outcome) == [(Code.OBJECT_NOT_FOUND, None)]


Party = Callable[[Engine], Awaitable[RoleDefinition | Refused | Grant]]


@pytest.mark.inferred("DESIGN: no two changes that exclude one another are both applied")
@pytest.mark.parametrize("is_deletion_first", [False, True])
async def test_deletion_against_assignment(
    stores: tuple[Store, Store], firm: Firm, *, is_deletion_first: bool
) -> None:
    await firm.made(1, ONE)
    slot = Slot(await firm.world.user(), role_id(1), WEB)
    token = firm.token(firm.boss)

    async def delete(engine: Engine) -> RoleDefinition | Refused:
        return await delete_azure_role(engine, token, ONE, role_id(1), NOON)

    async def assign(engine: Engine) -> Grant | Refused:
        return await assign_role(engine, token, slot, NOON)

    parties: list[Party] = [delete, assign] if is_deletion_first else [assign, delete]
    *outcomes, _ = await race(stores, *parties)
    assert sum(isinstance(one, Refused) for one in outcomes) == 1


@pytest.mark.inferred("DESIGN: no two changes that exclude one another are both applied")
@pytest.mark.parametrize("is_narrowed_first", [False, True])
async def test_narrowing_against_assignment(
    stores: tuple[Store, Store], firm: Firm, *, is_narrowed_first: bool
) -> None:
    """Assigning where the role can be assigned no more once it is narrowed to what lies there."""
    await firm.made(1, CIRCLE)
    await firm.world.grant(Slot(await firm.world.user(), role_id(1), WEB))
    slot = Slot(await firm.world.user(), role_id(1), ONE)

    async def narrow(engine: Engine) -> RoleDefinition | Refused:
        return await put_azure_role(engine, firm.token(firm.boss), WEB, asked(1, WEB), NOON)

    async def assign(engine: Engine) -> Grant | Refused:
        return await assign_role(engine, firm.token(firm.boss), slot, NOON)

    parties: list[Party] = [narrow, assign] if is_narrowed_first else [assign, narrow]
    *outcomes, _ = await race(stores, *parties)
    assert sum(isinstance(one, Refused) for one in outcomes) == 1


@pytest.mark.inferred("DESIGN: no two changes that exclude one another are both applied")
async def test_two_roles_of_one_name(stores: tuple[Store, Store], firm: Firm) -> None:
    def make(number: int) -> Callable[[Engine], Awaitable[RoleDefinition | Refused]]:
        one = replace(asked(number, ONE), name="Only")
        return lambda engine: put_azure_role(engine, firm.token(firm.boss), ONE, one, NOON)

    *outcomes, _ = await race(stores, make(1), make(2))
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert [reasons_of(one) for one in refused] == [[(Code.OBJECT_CONFLICTS, None)]]


@pytest.mark.inferred("DESIGN: no two changes that exclude one another are both applied")
async def test_a_place_against_a_change_of_who_may_change_it(
    stores: tuple[Store, Store], firm: Firm
) -> None:
    """Widening a role, against giving it a place where whoever widens it has no say."""
    await firm.made(1, ONE)

    async def widen(engine: Engine) -> RoleDefinition | Refused:
        one = asked(1, ONE, permission=ALL)
        return await put_azure_role(engine, firm.token(firm.owner), ONE, one, NOON)

    async def extend(engine: Engine) -> RoleDefinition | Refused:
        return await put_azure_role(engine, firm.token(firm.boss), ONE, asked(1, ONE, TWO), NOON)

    widened, extended, is_widened_first = await race(stores, widen, extend)
    assert isinstance(widened, Refused) is not is_widened_first
    assert isinstance(extended, RoleDefinition)
    assert await firm.permissions_of(1) == (READ,), "whichever came second"
