"""Opening the database that the configuration names, with its schema brought up to date."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from timebound.application.ports import Store
from timebound.server.config import ConfigError, Settings
from timebound.storage.migrating import migrate
from timebound.storage.opening import UnknownDatabaseError, open_store


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Store]:
    """The store, current and connected, until the context is left."""
    try:
        # A migration runs a loop of its own.
        await asyncio.to_thread(migrate, settings.database)
    except UnknownDatabaseError as error:
        raise ConfigError(f"--database-url: {error}") from error
    store = open_store(settings.database)
    await store.open()
    try:
        yield store
    finally:
        await store.close()
