"""What a query pins is looked up by stored columns, and finds exactly what it finds without."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.world import CLIENT, DAY, HOUR, NOON, World, reader
from timebound.application.changes import InsertRequest
from timebound.application.queries import And, Compare, Operator, Order, Query
from timebound.application.views import Audience, View
from timebound.domain.approvals import Approval
from timebound.domain.directory import ObjectKind
from timebound.domain.grants import GrantKind
from timebound.domain.ids import PrincipalId, RequestId
from timebound.domain.policies import default_policy
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status
from timebound.domain.roles import Role
from timebound.domain.scopes import Scope, ScopeKind, unit_scope
from timebound.domain.times import Instant
from timebound.storage.narrowing import narrow_requests, spell_scope

EQ = Operator.EQ
SOONEST = (Order("planned_end"), Order("id"))


async def find(world: World, view: View, *asked: tuple[str, object], limit: int = 100) -> set[str]:
    condition = And(tuple(Compare(field, EQ, str(value)) for field, value in asked))
    page = await world.store.read_grants(
        view, Audience(world.tenant), Query(limit, condition, SOONEST), NOON
    )
    return {row.grant.id for row in page.rows}


async def test_grants_of_a_kind_a_role_or_a_scope(world: World) -> None:
    person = await world.user()
    unit = unit_scope(await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Unit"))
    plain = await world.grant(reader(person))
    active = await world.grant(reader(person), GrantKind.ACTIVATED, end=NOON + HOUR)
    in_unit = await world.grant(reader(person, unit), end=NOON + DAY)
    await world.grant(reader(person, unit), start=NOON - DAY, end=NOON)
    over = await world.grant(reader(person))
    await world.end(over, NOON - HOUR)
    view = View.ASSIGNMENT_INSTANCES
    assert await find(world, view) == {plain.id, active.id, in_unit.id}
    assert await find(world, view, ("kind", "activated")) == {active.id}
    assert await find(world, view, ("kind", "eligible")) == set()
    assert await find(world, view, ("kind", "no such kind")) == set()
    assert await find(world, view, ("role_id", plain.slot.role_id.upper())) == {
        plain.id,
        active.id,
        in_unit.id,
    }
    for spelled in (unit.path, unit.path.upper(), unit.path.lower()):
        assert await find(world, view, ("scope", spelled)) == {in_unit.id}, spelled
        assert await find(world, view, ("scope", spelled), ("kind", "activated")) == set()
    assert await find(world, view, ("scope", "/")) == {plain.id, active.id}


async def test_pages_by_planned_end_pass_over_what_was_ended_and_lose_nothing(
    world: World,
) -> None:
    person = await world.user()
    made = [await world.grant(reader(person), end=NOON + (1 + n % 3) * DAY) for n in range(9)]
    await world.end(made[4], NOON - HOUR)
    query = Query(2, orders=SOONEST)
    seen: list[str] = []
    while True:
        page = await world.store.read_grants(
            View.ASSIGNMENT_SCHEDULES, Audience(world.tenant), query, NOON
        )
        seen += [row.grant.id for row in page.rows]
        # What is ended while the list is followed is still told of: it is a list of one instant.
        await world.end(made[8], NOON + HOUR)
        if page.next_position is None:
            break
        query = replace(query, after=page.next_position)
    left = [grant for grant in made if grant is not made[4]]
    assert seen == [g.id for g in sorted(left, key=lambda g: (g.window.end, g.id))]


STORED = {
    Status.PENDING_APPROVAL: timedelta(hours=1),
    Status.PENDING_ADMIN_DECISION: timedelta(hours=2),
    Status.DENIED: timedelta(hours=3),
    Status.PROVISIONED: timedelta(hours=4),
    Status.TIMED_OUT: timedelta(days=3),
    Status.GRANTED: timedelta(hours=5),
}


async def test_requests_of_every_status(world: World) -> None:
    person = await world.user()
    made = {status: await ask(world, person, status, NOON - age) for status, age in STORED.items()}
    lapsed = await ask(world, person, Status.PENDING_APPROVAL, NOON - 2 * DAY)
    expected = {status: {id_} for status, id_ in made.items()} | {
        Status.TIMED_OUT: {made[Status.TIMED_OUT], lapsed},
        Status.PROVISIONED: {made[Status.PROVISIONED], made[Status.GRANTED]},
        Status.GRANTED: set(),
        Status.FAILED: set(),
    }
    for status, ids in expected.items():
        query = Query(100, Compare("status", EQ, status.value))
        page = await world.store.read_requests(
            View.ASSIGNMENT_REQUESTS, Audience(world.tenant), query, NOON
        )
        assert {request.id for request in page.rows} == ids, status


async def ask(world: World, person: PrincipalId, status: Status, at: Instant) -> RequestId:
    made = Request(
        id=RequestId(world.new_id("9")),
        draft=Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, reader(person)),
        author=Author(person, CLIENT),
        status=status,
        created_at=at,
        starts_at=at if status is Status.GRANTED else None,
        approval=Approval() if status is Status.PENDING_APPROVAL else None,
    )
    policy = default_policy(Role(made.draft.slot.role_id, ScopeKind.DIRECTORY, "Reader"))
    assert await world.write(InsertRequest(made, policy))
    return made.id


@pytest.mark.parametrize("status", [Status.PROVISIONED, Status.GRANTED])
def test_what_most_requests_are_is_not_looked_up_by_status(status: Status) -> None:
    assert narrow_requests({"status": status.value}) == ()
    assert narrow_requests({"status": "Denied"}) == (Status.DENIED,)
    assert narrow_requests({"status": "Denied", "principal_id": "x"}) == ()
    assert narrow_requests({"status": "no such status"}) == ()


def test_scopes_are_spelled_as_they_are_stored() -> None:
    unit = "0B9A4C7E-0000-4000-8000-000000000001"
    assert spell_scope({"scope": f"/ADMINISTRATIVEunits/{unit}"}) == unit_scope(unit.lower()).path
    assert spell_scope({"scope": f"/{unit}"}) == Scope(ScopeKind.DIRECTORY, f"/{unit.lower()}").path
    assert spell_scope({}) == "/"
