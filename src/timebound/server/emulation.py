"""What only an emulator may do: move its clock, and go back to its seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from timebound.application.log_memory import SealedTrees
from timebound.application.ports import Store
from timebound.application.upkeep_ports import UpkeepStore
from timebound.domain.times import Instant
from timebound.server.clock import MovableClock, Movement, SystemClock
from timebound.server.evaluating import EvaluationRunner
from timebound.server.ids import BLOCK, SeededIds
from timebound.server.notes import COUNTER, MOVEMENT
from timebound.server.planting import Planter
from timebound.server.worker import DueRunner


@dataclass(frozen=True, slots=True)
class Emulator:
    """The emulator's hand on its own clock, ids and tenant."""

    store: Store
    clock: MovableClock
    ids: SeededIds
    planter: Planter
    runner: DueRunner
    sealed: SealedTrees
    evaluations: EvaluationRunner

    async def move(self, change: Callable[[MovableClock], bool]) -> bool:
        """Moves the clock once that is kept over a restart; False where the change refuses."""
        async with self.runner.lock:
            ahead = self.clock.copy()
            if not change(ahead):
                return False
            # Kept first: nothing is recorded at an instant that a restart would not come back to.
            await self._keep(ahead)
            if ahead.now() >= self.clock.now():
                self.clock.movement = ahead.movement
            else:
                # Time went on while it was written, and stands still where it has come to.
                self.clock.freeze()
                await self._keep(self.clock)
        return True

    async def _keep(self, clock: MovableClock) -> None:
        await self.store.write_meta(MOVEMENT, write_movement(clock.movement))

    async def do_due(self) -> int:
        """Does everything that is due by the clock, in its order; answers how much is left.

        What waits for extensions is asked afterwards, as far as it has not waited for too long.
        """
        return await self.runner.settle() + await self.evaluations.settle()

    async def reset(self, at: Instant | None, *, is_frozen: bool) -> None:
        """Makes tenant, clock and ids what they were when seeded; or, where it fails, nothing."""
        clock, ids = self.clock.begin_anew(at, is_frozen=is_frozen), self.ids.begin_anew()
        change = replace(self.planter, ids=ids).plan(clock.now())
        named = {MOVEMENT: write_movement(clock.movement), COUNTER: str(ids.counter + BLOCK)}
        # Not while something due is done: what it is about would be gone.
        async with self.runner.lock:
            await self.store.start_over(change, named)
            # Only now that it is durable: whatever fails before leaves everything as it was.
            self.sealed.forget()
            self.clock.movement, self.ids.counter = clock.movement, ids.counter


class _Kept(msgspec.Struct, frozen=True):
    """The movement of the clock as it is kept."""

    offset_us: int
    frozen_at: datetime | None = None


def write_movement(movement: Movement) -> str:
    """A movement as it is kept."""
    offset = movement.offset // timedelta(microseconds=1)
    return msgspec.json.encode(_Kept(offset, movement.frozen_at)).decode()


def read_movement(text: str | None) -> Movement:
    """A movement as it was kept; none if nothing was."""
    if text is None:
        return Movement()
    kept = msgspec.json.decode(text, type=_Kept)
    return Movement(timedelta(microseconds=kept.offset_us), kept.frozen_at)


async def open_movable_clock(store: UpkeepStore, system: SystemClock) -> MovableClock:
    """The emulator's clock, moved as it was when the emulator stopped."""
    return MovableClock(system, read_movement(await store.read_meta(MOVEMENT)))
