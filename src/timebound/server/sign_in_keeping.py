"""Writing the sign-in log while the service runs: what was noted, once a second."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from timebound.application.sign_in_log import SignInLog

INTERVAL: Final = 1.0
"""Seconds between two batches: so much of the log is lost with a process that is killed."""
_log = structlog.get_logger()


@asynccontextmanager
async def keep_sign_ins(log: SignInLog) -> AsyncIterator[None]:
    """Writes what is noted until the context is left, and the rest then."""
    task = asyncio.create_task(_run(log))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await _flush(log)


async def _run(log: SignInLog) -> None:
    told = 0
    while True:
        await asyncio.sleep(INTERVAL)
        await _flush(log)
        if log.lost > told:
            _log.warning("sign-ins were not kept", lost=log.lost - told)
            told = log.lost


async def _flush(log: SignInLog) -> None:
    try:
        await log.flush()
    except Exception:  # noqa: BLE001 - whatever ails the database, it is asked again
        _log.exception("sign-ins could not be kept")
