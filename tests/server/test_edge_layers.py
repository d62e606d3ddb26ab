"""What every request passes: proxies that are believed, bodies that are bounded, faults kept in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import structlog

from tests.support.service import REMOTE, TENANT, Service, emulator, open_service
from timebound.server import edge
from timebound.server.asgi import Message, Receive, Scope, Send, stack
from timebound.server.clock import SystemClock, TimeSources
from timebound.server.config import Origin, Settings, parse_networks
from timebound.server.logs import hide_secrets

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROXY: Final = "10.1.2.3"
OUTSIDE: Final = "198.51.100.7"
PUBLIC: Final = "https://pim.example.com"
CONFIGURATION: Final = f"/{TENANT}/v2.0/.well-known/openid-configuration"


def behind_proxy(folder: Path) -> Settings:
    return replace(
        emulator(folder),
        is_plain_http=True,
        origins=(Origin(PUBLIC),),
        trusted_proxies=parse_networks("--trusted-proxy", ("10.0.0.0/8",)),
    )


async def ask(
    service: Service, address: str, headers: Mapping[str, str], path: str = CONFIGURATION
) -> httpx.Response:
    async with service.client_at(address) as client:
        return await client.get(path, headers=headers)


@pytest.mark.documented("DESIGN, Origins: forwarded headers count only from listed proxies")
async def test_a_listed_proxy_names_the_host(tmp_path: Path) -> None:
    async with open_service(behind_proxy(tmp_path)) as service:
        forwarded = {"host": "internal:80", "x-forwarded-host": "pim.example.com"}
        answer = await ask(service, PROXY, forwarded)
        assert answer.json()["issuer"] == f"{PUBLIC}/{TENANT}/v2.0"
        direct = await ask(service, PROXY, {"host": "pim.example.com:443"})
        assert direct.json()["issuer"] == f"{PUBLIC}/{TENANT}/v2.0"


UNREAD = {
    "another scheme": {"x-forwarded-proto": "http"},
    "another port": {"x-forwarded-port": "81"},
    "RFC 7239": {"forwarded": "host=evil.example;proto=http;for=127.0.0.1"},
}


@pytest.mark.documented(
    "docs/how-to/origins.md: scheme and port are those of the configured origin"
)
@pytest.mark.parametrize("name", UNREAD)
async def test_a_proxy_names_the_host_and_nothing_else(tmp_path: Path, name: str) -> None:
    async with open_service(behind_proxy(tmp_path)) as service:
        headers = {"host": "pim.example.com", **UNREAD[name]}
        answer = await ask(service, PROXY, headers)
        assert answer.json()["issuer"] == f"{PUBLIC}/{TENANT}/v2.0"
        elsewhere = {**headers, "x-forwarded-host": "evil.example"}
        misdirected = await ask(service, PROXY, elsewhere)
        assert misdirected.status_code == httpx.codes.MISDIRECTED_REQUEST


@pytest.mark.documented("issue: plain HTTP possible behind a listed proxy")
async def test_nobody_else_is_answered_over_plain_http(tmp_path: Path) -> None:
    async with open_service(behind_proxy(tmp_path)) as service:
        answer = await ask(service, OUTSIDE, {"host": "pim.example.com"})
        assert answer.status_code == httpx.codes.FORBIDDEN


@pytest.mark.documented("RFC 9112 3.2: more than one Host is a bad request")
async def test_a_request_with_two_hosts_is_refused(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service, service.client_at(REMOTE) as client:
        hosts = [("host", "localhost:8443"), ("host", "evil.example")]
        answer = await client.get(CONFIGURATION, headers=hosts)
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert (await client.get(CONFIGURATION)).status_code == httpx.codes.OK


@pytest.mark.documented("DESIGN, Origins: forwarded headers count only from listed proxies")
async def test_a_strangers_forwarded_headers_count_for_nothing(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        spoofed = {"host": "evil.example", "x-forwarded-host": "localhost:8443"}
        answer = await ask(service, REMOTE, spoofed)
        assert answer.status_code == httpx.codes.MISDIRECTED_REQUEST
        headers = {**service.control_headers, "x-forwarded-for": "127.0.0.1"}
        answer = await ask(service, REMOTE, headers, "/control/clock")
        assert answer.status_code == httpx.codes.FORBIDDEN


@pytest.mark.inferred("a client behind a proxy on this machine is not on this machine")
@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        (OUTSIDE, 403),
        (f"127.0.0.1, {OUTSIDE}", 403),
        (f"127.0.0.1, {OUTSIDE}, 127.0.0.1", 403),
        ("rubbish", 403),
        ("127.0.0.1", 200),
    ],
)
async def test_a_proxy_on_this_machine_makes_nobody_local(
    tmp_path: Path, forwarded: str, status: int
) -> None:
    proxies = parse_networks("--trusted-proxy", ("127.0.0.1",))
    async with open_service(replace(emulator(tmp_path), trusted_proxies=proxies)) as service:
        headers = {**service.control_headers, "x-forwarded-for": forwarded}
        answer = await ask(service, "127.0.0.1", headers, "/control/clock")
        assert answer.status_code == status


async def echo(_scope: Scope, receive: Receive, send: Send) -> None:
    """A door that answers with the size of the body it was given."""
    message = await receive()
    size = str(len(message["body"])).encode()
    assert not message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": size})


async def break_down(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """A door with a fault."""
    raise RuntimeError("the door's inner life")


class Wire:
    """Both ends of one request, as the server shows them to an application."""

    def __init__(self, *parts: bytes | None) -> None:
        self._messages: list[Message] = [
            {"type": "http.disconnect"}
            if part is None
            else {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
            for index, part in enumerate(parts)
        ]
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return self._messages.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status


def scope(**headers: str) -> Scope:
    encoded = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    clock = SystemClock(TimeSources(lambda: NOON, lambda: 0.0))
    state = {"request_id": "r-1", "client_request_id": "c-1", "clock": clock, "status": 0}
    return {"type": "http", "method": "POST", "path": "/", "headers": encoded, "state": state}


CHUNKED: Final = {"transfer_encoding": "chunked"}
HALF: Final = b"x" * (edge.LARGEST_BODY // 2)


@pytest.mark.inferred("a body is taken in whole, however it comes in parts")
async def test_a_body_in_parts_reaches_the_door_as_one() -> None:
    wire = Wire(b"abc", b"", b"de")
    await edge.limit_body(echo)(scope(**CHUNKED), wire.receive, wire.send)
    assert wire.sent[1]["body"] == b"5"


@pytest.mark.documented("RFC 9110, 15.5.14: content too large")
async def test_a_body_of_unknown_length_is_bounded_as_well() -> None:
    fits = Wire(HALF, HALF)
    await edge.limit_body(echo)(scope(**CHUNKED), fits.receive, fits.send)
    assert fits.status == httpx.codes.OK
    wire = Wire(HALF, HALF, b"x")
    await edge.limit_body(echo)(scope(**CHUNKED), wire.receive, wire.send)
    assert wire.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.inferred("half a body is not taken for a whole one")
async def test_a_client_that_hangs_up_reaches_no_door() -> None:
    wire = Wire(b"grant_type=", None)
    await edge.limit_body(echo)(scope(**CHUNKED), wire.receive, wire.send)
    assert wire.sent == []


@pytest.mark.inferred("a fault is logged, and told without its details")
async def test_a_fault_keeps_its_details(capsys: pytest.CaptureFixture[str]) -> None:
    wire = Wire(b"")
    with structlog.testing.capture_logs() as logs:
        await stack(break_down, [edge.catch_faults])(scope(), wire.receive, wire.send)
    assert wire.status == httpx.codes.INTERNAL_SERVER_ERROR
    assert b"inner life" not in wire.sent[1]["body"]
    assert [(line["event"], line["request_id"]) for line in logs] == [("fault", "r-1")]
    assert "inner life" not in capsys.readouterr().out


@pytest.mark.documented("issue: structured logs, never secrets")
@pytest.mark.parametrize(
    "name", ["password", "client_secret", "access_token", "Authorization", "controlToken"]
)
def test_values_that_are_nobodys_business_are_hidden(name: str) -> None:
    event: dict[str, Any] = {name: "s3cret", "path": "/x"}
    assert hide_secrets(None, "info", event) == {name: "(hidden)", "path": "/x"}


@pytest.mark.documented("issue: structured logs with the request id")
async def test_a_request_is_logged_with_its_id_and_without_its_query(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        with structlog.testing.capture_logs() as logs:
            answer = await service.client.get("/v1.0/me?$filter=secret", headers={"x": "y"})
    line = next(line for line in logs if line["event"] == "request")
    assert line["request_id"] == answer.headers["request-id"]
    assert (line["path"], line["status"], line["door"]) == ("/v1.0/me", 401, "graph")
    assert "secret" not in str(line)
