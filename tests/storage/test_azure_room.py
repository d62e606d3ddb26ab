"""Requests for roles of Azure where no more can be assigned, to begin now or later."""

from dataclasses import replace
from typing import Final

import pytest

from tests.storage.racing import status_of
from tests.storage.rooms import PLACE, Rooms, lasting
from tests.storage.test_azure_assignments import CIRCLE, GROUP, OTHER, Cloud, cloud
from tests.storage.world import DAY, HOUR, NOON, azure
from timebound.application.azure_assignment_ports import LoadedRoom, RoomQuestion, room_key
from timebound.application.explaining import explain_activation
from timebound.domain.azure_limits import area_of
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.times import ENDLESS

__all__ = ["cloud"]

documented = pytest.mark.documented("Azure: limits of RBAC; arm notes 11")
inferred = pytest.mark.inferred("nothing is published of requests that find no room")

FULL: Final = (Code.QUOTA_EXCEEDED,)


@pytest.fixture
async def rooms(cloud: Cloud, database_url: str) -> Rooms:
    return Rooms(cloud, database_url)


@documented
async def test_activations_and_assignments_by_request_count(rooms: Rooms) -> None:
    await rooms.allow(2)
    first, second, third = [await rooms.eligible() for _ in range(3)]
    assert status_of(await rooms.do(rooms.activate(first))) is Status.PROVISIONED
    assert status_of(await rooms.do(rooms.assign(await rooms.new(GROUP)))) is Status.PROVISIONED
    assert status_of(await rooms.do(rooms.activate(second))) == FULL
    assert status_of(await rooms.do(rooms.assign(await rooms.new()))) == FULL
    (refused, *_) = await rooms.told(EventKind.REQUEST_REFUSED)
    assert refused.data["problems"][0]["code"] == Code.QUOTA_EXCEEDED.value
    assert await rooms.count() == 2
    # Elsewhere there is room, and so there is here when the hour is over.
    elsewhere = await rooms.eligible(OTHER)
    assert status_of(await rooms.do(rooms.activate(elsewhere))) is Status.PROVISIONED
    later = rooms.activate(third, at=NOON + HOUR)
    assert status_of(await rooms.do(later)) is Status.PROVISIONED


@documented
async def test_a_management_group_has_a_limit_of_its_own(rooms: Rooms) -> None:
    await rooms.held(CIRCLE)
    await rooms.allow(1)
    assert status_of(await rooms.do(rooms.assign(await rooms.new(CIRCLE)))) == FULL
    # What is held above does not count below, and the other way round.
    assert status_of(await rooms.do(rooms.assign(await rooms.new()))) is Status.PROVISIONED


@documented
async def test_eligibilities_take_no_room(rooms: Rooms) -> None:
    await rooms.held()
    await rooms.allow(1)
    made = rooms.assign(await rooms.new(), kind=RequestKind.ELIGIBILITY)
    assert status_of(await rooms.do(made)) is Status.PROVISIONED
    assert await rooms.count() == 1


@inferred
async def test_a_rehearsal_and_an_explanation_tell_the_same(rooms: Rooms) -> None:
    slot = await rooms.eligible()
    await rooms.held()
    await rooms.allow(1)
    rehearsed = rooms.assign(await rooms.new(), is_validation_only=True)
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
async def test_what_is_ahead_has_its_place_and_begins(rooms: Rooms) -> None:
    await rooms.allow(2)
    asked = [
        await rooms.ask(rooms.activate(await rooms.eligible(), lasting(HOUR))),
        await rooms.ask(rooms.assign(await rooms.new(GROUP), lasting(DAY))),
    ]
    assert [one.status for one in asked] == [Status.GRANTED] * 2
    third = await rooms.eligible()
    assert status_of(await rooms.do(rooms.activate(third))) == FULL
    assert status_of(await rooms.do(rooms.activate(third, lasting(2 * DAY)))) == FULL
    # Nobody has to come round to it.
    at = NOON + HOUR
    assert (await rooms.grant_of(asked[0])).is_in_force(at)
    assert status_of(await rooms.do(rooms.activate(third, at=at))) == FULL
    # An hour later the first is over.
    assert status_of(await rooms.do(rooms.activate(third, at=at + HOUR))) is Status.PROVISIONED


@inferred
async def test_who_changes_what_is_ahead_needs_no_second_place(rooms: Rooms) -> None:
    await rooms.allow(1)
    slot = await rooms.new()
    assert (await rooms.ask(rooms.assign(slot, lasting(HOUR)))).status is Status.GRANTED
    for schedule, status in (
        (lasting(2 * HOUR), Status.GRANTED),
        (lasting(), Status.PROVISIONED),
        (lasting(span=2 * HOUR), Status.PROVISIONED),
    ):
        changed = rooms.assign(slot, schedule, action=Action.ADMIN_UPDATE)
        assert status_of(await rooms.do(changed)) is status
        assert await rooms.count() == 1


@inferred
async def test_what_was_withdrawn_before_it_began_leaves_its_place(rooms: Rooms) -> None:
    await rooms.allow(1)
    planned = await rooms.ask(rooms.assign(await rooms.new(), lasting(HOUR)))
    assert status_of(await rooms.do(rooms.activate(await rooms.eligible()))) == FULL
    assert status_of(await rooms.do(rooms.cancel(planned))) is Status.CANCELED
    assert status_of(await rooms.do(rooms.activate(await rooms.eligible()))) is Status.PROVISIONED


@inferred
async def test_no_more_are_counted_than_matter(rooms: Rooms) -> None:
    store, tenant = rooms.cloud.world.store, rooms.cloud.world.tenant
    slots = [await rooms.eligible() for _ in range(3)]
    for slot in slots:
        await rooms.ask(rooms.activate(slot))
    await rooms.cloud.world.grant(slots[0], start=NOON + DAY, end=ENDLESS)
    await rooms.cloud.world.grant(slots[0], start=NOON - DAY, end=NOON)
    await rooms.cloud.world.grant(slots[0], GrantKind.ELIGIBLE, start=NOON - DAY)
    area = area_of(PLACE)
    question = RoomQuestion(azure(GROUP), NOON, 10)
    room = await store.load_room(tenant, question)
    assert room == LoadedRoom(4, {room_key(area): 3})
    counts = [
        (await store.load_room(tenant, replace(question, most=2))).count,
        (await store.load_room(tenant, replace(question, at=NOON + HOUR))).count,
        (await store.load_room(tenant, replace(question, scope=azure(OTHER)))).count,
    ]
    assert counts == [2, 1, 0]
