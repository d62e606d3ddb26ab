"""Every recorded exchange about requests of PIM for Azure resources, as a call of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.estate import PROVIDER
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.recorded import (
    ADMIN,
    ALIASED,
    ONE,
    QUARANTINE,
    READER,
    SUBSCRIPTION,
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

ASSIGNMENTS: Final = "roleAssignmentScheduleRequests"
ELIGIBILITIES: Final = "roleEligibilityScheduleRequests"
SCHEDULES: Final = {ASSIGNMENTS: "AssignmentSchedule", ELIGIBILITIES: "EligibilitySchedule"}


async def put(
    office: ArmOffice, address: str, who: str = ADMIN, **properties: object
) -> httpx.Response:
    """A PUT as the client of the recordings makes it, which names itself."""
    key = office.sign_in(ONE if who == ONE else ADMIN)
    headers = {"authorization": f"Bearer {key}", "x-ms-client-request-id": "ours"}
    return await office.client.put(address, json={"properties": properties}, headers=headers)


def asked(start: str, duration: str, role: RoleId, **more: str) -> dict[str, Any]:
    return {
        "scheduleInfo": {
            "expiration": {"type": "AfterDuration", "duration": duration},
            "startDateTime": start,
        },
        # Recorded without a slash before it.
        "roleDefinitionId": f"{SUBSCRIPTION[1:]}/{PROVIDER}/roleDefinitions/{role}",
        "principalId": ONE,
        "requestType": "AdminAssign",
        **more,
    }


def told(collection: str, name: str, role: RoleId, schedule: tuple[str, str]) -> dict[str, Any]:
    start, duration = schedule
    kind = SCHEDULES[collection]
    properties = {
        f"targetRole{kind}Id": f"{ALIASED}/{PROVIDER}/role{kind}s/{name}",
        **slot_of(ONE, role),
        "requestType": "AdminAssign",
        "status": "Provisioned",
        "scheduleInfo": {
            "startDateTime": start,
            "expiration": {"type": "AfterDuration", "duration": duration},
        },
        "ticketInfo": {},
        "justification": "Test",
        "requestorId": ADMIN,
        # Recorded two and a half seconds before the start, which is set when it is provisioned.
        "createdOn": "2022-02-11T00:20:37.916569Z",
    }
    return {"properties": properties, **identify(collection, name)}


@pytest.mark.observed("New-AzRoleAssignmentScheduleRequest.Recording.json: PUT, 201")
async def test_the_recorded_assignment(office: ArmOffice) -> None:
    await build_recorded(office)
    name = "47f8978c-5d8d-4fbf-b4b6-2f43eeb43ec5"
    sent = asked("2022-02-10T16:20:33.9232179-08:00", "PT30M", READER, justification="Test")
    answer = await put(office, at(ASSIGNMENTS, name), **sent)
    now = "2022-02-11T00:20:37.916569+00:00"
    assert answer.status_code == 201
    assert answer.json() == told(ASSIGNMENTS, name, READER, (now, "PT30M"))
    check_headers(answer, "subscription-writes")


@pytest.mark.observed("New-AzRoleEligibilityScheduleRequest.Recording.json: PUT, 201")
async def test_the_recorded_eligibility(office: ArmOffice) -> None:
    await build_recorded(office)
    name = "47f8978c-5d8d-4fbf-b4b6-2f43eeb43eca"
    office.clock.at = datetime(2022, 2, 11, 0, 20, 42, 828_875, UTC)
    sent = asked("2022-02-10T16:20:39.8817269-08:00", "PT1H", READER)
    answer = await put(office, at(ELIGIBILITIES, name), **sent)
    now = "2022-02-11T00:20:42.828875"
    expected = told(ELIGIBILITIES, name, READER, (f"{now}+00:00", "PT1H"))
    expected["properties"]["createdOn"] = f"{now}Z"
    del expected["properties"]["justification"]
    assert (answer.status_code, answer.json()) == (201, expected)
    check_headers(answer, "subscription-writes")


@pytest.mark.observed(
    "Stop-AzRoleAssignmentScheduleRequest.Recording.json and "
    "Stop-AzRoleEligibilityScheduleRequest.Recording.json: PUT 201, POST cancel 200"
)
@pytest.mark.parametrize(
    ("collection", "name", "role"),
    [
        (ASSIGNMENTS, "47f8978c-5d8d-4fbf-b4b6-2f43eeb43ec6", READER),
        (ELIGIBILITIES, "47f8978c-5d8d-4fbf-b4b6-2f43eeb43fc5", QUARANTINE),
    ],
)
async def test_the_recorded_ones_that_were_cancelled(
    office: ArmOffice, collection: str, name: str, role: RoleId
) -> None:
    await build_recorded(office)
    sent = asked("2022-03-09T17:11:19.7711006-08:00", "PT30M", role, justification="Test")
    answer = await put(office, at(collection, name), **sent)
    expected = told(collection, name, role, ("2022-03-10T01:11:19.7711+00:00", "PT30M"))
    expected["properties"]["status"] = "Granted"
    assert (answer.status_code, answer.json()) == (201, expected)
    check_headers(answer, "subscription-writes")

    headers = {"authorization": f"Bearer {office.sign_in(ADMIN)}", "x-ms-client-request-id": "o"}
    done = await office.client.post(at(collection, f"{name}/cancel"), headers=headers)
    assert (done.status_code, done.content, done.headers["content-length"]) == (200, b"", "0")
    check_headers(done, "subscription-writes")


HELD: Final = "0988b71a-f813-467b-abc0-cef007eddbb5"
LINKED: Final = "07c04ece-c9b5-46d8-ae6c-7f3004f00773"
OF_READERS: Final = {
    "principalId": ONE,
    "roleDefinitionId": f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{READER}",
}
OF_WRITERS: Final = {
    "principalId": ONE,
    "roleDefinitionId": f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{QUARANTINE}",
}


UNTIL: Final = {"type": "AfterDateTime", "endDateTime": "2022-07-06T20:28:09.295+00:00"}
ACTIVATION: Final = {
    **OF_WRITERS,
    "requestType": "SelfActivate",
    "justification": "test",
    "ticketInfo": {"ticketNumber": "", "ticketSystem": ""},
    "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT8H"}},
    "linkedRoleEligibilityScheduleId": LINKED,
}
EXTENSION: Final = {
    **OF_READERS,
    "requestType": "SelfExtend",
    "justification": '{"RequestorReason":"tes","AdminReason":""}',
    "scheduleInfo": {"expiration": UNTIL},
}
ASSIGNED: Final = {
    **OF_READERS,
    "principalId": ADMIN,
    "requestType": "AdminAssign",
    "justification": "112",
    "scheduleInfo": {"expiration": UNTIL},
}
BACK: Final = {
    **OF_WRITERS,
    "requestType": "SelfDeactivate",
    "justification": "Deactivation request",
}


async def ask_all(office: ArmOffice) -> None:
    """The requests of the four kinds that were recorded; where each has a name of its own."""
    kinds: list[tuple[str, Mapping[str, object]]]
    kinds = [(ONE, ACTIVATION), (ONE, EXTENSION), (ADMIN, ASSIGNED), (ONE, BACK)]
    for number, (who, sent) in enumerate(kinds, 1):
        name = f"cccccccc-0000-4000-8000-{number:012}"
        if sent is BACK:
            office.clock.at = office.clock.at.replace(minute=30)
        answer = await put(office, at(ASSIGNMENTS, name), who, **sent)
        assert answer.status_code == 201, answer.text
    taken = at(ASSIGNMENTS, "cccccccc-0000-4000-8000-000000000002/cancel")
    assert (await office.post(ONE, taken)).status_code == 200


@pytest.mark.observed("Get-AzRoleAssignmentScheduleRequest.Recording.json: four kinds of them")
async def test_the_recorded_list(office: ArmOffice) -> None:
    long_since = since("2022-01-01T00:00:00Z")
    await build_recorded(
        office,
        hold(HELD, (ONE, READER), since("2022-01-01T00:00:00Z", "2022-02-20T20:28:09.295Z")),
        hold(LINKED, (ONE, QUARANTINE), long_since, GrantKind.ELIGIBLE),
    )
    await ask_all(office)
    listed = await office.get(ADMIN, at(ASSIGNMENTS))
    assert set(listed.json()) == {"value"}
    rows = {row["properties"]["requestType"]: row["properties"] for row in listed.json()["value"]}

    back = rows["SelfDeactivate"]
    assert back == {
        **slot_of(ONE, QUARANTINE),
        "requestType": "SelfDeactivate",
        "status": "Revoked",
        "ticketInfo": {},
        "justification": "Deactivation request",
        "requestorId": ONE,
        "createdOn": "2022-02-11T00:30:37.916569Z",
    }
    assert rows["SelfExtend"]["status"] == "Canceled"
    assert rows["AdminAssign"]["scheduleInfo"] == {
        "startDateTime": "2022-02-11T00:20:37.916569+00:00",
        "expiration": {"type": "AfterDateTime", "endDateTime": "2022-07-06T20:28:09.295+00:00"},
    }
    activation = rows["SelfActivate"]
    schedules = f"{ALIASED}/{PROVIDER}/roleEligibilitySchedules"
    assert activation["linkedRoleEligibilityScheduleId"] == f"{schedules}/{LINKED}"
    assert activation["ticketInfo"] == {"ticketNumber": "", "ticketSystem": ""}
    assert set(activation) - set(rows["AdminAssign"]) == {"linkedRoleEligibilityScheduleId"}
    assert set(rows["AdminAssign"]) == set(rows["SelfExtend"])
    assert set(rows["AdminAssign"]) - set(back) == {
        "targetRoleAssignmentScheduleId",
        "scheduleInfo",
    }
