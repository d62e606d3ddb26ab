"""Role definitions over HTTP, in the published shapes and words."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.role_office import (
    CIRCLE,
    GUID,
    ONE,
    READER,
    TWO,
    VERSION,
    WEB,
    address,
    body,
    open_roles,
)
from tests.dialects.graph.office import DAWN, GRACE, HENRIK, OMAR, ROBOT, SAMUEL, TENANT
from timebound.application.changes import ChangeSet, PutRole
from timebound.application.ports import Store
from timebound.dialects.arm.role_definitions import read_role_filter
from timebound.dialects.odata.problems import ODataProblem
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.ids import RoleId
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind

documented = pytest.mark.documented("Azure: custom roles; role definitions by REST")

PROVIDER = "providers/Microsoft.Authorization"
BUILT_IN = 928
OTHER = GUID.replace("6", "7")


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree."""
    opened = await open_roles(store)
    async with opened.client:
        yield opened


async def made(office: ArmOffice, told: dict[str, Any] | None = None, guid: str = GUID) -> Any:  # noqa: ANN401 - the JSON that was answered
    answer = await office.put(GRACE, address(guid=guid), told or body())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def names(office: ArmOffice, scope: str, query: str = "", who: str = GRACE) -> list[str]:
    path = address(scope, "") + (f"&$filter={query}" if query else "")
    return [row["properties"]["roleName"] for row in await office.walk(who, path)]


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def message_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])


@documented
@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
    "GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
)
async def test_a_role_is_made_and_told_as_published(office: ArmOffice) -> None:
    answer = await office.put(HENRIK, address(), body())

    assert answer.status_code == 201
    expected = {
        "id": f"{ONE}/{PROVIDER}/roleDefinitions/{GUID}",
        "name": GUID,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": "Restarter",
            "type": "CustomRole",
            "description": "Restarts machines",
            "assignableScopes": [ONE],
            "permissions": [
                {
                    "actions": ["Microsoft.Compute/virtualMachines/restart/action"],
                    "notActions": [],
                    "dataActions": [],
                    "notDataActions": [],
                }
            ],
            "createdOn": "2031-03-04T08:00:00.0000000Z",
            "updatedOn": "2031-03-04T08:00:00.0000000Z",
            "createdBy": HENRIK,
            "updatedBy": HENRIK,
        },
    }
    assert answer.json() == expected
    assert (await office.get(SAMUEL, address())).json() == expected


@documented
@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}"
)
async def test_a_change_is_answered_with_201_as_well(office: ArmOffice) -> None:
    await made(office)
    told = body("Watcher", ONE, WEB, permissions=[{"actions": ["*/read"]}], description=None)
    answer = await office.put(ROBOT, address(guid=GUID.upper()), told)

    assert answer.status_code == 201
    properties = answer.json()["properties"]
    assert answer.json()["name"] == GUID
    assert (properties["roleName"], properties["description"]) == ("Watcher", "")
    assert properties["assignableScopes"] == [ONE, WEB]
    assert (properties["createdBy"], properties["updatedBy"]) == (GRACE, ROBOT)
    assert (await office.get(GRACE, address())).json() == answer.json()


@documented
@pytest.mark.parametrize(
    ("version", "members"),
    [
        ("2015-07-01", {"actions", "notActions"}),
        ("2018-01-01-preview", {"actions", "notActions", "dataActions", "notDataActions"}),
        ("2022-04-01", {"actions", "notActions", "dataActions", "notDataActions"}),
    ],
)
async def test_each_version_has_its_shape(
    office: ArmOffice, version: str, members: set[str]
) -> None:
    answer = await office.put(GRACE, address(version=version), body())
    properties = answer.json()["properties"]
    assert properties["permissions"][0].keys() == members
    assert "createdOn" in properties  # recorded of the first version too, which does not publish it


