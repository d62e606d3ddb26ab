"""The outbox: how fast events are handed over, within the process and by webhooks.

The receiver is a process on this machine; each event is a request of its own, under TLS with a
handshake of its own, as receivers elsewhere get it.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_network
from pathlib import Path
from typing import Final

from bench.building import Pair, measure_each, open_at
from bench.evidence import Bench
from tests.storage.world import NOON, World
from tests.support.feeding import Remembered
from tests.support.receiving import open_receiver
from tests.support.sealing import make_signer
from timebound.application.log_ports import Logged
from timebound.application.outbox import Feed, Outbox, advance_all
from timebound.application.ports import Store
from timebound.application.sealing import Sealer, catch_up
from timebound.channels.webhooks import Webhook, WebhookChannel
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.outgoing.addresses import Address
from timebound.outgoing.calling import GuardedCaller
from timebound.outgoing.contracts import OutgoingRules
from timebound.server.tls import prepare_tls
from timebound.storage.compiling import Database
from timebound.storage.migrating import migrate

EVENTS: Final = 10_000
_TOGETHER: Final = 500
_HOST: Final = "hooks.example"


class _Standing:
    """A clock that stands."""

    def now(self) -> Instant:
        """The instant."""
        return NOON


class _Loopback:
    """Finds every host on this machine."""

    async def resolve(self, _host: str, _port: int) -> Sequence[Address]:
        """Its address."""
        return (IPv4Address("127.0.0.1"),)


@dataclass(slots=True)
class _Counting:
    """Takes events and counts them."""

    name: str = "counting"
    count: int = 0

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Counts."""
        del tenant_id
        self.count += len(batch)


def measure_outbox(databases: Sequence[Database]) -> None:
    """Measures and prints each figure on each database."""
    measure_each(databases, "outbox", _measure_on)


def _measure_on(pair: Pair, folder: Path) -> None:
    migrate(pair.product)
    print(f"\n{pair.database.value}")
    asyncio.run(_measure(pair.product, _prepare_tls(folder)))


@dataclass(frozen=True, slots=True)
class _Tls:
    """What the receiver speaks with, and what trusts it."""

    files: tuple[str, str]
    trust: ssl.SSLContext


def _prepare_tls(folder: Path) -> _Tls:
    local = prepare_tls(folder, [_HOST], datetime.now(UTC))  # noqa: TID251 - TLS goes by it
    files = (str(local.files.certificate), str(local.files.key))
    return _Tls(files, ssl.create_default_context(cafile=local.authority))


async def _measure(url: str, tls: _Tls) -> None:
    async with open_at(url) as store:
        bench = Bench(await World(store).begin())
        for _ in range(0, EVENTS, _TOGETHER):
            await bench.commit(bench.make_events(_TOGETHER))
        await catch_up(Sealer(store, make_signer()), bench.world.tenant, NOON)
        counting = _Counting()
        await _tell("handed over in hundreds", store, Feed(counting, is_from_first=True), EVENTS)
        assert counting.count == EVENTS
        await _measure_webhook(store, tls)


async def _measure_webhook(store: Store, tls: _Tls) -> None:
    async with open_receiver(*tls.files) as receiver:
        origin = f"https://{_HOST}:{receiver.port}"
        rules = OutgoingRules(frozenset({origin}), (ip_network("127.0.0.0/8"),))
        caller = GuardedCaller(rules, _Loopback(), tls.trust)
        webhook = Webhook("bench", f"{origin}/200", (bytes(32),))
        channel = WebhookChannel(webhook, caller, "https://pim.example", _Standing())
        feed = Feed(channel, is_from_first=True, portion=1)
        reading = asyncio.create_task(_read_all(receiver.lines))
        await _tell("sent by one webhook", store, feed, 500)
        reading.cancel()


async def _read_all(lines: asyncio.StreamReader) -> None:
    while await lines.readline():
        pass


async def _tell(name: str, store: Store, feed: Feed, most: int) -> None:
    """Hands over until so many events were, at the least."""
    outbox, remembered = Outbox(store, Remembered()), Remembered()
    began, used = time.perf_counter(), time.process_time()
    done = 0
    while done < most and await advance_all(outbox, feed, NOON):
        states = await store.list_consumers()
        done = next(one.position for one in states if one.name == feed.name)
    assert remembered == outbox.troubles
    took, used = time.perf_counter() - began, time.process_time() - used
    each = used / done * 1e6
    print(f"{name:26}{done / took:9,.0f} events/s, {each:,.0f} us of CPU each", flush=True)
