"""What tests of the providers of roles have in common."""

from typing import Any, Final

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    DESK,
    HANA,
    PLAIN_GROUP,
    ROBOT_APP,
    TENANT,
    TIER2,
    Office,
)
from timebound.application.catalog import provider_roles
from timebound.application.changes import ChangeSet, GrantPermission

SINGLE: Final = ("entitlementManagement", "exchange")
MULTIPLE: Final = ("deviceManagement", "cloudPC", "defender")
WRITING: Final = frozenset(
    {
        "EntitlementManagement.ReadWrite.All",
        "DeviceManagementRBAC.ReadWrite.All",
        "RoleManagement.ReadWrite.CloudPC",
        "RoleManagement.ReadWrite.Exchange",
        "RoleManagement.ReadWrite.Defender",
        "Directory.ReadWrite.All",
    }
)
NOBODY: Final = "22222222-0000-4000-8000-999999999999"
CATALOG: Final = "/AccessPackageCatalog/beedadfe-01d5-4025-910b-84abb9369997"
ALL_PROVIDERS = pytest.mark.parametrize("provider", [*SINGLE, *MULTIPLE])
MANY = pytest.mark.parametrize("provider", MULTIPLE)
ONE = pytest.mark.parametrize("provider", SINGLE)


async def permit(office: Office) -> None:
    """Lets the desk manage what the providers have, and the robot what concerns devices."""
    grants = [GrantPermission(DESK, name, is_delegated=True) for name in sorted(WRITING)]
    robot = GrantPermission(ROBOT_APP, "DeviceManagementRBAC.ReadWrite.All", is_delegated=False)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (*grants, robot))
    assert await office.store.apply(change)


def path_of(provider: str, noun: str, version: str = "beta") -> str:
    return f"/{version}/roleManagement/{provider}/{noun}"


async def define(office: Office, desk: str, provider: str, name: str = "Ours") -> str:
    """The id of a custom role of a provider."""
    known = [role for role in provider_roles() if role.provider.value == provider]
    action = known[0].actions[0] if known else "Provider/Things/Read"
    body = {
        "displayName": name,
        "description": "Made here",
        "isEnabled": True,
        "rolePermissions": [{"allowedResourceActions": [action]}],
    }
    made = await office.post(desk, path_of(provider, "roleDefinitions"), body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def several(role_id: str, **changes: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "@odata.type": "#microsoft.graph.unifiedRoleAssignmentMultiple",
        "displayName": "My test role assignment 1",
        "roleDefinitionId": role_id,
        "principalIds": [TIER2, HANA],
        "directoryScopeIds": [PLAIN_GROUP, f"/administrativeUnits/{BERLIN}"],
        "appScopeIds": ["allDevices"],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def one(role_id: str, **changes: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "principalId": HANA,
        "roleDefinitionId": role_id,
        "appScopeId": CATALOG,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def sent(provider: str, role_id: str) -> dict[str, Any]:
    return one(role_id) if provider in SINGLE else several(role_id)
