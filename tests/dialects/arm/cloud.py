"""A small tree of Azure in the office's tenant, and who holds what in it.

Grace owns the subscription, Nora reads it, Samuel owns the resource group alone; Henrik and Hana
hold nothing there. The robot owns the subscription as well.
"""

from collections.abc import Iterator
from typing import Any, Final

from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, DESK, GRACE, NORA, ROBOT, SAMUEL, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutRole,
    Write,
)
from timebound.application.ports import Store
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER, Role, RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import ENDLESS, Window

SUBSCRIPTION_ID: Final = "129ff972-28f8-46b8-a726-e497be039368"
CORP: Final = f"{MANAGEMENT_GROUPS}/Corp"
SUBSCRIPTION: Final = f"/subscriptions/{SUBSCRIPTION_ID}"
WEB: Final = f"{SUBSCRIPTION}/resourceGroups/Web"
MACHINE: Final = f"{WEB}/providers/Microsoft.Compute/virtualMachines/vm1"
ALIAS: Final = "/providers/Microsoft.Subscription"

READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
CONTRIBUTOR: Final = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
AUTOMATION_OPERATOR: Final = RoleId("4fe576fe-1146-4730-92eb-48519fa6bf9f")
FHIR_CONVERTER: Final = RoleId("a1705bd2-3a8f-45a5-8683-466fcfd5cc24")
OWN_ROLE: Final = RoleId("cccccccc-0000-4000-8000-000000000001")
"""A custom role that is meant for the management group and what is in it."""
FAR_ROLE: Final = RoleId("cccccccc-0000-4000-8000-000000000002")
"""A custom role that is meant for the resource group alone."""


def azure(path: str) -> Scope:
    """A place."""
    return Scope(ScopeKind.AZURE, path)


async def plant(store: Store) -> None:
    """Writes the tree."""
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), tuple(_writes())))


def hold(
    number: int,
    who: PrincipalId,
    role: RoleId,
    path: str,
    kind: GrantKind = GrantKind.ASSIGNED,
) -> InsertGrant:
    """Somebody who holds a role from dawn on."""
    id_ = GrantId(f"44444444-0000-4000-8000-{number:012}")
    slot = Slot(who, role, azure(path))
    return InsertGrant(Grant(id_, slot, kind, Window(DAWN, ENDLESS), DAWN))


async def give(store: Store, *writes: Write) -> None:
    """Writes what a test needs besides."""
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), writes))


def _writes() -> Iterator[Write]:
    yield GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True)
    yield PutScope(azure(CORP), ROOT, NodeContent("Corporation"))
    yield PutScope(azure(SUBSCRIPTION), azure(CORP), NodeContent("Pay-As-You-Go"))
    yield PutScope(azure(WEB), azure(SUBSCRIPTION))
    yield PutScope(azure(MACHINE), azure(WEB))
    yield hold(1, GRACE, AZURE_OWNER, SUBSCRIPTION)
    yield hold(2, NORA, READER, SUBSCRIPTION)
    yield hold(3, SAMUEL, AZURE_OWNER, WEB)
    yield hold(4, ROBOT, AZURE_OWNER, SUBSCRIPTION)
    yield PutRole(_custom(OWN_ROLE, "Backup Keeper", CORP))
    yield PutRole(_custom(FAR_ROLE, "Site Keeper", WEB))


def _custom(id_: RoleId, name: str, place: str) -> RoleDefinition:
    role = Role(id_, ScopeKind.AZURE, name, is_built_in=False)
    allowed = AzureDefinition((Permission(("*/read",)),))
    return RoleDefinition(role, name, id_, resource_scopes=(place,), azure=allowed)


def at(place: str, what: str, version: str, **options: str) -> str:
    """The address of something at a place."""
    query = "".join(f"&${name}={value}" for name, value in options.items())
    return f"{place}/providers/Microsoft.Authorization/{what}?api-version={version}{query}"


async def find_policy(office: ArmOffice, role: RoleId, place: str = SUBSCRIPTION) -> dict[str, Any]:
    """The policy of a role as its owner finds it: by a filter that names the role."""
    named = (
        f"roleDefinitionId eq '{place}/providers/Microsoft.Authorization/roleDefinitions/{role}'"
    )
    answer = await office.get(
        GRACE, at(place, "roleManagementPolicies", "2024-09-01-preview", filter=named)
    )
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["value"]
    return dict(found)
