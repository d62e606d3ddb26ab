"""Whatever the clocks of the machines do, nothing due is missed, told twice, or told early."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.server.test_clock_honesty import Machine
from tests.storage.duties import Scene
from tests.storage.world import DAY, HOUR, NOON, World
from timebound.application.due import LEASE
from timebound.application.ports import Store
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.times import Instant
from timebound.server.clock import ClockStepError, start_system_clock
from timebound.server.worker import DueRunner
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

pytestmark = pytest.mark.documented(
    "issue 5: the system clock stepping back and jumping forward by months"
)
STEP = timedelta(minutes=15)
STARTED, EXPIRED = EventKind.GRANT_STARTED, EventKind.GRANT_EXPIRED


def machine_at(at: Instant) -> Machine:
    """A machine whose wall clock is right."""
    machine = Machine()
    machine.wall = at
    return machine


def start_worker(
    store: Store, machine: Machine, floor: Instant | None = None, *, accepts_step: bool = False
) -> DueRunner:
    """A worker that starts on a machine, where others have come as far as the floor."""
    clock = start_system_clock(machine.sources, floor, accepts_step=accepts_step)
    return DueRunner(store, clock, clock)


@dataclass
class Plan:
    """Grants whose starts and ends come one after the other, and what has to be told of them."""

    scene: Scene
    expected: list[tuple[str, EventKind, Instant]] = field(default_factory=list)

    async def add(self, start: timedelta, end: timedelta) -> None:
        """One grant; a start at noon or before is no start that comes."""
        grant = await self.scene.grant(end, start, GrantKind.ACTIVATED)
        if start:
            self.expected.append((grant.id, STARTED, NOON + start))
        self.expected.append((grant.id, EXPIRED, NOON + end))

    async def check(self, up_to: Instant | None = None) -> None:
        """Each is told once, in its order, and never before it was due."""
        told = await self.scene.sealed()
        due = [one for one in self.expected if up_to is None or one[2] <= up_to]
        found = [(str(e.data["grantId"]), e.kind, e.effective_at) for e in told]
        assert sorted(found, key=str) == sorted(due, key=str)
        assert [at for *_, at in found] == sorted(at for *_, at in found)
        assert all(e.recorded_at >= e.effective_at for e in told)


@pytest.fixture
async def plan(world: World, database_url: str) -> Plan:
    """Starts and ends all over twelve hours."""
    made = Plan(Scene(world, database_url))
    for number in range(24):
        start = number % 3 * timedelta(minutes=20)
        await made.add(start, HOUR + number * timedelta(minutes=28))
    return made


@pytest.fixture
async def alone(empty_url: str) -> AsyncIterator[Scene]:
    """A tenant in a database of its own: what is counted is due in no other."""
    await asyncio.to_thread(migrate, empty_url)
    store = open_store(empty_url)
    await store.open()
    yield Scene(await World(store).begin(), empty_url)
    await store.close()


@dataclass
class Stepping:
    """A clock that shows one instant after the other, and then the last."""

    instants: list[Instant]

    def now(self) -> Instant:
        return self.instants.pop(0) if len(self.instants) > 1 else self.instants[0]


@pytest.mark.inferred(
    "who goes back to the seed has set the clock back, and waits for nothing ahead"
)
async def test_what_a_reset_clock_has_before_it_is_not_waited_for(alone: Scene) -> None:
    scene, world = alone, alone.world
    await scene.grant(HOUR)
    later = NOON + HOUR
    await world.store.claim_due(later, later + LEASE, later, 1000)
    system = Stepping([later + n * LEASE / 8 for n in range(8)])
    runner = DueRunner(world.store, Stepping([later, later, NOON]), system, patience=LEASE / 2)
    assert await runner.settle() == 0
    assert await scene.told() == []


@pytest.mark.parametrize("steps", [{5: -7 * HOUR}, {5: -HOUR, 20: -3 * HOUR, 21: 2 * HOUR}])
async def test_a_clock_that_steps_back_makes_nobody_late(
    plan: Plan, steps: dict[int, timedelta]
) -> None:
    machine = machine_at(NOON)
    worker = start_worker(plan.scene.world.store, machine)
    for number in range(52):
        machine.wall += steps.get(number, timedelta())
        machine.pass_time(STEP)
        await worker.catch_up()
        await plan.check(NOON + (number + 1) * STEP)
    await plan.check()


async def test_after_a_step_back_that_was_accepted_nothing_is_told_again(plan: Plan) -> None:
    store, machine = plan.scene.world.store, machine_at(NOON + 6 * HOUR)
    before = start_worker(store, machine)
    await before.catch_up()
    await plan.check(NOON + 6 * HOUR)
    # It dies with something in its hands, while its clock is right.
    at = before.clock.now()
    machine.pass_time(HOUR)
    await store.claim_due(at + HOUR, machine.wall + LEASE, machine.wall, 1000)
    floor = machine.wall
    machine.wall -= 5 * HOUR
    with pytest.raises(ClockStepError):
        start_worker(store, machine, floor)
    after = start_worker(store, machine, floor, accepts_step=True)
    await after.catch_up()
    await plan.check(NOON + 6 * HOUR)
    await plan.add(3 * HOUR, 4 * HOUR)
    for _ in range(52):
        machine.pass_time(STEP)
        await after.catch_up()
    told = await plan.scene.told()
    assert len(told) == len(plan.expected)
    assert {(e.data["grantId"], e.kind, e.effective_at) for e in told} == set(plan.expected)
    assert all(e.recorded_at >= e.effective_at for e in told)


async def test_a_jump_of_months_is_not_believed_and_brings_nothing_forward(plan: Plan) -> None:
    store, machine = plan.scene.world.store, machine_at(NOON)
    worker = start_worker(store, machine)
    await worker.catch_up()
    machine.wall += 120 * DAY
    for number in range(1, 9):
        machine.pass_time(STEP)
        await worker.catch_up()
        await plan.check(NOON + number * STEP)
    # Whoever starts with such a clock has nothing to doubt it by.
    restarted = start_worker(store, machine, NOON + 8 * STEP)
    await restarted.catch_up()
    await plan.check()


async def test_of_two_one_of_which_is_months_ahead_each_thing_is_told_once(
    plan: Plan, stores: tuple[Store, Store]
) -> None:
    right, ahead = machine_at(NOON + 6 * HOUR), machine_at(NOON + 120 * DAY)
    workers = [start_worker(*pair) for pair in zip(stores, (right, ahead), strict=True)]
    await asyncio.gather(*(worker.catch_up() for worker in (*workers, *workers)))
    told = await plan.scene.told()
    assert len(told) == len(plan.expected)
    assert {(e.data["grantId"], e.kind, e.effective_at) for e in told} == set(plan.expected)


async def test_who_was_months_ahead_and_died_keeps_nobody_waiting(plan: Plan) -> None:
    store, machine = plan.scene.world.store, machine_at(NOON + 13 * HOUR)
    far = NOON + 120 * DAY
    await store.claim_due(far, far + LEASE, far, 1000)
    await start_worker(store, machine).catch_up()
    await plan.check()


async def test_after_months_in_which_nobody_worked_all_is_told_once(plan: Plan) -> None:
    store, machine = plan.scene.world.store, machine_at(NOON)
    worker = start_worker(store, machine)
    # A machine that sleeps knows how long it slept.
    machine.pass_time(120 * DAY)
    await worker.catch_up()
    await worker.catch_up()
    await plan.check()
