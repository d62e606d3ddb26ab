"""The clock never re-opens what has ended (promise 10): steps and jumps of given sources."""

from datetime import UTC, datetime, timedelta

import pytest

from timebound.server.clock import (
    ClockStepError,
    MovableClock,
    SystemClock,
    TimeSources,
    start_system_clock,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Machine:
    """The clocks of a machine, set by the test."""

    def __init__(self) -> None:
        self.wall = NOON
        self.steady = 100.0

    @property
    def sources(self) -> TimeSources:
        return TimeSources(lambda: self.wall, lambda: self.steady)

    def pass_time(self, span: timedelta) -> None:
        self.wall += span
        self.steady += span.total_seconds()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.documented("DESIGN, promise 10: a step back never re-opens what has ended")
def test_a_step_back_while_running_does_not_turn_the_clock_back(machine: Machine) -> None:
    clock = SystemClock(machine.sources)
    machine.pass_time(10 * MINUTE)
    told = clock.now()
    machine.wall -= 2 * HOUR
    machine.steady += 60

    assert clock.now() == told + MINUTE


@pytest.mark.documented("DESIGN, promise 10: now is the later of the clock and a kept floor")
def test_a_floor_ahead_is_where_time_goes_on(machine: Machine) -> None:
    floor = NOON + 30 * MINUTE

    assert start_system_clock(machine.sources, floor, accepts_step=False).now() == floor


@pytest.mark.documented("DESIGN, promise 10: more than an hour needs the operator's consent")
def test_a_floor_far_ahead_needs_consent(machine: Machine) -> None:
    floor = NOON + HOUR + MINUTE

    with pytest.raises(ClockStepError, match="--accept-clock-step"):
        start_system_clock(machine.sources, floor, accepts_step=False)
    assert start_system_clock(machine.sources, floor, accepts_step=True).now() == NOON


@pytest.mark.documented("DESIGN, promise 10: a jump of more than an hour is not followed")
def test_a_jump_ahead_is_not_followed_until_the_wall_agrees_again(machine: Machine) -> None:
    clock = SystemClock(machine.sources)
    machine.wall += 5 * HOUR
    machine.steady += 60

    assert (clock.now(), clock.is_steady) == (NOON + MINUTE, False)

    machine.wall = NOON + 2 * MINUTE
    machine.steady += 60
    assert (clock.now(), clock.is_steady) == (NOON + 2 * MINUTE, True)


@pytest.mark.inferred("a small step ahead is a correction, and followed")
def test_a_small_step_ahead_is_followed(machine: Machine) -> None:
    clock = SystemClock(machine.sources)
    machine.wall += 59 * MINUTE

    assert (clock.now(), clock.is_steady) == (NOON + 59 * MINUTE, True)


@pytest.mark.documented("DESIGN, promise 10: now is the later of the clock and a kept floor")
def test_a_later_floor_is_caught_up_with(machine: Machine) -> None:
    clock = SystemClock(machine.sources)

    assert clock.catch_up(NOON + 20 * MINUTE)
    assert clock.now() == NOON + 20 * MINUTE
    machine.pass_time(MINUTE)
    assert clock.now() == NOON + 21 * MINUTE
    assert clock.catch_up(NOON)
    assert clock.now() == NOON + 21 * MINUTE


@pytest.mark.documented("DESIGN, promise 10: more than an hour needs the operator's consent")
def test_a_floor_far_ahead_is_not_caught_up_with(machine: Machine) -> None:
    clock = SystemClock(machine.sources)

    assert not clock.catch_up(NOON + HOUR + MINUTE)
    assert clock.now() == NOON


@pytest.mark.documented("issue: the movable clock goes back only by reset")
def test_the_movable_clock_goes_ahead_only(machine: Machine) -> None:
    clock = MovableClock(SystemClock(machine.sources))

    assert clock.move_to(NOON + 8 * HOUR)
    assert not clock.move_to(NOON + 7 * HOUR)
    assert clock.now() == NOON + 8 * HOUR
    machine.pass_time(MINUTE)
    assert clock.now() == NOON + 8 * HOUR + MINUTE
    assert clock.begin_anew().now() == NOON + MINUTE
    assert clock.begin_anew(NOON - HOUR).now() == NOON - HOUR
    assert clock.now() == NOON + 8 * HOUR + MINUTE


@pytest.mark.documented("issue: the clock can be frozen")
def test_a_frozen_clock_stands_still_until_it_is_thawed(machine: Machine) -> None:
    clock = MovableClock(SystemClock(machine.sources))
    clock.freeze()
    machine.pass_time(HOUR)

    assert (clock.now(), clock.is_frozen) == (NOON, True)
    clock.thaw()
    machine.pass_time(MINUTE)
    assert clock.now() == NOON + MINUTE
