"""Doing due work in tests: the clocks are values, and what went wrong is remembered."""

from dataclasses import dataclass, field

from timebound.application.due import DueWork, do_due
from timebound.application.due_ports import Claimed, DueStore
from timebound.domain.times import Instant
from timebound.server.ids import derive_id


@dataclass(slots=True)
class Remembered:
    """The troubles that were told of."""

    troubles: list[tuple[Claimed, BaseException]] = field(default_factory=list)

    def tell_trouble(self, claimed: Claimed, error: BaseException) -> None:
        """Remembers one."""
        self.troubles.append((claimed, error))


async def do_all_due(store: DueStore, at: Instant, system_at: Instant | None = None) -> int:
    """Does what is due; nothing may go wrong."""
    remembered = Remembered()
    done = await do_due(DueWork(store, derive_id, remembered), at, system_at or at)
    assert not remembered.troubles
    return done
