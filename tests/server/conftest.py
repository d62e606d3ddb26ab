"""Stores without anything in them, for what a server does when it starts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.stores import KINDS
from timebound.application.ports import Store
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'timebound.db'}"
    url: str = request.getfixturevalue("fresh_postgres_database")
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An empty store of its own."""
    await asyncio.to_thread(migrate, store_url)
    opened = open_store(store_url)
    await opened.open()
    yield opened
    await opened.close()
