"""Subscriptions, resource groups and resources over HTTP, as clients browse and build them."""

from http import HTTPStatus
from urllib.parse import quote

import pytest

from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.arm.orchard import (
    BARN,
    DISK,
    FARM,
    GATE,
    LOOKER,
    NEIGHBOUR,
    OWNER,
    READER,
)
from tests.dialects.graph.office import TENANT

V = "?api-version=2021-04-01"
NOWHERE = "/subscriptions/00000000-0000-4000-8000-0000000000ff"
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
documented = pytest.mark.documented("Azure: REST reference of Microsoft.Resources")


@pytest.mark.witness("GET tenants")
@documented
async def test_the_tenant_is_told(farm: ArmOffice) -> None:
    answer = await farm.get(OWNER, "/tenants?api-version=2022-12-01")
    (found,) = answer.json()["value"]
    assert (found["id"], found["tenantId"]) == (f"/tenants/{TENANT}", TENANT)
    assert found["defaultDomain"] == "office.example"


@pytest.mark.witness("GET subscriptions")
@pytest.mark.witness("GET subscriptions/{subscriptionId}")
@documented
@pytest.mark.parametrize("version", ["2016-06-01", "2019-06-01", "2020-01-01", "2022-12-01"])
async def test_subscriptions_are_listed_for_who_holds_a_role_there(
    farm: ArmOffice, version: str
) -> None:
    path = f"/subscriptions?api-version={version}"
    for who in (OWNER, LOOKER):
        (found,) = await farm.walk(who, path)
        assert (found["id"], found["displayName"], found["state"]) == (FARM, "Farm", "Enabled")
    assert await farm.walk(NEIGHBOUR, path) == []
    answer = await farm.get(OWNER, f"{FARM}?api-version={version}")
    assert answer.json()["tenantId"] == TENANT
    refused = await farm.get(NEIGHBOUR, f"{FARM}?api-version={version}")
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert refused.json()["error"]["code"] == "AuthorizationFailed"
    missing = await farm.get(OWNER, f"{NOWHERE}?api-version={version}")
    assert missing.status_code == HTTPStatus.NOT_FOUND
    assert missing.json()["error"]["code"] == "SubscriptionNotFound"


@pytest.mark.witness("GET subscriptions/{subscriptionId}/locations")
@documented
async def test_a_subscription_has_regions(farm: ArmOffice) -> None:
    answer = await farm.get(OWNER, f"{FARM}/locations?api-version=2022-12-01")
    found = answer.json()["value"]
    assert found[0]["id"] == f"{FARM}/locations/{found[0]['name']}"


@pytest.mark.witness("GET subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}")
@pytest.mark.witness("HEAD subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}")
@pytest.mark.witness("PUT subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}")
@pytest.mark.witness("PATCH subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}")
@pytest.mark.witness("DELETE subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}")
@pytest.mark.witness("GET subscriptions/{subscriptionId}/operationresults/{operationId}")
@documented
async def test_a_resource_group_lives_its_life(farm: ArmOffice) -> None:
    path = f"{FARM}/resourceGroups/Silo"
    assert (await farm.head(OWNER, path + V)).status_code == HTTPStatus.NOT_FOUND
    body = {"location": "West Europe", "tags": {"grain": "oats"}}
    made = await farm.put(OWNER, path + V, body)
    assert made.status_code == HTTPStatus.CREATED
    assert made.json() == {
        "id": path,
        "name": "Silo",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "tags": {"grain": "oats"},
        "properties": {"provisioningState": "Succeeded"},
    }
    again = await farm.put(OWNER, f"{FARM}/resourcegroups/SILO{V}", {"location": "westeurope"})
    assert (again.status_code, again.json()["id"]) == (HTTPStatus.OK, path)
    assert "tags" not in again.json()
    changed = await farm.patch(OWNER, path + V, {"tags": {"grain": "rye"}})
    assert changed.json()["tags"] == {"grain": "rye"}
    moved = await farm.put(OWNER, path + V, {"location": "eastus"})
    assert moved.status_code == HTTPStatus.CONFLICT
    assert moved.json()["error"]["code"] == "InvalidResourceGroupLocation"
    assert (await farm.head(OWNER, path + V)).status_code == HTTPStatus.NO_CONTENT
    gone = await farm.delete(OWNER, path + V)
    assert gone.status_code == HTTPStatus.ACCEPTED
    assert f"{FARM}/operationresults/" in gone.headers["location"]
    result = await farm.get(OWNER, gone.headers["location"])
    assert (result.status_code, result.content) == (HTTPStatus.OK, b"")
    missing = await farm.get(OWNER, path + V)
    assert missing.status_code == HTTPStatus.NOT_FOUND
    assert missing.json()["error"] == {
        "code": "ResourceGroupNotFound",
        "message": "Resource group 'Silo' could not be found.",
    }


