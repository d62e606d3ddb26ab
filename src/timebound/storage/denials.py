"""Deny assignments: found, listed, and what a change set writes of them."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import select

from timebound.application.azure_writes import PurgeDenial, PutDenial
from timebound.application.views import Area, Reach
from timebound.domain.azure.denials import Denial
from timebound.domain.ids import TenantId
from timebound.storage.areas import lies_in, reach_of
from timebound.storage.asking import Asking
from timebound.storage.azure_documents import read_denial
from timebound.storage.azure_tables import deny_assignments
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_document
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.statements import Values, delete_from, put_into


class DenialFinding(Asking):
    """Answers what is denied where."""

    async def find_denial(self, tenant_id: TenantId, denial_id: str) -> Denial | None:
        """The deny assignment with an id, wherever it is."""
        rows = await self.ask(denial_by_id(), {"tenant": tenant_id, "denial": denial_id})
        return read_denial(rows[0][0]) if rows else None

    async def list_denials(self, tenant_id: TenantId, area: Area) -> tuple[Denial, ...]:
        """The deny assignments of the places in an area."""
        statement = denials_within(reach_of(area))
        rows = await self.ask(statement, {"tenant": tenant_id, "scope": area.path})
        return tuple(read_denial(row[0]) for row in rows)


@cache
def denial_by_id() -> Statement:
    """The statement about one."""
    return Statement(
        select(deny_assignments.c.document).where(
            deny_assignments.c.tenant_id == TENANT, deny_assignments.c.id == parameter("denial")
        )
    )


@cache
def denials_within(reach: Reach | None) -> Statement:
    """The statement about those of a place and what counts beside it; without a reach, all."""
    denied = select(deny_assignments.c.document).where(deny_assignments.c.tenant_id == TENANT)
    if reach is not None:
        denied = denied.where(lies_in(deny_assignments.c.scope, reach))
    return Statement(denied)


def put_denial(tenant_id: TenantId, write: PutDenial) -> Iterator[tuple[Statement, Values]]:
    """Keeps a deny assignment."""
    denial = write.denial
    row: Values = {
        "tenant_id": tenant_id,
        "id": denial.id,
        "scope": denial.scope.path,
        "document": write_document(denial),
        "created_at": denial.created_at,
    }
    yield put_into(deny_assignments), row


def purge_denial(tenant_id: TenantId, write: PurgeDenial) -> Iterator[tuple[Statement, Values]]:
    """Forgets a deny assignment."""
    values: Values = {"of_tenant_id": tenant_id, "of_id": write.denial_id}
    yield delete_from(deny_assignments, "tenant_id", "id"), values
