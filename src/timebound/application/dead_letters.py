"""Dropping what a consumer never took: on purpose, and never without a word."""

from collections.abc import Sequence

from timebound.application.outbox_ports import DeadLetter, OutboxStore
from timebound.application.ports import IdSource
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId
from timebound.domain.times import Instant


async def forget_letters(
    store: OutboxStore, ids: IdSource, consumer: str, event_id: EventId | None, at: Instant
) -> Sequence[DeadLetter]:
    """Forgets dead letters of a consumer, that of an event or all; answers which they were.

    The events themselves stay in the log, and it tells of each that this consumer never gets it.
    """

    def tell(letter: DeadLetter) -> Event:
        id_ = ids.new_id()
        data: dict[str, Fact] = {
            "consumer": letter.consumer,
            "position": letter.position,
            "attempts": letter.attempts,
            "error": letter.error,
            "failedAt": letter.at.isoformat(),
        }
        kind, subject = EventKind.LETTER_FORGOTTEN, letter.event_id
        return Event(EventId(id_), kind, at, at, id_, Actor(), subject, data)

    return await store.forget_dead(consumer, event_id, tell)
