"""Events as CloudEvents 1.0, whole in one JSON document (structured content mode)."""

from typing import Final

import msgspec

from timebound.channels.notices import Notice
from timebound.domain.events import Event
from timebound.domain.ids import TenantId

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"


def write_cloud_event(source: str, tenant_id: TenantId, event: Event, notice: Notice) -> bytes:
    """The document of an event; `source` and the event's id together are its own for ever."""
    actor = event.actor
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": source,
            "type": notice.value,
            "subject": event.subject_id,
            "time": event.recorded_at,
            "datacontenttype": "application/json",
            "data": {
                **event.data,
                "tenantId": tenant_id,
                "effectiveAt": event.effective_at,
                "correlationId": event.correlation_id,
                "actor": {"userId": actor.user_id, "applicationId": actor.application_id},
            },
        }
    )
