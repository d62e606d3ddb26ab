"""A second authorization server, as a process of its own, whose word our tenant may take."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity.federation.neighbour import Neighbour, open_neighbour


@pytest.fixture(scope="session")
def neighbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbour]:
    """Somebody else's authorization server, with a tenant and people of its own."""
    folder: Path = tmp_path_factory.mktemp("neighbour")
    with open_neighbour(folder) as opened:
        yield opened