@documented
@pytest.mark.parametrize("name", ["Été(1)", "北京", "ßtraße"])
async def test_a_resource_group_has_a_name_in_any_script(farm: ArmOffice, name: str) -> None:
    path, asked = f"{FARM}/resourceGroups/{name}", f"{FARM}/resourcegroups/{quote(name)}"
    made = await farm.put(OWNER, asked + V, {"location": "westeurope"})
    assert (made.status_code, made.json()["name"]) == (HTTPStatus.CREATED, name)
    disk = f"{path}/providers/Microsoft.Compute/disks/{name}"
    put = await farm.put(OWNER, quote(disk) + V, {"location": "westeurope"})
    assert (put.status_code, put.json()["id"]) == (HTTPStatus.CREATED, disk)
    groups = await farm.walk(OWNER, f"{FARM}/resourceGroups{V}&$top=1")
    assert path in [one["id"] for one in groups]
    (listed,) = await farm.walk(OWNER, f"{asked}/resources{V}")
    assert listed["id"] == disk
    role = f"{asked}/providers/Microsoft.Authorization/roleAssignments/{FARM[15:]}"
    body = {"roleDefinitionId": f"{FARM}{ROLES}/{READER}", "principalId": NEIGHBOUR}
    given = await farm.put(OWNER, f"{role}?api-version=2022-04-01", {"properties": body})
    assert given.status_code == HTTPStatus.CREATED, given.text
    assert given.json()["properties"]["scope"] == path
    held = await farm.walk(OWNER, f"{role.rpartition('/')[0]}?api-version=2022-04-01")
    assert given.json()["id"] in [one["id"] for one in held]
    assert (await farm.get(NEIGHBOUR, asked + V)).json()["id"] == path
    gone = await farm.delete(OWNER, asked + V)
    assert gone.status_code == HTTPStatus.ACCEPTED
    assert (await farm.get(OWNER, gone.headers["location"])).status_code == HTTPStatus.OK
    assert (await farm.head(OWNER, asked + V)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.witness(
    "GET subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
    "{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "HEAD subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
    "{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "PUT subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
    "{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "PATCH subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
    "{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "DELETE subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
    "{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)
@documented
async def test_a_resource_lives_its_life(farm: ArmOffice) -> None:
    version = "?api-version=2099-01-01-preview"
    assert (await farm.head(OWNER, DISK + version)).status_code == HTTPStatus.NOT_FOUND
    body = {"Location": "westeurope", "sku": {"name": "S"}, "properties": {"a": {"b": 1}, "c": 2}}
    made = await farm.put(OWNER, DISK + version, body)
    assert made.status_code == HTTPStatus.CREATED
    found = made.json()
    assert (found["id"], found["name"]) == (DISK, "Lock")
    assert found["type"] == "Microsoft.Compute/virtualMachines/extensions"
    assert found["properties"] == {"a": {"b": 1}, "c": 2}
    patched = await farm.patch(OWNER, DISK + version, {"properties": {"a": {"d": 3}, "c": None}})
    assert patched.json()["properties"] == {"a": {"b": 1, "d": 3}}
    assert (await farm.get(OWNER, DISK.upper() + version)).json()["id"] == DISK
    replaced = await farm.put(OWNER, DISK + version, {"location": "westeurope"})
    assert (replaced.status_code, "properties" in replaced.json()) == (HTTPStatus.OK, False)
    assert (await farm.delete(OWNER, GATE + version)).status_code == HTTPStatus.OK
    assert (await farm.delete(OWNER, GATE + version)).status_code == HTTPStatus.NO_CONTENT
    missing = await farm.get(OWNER, DISK + version)
    assert missing.status_code == HTTPStatus.NOT_FOUND
    assert missing.json()["error"]["code"] == "ResourceNotFound"


@pytest.mark.witness("GET subscriptions/{subscriptionId}/resourceGroups")
@pytest.mark.witness("GET subscriptions/{subscriptionId}/resources")
@pytest.mark.witness(
    "GET subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/resources"
)
@documented
async def test_lists_show_what_the_caller_may_read(farm: ArmOffice) -> None:
    silo = f"{FARM}/resourceGroups/Silo"
    await farm.put(OWNER, silo + V, {"location": "eastus", "tags": {"grain": "oats"}})
    shop = f"{silo}/providers/Microsoft.Web/sites/Shop"
    await farm.put(OWNER, f"{shop}?api-version=2022-03-01", {"location": "eastus"})
    groups, resources = f"{FARM}/resourceGroups{V}", f"{FARM}/resources{V}"
    assert [one["id"] for one in await farm.walk(OWNER, groups)] == [BARN, silo]
    assert [one["id"] for one in await farm.walk(LOOKER, groups)] == [BARN]
    assert [one["id"] for one in await farm.walk(OWNER, resources)] == [GATE, shop]
    assert [one["id"] for one in await farm.walk(LOOKER, resources)] == [GATE]
    assert (await farm.get(NEIGHBOUR, resources)).status_code == HTTPStatus.FORBIDDEN
    by_tag = f"{groups}&$filter=tagName eq 'grain' and tagValue eq 'oats'"
    assert [one["id"] for one in await farm.walk(OWNER, by_tag)] == [silo]
    by_type = f"{resources}&$filter=resourceType eq 'microsoft.web/SITES'"
    assert [one["id"] for one in await farm.walk(OWNER, by_type)] == [shop]
    assert [one["id"] for one in await farm.walk(OWNER, f"{silo}/resources{V}")] == [shop]
    in_silo = f"{resources}&$filter=resourceGroup eq 'SILO' and name eq 'shop'"
    assert [one["id"] for one in await farm.walk(OWNER, in_silo)] == [shop]
    nowhere = await farm.get(OWNER, f"{resources}&$filter=resourceGroup eq 'Byre'")
    assert nowhere.json()["error"]["code"] == "ResourceGroupNotFound"
    begins = f"{groups}&$filter=startswith(tagname, 'GR')"
    assert [one["id"] for one in await farm.walk(OWNER, begins)] == [silo]
    for text in (
        "kind eq 'x'",
        "name eq 'gate' and Name eq 'shop'",
        "startswith(tagName, 'a') and startswith(tagName, 'b')",
    ):
        bad = await farm.get(OWNER, f"{resources}&$filter={text}")
        assert bad.json()["error"]["code"] == "InvalidFilterInQueryString", text


@documented
@pytest.mark.parametrize("what", ["resourceGroups", "resources"])
async def test_who_may_not_list_is_told_the_action_of_the_list(farm: ArmOffice, what: str) -> None:
    refused = await farm.get(NEIGHBOUR, f"{FARM}/{what}{V}")
    assert refused.status_code == HTTPStatus.FORBIDDEN
    message = refused.json()["error"]["message"]
    assert f"action 'Microsoft.Resources/subscriptions/{what}/read' over scope '{FARM}'" in message


@documented
@pytest.mark.parametrize("what", ["resourceGroups", "resources"])
async def test_long_lists_come_in_pages(farm: ArmOffice, what: str) -> None:
    names = ["rg", "rg-a", "RG_b", "rg0"]
    for name in names:
        path = f"{FARM}/resourceGroups/{name}"
        await farm.put(OWNER, path + V, {"location": "eastus"})
        inside = f"{path}/providers/Microsoft.Web/sites/x?api-version=2022-03-01"
        await farm.put(OWNER, inside, {})
    small = open_arm(farm.store, page_size=2)
    async with small.client:
        found = [one["id"] for one in await small.walk(OWNER, f"{FARM}/{what}{V}")]
        at_once = await farm.walk(OWNER, f"{FARM}/{what}{V}")
    assert found == [one["id"] for one in at_once]
    assert len(set(found)) == len(names) + 1


@documented
@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("put", f"{FARM}/resourceGroups/new", {}, "LocationRequired"),
        ("put", f"{FARM}/resourceGroups/ends.", {"location": "eastus"}, "InvalidResourceName"),
        ("put", f"{NOWHERE}/resourceGroups/new", {"location": "e"}, "SubscriptionNotFound"),
        ("put", f"{FARM}/resourceGroups/none/providers/A.B/c/d", {}, "ResourceGroupNotFound"),
        ("put", f"{BARN}/providers/A.B/c/d/e/f", {}, "ResourceNotFound"),
        ("put", f"{BARN}/providers/AB/c/d", {}, "InvalidResourceName"),
        ("put", f"{BARN}/providers/A.B/c/d", [], "InvalidRequestContent"),
        ("put", f"{BARN}/providers/A.B/c/d", {"tags": {"a": 1}}, "InvalidRequestContent"),
        ("put", f"{BARN}/providers/A.B/c/d", {"location": 1}, "InvalidRequestContent"),
        ("put", f"{BARN}/providers/A.B/c/d", {"tags": {}, "TAGS": {}}, "InvalidRequestContent"),
        ("patch", f"{BARN}/providers/A.B/c/d", {}, "ResourceNotFound"),
        ("patch", f"{FARM}/resourceGroups/none", {}, "ResourceGroupNotFound"),
        ("put", "/subscriptions/no-guid/resourceGroups/x", {}, "NotFound"),
    ],
)
async def test_what_is_wrong_is_told(
    farm: ArmOffice, method: str, path: str, body: object, code: str
) -> None:
    act = farm.put if method == "put" else farm.patch
    answer = await act(OWNER, path + V, body)
    assert HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.json()["error"]["code"] == code


