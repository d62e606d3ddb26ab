"""The questions about a log: events by their place, hashes above them, tree heads, keys."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select, true
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import Integer

from timebound.application.log_ports import (
    DamagedLogError,
    Entry,
    Logged,
    SealedKey,
    TreeHead,
    Unreadable,
)
from timebound.domain.ids import EventId, TenantId
from timebound.domain.merkle import digest_leaf
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.columns import NumberType, read_instant
from timebound.storage.compiling import Statement
from timebound.storage.fragments import TENANT, constant, parameter
from timebound.storage.log_rows import (
    EVENT_COLUMNS,
    HEAD_COLUMNS,
    read_bytes,
    read_event,
    read_head,
)
from timebound.storage.log_tables import log_keys, log_nodes, tree_heads
from timebound.storage.raw_columns import FLAWS, decode_raw, select_raw, tell_raw
from timebound.storage.rows import Row
from timebound.storage.tables import events, tenants

MOST: Final = bindparam("most", type_=Integer())
AFTER: Final = bindparam("after", type_=NumberType)
START: Final = bindparam("start", type_=NumberType)
END: Final = bindparam("end", type_=NumberType)
_SIZE: Final = bindparam("size", type_=NumberType)
_LEVEL: Final = bindparam("level", type_=NumberType)

_AT: Final = HEAD_COLUMNS.index("at")
_ALL: Final = 2**31 - 1
"""More than ever waits."""
NO_CONTENT: Final = ""
"""The data of an event whose content retention has removed; no document is empty."""


class LogReading(Asking):
    """What a log is asked."""

    async def tenants_to_seal(self) -> Sequence[TenantId]:
        """The tenants that have unsealed events."""
        return [TenantId(row[0]) for row in await self.ask(select_waiting(), {})]

    async def count_unsealed(self, tenant_id: TenantId) -> int:
        """How many events of a tenant are not sealed yet."""
        rows = await self.ask(count_waiting(), {"tenant": tenant_id, "most": _ALL})
        return int(rows[0][0])

    async def find_oldest_unsealed(self, tenant_id: TenantId) -> Instant | None:
        """When the oldest of them was recorded: sealing lags by as much."""
        rows = await self.ask(select_oldest_waiting(), {"tenant": tenant_id})
        return read_instant(rows[0][0]) if rows else None

    async def read_log(
        self, tenant_id: TenantId, after_position: int, limit: int
    ) -> Sequence[Entry]:
        """Sealed events behind a place, in order; not those without content."""
        values = {"tenant": tenant_id, "after": after_position, "most": limit}
        rows = await self.ask(_sealed(), values)
        # SQLite keeps 1.5 where a number belongs; nobody is ever at such a place.
        return [_read_entry(row) for row in rows if isinstance(row[0], int)]

    async def find_place(self, tenant_id: TenantId, event_id: EventId) -> int | None:
        """Where an event was sealed; none if it is unknown, or not sealed yet."""
        rows = await self.ask(_place(), {"tenant": tenant_id, "of_id": event_id})
        found = rows[0][0] if rows else None
        # SQLite keeps 1.5 where a number belongs, and whoever adds a row chooses any.
        return found if isinstance(found, int) and found >= 0 else None

    async def read_hashes(
        self, tenant_id: TenantId, level: int, start: int, end: int
    ) -> Sequence[bytes]:
        """The hashes of leaves (level 0) or of kept subtrees, from one index up to another."""
        values = {"tenant": tenant_id, "level": level, "start": start, "end": end}
        rows = await self.ask(_leaves() if level == 0 else select_nodes(), values)
        if [row[0] for row in rows] != list(range(start, end)):
            raise DamagedLogError(f"of the hashes {start} to {end} of level {level} some are gone")
        return [_read_leaf(row) if level == 0 else _read_node(row) for row in rows]

    async def last_head(self, tenant_id: TenantId) -> TreeHead | None:
        """The newest tree head of a tenant."""
        rows = await self.ask(select_last_head(), {"tenant": tenant_id})
        return read_kept_head(rows[0]) if rows else None

    async def has_heads(self) -> bool:
        """Whether there is a tree head, of any tenant or of none that is there."""
        return bool(await self.ask(_any_head(), {}))

    async def find_head(self, tenant_id: TenantId, size: int) -> TreeHead | None:
        """The tree head of a size, if there was one."""
        rows = await self.ask(_head(), {"tenant": tenant_id, "size": size})
        return read_kept_head(rows[0]) if rows else None

    async def read_heads(
        self, tenant_id: TenantId, after_size: int, limit: int
    ) -> Sequence[TreeHead]:
        """The tree heads greater than a size, the smallest first."""
        values = {"tenant": tenant_id, "after": after_size, "most": limit}
        return [read_kept_head(row) for row in await self.ask(_heads(), values)]

    async def log_keys(self) -> Sequence[SealedKey]:
        """The keys that tree heads are signed with, the newest last."""
        return [_read_key(row) for row in await self.ask(_keys(), {})]


def _read_entry(row: Row) -> Entry:
    position, id_ = row[0], tell_raw(row[2])
    try:
        said = [decode_raw(row[place]) for place in range(1, len(row))]
        return Logged(position, read_event(said[1:]), said[0])
    except FLAWS:
        return Unreadable(position, EventId(id_))


def read_kept_head(row: Row) -> TreeHead:
    """The tree head of a row; DamagedLogError where it is none."""
    try:
        values = [row[place] for place in range(len(HEAD_COLUMNS))]
        return read_head([*values[:_AT], decode_raw(values[_AT]), *values[_AT + 1 :]])
    except FLAWS as error:
        raise DamagedLogError(f"the tree head {row[0]!r} cannot be read") from error


def _read_leaf(row: Row) -> bytes:
    try:
        return digest_leaf(row[1])
    except FLAWS as error:
        raise DamagedLogError(f"the digest of event {row[0]} is none") from error


def _read_node(row: Row) -> bytes:
    try:
        return read_bytes(row[1])
    except TypeError as error:
        raise DamagedLogError(f"the hash of subtree {row[0]} is none") from error


def _read_key(row: Row) -> SealedKey:
    try:
        return SealedKey(row[0], row[1], read_bytes(row[2]), read_instant(row[3]))
    except FLAWS as error:
        raise DamagedLogError(f"the key {row[0]!r} cannot be read") from error


def is_unsealed() -> ColumnElement[bool]:
    """The event has no place yet."""
    return events.c.position.is_(None)


@cache
def select_waiting() -> Statement:
    """The tenants that have unsealed events: one look for each, however many events there are."""
    return Statement(
        select(tenants.c.id)
        .where(_first_unsealed(tenants.c.id).scalar_subquery().is_not(None))
        .order_by(tenants.c.id)
    )


@cache
def count_waiting() -> Statement:
    """How many events of a tenant are unsealed, but for a limit."""
    waiting = _first_unsealed(TENANT, most=MOST).subquery()
    return Statement(select(func.count()).select_from(waiting))


@cache
def select_oldest_waiting() -> Statement:
    """When the first of the unsealed events was recorded."""
    return Statement(_first_unsealed(TENANT))


def _first_unsealed(
    tenant: ColumnElement[str], most: ColumnElement[int] | int = 1
) -> Select[tuple[Any]]:
    # SQLite takes the index of what waits only for what comes in its order: it knows nothing of
    # how few these are, and would look through everything that is sealed.
    own = events.c
    return (
        select(own.recorded_at)
        .where(own.tenant_id == tenant, is_unsealed())
        .order_by(own.recorded_at, own.effective_at, own.id)
        .limit(most)
    )


@cache
def _sealed() -> Statement:
    own = events.c
    return Statement(
        select(own.position, *(select_raw(own[name]) for name in ("digest", *EVENT_COLUMNS)))
        .where(own.tenant_id == TENANT, own.position > AFTER, own.data != constant(NO_CONTENT))
        .order_by(own.position)
        .limit(MOST)
    )


@cache
def _place() -> Statement:
    own = events.c
    return Statement(
        select(own.position).where(own.tenant_id == TENANT, own.id == parameter("of_id"))
    )


@cache
def _leaves() -> Statement:
    own = events.c
    return Statement(
        select(own.position, own.digest)
        .where(own.tenant_id == TENANT, own.position >= START, own.position < END)
        .order_by(own.position)
    )


@cache
def select_nodes() -> Statement:
    """The kept subtrees of a level, from one index up to another."""
    own = log_nodes.c
    return Statement(
        select(own.position, own.hash)
        .where(
            own.tenant_id == TENANT,
            own.level == _LEVEL,
            own.position >= START,
            own.position < END,
        )
        .order_by(own.position)
    )


@cache
def select_last_head() -> Statement:
    """The newest tree head of a tenant."""
    own = tree_heads.c
    return Statement(select_heads(true()).order_by(own.size.desc()).limit(1))


@cache
def _any_head() -> Statement:
    return Statement(select(tree_heads.c.tenant_id).limit(1))


@cache
def _head() -> Statement:
    return Statement(select_heads(tree_heads.c.size == _SIZE))


@cache
def _heads() -> Statement:
    own = tree_heads.c
    return Statement(select_heads(own.size > AFTER).order_by(own.size).limit(MOST))


def select_heads(which: ColumnElement[bool]) -> Select[Any]:
    """Tree heads of a tenant."""
    own = tree_heads.c
    columns = [select_raw(own.at) if name == "at" else own[name] for name in HEAD_COLUMNS]
    return select(*columns).where(own.tenant_id == TENANT, which)


@cache
def _keys() -> Statement:
    own = log_keys.c
    return Statement(select(own.number, own.name, own.sealed, own.created_at).order_by(own.number))
