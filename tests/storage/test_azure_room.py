"""Requests for roles of Azure where no more can be assigned, now or when they begin."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.storage.racing import status_of
from tests.storage.rooms import PLACE, Rooms, lasting
from tests.storage.test_azure_assignments import CIRCLE, GROUP, OTHER, READER, Cloud, cloud
from tests.storage.world import DAY, HOUR, NOON, azure
from timebound.application.azure_assignment_ports import LoadedRoom, RoomQuestion, room_key
from timebound.application.explaining import explain_activation
from timebound.domain.azure_limits import LEAD, area_of
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.times import ENDLESS

__all__ = ["cloud"]

documented = pytest.mark.documented("Azure: limits of RBAC; arm notes 11")
inferred = pytest.mark.inferred("nothing is published of requests that find no room")

FULL: Final = (Code.QUOTA_EXCEEDED,)
MINUTE: Final = timedelta(minutes=1)
STARTED, FAILED = EventKind.GRANT_STARTED, EventKind.REQUEST_FAILED
ENDED, EXPIRED = EventKind.GRANT_ENDED, EventKind.GRANT_EXPIRED


@pytest.fixture
async def rooms(cloud: Cloud, database_url: str) -> Rooms:
    return Rooms(cloud, database_url)


@documented
async def test_activations_and_assignments_by_request_count(rooms: Rooms) -> None:
    await rooms.allow(2)
    first, second, third = [await rooms.eligible() for _ in range(3)]
    assert status_of(await rooms.do(rooms.activate(first))) is Status.PROVISIONED
    assert status_of(await rooms.do(rooms.assign(await _new(rooms, GROUP)))) is Status.PROVISIONED
    assert status_of(await rooms.do(rooms.activate(second))) == FULL
    assert status_of(await rooms.do(rooms.assign(await _new(rooms)))) == FULL
    (refused, *_) = await rooms.told(EventKind.REQUEST_REFUSED)
    assert refused.data["problems"][0]["code"] == Code.QUOTA_EXCEEDED.value
    assert await rooms.count() == 2
    # Elsewhere there is room, and so there is here when the hour is over.
    elsewhere = await rooms.eligible(OTHER)
    assert status_of(await rooms.do(rooms.activate(elsewhere))) is Status.PROVISIONED
    later = rooms.activate(third, at=NOON + HOUR)
    assert status_of(await rooms.do(later)) is Status.PROVISIONED


async def _new(rooms: Rooms, path: str = PLACE.path) -> Slot:
    return Slot(await rooms.cloud.world.user(), READER, azure(path))


@documented
async def test_a_management_group_has_a_limit_of_its_own(rooms: Rooms) -> None:
    await rooms.held(CIRCLE)
    await rooms.allow(1)
    assert status_of(await rooms.do(rooms.assign(await _new(rooms, CIRCLE)))) == FULL
    # What is held above does not count below, and the other way round.
    assert status_of(await rooms.do(rooms.assign(await _new(rooms)))) is Status.PROVISIONED


@documented
async def test_eligibilities_and_what_is_ahead_take_no_room(rooms: Rooms) -> None:
    await rooms.held()
    await rooms.allow(1)
    made = rooms.assign(await _new(rooms), kind=RequestKind.ELIGIBILITY)
    assert status_of(await rooms.do(made)) is Status.PROVISIONED
    ahead = rooms.assign(await _new(rooms), lasting(HOUR))
    assert status_of(await rooms.do(ahead)) is Status.GRANTED
    assert await rooms.count() == 1


@inferred
async def test_a_rehearsal_and_an_explanation_tell_the_same(rooms: Rooms) -> None:
    slot = await rooms.eligible()
    await rooms.held()
    await rooms.allow(1)
    rehearsed = rooms.assign(await _new(rooms), is_validation_only=True)
    assert status_of(await rooms.do(rehearsed)) == FULL
    draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, slot, lasting(), "Needed")
    engine = rooms.cloud.engine
    for who in (slot.principal_id, rooms.cloud.owner):
        told = await explain_activation(engine, rooms.token(who), draft, NOON)
        assert not isinstance(told, Refused)
        assert isinstance(told.decision, Refused)
        assert Code.QUOTA_EXCEEDED in {one.code for one in told.decision.problems}
    assert not await rooms.told(EventKind.REQUEST_REFUSED)


@inferred
async def test_an_approval_that_finds_no_room_ends_the_request(rooms: Rooms) -> None:
    await rooms.allow(1)
    await rooms.need_approval()
    asked = await rooms.ask(rooms.activate(await rooms.eligible()))
    other = await rooms.ask(rooms.activate(await rooms.eligible()))
    assert (asked.status, other.status) == (Status.PENDING_APPROVAL,) * 2
    assert status_of(await rooms.do(rooms.approve(asked))) is Status.PROVISIONED
    assert status_of(await rooms.do(rooms.approve(other))) is Status.FAILED
    assert await rooms.count() == 1
    told = {one.correlation_id: one.data for one in await rooms.told(EventKind.APPROVAL_GIVEN)}
    assert "problems" not in told[asked.id]
    assert told[other.id]["status"] == "Failed"
    assert told[other.id]["problems"][0]["code"] == Code.QUOTA_EXCEEDED.value


@inferred
@pytest.mark.parametrize("late", [timedelta(), 2 * MINUTE, 3 * HOUR])
async def test_what_finds_no_room_when_it_begins_fails(rooms: Rooms, late: timedelta) -> None:
    await rooms.allow(1)
    held = await rooms.held()
    asked = await rooms.ask(rooms.activate(await rooms.eligible(), lasting(HOUR)))
    assert asked.status is Status.GRANTED
    # That there is room soon after does not help, however late somebody comes round to it.
    await rooms.cloud.world.end(held, NOON + HOUR + MINUTE)
    await rooms.pass_time(NOON + HOUR + late)
    kept, grant = await rooms.kept(asked), await rooms.grant_of(asked)
    assert (kept.status, kept.completed_at) == (Status.FAILED, NOON + HOUR)
    assert kept.status_at(NOON + DAY) is Status.FAILED
    assert (grant.ended_at, grant.ended_by) == (NOON + HOUR, asked.id)
    assert not any(grant.is_in_force(NOON + n * HOUR) for n in range(4))
    failed, ended = sorted(await rooms.told(FAILED, ENDED), key=lambda one: one.kind is ENDED)
    for event in (failed, ended):
        assert (event.effective_at, event.recorded_at) == (NOON + HOUR, NOON + HOUR + late)
        assert event.correlation_id == asked.id
    assert failed.data["problems"][0]["code"] == Code.QUOTA_EXCEEDED.value
    assert (failed.data["action"], failed.data["status"]) == ("selfActivate", "Failed")
    assert (ended.data["isVoid"], ended.data["isCut"]) == (True, True)
    # Nothing more is told, neither a start nor an end.
    await rooms.pass_time(NOON + DAY)
    told = [one.data["grantId"] for one in await rooms.told(STARTED, EXPIRED)]
    assert asked.id not in told
    assert len(await rooms.told(FAILED, ENDED)) == 2


@inferred
async def test_of_those_who_begin_together_as_many_do_as_there_is_room_for(rooms: Rooms) -> None:
    await rooms.allow(3)
    await rooms.held()
    asked = [
        *[await rooms.ask(rooms.activate(await rooms.eligible(), lasting(HOUR))) for _ in range(3)],
        await rooms.ask(rooms.assign(await _new(rooms, GROUP), lasting(HOUR))),
        await rooms.ask(rooms.assign(await _new(rooms), lasting(HOUR + MINUTE))),
    ]
    far = await rooms.ask(rooms.activate(await rooms.eligible(OTHER), lasting(HOUR)))
    await rooms.pass_time(NOON + HOUR + 2 * MINUTE)
    at = NOON + HOUR + 2 * MINUTE
    came_to = [(await rooms.kept(one)).status_at(at) for one in asked]
    assert sorted(one.value for one in came_to[:4]) == ["Failed"] * 2 + ["Provisioned"] * 2
    assert came_to[4] is Status.FAILED
    assert (await rooms.kept(far)).status_at(at) is Status.PROVISIONED
    assert await rooms.count(at) == 3
    assert len(await rooms.told(STARTED)) == 3
    assert len(await rooms.told(FAILED)) == 3


@inferred
async def test_a_place_that_is_given_meanwhile_is_missing_when_it_begins(rooms: Rooms) -> None:
    await rooms.allow(1)
    asked = await rooms.ask(rooms.assign(await _new(rooms), lasting(HOUR)))
    assert status_of(await rooms.do(rooms.activate(await rooms.eligible()))) is Status.PROVISIONED
    await rooms.pass_time(NOON + HOUR)
    # The hour of the other is over just then.
    assert (await rooms.kept(asked)).status_at(NOON + HOUR) is Status.PROVISIONED
    longer = rooms.activate(await rooms.eligible(), lasting(2 * HOUR, 2 * HOUR), NOON + 2 * HOUR)
    late = await rooms.ask(rooms.assign(await _new(rooms), lasting(3 * HOUR)))
    assert status_of(await rooms.do(longer)) is Status.PROVISIONED
    await rooms.pass_time(NOON + 3 * HOUR)
    assert (await rooms.kept(late)).status_at(NOON + 3 * HOUR) is Status.FAILED


@inferred
async def test_what_was_planned_without_a_request_never_begins_either(rooms: Rooms) -> None:
    await rooms.allow(1)
    await rooms.held()
    made = await rooms.cloud.world.grant(await _new(rooms), start=NOON + HOUR)
    await rooms.pass_time(NOON + HOUR)
    kept = await rooms.cloud.kept(made.id)
    assert kept is not None
    assert kept.until == NOON + HOUR
    assert await rooms.told(FAILED) == []
    (ended,) = await rooms.told(ENDED)
    assert ended.data["grantId"] == made.id


@inferred
async def test_no_more_are_counted_than_matter(rooms: Rooms) -> None:
    store, tenant = rooms.cloud.world.store, rooms.cloud.world.tenant
    slots = [await rooms.eligible() for _ in range(3)]
    for slot in slots:
        await rooms.ask(rooms.activate(slot))
    await rooms.cloud.world.grant(slots[0], start=NOON + LEAD, end=ENDLESS)
    await rooms.cloud.world.grant(slots[0], start=NOON + 2 * LEAD, end=ENDLESS)
    await rooms.cloud.world.grant(slots[0], GrantKind.ELIGIBLE, start=NOON - DAY)
    area = area_of(PLACE)
    question = RoomQuestion(azure(GROUP), NOON, NOON, 10)
    room = await store.load_room(tenant, question)
    assert room == LoadedRoom(3, {room_key(area): 3})
    counts = [
        (await store.load_room(tenant, replace(question, most=2))).count,
        (await store.load_room(tenant, replace(question, begun=NOON + LEAD))).count,
        (await store.load_room(tenant, replace(question, at=NOON + HOUR, begun=ENDLESS))).count,
        (await store.load_room(tenant, replace(question, scope=azure(OTHER)))).count,
    ]
    assert counts == [2, 4, 2, 0]


@inferred
async def test_who_asks_just_before_a_start_does_not_take_its_place(rooms: Rooms) -> None:
    await rooms.allow(1)
    asked = await rooms.ask(rooms.assign(await _new(rooms), lasting(HOUR)))
    just_before = rooms.activate(await rooms.eligible(), at=NOON + HOUR - LEAD)
    assert status_of(await rooms.do(just_before)) == FULL
    await rooms.pass_time(NOON + HOUR)
    assert (await rooms.kept(asked)).status_at(NOON + HOUR) is Status.PROVISIONED
