"""Tree heads of the log for those who hold them elsewhere, by the webhooks that events leave by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from timebound.application.log_ports import Logged, LogSigner, LogStore, TreeHead
from timebound.application.outbox import Feed
from timebound.application.sealing import write_head_note
from timebound.channels.webhooks import WebhookChannel
from timebound.domain.ids import TenantId

TYPE: Final = "timebound.log.head"
_ROOT_DIGITS: Final = 16


@dataclass(slots=True)
class HeadChannel:
    """Follows the log for one receiver, and sends the newest head whenever events were sealed.

    A head is above all before it, so those in between need not be sent; the same head may come
    again, with the same id.
    """

    channel: WebhookChannel
    store: LogStore
    signer: LogSigner
    _sent: dict[TenantId, TreeHead] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its position is kept under."""
        return f"heads:{self.channel.webhook.name}"

    @property
    def feed(self) -> Feed:
        """Events of every kind, because each is under a head.

        They come one by one: a head that does not arrive is not sent again for each of many.
        """
        return Feed(self, tenant_id=self.channel.webhook.tenant_id, portion=1)

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Sends the newest head, unless it was sent; DeliveryError if it does not arrive."""
        head = await self.store.last_head(tenant_id)
        # What is sealed is under a head; a head that is gone is for `audit verify` to tell.
        if not batch or head is None or self._sent.get(tenant_id) == head:
            return
        source = f"{self.channel.authority}/{tenant_id}/v2.0"
        note = write_head_note(self.signer, tenant_id, head)
        body = write_head_event(source, tenant_id, head, note)
        await self.channel.post(identify_head(tenant_id, head), body)
        self._sent[tenant_id] = head


def identify_head(tenant_id: TenantId, head: TreeHead) -> str:
    """The id under which a head is sent; a log that began anew has others of the same sizes."""
    return f"{tenant_id}/{head.size}/{head.root.hex()[:_ROOT_DIGITS]}"


def write_head_event(source: str, tenant_id: TenantId, head: TreeHead, note: str) -> bytes:
    """The CloudEvent of a head; its note is to be kept as it is."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": identify_head(tenant_id, head),
            "source": source,
            "type": TYPE,
            "subject": tenant_id,
            "time": head.at,
            "datacontenttype": "application/json",
            "data": {"tenantId": tenant_id, "size": head.size, "note": note},
        }
    )
