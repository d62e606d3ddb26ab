"""One suite for both stores: a database of each kind for a test process, a tenant for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.storage.world import World
from timebound.application.ports import Store
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session", params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated database that tests share, each with its own tenant."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('storage') / 'timebound.db'}"
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        cluster.run_sql("create database storage")
        url = cluster.url_of("storage")
    migrate(url)
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """The open store."""
    opened = open_store(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def world(store: Store) -> World:
    """A tenant of its own."""
    return await World(store).begin()


@pytest.fixture
def described_url(empty_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a second empty database, of the same kind as the first."""
    if empty_url.startswith("sqlite"):
        yield empty_url + "2"
        return
    cluster = request.getfixturevalue("postgres_cluster")
    cluster.run_sql("create database described")
    yield cluster.url_of("described")
    cluster.run_sql("drop database described with (force)")


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'timebound.db'}"
    url: str = request.getfixturevalue("fresh_postgres_database")
    return url
