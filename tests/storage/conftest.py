"""One suite for both stores, with a tenant of its own for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.storage.offices import Office, open_office
from tests.storage.world import World
from tests.support.stores import KINDS, database_url, store
from timebound.application.ports import Store
from timebound.storage.opening import open_store

__all__ = ["database_url", "described_url", "empty_url", "store", "stores", "world"]


@pytest.fixture
async def stores(store: Store, database_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores over one database, as two servers have them."""
    other = open_store(database_url)
    await other.open()
    yield store, other
    await other.close()


@pytest.fixture
async def world(store: Store) -> World:
    """A tenant of its own."""
    return await World(store).begin()


@pytest.fixture
async def office(store: Store, database_url: str) -> Office:
    """A tenant of its own, with roles whose policies are changed in a run."""
    return await open_office(World(store), database_url)


@pytest.fixture
def described_url(empty_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a second empty database, of the same kind as the first."""
    if empty_url.startswith("sqlite"):
        yield empty_url + "2"
        return
    cluster = request.getfixturevalue("postgres_cluster")
    url = cluster.make_database()
    yield url
    cluster.drop_database(url)


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'timebound.db'}"
    url: str = request.getfixturevalue("fresh_postgres_database")
    return url