@pytest.mark.documented("Permission of 2022-05-01-preview has condition and conditionVersion")
@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}"
)
async def test_conditions_of_blocks_are_told_by_versions_that_know_them(
    office: ArmOffice,
) -> None:
    conditioned = "d715fb95-a0f0-4f1c-8be6-5ad2d2767f67"
    for version, is_told in (
        (VERSION, True),
        ("2024-07-01-preview", True),
        ("2022-04-01", False),
        ("2018-01-01-preview", False),
    ):
        answer = await office.get(GRACE, address("", conditioned, version))
        told = answer.json()["properties"]["permissions"]
        assert any(one.keys() > {"condition", "conditionVersion"} for one in told) is is_told
    blocks = (await office.get(GRACE, address("", conditioned))).json()["properties"]["permissions"]
    assert {one["conditionVersion"] for one in blocks if "condition" in one} == {"2.0"}


@documented
async def test_the_newest_version_serves_roles_by_their_ids_alone(office: ArmOffice) -> None:
    newest = "2024-07-01-preview"
    for scope in ("", ONE, CIRCLE):
        assert (await office.get(GRACE, address(scope, READER, newest))).status_code == 200
    assert (await office.put(GRACE, address(version=newest), body())).status_code == 405
    assert (await office.get(GRACE, address("", "", newest))).status_code == 404


@pytest.mark.observed("notes 1: the same role has another id at each scope")
@pytest.mark.parametrize(
    ("scope", "prefix"),
    [
        ("", ""),
        (CIRCLE, ""),
        (ONE, ONE),
        (WEB, ONE),
        (WEB.upper(), ONE),
        (f"/providers/Microsoft.Subscription{ONE}", ONE),
        (f"{ONE.replace('/', '//')[1:]}/", ONE),
    ],
)
async def test_ids_are_spelled_as_the_scope_has_them(
    office: ArmOffice, scope: str, prefix: str
) -> None:
    expected = f"{prefix}/{PROVIDER}/roleDefinitions/{READER}"
    answer = await office.get(GRACE, address(scope, READER.upper()))
    assert answer.json()["id"] == expected
    listed = await office.get(GRACE, address(scope, "") + "&$filter=roleName eq 'reader'")
    assert [row["id"] for row in listed.json()["value"]] == [expected]
    assert "nextLink" not in listed.json()


@pytest.mark.observed("recorded list of role definitions, azure-mgmt-authorization 0.61")
async def test_a_built_in_role_as_it_was_recorded(office: ArmOffice) -> None:
    path = f"{WEB}/{PROVIDER}/roleDefinitions"
    query = "$filter=roleName%20eq%20%27Contributor%27&api-version=2018-01-01-preview"
    (row,) = (await office.get(GRACE, f"{path}?{query}")).json()["value"]
    contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    assert row["id"] == f"{ONE}/{PROVIDER}/roleDefinitions/{contributor}"
    assert (row["type"], row["name"]) == ("Microsoft.Authorization/roleDefinitions", contributor)
    properties = row["properties"]
    assert properties["type"] == "BuiltInRole"
    assert properties["assignableScopes"] == ["/"]
    (block,) = properties["permissions"]
    assert block["actions"] == ["*"]
    assert "Microsoft.Authorization/*/Delete" in block["notActions"]
    assert (block["dataActions"], block["notDataActions"]) == ([], [])
    assert properties.keys().isdisjoint({"createdBy", "updatedBy"})


@documented
@pytest.mark.witness("GET {scope}/providers/Microsoft.Authorization/roleDefinitions")
async def test_lists_tell_what_can_be_assigned_there(office: ArmOffice) -> None:
    await made(office, body("Of One", ONE))
    await made(office, body("Of Two", TWO), OTHER)
    answer = await office.get(GRACE, address(ONE, ""))
    assert "nextLink" not in answer.json()
    assert len(answer.json()["value"]) == BUILT_IN + 1
    custom = "type eq 'CustomRole'"
    assert await names(office, ONE, custom) == ["Of One"]
    assert await names(office, WEB, custom) == ["Of One"]
    assert await names(office, CIRCLE, custom) == []
    assert await names(office, CIRCLE, f"atScopeAndBelow() and {custom}") == ["Of One"]
    assert await names(office, "", custom) == ["Of One", "Of Two"]
    assert len(await names(office, ONE, "type eq 'BuiltInRole'")) == BUILT_IN
    both = f"(roleName eq 'OF one') and ({custom})"
    assert await names(office, ONE, both) == ["Of One"]
    assert await names(office, ONE, "roleName eq 'Of Two'") == []


