"""An API that a custom extension names: it answers what it is told to, over HTTP on loopback."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Reply: TypeAlias = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    path: str
    headers: Mapping[str, str]
    document: Mapping[str, Any]


def say(outcome: object, *reasons: str, **more: object) -> Reply:
    """The published answer with an outcome."""
    told = {"evaluationId": "e-1", "evaluationOutcome": outcome, "reason": list(reasons)}
    return 200, json.dumps(told | more).encode()


@dataclass(slots=True)
class ExtensionReceiver:
    """What was asked, and what is answered next: the last reply again where there is none left."""

    port: int = 0
    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[], object] | None = None
    """What happens while it makes up its mind."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/evaluate"

    def answer(self, *replies: Reply) -> None:
        """What is answered from now on."""
        self.replies = list(replies)

    def take(self) -> Reply:
        """The next reply."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    receiver: ExtensionReceiver

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.asked.append(Asked(self.path, headers, json.loads(content)))
        if self.receiver.before is not None:
            self.receiver.before()
        status, said = self.receiver.take()
        self.send_response(status)
        if status in (301, 307):
            self.send_header("location", self.receiver.url)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing on the standard error output."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """Whoever hangs up in the middle is no fault."""


@contextmanager
def open_extension_receiver() -> Iterator[ExtensionReceiver]:
    """The API in a thread of its own, until the context is left."""
    receiver = ExtensionReceiver()
    handler = type("_Bound", (_Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", 0), handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
