"""Syslog over TLS (RFC 5425): every event as a message, over one connection that is kept."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from timebound.application.log_ports import Logged
from timebound.application.outbox import DeliveryError, Feed
from timebound.channels.syslog_messages import frame_message, write_message
from timebound.domain.ids import TenantId
from timebound.outgoing.addresses import Address, Network, Resolver, SystemResolver, may_reach
from timebound.outgoing.contracts import FetchProblem

TIME_LIMIT: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SyslogServer:
    """Where the messages go, and what is believed of who answers there."""

    host: str
    port: int
    trust: ssl.SSLContext
    networks: Sequence[Network] = ()
    resolver: Resolver = field(default_factory=SystemResolver)


class SyslogChannel:
    """Follows the log for one server.

    The protocol has no receipts: what was sent and was under way when a connection broke may be
    lost. The places in the messages tell the server so.
    """

    def __init__(self, server: SyslogServer, own_host: str) -> None:
        self._server = server
        self._own_host = own_host
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def name(self) -> str:
        """What its position is kept under."""
        return "syslog"

    @property
    def feed(self) -> Feed:
        """Every event of every tenant."""
        return Feed(self)

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Sends the messages; DeliveryError where the server cannot be reached."""
        content = b"".join(
            frame_message(write_message(self._own_host, tenant_id, one)) for one in batch
        )
        try:
            async with asyncio.timeout(TIME_LIMIT.total_seconds()):
                writer = await self._find_connection()
                writer.write(content)
                await writer.drain()
        except BaseException as error:
            # Nobody knows how much of a message has gone: the next one needs another connection.
            self.close()
            if isinstance(error, TimeoutError):
                raise DeliveryError(FetchProblem.TOO_SLOW.value) from error
            if isinstance(error, OSError):
                raise DeliveryError(FetchProblem.UNREACHABLE.value) from error
            raise

    def close(self) -> None:
        """Gives up the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _find_connection(self) -> asyncio.StreamWriter:
        # What is written to a connection that the server has closed would be lost without a word.
        if self._writer is not None and self._reader is not None:
            if not self._reader.at_eof() and not self._writer.is_closing():
                return self._writer
            self.close()
        self._reader, self._writer = await self._connect()
        return self._writer

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        server, fault = self._server, OSError()
        for address in await self._find_addresses():
            try:
                return await asyncio.open_connection(
                    str(address), server.port, ssl=server.trust, server_hostname=server.host
                )
            except OSError as error:
                fault = error
        raise fault

    async def _find_addresses(self) -> Sequence[Address]:
        server = self._server
        found = await server.resolver.resolve(server.host, server.port)
        if not found:
            raise DeliveryError(FetchProblem.UNRESOLVED.value)
        if not all(may_reach(one, server.networks) for one in found):
            raise DeliveryError(FetchProblem.ADDRESS_REFUSED.value)
        return found