@pytest.mark.documented("Azure: how access is decided")
@pytest.mark.parametrize("path", [BARN, GATE, f"{FARM}/resourceGroups/none", f"{GATE}x"])
async def test_who_may_not_is_refused_the_same_whether_it_is_there(
    farm: ArmOffice, path: str
) -> None:
    for answer in (
        await farm.get(NEIGHBOUR, path + V),
        await farm.put(NEIGHBOUR, path + V, {"location": "westeurope"}),
        await farm.patch(NEIGHBOUR, path + V, {}),
        await farm.delete(NEIGHBOUR, path + V),
    ):
        assert answer.status_code == HTTPStatus.FORBIDDEN
        error = answer.json()["error"]
        assert error["code"] == "AuthorizationFailed"
        assert f"with object id '{NEIGHBOUR}'" in error["message"]
        assert f"over scope '{path}'" in error["message"]


@documented
async def test_a_reader_reads_and_changes_nothing(farm: ArmOffice) -> None:
    assert (await farm.get(LOOKER, GATE + V)).json()["tags"] == {"use": "farm"}
    refused = await farm.put(LOOKER, GATE + V, {})
    assert "'Microsoft.Compute/virtualMachines/write'" in refused.json()["error"]["message"]


@pytest.mark.witness("PUT providers/Microsoft.Subscription/aliases/{aliasName}")
@pytest.mark.witness("GET providers/Microsoft.Subscription/aliases/{aliasName}")
@documented
async def test_a_subscription_is_made_by_an_alias(farm: ArmOffice) -> None:
    path = "/providers/Microsoft.Subscription/aliases/orchard?api-version=2021-10-01"
    body = {"properties": {"displayName": "Orchard", "workload": "Production"}}
    made = await farm.put(OWNER, path, body)
    assert made.status_code == HTTPStatus.CREATED
    told = made.json()["properties"]
    assert told["provisioningState"] == "Succeeded"
    subscription = f"/subscriptions/{told['subscriptionId']}?api-version=2022-12-01"
    assert (await farm.get(OWNER, subscription)).json()["displayName"] == "Orchard"
    again = await farm.put(OWNER, path, body)
    assert (again.status_code, again.json()) == (HTTPStatus.OK, made.json())
    assert (await farm.get(OWNER, path)).json() == made.json()
    hidden = await farm.get(NEIGHBOUR, path)
    assert hidden.status_code == HTTPStatus.NOT_FOUND
    assert hidden.json()["error"]["message"] == "There is no alias 'orchard'."
    refused = await farm.put(NEIGHBOUR, path.replace("orchard", "other"), body)
    assert refused.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.documented("Microsoft.Subscription 2021-10-01: other answers are an ErrorResponseBody")
