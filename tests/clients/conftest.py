"""A service that real clients talk to over HTTPS; before each test it is as it was seeded."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.clients.desk import Desk
from tests.support.arriving import Arrivals, open_client
from tests.support.running import running


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The connection file of an emulator with the demo tenant, on a port of its own."""
    with running(tmp_path_factory.mktemp("service")) as service:
        yield service.connection
    assert service.process.returncode == 0


@pytest.fixture
def client() -> Iterator[Arrivals]:
    """A client that waits for a browser on a port of its own."""
    with open_client() as arrivals:
        yield arrivals


@pytest.fixture
async def desk(connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The service as it was seeded, with the SDK trusting its authority."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, connection["caBundle"])
    opened = Desk(connection)
    opened.reset()
    async with opened.opened:
        yield opened
