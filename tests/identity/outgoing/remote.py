"""Somebody else's server on this machine, which answers what it is told and tells what it heard."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, ip_address, ip_network

from timebound.identity.outgoing.calling import Caller
from timebound.outgoing.addresses import Address
from timebound.outgoing.contracts import OutgoingRules

LOOPBACK: tuple[IPv4Network, ...] = (IPv4Network("127.0.0.0/8"),)


@dataclass(slots=True)
class Remote:
    """A server that answers every request with the same bytes."""

    port: int = 0
    answer: bytes = b""
    heard: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    is_silent: bool = False
    is_slow: bool = False
    """Whether it answers letter by letter."""

    def say(self, body: bytes, *headers: str, status: str = "200 OK", kind: str = "json") -> None:
        """What is answered from now on."""
        lines = [f"HTTP/1.1 {status}", f"content-type: application/{kind}", *headers]
        lines.append(f"content-length: {len(body)}")
        self.answer = "\r\n".join((*lines, "", "")).encode() + body

    def url(self, path: str = "/", host: str = "idp.example") -> str:
        """The URL by which it is asked."""
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one connection."""
        try:
            self.heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
            self.is_asked.set()
            await self.gate.wait()
            step = 1 if self.is_slow else len(self.answer)
            for place in range(0, 0 if self.is_silent else len(self.answer), step):
                writer.write(self.answer[place : place + step])
                await asyncio.sleep(0)
            await reader.read() if self.is_silent else await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has heard enough
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def open_remote(tls: ssl.SSLContext | None = None) -> AsyncIterator[Remote]:
    """A server on loopback that answers an empty object until told otherwise."""
    remote = Remote()
    remote.say(b"{}")
    remote.gate.set()
    server = await asyncio.start_server(remote.serve, "127.0.0.1", 0, ssl=tls)
    remote.port = server.sockets[0].getsockname()[1]
    try:
        yield remote
    finally:
        server.close()
        await server.wait_closed()


@dataclass(slots=True)
class Names:
    """A resolver that tells what it is told; each time the next answer, the last one for ever."""

    answers: list[Sequence[str]]
    asked: int = 0

    async def resolve(self, _host: str, _port: int) -> Sequence[Address]:
        """The addresses, the preferred one first."""
        told = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return tuple(ip_address(one) for one in told)


def call_by(
    remote: Remote,
    *answers: Sequence[str],
    networks: Sequence[str] = ("127.0.0.0/8",),
    time_limit: float = 5,
) -> Caller:
    """A caller that may ask idp.example, whose addresses are these."""
    rules = OutgoingRules(
        frozenset({f"http://idp.example:{remote.port}"}),
        tuple(ip_network(one) for one in networks),
    )
    names = Names(list(answers) or [("127.0.0.1",)])
    return Caller(rules, names, time_limit=timedelta(seconds=time_limit))
