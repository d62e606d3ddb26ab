"""Every published example of role assignments, and every recorded exchange, as calls of ours.

Where examples name nothing that is any (`scope`, `subId`, `roleAssignmentName`) the subscription,
the resource group and the names of the others stand. Ids of roles are told as recorded, with the
subscription that they are seen from; `canDelegate`, which no recorded answer has, is not told.
"""

from collections.abc import Iterable
from typing import Any, Final

import pytest
from _pytest.mark import ParameterSet

from tests.dialects.arm.assigning import error
from tests.dialects.arm.estate import PROVIDER, place
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, DESK, GRACE, ROBOT, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutRole,
    Write,
)
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER, Role, RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS, Window

SUBSCRIPTION: Final = "/subscriptions/a925f2f7-5c63-4b7b-8799-25a5f97bc3b2"
GROUP: Final = f"{SUBSCRIPTION}/resourceGroups/testrg"
ACCOUNT: Final = f"{GROUP}/providers/Microsoft.DocumentDb/databaseAccounts/test-db-account"
ROLE: Final = "0b5fe924-9a61-425c-96af-cfe6e287ca2d"
PERSON: Final = "ce2ce14e-85d7-4629-bdbc-454d0519d987"
NAME: Final = "05c5a614-a7d6-4502-b150-c2fb455033ff"
OTHER_NAME: Final = "b0f43c54-e787-4862-89b1-a653fa9cf747"
TYPE: Final = "Microsoft.Authorization/roleAssignments"
CONDITION: Final = (
    "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:ContainerName] "
    "StringEqualsIgnoreCase 'foo_storage_container'"
)
WRITTEN: Final = frozenset({"createdOn", "updatedOn", "createdBy", "updatedBy"})
"""What is told of every assignment in reality, and in no example."""
OLD: Final = (
    *("2015-07-01", "2017-10-01-preview", "2018-01-01-preview", "2018-09-01-preview"),
    "2020-04-01-preview",
)
NEW: Final = ("2020-03-01-preview", "2020-08-01-preview", "2020-10-01-preview", "2022-04-01")
UPDATED: Final = "2020-04-01-preview"


def published(operation: str, old: str, new: Iterable[str]) -> list[ParameterSet]:
    """The examples of an operation: its version and the place it is called at."""
    places = {"Resource": ACCOUNT, "ResourceGroup": GROUP}
    found = [(version, old, GROUP) for version in OLD] if old else []
    found += [
        (version, f"RoleAssignments_{title}", places.get(title.rpartition("For")[2], SUBSCRIPTION))
        for version in NEW
        for title in new
    ]
    return [
        pytest.param(
            version,
            scope,
            id=f"{version}-{title}",
            marks=pytest.mark.documented(f"RoleAssignments_{operation}@{version}#{title}"),
        )
        for version, title, scope in found
    ]


@pytest.fixture(autouse=True)
async def world(office: ArmOffice) -> None:
    """The places, the person and the role of the examples; Grace and the robot own them."""
    role = Role(RoleId(ROLE), ScopeKind.AZURE, "Account Reader", is_built_in=False)
    blocks = AzureDefinition((Permission(("*/read",)),))
    definition = RoleDefinition(role, "Reads", ROLE, resource_scopes=(SUBSCRIPTION,), azure=blocks)
    writes: list[Write] = [
        PutScope(place(path), place(parent))
        for path, parent in ((SUBSCRIPTION, "/"), (GROUP, SUBSCRIPTION), (ACCOUNT, GROUP))
    ]
    writes += [
        PutObject(DirectoryObject(PrincipalId(PERSON), ObjectKind.USER, "Person", DAWN)),
        PutRole(definition),
        GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True),
    ]
    for number, who in enumerate((GRACE, ROBOT), 1):
        id_ = GrantId(f"bbbbbbbb-0000-4000-8000-{number:012}")
        slot = Slot(who, AZURE_OWNER, place(SUBSCRIPTION))
        grant = Grant(id_, slot, GrantKind.ASSIGNED, Window(DAWN, ENDLESS), DAWN)
        writes.append(InsertGrant(grant))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), tuple(writes)))


def address(version: str, scope: str, name: str = NAME) -> str:
    return f"{scope}/{PROVIDER}/roleAssignments/{name}?api-version={version}"


