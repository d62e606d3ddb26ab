"""Events as messages of syslog (RFC 5424), framed for a stream (RFC 5425)."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

import msgspec

from timebound.application.log_ports import Logged
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId

_FACILITY: Final = 13
"""Log audit."""
_WARNING, _NOTICE = 4, 5
_REFUSALS: Final = frozenset(
    {
        EventKind.REQUEST_REFUSED,
        EventKind.CANCEL_REFUSED,
        EventKind.APPROVAL_REFUSED,
        EventKind.CHANGE_REFUSED,
    }
)
_SD_ID: Final = "timebound@32473"
"""With the enterprise number that is set aside for examples (RFC 5612)."""
_ESCAPED: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "]": "\\]"})
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


def write_message(host: str, tenant_id: TenantId, logged: Logged) -> bytes:
    """The message of an event; its place in the log shows a receiver what it has missed."""
    event = logged.event
    severity = _WARNING if event.kind in _REFUSALS else _NOTICE
    at = event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds")
    timestamp = at.replace("+00:00", "Z")
    told = {
        "tenant": tenant_id,
        "position": str(logged.position),
        "id": event.id,
        "digest": logged.digest,
        "correlation": event.correlation_id,
        "subject": event.subject_id,
        "user": event.actor.user_id,
        "application": event.actor.application_id,
        "effective": event.effective_at.isoformat(),
    }
    head = f"<{_FACILITY * 8 + severity}>1 {timestamp} {host} timebound - {event.kind.value}"
    text = msgspec.json.encode(event.data).decode()
    return f"{head} {_write_data(told)} {_BOM}{text}".encode()


def frame_message(message: bytes) -> bytes:
    """The message with its length ahead."""
    return b"%d %b" % (len(message), message)


def _write_data(told: Mapping[str, str | None]) -> str:
    pairs = (f'{name}="{value.translate(_ESCAPED)}"' for name, value in told.items() if value)
    return f"[{_SD_ID} {' '.join(pairs)}]"
