"""Rows of a log as they are: whatever was done to one is to be told, and hinders no other."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Select,
    Table,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
)

from timebound.application.check_ports import CheckedRow, UnreadableHead
from timebound.application.log_ports import TreeHead
from timebound.domain.events import Event, EventKind
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Stretch
from timebound.domain.times import ENDLESS, Instant
from timebound.storage.asking import Asking
from timebound.storage.columns import InstantColumn, NumberType, write_instant
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import write_said
from timebound.storage.documents import canonical_event
from timebound.storage.fragments import TENANT, constant
from timebound.storage.log_reading import (
    AFTER,
    END,
    MOST,
    NO_CONTENT,
    START,
    is_unsealed,
    read_kept_head,
    select_heads,
    select_nodes,
)
from timebound.storage.log_rows import EVENT_COLUMNS, HEAD_COLUMNS, read_event, read_head
from timebound.storage.log_tables import log_nodes, tree_heads
from timebound.storage.raw_columns import FLAWS, decode_raw, select_raw, tell_raw
from timebound.storage.rows import Row
from timebound.storage.tables import events, tenants

_AT: Final = bindparam("at", type_=InstantColumn)
_BEYOND: Final = 1 << 62
_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class LogChecking(Asking):
    """What checking a log asks."""

    async def logged_tenants(self) -> Sequence[TenantId]:
        """The tenants that have a tree head, or events."""
        return [TenantId(row[0]) for row in await self.ask(_logged(), {})]

    async def lost_logs(self) -> Sequence[str]:
        """The ids of what has events or tree heads, and is no tenant any more."""
        return sorted(tell_raw(row[0]) for row in await self.ask(_lost(), {}))

    async def check_rows(
        self, tenant_id: TenantId, places: Stretch, limit: int
    ) -> Sequence[CheckedRow]:
        """The rows of the events in some places, in order."""
        values = {"tenant": tenant_id, "start": places.start, "end": places.end, "most": limit}
        rows = await self.ask(_rows(), values)
        # SQLite keeps 1.5 where a number belongs.
        return [_check(tenant_id, row) for row in rows if isinstance(row[0], int)]

    async def check_retention(self, tenant_id: TenantId, start: int) -> Sequence[CheckedRow]:
        """The rows of what retention told of late: behind a place, or not sealed yet (-1)."""
        rows = await self.ask(_retention(), {"tenant": tenant_id, "start": start})
        return [_check(tenant_id, row) for row in rows]

    async def check_waiting(self, tenant_id: TenantId, limit: int) -> Sequence[CheckedRow]:
        """The rows of the events that are sealed next (-1 for their place), in their order."""
        rows = await self.ask(_waiting(), {"tenant": tenant_id, "most": limit})
        return [_check(tenant_id, row) for row in rows]

    async def check_heads(
        self, tenant_id: TenantId, after_size: int, limit: int
    ) -> Sequence[TreeHead | UnreadableHead]:
        """The tree heads greater than a size, the smallest first."""
        values = {"tenant": tenant_id, "after": after_size, "most": limit}
        return [_check_head(row) for row in await self.ask(_heads(), values)]

    async def find_nodes(
        self, tenant_id: TenantId, level: int, start: int, end: int
    ) -> dict[int, bytes]:
        """The kept subtrees of a level from one index up to another, by index."""
        values = {"tenant": tenant_id, "level": level, "start": start, "end": end}
        return {row[0]: row[1] for row in await self.ask(select_nodes(), values)}

    async def find_span(
        self, tenant_id: TenantId, since: Instant | None, until: Instant | None
    ) -> Stretch | None:
        """From the first place to the last of what was recorded in a span of time."""
        values = {"tenant": tenant_id, "since": since or _EVER, "until": until or ENDLESS}
        [row] = await self.ask(_span(), {**values, "end": _BEYOND})
        return None if row[0] is None else Stretch(int(row[0]), int(row[1]) + 1)

    async def find_head_before(self, tenant_id: TenantId, at: Instant) -> TreeHead | None:
        """The newest tree head that says it was signed before an instant."""
        rows = await self.ask(_head_before(), {"tenant": tenant_id, "at": at})
        return read_kept_head(rows[0]) if rows else None

    async def find_head_behind(self, tenant_id: TenantId, at: Instant) -> TreeHead | None:
        """The oldest tree head that says it was signed behind an instant."""
        rows = await self.ask(_head_behind(), {"tenant": tenant_id, "at": at})
        return read_kept_head(rows[0]) if rows else None

    async def count_nodes(self, tenant_id: TenantId) -> int:
        """How many subtrees are kept."""
        rows = await self.ask(_count_nodes(), {"tenant": tenant_id})
        return int(rows[0][0])

    async def find_greatest_size(self, tenant_id: TenantId) -> int:
        """The size of the newest tree head; 0 where there is none."""
        [row] = await self.ask(_greatest(), {"tenant": tenant_id, "end": _BEYOND})
        # SQLite keeps 20.5 where a number belongs; that head is told of as one of its own.
        return int(max(row[0] or 0, 0))

    async def find_misplaced(self, tenant_id: TenantId, limit: int) -> Sequence[object]:
        """Places that are none, or that more than one event has."""
        rows = await self.ask(_misplaced(), {"tenant": tenant_id, "most": limit})
        return [row[0] for row in rows]

    async def find_outermost(self, tenant_id: TenantId) -> tuple[object, object]:
        """The least and the greatest place that an event has; none where none has one."""
        [row] = await self.ask(_outermost(), {"tenant": tenant_id})
        return row[0], row[1]


def _check(tenant_id: TenantId, row: Row) -> CheckedRow:
    position, id_, digest = row[0], tell_raw(row[1]), tell_raw(row[2])
    event, document, is_emptied = None, None, False
    try:
        values = [decode_raw(row[place]) for place in range(3, len(row))]
        is_emptied = values[-1] == NO_CONTENT and not any(values[4:])
        if not is_emptied:
            event = _read_faithful(values)
            document = canonical_event(tenant_id, event)
    except FLAWS:
        event = None
    return CheckedRow(position, id_, digest, event, document, is_emptied)


def _read_faithful(values: Sequence[Any]) -> Event:
    """The event, if its row is what the service would write of it; ValueError otherwise."""
    event = read_event(values)
    written = write_said(event)
    for name, value in zip(EVENT_COLUMNS, values, strict=True):
        expected = written[name]
        if isinstance(expected, datetime) and isinstance(value, str):
            expected = write_instant(expected)
        if value != expected:
            raise ValueError(f"{name} is written otherwise")
    return event


def _check_head(row: Row) -> TreeHead | UnreadableHead:
    try:
        if not isinstance(row[0], int) or not isinstance(row[5], int):
            return UnreadableHead(row[0])
        at = decode_raw(row[4])
        head = read_head([row[0], row[1], row[2], row[3], at, row[5], row[6]])
    except FLAWS:
        return UnreadableHead(row[0])
    is_otherwise = isinstance(at, str) and at != write_instant(head.at)
    return UnreadableHead(row[0]) if is_otherwise else head


@cache
def _logged() -> Statement:
    id_ = tenants.c.id
    with_heads = select(tree_heads.c.size).where(tree_heads.c.tenant_id == id_).exists()
    with_events = select(events.c.id).where(events.c.tenant_id == id_).exists()
    return Statement(select(id_).where(or_(with_heads, with_events)).order_by(id_))


@cache
def _lost() -> Statement:
    def find_lost(table: Table) -> Select[tuple[bytes]]:
        own = table.c.tenant_id
        has_tenant = exists().where(tenants.c.id == own)
        return select(select_raw(own)).select_from(table).distinct().where(~has_tenant)

    return Statement(union(find_lost(tree_heads), find_lost(events)))


@cache
def _rows() -> Statement:
    own = events.c
    columns = [select_raw(own[name]) for name in ("id", "digest", *EVENT_COLUMNS)]
    return Statement(
        select(own.position, *columns)
        .where(own.tenant_id == TENANT, own.position >= START, own.position < END)
        .order_by(own.position)
        .limit(MOST)
    )


@cache
def _retention() -> Statement:
    own = events.c
    columns = [select_raw(own[name]) for name in ("id", "digest", *EVENT_COLUMNS)]
    return Statement(
        select(func.coalesce(own.position, -1), *columns).where(
            own.tenant_id == TENANT,
            own.kind == constant(EventKind.CONTENT_REMOVED.value),
            or_(own.position >= START, own.position.is_(None)),
        )
    )


@cache
def _waiting() -> Statement:
    own = events.c
    columns = [select_raw(own[name]) for name in ("id", "digest", *EVENT_COLUMNS)]
    return Statement(
        select(literal_column("-1"), *columns)
        .where(own.tenant_id == TENANT, is_unsealed())
        .order_by(own.recorded_at, own.effective_at, own.id)
        .limit(MOST)
    )


@cache
def _span() -> Statement:
    own = events.c
    since = bindparam("since", type_=InstantColumn)
    until = bindparam("until", type_=InstantColumn)
    return Statement(
        select(func.min(own.position), func.max(own.position)).where(
            own.tenant_id == TENANT,
            own.position >= 0,
            own.position < END,
            own.recorded_at >= since,
            own.recorded_at < until,
        )
    )


@cache
def _head_before() -> Statement:
    own = tree_heads.c
    return Statement(select_heads(own.at < _AT).order_by(own.size.desc()).limit(1))


@cache
def _head_behind() -> Statement:
    own = tree_heads.c
    return Statement(select_heads(own.at > _AT).order_by(own.size).limit(1))


@cache
def _heads() -> Statement:
    own = tree_heads.c
    columns = [select_raw(own.at) if name == "at" else own[name] for name in HEAD_COLUMNS]
    return Statement(
        select(*columns)
        .where(own.tenant_id == TENANT, own.size > AFTER)
        .order_by(own.size)
        .limit(MOST)
    )


@cache
def _count_nodes() -> Statement:
    own = log_nodes.c
    return Statement(select(func.count()).select_from(log_nodes).where(own.tenant_id == TENANT))


@cache
def _greatest() -> Statement:
    own = tree_heads.c
    # On SQLite a text is greater than every number.
    return Statement(select(func.max(own.size)).where(own.tenant_id == TENANT, own.size < END))


@cache
def _misplaced() -> Statement:
    own = events.c
    # SQLite keeps 1.5, and texts, where a number belongs.
    is_none = own.position != cast(own.position, NumberType)
    return Statement(
        select(own.position)
        .where(own.tenant_id == TENANT, own.position.is_not(None))
        .group_by(own.position)
        .having(or_(func.count() > literal_column("1"), is_none))
        .order_by(own.position)
        .limit(MOST)
    )


@cache
def _outermost() -> Statement:
    own = events.c
    return Statement(
        select(func.min(own.position), func.max(own.position)).where(
            own.tenant_id == TENANT, own.position.is_not(None)
        )
    )
