"""Doing due work in tests: the clocks are values, and what went wrong is remembered."""

from dataclasses import dataclass, field
from datetime import timedelta

from timebound.application.due import DueWork, do_due
from timebound.application.due_ports import Claimed, DueStore
from timebound.domain.times import Instant
from timebound.server.ids import derive_id


@dataclass(slots=True)
class Remembered:
    """The troubles that were told of."""

    troubles: list[tuple[Claimed, BaseException]] = field(default_factory=list)
    given_up: list[Claimed] = field(default_factory=list)

    def tell_trouble(self, claimed: Claimed, error: BaseException) -> None:
        """Remembers one."""
        self.troubles.append((claimed, error))

    def tell_given_up(self, claimed: Claimed, error: BaseException) -> None:
        """Remembers the last one."""
        self.troubles.append((claimed, error))
        self.given_up.append(claimed)


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved, as it may be while something is done."""

    at: Instant

    def now(self) -> Instant:
        """The instant on it."""
        return self.at

    def advance(self, span: timedelta) -> None:
        """Moves it."""
        self.at += span


async def do_all_due(store: DueStore, at: Instant, system_at: Instant | None = None) -> int:
    """Does what is due; nothing may go wrong."""
    remembered = Remembered()
    work = DueWork(store, derive_id, remembered, Clock(system_at or at))
    done = await do_due(work, at)
    assert not remembered.troubles
    return done
