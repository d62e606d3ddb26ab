"""What every record takes from its event."""

from collections.abc import Iterator
from dataclasses import replace

from timebound.domain.audit.problems import say_reasons, tell_reasons
from timebound.domain.audit.records import (
    OPERATOR,
    Activity,
    AuditRecord,
    Initiator,
    Result,
    Target,
)
from timebound.domain.events import ADDRESS, Event, EventKind

_DUE = frozenset({EventKind.GRANT_STARTED, EventKind.GRANT_EXPIRED, EventKind.APPROVAL_TIMED_OUT})
"""What happens because its time has come: it is told as of then, whenever it was noticed."""


def begin(event: Event, activity: Activity, *targets: Target) -> AuditRecord:
    """A record of success by whoever is named in the event."""
    return AuditRecord(
        event_id=event.id,
        number=0,
        activity=activity,
        at=event.effective_at if event.kind in _DUE else event.recorded_at,
        correlation_id=event.correlation_id,
        initiator=_find_initiator(event),
        targets=targets,
    )


def fail(record: AuditRecord, event: Event) -> AuditRecord:
    """The record as that of a refusal, with every reason."""
    return replace(
        record,
        result=Result.FAILURE,
        reason=say_reasons(event.data),
        details=(*record.details, *tell_reasons(event.data)),
    )


def number(records: Iterator[AuditRecord]) -> tuple[AuditRecord, ...]:
    """The records of one event, counted."""
    return tuple(replace(one, number=place) for place, one in enumerate(records))


def _find_initiator(event: Event) -> Initiator:
    actor = event.actor
    if actor.user_id is not None:
        address = event.data.get(ADDRESS)
        told = None if address is None else str(address)
        return Initiator(actor.user_id, is_application=False, address=told)
    if actor.application_id is not None:
        return Initiator(actor.application_id, is_application=True)
    return OPERATOR
