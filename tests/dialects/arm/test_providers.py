"""Providers as tools look them up: types, api-versions and how they are registered."""

import pytest

from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.arm.orchard import BARN, FARM, LOOKER, NEIGHBOUR, OWNER
from tests.dialects.graph.office import HANA
from timebound.application.ports import Store
from timebound.dialects.arm.operations import OPERATIONS
from timebound.dialects.arm.providers.served import list_types

V = "?api-version=2022-09-01"
documented = pytest.mark.documented("Azure: REST reference of Microsoft.Resources, providers")


@pytest.mark.witness("GET providers", "GET providers/{resourceProviderNamespace}")
@documented
async def test_providers_of_the_tenant_are_listed(office: ArmOffice) -> None:
    listed = await office.walk(HANA, f"/providers{V}")
    names = [one["namespace"] for one in listed]

    assert names == sorted(names, key=str.lower)
    assert len({name.lower() for name in names}) == len(names)
    found = (await office.get(HANA, f"/providers/microsoft.COMPUTE{V}")).json()
    assert found in listed
    assert found["id"] == f"/providers/{found['namespace']}" == "/providers/Microsoft.Compute"
    assert found["registrationState"] == "Registered"
    assert found["registrationPolicy"] == "RegistrationRequired"
    machines = next(
        one for one in found["resourceTypes"] if one["resourceType"] == "virtualMachines"
    )
    assert machines["apiVersions"] == ["2021-04-01"]


@pytest.mark.inferred("what is told of the door is what its table says")
@pytest.mark.parametrize(
    ("namespace", "type_"),
    [
        ("Microsoft.Authorization", "operations"),
        ("Microsoft.Authorization", "roleAssignmentScheduleRequests"),
        ("Microsoft.Management", "managementGroups"),
        ("Microsoft.Management", "managementGroups/subscriptions"),
        ("Microsoft.Resources", "resourceGroups"),
        ("Microsoft.Resources", "subscriptions/resourceGroups"),
        ("Microsoft.Resources", "subscriptions/providers"),
        ("Microsoft.Resources", "tenants"),
        ("Microsoft.Subscription", "aliases"),
    ],
)
async def test_what_is_served_is_told(office: ArmOffice, namespace: str, type_: str) -> None:
    told = (await office.get(HANA, f"/providers/{namespace}{V}")).json()
    (found,) = [one for one in told["resourceTypes"] if one["resourceType"] == type_]

    served = list_types(OPERATIONS)[namespace][type_]
    assert tuple(found["apiVersions"]) == served
    assert found["defaultApiVersion"] in served
    assert told["registrationPolicy"] == "RegistrationFree"


@pytest.mark.inferred("what is done to one by its name is no type")
async def test_no_verb_is_told_as_a_type(office: ArmOffice) -> None:
    for one in await office.walk(HANA, f"/providers{V}"):
        words = {word for told in one["resourceTypes"] for word in told["resourceType"].split("/")}
        assert words.isdisjoint({"cancel", "validate", "", "{scope}"})
        assert not any("{" in word for word in words)


@pytest.mark.witness(
    "GET subscriptions/{subscriptionId}/providers",
    "GET subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}",
)
@documented
async def test_providers_of_a_subscription_are_told_to_its_readers(farm: ArmOffice) -> None:
    listed = await farm.walk(OWNER, f"{FARM}/providers{V}")
    one = (await farm.get(OWNER, f"{FARM}/providers/Microsoft.Authorization{V}")).json()

    assert one in listed
    assert one["id"] == f"{FARM}/providers/Microsoft.Authorization"
    for who in (LOOKER, NEIGHBOUR):
        refused = await farm.get(who, f"{FARM}/providers{V}")
        assert refused.status_code == 403
        assert "Microsoft.Resources/subscriptions/providers/read" in refused.text
        assert (await farm.get(who, f"{FARM}/providers/Microsoft.Compute{V}")).status_code == 403


@pytest.mark.witness(
    "POST subscriptions/{subscriptionId}/providers/{resourceProviderNamespace}/register",
    "POST subscriptions/{subscriptionId}/providers/Microsoft.Authorization/register",
)
@documented
@pytest.mark.parametrize("name", ["Microsoft.Compute", "microsoft.Authorization"])
async def test_a_provider_is_registered_already(farm: ArmOffice, name: str) -> None:
    path = f"{FARM}/providers/{name}/register{V}"
    answer = await farm.post(OWNER, path)
    assert answer.status_code == 200, answer.text
    assert answer.json() == (await farm.get(OWNER, f"{FARM}/providers/{name}{V}")).json()

    refused = await farm.post(LOOKER, path)
    assert refused.status_code == 403
    assert "/register/action' over scope" in refused.text


UNKNOWN = ("/providers/Contoso.Nothing", f"{FARM}/providers/Contoso.Nothing")


@pytest.mark.observed("clients: 404 InvalidResourceNamespace of a provider that is not there")
@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_unknown_provider_is_refused(farm: ArmOffice, path: str) -> None:
    answers = [await farm.get(OWNER, f"{path}{V}")]
    if path.startswith(FARM):
        answers.append(await farm.post(OWNER, f"{path}/register{V}"))

    for answer in answers:
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "InvalidResourceNamespace"


MISSING = "/subscriptions/00000000-0000-4000-8000-0000000000ff/providers"


@documented
async def test_a_subscription_has_to_be_there(farm: ArmOffice) -> None:
    missing = await farm.get(OWNER, f"{MISSING}{V}")
    malformed = await farm.get(OWNER, f"/subscriptions/seven/providers{V}")

    assert missing.status_code in (403, 404)
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (
        400,
        "InvalidSubscriptionId",
    )
    assert (await farm.get(OWNER, f"{BARN}/providers{V}")).status_code == 404


@pytest.mark.documented("Azure: nextLink leads to what a page did not hold")
async def test_providers_come_in_pages(store: Store) -> None:
    async with (office := open_arm(store, page_size=50)).client:
        first = (await office.get(HANA, f"/providers{V}")).json()
        listed = await office.walk(HANA, f"/providers{V}")

    assert len(first["value"]) == 50
    assert len(listed) == len(list_types(OPERATIONS))
