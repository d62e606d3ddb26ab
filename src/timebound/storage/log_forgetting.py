"""Removing the content of old events: their places and digests stay, and an event tells of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, null, select, update

from timebound.application.log_ports import Forgotten
from timebound.domain.events import Event, EventKind
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Stretch
from timebound.domain.retention import join_places
from timebound.domain.times import ENDLESS, Instant
from timebound.storage.audit_tables import audit_records, audit_targets
from timebound.storage.columns import InstantColumn, read_instant
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import write_event
from timebound.storage.fragments import TENANT, constant
from timebound.storage.log_reading import END, MOST, NO_CONTENT, START
from timebound.storage.log_sealing import LogSealing, lock_log
from timebound.storage.raw_columns import FLAWS, decode_raw, select_raw
from timebound.storage.rows import Row
from timebound.storage.statements import Run, insert_into
from timebound.storage.tables import events

_BEFORE = bindparam("before", type_=InstantColumn)
_EMPTY = constant(NO_CONTENT)
_EVER = datetime(1, 1, 1, tzinfo=UTC)


class LogForgetting(LogSealing):
    """Removes content."""

    async def forget_content(
        self,
        tenant_id: TenantId,
        places: Stretch,
        before: Instant,
        tell: Callable[[Sequence[Stretch]], Event],
    ) -> Forgotten:
        """Removes the content of the events in some places that were recorded before an instant.

        What it tells of that is committed with it, and keeps its own content. The audit records
        made of such events go as well.
        """
        forgotten: list[int] = []
        outermost: list[Instant] = []

        def write(found: Sequence[Sequence[Row]]) -> Sequence[Run]:
            _, [first], old = found
            outermost.extend(_read_ends(first))
            forgotten.extend(row[0] for row in old)
            if not forgotten:
                return ()
            stretches = join_places(forgotten)
            records = {"tenant": tenant_id, "before": before, "most": 2 * len(forgotten)}
            return (
                (insert_into(events), [write_event(tenant_id, tell(stretches))]),
                (_forget(), [_write_stretch(tenant_id, one) for one in stretches]),
                (_drop_targets(), [records]),
                (_drop_records(), [records]),
            )

        values = {**_write_stretch(tenant_id, places), "before": before}
        questions = [(lock_log(), values), (_outermost(), values), (_old(), values)]
        is_done = await self.follow(questions, write)
        return Forgotten(len(forgotten), *outermost) if is_done else Forgotten(0)


def _read_ends(row: Row) -> list[Instant]:
    """When the first and the last were recorded; what cannot be read may be as old or as new."""
    found: list[Instant] = []
    for value, otherwise in ((row[0], _EVER), (row[1], ENDLESS)):
        if value is not None:
            try:
                found.append(read_instant(decode_raw(value)))
            except FLAWS:
                found.append(otherwise)
    return found


def _write_stretch(tenant_id: TenantId, stretch: Stretch) -> dict[str, object]:
    return {"tenant": tenant_id, "start": stretch.start, "end": stretch.end}


@cache
def _old() -> Statement:
    own = events.c
    return Statement(
        select(own.position)
        .where(
            own.tenant_id == TENANT,
            own.position >= START,
            own.position < END,
            own.recorded_at < _BEFORE,
            own.data != _EMPTY,
            own.kind != constant(EventKind.CONTENT_REMOVED.value),
        )
        .order_by(own.position)
    )


@cache
def _outermost() -> Statement:
    own = events.c
    return Statement(
        select(select_raw(func.min(own.recorded_at)), select_raw(func.max(own.recorded_at))).where(
            own.tenant_id == TENANT, own.position >= START, own.position < END
        )
    )


@cache
def _forget() -> Statement:
    own = events.c
    return Statement(
        update(events)
        .where(own.tenant_id == TENANT, own.position >= START, own.position < END)
        .values(
            data=_EMPTY,
            subject_id=_EMPTY,
            correlation_id=_EMPTY,
            actor_user_id=null(),
            actor_application_id=null(),
        )
    )


def _old_records() -> Select[Any]:
    own = audit_records.c
    return (
        select(own.id)
        .where(own.tenant_id == TENANT, own.at < _BEFORE)
        .order_by(own.at, own.id)
        .limit(MOST)
    )


@cache
def _drop_targets() -> Statement:
    own = audit_targets.c
    return Statement(
        delete(audit_targets).where(own.tenant_id == TENANT, own.record_id.in_(_old_records()))
    )


@cache
def _drop_records() -> Statement:
    own = audit_records.c
    return Statement(
        delete(audit_records).where(own.tenant_id == TENANT, own.id.in_(_old_records()))
    )
