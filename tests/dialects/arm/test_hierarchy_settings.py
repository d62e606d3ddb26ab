"""Settings of the hierarchy: who makes management groups, and where what names no parent goes."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest

from tests.dialects.arm.assigning import address, error
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
)
from tests.dialects.graph.office import HENRIK, ROBOT, TENANT
from tests.storage.world import World
from tests.support.sealing import make_signer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.sealing import Sealer
from timebound.domain.events import EventKind

V = "?api-version=2021-04-01"
SETTINGS = f"{ROOT}/settings/default"
NORTH = f"{MANAGEMENT_GROUPS}/North"
KEEPER = "350f8d15-c687-4448-8ae1-157740a3936d"
"""Hierarchy Settings Administrator."""
GROUPER = "5d58bcaf-24a5-4b20-bdb6-eed9f69fbe4c"
"""Management Group Contributor."""
documented = pytest.mark.documented("Azure: protect your resource hierarchy")


def body(**properties: object) -> dict[str, object]:
    return {"properties": properties}


async def put(farm: ArmOffice, who: str = OWNER, **properties: object) -> httpx.Response:
    return await farm.put(who, SETTINGS + V, body(**properties))


async def give(farm: ArmOffice, who: str, role: str, number: int, by: str = OWNER) -> int:
    link = address(f"c0ffee00-0000-4000-8000-{number:012}", ROOT)
    role_id = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
    asked = body(principalId=who, roleDefinitionId=role_id)
    return (await farm.put(by, link, asked)).status_code


async def parent_of(farm: ArmOffice, path: str) -> str:
    found: Any = (await farm.get(OWNER, path + V)).json()
    return str(found["properties"]["details"]["parent"]["id"])


@pytest.mark.witness(
    "PUT providers/Microsoft.Management/managementGroups/{groupId}/settings/default",
    "GET providers/Microsoft.Management/managementGroups/{groupId}/settings/default",
    "PATCH providers/Microsoft.Management/managementGroups/{groupId}/settings/default",
    "DELETE providers/Microsoft.Management/managementGroups/{groupId}/settings/default",
    "GET providers/Microsoft.Management/managementGroups/{groupId}/settings",
)
@pytest.mark.documented("HierarchySettings_*@2021-04-01; Update-AzManagementGroupHierarchySetting")
@pytest.mark.parametrize("version", ["2020-05-01", "2021-04-01", "2023-04-01"])
async def test_settings_are_put_changed_told_and_removed(farm: ArmOffice, version: str) -> None:
    link, listed = (
        f"{ROOT}/{one}?api-version={version}" for one in ("settings/default", "settings")
    )
    assert error(await farm.get(OWNER, link)) == (404, "NotFound")
    assert error(await farm.patch(OWNER, link, body())) == (404, "NotFound")
    assert await farm.walk(OWNER, listed) == []
    made = await farm.put(
        OWNER, link, body(defaultManagementGroup=EAST, requireAuthorizationForGroupCreation=True)
    )
    told: dict[str, Any] = {
        "id": SETTINGS,
        "type": "Microsoft.Management/managementGroups/settings",
        "name": "default",
        "properties": {
            "tenantId": TENANT,
            "requireAuthorizationForGroupCreation": True,
            "defaultManagementGroup": "East",
        },
    }
    assert (made.status_code, made.json()) == (HTTPStatus.OK, told)
    assert (await farm.get(OWNER, link)).json() == told
    assert await farm.walk(OWNER, listed) == [told]
    changed = await farm.patch(OWNER, link, body(requireAuthorizationForGroupCreation=False))
    told["properties"] |= {"requireAuthorizationForGroupCreation": False}
    assert changed.json() == told
    gone = await farm.delete(OWNER, link)
    assert (gone.status_code, gone.content) == (HTTPStatus.OK, b"")
    assert error(await farm.get(OWNER, link)) == (404, "NotFound")
    assert (await farm.delete(OWNER, link)).status_code == HTTPStatus.OK


@documented
async def test_a_default_group_is_named_alone_or_by_its_id(farm: ArmOffice) -> None:
    for name in ("west", WEST.lower(), WEST):
        told = (await put(farm, defaultManagementGroup=name)).json()["properties"]
        assert told["defaultManagementGroup"] == "West"
    refused = await put(farm, defaultManagementGroup="none")
    assert error(refused) == (400, "BadRequest")
    assert "defaultManagementGroup" in refused.json()["error"]["message"]
    assert (await put(farm, defaultManagementGroup=FARM)).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.inferred(
    "nothing is opened by what is not said: the safe side of what is not published"
)
async def test_what_is_not_said_stays_and_was_required_to_begin_with(farm: ArmOffice) -> None:
    required = "requireAuthorizationForGroupCreation"
    assert (await put(farm, defaultManagementGroup=EAST)).json()["properties"][required] is True
    opened = await farm.put(OWNER, SETTINGS + V, body(**{required: False}))
    assert opened.json()["properties"][required] is False
    kept = (await put(farm, defaultManagementGroup=WEST)).json()["properties"]
    assert (kept[required], kept["defaultManagementGroup"]) == (False, "West")


@documented
async def test_settings_are_of_the_root_group_alone(farm: ArmOffice) -> None:
    for link in (f"{EAST}/settings/default{V}", f"{EAST}/settings{V}"):
        assert error(await farm.get(OWNER, link)) == (400, "BadRequest")
    for answer in (
        await farm.put(OWNER, f"{EAST}/settings/default{V}", body()),
        await farm.patch(OWNER, f"{EAST}/settings/default{V}", body()),
        await farm.delete(OWNER, f"{EAST}/settings/default{V}"),
    ):
        assert error(answer) == (400, "BadRequest")


@documented
@pytest.mark.parametrize("who", [LOOKER, NEIGHBOUR, ROBOT])
async def test_who_may_not_neither_reads_nor_changes_them(farm: ArmOffice, who: str) -> None:
    assert (await put(farm, requireAuthorizationForGroupCreation=True)).status_code == HTTPStatus.OK
    for answer, verb in (
        (await farm.get(who, SETTINGS + V), "read"),
        (await farm.get(who, f"{ROOT}/settings{V}"), "read"),
        (await put(farm, who), "write"),
        (await farm.patch(who, SETTINGS + V, body()), "write"),
        (await farm.delete(who, SETTINGS + V), "delete"),
    ):
        assert error(answer) == (403, "AuthorizationFailed")
        message = answer.json()["error"]["message"]
        assert f"'Microsoft.Management/managementGroups/settings/{verb}'" in message
        assert f"over scope '{ROOT}'" in message


@documented
async def test_who_keeps_the_settings_does_that_and_nothing_else(farm: ArmOffice) -> None:
    assert await give(farm, NEIGHBOUR, KEEPER, 1) == HTTPStatus.CREATED
    made = await put(farm, NEIGHBOUR, requireAuthorizationForGroupCreation=True)
    assert made.status_code == HTTPStatus.OK
    assert (await farm.get(NEIGHBOUR, SETTINGS + V)).json() == made.json()
    assert (await farm.get(NEIGHBOUR, ROOT + V)).status_code == HTTPStatus.FORBIDDEN
    assert (await farm.put(NEIGHBOUR, NORTH + V, {})).status_code == HTTPStatus.FORBIDDEN


@documented
async def test_without_authorization_everybody_makes_groups_below_the_root(farm: ArmOffice) -> None:
    assert error(await farm.put(NEIGHBOUR, NORTH + V, {})) == (403, "AuthorizationFailed")
    await put(farm, requireAuthorizationForGroupCreation=False)
    made = await farm.put(NEIGHBOUR, NORTH + V, {})
    assert made.status_code == HTTPStatus.OK, made.text
    assert await parent_of(farm, NORTH) == ROOT
    renamed = await farm.patch(NEIGHBOUR, NORTH + V, {"displayName": "Mine"})
    assert renamed.json()["properties"]["displayName"] == "Mine"
    elsewhere = {"details": {"parent": {"id": EAST}}}
    inner = await farm.put(NEIGHBOUR, f"{MANAGEMENT_GROUPS}/Inner{V}", {"properties": elsewhere})
    assert error(inner) == (403, "AuthorizationFailed")
    for known in (EAST, ROOT):
        taken = await farm.put(NEIGHBOUR, known + V, {"properties": {"displayName": "Taken"}})
        assert error(taken) == (403, "AuthorizationFailed")
    stranger = farm.sign_in(LOOKER, frozenset())
    refused = await farm.put(stranger, f"{MANAGEMENT_GROUPS}/Other{V}", {})
    assert refused.status_code == HTTPStatus.FORBIDDEN
    await put(farm, requireAuthorizationForGroupCreation=True)
    again = await farm.put(LOOKER, f"{MANAGEMENT_GROUPS}/Other{V}", {})
    assert error(again) == (403, "AuthorizationFailed")


@pytest.mark.documented("Azure: a deny assignment wins over what would be allowed")
async def test_whom_it_is_denied_makes_none_either(farm: ArmOffice) -> None:
    await put(farm, requireAuthorizationForGroupCreation=False)
    denied = {
        "denyAssignmentName": "No groups",
        "permissions": [{"actions": ["Microsoft.Management/managementGroups/write"]}],
        "principals": [{"id": NEIGHBOUR}],
    }
    link = (
        f"{ROOT}/providers/Microsoft.Authorization/denyAssignments/"
        "d0d0d0d0-0000-4000-8000-000000000001?api-version=2024-07-01-preview"
    )
    made = await farm.put(OWNER, link, {"properties": denied})
    assert made.status_code == HTTPStatus.CREATED, made.text
    assert error(await farm.put(NEIGHBOUR, NORTH + V, {})) == (403, "AuthorizationFailed")
    assert (await farm.put(LOOKER, NORTH + V, {})).status_code == HTTPStatus.OK


@documented
async def test_what_names_no_parent_comes_to_the_default_group(farm: ArmOffice) -> None:
    alias = "/providers/Microsoft.Subscription/aliases"
    asked = {"properties": {"displayName": "Orchard", "workload": "Production"}}
    await put(farm, defaultManagementGroup=WEST)
    made = await farm.put(OWNER, f"{alias}/orchard?api-version=2021-10-01", asked)
    assert made.json()["properties"]["managementGroupId"] == WEST
    assert (await farm.put(OWNER, NORTH + V, {})).status_code == HTTPStatus.OK
    assert await parent_of(farm, NORTH) == WEST
    named = {"properties": {"details": {"parent": {"id": ROOT}}}}
    assert (await farm.put(OWNER, f"{MANAGEMENT_GROUPS}/Top{V}", named)).status_code == 200
    assert await parent_of(farm, f"{MANAGEMENT_GROUPS}/Top") == ROOT
    await put(farm, defaultManagementGroup=ROOT)
    made = await farm.put(OWNER, f"{alias}/second?api-version=2021-10-01", asked)
    assert made.json()["properties"]["managementGroupId"] == ROOT


@pytest.mark.inferred("what is gone takes nothing in: all else would leave it nowhere")
async def test_a_default_group_that_is_gone_is_the_root_again(farm: ArmOffice) -> None:
    await put(farm, defaultManagementGroup=WEST, requireAuthorizationForGroupCreation=False)
    assert (await farm.delete(OWNER, WEST + V)).status_code == HTTPStatus.ACCEPTED
    assert (await farm.put(NEIGHBOUR, NORTH + V, {})).status_code == HTTPStatus.OK
    assert await parent_of(farm, NORTH) == ROOT
    assert (await farm.put(NEIGHBOUR, WEST + V, {})).status_code == HTTPStatus.OK
    assert await parent_of(farm, WEST) == ROOT
    assert (await farm.put(OWNER, f"{MANAGEMENT_GROUPS}/Top{V}", {})).status_code == HTTPStatus.OK
    assert await parent_of(farm, f"{MANAGEMENT_GROUPS}/Top") == ROOT
    told = (await farm.get(OWNER, SETTINGS + V)).json()["properties"]
    assert "defaultManagementGroup" not in told
    assert told["requireAuthorizationForGroupCreation"] is False


@documented
async def test_everybody_makes_groups_in_the_default_one_as_well(farm: ArmOffice) -> None:
    await put(farm, defaultManagementGroup=WEST, requireAuthorizationForGroupCreation=False)
    for name, parent in (("A", None), ("B", WEST.lower()), ("C", ROOT)):
        body_ = {"properties": {"details": {"parent": {"id": parent}}}} if parent else {}
        link = f"{MANAGEMENT_GROUPS}/{name}"
        assert (await farm.put(NEIGHBOUR, link + V, body_)).status_code == HTTPStatus.OK
        assert await parent_of(farm, link) == (ROOT if name == "C" else WEST)
    alias = "/providers/Microsoft.Subscription/aliases/mine?api-version=2021-10-01"
    asked = {"properties": {"displayName": "Mine", "workload": "Production"}}
    assert (await farm.put(NEIGHBOUR, alias, asked)).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.inferred("who makes a group owns it, and what an owner may do there is theirs")
async def test_who_made_a_group_makes_subscriptions_in_it(farm: ArmOffice) -> None:
    await put(farm, requireAuthorizationForGroupCreation=False)
    assert (await farm.put(NEIGHBOUR, NORTH + V, {})).status_code == HTTPStatus.OK
    alias = "/providers/Microsoft.Subscription/aliases/mine?api-version=2021-10-01"
    where = {"managementGroupId": NORTH}
    asked = {"displayName": "Mine", "workload": "Production", "additionalProperties": where}
    made = await farm.put(NEIGHBOUR, alias, {"properties": asked})
    assert made.status_code == HTTPStatus.CREATED, made.text
    link = f"/subscriptions/{made.json()['properties']['subscriptionId']}"
    barn = f"{link}/resourceGroups/Barn?api-version=2021-04-01"
    kept = await farm.put(NEIGHBOUR, barn, {"location": "westeurope"})
    assert kept.status_code == HTTPStatus.CREATED


@documented
@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (body(requireAuthorizationForGroupCreation="perhaps"), "requireAuthorization"),
        (body(defaultManagementGroup=7), "defaultManagementGroup"),
        (body(defaultManagementGroup="/subscriptions/x"), "'/subscriptions/x'"),
        ({"properties": []}, "properties"),
        ([], ""),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    farm: ArmOffice, asked: object, name: str
) -> None:
    for answer in (
        await farm.put(OWNER, SETTINGS + V, asked),
        await farm.patch(OWNER, SETTINGS + V, asked),
    ):
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert name in answer.json()["error"]["message"]


@documented
async def test_settings_of_a_group_that_is_not_there_are_none(farm: ArmOffice) -> None:
    for link in (f"{NORTH}/settings/default{V}", f"{NORTH}/settings{V}"):
        assert error(await farm.get(OWNER, link)) == (403, "AuthorizationFailed")
    early = f"{SETTINGS}?api-version=2019-11-01"
    assert error(await farm.get(OWNER, early)) == (400, "InvalidApiVersionParameter")
    other = await farm.get(OWNER, f"{ROOT}/settings/other{V}")
    assert other.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.inferred("what the root group is called is another thing than its settings")
async def test_settings_stay_when_the_root_group_is_renamed(farm: ArmOffice) -> None:
    made = await put(farm, defaultManagementGroup=WEST, requireAuthorizationForGroupCreation=False)
    renamed = await farm.patch(OWNER, ROOT + V, {"displayName": "Everything"})
    assert renamed.json()["properties"]["displayName"] == "Everything"
    assert (await farm.get(OWNER, SETTINGS + V)).json() == made.json()
    assert (await farm.get(OWNER, ROOT + V)).json()["properties"]["displayName"] == "Everything"


@pytest.mark.documented("Azure: elevate access; docs/how-to/azure.md, the first management group")
async def test_who_elevated_their_access_gives_themselves_a_role_first(farm: ArmOffice) -> None:
    elevate = "/providers/Microsoft.Authorization/elevateAccess?api-version=2015-07-01"
    assert (await farm.post(HENRIK, elevate)).status_code == HTTPStatus.OK
    assert error(await farm.put(HENRIK, NORTH + V, {})) == (403, "AuthorizationFailed")
    assert await give(farm, HENRIK, GROUPER, 2, by=HENRIK) == HTTPStatus.CREATED
    assert (await farm.put(HENRIK, NORTH + V, {})).status_code == HTTPStatus.OK


@pytest.mark.inferred("nothing is loosened unlogged")
async def test_a_change_is_told_with_what_is_set(farm: ArmOffice) -> None:
    await put(farm, requireAuthorizationForGroupCreation=False, defaultManagementGroup=EAST)
    assert (await farm.delete(OWNER, WEST + V)).status_code == HTTPStatus.ACCEPTED
    assert (await farm.delete(OWNER, SETTINGS + V)).status_code == HTTPStatus.OK
    assert (await farm.delete(OWNER, SETTINGS + V)).status_code == HTTPStatus.OK
    await put(farm, NEIGHBOUR, requireAuthorizationForGroupCreation=False)
    trail = AuditTrail(farm.store, Sealer(farm.store, make_signer()))
    await trail.catch_up(TENANT, farm.clock.now())
    opened, gone, unset, refused = (
        one.event for one in await read_logged(World(farm.store, TENANT))
    )
    told = ("requireAuthorizationForGroupCreation", "defaultManagementGroup")
    assert opened.kind is unset.kind is EventKind.NODE_CHANGED
    assert opened.actor.user_id == OWNER
    assert opened.subject_id == unset.subject_id == refused.subject_id == ROOT
    assert [opened.data[name] for name in told] == [False, EAST]
    assert [unset.data[name] for name in told] == [True, None]
    assert (gone.kind, refused.kind) == (EventKind.NODE_DELETED, EventKind.CHANGE_REFUSED)
