"""Role assignments made and deleted past requests, over HTTP."""

from typing import Any

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    HENRIK,
    NORA,
    OMAR,
    PLAIN_GROUP,
    READER,
    ROBOT,
    SAMUEL,
    STRONG,
    TEAMS,
    TIER2,
    Office,
    asked,
    role_named,
)
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

SET = "/roleManagement/directory/roleAssignments"
VERSIONS = pytest.mark.parametrize("version", ["v1.0", "beta"])
NOBODY = "22222222-0000-4000-8000-999999999999"
APPLICATIONS = role_named("Application Administrator")


def assigned(who: str, role_id: str = READER, **changes: object) -> dict[str, Any]:
    """The body of an assignment, as the published examples have it."""
    body: dict[str, Any] = {
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "principalId": who,
        "roleDefinitionId": role_id,
        "directoryScopeId": "/",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


async def list_of(office: Office, who: str, name: str, version: str = "v1.0") -> list[Any]:
    path = f"/{version}/roleManagement/directory/{name}?$filter=principalId eq '{who}'"
    answer = await office.get(GRACE, path)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["value"]
    return found


@VERSIONS
@pytest.mark.documented("rbacapplication-post-roleassignments, example 1")
@pytest.mark.witness("POST roleManagement/directory/roleAssignments")
async def test_an_assignment_is_made(office: Office, version: str) -> None:
    made = await office.post(GRACE, f"/{version}{SET}", assigned(HANA))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["@odata.context"].endswith(
        f"/{version}/$metadata#roleManagement/directory/roleAssignments/$entity"
    )
    assert (body["principalId"], body["roleDefinitionId"]) == (HANA, READER)
    assert body["directoryScopeId"] == "/"
    (listed,) = await list_of(office, HANA, "roleAssignments", version)
    assert listed["id"] == body["id"]
    got = await office.get(GRACE, f"/{version}{SET}/{body['id']}?$expand=roleDefinition,appScope")
    assert got.json()["roleDefinition"]["displayName"] == "Security Reader"
    assert got.json()["appScope"] is None


@pytest.mark.documented("unifiedRoleAssignmentScheduleInstance, assignments made outside PIM")
async def test_it_shows_one_to_one_as_schedule_and_instance(office: Office) -> None:
    made = (await office.post(GRACE, f"/v1.0{SET}", assigned(HANA))).json()
    (instance,) = await list_of(office, HANA, "roleAssignmentScheduleInstances")
    assert instance["id"] == instance["roleAssignmentOriginId"] == made["id"]
    assert instance["roleAssignmentScheduleId"] == made["id"]
    assert (instance["startDateTime"], instance["endDateTime"]) == (None, None)
    assert (instance["assignmentType"], instance["memberType"]) == ("Assigned", "Direct")
    (schedule,) = await list_of(office, HANA, "roleAssignmentSchedules")
    assert (schedule["createdUsing"], schedule["createdDateTime"]) == (None, None)
    assert schedule["scheduleInfo"]["expiration"]["type"] == "noExpiration"
    assert await list_of(office, HANA, "roleAssignmentScheduleRequests") == []


@VERSIONS
@pytest.mark.documented("rbacapplication-post-roleassignments, examples 2 and 3")
@pytest.mark.parametrize(
    ("role_id", "scope", "ending"),
    [
        (STRONG, f"/administrativeUnits/{BERLIN}", "-2"),
        (APPLICATIONS, f"/{ROBOT}", "-1"),
    ],
)
async def test_at_a_part_of_the_directory(
    office: Office, version: str, role_id: str, scope: str, ending: str
) -> None:
    body = assigned(HANA, role_id, directoryScopeId=scope)
    made = await office.post(GRACE, f"/{version}{SET}", body)
    assert made.status_code == 201, made.text
    assert made.json()["directoryScopeId"] == scope
    assert made.json()["id"].endswith(ending)
    path = f"/{version}{SET}/{made.json()['id']}?$expand=directoryScope"
    expanded = (await office.get(GRACE, path)).json()["directoryScope"]
    assert expanded["id"] == scope.rpartition("/")[2]


@pytest.mark.observed("clients of 2021 name the scope `resourceScope`")
async def test_the_scope_by_its_older_name(office: Office) -> None:
    body = assigned(HANA, directoryScopeId=..., resourceScope="/")
    assert (await office.post(GRACE, f"/beta{SET}", body)).status_code == 201


@pytest.mark.inferred("one assignment of a role to a principal at a scope")
async def test_a_second_one_conflicts(office: Office) -> None:
    assert (await office.post(GRACE, f"/v1.0{SET}", assigned(HANA))).status_code == 201
    again = await office.post(GRACE, f"/v1.0{SET}", assigned(HANA))
    assert again.status_code == 400
    assert again.json()["error"]["code"] == "Request_BadRequest"
    assert "conflicting object" in again.json()["error"]["message"]


@pytest.mark.documented("rbacapplication-post-roleassignments; Entra docs, custom-assign-graph")
@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"principalId": NOBODY}, 404, NOBODY),
        ({"roleDefinitionId": NOBODY}, 404, NOBODY),
        ({"principalId": ...}, 400, "principalId"),
        ({"principalId": "grace"}, 400, "principalId"),
        ({"principalId": 7}, 400, "principalId"),
        ({"roleDefinitionId": ...}, 400, "roleDefinitionId"),
        ({"directoryScopeId": ...}, 400, "directoryScopeId"),
        ({"directoryScopeId": "everywhere"}, 400, "directoryScopeId"),
        (
            {"roleDefinitionId": STRONG, "directoryScopeId": f"/administrativeUnits/{NOBODY}"},
            404,
            NOBODY,
        ),
        ({"directoryScopeId": f"/{ROBOT}"}, 400, "single resource scope"),
        ({"directoryScopeId": ..., "appScopeId": "/"}, 400, "appScopeId"),
        ({"condition": "@Resource.owners"}, 400, "condition"),
        ({"principalId": PLAIN_GROUP}, 400, "principalId"),
    ],
)
async def test_bad_input_is_refused(
    office: Office, changes: dict[str, object], status: int, said: str
) -> None:
    body = {**assigned(HANA), **changes}
    sent = {name: value for name, value in body.items() if value is not ...}
    refused = await office.post(GRACE, f"/v1.0{SET}", sent)
    assert (refused.status_code, said in refused.text) == (status, True), refused.text
    assert await list_of(office, HANA, "roleAssignments") == []


