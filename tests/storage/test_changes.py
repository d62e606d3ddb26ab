"""Change sets are applied whole or not at all, and exactly one of two that collide is applied."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.storage.world import DAY, HOUR, NOON, World, reader
from timebound.application.changes import (
    ChangeSet,
    EndGrant,
    FactKey,
    InsertGrant,
    InsertRequest,
    PutPolicy,
    UpdateRequest,
    Write,
    application_key,
    policy_key,
    principal_key,
)
from timebound.domain.approvals import Approval, Approvers
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import ApplicationId, EventId, GrantId, PrincipalId, RequestId
from timebound.domain.policies import default_policy
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status, Ticket
from timebound.domain.roles import Role
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Window


def a_grant(world: World, person: PrincipalId) -> Grant:
    window = Window(NOON, NOON + HOUR)
    return Grant(GrantId(world.new_id("f")), reader(person), GrantKind.ASSIGNED, window, NOON)


def a_request(world: World, person: PrincipalId, **changes: object) -> Request:
    expiration = Expiration(ExpirationType.AFTER_DURATION, duration=HOUR)
    draft = Draft(
        RequestKind.ASSIGNMENT,
        Action.SELF_ACTIVATE,
        reader(person),
        AskedSchedule(NOON, expiration),
        "Needed",
        Ticket("42", "Desk"),
        target_id="target",
    )
    request = Request(
        RequestId(world.new_id("e")), draft, Author(person, None, "User"), Status.GRANTED, NOON
    )
    return replace(request, **changes)  # type: ignore[arg-type]  # names of its fields


async def versions_of(world: World, person: PrincipalId) -> dict[FactKey, int]:
    return dict((await world.facts(reader(person))).versions)


async def test_a_request_comes_back_as_it_was_written(world: World) -> None:
    person = await world.user()
    approval = Approval(Approvers(users=(person,)), needs_justification=False)
    request = a_request(
        world, person, approval=approval, completed_at=NOON, grant_id=GrantId("g"), starts_at=NOON
    )
    policy = default_policy(Role(reader(person).role_id, DIRECTORY_ROOT.kind, "Reader"))
    assert await world.write(InsertRequest(request, policy))
    assert await world.store.load_request(world.tenant, request.id) == request


async def test_a_settled_request_keeps_what_was_asked(world: World) -> None:
    person = await world.user()
    request = a_request(world, person, status=Status.PENDING_APPROVAL)
    policy = default_policy(Role(reader(person).role_id, DIRECTORY_ROOT.kind, "Reader"))
    assert await world.write(InsertRequest(request, policy))
    settled = replace(request, status=Status.DENIED, completed_at=NOON + HOUR, approval=Approval())
    assert await world.write(UpdateRequest(settled))
    assert await world.store.load_request(world.tenant, request.id) == settled


async def test_a_stale_expectation_writes_nothing(world: World) -> None:
    person = await world.user()
    key, grant = principal_key(person), a_grant(world, person)
    assert not await world.write(InsertGrant(grant), expects={key: 0}, bumps=[key])
    assert not await world.store.find_grants(world.tenant, [grant.id])


async def test_a_bump_makes_older_versions_stale(world: World) -> None:
    person = await world.user()
    key, before = principal_key(person), (await versions_of(world, await world.user()))
    known = await versions_of(world, person)
    assert key not in before
    expected = {key: known[key]}
    assert await world.write(expects=expected, bumps=[key])
    assert not await world.write(expects=expected, bumps=[key])
    assert (await versions_of(world, person))[key] == known[key] + 1


async def test_what_an_application_is_permitted_moves_on_under_every_decision_made_through_it(
    world: World,
) -> None:
    person = await world.user()

    async def load() -> tuple[Mapping[FactKey, int], Mapping[FactKey, int]]:
        about = await world.store.load_principal_facts(world.token(person), person, NOON)
        return await versions_of(world, person), about.versions

    stale = await load()
    await world.permit("User.Read")
    for versions in stale:
        assert not await world.write(InsertGrant(a_grant(world, person)), expects=dict(versions))
    other = application_key(ApplicationId("another"))
    for versions in await load():
        assert await world.write(bumps=[other])
        assert await world.write(InsertGrant(a_grant(world, person)), expects=dict(versions))


async def test_an_expected_fact_that_does_not_change_stays_current(world: World) -> None:
    person = await world.user()
    known = await versions_of(world, person)
    assert await world.write(expects=known)
    assert await world.write(expects=known)
    assert await versions_of(world, person) == known


async def test_a_taken_id_is_a_conflict_and_takes_everything_back(world: World) -> None:
    person = await world.user()
    first, second = a_grant(world, person), a_grant(world, person)
    assert await world.write(InsertGrant(first))
    assert not await world.write(InsertGrant(second), InsertGrant(first))
    assert set(await world.store.find_grants(world.tenant, [first.id, second.id])) == {first.id}


async def test_an_end_only_ever_moves_closer(world: World) -> None:
    grant = a_grant(world, await world.user())
    assert await world.write(InsertGrant(grant))
    for at, by, expected in (
        (NOON + DAY, "late", (None, None)),
        (NOON + HOUR / 2, "first", (NOON + HOUR / 2, "first")),
        (NOON + HOUR * 3 / 4, "second", (NOON + HOUR / 2, "first")),
        (NOON + HOUR / 4, "third", (NOON + HOUR / 4, "third")),
    ):
        assert await world.write(EndGrant(grant.id, at, by))
        found = (await world.store.find_grants(world.tenant, [grant.id]))[grant.id]
        assert (found.ended_at, found.ended_by) == expected


def an_event(world: World, number: int = 1) -> Event:
    return Event(
        id=EventId(world.new_id("9")),
        kind=EventKind.GRANT_MADE,
        effective_at=NOON + number * HOUR,
        recorded_at=NOON,
        correlation_id="correlation",
        actor=Actor(),
        subject_id="subject",
        data={"number": number},
    )


async def test_an_event_that_is_there_already_is_a_conflict(world: World) -> None:
    event = an_event(world)
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=(event,))
    assert await world.store.apply(change)
    assert not await world.store.apply(change)


@pytest.mark.parametrize("is_known", [True, False], ids=["known-fact", "first-change"])
async def test_of_many_that_expect_one_version_one_is_applied(
    world: World, *, is_known: bool
) -> None:
    person = await world.user()
    key = policy_key(DIRECTORY_ROOT, reader(person).role_id)
    if is_known:
        assert await world.write(expects={key: 0}, bumps=[key])
    grants = [a_grant(world, person) for _ in range(8)]
    expected = {key: int(is_known), principal_key(person): 1}
    applied = await asyncio.gather(
        *(world.write(InsertGrant(grant), expects=expected, bumps=[key]) for grant in grants)
    )
    found = await world.store.find_grants(world.tenant, [grant.id for grant in grants])
    assert applied.count(True) == 1
    assert set(found) == {grants[applied.index(True)].id}


async def test_those_that_share_nothing_they_change_are_all_applied(world: World) -> None:
    people = [await world.user() for _ in range(8)]
    shared = policy_key(DIRECTORY_ROOT, reader(people[0]).role_id)

    def write(person: PrincipalId) -> tuple[Write, dict[FactKey, int], list[FactKey]]:
        key = principal_key(person)
        return InsertGrant(a_grant(world, person)), {key: 1, shared: 0}, [key]

    done = await asyncio.gather(
        *(world.write(w, expects=e, bumps=b) for w, e, b in map(write, people))
    )
    assert all(done)


async def test_crossing_expectations_let_one_through_at_most(world: World) -> None:
    one, other = await world.user(), await world.user()
    keys = {principal_key(one): 1, principal_key(other): 1}
    done = await asyncio.gather(
        world.write(InsertGrant(a_grant(world, one)), expects=keys, bumps=[principal_key(one)]),
        world.write(InsertGrant(a_grant(world, other)), expects=keys, bumps=[principal_key(other)]),
    )
    assert done.count(True) == 1


async def test_a_policy_comes_back_as_it_was_written(world: World) -> None:
    person = await world.user()
    slot = reader(person)
    default = (await world.facts(slot)).facts.policy
    rules = {
        **default.rules,
        "Approval_EndUser_Assignment": replace(default.approval, is_required=True),
    }
    changed = replace(default, rules=rules)
    assert await world.write(PutPolicy(DIRECTORY_ROOT, slot.role_id, changed))
    assert (await world.facts(slot)).facts.policy == changed
