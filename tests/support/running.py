"""A service as an operator runs it: a real process on a real socket with real TLS."""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final

import httpx

TIMEBOUND: Final = Path(sys.executable).with_name("timebound")


def serve_command(folder: Path, profile: str, *more: str) -> list[str | Path]:
    """The command that serves what is in the folder, on a free port."""
    options: list[str | Path] = ["--data", folder / "data", "--profile", profile]
    options += [] if "--listen" in more else ["--port", "0"]
    return [TIMEBOUND, "serve", *options, "--connection", folder / "connection.json", *more]


def clean_environment() -> dict[str, str]:
    """The environment without anything that configures the service."""
    return {k: v for k, v in os.environ.items() if not k.startswith("TIMEBOUND_")}


def _read_until_ready(log: IO[str]) -> list[str]:
    lines = []
    for line in log:
        lines.append(line)
        if '"event":"ready"' in line:
            return lines
    raise AssertionError("".join(lines))


class RunningService:
    """A running service, and everything that it has logged."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, log: list[str]) -> None:
        self.process = process
        self.file = folder / "connection.json"
        self.log = log
        self.connection: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))

    def call(self, method: str, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        """The answer of the service, whose authority is trusted."""
        trusted = ssl.create_default_context(cafile=self.connection["caBundle"])
        with httpx.Client(verify=trusted) as client:
            return client.request(method, url, **more)


@contextmanager
def running(folder: Path, profile: str = "emulator", *more: str) -> Iterator[RunningService]:
    """The service, ready; it is stopped when the context is left, if it has not stopped by then."""
    with subprocess.Popen(
        serve_command(folder, profile, *more),
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as process:
        assert process.stderr is not None
        log = _read_until_ready(process.stderr)
        reader = Thread(target=log.extend, args=(process.stderr,))
        reader.start()
        try:
            yield RunningService(process, folder, log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            reader.join()
            process.wait()


def refused(folder: Path, profile: str, *more: str) -> str:
    """What a start that is refused says."""
    done = subprocess.run(
        serve_command(folder, profile, *more),
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(),
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