@pytest.mark.parametrize("alias", ["none", "subscriptions", FARM.rpartition("/")[2]])
async def test_an_alias_that_is_not_there_is_not_found(farm: ArmOffice, alias: str) -> None:
    path = f"/providers/Microsoft.Subscription/aliases/{alias}?api-version=2021-10-01"
    for who in (OWNER, NEIGHBOUR):
        missing = await farm.get(who, path)
        assert missing.status_code == HTTPStatus.NOT_FOUND
        assert missing.json() == {
            "error": {"code": "NotFound", "message": f"There is no alias '{alias}'."}
        }


@pytest.mark.inferred("what is not supported is refused, whatever its value, and never dropped")
@pytest.mark.parametrize("id_", [OWNER, FARM.rpartition("/")[2], ""])
async def test_an_alias_is_not_given_to_a_subscription_that_is_there(
    farm: ArmOffice, id_: str
) -> None:
    path = "/providers/Microsoft.Subscription/aliases/orchard?api-version=2021-10-01"
    body = {"properties": {"displayName": "Orchard", "subscriptionId": id_}}
    refused = await farm.put(OWNER, path, body)
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert "'properties.subscriptionId'" in refused.json()["error"]["message"]
    assert [one["id"] for one in await farm.walk(OWNER, f"/subscriptions{V}")] == [FARM]


@documented
async def test_without_the_permission_nobody_is_let_in(farm: ArmOffice) -> None:
    key = farm.sign_in(OWNER, frozenset())
    for path in ("/subscriptions", "/tenants", FARM, BARN, f"{FARM}/resources"):
        assert (await farm.get(key, path + V)).status_code == HTTPStatus.FORBIDDEN
