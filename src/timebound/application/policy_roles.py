"""Which custom roles of Azure can be held at a place; the built-in ones can be at every place."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from timebound.application.azure_ancestry import list_upwards
from timebound.application.azure_nodes_ports import NodeStore
from timebound.application.queries import Compare, Operator, Order, Page, Query
from timebound.domain.azure.places import ROOT
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind

_MOST_CUSTOM: Final = 5_000
"""More custom roles than a tenant can have. Source: limits of role-based access control."""
_BY_NAME: Final = (Order("display_name"), Order("id"))


class AzureRoleStore(NodeStore, Protocol):
    """Finds custom roles, and what lies above a place."""

    async def read_roles(
        self,
        tenant_id: TenantId,
        query: Query,
        kind: ScopeKind = ...,
        *,
        are_deleted: bool = ...,
    ) -> Page[RoleDefinition]:
        """A page of the role definitions of a kind."""
        ...


async def find_custom_roles(
    store: AzureRoleStore, tenant_id: TenantId, place: Scope, role_id: RoleId | None = None
) -> Sequence[RoleDefinition]:
    """The custom roles that can be held at a place in the order of their names, or one of them.

    One that is meant for other places alone is not found by its id either.
    """
    asked = Query(_MOST_CUSTOM, orders=_BY_NAME)
    if role_id is not None:
        asked = Query(1, Compare("id", Operator.EQ, role_id), (Order("id"),))
    page = await store.read_roles(tenant_id, asked, ScopeKind.AZURE)
    if not page.rows:
        return ()
    around = await list_upwards(store, tenant_id, place)
    return tuple(one for one in page.rows if _is_for(one.resource_scopes, around))


def _is_for(scopes: Iterable[str], around: frozenset[str]) -> bool:
    return any((scope.rstrip("/").lower() or ROOT.path) in around for scope in scopes)
