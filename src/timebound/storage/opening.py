"""From the address of a database to the store behind it."""

from pathlib import Path
from typing import Final

from timebound.storage.postgres import PostgresStore
from timebound.storage.sqlite import SqliteStore

_SQLITE: Final = "sqlite:///"
_POSTGRES: Final = ("postgresql://", "postgres://")


class UnknownDatabaseError(ValueError):
    """The address is of no database that there is a store for."""


def sqlite_path(database_url: str) -> Path | None:
    """The file of a SQLite address (three slashes and a path); none for another database."""
    if not database_url.startswith(_SQLITE):
        return None
    path = database_url.removeprefix(_SQLITE)
    if not path or path == ":memory:":
        raise UnknownDatabaseError("a SQLite address names a file: sqlite:///path/to/file")
    return Path(path)


def check_url(database_url: str) -> None:
    """Refuses an address that no store answers; the address itself is not told, it has secrets."""
    if sqlite_path(database_url) is None and not database_url.startswith(_POSTGRES):
        raise UnknownDatabaseError("a database address begins with sqlite:/// or postgresql://")


def open_store(database_url: str) -> SqliteStore | PostgresStore:
    """The store at the address, not connected yet; `open` connects it."""
    check_url(database_url)
    path = sqlite_path(database_url)
    return PostgresStore(database_url) if path is None else SqliteStore(path)
