"""Opening what follows the log, and feeding each of them in a task of its own."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

import structlog

from timebound.application.auditing import AuditTrail
from timebound.application.outbox import Feed, Outbox, begin, follow_log
from timebound.application.outbox_ports import Claim, DeadLetter
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.channels.log_heads import HeadChannel
from timebound.channels.syslog import SyslogChannel, SyslogServer
from timebound.channels.webhooks import Webhook, WebhookChannel
from timebound.outgoing.calling import GuardedCaller
from timebound.outgoing.contracts import OutgoingRules, write_origin
from timebound.server.app import Parts
from timebound.server.config import ConfigError, Role, Settings
from timebound.server.metering import EventCounter
from timebound.server.origins import find_urls
from timebound.server.outgoing import list_listed_origins, open_trust
from timebound.server.webhook_file import NamedWebhook, read_webhooks

_GRACE: Final = 3.0
"""Seconds that a stop waits for those who are taking something."""
_REST: Final = 6.0
"""How many times as long as it works the audit log gives way to those who ask for something.

Whoever reads it finds it complete: what is behind is made up for first.
"""
_log: Final = structlog.get_logger()


class _Troubles:
    """Tells operators in the log."""

    def tell_failure(self, claim: Claim, error: BaseException) -> None:
        """Something was not taken, and is offered again."""
        _log.warning(
            "an event was not taken",
            consumer=claim.name,
            tenant=claim.tenant_id,
            error=f"{type(error).__name__}: {error}",
        )

    def tell_dead_letter(self, letter: DeadLetter) -> None:
        """Something was offered for the last time."""
        _log.error(
            "an event is a dead letter; `timebound outbox resend` offers it again",
            consumer=letter.consumer,
            tenant=letter.tenant_id,
            event_id=letter.event_id,
            attempts=letter.attempts,
            error=letter.error,
        )

    def tell_passed(self, claim: Claim, count: int) -> None:
        """Of so many events nothing was left."""
        _log.warning(
            "events were not handed over, since retention has removed what they say",
            consumer=claim.name,
            tenant=claim.tenant_id,
            after=claim.position,
            count=count,
        )

    def tell_off(self, claim: Claim, error: BaseException) -> None:
        """A receiver wants nothing any more."""
        _log.error(
            "a receiver is off until `timebound outbox resume`",
            consumer=claim.name,
            tenant=claim.tenant_id,
            error=str(error),
        )

    def tell_fault(self, name: str, error: BaseException) -> None:
        """A consumer could not be fed at all."""
        _log.error("a consumer is held up", consumer=name, exc_info=error)


@asynccontextmanager
async def feeding(parts: Parts) -> AsyncIterator[None]:
    """Feeds whoever follows the log, until the context is left; ConfigError for what cannot be."""
    async with _following(parts, await open_feeds(parts)):
        yield


@asynccontextmanager
async def counting(parts: Parts) -> AsyncIterator[None]:
    """Counts events, until the context is left: for processes whose metrics can be read."""
    async with _following(parts, [Feed(EventCounter(parts.meter))]):
        yield


@asynccontextmanager
async def _following(parts: Parts, feeds: Sequence[Feed]) -> AsyncIterator[None]:
    outbox = Outbox(parts.store, _Troubles(), parts.settings.delivery_attempts)
    await _seal_for_new(parts, feeds)
    await begin(parts.store, feeds)
    tasks = [asyncio.create_task(follow_log(outbox, one, parts.system)) for one in feeds]
    try:
        yield
    finally:
        # What is handed over at this moment gets the time to be noted. Who takes longer than that
        # is handed it again after the next start, under the same id.
        outbox.stopping.set()
        await asyncio.wait(tasks, timeout=_GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _seal_for_new(parts: Parts, feeds: Sequence[Feed]) -> None:
    """Gives what was before its place where somebody is new, and told of what happens from now on.

    Where nobody is, what waits is left to the sealer: a start waits for none of it.
    """
    waiting = await parts.store.tenants_to_seal()
    known = {(one.name, one.tenant_id) for one in await parts.store.list_consumers()}
    later = [one for one in feeds if not one.is_from_first]
    for tenant_id in waiting:
        theirs = [one.name for one in later if one.tenant_id in (None, tenant_id)]
        if all((name, tenant_id) in known for name in theirs):
            continue
        try:
            await catch_up(parts.sealer, tenant_id, parts.clock.now())
        except Exception as error:  # noqa: BLE001 - whatever is in one log, the service starts
            _log.error("a log could not be sealed", tenant=tenant_id, error=str(error))


async def open_feeds(parts: Parts) -> Sequence[Feed]:
    """Whoever follows the log: the audit log that is read, and whom the operator names."""
    settings = parts.settings
    feeds = [Feed(AuditTrail(parts.store, parts.sealer), is_from_first=True, rest=_REST)]
    named = read_webhooks(settings.webhooks_file, list_listed_origins(settings))
    if not named and settings.syslog is None:
        return feeds
    trust = open_trust(settings)
    for one in named:
        webhook = await _find_tenant(settings, parts.store, one)
        caller = _open_caller(settings, webhook, trust)
        channel = WebhookChannel(webhook, caller, _authority(parts), parts.system)
        if webhook.notices:
            feeds.append(channel.feed)
        if one.has_heads:
            feeds.append(HeadChannel(channel, parts.store, parts.sealer.signer).feed)
    if settings.syslog is not None:
        host, port = settings.syslog
        server = SyslogServer(host, port, trust, settings.outgoing_networks)
        feeds.append(SyslogChannel(server, urlsplit(_authority(parts)).hostname or "-").feed)
    return feeds


async def _find_tenant(settings: Settings, store: Store, named: NamedWebhook) -> Webhook:
    if named.tenant is None:
        return named.webhook
    tenant = await store.find_tenant(named.tenant)
    if tenant is None:
        where = f"--webhooks {settings.webhooks_file}"
        raise ConfigError(f"{where}: there is no tenant `{named.tenant}`")
    return replace(named.webhook, tenant_id=tenant.id)


def _open_caller(settings: Settings, webhook: Webhook, trust: ssl.SSLContext) -> GuardedCaller:
    # Whoever is written down may be called, and each caller calls its receiver alone.
    origin = write_origin(webhook.url)
    rules = OutgoingRules(frozenset({origin} if origin else ()), settings.outgoing_networks)
    return GuardedCaller(rules, trust=trust, proxy=settings.outgoing_proxy)


def _authority(parts: Parts) -> str:
    return (*find_urls(parts.origins, Role.AUTHORITY), parts.origins[0].url)[0]
