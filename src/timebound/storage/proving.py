"""What applications prove themselves by, and which client assertions were used."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.times import Instant
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.fragments import AT, TENANT, columns_of, constant
from timebound.storage.keeping import Keeping
from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import directory_objects, metadata

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
    """Finds the keys of applications; makes an assertion count once, at whichever server."""

    async def find_programs(
        self, tenant_id: TenantId, application_ids: Sequence[ApplicationId]
    ) -> tuple[DirectoryObject, ...]:
        """The applications, then the service principals of application ids, as far as they live."""
        app_ids = list(dict.fromkeys(one.lower() for one in application_ids))
        rows = await self.ask(_programs(), {"tenant": tenant_id, "app_ids": app_ids})
        return tuple(read_object(row) for row in rows)

    async def use_assertion(
        self, tenant_id: TenantId, key: str, at: Instant, ends_at: Instant
    ) -> bool:
        """Notes an assertion until it ends: true for exactly one of however many show it."""
        # Only what nobody would believe any more is forgotten.
        forgetting = (_forget(), {"tenant": tenant_id, "at": at})
        noting = (_note(), {"tenant_id": tenant_id, "key": key, "ends_at": ends_at})
        return bool(await self.tell([forgetting, noting]))


@cache
def _programs() -> Statement:
    table = directory_objects
    kinds = (ObjectKind.APPLICATION.value, ObjectKind.SERVICE_PRINCIPAL.value)
    return Statement(
        select(*columns_of(table, OBJECT_COLUMNS))
        .where(
            table.c.tenant_id == TENANT,
            is_any_of(table.c.app_id, "app_ids"),
            table.c.kind.in_([constant(one) for one in kinds]),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.kind, table.c.id)
    )


@cache
def _forget() -> Statement:
    table = used_assertions
    return Statement(delete(table).where(table.c.tenant_id == TENANT, table.c.ends_at <= AT))


@cache
def _note() -> Statement:
    noting = upsert(used_assertions).on_conflict_do_nothing()
    return Statement(noting.returning(used_assertions.c.key))
