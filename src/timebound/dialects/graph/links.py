"""From rows to what they point at, found for a whole page at once."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from timebound.application.queries import Query
from timebound.application.views import GrantRow, MemberType
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.kinds import Find
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId, RoleId
from timebound.domain.requests import Request
from timebound.domain.roles import RoleDefinition

_R = TypeVar("_R")


def find_objects(id_of: Callable[[_R], str | None]) -> Find:
    """The directory object whose id each row names."""

    async def find(call: Call, rows: Sequence[_R]) -> Sequence[DirectoryObject | None]:
        wanted = [id_of(row) for row in rows]
        ids = [id_ for id_ in dict.fromkeys(wanted) if id_ is not None]
        found = await call.ports.store.find_objects(call.token.tenant_id, ids) if ids else {}
        return [found.get(id_) if id_ else None for id_ in wanted]

    return find


def find_roles(id_of: Callable[[_R], RoleId]) -> Find:
    """The definition of the role that each row names."""

    async def find(call: Call, rows: Sequence[_R]) -> Sequence[RoleDefinition | None]:
        wanted = [id_of(row) for row in rows]
        ids = tuple(dict.fromkeys(wanted))
        found = await call.ports.store.find_roles(call.token.tenant_id, ids) if ids else {}
        return [found.get(id_) for id_ in wanted]

    return find


async def find_inherited(
    call: Call, rows: Sequence[RoleDefinition]
) -> Sequence[Sequence[RoleDefinition]]:
    """The definitions that each role has its actions from."""
    ids = tuple(dict.fromkeys(id_ for row in rows for id_ in row.inherits_from))
    found = await call.ports.store.find_roles(call.token.tenant_id, ids) if ids else {}
    return [[found[id_] for id_ in row.inherits_from if id_ in found] for row in rows]


async def ask_roles(call: Call, query: Query) -> Sequence[RoleDefinition]:
    """The definitions of the directory that a query finds."""
    return (await call.ports.store.read_roles(call.token.tenant_id, query)).rows


async def find_nothing(call: Call, rows: Sequence[object]) -> Sequence[None]:
    """Nothing for any row: no role is held inside an application."""
    del call
    return [None] * len(rows)


async def find_used(call: Call, rows: Sequence[GrantRow]) -> Sequence[GrantRow | None]:
    """The eligibility that each activation uses, while it is there."""
    wanted = [row.grant.basis.eligibility_id if row.grant.basis else None for row in rows]
    return _as_rows(call, wanted, await _load(call, wanted))


async def find_used_now(call: Call, rows: Sequence[GrantRow]) -> Sequence[GrantRow | None]:
    """The eligibility that each activation uses, while it is in force."""
    found = await find_used(call, rows)
    return [row if row and row.grant.is_in_force(call.at) else None for row in found]


async def find_target(call: Call, rows: Sequence[Request]) -> Sequence[GrantRow | None]:
    """The schedule that each request wrote, while it is there."""
    wanted = [row.grant_id for row in rows]
    return _as_rows(call, wanted, await _load(call, wanted))


async def find_used_by_target(call: Call, rows: Sequence[Request]) -> Sequence[GrantRow | None]:
    """The eligibility that the activation of each request uses, while it is there."""
    written = await _load(call, [row.grant_id for row in rows])
    grants = [written.get(row.grant_id) if row.grant_id else None for row in rows]
    wanted = [grant.basis.eligibility_id if grant and grant.basis else None for grant in grants]
    return _as_rows(call, wanted, await _load(call, wanted))


async def _load(call: Call, wanted: Sequence[GrantId | None]) -> dict[GrantId, Grant]:
    ids = [id_ for id_ in dict.fromkeys(wanted) if id_ is not None]
    return dict(await call.ports.store.find_grants(call.token.tenant_id, ids)) if ids else {}


def _as_rows(
    call: Call, wanted: Sequence[GrantId | None], found: dict[GrantId, Grant]
) -> list[GrantRow | None]:
    """Each grant as its own holder sees it; a schedule that is over is there no more."""
    grants = [found.get(id_) if id_ else None for id_ in wanted]
    return [
        GrantRow(grant, grant.slot.principal_id, MemberType.DIRECT)
        if grant and call.at < grant.until
        else None
        for grant in grants
    ]