def asked(version: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "roleDefinitionId": f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{ROLE}",
        "principalId": PERSON,
    }
    if version != "2015-07-01" and version < "2020-08":
        properties["canDelegate"] = False
    if version >= "2018-09":
        properties["principalType"] = "User"
    if version == UPDATED:
        properties |= {
            "condition": CONDITION,
            "conditionVersion": "1.0",
            "description": "Grants UserFoo role assignment bar in scope baz",
        }
    return {"properties": properties}


def told(version: str, scope: str, name: str = NAME) -> dict[str, Any]:
    """What the examples are answered."""
    properties = {**asked(version)["properties"], "scope": scope}
    properties.pop("canDelegate", None)
    if version >= "2018-01-01-preview":
        properties["principalType"] = "User"
    id_ = f"{scope}/{PROVIDER}/roleAssignments/{name}"
    return {"properties": properties, "id": id_, "type": TYPE, "name": name}


def without_writers(answered: dict[str, Any]) -> dict[str, Any]:
    """An answer without what no example has."""
    properties = answered["properties"]
    kept = {name: value for name, value in properties.items() if name not in WRITTEN}
    return {**answered, "properties": kept}


async def made(office: ArmOffice, version: str, scope: str, name: str = NAME) -> None:
    answer = await office.put(GRACE, address(version, scope, name), asked(version))
    assert answer.status_code == 201, answer.text
    assert without_writers(answer.json()) == told(version, scope, name)


CREATED = ("CreateForResource", "CreateForResourceGroup", "CreateForSubscription")


@pytest.mark.parametrize(("version", "scope"), published("Create", "PutRoleAssignment", CREATED))
async def test_one_is_made_and_put_again(office: ArmOffice, version: str, scope: str) -> None:
    await made(office, version, scope)
    again = await office.put(GRACE, address(version, scope), asked(version))
    assert again.status_code == (201 if version in OLD else 200)
    assert without_writers(again.json()) == told(version, scope)


@pytest.mark.parametrize(
    ("version", "scope"), published("CreateById", "PutRoleAssignmentById", ("CreateById",))
)
async def test_one_is_made_by_its_whole_id(office: ArmOffice, version: str, scope: str) -> None:
    await made(office, version, scope, OTHER_NAME)


@pytest.mark.parametrize(
    ("version", "scope"),
    [
        *published("Delete", "DeleteRoleAssignmentByName", ("Delete",)),
        *published("DeleteById", "DeleteRoleAssignmentById", ("DeleteById",)),
    ],
)
async def test_one_is_deleted(office: ArmOffice, version: str, scope: str) -> None:
    await made(office, version, scope, OTHER_NAME)
    gone = await office.delete(GRACE, address(version, scope, OTHER_NAME))
    assert gone.status_code == 200
    assert without_writers(gone.json()) == told(version, scope, OTHER_NAME)
    again = await office.delete(GRACE, address(version, scope, OTHER_NAME))
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.parametrize(
    ("version", "scope"),
    [
        *published("Get", "GetRoleAssignmentByName", ("Get",)),
        *published("GetById", "GetRoleAssignmentById", ("GetById",)),
    ],
)
async def test_one_is_told(office: ArmOffice, version: str, scope: str) -> None:
    await made(office, version, scope, OTHER_NAME)
    answer = await office.get(GRACE, address(version, scope, OTHER_NAME))
    assert answer.status_code == 200
    assert without_writers(answer.json()) == told(version, scope, OTHER_NAME)


@pytest.mark.parametrize(
    ("version", "scope"),
    [
        *published("List", "GetAllRoleAssignments", ()),
        *published("ListForResource", "GetRoleAssignmentsForResource", ("ListForResource",)),
        *published(
            "ListForResourceGroup", "GetRoleAssignmentsForResourceGroup", ("ListForResourceGroup",)
        ),
        *published("ListForScope", "GetRoleAssignmentByScope", ("ListForScope",)),
        *published("ListForSubscription", "", ("ListForSubscription",)),
    ],
)
async def test_all_are_listed(office: ArmOffice, version: str, scope: str) -> None:
    await made(office, version, SUBSCRIPTION)
    if scope != SUBSCRIPTION:
        await made(office, version, scope, OTHER_NAME)
    path, _, query = address(version, scope).rpartition(f"/{NAME}")
    asked_of = path.replace("resourceGroups", "resourcegroups") if version in OLD else path
    rows = (await office.get(GRACE, f"{asked_of}{query}")).json()["value"]
    listed = [without_writers(row) for row in rows if row["name"] in {NAME, OTHER_NAME}]
    expected = [told(version, SUBSCRIPTION)]
    expected += [told(version, scope, OTHER_NAME)] if scope != SUBSCRIPTION else []
    assert sorted(listed, key=str) == sorted(expected, key=str)


