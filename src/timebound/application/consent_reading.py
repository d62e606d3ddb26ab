"""Questions about what applications are permitted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.catalog import graph_permissions
from timebound.application.directory_reading import Origin, find_origin, refuse_missing
from timebound.application.queries import NEVER, And, Compare, Condition, Operator, Page, Query
from timebound.application.reading import Reader
from timebound.application.relations import DelegationRow, PermissionRow
from timebound.application.views import Relation, View
from timebound.domain.decide import Refused
from timebound.domain.delegations import is_of_graph
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId

NO_ROLE: Final = "00000000-0000-0000-0000-000000000000"
"""Stands for what the service does not know as a role. Source: Graph, appRoleAssignment."""


@dataclass(frozen=True, slots=True)
class AppRole:
    """A permission of an application that acts alone, and the service that knows it, if there."""

    row: PermissionRow
    role_id: str
    resource: DirectoryObject | None


@dataclass(frozen=True, slots=True)
class Scopes:
    """What an application may do for a person, or for everybody without one, and with what."""

    client_id: PrincipalId
    resource_id: PrincipalId
    names: tuple[str, ...]
    user_id: PrincipalId | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The object that is asked about, if any, and whether it is the one that permits."""

    resource_app_id: ApplicationId
    origin: Origin | None = None
    is_by_resource: bool = False


async def read_app_roles(
    reader: Reader, view: View, asked: Asked, query: Query
) -> Page[AppRole] | Refused:
    """The permissions that an object has, or has given; people and groups have none of their own.

    Every permission that is kept is one of Microsoft Graph.
    """
    found = await _admit(reader, view, asked.origin)
    if isinstance(found, Refused):
        return found
    resource = await _find_resource(reader, asked.resource_app_id)
    kept = replace(query, condition=And((_choose(asked, found, resource), query.condition)))
    tenant_id = reader.token.tenant_id
    page = await reader.store.read_permissions(tenant_id, kept, is_delegated=False)
    known = graph_permissions().by_value
    rows = tuple(
        AppRole(row, (one and one.application_id) or NO_ROLE, resource)
        for row, one in ((row, known.get(row.permission)) for row in page.rows)
    )
    return Page(rows, page.next_position, page.total)


async def read_scopes(
    reader: Reader, view: View, asked: Asked, query: Query
) -> Page[Scopes] | Refused:
    """The applications that may act on behalf of people, with all that they may do.

    Of a person those are told that act for them alone.
    """
    found = await _admit(reader, view, asked.origin)
    if isinstance(found, Refused):
        return found
    if found is not None:
        field = "user_id" if found.kind is ObjectKind.USER else "client_id"
        own = Compare(field, Operator.EQ, found.id)
        query = replace(query, condition=And((own, query.condition)))
    tenant_id = reader.token.tenant_id
    page = await reader.store.read_delegations(tenant_id, asked.resource_app_id, query)
    names = await _find_names(reader, page.rows)
    rows = tuple(
        Scopes(row.client_id, row.resource_id, names(row), row.user_id) for row in page.rows
    )
    return Page(rows, page.next_position, page.total)


async def _find_names(
    reader: Reader, rows: Sequence[DelegationRow]
) -> Callable[[DelegationRow], tuple[str, ...]]:
    """What tells the permissions of a row; without those of APIs of the tenant's own."""
    tenant_id, store = reader.token.tenant_id, reader.store
    every = [row.app_id for row in rows if row.user_id is None]
    some = sorted({row.app_id for row in rows if row.user_id is not None})
    people = sorted({row.user_id for row in rows if row.user_id is not None})
    for_all = await store.find_permissions(tenant_id, every, is_delegated=True) if every else {}
    own = await store.find_consents(tenant_id, some, people) if some else {}

    def tell(row: DelegationRow) -> tuple[str, ...]:
        is_own = row.user_id is not None
        kept = own.get((row.app_id, row.user_id or "")) if is_own else for_all.get(row.app_id)
        return tuple(name for name in kept or () if is_of_graph(name))

    return tell


async def _admit(
    reader: Reader, view: View, origin: Origin | None
) -> DirectoryObject | Refused | None:
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    if origin is None:
        return None
    return await find_origin(reader, origin) or refuse_missing(origin.key)


async def _find_resource(reader: Reader, app_id: ApplicationId) -> DirectoryObject | None:
    query = Query(1, Compare("app_id", Operator.EQ, app_id))
    page = await reader.store.read_objects(reader.token.tenant_id, View.SERVICE_PRINCIPALS, query)
    return page.rows[0] if page.rows else None


def _choose(
    asked: Asked, found: DirectoryObject | None, resource: DirectoryObject | None
) -> Condition:
    """Which permissions are in question."""
    if found is None or found.kind is not ObjectKind.SERVICE_PRINCIPAL:
        return NEVER
    if asked.is_by_resource:
        return And(()) if resource and found.id == resource.id else NEVER
    return Compare("holder_id", Operator.EQ, found.id)
