"""Every recorded exchange about roles and what they allow that no other file plays."""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.role_office import ONE, WEB, address, at, make_grant, open_roles
from tests.dialects.graph.office import DAWN, HENRIK, NORA, SAMUEL, TENANT
from timebound.application.changes import ChangeSet, InsertGrant, PutRole
from timebound.application.ports import Store
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.ids import RoleId
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind

CONTRIBUTOR: Final = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
CUSTOM: Final = RoleId("7b266cd7-0bba-4ae2-8423-90ede5e1e898")
ACTIONS: Final = (
    *("Microsoft.Authorization/locks/*", "Microsoft.Authorization/roleDefinitions/*"),
    *("Microsoft.Authorization/roleAssignments/*", "Microsoft.Compute/*", "Microsoft.Network/*"),
    *("Microsoft.Resources/*", "Microsoft.Storage/*", "Microsoft.ContainerService/*"),
    "Microsoft.ContainerRegistry/*",
)
ABOUT: Final = "Lets an appliance manage networks, machines, resource groups and locks."


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree."""
    opened = await open_roles(store)
    async with opened.client:
        yield opened


def check_headers(answer: httpx.Response) -> None:
    """What was recorded of these, but what a server adds (`Date`, how the body is transferred)."""
    told = answer.headers
    assert (told["cache-control"], told["pragma"], told["expires"]) == (
        "no-cache",
        "no-cache",
        "-1",
    )
    assert told["content-type"] == "application/json; charset=utf-8"
    assert "strict-transport-security" in told


async def permissions(office: ArmOffice, who: str) -> dict[str, Any]:
    lower = WEB.replace("resourceGroups", "resourcegroups")
    path = f"{lower}/providers/Microsoft.Authorization/permissions?api-version=2018-01-01-preview"
    answer = await office.get(who, path)
    assert answer.status_code == 200
    check_headers(answer)
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.observed("azure-mgmt-authorization 1.0.0, test_authorization: what an owner may do")
async def test_the_recorded_permissions_of_an_owner(office: ArmOffice) -> None:
    block = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
    assert await permissions(office, HENRIK) == {"value": [block]}


@pytest.mark.observed("azure-mgmt-authorization 0.61.0, test_authorization: a contributor's")
async def test_the_recorded_permissions_of_a_contributor(office: ArmOffice) -> None:
    grant = InsertGrant(make_grant(99, NORA, CONTRIBUTOR, ONE))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (grant,)))
    found = await permissions(office, NORA)
    (block,) = found["value"]
    assert found.keys() == {"value"}
    assert (block["actions"], block["dataActions"], block["notDataActions"]) == (["*"], [], [])
    # The role excepts more by now; what was recorded in 2020 comes first, in its order.
    assert block["notActions"][:5] == [
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action",
        "Microsoft.Blueprint/blueprintAssignments/write",
        "Microsoft.Blueprint/blueprintAssignments/delete",
    ]


@pytest.mark.observed("azure-mgmt-authorization 1.0.0, test_role_definition: GET, 200")
async def test_the_recorded_custom_role(office: ArmOffice) -> None:
    role = Role(CUSTOM, ScopeKind.AZURE, "CAL-Custom-Role", is_built_in=False)
    definition = RoleDefinition(
        role,
        ABOUT,
        CUSTOM,
        resource_scopes=("/",),
        azure=AzureDefinition((Permission(ACTIONS),), DAWN, SAMUEL, DAWN),
    )
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (PutRole(definition),))
    assert await office.store.apply(change)
    answer = await office.get(HENRIK, address(ONE, CUSTOM, "2015-07-01"))
    assert answer.status_code == 200
    assert answer.json() == {
        "properties": {
            "roleName": "CAL-Custom-Role",
            "type": "CustomRole",
            "description": ABOUT,
            "assignableScopes": ["/"],
            "permissions": [{"actions": list(ACTIONS), "notActions": []}],
            "createdOn": "2031-03-04T08:00:00.0000000Z",
            "updatedOn": "2031-03-04T08:00:00.0000000Z",
            "createdBy": SAMUEL,
        },
        "id": f"{ONE}/providers/Microsoft.Authorization/roleDefinitions/{CUSTOM}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": CUSTOM,
    }
    check_headers(answer)


@pytest.mark.observed("azure-mgmt-authorization 2.0.0, test_role_definition: GET, 404")
async def test_the_recorded_role_that_is_none(office: ArmOffice) -> None:
    answer = await office.get(HENRIK, address(ONE, CUSTOM, "2015-07-01"))
    message = f"The specified role definition with ID '{CUSTOM}' does not exist."
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": "RoleDefinitionDoesNotExist", "message": message}}
    check_headers(answer)
    assert at(ONE).kind is ScopeKind.AZURE
