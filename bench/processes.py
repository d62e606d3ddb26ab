"""Servers under measurement: started, waited for, weighed and stopped."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
_POLL: Final = 0.002
_PATIENCE: Final = 30.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_USER_TIME: Final = 11  # counted behind the command's name, which ends with a bracket


class ServerError(Exception):
    """A server that did not come up or answered wrongly; the text holds what it said."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB: all of it, and with shared pages counted by their share."""

    resident: float
    proportional: float


@dataclass(frozen=True, slots=True)
class Start:
    """How long a server took to its first answer: on the clock, and on the processor."""

    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    started_at: float

    def cpu_seconds(self) -> float:
        """The processor time that the process has used."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[_USER_TIME]) + int(fields[_USER_TIME + 1])) / _TICKS

    def weigh(self) -> Memory:
        """The memory that the process holds now."""
        folder = Path(f"/proc/{self.process.pid}")
        resident = _read_kilobytes(folder / "status", "VmRSS:")
        return Memory(resident, _read_kilobytes(folder / "smaps_rollup", "Pss:"))

    def await_answer(self, request: bytes) -> Start:
        """What the server took from its start to the end of the first answer, which is a 200."""
        while time.perf_counter() - self.started_at < _PATIENCE:
            with contextlib.suppress(OSError):
                answer = ask(self.port, request)
                took = time.perf_counter() - self.started_at
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise ServerError(f"{answer.decode('utf-8', 'replace')}\n{self.read_log()}")
                return Start(took, self.cpu_seconds())
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_POLL)
                break
        raise ServerError(self.read_log())

    def read_log(self) -> str:
        """The end of what the server has said."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]


def _read_kilobytes(path: Path, label: str) -> float:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(label):
            return int(line.split()[1]) / 1024
    raise ServerError(f"{path} does not tell {label}")


def ask(port: int, request: bytes) -> bytes:
    """The whole answer to one request on a connection of its own, which the request closes."""
    with socket.create_connection((HOST, port), timeout=_PATIENCE) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@contextlib.contextmanager
def run_server(command: Sequence[str], port: int, log: Path) -> Iterator[Server]:
    """A server for the time of the block; after it, it is asked to stop, and made to if need be."""
    with log.open("ab") as sink:
        started_at = time.perf_counter()
        process = subprocess.Popen(list(command), stdout=sink, stderr=sink, env=_environment())
    try:
        yield Server(process, port, log, started_at)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    # As it is once installed: what was compiled is kept for the next start.
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def find_free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
