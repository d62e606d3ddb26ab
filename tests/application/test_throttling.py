"""Who asks too much is told how long to wait, and nobody else is."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.support.builders import NOON, make_caller
from timebound.application.ports import Clock, ReadingStore
from timebound.application.throttling import MOST_COUNTED, Cost, Throttle, Throttled, Toll
from timebound.domain.authority import Token
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.settings import TenantSettings, Throttling
from timebound.domain.times import Instant

SECOND = timedelta(seconds=1)
LIMITED = TenantSettings(throttling=Throttling.ON, throttled_units=10, throttled_writes=3)
READ, WRITE = Cost(1, 0), Cost(1, 1)
TOKEN = make_caller().token


@dataclass
class Hand:
    """A clock that is where it is put."""

    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


@dataclass
class Shelf:
    """The settings of tenants, and how often they were asked for."""

    settings: TenantSettings = LIMITED
    asked: list[TenantId] = field(default_factory=list)

    async def load_settings(self, tenant_id: TenantId) -> TenantSettings:
        self.asked.append(tenant_id)
        return self.settings


@dataclass
class Gate:
    """A throttle with its clock and its settings."""

    clock: Hand = field(default_factory=Hand)
    shelf: Shelf = field(default_factory=Shelf)
    throttle: Throttle = field(init=False)

    def __post_init__(self) -> None:
        clock: Clock = self.clock
        store: ReadingStore = self.shelf  # type: ignore[assignment]  # it is asked for settings only
        self.throttle = Throttle(store, clock)

    async def pass_through(
        self, cost: Cost = READ, token: Token = TOKEN
    ) -> Toll | Throttled | None:
        return await self.throttle.admit(token, lambda: cost)

    async def use_up(self, cost: Cost = READ, times: int = 10) -> None:
        for _ in range(times):
            assert isinstance(await self.pass_through(cost), Toll)


@pytest.mark.documented("issue: strict by default; throttling is a setting, default off")
async def test_nothing_is_counted_where_it_is_off() -> None:
    gate = Gate(shelf=Shelf(TenantSettings(throttled_units=1)))
    assert [await gate.pass_through() for _ in range(5)] == [None] * 5
    assert len(gate.shelf.asked) == 1


@pytest.mark.documented("Graph throttling-limits: token bucket, 429 beyond the limit")
async def test_beyond_the_limit_one_waits_until_there_is_enough_again() -> None:
    gate = Gate()
    await gate.use_up()
    assert await gate.pass_through() == Throttled(1, is_for_writes=False)
    assert await gate.pass_through(Cost(5, 0)) == Throttled(5, is_for_writes=False)
    gate.clock.at += 5 * SECOND - timedelta(milliseconds=1)
    assert await gate.pass_through(Cost(5, 0)) == Throttled(1, is_for_writes=False)
    gate.clock.at += timedelta(milliseconds=1)
    assert isinstance(await gate.pass_through(Cost(5, 0)), Toll)
    assert await gate.pass_through() == Throttled(1, is_for_writes=False)


@pytest.mark.documented("Graph throttling-limits: 3,000 writes in 150 s beside the resource units")
async def test_writes_have_a_limit_of_their_own() -> None:
    gate = Gate()
    await gate.use_up(WRITE, 3)
    assert await gate.pass_through(WRITE) == Throttled(50, is_for_writes=True)
    assert isinstance(await gate.pass_through(READ), Toll)
    gate.clock.at += 50 * SECOND
    assert isinstance(await gate.pass_through(WRITE), Toll)


@pytest.mark.documented("Graph throttling-limits: the limit of the pair of application and tenant")
async def test_others_are_not_held_up() -> None:
    gate = Gate()
    await gate.use_up()
    other = replace(TOKEN, application_id=ApplicationId("another"))
    elsewhere = replace(TOKEN, tenant_id=TenantId("elsewhere"))
    assert isinstance(await gate.pass_through(token=other), Toll)
    assert isinstance(await gate.pass_through(token=elsewhere), Toll)
    assert isinstance(await gate.pass_through(), Throttled)


@pytest.mark.documented("Graph throttling-limits: x-ms-throttle-limit-percentage")
async def test_the_share_that_is_used_is_told() -> None:
    gate = Gate()
    costs = (Cost(4, 1), Cost(2, 1), Cost(4, 0))
    tolls = [await gate.pass_through(cost) for cost in costs]
    shares = [(toll.units, round(toll.used, 9)) for toll in tolls if isinstance(toll, Toll)]
    assert shares == [(4, 0.4), (2, round(2 / 3, 9)), (4, 1.0)]


@pytest.mark.inferred("what can never be had at once would never be had")
async def test_a_call_that_costs_more_than_all_takes_all() -> None:
    gate = Gate()
    assert await gate.pass_through(Cost(99, 0)) == Toll(99, 1.0)
    assert await gate.pass_through(Cost(99, 0)) == Throttled(10, is_for_writes=False)


@pytest.mark.inferred("a refused write does not use up what reads may use")
async def test_a_refusal_costs_nothing() -> None:
    gate = Gate(shelf=Shelf(replace(LIMITED, throttled_writes=1)))
    await gate.use_up(WRITE, 1)
    for _ in range(20):
        assert isinstance(await gate.pass_through(WRITE), Throttled)
    await gate.use_up(READ, 9)


@pytest.mark.inferred("a clock that steps back brings nothing, and takes nothing")
async def test_a_clock_that_steps_back_changes_nothing() -> None:
    gate = Gate()
    await gate.use_up()
    gate.clock.at -= timedelta(hours=1)
    assert isinstance(await gate.pass_through(), Throttled)
    gate.clock.at += SECOND
    assert isinstance(await gate.pass_through(), Toll)


@pytest.mark.inferred("settings change while a server runs; memory is bounded")
async def test_settings_are_read_again_and_counts_are_bounded() -> None:
    gate = Gate()
    await gate.use_up()
    gate.shelf.settings = TenantSettings()
    gate.clock.at += 10 * SECOND
    assert await gate.pass_through() is None
    gate.shelf.settings = LIMITED
    gate.clock.at += 10 * SECOND
    for number in range(MOST_COUNTED):
        token = replace(TOKEN, application_id=ApplicationId(f"application {number}"))
        assert isinstance(await gate.pass_through(token=token), Toll)
    assert len(gate.shelf.asked) == 3
