"""Every recorded exchange about what is held through PIM for Azure resources, as a call of ours."""

from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.estate import PROVIDER
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.recorded import (
    ADMIN,
    ALIASED,
    CIRCLE,
    CREW,
    ONE,
    OWNS,
    QUARANTINE,
    SUBSCRIPTION,
    TAGGERS,
    TWO,
    VERSION,
    at,
    build_recorded,
    check_headers,
    hold,
    identify,
    since,
    slot_of,
)
from timebound.domain.grants import GrantKind
from timebound.domain.ids import RoleId
from timebound.domain.roles import AZURE_OWNER

AUTOMATION: Final = RoleId("f353d9bd-d4a6-484e-a77a-8050b599b867")
OPERATOR: Final = RoleId("d3881f73-407a-4167-8283-e981cbba0404")
TAGS: Final = RoleId("4a9ae827-6dc8-4573-8ac7-8239d42aa03f")
OF_CREW: Final = "986d4ad8-f513-4a21-92e5-7163486e9e7c"
OUTSIDE: Final = "2a849048-d348-4c23-b833-063aa9d235e7"
OF_TAGGERS: Final = "f36571a6-9feb-47c1-9e13-7b0750640bec"
LINKED: Final = "b39bb86d-6133-40ca-8bad-4d1f496d8f39"
ACTIVATION: Final = "c3cf0e9f-90d4-4418-9bcf-e8c223b13a28"
LONG_SINCE: Final = since("2019-12-18T00:52:40.757Z")
BY_CREW: Final = since("2021-09-14T23:16:37.200Z", "2022-03-13T23:16:25.327Z")
TAGGING: Final = since("2021-09-15T15:42:29.043Z", "2022-09-15T15:41:53.260Z")


@pytest.fixture(autouse=True)
async def world(office: ArmOffice) -> None:
    """A group assigned through PIM, a person assigned outside of it, and a group that is eligible.

    User One is eligible besides, and has activated that.
    """
    eligible = GrantKind.ELIGIBLE
    await build_recorded(
        office,
        hold(OF_CREW, (CREW, AUTOMATION), BY_CREW, is_asked=True),
        hold(OUTSIDE, (TWO, OPERATOR), LONG_SINCE),
        hold(OF_TAGGERS, (TAGGERS, TAGS), TAGGING, eligible, is_asked=True),
        hold(LINKED, (ONE, QUARANTINE), LONG_SINCE, eligible),
    )
    properties = {
        "principalId": ONE,
        "roleDefinitionId": QUARANTINE,
        "requestType": "SelfActivate",
        "justification": "test",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT8H"}},
    }
    path = at("roleAssignmentScheduleRequests", ACTIVATION)
    assert (await office.put(ONE, path, {"properties": properties})).status_code == 201


