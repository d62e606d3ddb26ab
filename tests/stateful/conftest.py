"""A tenant of its own for each test, in both stores."""

from itertools import count
from typing import Final

import pytest

from tests.stateful.place import Place
from tests.support.stores import database_url, store
from timebound.application.ports import Store
from timebound.domain.ids import TenantId

__all__ = ["database_url", "place", "store", "tenant_id"]

_NUMBERS: Final = count(1)


@pytest.fixture
def tenant_id() -> TenantId:
    """A tenant that no other test has."""
    return TenantId(f"tenant-{next(_NUMBERS)}")


@pytest.fixture
async def place(database_url: str, store: Store, tenant_id: TenantId) -> Place:
    """A small tenant in an open store."""
    opened = Place(database_url, store, tenant_id)
    await opened.begin()
    return opened
