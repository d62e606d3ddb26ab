"""Keeping and listing audit records."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.audit_ports import BEGINNING, KeptAudit
from timebound.application.queries import Order, Page, Query
from timebound.domain.ids import TenantId
from timebound.storage.audit_rows import AUDIT_COLUMNS, read_audit, write_audit, write_targets
from timebound.storage.audit_tables import audit_progress, audit_records, audit_targets
from timebound.storage.columns import InstantColumn, NumberType
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.conditions import Collection, Field
from timebound.storage.fragments import TENANT, columns_of
from timebound.storage.log_sealing import LogSealing
from timebound.storage.paging import Listed, Pager
from timebound.storage.rows import Row
from timebound.storage.statements import Run

_ORDER: Final = (Order("at", is_descending=True), Order("id", is_descending=True))


class Auditing(LogSealing):
    """Keeps the audit records and answers pages of them."""

    def __init__(self) -> None:
        super().__init__()
        self._audits = Pager()

    async def audited_to(self, tenant_id: TenantId) -> int:
        """The place of the last event whose records are there."""
        rows = await self.ask(_progress(), {"tenant": tenant_id})
        return rows[0][0] if rows else BEGINNING

    async def add_audits(
        self, tenant_id: TenantId, records: Sequence[KeptAudit], position: int | None
    ) -> bool:
        """Keeps records and place in one transaction; what is there already stays.

        False, with nothing kept, where others came in between.
        """
        place = [] if position is None else [{"tenant_id": tenant_id, "position": position}]

        def write(found: Sequence[Sequence[Row]]) -> Sequence[Run]:
            if position is not None and found[0] and found[0][0][0] >= position:
                return ()  # somebody else was faster
            return (
                (_add(), [write_audit(tenant_id, one) for one in records]),
                (_point(), [row for one in records for row in write_targets(tenant_id, one)]),
                (_advance(), place),
            )

        return await self.follow([(_progress(), {"tenant": tenant_id})], write)

    async def find_audits(self, tenant_id: TenantId, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that there are records with."""
        rows = await self.ask(_kept(), {"tenant": tenant_id, "ids": list(ids)})
        return frozenset(row[0] for row in rows)

    async def read_audits(self, tenant_id: TenantId, query: Query) -> Page[KeptAudit]:
        """A page of the records, the newest first unless asked otherwise."""
        parameters = {"tenant": tenant_id}
        return await self._audits.read(self, "audits", list_audits, query, parameters, read_audit)


def list_audits() -> Listed:
    """The audit log, with what it can be asked by."""
    own = audit_records.c
    rows = select(*columns_of(audit_records, AUDIT_COLUMNS)).where(own.tenant_id == TENANT)
    fields = {
        "id": Field(own.id),
        "at": Field(own.at, InstantColumn),
        "activity": Field(own.activity_key, is_folded=True, is_ordered=True),
        "category": Field(own.category),
        "service": Field(own.service),
        "operation": Field(own.operation),
        "result": Field(own.result),
        "correlation_id": Field(own.correlation_id, is_folded=True),
        "user_id": Field(own.user_id, is_folded=True, is_optional=True),
        "user_name": Field(own.user_name_key, is_folded=True, is_optional=True),
        "user_principal_name": Field(
            own.user_principal_name_key, is_folded=True, is_optional=True, is_ordered=True
        ),
        "app_id": Field(own.app_id, is_folded=True, is_optional=True),
        "app_name": Field(own.app_name_key, is_folded=True, is_optional=True),
    }
    return Listed(rows, fields, _ORDER, {"targets": _collect_targets()})


def _collect_targets() -> Collection:
    """What records are about. The targets are found first, and the records by them."""
    own = audit_targets.c
    fields = {
        "target_id": Field(own.target_id, is_folded=True, is_optional=True),
        "target_name": Field(own.name_key, is_folded=True, is_optional=True, is_ordered=True),
    }
    elements = select(own.record_id).where(own.tenant_id == TENANT)
    return Collection(elements, fields, owner=audit_records.c.id)


@cache
def _progress() -> Statement:
    own = audit_progress.c
    return Statement(select(own.position).where(own.tenant_id == TENANT))


@cache
def _kept() -> Statement:
    own = audit_records.c
    return Statement(select(own.id).where(own.tenant_id == TENANT, is_any_of(own.id, "ids")))


@cache
def _add() -> Statement:
    return Statement(upsert(audit_records).on_conflict_do_nothing())


@cache
def _point() -> Statement:
    return Statement(upsert(audit_targets).on_conflict_do_nothing())


@cache
def _advance() -> Statement:
    """Sets the place unless it is as far already."""
    adding = upsert(audit_progress).values(
        tenant_id=bindparam("tenant_id"), position=bindparam("position", type_=NumberType)
    )
    new = adding.excluded["position"]
    return Statement(
        adding.on_conflict_do_update(
            index_elements=["tenant_id"],
            set_={"position": new},
            where=audit_progress.c.position < new,
        )
    )
