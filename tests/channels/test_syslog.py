"""Syslog against a listener that speaks TLS and reads messages as RFC 5425 frames them."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest

from tests.identity.outgoing.remote import Names
from tests.identity.outgoing.test_calling_tls import prepare
from tests.storage.world import NOON
from timebound.application.log_ports import Logged
from timebound.application.outbox import DeliveryError
from timebound.channels.syslog import SyslogChannel, SyslogServer
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import EventId, PrincipalId, TenantId

TENANT: Final = TenantId("11111111-0000-0000-0000-000000000001")
LOOPBACK: Final = (ip_network("127.0.0.0/8"),)

pytestmark = pytest.mark.documented("RFC 5424, 6; RFC 5425, 4.3")

# The grammar of RFC 5424, section 6, for what has structured data and a message in UTF-8.
MESSAGE: Final = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<at>\S+) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) "
    r"(?P<process>[!-~]{1,128}) (?P<kind>[!-~]{1,32}) "
    r'(?P<data>\[[^ ="\]]{1,32}(?: [^ ="\]]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\]) '
    "\ufeff(?P<text>.*)",
    re.DOTALL,
)


def an_event(number: int, subject: str = "somebody", reason: str = "why") -> Logged:
    event = Event(
        EventId(f"22222222-0000-0000-0000-{number:012d}"),
        EventKind.GRANT_MADE,
        NOON,
        NOON,
        "a request",
        Actor(PrincipalId("an actor")),
        subject,
        {"justification": reason},
    )
    return Logged(number, event, "ab" * 32)


@dataclass
class Listener:
    """A syslog server."""

    port: int = 0
    messages: asyncio.Queue[re.Match[str]] = field(default_factory=asyncio.Queue)
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            while True:
                length = int((await reader.readuntil(b" ")).decode())
                found = MESSAGE.fullmatch((await reader.readexactly(length)).decode())
                assert found is not None
                self.messages.put_nowait(found)
        writer.close()

    async def hear(self) -> re.Match[str]:
        async with asyncio.timeout(20):
            return await self.messages.get()

    async def hang_up(self) -> None:
        """Closes all connections, in order."""
        for writer in self.connections:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


@asynccontextmanager
async def open_listener(tls: ssl.SSLContext, port: int = 0) -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", port, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        await listener.hang_up()
        await server.wait_closed()


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return prepare(tmp_path, "siem.example")


@dataclass(frozen=True, slots=True)
class Scene:
    listener: Listener
    server: SyslogServer


@pytest.fixture
async def scene(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> AsyncIterator[Scene]:
    speaks, trust = contexts
    async with open_listener(speaks) as listener:
        names = Names([("127.0.0.1",)])
        server = SyslogServer("siem.example", listener.port, trust, LOOPBACK, names)
        yield Scene(listener, server)


async def test_every_event_is_a_message(scene: Scene) -> None:
    channel = SyslogChannel(scene.server, "pim.example")
    events = [an_event(1, reason="Größe\n\u2028"), an_event(2, subject='a "quoted] \\ one')]
    await channel.take(TENANT, events)
    first, second = await scene.listener.hear(), await scene.listener.hear()
    assert (first["pri"], first["at"]) == (str(13 * 8 + 5), "2030-03-01T12:00:00.000000Z")
    assert (first["host"], first["app"], first["kind"]) == ("pim.example", "timebound", "grantMade")
    assert first["data"] == (
        f'[timebound@32473 tenant="{TENANT}" position="1" '
        f'id="22222222-0000-0000-0000-000000000001" digest="{"ab" * 32}" '
        'correlation="a request" subject="somebody" user="an actor" '
        'effective="2030-03-01T12:00:00+00:00"]'
    )
    assert first["text"] == '{"justification":"Größe\\n\u2028"}'
    assert r'subject="a \"quoted\] \\ one"' in second["data"]
    await channel.take(TENANT, [an_event(3)])
    assert 'position="3"' in (await scene.listener.hear())["data"]
    assert len(scene.listener.connections) == 1
    channel.close()


async def test_a_refusal_is_a_warning(scene: Scene) -> None:
    channel = SyslogChannel(scene.server, "pim.example")
    one = an_event(1)
    refused = replace(one, event=replace(one.event, kind=EventKind.REQUEST_REFUSED))
    await channel.take(TENANT, [refused])
    assert (await scene.listener.hear())["pri"] == str(13 * 8 + 4)
    channel.close()


async def test_it_connects_again_when_the_server_hung_up(scene: Scene) -> None:
    channel = SyslogChannel(scene.server, "pim.example")
    for number in range(3):
        await channel.take(TENANT, [an_event(number)])
        assert f'position="{number}"' in (await scene.listener.hear())["data"]
        await scene.listener.hang_up()
    assert len(scene.listener.connections) == 3
    channel.close()


async def test_a_server_that_is_away_is_told_of_and_found_again(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    speaks, trust = contexts
    async with open_listener(speaks) as listener:
        port = listener.port
    names = Names([("127.0.0.1",)])
    channel = SyslogChannel(SyslogServer("siem.example", port, trust, LOOPBACK, names), "pim")
    with pytest.raises(DeliveryError, match="does not answer"):
        await channel.take(TENANT, [an_event(1)])
    async with open_listener(speaks, port) as listener:
        await channel.take(TENANT, [an_event(1)])
        assert 'position="1"' in (await listener.hear())["data"]
        channel.close()


async def test_only_who_shows_the_name_hears_anything(scene: Scene) -> None:
    for changes in ({"trust": ssl.create_default_context()}, {"host": "another.example"}):
        channel = SyslogChannel(replace(scene.server, **changes), "pim.example")
        with pytest.raises(DeliveryError, match="certificate"):
            await channel.take(TENANT, [an_event(1)])
    assert scene.listener.messages.empty()


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        ((), "no address"),
        (("10.0.0.1",), "not public"),
        (("127.0.0.1", "169.254.169.254"), "not public"),
    ],
)
async def test_what_is_not_public_is_not_connected_to(
    scene: Scene, addresses: Sequence[str], told: str
) -> None:
    server = replace(scene.server, resolver=Names([addresses]))
    with pytest.raises(DeliveryError, match=told):
        await SyslogChannel(server, "pim.example").take(TENANT, [an_event(1)])
    assert scene.listener.connections == []
