"""Telling operators that a log is damaged: at once, then at growing pauses while it stays so."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from timebound.application.log_ports import DamagedLogError
from timebound.application.ports import Clock
from timebound.application.sealing import Sealer, seal_all
from timebound.domain.times import Instant

_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(days=1)
_log = structlog.get_logger()


@dataclass(slots=True)
class DamageTeller:
    """Remembers what was told of a state, so that it does not fill the service's own log."""

    clock: Clock
    _told: str | None = None
    _pause: timedelta = _FIRST_PAUSE
    _next_at: Instant | None = None

    def tell(self, damage: str | None) -> None:
        """Tells of a damage that is new or was told long ago, and of one that is over."""
        if damage is None:
            if self._told is not None:
                _log.info("the log can be sealed again")
            self._told, self._next_at = None, None
            return
        now = self.clock.now()
        is_new = damage != self._told
        if not is_new and self._next_at is not None and now < self._next_at:
            return
        _log.error("the log is damaged; `timebound audit verify` tells more", damage=damage)
        self._pause = _FIRST_PAUSE if is_new else min(self._pause * 2, _LONGEST_PAUSE)
        self._told, self._next_at = damage, now + self._pause


async def seal_or_tell(sealer: Sealer, teller: DamageTeller, at: Instant) -> None:
    """Seals what has been committed of every tenant; a log that is damaged is told of."""
    try:
        await seal_all(sealer, at)
    except DamagedLogError as damage:
        teller.tell(str(damage))
    else:
        teller.tell(None)
