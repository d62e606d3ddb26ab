"""What roles can allow of each provider, as tools list it."""

from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import HANA
from timebound.dialects.arm.published import list_published

PATH = "/providers/Microsoft.Authorization/providerOperations"
VERSIONS = ("2015-07-01", "2018-01-01-preview", "2022-04-01")
WHOLE = "&$expand=resourceTypes"
MEMBERS = {"id", "name", "type", "displayName", "resourceTypes", "operations"}


def examples(operation: str, title: str) -> list[ParameterSet]:
    """The versions of an operation, each with the example that is published for it.

    The examples name no provider that is any, and no operations.
    """
    name = f"ProviderOperationsMetadata_{operation}"
    return [
        pytest.param(version, marks=pytest.mark.documented(f"{name}@{version}#{title}"))
        for version in VERSIONS
    ]


def ask(version: str, namespace: str = "", more: str = WHOLE) -> str:
    return f"{PATH}{namespace}?api-version={version}{more}"


async def read(office: ArmOffice, path: str) -> dict[str, Any]:
    answer = await office.get(HANA, path)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def operations_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    types = [one for kind in told["resourceTypes"] for one in kind["operations"]]
    return [*told["operations"], *types]


@pytest.mark.witness("GET providers/Microsoft.Authorization/providerOperations")
@pytest.mark.parametrize("version", examples("List", "GetAllProviderOperations"))
async def test_all_providers_are_listed(office: ArmOffice, version: str) -> None:
    listed = (await read(office, ask(version)))["value"]

    names = [one["name"] for one in listed]
    assert names == sorted(names, key=str.lower)
    assert {"Microsoft.Authorization", "Microsoft.Compute"} <= set(names)
    for one in listed:
        assert one.keys() == MEMBERS
        assert one["id"] == f"{PATH}/{one['name']}"
        assert one["type"] == "Microsoft.Authorization/providerOperations"
        for kind in one["resourceTypes"]:
            assert kind.keys() == {"name", "displayName", "operations"}
    told = [one["name"].lower() for found in listed for one in operations_of(found)]
    assert len(told) > 3_000
    assert all("*" not in name for name in told)


@pytest.mark.witness(
    "GET providers/Microsoft.Authorization/providerOperations/{resourceProviderNamespace}"
)
@pytest.mark.parametrize("version", examples("Get", "GetProviderOperationsRP"))
async def test_one_provider_is_told_as_in_the_list(office: ArmOffice, version: str) -> None:
    listed = (await read(office, ask(version)))["value"]
    told = await read(office, ask(version, "/microsoft.compute"))

    assert told in listed
    machines = next(one for one in told["resourceTypes"] if one["name"] == "virtualMachines")
    assert machines["displayName"] == "Virtual machines"
    start = next(one for one in machines["operations"] if one["name"].endswith("/start/action"))
    assert (start["displayName"], start["origin"]) == ("Start virtual machines", "user,system")
    assert start["description"] == "Carries out 'start' on virtual machines."


@pytest.mark.documented("types.json ProviderOperation: isDataAction from 2018-01-01-preview on")
async def test_actions_on_data_are_told_apart(office: ArmOffice) -> None:
    newer = operations_of(await read(office, ask("2022-04-01", "/Microsoft.Storage")))
    older = operations_of(await read(office, ask("2015-07-01", "/Microsoft.Storage")))

    on_data = {one["name"] for one in newer if one["isDataAction"]}
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    assert blobs in on_data
    assert all("isDataAction" not in one for one in older)
    assert len(older) == sum(not one["isDataAction"] for one in newer)


@pytest.mark.inferred("the provider itself has more operations than roles name")
async def test_the_operations_of_the_provider_itself_are_told(office: ArmOffice) -> None:
    told = operations_of(await read(office, ask("2022-04-01", "/Microsoft.Authorization")))
    words = {one["name"]: (one["displayName"], one["description"]) for one in told}

    for one in list_published():
        assert words[one.name] == (one.display.operation, one.display.description)


@pytest.mark.documented("providerOperations: $expand has resourceTypes told")
async def test_types_are_told_where_they_are_asked_for(office: ArmOffice) -> None:
    without = await read(office, ask("2022-04-01", "/Microsoft.Compute", ""))
    whole = await read(office, ask("2022-04-01", "/Microsoft.Compute", WHOLE.upper()))
    listed = (await read(office, ask("2022-04-01", "", "")))["value"]

    assert without["resourceTypes"] == []
    assert without["operations"] == whole["operations"] != []
    assert whole["resourceTypes"] != []
    assert all(one["resourceTypes"] == [] for one in listed)


@pytest.mark.inferred("what is not there is told apart from what has nothing")
async def test_what_is_not_known_is_refused(office: ArmOffice) -> None:
    unknown = await office.get(HANA, ask("2022-04-01", "/Contoso.Nothing"))
    odd = await office.get(HANA, ask("2022-04-01", "", "&$expand=everything"))

    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "InvalidResourceNamespace"
    assert odd.status_code == 400
    assert "$expand" in odd.json()["error"]["message"]
