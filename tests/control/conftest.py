"""An emulator of its own for each test that moves its clock."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.service import Service, emulator, open_service


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A freshly seeded emulator."""
    async with open_service(emulator(tmp_path)) as opened:
        yield opened
