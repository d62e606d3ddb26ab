"""Deny assignments: found, listed, and what a change set writes of them."""

from collections.abc import Iterator
from functools import cache

import msgspec
from sqlalchemy import Integer, and_, bindparam, or_, select

from timebound.application.azure_writes import PurgeDenial, PutDenial
from timebound.application.denial_ports import DenialPage
from timebound.application.views import Reach
from timebound.domain.azure.denials import Denial
from timebound.domain.ids import TenantId
from timebound.storage.areas import around_of, lies_in
from timebound.storage.asking import Asking
from timebound.storage.azure_documents import read_denial
from timebound.storage.azure_tables import deny_assignments
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_document
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.standing import SCOPE
from timebound.storage.statements import Values, delete_from, put_into


class DenialFinding(Asking):
    """Answers what is denied where."""

    async def find_denial(self, tenant_id: TenantId, denial_id: str) -> Denial | None:
        """The deny assignment with an id, wherever it is."""
        rows = await self.ask(denial_by_id(), {"tenant": tenant_id, "denial": denial_id})
        return read_denial(rows[0][0]) if rows else None

    async def list_denials(self, tenant_id: TenantId, page: DenialPage) -> tuple[Denial, ...]:
        """The deny assignments of the places in an area, as far as the page goes."""
        around = around_of(page.area)
        reach = None if around is None else around.reach
        statement = denials_within(reach, is_narrowed=page.mentioned is not None)
        values = {
            "tenant": tenant_id,
            "scope": page.area.path,
            "after_scope": page.after[0],
            "after_id": page.after[1],
            "pattern": None if page.mentioned is None else _find_text(page.mentioned),
            "limit": page.limit,
        }
        return tuple(read_denial(row[0]) for row in await self.ask(statement, values))

    async def list_denials_at(self, tenant_id: TenantId, path: str) -> tuple[Denial, ...]:
        """The deny assignments of one place."""
        rows = await self.ask(denials_at(), {"tenant": tenant_id, "scope": path})
        return tuple(sorted((read_denial(row[0]) for row in rows), key=lambda one: one.id))


def _find_text(text: str) -> str:
    """What a document is like that holds a text."""
    written = msgspec.json.encode(text).decode()
    escaped = written.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@cache
def denial_by_id() -> Statement:
    """The statement about one."""
    return Statement(
        select(deny_assignments.c.document).where(
            deny_assignments.c.tenant_id == TENANT, deny_assignments.c.id == parameter("denial")
        )
    )


@cache
def denials_at() -> Statement:
    """The statement about those of a place alone."""
    own = deny_assignments.c
    denied = select(own.document).where(own.tenant_id == TENANT, own.scope == SCOPE)
    return Statement(denied)


@cache
def denials_within(reach: Reach | None, *, is_narrowed: bool = False) -> Statement:
    """The statement about those of a place and what counts beside it; without a reach, all.

    Narrowed, it is about those whose documents hold a text.
    """
    own, after = deny_assignments.c, parameter("after_scope")
    is_later = or_(own.scope > after, and_(own.scope == after, own.id > parameter("after_id")))
    denied = select(own.document).where(own.tenant_id == TENANT, is_later)
    if reach is not None:
        denied = denied.where(lies_in(own.scope, reach))
    if is_narrowed:
        denied = denied.where(own.document.like(parameter("pattern"), escape="\\"))
    limit = bindparam("limit", type_=Integer())
    return Statement(denied.order_by(own.scope, own.id).limit(limit))


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
