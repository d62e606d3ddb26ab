"""What belongs to what in the directory, as it stands at an instant."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest

from tests.storage.world import DAY, HOUR, NOON, READER, World
from timebound.application.changes import (
    AddOwner,
    AddUnitMember,
    EndConsents,
    GrantConsent,
    GrantPermission,
    PutRole,
    RevokeConsent,
)
from timebound.application.queries import (
    ALWAYS,
    And,
    AnyOf,
    Compare,
    Condition,
    OneOf,
    Operator,
    Order,
    Query,
    TextMatch,
    TextOperator,
)
from timebound.application.relations import Place, Related, Way
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId
from timebound.domain.roles import OWNER, Role, RoleDefinition
from timebound.domain.scopes import (
    DIRECTORY_ROOT,
    ScopeKind,
    group_scope,
    object_scope,
    unit_scope,
)
from timebound.domain.times import Instant

_Told: TypeAlias = tuple[ApplicationId, PrincipalId, PrincipalId | None]
CUSTOM = RoleId("77777777-0000-4000-8000-000000000001")


async def follow(
    world: World,
    way: Way,
    origin: PrincipalId,
    at: Instant = NOON,
    kind: ObjectKind | None = None,
    condition: Condition = ALWAYS,
) -> set[str]:
    related = Related(way, origin, kind)
    query = Query(100, condition)
    page = await world.store.read_related(world.tenant, related, query, at)
    ids = await world.store.read_related_ids(world.tenant, related, query, at)
    assert [found.id for found in page.rows] == list(ids.rows)
    assert len(set(ids.rows)) == len(ids.rows)
    return {found.display_name for found in page.rows}


async def test_members_are_those_in_force_and_each_once(world: World) -> None:
    group = await world.group("Admins")
    ann, ben, cay = [await world.user(name) for name in ("Ann", "Ben", "Cay")]
    await world.member(ann, group, end=NOON + HOUR)
    await world.member(ben, group)
    activated = Slot(ben, (await world.member(ben, group)).slot.role_id, group_scope(group))
    await world.grant(activated, GrantKind.ACTIVATED, end=NOON + HOUR)
    await world.grant(replace(activated, principal_id=cay), GrantKind.ELIGIBLE)

    assert await follow(world, Way.MEMBERS, group) == {"Ann", "Ben"}
    assert await follow(world, Way.MEMBERS, group, NOON + HOUR) == {"Ben"}
    assert await follow(world, Way.MEMBER_OF, ann) == {"Admins"}
    assert await follow(world, Way.MEMBER_OF, ann, NOON + HOUR) == set()
    await world.change(ben, deleted_at=NOON)
    assert await follow(world, Way.MEMBERS, group) == {"Ann"}


async def test_circles_of_groups_end(world: World) -> None:
    one, two, three = [await world.group(name) for name in ("One", "Two", "Three")]
    ann = await world.user("Ann")
    for member, group in ((one, two), (two, three), (three, one), (ann, one)):
        await world.member(member, group)

    assert await follow(world, Way.ALL_MEMBERS, three) == {"One", "Two", "Ann"}
    assert await follow(world, Way.MEMBERS, three) == {"Two"}
    assert await follow(world, Way.ALL_MEMBER_OF, ann) == {"One", "Two", "Three"}
    assert await follow(world, Way.ALL_MEMBER_OF, one) == {"Two", "Three"}
    assert await follow(world, Way.MEMBER_OF, ann) == {"One"}


async def test_a_chain_counts_while_each_link_does(world: World) -> None:
    inner, outer = await world.group("Inner"), await world.group("Outer")
    ann = await world.user("Ann")
    await world.member(ann, inner)
    await world.member(inner, outer, end=NOON + HOUR)

    assert await follow(world, Way.ALL_MEMBERS, outer) == {"Inner", "Ann"}
    assert await follow(world, Way.ALL_MEMBERS, outer, NOON + HOUR) == set()
    assert await follow(world, Way.ALL_MEMBERS, outer, kind=ObjectKind.USER) == {"Ann"}


async def test_one_belongs_to_groups_units_and_roles_of_the_whole_directory(
    world: World,
) -> None:
    ann, group = await world.user("Ann"), await world.group("Readers")
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Berlin")
    own = RoleDefinition(Role(CUSTOM, ScopeKind.DIRECTORY, "Own", is_built_in=False), "", CUSTOM)
    assert await world.write(AddUnitMember(unit, ann), PutRole(own))
    await world.grant(Slot(ann, CUSTOM, DIRECTORY_ROOT))
    await world.grant(Slot(ann, READER, unit_scope(unit)))
    await world.member(ann, group)
    assert await follow(world, Way.MEMBER_OF, ann) == {"Berlin", "Readers"}

    await world.grant(Slot(group, READER, DIRECTORY_ROOT), end=NOON + HOUR)
    assert await follow(world, Way.MEMBER_OF, ann) == {"Berlin", "Readers"}
    both = {"Berlin", "Readers", "Security Reader"}
    assert await follow(world, Way.ALL_MEMBER_OF, ann) == both
    assert await follow(world, Way.ALL_MEMBER_OF, ann, NOON + HOUR) == {"Berlin", "Readers"}
    assert await follow(world, Way.MEMBER_OF, group) == {"Security Reader"}
    assert await follow(world, Way.UNIT_MEMBERS, unit) == {"Ann"}
    assert await follow(world, Way.ROLE_MEMBERS, PrincipalId(READER)) == {"Readers"}

    await world.grant(Slot(ann, READER, DIRECTORY_ROOT), GrantKind.ACTIVATED, end=NOON + HOUR)
    assert await follow(world, Way.MEMBER_OF, ann) == both
    role = ObjectKind.DIRECTORY_ROLE
    assert await follow(world, Way.MEMBER_OF, ann, kind=role) == {"Security Reader"}
    assert await follow(world, Way.MEMBER_OF, ann, NOON + HOUR, role) == set()
    assert await follow(world, Way.MEMBER_OF, ann, kind=ObjectKind.GROUP) == {"Readers"}
    assert await follow(world, Way.ROLE_MEMBERS, PrincipalId(READER)) == {"Readers", "Ann"}


async def test_a_role_is_read_as_an_object(world: World) -> None:
    ann = await world.user("Ann")
    await world.grant(Slot(ann, READER, DIRECTORY_ROOT))
    page = await world.store.read_related(
        world.tenant, Related(Way.MEMBER_OF, ann), Query(10), NOON
    )
    assert page.rows == (
        DirectoryObject(
            PrincipalId(READER),
            ObjectKind.DIRECTORY_ROLE,
            "Security Reader",
            NOON,
            attributes={"description": "Reads", "roleTemplateId": READER},
        ),
    )


async def test_roles_come_through_role_assignable_groups_alone(world: World) -> None:
    ann, plain = await world.user("Ann"), await world.group("Plain", is_role_assignable=False)
    await world.member(ann, plain)
    await world.grant(Slot(plain, READER, DIRECTORY_ROOT))
    assert await follow(world, Way.ALL_MEMBER_OF, ann) == {"Plain"}


async def test_owners_own_groups_and_programs(world: World) -> None:
    ann, group = await world.user("Ann"), await world.group("Owned Group")
    application = await world.entry(ObjectKind.APPLICATION, "Owned Program")
    await world.grant(Slot(ann, OWNER, group_scope(group)), end=NOON + HOUR)
    assert await world.write(AddOwner(application, ann))

    assert await follow(world, Way.OWNERS, group) == {"Ann"}
    assert await follow(world, Way.MEMBERS, group) == set()
    assert await follow(world, Way.PROGRAM_OWNERS, application) == {"Ann"}
    assert await follow(world, Way.OWNED, ann) == {"Owned Group", "Owned Program"}
    assert await follow(world, Way.OWNED, ann, NOON + HOUR) == {"Owned Program"}
    assert await follow(world, Way.OWNED, ann, kind=ObjectKind.GROUP) == {"Owned Group"}


async def test_what_is_deleted_is_listed_by_kind(world: World) -> None:
    ann, group = await world.user("Ann"), await world.group("Gone Group")
    await world.user("Ben")
    await world.change(ann, deleted_at=NOON)
    await world.change(group, deleted_at=NOON)
    nobody = PrincipalId("")
    assert await follow(world, Way.DELETED, nobody, kind=ObjectKind.USER) == {"Ann"}
    assert await follow(world, Way.DELETED, nobody, kind=ObjectKind.GROUP) == {"Gone Group"}
    assert await follow(world, Way.DELETED, nobody, kind=ObjectKind.APPLICATION) == set()


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (TextMatch("display_name", TextOperator.STARTS_WITH, "sec"), {"Security Reader", "Secret"}),
        (Compare("description", Operator.EQ, "Reads"), {"Security Reader"}),
        (Compare("is_role_assignable", Operator.EQ, value=True), {"Secret"}),
        (Compare("securityEnabled", Operator.EQ, value=False), {"Mails"}),
        (Compare("mail", Operator.EQ, None), {"Mails", "Secret", "Security Reader"}),
        (AnyOf("names", And(())), set()),
        (OneOf("id", (READER, "x")), {"Security Reader"}),
    ],
)
async def test_roles_and_objects_are_asked_alike(
    world: World, condition: Condition, names: set[str]
) -> None:
    ann, group = await world.user("Ann"), await world.group("Secret")
    mails = await world.group("Mails", is_role_assignable=False)
    await world.change(mails, attributes={"securityEnabled": False, "mailEnabled": True})
    await world.member(ann, group)
    await world.member(ann, mails)
    await world.grant(Slot(ann, READER, DIRECTORY_ROOT))
    assert await follow(world, Way.MEMBER_OF, ann, condition=condition) == names


@pytest.mark.parametrize("field", ["id", "display_name", "mail"])
async def test_members_are_paged(world: World, field: str) -> None:
    group = await world.group()
    for number in range(7):
        await world.member(await world.user(f"User {number % 3}"), group)
    related, seen = Related(Way.ALL_MEMBERS, group), []
    query = Query(3, orders=(Order(field), Order("id")), is_counted=True)
    while True:
        page = await world.store.read_related(world.tenant, related, query, NOON)
        seen += [found.id for found in page.rows]
        assert page.total == 7
        if page.next_position is None:
            break
        query = replace(query, after=page.next_position)
    assert len(seen) == len(set(seen)) == 7


async def test_another_tenant_has_nothing_of_it(world: World) -> None:
    group, ann = await world.group("Admins"), await world.user("Ann")
    await world.member(ann, group)
    await world.grant(Slot(ann, READER, DIRECTORY_ROOT))
    await world.grant(Slot(ann, OWNER, group_scope(group)))
    assert await world.write(GrantPermission(ApplicationId("app"), "User.Read", is_delegated=True))
    other = await World(world.store).begin()
    for way in set(Way) - {Way.DELETED}:
        for origin in (group, ann, PrincipalId(READER)):
            assert await follow(other, way, origin) == set()


async def test_roles_over_units_are_found_by_unit_and_by_role(world: World) -> None:
    ann, ben = await world.user("Ann"), await world.user("Ben")
    berlin, paris = [
        await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, name) for name in ("Berlin", "Paris")
    ]
    first = await world.grant(Slot(ann, READER, unit_scope(berlin)), end=NOON + HOUR)
    second = await world.grant(Slot(ben, READER, unit_scope(paris)))
    await world.grant(Slot(ben, READER, unit_scope(berlin)), GrantKind.ELIGIBLE)
    await world.grant(Slot(ben, READER, unit_scope(berlin)), start=NOON + DAY)
    await world.grant(Slot(ben, READER, DIRECTORY_ROOT))
    await world.grant(Slot(ben, READER, object_scope(ann)))

    async def held(place: Place, id_: str, at: Instant = NOON) -> list[str]:
        page = await world.store.read_scoped_members(world.tenant, place, id_, Query(9), at)
        return [row.grant.id for row in page.rows]

    assert await held(Place.UNIT, berlin) == [first.id]
    assert await held(Place.UNIT, berlin, NOON + HOUR) == []
    assert await held(Place.ROLE, READER) == [first.id, second.id]
    assert await held(Place.ROLE, CUSTOM) == []


async def test_permissions_are_told_with_who_has_them(world: World) -> None:
    one, two = [await world.entry(ObjectKind.SERVICE_PRINCIPAL, name) for name in ("One", "Two")]
    await world.change(one, app_id=ApplicationId("app-1"))
    await world.change(two, app_id=ApplicationId("app-2"))
    granted = [
        ("app-1", "B", False),
        ("app-1", "A", False),
        ("app-2", "C", False),
        ("app-2", "D", True),
        ("app-3", "E", False),
    ]
    for app_id, name, is_delegated in granted:
        change = GrantPermission(ApplicationId(app_id), name, is_delegated=is_delegated)
        assert await world.write(change)

    seen, query = [], Query(2)
    while True:
        page = await world.store.read_permissions(world.tenant, query, is_delegated=False)
        seen += [(row.holder.id, row.permission) for row in page.rows]
        if page.next_position is None:
            break
        query = replace(query, after=page.next_position)
    assert seen == [(one, "A"), (one, "B"), (two, "C")]
    found = await world.store.find_permissions(world.tenant, ["app-1", "x"], is_delegated=False)
    assert found == {"app-1": ("A", "B")}


@dataclass(frozen=True, slots=True)
class _Acting:
    """Two applications that act for people, the service they do so with, and two people."""

    one: PrincipalId
    two: PrincipalId
    graph: PrincipalId
    ann: PrincipalId
    ben: PrincipalId


APP_1, APP_2, SERVICE = (ApplicationId(name) for name in ("app-1", "app-2", "service"))


async def let_act(world: World) -> _Acting:
    ann, ben = await world.user("Ann"), await world.user("Ben")
    one, two, graph = [
        await world.entry(ObjectKind.SERVICE_PRINCIPAL, name) for name in ("One", "Two", "Graph")
    ]
    for id_, app_id in ((one, APP_1), (two, APP_2), (graph, SERVICE)):
        await world.change(id_, app_id=app_id)
    for write in (
        GrantPermission(APP_1, "B", is_delegated=True),
        GrantPermission(APP_1, "A", is_delegated=True),
        GrantPermission(APP_1, "C", is_delegated=False),
        GrantPermission(APP_2, "other-api/read", is_delegated=True),
        GrantConsent(ann, APP_1, "A"),
        GrantConsent(ann, APP_2, "A"),
        GrantConsent(ann, APP_2, "B"),
        GrantConsent(ben, APP_2, "B"),
        GrantConsent(ben, APP_1, "other-api/read"),
        GrantConsent(ben, ApplicationId("nowhere"), "A"),
    ):
        assert await world.write(write)
    return _Acting(one, two, graph, ann, ben)


async def test_who_acts_for_whom_is_told_page_by_page(world: World) -> None:
    known = await let_act(world)
    graph, ann = known.graph, known.ann

    async def told(condition: Condition = ALWAYS, app_id: ApplicationId = SERVICE) -> list[_Told]:
        seen: list[_Told] = []
        query = Query(2, condition, is_counted=True)
        while True:
            page = await world.store.read_delegations(world.tenant, app_id, query)
            seen += [(row.app_id, row.resource_id, row.user_id) for row in page.rows]
            if page.next_position is None:
                assert page.total == len(seen)
                return seen
            query = replace(query, after=page.next_position)

    first: list[_Told] = [(APP_1, graph, None), (APP_1, graph, ann)]
    second: list[_Told] = [(APP_2, graph, one) for one in sorted((ann, known.ben))]
    whole = first + second if known.one < known.two else second + first
    assert await told() == whole
    assert await told(Compare("user_id", Operator.EQ, ann)) == [x for x in whole if x[2] == ann]
    assert await told(Compare("user_id", Operator.EQ, "")) == [(APP_1, graph, None)]
    assert await told(Compare("client_id", Operator.EQ, known.two)) == second
    assert await told(app_id=ApplicationId("nowhere")) == []


async def test_consents_end_one_by_one_and_all_at_once(world: World) -> None:
    known = await let_act(world)
    ann, ben = known.ann, known.ben

    async def told() -> dict[tuple[str, str], tuple[str, ...]]:
        kept = await world.store.find_consents(world.tenant, [APP_2, APP_1], [ann, ben])
        return dict(kept)

    anns: dict[tuple[str, str], tuple[str, ...]] = {(APP_1, ann): ("A",), (APP_2, ann): ("A", "B")}
    bens = {(APP_1, ben): ("other-api/read",), (APP_2, ben): ("B",)}
    assert await told() == anns | bens
    assert await world.write(RevokeConsent(ann, APP_2, "A"))
    assert await world.write(EndConsents(ben, is_application=False))
    assert await told() == {(APP_1, ann): ("A",), (APP_2, ann): ("B",)}
    assert await world.write(EndConsents(APP_2, is_application=True))
    assert await told() == {(APP_1, ann): ("A",)}
