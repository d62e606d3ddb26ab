"""Webhooks: an HTTP request for each event, signed, to a receiver that the operator names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from timebound.application.log_ports import Logged
from timebound.application.outbox import DeliveryError, Feed
from timebound.application.ports import Clock
from timebound.channels.cloud_events import CONTENT_TYPE, write_cloud_event
from timebound.channels.notices import Notice, kinds_of, name_notice
from timebound.channels.signing import sign
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.outgoing.calling import Answer, Ask, GuardedCaller
from timebound.outgoing.contracts import FetchFault

_GONE: Final = 410
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver: where it is, what its requests are signed with, and what it is told of."""

    name: str
    url: str
    keys: tuple[bytes, ...] = field(repr=False)
    notices: frozenset[Notice] = frozenset(Notice)
    tenant_id: TenantId | None = None


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Follows the log for one receiver; `authority` is the origin of our tenants' issuers."""

    webhook: Webhook
    caller: GuardedCaller
    authority: str
    system: Clock

    @property
    def name(self) -> str:
        """What its position is kept under."""
        return f"webhook:{self.webhook.name}"

    @property
    def feed(self) -> Feed:
        """One event at a time: each is a request of its own."""
        webhook = self.webhook
        return Feed(self, kinds_of(webhook.notices), webhook.tenant_id, portion=1)

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Sends what the receiver is told of; DeliveryError unless it says that it has it."""
        for one in batch:
            notice = name_notice(one.event)
            if notice in self.webhook.notices:
                source = f"{self.authority}/{tenant_id}/v2.0"
                body = write_cloud_event(source, tenant_id, one.event, notice)
                await self.post(one.event.id, body)

    async def post(self, message_id: str, body: bytes) -> None:
        """Sends a document; DeliveryError unless the receiver says that it has it."""
        _judge(await self.caller.call(self._ask(message_id, body)), self.system.now())

    def _ask(self, message_id: str, body: bytes) -> Ask:
        # Receivers hold the timestamp against their own clocks, so it is that of this very try.
        timestamp = int(self.system.now().timestamp())
        headers = {
            "content-type": CONTENT_TYPE,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.webhook.keys, message_id, timestamp, body),
        }
        return Ask("POST", self.webhook.url, headers, body)


def _judge(answer: Answer | FetchFault, at: Instant) -> None:
    if isinstance(answer, FetchFault):
        raise DeliveryError(answer.problem.value)
    if answer.status == _GONE:
        raise DeliveryError("the receiver answers 410: it wants no more", is_final=True)
    if answer.is_redirect:
        raise DeliveryError(f"the answer is {answer.status}, a redirect, which is not followed")
    if not answer.is_success:
        wish = _read_wish(answer.headers.get("retry-after", ""), at)
        raise DeliveryError(f"the answer is {answer.status}", wish=wish)


def _read_wish(text: str, at: Instant) -> timedelta:
    """How long a `Retry-After` asks to be left alone (RFC 9110, 10.2.3): seconds, or a date."""
    try:
        if _SECONDS.fullmatch(text):
            return timedelta(seconds=int(text))
        return max(parsedate_to_datetime(text) - at, timedelta())
    except (ValueError, TypeError, OverflowError):
        # What nobody understands is no wish; a date may also lack its zone.
        return timedelta()
