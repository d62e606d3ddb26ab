"""Who holds what, as it stands at an instant."""

import pytest

from tests.storage.world import DAY, HOUR, NOON, READER, World, azure, reader
from timebound.application.queries import (
    ALWAYS,
    And,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Query,
    TextMatch,
    TextOperator,
)
from timebound.application.views import EXPIRED, Audience, MemberType, Relation, View
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import RoleId
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import Scope, ScopeKind, group_scope

EQ = Operator.EQ
OLDEST = (Order("created_at"), Order("id"))


async def listed(
    world: World,
    view: View,
    condition: Condition = ALWAYS,
    kind: ScopeKind = ScopeKind.DIRECTORY,
) -> list[Grant]:
    audience = Audience(world.tenant, scope_kind=kind)
    page = await world.store.read_grants(view, audience, Query(100, condition, OLDEST), NOON)
    assert all(row.principal_id == row.grant.slot.principal_id for row in page.rows)
    assert all(row.member_type is MemberType.DIRECT for row in page.rows)
    return [row.grant for row in page.rows]


async def test_views_differ_in_kind_and_time(world: World) -> None:
    slot = reader(await world.user())
    assigned = await world.grant(slot, end=NOON + HOUR)
    assigned_ahead = await world.grant(slot, start=NOON + HOUR)
    activated = await world.grant(slot, GrantKind.ACTIVATED, start=NOON, end=NOON + HOUR)
    eligible = await world.grant(slot, GrantKind.ELIGIBLE)
    eligible_ahead = await world.grant(slot, GrantKind.ELIGIBLE, start=NOON + DAY)
    await world.grant(slot, end=NOON)
    void = await world.grant(slot, start=NOON + DAY)
    await world.end(void, NOON + HOUR)
    expected = {
        View.ELIGIBILITY_INSTANCES: [eligible],
        View.ELIGIBILITY_SCHEDULES: [eligible, eligible_ahead],
        View.ASSIGNMENT_INSTANCES: [assigned, activated],
        View.ASSIGNMENT_SCHEDULES: [assigned, assigned_ahead, activated],
        View.ROLE_ASSIGNMENTS: [assigned],
    }
    for view, grants in expected.items():
        assert await listed(world, view) == grants, view


async def test_an_activation_alone_is_a_role_assignment(world: World) -> None:
    slot = reader(await world.user())
    active = await world.grant(slot, GrantKind.ACTIVATED, start=NOON - HOUR, end=NOON + HOUR)
    assert await listed(world, View.ROLE_ASSIGNMENTS) == [active]


async def test_two_assignments_of_a_slot_are_one_role_assignment(world: World) -> None:
    slot = reader(await world.user())
    first = await world.grant(slot)
    await world.grant(slot)
    assert await listed(world, View.ROLE_ASSIGNMENTS) == [first]


async def test_trees_are_listed_apart(world: World) -> None:
    person, group = await world.user(), await world.group()
    directory = await world.grant(reader(person))
    member = await world.member(person, group)
    node = await world.grant(Slot(person, READER, azure("/subscriptions/s")))
    view = View.ASSIGNMENT_INSTANCES
    assert await listed(world, view) == [directory]
    assert await listed(world, view, kind=ScopeKind.GROUP) == [member]
    assert await listed(world, view, kind=ScopeKind.AZURE) == [node]


async def test_a_disabled_person_is_still_listed(world: World) -> None:
    held = await world.grant(reader(await world.user(is_enabled=False)))
    assert await listed(world, View.ASSIGNMENT_INSTANCES) == [held]


async def test_conditions_find_what_they_name(world: World) -> None:
    person, other = await world.user(), await world.user()
    unit = Scope(ScopeKind.DIRECTORY, "/administrativeUnits/u1")
    plain = await world.grant(reader(person))
    timed = await world.grant(Slot(other, RoleId("role-b"), unit), end=NOON + HOUR)
    ahead = await world.grant(reader(other), start=NOON + HOUR, end=NOON + DAY)
    every = [plain, timed, ahead]
    cases: list[tuple[Condition, list[Grant]]] = [
        (Compare("principal_id", EQ, person.upper()), [plain]),
        (Compare("id", EQ, timed.id), [timed]),
        (Compare("role_id", EQ, "ROLE-B"), [timed]),
        (Compare("scope", EQ, "/"), [plain, ahead]),
        (Compare("scope", EQ, "/administrativeunits/U1"), [timed]),
        (TextMatch("scope", TextOperator.STARTS_WITH, "/administrativeUnits"), [timed]),
        (Compare("end", EQ, None), [plain]),
        (Compare("end", Operator.NE, None), [timed, ahead]),
        (Compare("end", Operator.LE, NOON + HOUR), [timed]),
        (Not(Compare("end", Operator.LE, NOON + HOUR)), [plain, ahead]),
        (Compare("end", Operator.NE, NOON + HOUR), [plain, ahead]),
        (Compare("start", Operator.GT, NOON), [ahead]),
        (Compare("created_at", Operator.GE, timed.created_at), [timed, ahead]),
        (Compare("status", EQ, "Granted"), [ahead]),
        (Compare("status", EQ, "Provisioned"), [plain, timed]),
        (Compare("kind", EQ, "assigned"), every),
        (Compare("member_type", EQ, "Direct"), every),
        (Compare("member_type", EQ, "Group"), []),
        (Compare("request_id", EQ, None), every),
        (Compare("eligibility_id", Operator.NE, "x"), every),
        (OneOf("id", (plain.id, ahead.id, None)), [plain, ahead]),
        (OneOf("id", ()), []),
        (Or((Compare("id", EQ, plain.id), Compare("status", EQ, "Granted"))), [plain, ahead]),
        (Or(()), []),
        (Not(Or(())), every),
        (Compare("created_at", EQ, "not a time"), []),
        (Compare("created_at", Operator.NE, 5), every),
        (Compare("id", Operator.GT, True), []),  # noqa: FBT003 - a value of the wrong type
    ]
    for condition, expected in cases:
        assert await listed(world, View.ASSIGNMENT_SCHEDULES, condition) == expected, condition


