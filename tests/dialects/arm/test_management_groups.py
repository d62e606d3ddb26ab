"""Management groups over HTTP: made, moved, looked into, and taken away again."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.orchard import (
    EAST,
    FARM,
    LOOKER,
    MANAGEMENT_GROUPS,
    NEIGHBOUR,
    OWNER,
    ROOT,
    WEST,
    azure,
)
from tests.dialects.graph.office import DAWN, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import AZURE, ChangeSet
from timebound.domain.azure.nodes import NodeContent

V = "?api-version=2021-04-01"
NORTH = f"{MANAGEMENT_GROUPS}/North"
documented = pytest.mark.documented("Azure: REST reference of Microsoft.Management")


def below(parent: str, name: str = "Northern part") -> dict[str, object]:
    return {"properties": {"displayName": name, "details": {"parent": {"id": parent}}}}


async def parent_of(farm: ArmOffice, path: str) -> str:
    answer = await farm.get(OWNER, path + V)
    found: Any = answer.json()["properties"]["details"]["parent"]["id"]
    return str(found)


@pytest.mark.witness("GET providers/Microsoft.Management/managementGroups/{groupId}")
@documented
async def test_a_group_is_told_with_its_parent(farm: ArmOffice) -> None:
    answer = await farm.get(OWNER, f"{EAST.lower()}{V}&$expand=path,ancestors")
    found = answer.json()
    assert (found["id"], found["name"]) == (EAST, "East")
    assert found["type"] == "Microsoft.Management/managementGroups"
    told = found["properties"]
    assert (told["tenantId"], told["displayName"]) == (TENANT, "Eastern part")
    parent = {"id": ROOT, "name": TENANT, "displayName": "Tenant Root Group"}
    assert told["details"]["parent"] == parent
    assert told["details"]["managementGroupAncestors"] == [TENANT]
    assert told["details"]["path"] == [{"name": TENANT, "displayName": "Tenant Root Group"}]
    root = (await farm.get(OWNER, ROOT + V)).json()
    assert "parent" not in root["properties"]["details"]


@pytest.mark.witness("GET providers/Microsoft.Management/managementGroups/{groupId}/descendants")
@documented
async def test_what_is_in_a_group_is_told_where_asked_for(farm: ArmOffice) -> None:
    found = (await farm.get(OWNER, f"{ROOT}{V}&$expand=children")).json()["properties"]
    assert [one["id"] for one in found["children"]] == [EAST, WEST]
    assert "children" not in found["children"][0]
    deep = f"{ROOT}{V}&$expand=children&$recurse=true"
    found = (await farm.get(OWNER, deep)).json()["properties"]
    (farm_told,) = found["children"][0]["children"]
    assert (farm_told["id"], farm_told["type"]) == (FARM, "/subscriptions")
    path = f"{MANAGEMENT_GROUPS}/{TENANT}/descendants{V}"
    rows = (await farm.get(OWNER, path)).json()["value"]
    assert [one["id"] for one in rows] == [EAST, WEST, FARM]
    assert await farm.walk(OWNER, f"{path}&$top=1") == rows
    assert rows[2]["properties"] == {"displayName": "Farm", "parent": {"id": EAST}}


@pytest.mark.witness("GET providers/Microsoft.Management/managementGroups")
@pytest.mark.witness("POST providers/Microsoft.Management/getEntities")
@documented
async def test_lists_show_what_the_caller_may_read(farm: ArmOffice) -> None:
    path = f"{MANAGEMENT_GROUPS}{V}"
    assert "nextLink" not in (await farm.get(OWNER, path)).json()
    for part in ("", "&$top=1", "&$top=2"):
        found = await farm.walk(OWNER, f"{path}{part}")
        assert [one["name"] for one in found] == [TENANT, "East", "West"]
    assert await farm.walk(LOOKER, path) == []
    entities = f"/providers/Microsoft.Management/getEntities{V}"
    told = (await farm.post(OWNER, entities)).json()
    assert (told["count"], len(told["value"])) == (4, 4)
    shown = {one["id"]: one["properties"] for one in told["value"]}
    assert shown[FARM]["parentNameChain"] == [TENANT, "East"]
    assert shown[ROOT]["numberOfChildGroups"] == 2
    (alone,) = (await farm.post(LOOKER, entities)).json()["value"]
    assert alone["id"] == FARM
    assert (await farm.post(NEIGHBOUR, entities)).json() == {"value": [], "count": 0}


@pytest.mark.witness("PUT providers/Microsoft.Management/managementGroups/{groupId}")
@pytest.mark.witness("PATCH providers/Microsoft.Management/managementGroups/{groupId}")
@pytest.mark.witness("DELETE providers/Microsoft.Management/managementGroups/{groupId}")
@pytest.mark.witness(
    "GET providers/Microsoft.Management/operationResults/delete/managementGroups/{groupId}"
)
@documented
async def test_a_group_is_made_renamed_moved_and_removed(farm: ArmOffice) -> None:
    path = f"{MANAGEMENT_GROUPS}/North"
    made = await farm.put(OWNER, path + V, below(EAST))
    assert made.status_code == HTTPStatus.OK
    assert made.json()["properties"]["details"]["parent"]["id"] == EAST
    renamed = await farm.patch(OWNER, NORTH + V, {"displayName": "North"})
    assert renamed.json()["properties"]["displayName"] == "North"
    assert await parent_of(farm, NORTH) == EAST
    moved = await farm.patch(OWNER, NORTH + V, {"parentGroupId": WEST.lower()})
    assert moved.json()["properties"]["displayName"] == "North"
    assert await parent_of(farm, NORTH) == WEST
    again = await farm.put(OWNER, NORTH + V, below(EAST, "Back"))
    assert again.json()["properties"]["displayName"] == "Back"
    assert await parent_of(farm, NORTH) == EAST
    gone = await farm.delete(OWNER, NORTH + V)
    assert gone.status_code == HTTPStatus.ACCEPTED
    name = "North"
    results = "/providers/Microsoft.Management/operationResults/delete/managementGroups"
    assert f"{results}/{name}" in gone.headers["location"]
    result = await farm.get(OWNER, gone.headers["location"])
    assert result.json()["status"] == "Succeeded"
    assert (await farm.get(OWNER, NORTH + V)).status_code == HTTPStatus.FORBIDDEN


@documented
@pytest.mark.parametrize("name", ["\u017fx", "\u00c4rger", "\u5317", "\u212a", "\u00b2"])
async def test_the_id_of_a_group_has_no_letters_but_those_of_ascii(
    farm: ArmOffice, name: str
) -> None:
    path = f"{MANAGEMENT_GROUPS}/{quote(name)}"
    refused = await farm.put(OWNER, path + V, below(ROOT))
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["error"]["code"] == "InvalidResourceName"
    assert (await farm.delete(OWNER, path + V)).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.inferred("a name is not another one because Unicode relates their letters")
async def test_a_group_is_not_removed_by_another_name(farm: ArmOffice) -> None:
    path = f"{MANAGEMENT_GROUPS}/kilo"
    assert (await farm.put(OWNER, path + V, below(ROOT))).status_code == HTTPStatus.OK
    for other in ("%E2%84%AAilo", "k%C4%B1lo"):
        gone = await farm.delete(OWNER, f"{MANAGEMENT_GROUPS}/{other}{V}")
        assert gone.status_code == HTTPStatus.FORBIDDEN
    assert (await farm.get(OWNER, path + V)).status_code == HTTPStatus.OK
    assert (await farm.delete(OWNER, path.upper() + V)).status_code == HTTPStatus.ACCEPTED


@documented
async def test_a_new_group_lies_in_the_tenants_own(farm: ArmOffice) -> None:
    made = await farm.put(OWNER, NORTH + V, {})
    told = made.json()["properties"]
    assert (told["displayName"], told["details"]["parent"]["id"]) == ("North", ROOT)


@pytest.mark.witness("GET providers/Microsoft.Management/managementGroups/{groupId}/subscriptions")
@pytest.mark.witness(
    "GET providers/Microsoft.Management/managementGroups/{groupId}/subscriptions/{subscriptionId}"
)
@pytest.mark.witness(
    "PUT providers/Microsoft.Management/managementGroups/{groupId}/subscriptions/{subscriptionId}"
)
@pytest.mark.witness(
    "DELETE providers/Microsoft.Management/managementGroups/{groupId}/subscriptions/"
    "{subscriptionId}"
)
@documented
async def test_a_subscription_is_put_into_a_group_and_taken_out(farm: ArmOffice) -> None:
    name = FARM.rpartition("/")[2]
    path = f"{MANAGEMENT_GROUPS}/West/subscriptions/{name}"
    put = await farm.put(OWNER, path + V)
    assert put.status_code == HTTPStatus.OK
    assert put.json()["properties"]["parent"] == {"id": WEST}
    assert (await farm.get(OWNER, path + V)).json()["id"] == path
    (listed,) = await farm.walk(OWNER, f"{WEST}/subscriptions{V}")
    assert listed["name"] == name
    early = await farm.put(OWNER, f"{EAST}/subscriptions/{name}?api-version=2018-03-01-preview")
    assert early.status_code == HTTPStatus.NO_CONTENT
    assert (await farm.delete(OWNER, path + V)).status_code == HTTPStatus.NO_CONTENT
    out = await farm.delete(OWNER, f"{EAST}/subscriptions/{name}{V}")
    assert out.status_code == HTTPStatus.OK
    (back,) = await farm.walk(OWNER, f"{ROOT}/subscriptions{V}")
    assert back["name"] == name


@documented
async def test_subscriptions_of_a_group_come_in_pages(farm: ArmOffice) -> None:
    places = [f"/subscriptions/00000000-0000-4000-8000-0000000000{n}" for n in ("a1", "a2", "ab")]
    outside = "/subscriptions/00000000-0000-4000-8000-0000000000a3"
    puts = [PutScope(azure(one), azure(EAST), NodeContent()) for one in places]
    inner = f"{MANAGEMENT_GROUPS}/Inner"
    puts += [PutScope(azure(inner), azure(EAST), NodeContent())]
    puts += [PutScope(azure(outside), azure(inner), NodeContent())]
    assert await farm.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset({AZURE}), tuple(puts)))
    names = [one.rpartition("/")[2] for one in sorted([*places, FARM])]
    path = f"{EAST}/subscriptions{V}"
    for size in (1, 2, 3, 4, 9):
        first = (await farm.get(OWNER, f"{path}&$top={size}")).json()
        assert len(first["value"]) == min(size, len(names))
        assert ("nextLink" in first) is (size < len(names))
        rows = await farm.walk(OWNER, f"{path}&$top={size}")
        assert [one["name"] for one in rows] == names
        assert {one["properties"]["parent"]["id"] for one in rows} == {EAST}
    assert await farm.walk(OWNER, f"{WEST}/subscriptions{V}") == []
    elsewhere = await farm.get(OWNER, f"{EAST}/subscriptions/{outside.rpartition('/')[2]}{V}")
    assert elsewhere.status_code == HTTPStatus.NOT_FOUND
    link = (await farm.get(OWNER, f"{path}&$top=1")).json()["nextLink"]
    assert (await farm.get(NEIGHBOUR, link)).status_code >= HTTPStatus.BAD_REQUEST
    for who in (LOOKER, NEIGHBOUR):
        assert (await farm.get(who, path)).status_code == HTTPStatus.FORBIDDEN
        one = await farm.get(who, f"{EAST}/subscriptions/{names[0]}{V}")
        assert one.status_code == HTTPStatus.FORBIDDEN


@documented
@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("put", NORTH, below(f"{MANAGEMENT_GROUPS}/none"), "AuthorizationFailed"),
        ("put", NORTH, below("/subscriptions/x"), "BadRequest"),
        ("put", f"{MANAGEMENT_GROUPS}/ends.", below(ROOT), "InvalidResourceName"),
        ("put", NORTH, below(ROOT, "n" * 91), "BadRequest"),
        ("put", EAST, below(EAST), "BadRequest"),
        ("put", ROOT, below(EAST), "BadRequest"),
        ("put", NORTH, {"properties": {"displayName": 1}}, "InvalidRequestContent"),
        ("put", f"{WEST}/subscriptions/no-guid", None, "InvalidSubscriptionId"),
        ("delete", EAST, None, "BadRequest"),
        ("delete", ROOT, None, "BadRequest"),
    ],
)
async def test_what_is_wrong_is_told(
    farm: ArmOffice, method: str, path: str, body: object, code: str
) -> None:
    if method == "delete":
        answer = await farm.delete(OWNER, path + V)
    else:
        answer = await farm.put(OWNER, path + V, body)
    assert HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.json()["error"]["code"] == code


@documented
async def test_who_may_not_is_refused(farm: ArmOffice) -> None:
    name = FARM.rpartition("/")[2]
    for answer in (
        await farm.get(NEIGHBOUR, EAST + V),
        await farm.get(NEIGHBOUR, f"{EAST}{V}&$expand=children"),
        await farm.get(NEIGHBOUR, f"{EAST}/descendants{V}"),
        await farm.put(NEIGHBOUR, NORTH + V, below(EAST)),
        await farm.put(NEIGHBOUR, EAST + V, below(WEST)),
        await farm.patch(NEIGHBOUR, EAST + V, {"displayName": "Mine"}),
        await farm.delete(NEIGHBOUR, WEST + V),
        await farm.put(NEIGHBOUR, f"{WEST}/subscriptions/{name}{V}"),
    ):
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert answer.json()["error"]["code"] == "AuthorizationFailed"


@pytest.mark.witness("POST providers/Microsoft.Management/checkNameAvailability")
@documented
async def test_a_name_may_be_free(farm: ArmOffice) -> None:
    path = f"/providers/Microsoft.Management/checkNameAvailability{V}"
    free = await farm.post(OWNER, path, {"name": "North"})
    assert free.json() == {"nameAvailable": True}
    taken = await farm.post(OWNER, path, {"name": "EAST"})
    assert taken.json()["reason"] == "AlreadyExists"
    invalid = await farm.post(OWNER, path, {"name": "a/b"})
    assert invalid.json()["reason"] == "Invalid"
