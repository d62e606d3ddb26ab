"""What people see of their own schedules, and what they take back of their plans."""

from typing import Any

import pytest

from tests.dialects.graph.office import GRACE, HANA, READER, Office, asked

DIRECTORY = "/v1.0/roleManagement/directory"
ELIGIBILITIES = f"{DIRECTORY}/roleEligibilityScheduleRequests"
FOR_GOOD = {"expiration": {"type": "noExpiration"}}
MINE = "filterByCurrentUser(on='principal')"


async def make_eligible(office: Office, **schedule: object) -> dict[str, Any]:
    body = asked("adminAssign", HANA, READER, scheduleInfo={**FOR_GOOD, **schedule})
    response = await office.post(GRACE, ELIGIBILITIES, body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def list_mine(office: Office, who: str, name: str) -> list[tuple[str, str]]:
    response = await office.get(who, f"{DIRECTORY}/{name}/{MINE}")
    assert response.status_code == 200, response.text
    return [(one["id"], one["principalId"]) for one in response.json()["value"]]


@pytest.mark.documented("filterByCurrentUser on eligibility schedules: the caller's own")
@pytest.mark.witness("GET roleManagement/directory/roleEligibilitySchedules/filterByCurrentUser")
async def test_people_see_the_eligibilities_they_have(office: Office) -> None:
    made = await make_eligible(office)

    assert await list_mine(office, HANA, "roleEligibilitySchedules") == [(made["id"], HANA)]
    assert await list_mine(office, GRACE, "roleEligibilitySchedules") == []


@pytest.mark.documented("filterByCurrentUser on assignment schedules: the caller's own")
@pytest.mark.witness("GET roleManagement/directory/roleAssignmentSchedules/filterByCurrentUser")
async def test_people_see_the_assignments_they_have(office: Office) -> None:
    await make_eligible(office)
    requests = f"{DIRECTORY}/roleAssignmentScheduleRequests"
    activated = (await office.post(HANA, requests, asked("selfActivate", HANA))).json()

    assert await list_mine(office, HANA, "roleAssignmentSchedules") == [(activated["id"], HANA)]
    assert {who for _, who in await list_mine(office, GRACE, "roleAssignmentSchedules")} == {GRACE}


@pytest.mark.documented("cancel of a role eligibility schedule request: 204, it reads Canceled")
@pytest.mark.witness("POST roleManagement/directory/roleEligibilityScheduleRequests/{id}/cancel")
async def test_a_planned_eligibility_is_cancelled(office: Office) -> None:
    planned = await make_eligible(office, startDateTime="2031-03-05T08:00:00Z")

    cancelled = await office.post(GRACE, f"{ELIGIBILITIES}/{planned['id']}/cancel")

    found = (await office.get(GRACE, f"{ELIGIBILITIES}/{planned['id']}")).json()
    assert (planned["status"], cancelled.status_code, cancelled.content) == ("Granted", 204, b"")
    assert found["status"] == "Canceled"
    assert await list_mine(office, HANA, "roleEligibilitySchedules") == []