@documented
async def test_lists_are_paged_where_that_is_asked(office: ArmOffice) -> None:
    await made(office)
    path = address(ONE, "") + "&$top=400"
    first = (await office.get(GRACE, path)).json()
    assert len(first["value"]) == 400
    assert "$skipToken=" in first["nextLink"]
    rows = await office.walk(GRACE, path)
    assert len({row["name"] for row in rows}) == len(rows) == BUILT_IN + 1
    assert rows[-1]["name"] == GUID


@pytest.mark.inferred("scripts take the first page for everything")
async def test_all_roles_come_in_one_page_unless_fewer_are_asked_for(office: ArmOffice) -> None:
    made = 100
    roles = tuple(PutRole(custom(number)) for number in range(made))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), roles))
    every = (await office.get(GRACE, address(ONE, ""))).json()
    assert (len(every["value"]), "nextLink" in every) == (BUILT_IN + made, False)
    some = (await office.get(GRACE, address(ONE, "") + "&$top=1000")).json()
    assert (len(some["value"]), "nextLink" in some) == (1_000, True)
    rest = (await office.get(GRACE, some["nextLink"])).json()
    assert some["value"] + rest["value"] == every["value"]
    assert "nextLink" not in rest


def custom(number: int) -> RoleDefinition:
    """A custom role of the first subscription."""
    id_ = RoleId(f"cccccccc-0000-4000-8000-{number:012}")
    role = Role(id_, ScopeKind.AZURE, f"Role {number:04}", is_built_in=False)
    azure = AzureDefinition((Permission(("Microsoft.Web/sites/read",)),))
    return RoleDefinition(role, "", id_, None, resource_scopes=(ONE,), azure=azure)


@pytest.mark.inferred("what a filter means does not depend on how it is spelled")
def test_filters_are_read_in_any_casing() -> None:
    found = read_role_filter("ATSCOPEANDBELOW() and ROLENAME eq 'A' and Type eq 'customrole'")
    assert (found.name, found.is_built_in, found.is_below) == ("A", False, True)
    assert not read_role_filter("atScope()").is_below
    with pytest.raises(ODataProblem):
        read_role_filter("x" * 9_000)


@documented
@pytest.mark.witness(
    "DELETE {scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}"
)
async def test_a_deleted_role_is_told_once_more_and_then_is_nothing(office: ArmOffice) -> None:
    role = await made(office)
    answer = await office.delete(HENRIK, address())
    assert (answer.status_code, answer.json()) == (200, role)
    answer = await office.delete(HENRIK, address())
    assert (answer.status_code, answer.content) == (204, b"")
    answer = await office.get(HENRIK, address())
    assert error_of(answer) == (404, "RoleDefinitionDoesNotExist")
    expected = f"The specified role definition with ID '{GUID}' does not exist."
    assert message_of(answer) == expected


@pytest.mark.inferred("what a client may know without a role: what there is everywhere")
async def test_everybody_reads_built_in_roles_at_the_tenants_own_place(office: ArmOffice) -> None:
    await made(office)
    assert await names(office, "", "roleName eq 'Reader'", OMAR) == ["Reader"]
    assert await names(office, "", "type eq 'CustomRole'", OMAR) == []
    assert await names(office, "", "type eq 'CustomRole'", SAMUEL) == ["Restarter"]
    assert (await office.get(SAMUEL, address(""))).status_code == 200
    answer = await office.get(OMAR, address(""))
    assert error_of(answer) == (404, "RoleDefinitionDoesNotExist")


@pytest.mark.observed("contract 3.5: members in any casing, unknown ones passed over")
async def test_bodies_are_read_tolerantly(office: ArmOffice) -> None:
    told = {
        "Id": "anything",
        "Properties": {
            "RoleName": "Restarter",
            "AssignableScopes": [f"/{ONE}/"],
            "Permissions": [
                {"Actions": ["*/read"], "NotActions": None, "condition": None, "more": 1}
            ],
            "roleType": "CustomRole",
        },
    }
    properties = (await made(office, told))["properties"]
    assert properties["assignableScopes"] == [ONE]
    (block,) = properties["permissions"]
    assert block["actions"] == ["*/read"]
    assert "condition" not in block
