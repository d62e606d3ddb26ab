"""Both stores, migrated once for a test process; each test makes tenants of its own in them."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Final

import pytest

from tests.stateful.place import Place
from tests.support.postgres import Cluster
from timebound.domain.ids import TenantId
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

_NUMBERS: Final = count(1)


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def store_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('stateful') / 'store.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        cluster.run_sql("create database stateful")
        url = cluster.url_of("stateful")
    migrate(url)
    return url


@pytest.fixture
def tenant_id() -> TenantId:
    """A tenant that no other test has."""
    return TenantId(f"tenant-{next(_NUMBERS)}")


@pytest.fixture
async def place(store_url: str, tenant_id: TenantId) -> AsyncIterator[Place]:
    """A small tenant in an open store."""
    store = open_store(store_url)
    await store.open()
    opened = Place(store_url, store, tenant_id)
    await opened.begin()
    yield opened
    await store.close()
