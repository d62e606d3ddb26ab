"""A service with a small tenant, open for a whole module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.service import Service, emulator, open_service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """An emulator in which nothing is changed."""
    async with open_service(emulator(tmp_path_factory.mktemp("identity"))) as opened:
        yield opened