@pytest.mark.documented("roles and permissions of POST and DELETE roleAssignments")
async def test_others_may_not(office: Office) -> None:
    (held,) = await list_of(office, SAMUEL, "roleAssignments")
    for who in (SAMUEL, HANA, office.sign_in(GRACE, frozenset({"Directory.Read.All"}))):
        made = await office.post(who, f"/v1.0{SET}", assigned(HANA))
        deleted = await office.delete(who, f"/v1.0{SET}/{held['id']}")
        assert (made.status_code, deleted.status_code) == (403, 403)
    assert (await office.post(ROBOT, f"/v1.0{SET}", assigned(HANA))).status_code == 201


@VERSIONS
@pytest.mark.documented("unifiedroleassignment-delete, example 1; REM-011")
@pytest.mark.witness("DELETE roleManagement/directory/roleAssignments/{id}")
async def test_an_assignment_is_deleted(office: Office, version: str) -> None:
    (held,) = await list_of(office, SAMUEL, "roleAssignments")
    deleted = await office.delete(GRACE, f"/{version}{SET}/{held['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for name in ("roleAssignments", "roleAssignmentSchedules", "roleAssignmentScheduleInstances"):
        assert await list_of(office, SAMUEL, name) == []
    again = await office.delete(GRACE, f"/{version}{SET}/{held['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "Request_ResourceNotFound")


@pytest.mark.documented("REM-011: whatever made it, the assignment goes")
async def test_what_a_request_made_is_deleted_as_well(office: Office) -> None:
    eligible = asked(
        "adminAssign", HANA, TEAMS, scheduleInfo={"expiration": {"type": "noExpiration"}}
    )
    requests = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
    assert (await office.post(GRACE, requests, eligible)).status_code == 201
    activations = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
    active = await office.post(HANA, activations, asked("selfActivate", HANA, TEAMS))
    assert active.status_code == 201, active.text
    (held,) = await list_of(office, HANA, "roleAssignments")
    assert (await office.delete(GRACE, f"/v1.0{SET}/{held['id']}")).status_code == 204
    assert await list_of(office, HANA, "roleAssignmentScheduleInstances") == []
    assert len(await list_of(office, HANA, "roleEligibilityScheduleInstances")) == 1


@pytest.mark.inferred("an eligibility is no role assignment, and strange ids are no ids")
@pytest.mark.parametrize("id_", ["nothing", NOBODY, "x" * 300])
async def test_what_is_no_assignment_is_not_found(office: Office, id_: str) -> None:
    answer = await office.delete(GRACE, f"/v1.0{SET}/{id_}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "Request_ResourceNotFound")
    (eligible,) = await list_of(office, TIER2, "roleEligibilityScheduleInstances")
    refused = await office.delete(GRACE, f"/v1.0{SET}/{eligible['id']}")
    assert refused.status_code == 404


@pytest.mark.documented("REM-008; promise 11")
async def test_one_administrator_is_left(office: Office) -> None:
    (henrik,) = await list_of(office, HENRIK, "roleAssignments")
    (grace,) = await list_of(office, GRACE, "roleAssignments")
    assert (await office.delete(GRACE, f"/v1.0{SET}/{henrik['id']}")).status_code == 204
    for who in (GRACE, ROBOT):
        refused = await office.delete(who, f"/v1.0{SET}/{grace['id']}")
        assert refused.status_code == 400
    last = (await office.delete(ROBOT, f"/v1.0{SET}/{grace['id']}")).json()["error"]
    assert last["code"] == "CannotDeleteLastAdminAssignment"


@pytest.mark.inferred("no published word of it: nobody shuts themselves out past requests")
async def test_nobody_removes_their_own_global_administrator(office: Office) -> None:
    (grace,) = await list_of(office, GRACE, "roleAssignments")
    refused = await office.delete(GRACE, f"/v1.0{SET}/{grace['id']}")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "Request_BadRequest"
    assert "Global Administrator" in refused.json()["error"]["message"]
    assert (await office.delete(HENRIK, f"/v1.0{SET}/{grace['id']}")).status_code == 204


@pytest.mark.inferred("what is held through a group is the group's to lose")
async def test_a_membership_is_not_touched(office: Office) -> None:
    body = assigned(TIER2, role_named("Reports Reader"))
    made = await office.post(GRACE, f"/v1.0{SET}", body)
    assert made.status_code == 201
    path = f"/v1.0{SET}/{made.json()['id']}?$select=id,condition,appScopeId"
    shown = (await office.get(GRACE, path)).json()
    assert (shown["condition"], shown["appScopeId"]) == (None, None)
    assert (await office.delete(GRACE, f"/v1.0{SET}/{made.json()['id']}")).status_code == 204
    assert await list_of(office, OMAR, "roleAssignments") == []
    assert await list_of(office, NORA, "roleAssignments") == []
    assert GLOBAL_ADMINISTRATOR not in str(await list_of(office, TIER2, "roleAssignments"))
