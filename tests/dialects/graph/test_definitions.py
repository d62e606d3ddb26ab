"""Custom role definitions over HTTP: made, changed, deleted, restored; built-in ones left alone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dialects.graph.office import (
    GRACE,
    HANA,
    ROBOT,
    SAMUEL,
    TEAMS,
    Office,
    asked,
)
from timebound.application.catalog import built_in_roles
from timebound.domain.roles import DIRECTORY_READERS

SET = "/roleManagement/directory/roleDefinitions"
DELETED = "/beta/roleManagement/directory/deletedItems/roleDefinitions"
VERSIONS = pytest.mark.parametrize("version", ["v1.0", "beta"])
NOBODY = "22222222-0000-4000-8000-999999999999"
READ = "microsoft.directory/applications/basic/read"
UPDATE = "microsoft.directory/applications/basic/update"
NAME = "Application Registration Support Administrator"


def defined(**changes: object) -> dict[str, Any]:
    """The body of a role definition, as the published examples have it."""
    body: dict[str, Any] = {
        "description": "Updates what is basic about application registrations",
        "displayName": NAME,
        "rolePermissions": [{"allowedResourceActions": [READ]}],
        "isEnabled": True,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


async def make(office: Office, root: str = "v1.0", **changes: object) -> dict[str, Any]:
    made = await office.post(GRACE, f"/{root}{SET}", defined(**changes))
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def hold(office: Office, role_id: str, who: str = HANA) -> int:
    """The status that assigning the role past requests comes to."""
    body = {"principalId": who, "roleDefinitionId": role_id, "directoryScopeId": "/"}
    path = "/v1.0/roleManagement/directory/roleAssignments"
    return (await office.post(GRACE, path, body)).status_code


@VERSIONS
@pytest.mark.documented("rbacapplication-post-roledefinitions, example 1")
@pytest.mark.witness("POST roleManagement/directory/roleDefinitions")
async def test_a_custom_role_is_made(office: Office, version: str) -> None:
    body = await make(office, version)
    assert body["@odata.context"].endswith("#roleManagement/directory/roleDefinitions/$entity")
    assert (body["displayName"], body["isBuiltIn"], body["isEnabled"]) == (NAME, False, True)
    assert (body["templateId"], body["version"]) == (body["id"], None)
    assert body["rolePermissions"] == [{"allowedResourceActions": [READ], "condition": None}]
    got = (await office.get(GRACE, f"/{version}{SET}/{body['id']}")).json()
    assert got["description"] == body["description"]
    query = f"?$filter=displayName eq '{NAME}'&$select=id,isBuiltIn"
    listed = (await office.get(GRACE, f"/{version}{SET}{query}")).json()["value"]
    assert listed == [{"id": body["id"], "isBuiltIn": False}]


@pytest.mark.documented("rbacapplication-post-roledefinitions, example 1 of beta")
async def test_a_flag_sent_as_text_is_a_flag(office: Office) -> None:
    assert (await make(office, "beta", isEnabled="true"))["isEnabled"] is True


@pytest.mark.documented("unifiedRoleDefinition, properties")
async def test_what_else_can_be_given(office: Office) -> None:
    body = await make(
        office,
        templateId="D5EEC5E0-6992-4C6B-B430-0F833F1A815A",
        version="1.1",
        resourceScopes=["/"],
        inheritsPermissionsFrom=[{"id": DIRECTORY_READERS}],
        rolePermissions=[
            {"allowedResourceActions": [READ], "condition": None},
            {"allowedResourceActions": [UPDATE, READ], "excludedResourceActions": []},
        ],
        isBuiltIn=True,
    )
    assert body["templateId"] == "d5eec5e0-6992-4c6b-b430-0f833f1a815a"
    assert (body["version"], body["isBuiltIn"]) == ("1.1", False)
    assert body["rolePermissions"][0]["allowedResourceActions"] == [READ, UPDATE]
    path = f"/v1.0{SET}/{body['id']}/inheritsPermissionsFrom"
    (inherited,) = (await office.get(GRACE, path)).json()["value"]
    assert (inherited["id"], inherited["displayName"]) == (DIRECTORY_READERS, "Directory Readers")


@pytest.mark.documented("unifiedroledefinition-get, example 3")
@pytest.mark.witness("GET roleManagement/directory/roleDefinitions/{id}/inheritsPermissionsFrom")
async def test_what_a_built_in_role_inherits(office: Office) -> None:
    heir = next(role for role in built_in_roles().values() if role.inherits_from)
    path = f"/v1.0{SET}/{heir.template_id}/inheritsPermissionsFrom?$select=id"
    found = (await office.get(GRACE, path)).json()
    assert [one["id"] for one in found["value"]] == list(heir.inherits_from)
    missing = await office.get(GRACE, f"/v1.0{SET}/{NOBODY}/inheritsPermissionsFrom")
    assert missing.status_code == 404


@pytest.mark.documented("rbacapplication-post-roledefinitions: displayName, isEnabled, permissions")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"displayName": ...}, "displayName"),
        ({"displayName": "  "}, "displayName"),
        ({"displayName": 7}, "displayName"),
        ({"displayName": "x" * 300}, "displayName"),
        ({"isEnabled": ...}, "isEnabled"),
        ({"isEnabled": "maybe"}, "isEnabled"),
        ({"rolePermissions": ...}, "rolePermissions"),
        ({"rolePermissions": []}, "rolePermissions"),
        ({"rolePermissions": "all"}, "rolePermissions"),
        ({"rolePermissions": [{"allowedResourceActions": []}]}, "allowedResourceActions"),
        ({"rolePermissions": [{}]}, "rolePermissions[0]/allowedResourceActions"),
        ({"rolePermissions": [{"allowedResourceActions": ["a/b"]}]}, "allowedResourceActions"),
        ({"rolePermissions": [{"allowedResourceActions": [3]}]}, "allowedResourceActions"),
        (
            {"rolePermissions": [{"allowedResourceActions": [READ], "condition": "x"}]},
            "rolePermissions[0]/condition",
        ),
        (
            {
                "rolePermissions": [
                    {"allowedResourceActions": [READ], "excludedResourceActions": ["x"]}
                ]
            },
            "excludedResourceActions",
        ),
        ({"resourceScopes": ["/elsewhere"]}, "resourceScopes"),
        ({"inheritsPermissionsFrom": [{"id": NOBODY}]}, "inheritsPermissionsFrom"),
        ({"inheritsPermissionsFrom": [{}]}, "inheritsPermissionsFrom/id"),
        ({"templateId": "mine"}, "templateId"),
    ],
)
async def test_bad_input_is_refused(office: Office, changes: dict[str, object], said: str) -> None:
    sent = {name: value for name, value in (defined() | changes).items() if value is not ...}
    refused = await office.post(GRACE, f"/v1.0{SET}", sent)
    assert (refused.status_code, said in refused.text) == (400, True), refused.text
    query = f"?$filter=displayName eq '{NAME}'"
    assert (await office.get(GRACE, f"/v1.0{SET}{query}")).json()["value"] == []


@pytest.mark.inferred("a name finds one role, whoever has it")
@pytest.mark.parametrize("name", [NAME, NAME.upper(), "Global Administrator"])
async def test_a_name_that_is_taken_conflicts(office: Office, name: str) -> None:
    await make(office)
    refused = await office.post(GRACE, f"/v1.0{SET}", defined(displayName=name))
    assert (refused.status_code, "conflicting object" in refused.text) == (400, True)


@VERSIONS
@pytest.mark.documented("unifiedroledefinition-update, example 1")
@pytest.mark.witness("PATCH roleManagement/directory/roleDefinitions/{id}")
async def test_a_custom_role_is_changed(office: Office, version: str) -> None:
    made = await make(office)
    path = f"/{version}{SET}/{made['id']}"
    change = {"description": "Both", "rolePermissions": [{"allowedResourceActions": [UPDATE]}]}
    changed = await office.patch(GRACE, path, change)
    assert (changed.status_code, changed.content) == (204, b"")
    got = (await office.get(GRACE, path)).json()
    assert (got["description"], got["displayName"]) == ("Both", NAME)
    assert got["rolePermissions"][0]["allowedResourceActions"] == [UPDATE]
    assert (await office.patch(GRACE, path, {"displayName": NAME})).status_code == 204
    taken = await office.patch(GRACE, path, {"displayName": "Global Administrator"})
    assert taken.status_code == 400
    unknown = await office.patch(
        GRACE, path, {"rolePermissions": [{"allowedResourceActions": ["x/y"]}]}
    )
    assert "x/y" in unknown.json()["error"]["message"]


@pytest.mark.documented("unifiedRoleDefinition, isEnabled: whether it can be assigned")
async def test_a_disabled_role_is_neither_assigned_nor_activated(office: Office) -> None:
    made = await make(office)
    eligible = asked(
        "adminAssign", HANA, made["id"], scheduleInfo={"expiration": {"type": "noExpiration"}}
    )
    requests = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
    assert (await office.post(GRACE, requests, eligible)).status_code == 201
    assert await hold(office, made["id"], SAMUEL) == 201
    path = f"/v1.0{SET}/{made['id']}"
    assert (await office.patch(GRACE, path, {"isEnabled": False})).status_code == 204
    activations = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
    refused = await office.post(HANA, activations, asked("selfActivate", HANA, made["id"]))
    assert (refused.status_code, "roleDefinitionId" in refused.text) == (400, True)
    assert await hold(office, made["id"]) == 400
    assert (await office.patch(GRACE, path, {"isEnabled": True})).status_code == 204
    active = await office.post(HANA, activations, asked("selfActivate", HANA, made["id"]))
    assert active.status_code == 201, active.text


@VERSIONS
@pytest.mark.documented("unifiedroledefinition-delete, example 1; directory deletedItems")
@pytest.mark.witness("DELETE roleManagement/directory/roleDefinitions/{id}")
@pytest.mark.witness("GET roleManagement/directory/deletedItems/roleDefinitions")
@pytest.mark.witness("GET roleManagement/directory/deletedItems/roleDefinitions/{id}")
@pytest.mark.witness("POST roleManagement/directory/deletedItems/roleDefinitions/{id}/restore")
async def test_a_deleted_role_is_kept_until_it_is_restored(office: Office, version: str) -> None:
    made = await make(office)
    path = f"/{version}{SET}/{made['id']}"
    assert (await office.delete(GRACE, path)).status_code == 204
    assert (await office.get(GRACE, path)).status_code == 404
    assert (await office.delete(GRACE, path)).status_code == 404
    assert await hold(office, made["id"]) == 404
    (kept,) = (await office.get(GRACE, DELETED)).json()["value"]
    assert (kept["id"], kept["displayName"]) == (made["id"], NAME)
    assert (await office.get(GRACE, f"{DELETED}/{made['id']}")).json()["id"] == made["id"]
    restored = await office.post(GRACE, f"{DELETED}/{made['id']}/restore")
    assert (restored.status_code, restored.json()["id"]) == (200, made["id"])
    assert (await office.get(GRACE, DELETED)).json()["value"] == []
    assert await hold(office, made["id"]) == 201


@pytest.mark.documented("directory deletedItems, role definitions")
@pytest.mark.witness("DELETE roleManagement/directory/deletedItems/roleDefinitions/{id}")
async def test_a_deleted_role_goes_for_good(office: Office) -> None:
    made = await make(office)
    path = f"{DELETED}/{made['id']}"
    assert (await office.delete(GRACE, path)).status_code == 404
    assert (await office.delete(GRACE, f"/v1.0{SET}/{made['id']}")).status_code == 204
    again = await make(office)
    refused = await office.post(GRACE, f"{path}/restore")
    assert (refused.status_code, "conflicting object" in refused.text) == (400, True)
    assert (await office.delete(GRACE, path)).status_code == 204
    assert (await office.post(GRACE, f"{path}/restore")).status_code == 404
    assert (await office.get(GRACE, f"/v1.0{SET}/{again['id']}")).status_code == 200


@pytest.mark.documented("directory deletedItems: for 30 days")
async def test_a_deleted_role_is_kept_for_thirty_days(office: Office) -> None:
    made = await make(office)
    assert (await office.delete(GRACE, f"/v1.0{SET}/{made['id']}")).status_code == 204
    office.clock.advance(timedelta(days=30) - timedelta(microseconds=1))
    (kept,) = (await office.get(GRACE, DELETED)).json()["value"]
    assert kept["id"] == made["id"]
    office.clock.advance(timedelta(microseconds=1))
    assert (await office.get(GRACE, DELETED)).json()["value"] == []
    path = f"{DELETED}/{made['id']}"
    assert (await office.get(GRACE, path)).status_code == 404
    assert (await office.post(GRACE, f"{path}/restore")).status_code == 404
    assert (await office.delete(GRACE, path)).status_code == 404


@pytest.mark.inferred("a role that somebody holds or may activate is in use")
@pytest.mark.parametrize("is_eligible", [True, False])
async def test_a_role_in_use_cannot_be_deleted(office: Office, is_eligible: bool) -> None:  # noqa: FBT001 - one of two ways
    made = await make(office)
    if is_eligible:
        body = asked(
            "adminAssign", HANA, made["id"], scheduleInfo={"expiration": {"type": "noExpiration"}}
        )
        requests = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
        assert (await office.post(GRACE, requests, body)).status_code == 201
    else:
        assert await hold(office, made["id"]) == 201
    refused = await office.delete(GRACE, f"/v1.0{SET}/{made['id']}")
    assert (refused.status_code, "assigned" in refused.text) == (400, True)


@pytest.mark.documented("a built-in role definition can be neither updated nor deleted")
async def test_built_in_roles_are_left_alone(office: Office) -> None:
    path = f"/v1.0{SET}/{TEAMS}"
    for refused in (
        await office.patch(GRACE, path, {"description": "Mine"}),
        await office.delete(GRACE, path),
    ):
        assert (refused.status_code, "built-in" in refused.text) == (400, True)


@pytest.mark.documented("permissions of role definitions")
async def test_others_may_not(office: Office) -> None:
    made = await make(office)
    path = f"/v1.0{SET}/{made['id']}"
    for who in (SAMUEL, HANA, office.sign_in(GRACE, frozenset({"Directory.Read.All"}))):
        for refused in (
            await office.post(who, f"/v1.0{SET}", defined()),
            await office.patch(who, path, {"description": "Mine"}),
            await office.delete(who, path),
            await office.post(who, f"{DELETED}/{made['id']}/restore"),
        ):
            assert refused.status_code == 403
    assert (await office.patch(ROBOT, path, {"description": "Robot's"})).status_code == 204


@pytest.mark.inferred("strange ids are no roles")
@pytest.mark.parametrize("id_", ["nothing", NOBODY, "x" * 300])
async def test_what_is_not_there_is_not_found(office: Office, id_: str) -> None:
    for answer in (
        await office.patch(GRACE, f"/v1.0{SET}/{id_}", {"description": "x"}),
        await office.delete(GRACE, f"/v1.0{SET}/{id_}"),
        await office.get(GRACE, f"{DELETED}/{id_}"),
        await office.post(GRACE, f"{DELETED}/{id_}/restore"),
    ):
        assert answer.status_code == 404, answer.text
