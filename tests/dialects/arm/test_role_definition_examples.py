"""Every published example of role definitions, as a call of ours.

The examples name neither ids nor actions that are any: `roleDefinitionId` is a GUID here, `subId` a
subscription, `action` an action. All else is as it was published.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import pytest
from _pytest.mark import ParameterSet

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.role_office import GUID, ONE, address, open_roles
from tests.dialects.graph.office import GRACE
from timebound.application.ports import Store

TYPE: Final = "Microsoft.Authorization/roleDefinitions"
VERSIONS: Final = ("2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview")
WRITTEN: Final = frozenset({"createdOn", "updatedOn", "createdBy", "updatedBy"})
"""What is told of every role in reality, and in no example."""
ACTION: Final = "Microsoft.Compute/virtualMachines/restart/action"
DATA_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


def examples(operation: str, titles: Iterable[str]) -> list[ParameterSet]:
    """The versions of an operation, each with the example that is published for it."""
    return [
        pytest.param(
            version, marks=pytest.mark.documented(f"RoleDefinitions_{operation}@{version}#{title}")
        )
        for version, title in zip(VERSIONS, titles, strict=True)
    ]


def permissions(version: str) -> list[dict[str, list[str]]]:
    """The only block of the examples."""
    block: dict[str, list[str]] = {"actions": [ACTION], "notActions": []}
    if version == VERSIONS[0]:
        return [block]
    return [{**block, "dataActions": [DATA_ACTION], "notDataActions": []}]


def asked(version: str) -> dict[str, Any]:
    """The body of the examples, whose members stand by themselves."""
    return {
        "roleName": "Role name",
        "description": "Role description",
        "assignableScopes": [ONE],
        "permissions": permissions(version),
        "id": f"{ONE}/providers/{TYPE}/{GUID}",
        "type": TYPE,
        "name": GUID,
    }


def told(version: str) -> dict[str, Any]:
    """What the examples are answered; their `roletype` is that of the role."""
    return {
        "properties": {
            "roleName": "Role name",
            "type": "CustomRole",
            "description": "Role description",
            "assignableScopes": [ONE],
            "permissions": permissions(version),
        },
        "id": f"{ONE}/providers/{TYPE}/{GUID}",
        "type": TYPE,
        "name": GUID,
    }


def without_writers(answered: dict[str, Any]) -> dict[str, Any]:
    """An answer without what no example has."""
    properties = answered["properties"]
    kept = {name: value for name, value in properties.items() if name not in WRITTEN}
    return {**answered, "properties": kept}


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree."""
    opened = await open_roles(store)
    async with opened.client:
        yield opened


async def made(office: ArmOffice, version: str) -> dict[str, Any]:
    answer = await office.put(GRACE, address(version=version), asked(version))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("version", examples("CreateOrUpdate", ["PutRoleDefinition"] * 4))
async def test_a_role_is_made(office: ArmOffice, version: str) -> None:
    assert without_writers(await made(office, version)) == told(version)


@pytest.mark.parametrize("version", examples("Delete", ["DeleteRoleDefinition"] * 4))
async def test_a_role_is_deleted(office: ArmOffice, version: str) -> None:
    await made(office, version)
    answer = await office.delete(GRACE, address(version=version))
    assert (answer.status_code, without_writers(answer.json())) == (200, told(version))
    again = await office.delete(GRACE, address(version=version))
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.parametrize(
    "version", examples("Get", [*["GetRoleDefinitionByName"] * 3, "GetRoleDefinitionById"])
)
async def test_a_role_is_told_at_a_scope(office: ArmOffice, version: str) -> None:
    await made(office, version)
    answer = await office.get(GRACE, address(version=version))
    assert (answer.status_code, without_writers(answer.json())) == (200, told(version))


@pytest.mark.parametrize(
    "version", examples("GetById", [*["GetRoleDefinitionById"] * 3, "GetRoleDefinitionByRoleId"])
)
async def test_a_role_is_told_by_its_whole_id(office: ArmOffice, version: str) -> None:
    role = await made(office, version)
    answer = await office.get(GRACE, f"{role['id']}?api-version={version}&disambiguation_dummy")
    assert (answer.status_code, without_writers(answer.json())) == (200, told(version))


@pytest.mark.parametrize("version", examples("List", ["GetRoleDefinitionAtScope"] * 4))
async def test_roles_are_listed_at_a_scope(office: ArmOffice, version: str) -> None:
    await made(office, version)
    listed = (await office.get(GRACE, address(guid="", version=version))).json()
    assert "nextLink" not in listed
    assert [without_writers(row) for row in listed["value"] if row["name"] == GUID] == [
        told(version)
    ]
