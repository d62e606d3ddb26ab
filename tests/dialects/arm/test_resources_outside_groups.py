"""Resources of a subscription that are in no resource group, as places like all others."""

from http import HTTPStatus

import pytest

from tests.dialects.arm.asking import ASSIGNMENTS, ELIGIBILITIES, body, days, lasting, path
from tests.dialects.arm.assigning import address
from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.arm.orchard import BARN, FARM, GATE, LOOKER, NEIGHBOUR, OWNER, READER
from tests.dialects.arm.vineyard import ALL, VINEYARD, plant_vineyard
from tests.dialects.graph.office import HANA

V = "?api-version=2024-01-01"
LIST = "?api-version=2021-04-01"
PRICINGS = f"{FARM}/providers/Microsoft.Security/pricings"
PLAN = f"{PRICINGS}/Plan"
PART = f"{PLAN}/securityOperators/Part"
ALIAS = "/providers/Microsoft.Subscription"
CHILDREN = "providers/Microsoft.Authorization/eligibleChildResources?api-version=2020-10-01"
documented = pytest.mark.documented("Azure: resource ids; scopes of role assignments")


async def make(farm: ArmOffice, *paths: str) -> None:
    for one in paths:
        made = await farm.put(OWNER, one + V, {"properties": {"pricingTier": "Standard"}})
        assert made.status_code == HTTPStatus.CREATED, made.text


async def ids(farm: ArmOffice, who: str, link: str) -> list[str]:
    return [one["id"] for one in await farm.walk(who, link)]


async def give(farm: ArmOffice, who: str, place: str, number: int = 1) -> int:
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    asked = {"properties": {"roleDefinitionId": role, "principalId": who}}
    link = address(f"c0ffee00-0000-4000-8000-{number:012}", place)
    return (await farm.put(OWNER, link, asked)).status_code


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@documented
async def test_a_resource_in_no_group_is_there_or_is_not(farm: ArmOffice, method: str) -> None:
    missing = await farm.client.request(
        method, PLAN + V, json={}, headers={"authorization": f"Bearer {farm.sign_in(OWNER)}"}
    )
    statuses = {"PUT": HTTPStatus.CREATED, "DELETE": HTTPStatus.NO_CONTENT}
    assert missing.status_code == statuses.get(method, HTTPStatus.NOT_FOUND)


@pytest.mark.witness(
    "GET subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/"
    "{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "HEAD subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/"
    "{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "PUT subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/"
    "{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "PATCH subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/"
    "{parentResourcePath}/{resourceType}/{resourceName}"
)
@pytest.mark.witness(
    "DELETE subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/"
    "{parentResourcePath}/{resourceType}/{resourceName}"
)
@documented
async def test_a_resource_in_no_group_lives_its_life(farm: ArmOffice) -> None:
    await make(farm, PLAN, PART)
    found = (await farm.get(OWNER, ALIAS + PLAN.upper() + V)).json()
    assert (found["id"], found["type"]) == (PLAN, "Microsoft.Security/pricings")
    assert (await farm.head(OWNER, PLAN + V)).status_code == HTTPStatus.NO_CONTENT
    patched = await farm.patch(OWNER, PLAN + V, {"properties": {"subPlan": "P1"}})
    assert patched.json()["properties"] == {"pricingTier": "Standard", "subPlan": "P1"}
    refused = await farm.put(LOOKER, PLAN + V, {})
    assert "'Microsoft.Security/pricings/write'" in refused.json()["error"]["message"]
    nowhere = await farm.put(OWNER, f"{PRICINGS}/none/securityOperators/x{V}", {})
    assert nowhere.json()["error"]["code"] == "ResourceNotFound"
    assert (await farm.delete(OWNER, PLAN + V)).status_code == HTTPStatus.OK
    for gone in (PLAN, PART):
        assert (await farm.get(OWNER, gone + V)).json()["error"]["code"] == "ResourceNotFound"


@documented
async def test_lists_of_a_subscription_tell_what_is_in_no_group(farm: ArmOffice) -> None:
    await make(farm, PLAN, PART)
    resources = f"{FARM}/resources{LIST}"
    assert await ids(farm, OWNER, resources) == [PLAN, PART, GATE]
    assert await ids(farm, OWNER, f"{FARM}/resourceGroups{LIST}") == [BARN]
    assert await ids(farm, OWNER, f"{BARN}/resources{LIST}") == [GATE]
    by_type = f"{resources}&$filter=resourceType eq 'microsoft.security/PRICINGS'"
    assert await ids(farm, OWNER, by_type) == [PLAN]
    by_group = f"{resources}&$filter=resourceGroup eq 'barn'"
    assert await ids(farm, OWNER, by_group) == [GATE]
    small = open_arm(farm.store, page_size=1)
    async with small.client:
        assert await ids(small, OWNER, resources) == [PLAN, PART, GATE]


@documented
async def test_who_holds_a_role_at_one_alone_is_listed_that(farm: ArmOffice) -> None:
    await make(farm, PLAN, PART, f"{PRICINGS}/Other")
    assert await give(farm, LOOKER, PLAN) == HTTPStatus.CREATED
    assert await ids(farm, LOOKER, f"{FARM}/resources{LIST}") == [PLAN, PART, GATE]
    assert await ids(farm, LOOKER, f"{FARM}/resourceGroups{LIST}") == [BARN]
    assert (await farm.get(LOOKER, f"{PRICINGS}/Other{V}")).status_code == HTTPStatus.FORBIDDEN
    assert await give(farm, NEIGHBOUR, FARM, 2) == HTTPStatus.CREATED
    assert (await farm.get(NEIGHBOUR, PART + V)).status_code == HTTPStatus.OK


