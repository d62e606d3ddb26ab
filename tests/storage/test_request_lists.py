"""Requests in every relation to a person, with the status they have at the instant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.test_changes import a_request
from tests.storage.world import DAY, HOUR, NOON, World, reader, reader_role
from timebound.application.changes import InsertRequest
from timebound.application.queries import Compare, Condition, Operator, Order, Query
from timebound.application.views import Audience, Relation, View
from timebound.domain.approvals import Approval, Approvers
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import default_policy
from timebound.domain.requests import (
    CANCELED_KEPT_FOR,
    KEPT_FOR,
    Author,
    Request,
    RequestKind,
    Status,
)
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant


async def insert(world: World, *requests: Request) -> None:
    policy = default_policy(reader_role().role)
    assert await world.write(*(InsertRequest(request, policy) for request in requests))


async def listed(
    world: World,
    relation: Relation = Relation.ANYBODY,
    person: PrincipalId | None = None,
    query: Query | None = None,
    at: Instant = NOON,
) -> list[Request]:
    audience = Audience(world.tenant, relation, person)
    query = query or Query(100)
    page = await world.store.read_requests(View.ASSIGNMENT_REQUESTS, audience, query, at)
    return list(page.rows)


async def test_relations_to_a_person(world: World) -> None:
    person, admin, stranger = await world.user(), await world.user(), await world.user()
    own = a_request(world, person)
    given = a_request(world, person, author=Author(admin, None))
    by_program = a_request(world, stranger, author=Author(None, None))
    await insert(world, own, given, by_program)
    assert await listed(world) == [own, given, by_program]
    assert await listed(world, Relation.PRINCIPAL, person) == [own, given]
    assert await listed(world, Relation.CREATOR, admin) == [given]
    assert await listed(world, Relation.CREATOR, stranger) == []


async def test_kinds_are_listed_apart(world: World) -> None:
    request = a_request(world, await world.user())
    other = a_request(world, await world.user())
    other = replace(other, draft=replace(other.draft, kind=RequestKind.ELIGIBILITY))
    await insert(world, request, other)
    audience = Audience(world.tenant)
    page = await world.store.read_requests(View.ELIGIBILITY_REQUESTS, audience, Query(10), NOON)
    assert await listed(world) == [request]
    assert page.rows == (other,)


async def test_approvers_find_what_waits_for_them(world: World) -> None:
    person, named, admin = await world.user(), await world.user(), await world.user()
    member, group, outer = await world.user(), await world.group(), await world.group()
    await world.member(member, group)
    await world.member(group, outer)
    role = reader(admin).role_id
    await world.grant(reader(admin), end=NOON + HOUR)
    waiting = {
        "named": Approvers(users=(named, person)),
        "group": Approvers(groups=(outer,)),
        "role": Approvers(roles=(role,)),
    }
    requests = {
        name: a_request(world, person, status=Status.PENDING_APPROVAL, approval=Approval(approvers))
        for name, approvers in waiting.items()
    }
    await insert(world, *requests.values())
    for approver, expected in (
        (named, ["named"]),
        (member, ["group"]),
        (admin, ["role"]),
        (person, []),
    ):
        found = await listed(world, Relation.APPROVER, approver)
        assert found == [requests[name] for name in expected]
    assert await listed(world, Relation.APPROVER, admin, at=NOON + HOUR) == []


async def test_a_role_below_the_tenant_approves_nothing(world: World) -> None:
    person, admin = await world.user(), await world.user()
    await world.grant(reader(admin, Scope(ScopeKind.DIRECTORY, "/administrativeUnits/u")))
    approval = Approval(Approvers(roles=(reader(admin).role_id,)))
    await insert(world, a_request(world, person, approval=approval))
    assert await listed(world, Relation.APPROVER, admin) == []


async def test_who_asked_for_somebody_else_does_not_approve_it(world: World) -> None:
    person, admin = await world.user(), await world.user()
    approval = Approval(Approvers(users=(admin,)))
    await insert(world, a_request(world, person, author=Author(admin, None), approval=approval))
    assert await listed(world, Relation.APPROVER, admin) == []


async def test_the_status_is_that_of_the_instant(world: World) -> None:
    person = await world.user()
    planned = a_request(world, person, starts_at=NOON + HOUR)
    waiting = a_request(world, person, status=Status.PENDING_APPROVAL)
    await insert(world, planned, waiting)
    instant = timedelta(microseconds=1)
    for at, expected in (
        (NOON, [Status.GRANTED, Status.PENDING_APPROVAL]),
        (NOON + HOUR - instant, [Status.GRANTED, Status.PENDING_APPROVAL]),
        (NOON + HOUR, [Status.PROVISIONED, Status.PENDING_APPROVAL]),
        (NOON + DAY - instant, [Status.PROVISIONED, Status.PENDING_APPROVAL]),
        (NOON + DAY, [Status.PROVISIONED, Status.TIMED_OUT]),
    ):
        found = await listed(world, at=at)
        assert [request.status for request in found] == expected
        assert found == [replace(r, status=r.status_at(at)) for r in (planned, waiting)]
        for request in found:
            query = Query(10, Compare("status", Operator.EQ, request.status.value))
            assert request in await listed(world, query=query, at=at)


async def test_conditions_find_what_they_name(world: World) -> None:
    person, admin = await world.user(), await world.user()
    bare = a_request(world, admin)
    bare = replace(bare, draft=replace(bare.draft, schedule=None, justification=None))
    full = a_request(
        world,
        person,
        approval=Approval(),
        completed_at=NOON,
        starts_at=NOON + HOUR,
        grant_id="grant",
    )
    await insert(world, bare, full)
    cases: list[tuple[Condition, list[Request]]] = [
        (Compare("action", Operator.EQ, "selfActivate"), [bare, full]),
        (Compare("principal_id", Operator.EQ, person), [full]),
        (Compare("author_id", Operator.EQ, admin), [bare]),
        (Compare("completed_at", Operator.EQ, None), [bare]),
        (Compare("grant_id", Operator.EQ, "GRANT"), [full]),
        (Compare("approval_id", Operator.EQ, full.id), [full]),
        (Compare("approval_id", Operator.EQ, None), [bare]),
        (Compare("justification", Operator.EQ, "nEEDED"), [full]),
        (Compare("start", Operator.EQ, NOON + HOUR), [full]),
        (Compare("start", Operator.EQ, None), [bare]),
        (Compare("scope", Operator.EQ, "/"), [bare, full]),
        (Compare("role_id", Operator.NE, bare.draft.slot.role_id), []),
        (Compare("created_at", Operator.LT, NOON), []),
    ]
    for condition, expected in cases:
        assert await listed(world, query=Query(10, condition)) == expected, condition


async def test_orders_put_what_is_empty_first(world: World) -> None:
    people = [await world.user() for _ in range(3)]
    times = [NOON, None, NOON + HOUR]
    requests = [
        a_request(world, person, completed_at=at) for person, at in zip(people, times, strict=True)
    ]
    await insert(world, *requests)
    for is_descending, expected in ((False, [1, 0, 2]), (True, [2, 0, 1])):
        orders = (Order("completed_at", is_descending=is_descending),)
        found: list[Request] = []
        query = Query(1, orders=orders)
        audience = Audience(world.tenant)
        while True:
            page = await world.store.read_requests(View.ASSIGNMENT_REQUESTS, audience, query, NOON)
            found += page.rows
            if page.next_position is None:
                break
            query = replace(query, after=page.next_position)
        assert found == [requests[place] for place in expected]


@pytest.mark.parametrize("status", Status)
async def test_what_is_purged_is_left_out_and_kept(world: World, status: Status) -> None:
    person = await world.user()
    ages = (timedelta(days=29), CANCELED_KEPT_FOR, timedelta(days=44), KEPT_FOR, DAY * 60)
    made = [
        replace(a_request(world, person), status=status, created_at=NOON - age, completed_at=done)
        for age in ages
        for done in (None, NOON - age, NOON + DAY)
    ]
    await insert(world, *made)
    audience, query = Audience(world.tenant, is_purged=True), Query(100)
    page = await world.store.read_requests(View.ASSIGNMENT_REQUESTS, audience, query, NOON)
    kept = {one.id for one in made if not one.is_purged(NOON)}
    assert {one.id for one in page.rows} == kept
    assert 0 < len(kept) < len(made) or status is Status.PENDING_ADMIN_DECISION
    assert len(await listed(world)) == len(made)
