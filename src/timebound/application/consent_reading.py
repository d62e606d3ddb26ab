"""Questions about what applications are permitted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.app_roles import list_known_roles
from timebound.application.catalog import graph_permissions
from timebound.application.directory_reading import Origin, find_origin, refuse_missing
from timebound.application.queries import (
    NEVER,
    And,
    Compare,
    Condition,
    Not,
    Operator,
    Page,
    Query,
    TextMatch,
    TextOperator,
)
from timebound.application.reading import Reader
from timebound.application.relations import DelegationRow, PermissionRow
from timebound.application.views import Relation, View
from timebound.domain.decide import Refused
from timebound.domain.delegations import is_of_graph, name_permission
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import GRAPH_APP_ID
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

    They are those of Microsoft Graph, and the roles that other applications of the tenant know.
    """
    found = await _admit(reader, view, asked.origin)
    if isinstance(found, Refused):
        return found
    kept = replace(query, condition=And((_choose(asked, found), query.condition)))
    tenant_id = reader.token.tenant_id
    page = await reader.store.read_permissions(tenant_id, kept, is_delegated=False)
    apis = {_api_of(asked, row.permission) for row in page.rows}
    known = {app_id: await _find_api(reader, app_id) for app_id in sorted(apis)}
    rows = tuple(known[_api_of(asked, row.permission)].tell(row) for row in page.rows)
    return Page(rows, page.next_position, page.total)


@dataclass(frozen=True, slots=True)
class _Api:
    """An API: its account in the tenant, if there, and the ids of its roles by what is kept."""

    account: DirectoryObject | None
    role_ids: Mapping[str, str]

    def tell(self, row: PermissionRow) -> AppRole:
        """A permission that is kept as the role that it is."""
        return AppRole(row, self.role_ids.get(row.permission, NO_ROLE), self.account)


def _api_of(asked: Asked, permission: str) -> ApplicationId:
    if is_of_graph(permission):
        return asked.resource_app_id
    return ApplicationId(permission.partition("/")[0])


async def _find_api(reader: Reader, app_id: ApplicationId) -> _Api:
    account = await find_program(reader, View.SERVICE_PRINCIPALS, app_id)
    if app_id == GRAPH_APP_ID:
        every = graph_permissions().by_value.items()
        return _Api(account, {name: one.application_id or NO_ROLE for name, one in every})
    registration = await find_program(reader, View.APPLICATIONS, app_id)
    return _Api(account, {one.permission: one.id for one in list_known_roles(registration)})


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


async def find_program(reader: Reader, view: View, app_id: ApplicationId) -> DirectoryObject | None:
    """The application or the service principal with an application id."""
    query = Query(1, Compare("app_id", Operator.EQ, app_id))
    page = await reader.store.read_objects(reader.token.tenant_id, view, query)
    return page.rows[0] if page.rows else None


def _choose(asked: Asked, found: DirectoryObject | None) -> Condition:
    """Which permissions are in question."""
    if found is None or found.app_id is None or found.kind is not ObjectKind.SERVICE_PRINCIPAL:
        return NEVER
    if not asked.is_by_resource:
        return Compare("holder_id", Operator.EQ, found.id)
    if found.app_id == asked.resource_app_id:
        return Not(TextMatch("permission", TextOperator.CONTAINS, "/"))
    prefix = name_permission(ApplicationId(found.app_id), "")
    return TextMatch("permission", TextOperator.STARTS_WITH, prefix)
