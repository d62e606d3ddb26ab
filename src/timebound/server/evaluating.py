"""Asking custom extensions beside whatever else is done, on one node or on several."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from timebound.application.evaluating import HOLD, Evaluations
from timebound.application.extension_ports import ClaimedEvaluation

MOST_AT_ONCE: Final = 16
"""So many extensions one process asks at once: one that is slow holds up none of the others."""
_PATIENCE: Final = HOLD + timedelta(seconds=5)
"""How long it is waited for what somebody else asks: if they have died, it is free by then."""
_LOOK: Final = 0.1
_TURN: Final = 1.0
"""Seconds that pass at most until the store is asked again."""
_log = structlog.get_logger()


class EvaluationLog:
    """Tells operators in the log."""

    def tell_unanswered(self, claimed: ClaimedEvaluation, why: str) -> None:
        """An extension gave no valid answer."""
        _log.warning("a custom extension gave no valid answer", why=why, **_describe(claimed))

    def tell_fault(self, claimed: ClaimedEvaluation, error: BaseException) -> None:
        """What was asked could not be noted."""
        told = "an evaluation could not be noted; it is made again"
        _log.error(told, exc_info=error, **_describe(claimed))


def _describe(claimed: ClaimedEvaluation) -> dict[str, object]:
    return {
        "request": claimed.request_id,
        "tenant": claimed.tenant_id,
        "attempts": claimed.attempts + 1,
    }


@dataclass(frozen=True, slots=True)
class EvaluationRunner:
    """Asks extensions, and waits for what they say."""

    evaluations: Evaluations
    patience: timedelta = _PATIENCE

    async def settle(self) -> int:
        """Asks about everything that waits; answers how much still does once patience is over."""
        until = self.evaluations.system.now() + self.patience
        while True:
            await self.evaluations.catch_up(MOST_AT_ONCE)
            left = await self.evaluations.store.count_evaluations()
            if not left or self.evaluations.system.now() >= until:
                return left
            await asyncio.sleep(_LOOK)

    async def run(self) -> None:
        """Goes on until it is cancelled; whoever is asked then is asked again by another."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                running |= {asyncio.create_task(one) for one in await self._begin(len(running))}
                if not running:
                    await asyncio.sleep(_TURN)
                    continue
                _, running = await asyncio.wait(
                    running, timeout=_TURN, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _begin(self, count: int) -> list[Coroutine[None, None, None]]:
        if count >= MOST_AT_ONCE:
            return []
        try:
            claimed = await self.evaluations.claim(MOST_AT_ONCE - count)
        except Exception:  # noqa: BLE001 - whatever ails the database, it is asked again
            _log.exception("evaluations were held up")
            return []
        return [self.evaluations.evaluate(one) for one in claimed]


@asynccontextmanager
async def evaluating(runner: EvaluationRunner) -> AsyncIterator[None]:
    """Asks extensions until the context is left."""
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
