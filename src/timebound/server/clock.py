"""The only readers of the wall clock: a system clock that is honest, and one that can be moved."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from timebound.application.ports import Clock
from timebound.domain.times import Instant
from timebound.server.config import ConfigError

LARGEST_STEP: Final = timedelta(hours=1)
"""A larger jump of the wall clock is not believed without the operator's word."""

# A clock that goes on while the machine sleeps, where there is one: sleeping is not a jump.
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class ClockStepError(ConfigError):
    """The wall clock is further behind what has been told before than may be overlooked."""


@dataclass(frozen=True, slots=True)
class TimeSources:
    """Where a system clock gets its time: the wall, and something that only ever goes on."""

    wall: Callable[[], Instant]
    steady: Callable[[], float]


def machine_sources() -> TimeSources:
    """The clocks of this machine."""
    return TimeSources(lambda: datetime.now(UTC), lambda: time.clock_gettime(_STEADY))


class SystemClock:
    """The wall clock, never earlier than it has told, nor than the floor it began with.

    Time goes on with the steady source when the wall steps back, so that nothing is prolonged; a
    step forward is followed up to LARGEST_STEP, beyond that `is_steady` turns false and the wall is
    not believed until it agrees again.
    """

    def __init__(self, sources: TimeSources, floor: Instant | None = None) -> None:
        self._sources = sources
        self._steady_at = sources.steady()
        wall = sources.wall()
        self._at = wall if floor is None else max(wall, floor)
        self.is_steady = True

    def now(self) -> Instant:
        """The current instant."""
        steady, wall = self._sources.steady(), self._sources.wall()
        reckoned = self._at + timedelta(seconds=max(0.0, steady - self._steady_at))
        self.is_steady = wall - reckoned <= LARGEST_STEP
        self._at = max(reckoned, wall) if self.is_steady else reckoned
        self._steady_at = max(steady, self._steady_at)
        return self._at

    def catch_up(self, floor: Instant) -> bool:
        """Goes on from a later instant that another server has told.

        One more than LARGEST_STEP ahead is not believed, and answered with False.
        """
        now = self.now()
        if floor - now > LARGEST_STEP:
            return False
        self._at = max(now, floor)
        return True


def start_system_clock(
    sources: TimeSources, floor: Instant | None, *, accepts_step: bool
) -> SystemClock:
    """A clock that begins at the floor or the wall, whichever is later.

    A wall more than LARGEST_STEP behind the floor raises ClockStepError; where the operator
    accepts the step, the floor is given up and the wall is believed.
    """
    if floor is None or floor - sources.wall() <= LARGEST_STEP:
        return SystemClock(sources, floor)
    if accepts_step:
        return SystemClock(sources)
    raise ClockStepError(
        f"the system clock is more than an hour behind {floor.isoformat()}, which this database "
        "has already seen: set the clock, or start once with --accept-clock-step to go on from the "
        "system's time"
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """How far a movable clock is ahead of the clock under it, or where it stands still."""

    offset: timedelta = timedelta()
    frozen_at: Instant | None = None


class MovableClock:
    """The emulator's clock: it can be set ahead and frozen, and goes back only by reset."""

    def __init__(self, base: Clock, movement: Movement | None = None) -> None:
        self._base = base
        self.movement = movement or Movement()

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self.movement.frozen_at is not None

    def now(self) -> Instant:
        """The current instant on this clock."""
        if self.movement.frozen_at is not None:
            return self.movement.frozen_at
        return self._base.now() + self.movement.offset

    def move_to(self, at: Instant, *, is_frozen: bool | None = None) -> bool:
        """Sets the clock to a later instant; an earlier one is refused with False.

        It stands still there or goes on, as `is_frozen` says, or else as it did before.
        """
        if at < self.now():
            return False
        self._place(at, is_frozen=self.is_frozen if is_frozen is None else is_frozen)
        return True

    def advance(self, span: timedelta, *, is_frozen: bool | None = None) -> bool:
        """Sets the clock ahead by a span; a negative one is refused with False."""
        if span < timedelta():
            return False
        self._place(self.now() + span, is_frozen=self.is_frozen if is_frozen is None else is_frozen)
        return True

    def freeze(self) -> None:
        """Makes time stand still; nothing happens if it does already."""
        self._place(self.now(), is_frozen=True)

    def thaw(self) -> None:
        """Lets time go on from where it stands."""
        self._place(self.now(), is_frozen=False)

    def copy(self) -> "MovableClock":
        """A clock over the same one that shows the same, and is moved for itself."""
        return MovableClock(self._base, self.movement)

    def begin_anew(self, at: Instant | None = None, *, is_frozen: bool = False) -> "MovableClock":
        """A clock over the same one that has not been moved, or begins at any instant.

        Taking over its movement is the one way back.
        """
        begun = MovableClock(self._base)
        if at is not None or is_frozen:
            begun._place(begun.now() if at is None else at, is_frozen=is_frozen)
        return begun

    def _place(self, at: Instant, *, is_frozen: bool) -> None:
        offset = at - self._base.now()
        self.movement = Movement(offset, at if is_frozen else None)
