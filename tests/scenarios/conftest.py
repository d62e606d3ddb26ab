"""Companies in both stores: one of its own for each scenario, one for all that changes nothing."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from tests.scenarios.company import Company, found_company
from tests.support.stores import database_url, store
from timebound.application.ports import Store
from timebound.storage.opening import open_store

__all__ = ["company", "database_url", "label", "shared_company", "store"]

_NUMBERS = count(1)


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
