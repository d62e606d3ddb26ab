"""What may be written to PostgreSQL in one statement, and what goes step by step."""

from tests.storage.test_changes import a_grant, a_request, an_event
from tests.storage.world import HOUR, NOON, World, reader_role
from timebound.application.changes import (
    ChangeSet,
    EndGrant,
    InsertGrant,
    InsertRequest,
    PutRole,
    UpdateRequest,
    Write,
    principal_key,
)
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.policies import default_policy
from timebound.storage.at_once import MOST_PARTS, AtOnce, Combiner
from timebound.storage.writes import plan_change

PERSON = PrincipalId("person")


def combine(world: World, *writes: Write, events: int = 1) -> AtOnce | None:
    key = principal_key(PERSON)
    told = tuple(an_event(world) for _ in range(events))
    change = ChangeSet(world.tenant, NOON, {key: 1}, frozenset({key}), writes, told)
    return Combiner().combine(change, plan_change(change))


async def test_the_everyday_writes_go_at_once(world: World) -> None:
    request = a_request(world, PERSON)
    grant = a_grant(world, PERSON)
    policy = default_policy(reader_role().role)
    made = combine(
        world,
        InsertRequest(request, policy),
        InsertGrant(grant),
        EndGrant(GrantId("other"), NOON, "x"),
    )
    assert made is not None
    # Request, grant, that it ends, and the event; an update, and what the other had coming is gone.
    assert made.text.count("INSERT INTO") == 4
    assert made.text.count("(SELECT ok FROM verdict)") == 6


async def test_what_touches_a_row_twice_goes_step_by_step(world: World) -> None:
    grant, request = a_grant(world, PERSON), a_request(world, PERSON)
    policy = default_policy(reader_role().role)
    assert combine(world, InsertGrant(grant), EndGrant(grant.id, NOON, "x")) is None
    assert combine(world, InsertRequest(request, policy), UpdateRequest(request)) is None


async def test_the_rare_and_the_many_go_step_by_step(world: World) -> None:
    assert combine(world, PutRole(reader_role())) is None
    assert combine(world, events=MOST_PARTS) is not None
    assert combine(world, events=MOST_PARTS + 1) is None


async def test_both_ways_end_the_same(world: World) -> None:
    person = await world.user()
    few, many = a_grant(world, person), [a_grant(world, person) for _ in range(MOST_PARTS + 1)]
    assert await world.write(InsertGrant(few), bumps=[principal_key(person)])
    assert await world.write(*map(InsertGrant, many), bumps=[principal_key(person)])
    grants = [few, *many]
    assert await world.write(*(EndGrant(g.id, NOON + HOUR / 2, "x") for g in grants))
    found = await world.store.find_grants(world.tenant, [g.id for g in grants])
    assert {grant.ended_at for grant in found.values()} == {NOON + HOUR / 2}
    assert len(found) == len(grants)


async def test_a_conflict_writes_nothing_either_way(world: World) -> None:
    person = await world.user()
    key = principal_key(person)
    for number in (1, MOST_PARTS + 1):
        grants = [a_grant(world, person) for _ in range(number)]
        assert not await world.write(*map(InsertGrant, grants), expects={key: 7}, bumps=[key])
        assert not await world.store.find_grants(world.tenant, [g.id for g in grants])