@pytest.mark.parametrize("view", [View.ASSIGNMENT_INSTANCES, View.ELIGIBILITY_INSTANCES])
async def test_a_person_sees_their_own_and_what_their_groups_have(world: World, view: View) -> None:
    is_eligibility = view is View.ELIGIBILITY_INSTANCES
    kind = GrantKind.ELIGIBLE if is_eligibility else GrantKind.ASSIGNED
    person, group = await world.user(), await world.group()
    plain, past = await world.group(is_role_assignable=False), await world.group()
    await world.member(person, group)
    await world.grant(Slot(person, MEMBER, group_scope(group)), GrantKind.ACTIVATED)
    await world.member(person, plain)
    await world.member(person, past, end=NOON)
    own = await world.grant(reader(person), kind)
    of_group = await world.grant(reader(group), kind)
    for holder in (plain, past, await world.user()):
        await world.grant(reader(holder), kind)
    rows = await world.held(person, view=view)
    assert [(row.grant, row.principal_id, row.member_type) for row in rows] == [
        (own, person, MemberType.DIRECT),
        (of_group, person, MemberType.GROUP),
    ]


async def test_what_comes_through_a_group_can_be_asked_for(world: World) -> None:
    person, group = await world.user(), await world.group()
    await world.member(person, group)
    await world.grant(reader(person))
    of_group = await world.grant(reader(group))
    audience = Audience(world.tenant, Relation.PRINCIPAL, person)
    for condition in (
        Compare("member_type", EQ, "Group"),
        And((Compare("principal_id", EQ, person), Compare("id", EQ, of_group.id))),
    ):
        page = await world.store.read_grants(
            View.ASSIGNMENT_INSTANCES, audience, Query(10, condition, is_counted=True), NOON
        )
        assert [row.grant for row in page.rows] == [of_group]
        assert page.total == 1


async def test_nested_groups_carry_azure_roles(world: World) -> None:
    person = await world.user()
    inner, outer = [await world.group(is_role_assignable=False) for _ in range(2)]
    await world.member(person, inner)
    await world.member(inner, outer)
    held = await world.grant(Slot(outer, READER, azure("/subscriptions/s")))
    audience = Audience(world.tenant, Relation.PRINCIPAL, person, ScopeKind.AZURE)
    page = await world.store.read_grants(View.ASSIGNMENT_INSTANCES, audience, Query(10), NOON)
    assert [(row.grant, row.member_type) for row in page.rows] == [(held, MemberType.GROUP)]


@pytest.mark.documented("ENTRA pim-how-to-renew-extend: what expired is visible for 30 days")
async def test_what_has_expired_is_found_by_its_status_while_it_may_be_renewed(
    world: World,
) -> None:
    person, group = await world.user(), await world.group()
    await world.member(person, group)
    month, year = 30 * DAY, NOON - 365 * DAY
    slot, shared = reader(person), reader(group)
    just, late = [await world.grant(slot, start=year, end=end) for end in (NOON, NOON - month)]
    await world.grant(slot, start=year, end=NOON - month - HOUR)
    await world.grant(slot, start=NOON - DAY, end=NOON + HOUR)
    await world.grant(slot, GrantKind.ACTIVATED, start=NOON - DAY, end=NOON - HOUR)
    removed = await world.grant(slot, start=year, end=NOON + DAY)
    await world.end(removed, NOON - DAY)
    eligible = await world.grant(slot, GrantKind.ELIGIBLE, start=year, end=NOON - DAY)
    of_group = await world.grant(shared, GrantKind.ELIGIBLE, start=year, end=NOON - DAY)

    is_expired = Compare("status", EQ, EXPIRED)
    found = await listed(world, View.ASSIGNMENT_SCHEDULES, is_expired)
    assert {one.id for one in found} == {just.id, late.id}
    found = await listed(world, View.ELIGIBILITY_SCHEDULES, is_expired)
    assert {one.id for one in found} == {eligible.id, of_group.id}
    assert await listed(world, View.ASSIGNMENT_INSTANCES, is_expired) == []
    mine = Audience(world.tenant, Relation.PRINCIPAL, person)
    query = Query(9, And((is_expired, Compare("member_type", EQ, MemberType.GROUP.value))))
    page = await world.store.read_grants(View.ELIGIBILITY_SCHEDULES, mine, query, NOON)
    assert [row.grant.id for row in page.rows] == [of_group.id]
