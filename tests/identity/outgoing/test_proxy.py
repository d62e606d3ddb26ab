"""Outgoing calls through a proxy: only one that the operator names, and to no other hosts."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.identity.outgoing.remote import Names, call_by, open_remote
from tests.identity.outgoing.test_calling_tls import prepare
from timebound.identity.outgoing.calling import Caller, Fetched
from timebound.outgoing.contracts import FetchFault, FetchProblem, OutgoingRules

pytestmark = pytest.mark.documented("RFC 9110, 9.3.6 (CONNECT); issue 3: guarded outgoing calls")


@dataclass(slots=True)
class Proxy:
    """A proxy on this machine, which knows every host to be one server here."""

    target: int
    port: int = 0
    heard: list[str] = field(default_factory=list)
    is_refusing: bool = False
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes a connection on."""
        self.under_way.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Makes one connection, or passes one request of plain HTTP on."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(head.decode().partition("\r\n")[0])
            if self.is_refusing:
                writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
            else:
                await self._pass_on(head, reader, writer)
        await _close(writer)

    async def _pass_on(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        if head.startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            back.write(head)
        pipes = [asyncio.create_task(_pipe(*one)) for one in ((reader, back), (there, writer))]
        await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        for one in pipes:
            one.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)
        await _close(back)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while some := await source.read(65_536):
            sink.write(some)
            await sink.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


@asynccontextmanager
async def open_proxy(target: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """A proxy that leads to the port."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.begin, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*proxy.under_way)


def caller(proxy: str, trust: ssl.SSLContext, *known: str, networks: Sequence[str] = ()) -> Caller:
    """A caller that may ask idp.example, of which this machine knows these addresses."""
    rules = OutgoingRules(
        frozenset({"https://idp.example:443"}), tuple(ip_network(one) for one in networks)
    )
    return Caller(rules, Names([known]), trust, proxy=proxy)


@pytest.mark.parametrize("known", [(), ("198.41.0.4",)])
async def test_a_host_is_asked_by_its_name_under_tls(
    tmp_path: Path, known: tuple[str, ...]
) -> None:
    speaks, trust = prepare(tmp_path, "idp.example")
    async with open_remote(speaks) as remote, open_proxy(remote.port) as proxy:
        answer = await caller(proxy.url, trust, *known).get("https://idp.example/keys")
        assert isinstance(answer, Fetched)
        assert proxy.heard == ["CONNECT idp.example:443 HTTP/1.1"], "it sees nothing else"
        assert remote.heard[0].startswith("GET /keys HTTP/1.1")


async def test_a_proxy_may_be_spoken_to_under_tls_itself(tmp_path: Path) -> None:
    speaks, trust = prepare(tmp_path, "idp.example", "localhost")
    async with open_remote(speaks) as remote, open_proxy(remote.port, speaks) as proxy:
        url = f"https://localhost:{proxy.port}"
        answer = await caller(url, trust).get("https://idp.example/keys")
        assert isinstance(answer, Fetched)
        assert proxy.heard == ["CONNECT idp.example:443 HTTP/1.1"]
        stranger = caller(f"https://127.0.0.1:{proxy.port}", ssl.create_default_context())
        assert isinstance(await stranger.get("https://idp.example/keys"), FetchFault)
        assert len(remote.heard) == 1


async def test_a_proxy_cannot_answer_for_the_host(tmp_path: Path) -> None:
    speaks, trust = prepare(tmp_path, "other.example")
    async with open_remote(speaks) as remote, open_proxy(remote.port) as proxy:
        answer = await caller(proxy.url, trust).get("https://idp.example/")
        assert isinstance(answer, FetchFault)
        assert answer.problem is FetchProblem.UNREACHABLE
        assert not remote.heard


@pytest.mark.parametrize("known", [("10.0.0.1",), ("198.41.0.4", "127.0.0.1")])
async def test_a_host_that_is_known_to_be_inside_is_not_asked(
    tmp_path: Path, known: tuple[str, ...]
) -> None:
    speaks, trust = prepare(tmp_path, "idp.example")
    async with open_remote(speaks) as remote, open_proxy(remote.port) as proxy:
        answer = await caller(proxy.url, trust, *known).get("https://idp.example/")
        assert isinstance(answer, FetchFault)
        assert answer.problem is FetchProblem.ADDRESS_REFUSED
        assert not proxy.heard
        listed = caller(proxy.url, trust, *known, networks=["10.0.0.0/8", "127.0.0.0/8"])
        assert isinstance(await listed.get("https://idp.example/"), Fetched)


async def test_what_is_not_listed_is_asked_of_no_proxy(tmp_path: Path) -> None:
    _, trust = prepare(tmp_path, "idp.example")
    async with open_proxy(0) as proxy:
        answer = await caller(proxy.url, trust).get("https://other.example/")
        assert isinstance(answer, FetchFault)
        assert answer.problem is FetchProblem.NOT_LISTED
        assert not proxy.heard


async def test_a_proxy_that_refuses_or_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    _, trust = prepare(tmp_path, "idp.example")
    async with open_proxy(0) as proxy:
        proxy.is_refusing = True
        for url in (proxy.url, "http://127.0.0.1:1"):
            answer = await caller(url, trust).get("https://idp.example/")
            assert isinstance(answer, FetchFault)
            assert answer.problem is FetchProblem.UNREACHABLE


async def test_plain_http_goes_through_it_as_well() -> None:
    async with open_remote() as remote, open_proxy(remote.port) as proxy:
        direct = call_by(remote)
        through = Caller(direct.rules, Names([()]), proxy=proxy.url)
        assert isinstance(await through.get(remote.url("/x")), Fetched)
        assert proxy.heard == [f"GET http://idp.example:{remote.port}/x HTTP/1.1"]


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_remote() as remote, open_proxy(remote.port) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(await call_by(remote).get(remote.url()), Fetched)
        assert not proxy.heard
