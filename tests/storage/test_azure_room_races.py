"""The last place in a subscription, where several ask for it at once, however they ask."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import pytest

from tests.storage.racing import RandomIds, Runner, race, race_many, status_of
from tests.storage.rooms import PLACE, Rooms, lasting
from tests.storage.test_azure_assignments import READER, Cloud, cloud
from tests.storage.test_due_workers import Failing
from tests.storage.world import HOUR, NOON
from tests.support.due import Clock, Remembered
from timebound.application.azure_assignment_ports import LoadedRoom, RoomQuestion
from timebound.application.azure_assignments import Assigned, assign_azure_role
from timebound.application.due import DueWork, do_due
from timebound.application.due_ports import Claimed
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.domain.azure_assignments import AskedAssignment
from timebound.domain.decide import Refused
from timebound.domain.grants import Slot, Terms
from timebound.domain.ids import GrantId, TenantId
from timebound.domain.problems import Code
from timebound.domain.requests import Request, Status
from timebound.domain.times import Instant
from timebound.server.ids import derive_id

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


async def put(
    rooms: Rooms, at: Instant = NOON
) -> Callable[[Engine], Awaitable[Assigned | Refused]]:
    """The owner assigns a role to somebody new, past requests."""
    slot = await _new(rooms)
    asked = AskedAssignment(PLAIN, slot, Terms())
    return lambda engine: assign_azure_role(engine, rooms.cloud.token, asked, at)


async def _new(rooms: Rooms) -> Slot:
    return Slot(await rooms.cloud.world.user(), READER, PLACE)


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
    activating, assigning = rooms.activate(await rooms.eligible()), rooms.assign(await _new(rooms))
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


class Counting(Failing):
    """A store where something happens once after it has been counted how many are assigned."""

    def __init__(self, store: Store, deed: Callable[[], Awaitable[object]]) -> None:
        super().__init__(store)
        self._deed: Callable[[], Awaitable[object]] | None = deed

    async def load_room(self, tenant_id: TenantId, question: RoomQuestion) -> LoadedRoom:
        room = await self._store.load_room(tenant_id, question)
        if self._deed is not None:
            deed, self._deed = self._deed, None
            await deed()
        return room


async def test_a_start_and_who_was_quicker(stores: tuple[Store, Store], rooms: Rooms) -> None:
    planned = await rooms.ask(rooms.activate(await rooms.eligible(), lasting(HOUR)))
    at = NOON + HOUR
    # Asked long before, and written only now that the start is being told.
    quicker = partial(
        rooms.activate(await rooms.eligible(), lasting(span=2 * HOUR)),
        Engine(stores[1], RandomIds()),
    )
    work = DueWork(Counting(stores[0], quicker), derive_id, Remembered(), Clock(at))  # type: ignore[arg-type]  # the rest is the store's
    await do_due(work, at)
    assert (await rooms.kept(planned)).status_at(at) is Status.FAILED
    assert await rooms.count(at) == 1


class Single(Counting):
    """The same for a worker that takes up one thing at a time."""

    async def claim_due(
        self, up_to: Instant, held_until: Instant, system_at: Instant, limit: int
    ) -> Sequence[Claimed]:
        assert limit > 1
        return await self._store.claim_due(up_to, held_until, system_at, 1)


async def test_of_two_workers_who_find_one_too_many_one_lets_it_fail(
    stores: tuple[Store, Store], rooms: Rooms
) -> None:
    planned = [
        await rooms.ask(rooms.activate(await rooms.eligible(), lasting(HOUR))) for _ in range(2)
    ]
    at = NOON + HOUR
    other = DueWork(stores[1], derive_id, Remembered(), Clock(at))
    single = Single(stores[0], partial(do_due, other, at))
    work = DueWork(single, derive_id, Remembered(), Clock(at))  # type: ignore[arg-type]  # the rest is the store's
    await do_due(work, at)
    told = [(await rooms.kept(one)).status_at(at).value for one in planned]
    assert sorted(told) == ["Failed", "Provisioned"]
    assert await rooms.count(at) == 1


async def test_workers_at_once_let_as_many_begin_as_there_is_room_for(
    stores: tuple[Store, Store], rooms: Rooms
) -> None:
    await rooms.allow(2)
    planned = [
        await rooms.ask(rooms.activate(await rooms.eligible(), lasting(HOUR))) for _ in range(5)
    ]
    at = NOON + HOUR
    works = [DueWork(stores[n % 2], derive_id, Remembered(), Clock(at)) for n in range(4)]
    await asyncio.gather(*(do_due(work, at) for work in works))
    told = [(await rooms.kept(one)).status_at(at) for one in planned]
    assert (told.count(Status.PROVISIONED), told.count(Status.FAILED)) == (2, 3)
    assert await rooms.count(at) == 2


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
