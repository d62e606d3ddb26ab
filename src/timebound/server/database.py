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
from timebound.storage.migrations import UnknownRevisionError
from timebound.storage.opening import UnknownDatabaseError, open_store

_UNREACHABLE: Final = (OSError, sqlite3.DatabaseError, asyncpg.PostgresError)


def bring_up_to_date(settings: Settings) -> None:
    """Migrates the schema; ConfigError where that cannot be done."""
    with tell_plainly(settings):
        if settings.database_url is None:
            make_data_folder(settings.data)
        migrate(settings.database)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Store]:
    """The store, current and connected, until the context is left."""
    # A migration runs a loop of its own.
    await asyncio.to_thread(bring_up_to_date, settings)
    with tell_plainly(settings):
        store = open_store(settings.database)
        await store.open()
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def tell_plainly(settings: Settings) -> Iterator[None]:
    """Tells the operator which option is at fault; the address is left out, it has secrets."""
    option = "--database-url" if settings.database_url else f"--data {settings.data}"
    try:
        yield
    except UnknownDatabaseError as error:
        raise ConfigError(f"--database-url: {error}") from error
    except UnknownRevisionError as error:
        raise ConfigError(
            f"{option}: the database was made by a later version of Timebound (its revision {error}"
            " is not known to this one): install that version or a newer one, or name another "
            "database"
        ) from error
    except _UNREACHABLE as error:
        raise ConfigError(f"{option}: the database does not answer: {error}") from error
