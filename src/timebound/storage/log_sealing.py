"""Giving events their places: read, decided and written in one transaction of one sealer."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.log_ports import SealedKey, SealPlan, Unsealed
from timebound.domain.ids import EventId, TenantId
from timebound.storage.columns import NumberType
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.keeping import Keeping
from timebound.storage.log_order import order_lives, select_next
from timebound.storage.log_reading import LogReading, read_kept_head, select_last_head
from timebound.storage.log_rows import write_head, write_node
from timebound.storage.log_tables import log_keys, log_nodes, tree_heads
from timebound.storage.raw_columns import tell_raw
from timebound.storage.rows import Row
from timebound.storage.statements import Run, Values, insert_into
from timebound.storage.tables import events, tenants

Asked: TypeAlias = tuple[Statement, Parameters]
WritePlan: TypeAlias = Callable[[Sequence[Sequence[Row]]], Sequence[Run]]
"""From what each question found to what is written."""


class LogSealing(LogReading, Keeping):
    """Seals, and keeps the key for it."""

    @abstractmethod
    async def follow(self, questions: Sequence[Asked], plan: WritePlan) -> bool:
        """Reads, and writes what follows from it, in one transaction; False on a conflict."""

    async def seal(self, tenant_id: TenantId, most: int, plan: SealPlan) -> int:
        """Gives the next unsealed events their places; answers how many got one."""
        sealed: list[EventId] = []

        def write(found: Sequence[Sequence[Row]]) -> Sequence[Run]:
            _, heads, waiting = found
            if not waiting:
                return ()
            last = read_kept_head(heads[0]) if heads else None
            chosen = order_lives(waiting)[:most]
            sealed.extend(EventId(row[0]) for row in chosen)
            made = plan(last, [Unsealed(EventId(row[0]), tell_raw(row[1])) for row in chosen])
            first = 0 if last is None else last.size
            return (
                (insert_into(tree_heads), [write_head(tenant_id, made.head)]),
                (_place(), _write_places(tenant_id, first, sealed)),
                (insert_into(log_nodes), [write_node(tenant_id, node) for node in made.nodes]),
            )

        # Looked at is more than is sealed: an end at the edge may have its start behind it.
        values = {"tenant": tenant_id, "most": 2 * most}
        questions = [(lock_log(), values), (select_last_head(), values), (select_next(), values)]
        return len(sealed) if await self.follow(questions, write) else 0

    async def add_log_key(self, key: SealedKey) -> None:
        """Keeps a key; nothing happens if there is one with its number."""
        values = {
            "number": key.number,
            "name": key.name,
            "sealed": key.sealed,
            "created_at": key.created_at,
        }
        await self.tell([(_add_key(), values)])


def _write_places(tenant_id: TenantId, first: int, ids: Sequence[EventId]) -> list[Values]:
    return [
        {"of_tenant": tenant_id, "of_id": id_, "place": place}
        for place, id_ in enumerate(ids, first)
    ]


@cache
def lock_log() -> Statement:
    """Whoever seals the same tenant waits; SQLite has one writer, and leaves the lock out."""
    row = select(tenants.c.id).where(tenants.c.id == TENANT)
    return Statement(row.with_for_update(key_share=True))


@cache
def _place() -> Statement:
    return Statement(
        update(events)
        .where(
            events.c.tenant_id == parameter("of_tenant"),
            events.c.id == parameter("of_id"),
        )
        .values(position=bindparam("place", type_=NumberType))
    )


@cache
def _add_key() -> Statement:
    return Statement(upsert(log_keys).on_conflict_do_nothing())
