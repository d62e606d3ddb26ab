"""A receiver of webhooks: a process of its own that answers by path and tells what it heard.

`python -m tests.support.receiving [CERTIFICATE KEY]` prints its port, and a line for each request.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.support.planting import ROOT


class _Handler(BaseHTTPRequestHandler):
    """Answers the status that the first part of the path says, and when to try again if it does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        heard = {
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
        }
        # In one go: there is a thread for each request.
        sys.stdout.write(json.dumps(heard) + "\n")
        sys.stdout.flush()
        status = self.path.split("/")[1]
        if status == "silent":
            self.rfile.read()
            return
        self.send_response(int(status))
        if status.startswith("3"):
            self.send_header("location", "/200")
        if "retry-after=" in self.path:
            self.send_header("retry-after", unquote(self.path.rpartition("=")[2]))
        if "endless" in self.path:
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65_536)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Says nothing on the standard error output."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """Whoever hangs up in the middle is no fault."""


def _run() -> None:
    server = _Server(("127.0.0.1", 0), _Handler)
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[1:3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)  # noqa: T201 - it is how it tells
    server.serve_forever()


@dataclass(frozen=True, slots=True)
class Heard:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - whatever JSON says
        """What the body says."""
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """Whether one of its signatures is by a secret, as receivers judge by the published rules.

        https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        """
        message = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.{self.body}"
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, message.encode(), hashlib.sha256)).decode()
        given = [one.split(",", 1) for one in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and mark == expected for version, mark in given)


@dataclass(frozen=True, slots=True)
class HookReceiver:
    """The process, as tests know it."""

    port: int
    lines: asyncio.StreamReader

    async def hear(self) -> Heard:
        """The next request; it is waited for."""
        async with asyncio.timeout(20):
            return Heard(**json.loads(await self.lines.readline()))


@asynccontextmanager
async def open_receiver(*tls_files: str) -> AsyncIterator[HookReceiver]:
    """A receiver on loopback, in a process of its own, that speaks TLS with these files."""
    command = [sys.executable, "-m", "tests.support.receiving", *tls_files]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    lines = process.stdout
    assert lines is not None
    try:
        async with asyncio.timeout(20):
            port = int(await lines.readline())
        yield HookReceiver(port, lines)
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    _run()
