"""The worker: does what falls due and seals what was committed, on one node or on several."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from timebound.application.due import LEASE, DueWork, do_due
from timebound.application.due_ports import Claimed, DueStore
from timebound.application.ports import Clock
from timebound.application.sealing import Sealer
from timebound.server.damages import DamageTeller, seal_or_tell
from timebound.server.ids import derive_id

PATIENCE: Final = LEASE + timedelta(seconds=5)
"""How long it is waited for what somebody else holds: if they have died, it is free by then."""
_LOOK: Final = 0.1
"""Seconds between two looks for what is held or pauses."""
_TURN: Final = 1.0
"""Seconds that pass at most until the store is asked again."""
_log = structlog.get_logger()


class _Troubles:
    """Tells operators in the log."""

    def tell_trouble(self, claimed: Claimed, error: BaseException) -> None:
        """Tells of one failure."""
        _log.warning("something due could not be done", **_describe(claimed, error))

    def tell_given_up(self, claimed: Claimed, error: BaseException) -> None:
        """Tells of the last failure."""
        told = "something due is given up; `timebound outbox resend --due` takes it up again"
        _log.error(told, **_describe(claimed, error))


def _describe(claimed: Claimed, error: BaseException) -> dict[str, object]:
    due = claimed.due
    return {
        "kind": due.kind.value,
        "subject": due.subject_id,
        "tenant": claimed.tenant_id,
        "due_at": due.at.isoformat(),
        "attempts": claimed.attempts + 1,
        "error": f"{type(error).__name__}: {error}",
    }


@dataclass(frozen=True, slots=True)
class DueRunner:
    """Does what is due by the clock; within a process one call at a time.

    `clock` tells what is due, `system` how long others leave it alone.
    """

    store: DueStore
    clock: Clock
    system: Clock
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    patience: timedelta = PATIENCE

    async def catch_up(self) -> int:
        """Does everything that is due by now; answers how many things that were."""
        async with self.lock:
            work = DueWork(self.store, derive_id, _Troubles(), self.system)
            return await do_due(work, self.clock.now())

    async def settle(self) -> int:
        """Does everything that is due by now, and waits for what is held or pauses.

        Answers how much is neither done nor given up once patience is over.
        """
        until = self.system.now() + self.patience
        while True:
            # Asked for each time: whoever goes back to the seed meanwhile sets the clock back.
            at = self.clock.now()
            await self.catch_up()
            left = await self.store.count_due(at)
            if not left or self.system.now() >= until:
                return left
            await asyncio.sleep(_LOOK)

    async def pause(self) -> float:
        """Seconds until something falls due that can be done, at most a turn."""
        next_due = await self.store.next_due(self.system.now())
        if next_due is None:
            return _TURN
        return min(_TURN, max(0.0, (next_due - self.clock.now()).total_seconds()))


@asynccontextmanager
async def working(runner: DueRunner, sealer: Sealer, clock: Clock) -> AsyncIterator[None]:
    """Works beside whatever else is done, until the context is left."""

    async def do_what_is_due() -> float:
        await runner.catch_up()
        return await runner.pause()

    teller = DamageTeller(runner.system)

    async def seal() -> float:
        await seal_or_tell(sealer, teller, clock.now())
        return _TURN

    async with AsyncExitStack() as held:
        await held.enter_async_context(_repeating(do_what_is_due, "what is due"))
        await held.enter_async_context(_repeating(seal, "sealing"))
        yield


@asynccontextmanager
async def _repeating(turn: Callable[[], Awaitable[float]], name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(_repeat(turn, name))
    try:
        yield
    finally:
        # Between two waits for the database it may stop anywhere: what counts is committed.
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(turn: Callable[[], Awaitable[float]], name: str) -> None:
    """Goes on until it is cancelled; a database that does not answer is asked again."""
    while True:
        pause = _TURN
        try:
            pause = await turn()
        except Exception:  # noqa: BLE001 - whatever ails the database, it is asked again
            _log.exception("the worker was held up", by=name)
        await asyncio.sleep(pause)
