"""A tenant for sign-ins, of a test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.identity.flows.world import World, open_world


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The service with its sessions."""
    async with open_world(tmp_path) as opened:
        yield opened
