"""The order of what is sealed together, where the instants of recording alone would mislead.

An event is recorded with the instant at which its call was judged, and committed later: a removal
that was judged just before a start can be committed after a worker has told that start. So the
events of one grant get their places in the order of its life, which is that of their commits.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import case, select

from timebound.domain.events import EventKind
from timebound.storage.compiling import Statement
from timebound.storage.fragments import TENANT, constant
from timebound.storage.log_reading import MOST, is_unsealed
from timebound.storage.raw_columns import FLAWS, select_raw, tell_raw
from timebound.storage.rows import Row
from timebound.storage.tables import events

_LIFE: Final = {
    EventKind.REQUEST_MADE.value: 0,
    EventKind.GRANT_MADE.value: 1,
    EventKind.GRANT_STARTED.value: 2,
    EventKind.GRANT_ENDS_SOON.value: 3,
    EventKind.GRANT_ENDED.value: 4,
    EventKind.GRANT_EXPIRED.value: 4,
}
"""Of one grant, which has the id of its request, nothing comes before what has a lower number."""


class _Said(msgspec.Struct, rename="camel"):
    """What is looked for in the data of an event."""

    grant_id: str | None = None


@cache
def select_next() -> Statement:
    """Unsealed events as they are ordered before their data is looked at, the first of them."""
    own = events.c
    is_of_life = own.kind.in_([constant(kind) for kind in _LIFE])
    return Statement(
        select(
            own.id,
            select_raw(own.digest),
            select_raw(own.kind),
            select_raw(own.correlation_id),
            case((is_of_life, select_raw(own.data))),
        )
        .where(own.tenant_id == TENANT, is_unsealed())
        # What was caught up with together is in the order in which it fell due.
        .order_by(own.recorded_at, own.effective_at, own.id)
        .limit(MOST)
    )


def order_lives(rows: Sequence[Row]) -> list[Row]:
    """The rows as they came, but for those of one grant: these change their places among them."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        grant_id = _find_grant(row)
        if grant_id is not None:
            places.setdefault(grant_id, []).append(place)
    ordered = list(rows)
    for own in places.values():
        lived = sorted((rows[place] for place in own), key=_rank)
        for place, row in zip(own, lived, strict=True):
            ordered[place] = row
    return ordered


def _rank(row: Row) -> int:
    return _LIFE[tell_raw(row[2])]


def _find_grant(row: Row) -> str | None:
    """Which grant the event tells of; none where it tells of none, or its row is damaged."""
    kind = tell_raw(row[2])
    if kind not in _LIFE:
        return None
    if kind == EventKind.REQUEST_MADE.value:
        return tell_raw(row[3])
    try:
        return msgspec.json.decode(row[4], type=_Said).grant_id
    except FLAWS:
        return None
