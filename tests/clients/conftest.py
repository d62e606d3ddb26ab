"""A service that real clients talk to over HTTPS; before each test it is as it was seeded."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Thread
from typing import IO, Any

import pytest

from tests.clients.desk import Desk

TIMEBOUND = Path(sys.executable).with_name("timebound")


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The connection file of an emulator with the demo tenant, on a port of its own."""
    folder = tmp_path_factory.mktemp("service")
    file = folder / "connection.json"
    options: list[str | Path] = ["--profile", "emulator", "--data", folder / "data", "--port", "0"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TIMEBOUND_")}
    with subprocess.Popen(
        [TIMEBOUND, "serve", *options, "--connection", file, "--log-format", "json"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stderr is not None
        _wait_until_ready(process.stderr)
        # A log that nobody reads would stop the service once the pipe is full.
        reader = Thread(target=process.stderr.read)
        reader.start()
        yield json.loads(file.read_text())
        process.terminate()
        reader.join()
        assert process.wait() == 0


def _wait_until_ready(log: IO[str]) -> None:
    """Reads the log until it says so; its end without that tells why the service did not start."""
    lines = []
    for line in log:
        lines.append(line)
        if '"event":"ready"' in line:
            return
    raise AssertionError("".join(lines))


@pytest.fixture
async def desk(connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The service as it was seeded, with the SDK trusting its authority."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, connection["caBundle"])
    opened = Desk(connection)
    opened.reset()
    async with opened.opened:
        yield opened