VALIDATED = pytest.mark.parametrize(
    ("version", "name"),
    [
        pytest.param(
            version,
            name,
            marks=pytest.mark.documented(
                f"RoleAssignments_{operation}@{version}#RoleAssignments_{operation}{{Valid,Invalid}}"
            ),
        )
        for version in ("2020-08-01-preview", "2020-10-01-preview")
        for operation, name in (("Validate", NAME), ("ValidateById", OTHER_NAME))
    ],
)


@VALIDATED
async def test_one_is_validated(office: ArmOffice, version: str, name: str) -> None:
    path, _, query = address(version, SUBSCRIPTION, name).partition("?")
    valid = await office.post(GRACE, f"{path}/validate?{query}", asked(version))
    assert (valid.status_code, valid.json()) == (200, {"isValid": True})
    unknown = asked(version)
    missing = ROLE.replace("0b5f", "1b5f")
    unknown["properties"]["roleDefinitionId"] = f"/{PROVIDER}/roleDefinitions/{missing}"
    invalid = await office.post(GRACE, f"{path}/validate?{query}", unknown)
    info = {
        "code": "InvalidRoleDefinitionId",
        "message": f"The specified role definition with ID '{missing}' does not exist.",
    }
    assert (invalid.status_code, invalid.json()) == (200, {"isValid": False, "errorInfo": info})


RECORDED: Final = "ddfe2dc0-9858-442f-aca3-ac215947a815"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"


@pytest.mark.observed("azure-mgmt-authorization 0.61.0, test_role_assignment: PUT and DELETE")
async def test_the_recorded_assignment_is_made_and_deleted(office: ArmOffice) -> None:
    spelled = address("2018-09-01-preview", GROUP, RECORDED)
    role = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{CONTRIBUTOR}"
    sent = {"properties": {"roleDefinitionId": role, "principalId": PERSON}}
    answer = await office.put(ROBOT, spelled, sent)
    expected = {
        "properties": {
            "roleDefinitionId": role,
            "principalId": PERSON,
            "principalType": "User",
            "scope": GROUP,
            "createdOn": "2031-03-04T08:00:00.0000000Z",
            "updatedOn": "2031-03-04T08:00:00.0000000Z",
            "updatedBy": ROBOT,
        },
        "id": f"{GROUP}/{PROVIDER}/roleAssignments/{RECORDED}",
        "type": TYPE,
        "name": RECORDED,
    }
    assert (answer.status_code, answer.json()) == (201, expected)
    gone = await office.delete(ROBOT, spelled)
    expected["properties"]["createdBy"] = ROBOT  # type: ignore[index]  # it is an object
    assert (gone.status_code, gone.json()) == (200, expected)
    assert "deletes" in " ".join(gone.headers)


@pytest.mark.observed("azure-mgmt-authorization 1.0.0, test_role_assignment: GET")
async def test_the_recorded_assignment_is_told(office: ArmOffice) -> None:
    name = "88888888-7000-0000-0000-000000000003"
    lower = GROUP.replace("resourceGroups", "resourcegroups")
    sent = {"properties": {"roleDefinitionId": f"/roleDefinitions/{ROLE}", "principalId": ROBOT}}
    spelled = address("2018-01-01-preview", lower, name)
    assert (await office.put(ROBOT, spelled, sent)).status_code == 201
    answer = await office.get(ROBOT, spelled)
    assert answer.status_code == 200
    properties = answer.json()["properties"]
    assert properties["principalType"] == "ServicePrincipal"
    assert properties["createdBy"] == properties["updatedBy"] == ROBOT
    assert set(properties) == {
        *("roleDefinitionId", "principalId", "principalType", "scope"),
        *WRITTEN,
    }
    assert error(await office.get(ROBOT, spelled.replace(name, RECORDED)))[0] == 404
