"""A public client of a running service: where a browser arrives, and what its code is worth."""

import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import urlencode

import httpx

VERIFIER: Final = "v" * 43
C1: Final = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
ICON: Final = "favicon.ico"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A client that waits for a browser: where it is, and what it was told."""

    back: str
    told: list[str] = field(default_factory=list)


@contextmanager
def open_client() -> Iterator[Arrivals]:
    """A client that waits on a port of its own."""
    server = HTTPServer(("localhost", 0), _Arriving)
    arrivals = Arrivals(f"http://localhost:{server.server_port}")
    server.arrivals = arrivals  # type: ignore[attr-defined]  # ours
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield arrivals
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Arriving(BaseHTTPRequestHandler):
    """It notes what the browser brings, and has nothing else to show."""

    def do_GET(self) -> None:
        """Notes the address, unless the browser only looks for an icon."""
        if ICON in self.path:
            self.send_response(204)
            self.end_headers()
        else:
            self._note(self.path)

    def do_POST(self) -> None:
        """Notes the form."""
        self._note(self.rfile.read(int(self.headers["content-length"])).decode())

    def _note(self, told: str) -> None:
        self.server.arrivals.told.append(told)  # type: ignore[attr-defined]  # ours
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>Arrived</title>")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def authorize_url(connection: Mapping[str, Any], back: str, **more: str) -> str:
    """Where a public client sends the browser."""
    challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    asked = {
        "client_id": find_public_client(connection),
        "response_type": "code",
        "redirect_uri": back,
        "scope": "openid Mail.Read",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": "s-1",
    }
    return f"{write_endpoint(connection, 'authorize')}?{urlencode(asked | more)}"


def redeem(connection: Mapping[str, Any], back: str, code: str) -> dict[str, Any]:
    """The tokens for a code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": find_public_client(connection),
        "code": code,
        "redirect_uri": back,
        "code_verifier": VERIFIER,
    }
    return ask(connection, "token", form)


def ask(connection: Mapping[str, Any], endpoint: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What an endpoint of the tenant answers to a form."""
    trusted = ssl.create_default_context(cafile=connection["caBundle"])
    with httpx.Client(verify=trusted) as caller:
        answer = caller.post(write_endpoint(connection, endpoint), data=dict(form))
    told: dict[str, Any] = answer.json()
    return told


def find_public_client(connection: Mapping[str, Any]) -> str:
    """The id of the application that can keep no secret."""
    public = next(one for one in connection["applications"] if not one["clientSecret"])
    client_id: str = public["clientId"]
    return client_id


def write_endpoint(connection: Mapping[str, Any], name: str) -> str:
    """Where an endpoint of the tenant is."""
    return f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/{name}"
