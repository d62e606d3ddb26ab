"""A small tree of Azure in the office's tenant, and who may do what about roles in it.

Grace owns the tenant's own place, Henrik one subscription, as does the robot; Samuel reads there.
Omar has nothing.
"""

from datetime import timedelta
from typing import Any, Final

from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.graph.office import DAWN, DESK, GRACE, HENRIK, ROBOT, SAMUEL, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import ChangeSet, GrantPermission, InsertGrant, Write
from timebound.application.ports import Store
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import ENDLESS, Window

CIRCLE: Final = f"{MANAGEMENT_GROUPS}/Circle"
ONE: Final = "/subscriptions/38ab2ccc-3747-4567-b36b-9478f5602f0d"
TWO: Final = "/subscriptions/4c9f2d1e-5a7b-4f3c-8d6e-0b1a2c3d4e5f"
WEB: Final = f"{ONE}/resourceGroups/Web"
VERSION: Final = "2022-05-01-preview"
READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
GUID: Final = "6ae8bd5b-fc3a-4a2b-9e0f-6c52ea4c1d37"
_TREE: Final = ((CIRCLE, "/"), (ONE, CIRCLE), (TWO, "/"), (WEB, ONE))
_HELD: Final = (
    (GRACE, AZURE_OWNER, "/"),
    (HENRIK, AZURE_OWNER, ONE),
    (ROBOT, AZURE_OWNER, ONE),
    (SAMUEL, READER, ONE),
)


def at(path: str) -> Scope:
    """A place by its path."""
    return Scope(ScopeKind.AZURE, path)


def address(scope: str = ONE, guid: str = GUID, version: str = VERSION) -> str:
    """The address of a role as it is seen from a scope."""
    path = f"{scope}/providers/Microsoft.Authorization/roleDefinitions"
    return f"{path}{'/' if guid else ''}{guid}?api-version={version}"


def body(name: str = "Restarter", *scopes: str, **properties: object) -> dict[str, Any]:
    """The body of a role that restarts machines, with other properties as told."""
    told: dict[str, object] = {
        "roleName": name,
        "description": "Restarts machines",
        "type": "CustomRole",
        "assignableScopes": list(scopes or (ONE,)),
        "permissions": [{"actions": ["Microsoft.Compute/virtualMachines/restart/action"]}],
    }
    return {"properties": {**told, **properties}}


async def open_roles(store: Store) -> ArmOffice:
    """The door over the tenant, with the tree in it; people sign in to be acted for in Azure."""
    nodes = tuple(PutScope(at(path), at(parent)) for path, parent in _TREE)
    grants = (
        make_grant(number, PrincipalId(who), role, path)
        for number, (who, role, path) in enumerate(_HELD)
    )
    permission = GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True)
    writes: tuple[Write, ...] = (*nodes, *(InsertGrant(grant) for grant in grants), permission)
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), writes))
    return open_arm(store)


def make_grant(
    number: int,
    who: PrincipalId,
    role: RoleId,
    path: str,
    kind: GrantKind = GrantKind.ASSIGNED,
) -> Grant:
    """A role that somebody holds without having asked."""
    id_ = GrantId(f"44444444-0000-4000-8000-{number:012}")
    window = Window(DAWN - timedelta(days=1), ENDLESS)
    return Grant(id_, Slot(who, role, at(path)), kind, window, DAWN)
