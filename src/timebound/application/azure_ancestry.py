"""What lies above places in Azure, and which places lie around one another."""

from timebound.application.azure_nodes_ports import NodeStore
from timebound.domain.azure.places import ROOT
from timebound.domain.ids import TenantId
from timebound.domain.scopes import Scope


async def list_upwards(store: NodeStore, tenant_id: TenantId, place: Scope) -> frozenset[str]:
    """The paths of a place and of everything above it, in lower case."""
    paths, here = {ROOT.path}, place
    while here.path.lower() not in paths:
        paths.add(here.path.lower())
        node = await store.find_node(tenant_id, here.path)
        if node is None or node.parent is None:
            break
        here = node.parent
    return frozenset(paths)


async def is_around(store: NodeStore, tenant_id: TenantId, one: Scope, other: Scope) -> bool:
    """Whether one of two places is the other, or lies in it."""
    if other.path.lower() in await list_upwards(store, tenant_id, one):
        return True
    return one.path.lower() in await list_upwards(store, tenant_id, other)
