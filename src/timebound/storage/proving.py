"""Which client assertions were used."""

from functools import cache
from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table, delete
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.storage.compiling import Statement
from timebound.storage.fragments import AT, TENANT
from timebound.storage.keeping import Keeping
from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

used_assertions: Final = Table(
    "used_assertions",
    metadata,
    text_column("tenant_id"),
    text_column("key"),
    instant_column("ends_at"),
    PrimaryKeyConstraint("tenant_id", "key"),
    of_tenant(),
    Index(None, "tenant_id", "ends_at"),
    sqlite_with_rowid=False,
)


class Proving(Keeping):
    """What makes an assertion count once, whichever server it is shown to."""

    async def use_assertion(
        self, tenant_id: TenantId, key: str, at: Instant, ends_at: Instant
    ) -> bool:
        """Notes an assertion until it ends: true for exactly one of however many show it."""
        # Only what nobody would believe any more is forgotten.
        forgetting = (_forget(), {"tenant": tenant_id, "at": at})
        noting = (_note(), {"tenant_id": tenant_id, "key": key, "ends_at": ends_at})
        return bool(await self.tell([forgetting, noting]))


@cache
def _forget() -> Statement:
    table = used_assertions
    return Statement(delete(table).where(table.c.tenant_id == TENANT, table.c.ends_at <= AT))


@cache
def _note() -> Statement:
    noting = upsert(used_assertions).on_conflict_do_nothing()
    return Statement(noting.returning(used_assertions.c.key))