@documented
async def test_roles_are_assigned_at_a_resource_in_no_group(farm: ArmOffice) -> None:
    assert await give(farm, NEIGHBOUR, PLAN) == HTTPStatus.NOT_FOUND
    await make(farm, PLAN, PART)
    assert await give(farm, NEIGHBOUR, PLAN) == HTTPStatus.CREATED
    rows = f"{PLAN}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
    found = {one["properties"]["scope"] for one in await farm.walk(OWNER, rows)}
    assert PLAN in found
    assert (await farm.get(NEIGHBOUR, PART + V)).status_code == HTTPStatus.OK
    assert (await farm.get(NEIGHBOUR, GATE + V)).status_code == HTTPStatus.FORBIDDEN
    assert (await farm.delete(OWNER, PLAN + V)).status_code == HTTPStatus.OK
    await make(farm, PLAN)
    assert (await farm.get(NEIGHBOUR, PLAN + V)).status_code == HTTPStatus.FORBIDDEN


@documented
async def test_a_role_is_activated_at_a_resource_in_no_group(farm: ArmOffice) -> None:
    await make(farm, PLAN)
    role = f"{FARM}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    asked = body("AdminAssign", NEIGHBOUR, roleDefinitionId=role, scheduleInfo=days(10))
    eligible = await farm.put(OWNER, path(ELIGIBILITIES, 1, FARM), asked)
    assert eligible.status_code == HTTPStatus.CREATED, eligible.text
    asked = body("SelfActivate", NEIGHBOUR, roleDefinitionId=role, scheduleInfo=lasting())
    active = await farm.put(NEIGHBOUR, path(ASSIGNMENTS, 2, PLAN), asked)
    assert active.status_code == HTTPStatus.CREATED, active.text
    told = active.json()
    assert told["id"].startswith(f"{ALIAS}{PLAN}/providers/Microsoft.Authorization/")
    assert told["properties"]["expandedProperties"]["scope"] == {
        "id": PLAN,
        "displayName": "Plan",
        "type": "Microsoft.Security/pricings",
    }
    assert (await farm.get(NEIGHBOUR, PLAN + V)).status_code == HTTPStatus.OK
    assert (await farm.get(NEIGHBOUR, GATE + V)).status_code == HTTPStatus.FORBIDDEN
    # What could be activated below is told of containers alone.
    below = await farm.walk(NEIGHBOUR, f"{FARM}/{CHILDREN}&$getAllChildren=true")
    assert [one["id"] for one in below] == [BARN]


@documented
@pytest.mark.parametrize(
    ("place", "status", "code"),
    [
        (f"{FARM}/providers/Microsoft.Authorization/locks/x", 404, "InvalidResourceType"),
        (f"{FARM}/providers/Microsoft.Management/managementGroups/x", 404, "NotFound"),
        (f"{FARM}/providers/Microsoft.Subscription/aliases/x", 404, "NotFound"),
        (f"{FARM}/providers/AB/c/d", 400, "InvalidResourceName"),
        ("/subscriptions/none/providers/A.B/c/d", 404, "NotFound"),
        ("/providers/Microsoft.Security/pricings/x", 404, "InvalidResourceType"),
        ("/providers/Microsoft.Security/pricings/x/y/z", 404, "InvalidResourceType"),
    ],
)
async def test_what_is_no_resource_of_a_subscription_is_not_made(
    farm: ArmOffice, place: str, status: int, code: str
) -> None:
    refused = await farm.put(OWNER, place + V, {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


@pytest.mark.inferred("a scope that is not kept is refused by name, and never taken for another")
@pytest.mark.parametrize(
    "place",
    [
        "/providers/Microsoft.Security/pricings/x",
        "/providers/Microsoft.Billing/billingAccounts/1",
        f"{FARM}/providers/Microsoft.Management/managementGroups/East",
    ],
)
async def test_resources_of_the_tenant_are_no_scopes(farm: ArmOffice, place: str) -> None:
    rows = f"{place}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
    refused = await farm.get(OWNER, rows)
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    error = refused.json()["error"]
    assert error["code"] == "InvalidScope"
    assert f"'{place}'" in error["message"]
    assert "resources of the tenant" in error["message"]


@pytest.mark.inferred("nothing stands between such a resource and its subscription")
async def test_a_privileged_resource_in_no_group_lies_in_its_subscription(
    office: ArmOffice,
) -> None:
    await plant_vineyard(office)
    plan = f"{VINEYARD}/providers/Microsoft.Security/pricings/Plan"
    assert (await office.put(OWNER, plan + V, {})).status_code == HTTPStatus.CREATED
    rows = "/providers/Microsoft.Authorization/privilegedResources?api-version=2026-06-01-preview"
    found = await office.walk(HANA, rows)
    assert [one["scope"] for one in found] == [plan, *ALL]
    assert found[0]["parentResource"]["type"] == "subscription"
    assert found[0]["parentResource"]["scope"] == VINEYARD
    assert found[1]["parentResource"]["type"] == "resourceGroup"


@documented
async def test_providers_of_a_subscription_are_told_as_before(farm: ArmOffice) -> None:
    one = f"{FARM}/providers/Microsoft.Security{LIST}"
    assert (await farm.get(OWNER, one)).json()["namespace"] == "Microsoft.Security"
    registered = await farm.post(OWNER, f"{FARM}/providers/Microsoft.Security/register{LIST}")
    assert registered.status_code == HTTPStatus.OK
