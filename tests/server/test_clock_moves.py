"""The emulator's clock is moved only once that is kept: nothing is recorded ahead of a restart."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.service import Service, emulator, open_service
from timebound.domain.times import Instant
from timebound.server.clock import MovableClock
from timebound.server.emulation import Emulator, read_movement
from timebound.server.notes import MOVEMENT

LATER = datetime(2030, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.inferred("no event is later than the clock after a crash and a restart")


@dataclass
class WatchedStore:
    """Looks at the clock when its movement has been written, and may fail before."""

    within: Any
    clock: MovableClock
    seen: list[Instant]
    fails: bool = False

    async def write_meta(self, name: str, value: str) -> None:
        """Writes it."""
        if self.fails:
            raise OSError(name)
        await self.within.write_meta(name, value)
        self.seen.append(self.clock.now())


def watch(service: Service, *, fails: bool = False) -> tuple[Emulator, WatchedStore]:
    assert service.parts.steering is not None
    emulation = cast("Emulator", service.parts.steering.emulation)
    store = WatchedStore(emulation.store, emulation.clock, [], fails)
    return replace(emulation, store=cast("Any", store)), store


async def kept(service: Service) -> Instant | None:
    return read_movement(await service.parts.store.read_meta(MOVEMENT)).frozen_at


async def test_the_clock_goes_ahead_after_that_was_kept(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        emulation, store = watch(service)
        assert await emulation.move(lambda clock: clock.move_to(LATER, is_frozen=True))
        (then,) = store.seen
        assert then < LATER
        assert emulation.clock.now() == await kept(service) == LATER


async def test_a_move_that_cannot_be_kept_moves_nothing(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        emulation, _ = watch(service, fails=True)
        before = emulation.clock.movement
        with pytest.raises(OSError, match=MOVEMENT):
            await emulation.move(lambda clock: clock.move_to(LATER))
        assert emulation.clock.movement == before


async def test_a_clock_that_went_on_while_it_was_written_is_not_set_back(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        emulation, store = watch(service)
        assert await emulation.move(lambda clock: clock.advance(timedelta(), is_frozen=True))
        assert store.seen[0] <= emulation.clock.now()
        assert emulation.clock.now() == await kept(service)
