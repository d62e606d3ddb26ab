"""The notes that an installation keeps about itself, and who writes them down."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import structlog

from timebound.application.upkeep_ports import UpkeepStore
from timebound.domain.times import Instant
from timebound.server.clock import SystemClock
from timebound.server.config import ConfigError, Profile
from timebound.server.ids import BLOCK, SeededIds

PROFILE: Final = "profile"
FLOOR: Final = "clock.floor"
MOVEMENT: Final = "clock.movement"
COUNTER: Final = "ids.counter"

_INTERVAL: Final = 1.0
"""Seconds between two notes of the clock's floor: as far as a crash can set it back."""
_log = structlog.get_logger()


async def stamp_profile(store: UpkeepStore, profile: Profile) -> None:
    """Marks a new database as the profile's own; ConfigError if it is another one's."""
    stamped = await store.read_meta(PROFILE)
    if stamped is None:
        await store.write_meta(PROFILE, profile.value)
    elif stamped != profile.value:
        raise ConfigError(
            f"this database was made for the profile `{stamped}` and cannot be served as "
            f"`{profile.value}`: name another --data or --database-url"
        )


async def read_floor(store: UpkeepStore) -> Instant | None:
    """The latest instant that this installation is known to have told."""
    text = await store.read_meta(FLOOR)
    return None if text is None else datetime.fromisoformat(text)


async def give_up_floor(store: UpkeepStore, at: Instant) -> None:
    """Sets the floor to an instant, be it earlier: only the operator's consent leads to that."""
    await store.write_meta(FLOOR, _write_floor(at))


def _write_floor(at: Instant) -> str:
    # All of one width, so that the later one is the greater one, letter by letter.
    return at.astimezone(UTC).isoformat(timespec="microseconds")


async def open_ids(store: UpkeepStore, seed_name: str) -> SeededIds:
    """The emulator's ids, going on after those given before."""
    counter = int(await store.read_meta(COUNTER) or 0)
    await store.write_meta(COUNTER, str(counter + BLOCK))
    return SeededIds(seed_name, counter)


class NoteKeeper:
    """Writes down, again and again, how far time and ids have come."""

    def __init__(self, store: UpkeepStore, clock: SystemClock, ids: SeededIds | None) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._is_agreed = True

    async def run(self) -> None:
        """Goes on until it is cancelled; a database that does not answer is asked again."""
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                await self.keep()
            except Exception:  # noqa: BLE001 - whatever ails the database, it is asked again
                _log.exception("the clock's floor could not be noted")

    async def keep(self) -> None:
        """Notes the floor of the clock, and sets the next ids aside before they are needed.

        Where another server has noted a later floor, that one stays and the clock goes on from it.
        """
        await self._note_floor()
        if self._ids is not None:
            await self._store.write_meta(COUNTER, str(self._ids.counter + BLOCK))

    async def finish(self) -> None:
        """Notes where everything stands, so that a restart goes on exactly there."""
        await self._note_floor()
        if self._ids is not None:
            await self._store.write_meta(COUNTER, str(self._ids.counter))

    async def _note_floor(self) -> None:
        kept = await self._store.raise_meta(FLOOR, _write_floor(self._clock.now()))
        is_agreed = self._clock.catch_up(datetime.fromisoformat(kept))
        if self._is_agreed and not is_agreed:
            _log.error("another server's clock is more than an hour ahead", floor=kept)
        self._is_agreed = is_agreed
