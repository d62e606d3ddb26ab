"""Removing now and then the content of events that is older than a tenant keeps it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from timebound.application.ports import Clock, Store
from timebound.application.retention import forget_all
from timebound.domain.ids import TenantId
from timebound.server.ids import derive_id

_INTERVAL: Final = 3600.0
"""Seconds between two looks for what is too old."""
_log = structlog.get_logger()


@asynccontextmanager
async def forgetting(store: Store, clock: Clock) -> AsyncIterator[None]:
    """Looks after retention beside whatever else is done, until the context is left."""
    task = asyncio.create_task(_keep_forgetting(store, clock))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_forgetting(store: Store, clock: Clock) -> None:
    while True:
        try:
            forgotten = await forget_all(store, derive_id, _tell_fault, clock.now())
            if forgotten:
                _log.info("the content of old events was removed", events=forgotten)
        except Exception:  # noqa: BLE001 - whatever ails the database, it is asked again
            _log.exception("retention was held up")
        await asyncio.sleep(_INTERVAL)


def _tell_fault(tenant_id: TenantId, fault: Exception) -> None:
    _log.error("retention was held up", tenant=tenant_id, exc_info=fault)
