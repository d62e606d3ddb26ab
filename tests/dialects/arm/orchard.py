"""A tree of Azure behind the door: two management groups, a subscription, and who may do what."""

from typing import Final

from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, DESK, GRACE, HANA, OMAR, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import AZURE, ChangeSet, GrantPermission, InsertGrant
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import ENDLESS, Window
from timebound.server.ids import derive_id

READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
MANAGEMENT_GROUPS: Final = "/providers/Microsoft.Management/managementGroups"
ROOT: Final = f"{MANAGEMENT_GROUPS}/{TENANT}"
EAST: Final = f"{MANAGEMENT_GROUPS}/East"
WEST: Final = f"{MANAGEMENT_GROUPS}/West"
FARM: Final = "/subscriptions/00000000-0000-4000-8000-0000000000aa"
BARN: Final = f"{FARM}/resourceGroups/Barn"
GATE: Final = f"{BARN}/providers/Microsoft.Compute/virtualMachines/Gate"
DISK: Final = f"{GATE}/extensions/Lock"
OWNER, LOOKER, NEIGHBOUR = GRACE, HANA, OMAR
"""Owns all of it; reads the one resource group; holds nothing."""
_TREE: Final = (
    ("/", None, None),
    (ROOT, "/", "Tenant Root Group"),
    (EAST, ROOT, "Eastern part"),
    (WEST, ROOT, None),
    (FARM, EAST, "Farm"),
    (BARN, FARM, None),
    (GATE, BARN, None),
)


def azure(path: str) -> Scope:
    return Scope(ScopeKind.AZURE, path)


def hold(who: PrincipalId, role: RoleId, path: str, kind: GrantKind = GrantKind.ASSIGNED) -> Grant:
    """Something held from dawn on."""
    slot, window = Slot(who, role, azure(path)), Window(DAWN, ENDLESS)
    id_ = GrantId(derive_id(who, role, path, kind.value))
    return Grant(id_, slot, kind, window, DAWN)


async def plant(office: ArmOffice) -> ArmOffice:
    """Puts the tree into the tenant of the office."""
    details = {"location": "westeurope", "tags": {"use": "farm"}, "properties": {"n": 1}}
    puts = (
        PutScope(
            azure(path),
            azure(parent) if parent else None,
            NodeContent(name, details if path in {BARN, GATE} else {}, DAWN, DAWN),
        )
        for path, parent, name in _TREE
    )
    grants = (InsertGrant(hold(OWNER, AZURE_OWNER, ROOT)), InsertGrant(hold(LOOKER, READER, BARN)))
    permitted = GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True)
    change = ChangeSet(TENANT, DAWN, {}, frozenset({AZURE}), (*puts, *grants, permitted))
    assert await office.store.apply(change)
    return office