def held(began: str, until: str | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    times = {"startDateTime": began, "createdOn": began}
    ends = {"endDateTime": until} if until else {}
    return {"status": "Provisioned", "memberType": "Direct", **times, **ends, **more}


def whole(collection: str, name: str) -> str:
    return f"{ALIASED}/{PROVIDER}/{collection}/{name}"


async def call(office: ArmOffice, address: str) -> httpx.Response:
    return await office.get(ADMIN, address, **{"x-ms-client-request-id": "ours"})


async def rows_of(office: ArmOffice, collection: str) -> dict[str, Any]:
    """All rows of one page, by their names."""
    answer = await call(office, at(collection))
    check_headers(answer, "subscription-reads")
    assert (answer.status_code, set(answer.json())) == (200, {"value"})
    return {row["name"]: row for row in answer.json()["value"]}


@pytest.mark.observed("Get-AzRoleAssignmentScheduleInstance.Recording.json: the list, 200")
async def test_the_recorded_instances(office: ArmOffice) -> None:
    collection = "roleAssignmentScheduleInstances"
    rows = await rows_of(office, collection)
    # Through PIM the instance was recorded under another GUID than its schedule; here it is one.
    for name, who, role, called, times in (
        (OF_CREW, CREW, AUTOMATION, "Automation Contributor", held(
            "2021-09-14T23:16:37.2Z", "2022-03-13T23:16:25.327Z")),
        (OUTSIDE, TWO, OPERATOR, "Automation Operator", held("2019-12-18T00:52:40.757Z", None)),
    ):  # fmt: skip
        assert rows[name] == {
            "properties": {
                "roleAssignmentScheduleId": whole("roleAssignmentSchedules", name),
                "originRoleAssignmentId": f"{SUBSCRIPTION}/{PROVIDER}/roleAssignments/{name}",
                "assignmentType": "Assigned",
                **slot_of(who, role, called),
                **times,
            },
            **identify(collection, name),
        }


@pytest.mark.observed("Get-AzRoleAssignmentScheduleInstance.Recording.json: GET at a group, 200")
async def test_the_recorded_instance_at_a_management_group(office: ArmOffice) -> None:
    collection = "roleAssignmentScheduleInstances"
    answer = await call(office, at(collection, OWNS, CIRCLE))
    role_id = f"/{PROVIDER}/roleDefinitions/{AZURE_OWNER}"
    principal = {
        "id": ADMIN,
        "displayName": "User Admin",
        "email": "user.admin@example.com",
        "type": "User",
    }
    # Recorded with seven digits: 2021-01-08T19:07:33.6563795Z.
    began = held("2021-01-08T19:07:33.656379Z", None)
    assert answer.status_code == 200
    assert answer.json() == {
        "properties": {
            "roleAssignmentScheduleId": f"{CIRCLE}/{PROVIDER}/roleAssignmentSchedules/{OWNS}",
            "originRoleAssignmentId": f"{CIRCLE}/{PROVIDER}/roleAssignments/{OWNS}",
            "assignmentType": "Assigned",
            "scope": CIRCLE,
            "roleDefinitionId": role_id,
            "principalId": ADMIN,
            "principalType": "User",
            **began,
            "expandedProperties": {
                "principal": principal,
                "roleDefinition": {"id": role_id, "displayName": "Owner", "type": "BuiltInRole"},
                "scope": {"id": CIRCLE, "displayName": "MG-1", "type": "managementgroup"},
            },
        },
        **identify(collection, OWNS, CIRCLE),
    }
    check_headers(answer, "tenant-reads")


@pytest.mark.observed("Get-AzRoleAssignmentSchedule.Recording.json: the list, 200")
async def test_the_recorded_schedules_of_assignments(office: ArmOffice) -> None:
    collection, requests = "roleAssignmentSchedules", "roleAssignmentScheduleRequests"
    rows = await rows_of(office, collection)
    began, until = "2021-09-14T23:16:37.2Z", "2022-03-13T23:16:25.327Z"
    assert rows[OF_CREW] == {
        "properties": {
            "roleAssignmentScheduleRequestId": whole(requests, OF_CREW),
            "assignmentType": "Assigned",
            **slot_of(CREW, AUTOMATION, "Automation Contributor"),
            **held(began, until, updatedOn=began),
        },
        **identify(collection, OF_CREW),
    }
    long_since = "2019-12-18T00:52:40.757Z"
    assert rows[OUTSIDE] == {
        "properties": {
            "assignmentType": "Assigned",
            **slot_of(TWO, OPERATOR, "Automation Operator"),
            **held(long_since, None, updatedOn=long_since),
        },
        **identify(collection, OUTSIDE),
    }
    now = "2022-02-11T00:20:37.916569Z"
    assert rows[ACTIVATION] == {
        "properties": {
            "roleAssignmentScheduleRequestId": whole(requests, ACTIVATION),
            "linkedRoleEligibilityScheduleId": whole("roleEligibilitySchedules", LINKED),
            "assignmentType": "Activated",
            **slot_of(ONE, QUARANTINE),
            **held(now, "2022-02-11T08:20:37.916569Z", updatedOn=now),
        },
        **identify(collection, ACTIVATION),
    }


@pytest.mark.observed("Get-AzRoleEligibilitySchedule.Recording.json: the list, 200")
async def test_the_recorded_schedules_of_eligibilities(office: ArmOffice) -> None:
    collection = "roleEligibilitySchedules"
    rows = await rows_of(office, collection)
    began, until = "2021-09-15T15:42:29.043Z", "2022-09-15T15:41:53.26Z"
    request = whole("roleEligibilityScheduleRequests", OF_TAGGERS)
    assert rows[OF_TAGGERS] == {
        "properties": {
            "roleEligibilityScheduleRequestId": request,
            **slot_of(TAGGERS, TAGS, "Tag Contributor"),
            **held(began, until, updatedOn=began),
        },
        **identify(collection, OF_TAGGERS),
    }
    assert "endDateTime" not in rows[LINKED]["properties"]


@pytest.mark.observed("Get-AzRoleEligibleChildResource.Recording.json: resource groups, 200")
async def test_the_recorded_children(office: ArmOffice) -> None:
    path = f"{SUBSCRIPTION}//{PROVIDER}/eligibleChildResources?api-version={VERSION}"
    answer = await office.get(ONE, f"https://management.test:8443/{path}", **{
        "x-ms-client-request-id": "ours"})  # fmt: skip
    groups = [
        {"name": name, "id": f"{SUBSCRIPTION}/resourceGroups/{name}", "type": "resourcegroup"}
        for name in ("RG-A", "RG-B")
    ]
    assert (answer.status_code, answer.json()) == (200, {"value": groups})
    check_headers(answer, "subscription-reads")
