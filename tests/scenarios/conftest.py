"""Companies in both stores: one of its own for each scenario, one for all that changes nothing."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from tests.scenarios.company import Company, found_company
from timebound.application.ports import Store
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

_NUMBERS = count(1)


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated database, one of each kind for a test process."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('scenarios') / 'timebound.db'}"
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        cluster.run_sql("create database scenarios")
        url = cluster.url_of("scenarios")
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
def label() -> str:
    """A name that no other company has."""
    return f"company{next(_NUMBERS)}"


@pytest.fixture
async def company(store: Store, label: str) -> AsyncIterator[Company]:
    """A company of its own."""
    founded = await found_company(store, label)
    yield founded
    await founded.client.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_company(database_url: str) -> AsyncIterator[Company]:
    """A company for a whole module, in which nothing may change."""
    opened = open_store(database_url)
    await opened.open()
    founded = await found_company(opened, f"company{next(_NUMBERS)}")
    yield founded
    await founded.client.aclose()
    await opened.close()
