"""Who the client is when a proxy stands between, and what a request is called."""

from ipaddress import ip_network

import pytest

from timebound.server.asgi import Message, Receive, Scope, Send
from timebound.server.clock import SystemClock, machine_sources
from timebound.server.edge import assign_ids, identify_client
from timebound.server.ids import SeededIds

PROXIES = (ip_network("10.0.0.7/32"),)

LINES = {
    "one line": ([b"198.51.100.9, 203.0.113.9"], "203.0.113.9"),
    "the client's line before the proxy's": ([b"127.0.0.2", b"203.0.113.9"], "203.0.113.9"),
    "a proxy behind the proxy": ([b"203.0.113.9", b"10.0.0.7"], "203.0.113.9"),
    "no line": ([], "10.0.0.7"),
}


async def identify(peer: str, lines: list[bytes]) -> str:
    seen: list[str] = []

    async def door(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["state"]["client"])

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        return None

    headers = [(b"x-forwarded-for", line) for line in lines]
    scope: Scope = {"client": (peer, 1), "headers": headers, "state": {}}
    await identify_client(PROXIES, is_plain_http=False)(door)(scope, receive, send)
    return seen[0]


@pytest.mark.documented("DESIGN, Origins: forwarded headers count only from listed proxies")
@pytest.mark.parametrize("name", LINES)
async def test_the_last_hop_that_is_no_proxy_is_the_client(name: str) -> None:
    lines, client = LINES[name]

    assert await identify("10.0.0.7", lines) == client


@pytest.mark.documented("DESIGN, Origins: forwarded headers count only from listed proxies")
async def test_nobody_else_is_believed() -> None:
    assert await identify("192.0.2.1", [b"127.0.0.1"]) == "192.0.2.1"


async def tell_client_id(said: bytes) -> bytes:
    """What the answer calls the request that a client has named."""
    told: dict[bytes, bytes] = {}

    async def door(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        told.update(message["headers"])

    layer = assign_ids(SeededIds("edge"), SystemClock(machine_sources()))
    await layer(door)({"headers": [(b"client-request-id", said)]}, receive, send)
    return told[b"client-request-id"]


@pytest.mark.documented("OWASP ASVS 5.0, 4.2.4: nothing that was sent ends a header of the answer")
@pytest.mark.parametrize(
    "said", [b"a\r\nset-cookie: x=y", b"a\n", b"a b", b"", b"\xe9", b"x" * 129]
)
async def test_a_name_that_is_none_is_not_told_back(said: bytes) -> None:
    assert await tell_client_id(b"call-1") == b"call-1"
    assert await tell_client_id(said) == SeededIds("edge").new_id().encode()
