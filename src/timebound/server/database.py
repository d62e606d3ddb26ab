"""Opening the database that the configuration names, with its schema brought up to date."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import asyncpg

from timebound.application.ports import Store
from timebound.server.config import ConfigError, Settings
from timebound.server.files import make_data_folder
from timebound.storage.migrating import migrate
from timebound.storage.opening import UnknownDatabaseError, open_store

_UNREACHABLE: Final = (OSError, sqlite3.OperationalError, asyncpg.PostgresError)


def bring_up_to_date(settings: Settings) -> None:
    """Migrates the schema; ConfigError where the database cannot be reached."""
    if settings.database_url is None:
        make_data_folder(settings.data)
    with _told_plainly():
        migrate(settings.database)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Store]:
    """The store, current and connected, until the context is left."""
    # A migration runs a loop of its own.
    await asyncio.to_thread(bring_up_to_date, settings)
    with _told_plainly():
        store = open_store(settings.database)
        await store.open()
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Tells the operator which option is at fault; the address is left out, it has secrets."""
    try:
        yield
    except UnknownDatabaseError as error:
        raise ConfigError(f"--database-url: {error}") from error
    except _UNREACHABLE as error:
        raise ConfigError(f"--database-url: the database does not answer: {error}") from error
