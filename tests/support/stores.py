"""One suite over both stores: a database of each kind, migrated once, and the store over it.

A `conftest.py` that imports the fixtures (and lists them in `__all__`) gets databases of its own.
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.support.postgres import Cluster
from timebound.application.ports import Store
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

KINDS: Final = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session", params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated database that tests share, each with tenants of its own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'timebound.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        url = cluster.make_database()
    migrate(url)
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """The open store."""
    opened = open_store(database_url)
    await opened.open()
    yield opened
    await opened.close()
