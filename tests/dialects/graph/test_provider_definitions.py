"""The role definitions of the providers besides the directory, over HTTP."""

import pytest

from tests.dialects.graph.office import GRACE, Office
from tests.dialects.graph.providing import ALL_PROVIDERS, define, path_of
from timebound.application.catalog import provider_roles
from timebound.domain.scopes import PROVIDERS, ScopeKind


@pytest.mark.documented("rbacapplication-list-roledefinitions, examples 2 and 3")
@pytest.mark.parametrize(
    ("provider", "names"),
    [
        ("deviceManagement", {"Application Manager", "Read Only Operator", "School Administrator"}),
        ("cloudPC", {"Cloud PC Administrator", "Cloud PC Reader"}),
        ("entitlementManagement", {"Catalog owner", "Catalog reader", "Catalog creator"}),
        ("exchange", set()),
        ("defender", set()),
    ],
)
@pytest.mark.witness(
    "GET roleManagement/entitlementManagement/roleDefinitions",
    "GET roleManagement/exchange/roleDefinitions",
    "GET roleManagement/deviceManagement/roleDefinitions",
    "GET roleManagement/cloudPC/roleDefinitions",
    "GET roleManagement/defender/roleDefinitions",
)
async def test_built_in_roles(office: Office, desk: str, provider: str, names: set[str]) -> None:
    answer = await office.get(desk, path_of(provider, "roleDefinitions"))
    found = {role["displayName"]: role for role in answer.json()["value"]}
    assert names <= found.keys()
    expected = {r.display_name for r in provider_roles() if r.provider.value == provider}
    assert found.keys() == expected
    for role in found.values():
        assert (role["isBuiltIn"], role["templateId"]) == (True, role["id"])
    only = await office.get(
        desk, f"{path_of(provider, 'roleDefinitions')}?$filter=isBuiltIn eq false"
    )
    assert only.json()["value"] == []


@ALL_PROVIDERS
@pytest.mark.documented("unifiedroledefinition-update and -delete, examples of cloudPC")
@pytest.mark.witness(
    "GET roleManagement/entitlementManagement/roleDefinitions/{id}",
    "POST roleManagement/entitlementManagement/roleDefinitions",
    "PATCH roleManagement/entitlementManagement/roleDefinitions/{id}",
    "DELETE roleManagement/entitlementManagement/roleDefinitions/{id}",
    "GET roleManagement/entitlementManagement/roleDefinitions/{id}/inheritsPermissionsFrom",
    "GET roleManagement/exchange/roleDefinitions/{id}",
    "POST roleManagement/exchange/roleDefinitions",
    "PATCH roleManagement/exchange/roleDefinitions/{id}",
    "DELETE roleManagement/exchange/roleDefinitions/{id}",
    "GET roleManagement/exchange/roleDefinitions/{id}/inheritsPermissionsFrom",
    "GET roleManagement/deviceManagement/roleDefinitions/{id}",
    "POST roleManagement/deviceManagement/roleDefinitions",
    "PATCH roleManagement/deviceManagement/roleDefinitions/{id}",
    "DELETE roleManagement/deviceManagement/roleDefinitions/{id}",
    "GET roleManagement/deviceManagement/roleDefinitions/{id}/inheritsPermissionsFrom",
    "GET roleManagement/cloudPC/roleDefinitions/{id}",
    "POST roleManagement/cloudPC/roleDefinitions",
    "PATCH roleManagement/cloudPC/roleDefinitions/{id}",
    "DELETE roleManagement/cloudPC/roleDefinitions/{id}",
    "GET roleManagement/cloudPC/roleDefinitions/{id}/inheritsPermissionsFrom",
    "GET roleManagement/defender/roleDefinitions/{id}",
    "POST roleManagement/defender/roleDefinitions",
    "PATCH roleManagement/defender/roleDefinitions/{id}",
    "DELETE roleManagement/defender/roleDefinitions/{id}",
    "GET roleManagement/defender/roleDefinitions/{id}/inheritsPermissionsFrom",
)
async def test_custom_roles(office: Office, desk: str, provider: str) -> None:
    role_id = await define(office, desk, provider)
    path = path_of(provider, f"roleDefinitions/{role_id}")
    got = (await office.get(desk, path)).json()
    assert (got["displayName"], got["isBuiltIn"], got["version"]) == ("Ours", False, None)
    inherited = await office.get(desk, f"{path}/inheritsPermissionsFrom")
    assert inherited.json()["value"] == []
    assert (await office.patch(desk, path, {"displayName": "ExampleCustomRole"})).status_code == 204
    assert (await office.get(desk, path)).json()["displayName"] == "ExampleCustomRole"
    in_directory = f"/v1.0/roleManagement/directory/roleDefinitions/{role_id}"
    assert (await office.get(GRACE, in_directory)).status_code == 404
    assert (await office.delete(desk, path)).status_code == 204
    assert (await office.get(desk, path)).status_code == 404
    kept = "/beta/roleManagement/directory/deletedItems/roleDefinitions"
    assert (await office.get(GRACE, kept)).json()["value"] == []


@pytest.mark.documented("the versions that publish each provider")
async def test_what_is_in_which_version(office: Office, desk: str) -> None:
    for kind in PROVIDERS:
        answer = await office.get(desk, path_of(kind.value, "roleDefinitions", "v1.0"))
        is_published = kind is ScopeKind.ENTITLEMENT_MANAGEMENT
        assert answer.status_code == (200 if is_published else 404)
