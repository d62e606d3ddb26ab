"""The last place in a subscription, where several ask for it at once, however they ask."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.storage.racing import RandomIds, Runner, race, race_many, status_of
from tests.storage.rooms import Rooms, lasting
from tests.storage.test_azure_assignments import Cloud, cloud
from tests.storage.world import HOUR, NOON
from timebound.application.azure_assignments import Assigned, assign_azure_role
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.domain.azure_assignments import AskedAssignment
from timebound.domain.decide import Refused
from timebound.domain.grants import Terms
from timebound.domain.ids import GrantId
from timebound.domain.problems import Code
from timebound.domain.requests import Request, Status

__all__ = ["cloud"]

pytestmark = pytest.mark.inferred("of two who ask for the last place one is decided anew")

FULL = (Code.QUOTA_EXCEEDED,)
PLAIN = GrantId("c0ffee00-0000-4000-8000-00000000000f")


@pytest.fixture(params=range(3), autouse=True)
def rounds(request: pytest.FixtureRequest) -> int:
    """Each race is run several times."""
    number: int = request.param
    return number


@pytest.fixture
async def rooms(cloud: Cloud, database_url: str) -> Rooms:
    found = Rooms(cloud, database_url)
    await found.allow(1)
    return found


async def put(rooms: Rooms) -> Callable[[Engine], Awaitable[Assigned | Refused]]:
    """The owner assigns a role to somebody new, past requests."""
    slot = await rooms.new()
    asked = AskedAssignment(PLAIN, slot, Terms())
    return lambda engine: assign_azure_role(engine, rooms.cloud.token, asked, NOON)


async def test_two_activations(stores: tuple[Store, Store], rooms: Rooms) -> None:
    slots = [await rooms.eligible() for _ in range(4)]
    came_to = await race_many(stores, [rooms.activate(slot) for slot in slots])
    told = [status_of(one) for one in came_to]
    assert told.count(Status.PROVISIONED) == 1
    assert told.count(FULL) == 3
    assert await rooms.count() == 1


async def test_an_activation_and_an_assignment_by_request(
    stores: tuple[Store, Store], rooms: Rooms
) -> None:
    activating, assigning = rooms.activate(await rooms.eligible()), rooms.assign(await rooms.new())
    one, other, is_first = await race(stores, activating, assigning)
    assert [status_of(one), status_of(other)] == (
        [Status.PROVISIONED, FULL] if is_first else [FULL, Status.PROVISIONED]
    )
    assert await rooms.count() == 1


async def test_an_activation_and_an_assignment_past_requests(
    stores: tuple[Store, Store], rooms: Rooms
) -> None:
    activating = rooms.activate(await rooms.eligible())
    one, other, is_first = await race(stores, activating, await put(rooms))
    assert status_of(one) == (Status.PROVISIONED if is_first else FULL)
    assert isinstance(other, Assigned) is not is_first
    assert await rooms.count() == 1


async def test_two_approvals(stores: tuple[Store, Store], rooms: Rooms) -> None:
    await rooms.need_approval()
    asked = [await rooms.ask(rooms.activate(await rooms.eligible())) for _ in range(2)]
    one, other, is_first = await race(stores, *map(rooms.approve, asked))
    won, lost = (one, other) if is_first else (other, one)
    assert (status_of(won), status_of(lost)) == (Status.PROVISIONED, Status.FAILED)
    assert await rooms.count() == 1


async def test_what_is_to_begin_later_and_what_begins_now(
    stores: tuple[Store, Store], rooms: Rooms
) -> None:
    planned, now = [await rooms.eligible() for _ in range(2)]
    one, other, is_first = await race(
        stores, rooms.activate(planned, lasting(HOUR)), rooms.activate(now)
    )
    assert [status_of(one), status_of(other)] == (
        [Status.GRANTED, FULL] if is_first else [FULL, Status.PROVISIONED]
    )
    assert await rooms.count() == 1


async def test_where_there_is_room_nobody_is_held_up(
    stores: tuple[Store, Store], rooms: Rooms
) -> None:
    await rooms.allow(4_000)
    slots = [await rooms.eligible() for _ in range(8)]
    barrier = asyncio.Barrier(len(slots))
    runners = [Runner(stores[n % 2], barrier.wait) for n in range(len(slots))]
    came_to = await asyncio.gather(
        *(
            rooms.activate(slot)(Engine(runner, RandomIds()))
            for slot, runner in zip(slots, runners, strict=True)
        )
    )
    assert all(isinstance(one, Request) for one in came_to)
    assert [runner.applied for runner in runners] == [[True]] * len(slots)
