"""Rows of the decision table about what administrators assign, as they travel."""

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import (
    DIRECTORY,
    ELIGIBLE,
    ELIGIBLE_INSTANCES,
    HOUR,
    INSTANCES,
    OWN,
    REQUESTS,
    body,
    code_of,
    make_eligible,
    post,
    rows_of,
)
from tests.scenarios.company import Company, count_stored, found_company
from timebound.application.ports import Store


@ROWS["ASG-001"].mark
async def test_asg_001_an_assignment_is_answered_with_its_schedule(company: Company) -> None:
    sent = body(company, "adminAssign", "eve", "Reports Reader", scheduleInfo=HOUR)
    made = await post(company, "pia", REQUESTS, sent)

    assert made["status"] == "Provisioned"
    assert made["targetScheduleId"] == made["id"]
    assert made["approvalId"] is None
    assert made["completedDateTime"] == made["createdDateTime"] == "2030-03-04T08:00:00Z"
    assert made["scheduleInfo"]["startDateTime"] == "2030-03-04T08:00:00Z"
    assert made["createdBy"]["user"]["id"] == company.find("pia")
    response = await company.call("pia", "GET", f"{REQUESTS}/{made['id']}")
    assert response.json() == made | {"@odata.context": response.json()["@odata.context"]}


@ROWS["ASG-005"].mark
async def test_asg_005_what_begins_later_is_complete_when_it_begins(company: Company) -> None:
    schedule = HOUR | {"startDateTime": "2030-03-04T11:30:00+02:00"}
    sent = body(company, "adminAssign", "eve", "Reports Reader", scheduleInfo=schedule)
    made = await post(company, "pia", REQUESTS, sent)

    assert (made["status"], made["completedDateTime"]) == ("Granted", "2030-03-04T09:30:00Z")
    assert made["scheduleInfo"]["startDateTime"] == "2030-03-04T09:30:00Z"


@ROWS["ASG-035"].mark
@pytest.mark.parametrize("action", ["adminAssign", "adminRemove", "selfActivate"])
async def test_asg_035_a_tenant_without_the_licence_is_told_so(
    store: Store, label: str, action: str
) -> None:
    company = await found_company(store, label, {"settings": {"license": "none"}})
    async with company.client:
        sent = body(company, action, "gail", "Reports Reader", scheduleInfo=HOUR)
        response = await company.call("gail", "POST", REQUESTS, json=sent)
    assert code_of(response) == (400, "AadPremiumLicenseRequired")
    assert "P2" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "schedule",
    [
        pytest.param(
            {"expiration": {"type": "afterDuration", "duration": "P6M"}},
            marks=ROWS["ASG-029"].mark,
            id="asg_029_months",
        ),
        pytest.param(
            HOUR | {"startDateTime": "2030-03-04T09:00:00"},
            marks=ROWS["ASG-030"].mark,
            id="asg_030_no_offset",
        ),
    ],
)
async def test_asg_029_a_schedule_that_cannot_be_read_is_refused(
    company: Company, schedule: dict[str, object]
) -> None:
    before = await count_stored(company)
    sent = body(company, "adminAssign", "eve", "Reports Reader", scheduleInfo=schedule)
    response = await company.call("pia", "POST", REQUESTS, json=sent)
    assert code_of(response) == (400, "InvalidRoleAssignmentRequest")
    assert await count_stored(company) == before


@ROWS["ASG-036"].mark
async def test_asg_036_a_rehearsal_is_answered_and_not_stored(company: Company) -> None:
    before = await count_stored(company)
    sent = body(company, "adminAssign", "eve", "Reports Reader", isValidationOnly=True)
    for path, listed in ((REQUESTS, INSTANCES), (ELIGIBLE, ELIGIBLE_INSTANCES)):
        made = await post(company, "pia", path, sent)
        query = f"?$filter=principalId eq '{company.find('eve')}'"
        assert made["isValidationOnly"] is True
        assert [await rows_of(company, "rex", one + query) for one in (path, listed)] == [[], []]
    assert await count_stored(company) == before


@ROWS["ASG-002"].mark
async def test_asg_002_the_holder_finds_the_request_that_made_them_eligible(
    company: Company,
) -> None:
    made = await make_eligible(company, "eve", "Reports Reader")
    assert (made["status"], made["targetScheduleId"]) == ("Provisioned", made["id"])
    assert [row["id"] for row in await rows_of(company, "eve", f"{ELIGIBLE}/{OWN}")] == [made["id"]]
    assert await rows_of(company, "finn", f"{ELIGIBLE}/{OWN}") == []


@ROWS["AUT-003"].mark
@pytest.mark.parametrize("role", ["Global Reader", "Security Reader", "Security Administrator"])
async def test_aut_003_who_only_reads_assigns_nothing(store: Store, label: str, role: str) -> None:
    held = {"principal": "eve@company.example", "role": role}
    company = await found_company(store, label, {"assignments": [held]})
    async with company.client:
        for path in (REQUESTS, ELIGIBLE):
            sent = body(company, "adminAssign", "finn", "Reports Reader", scheduleInfo=HOUR)
            response = await company.call("eve", "POST", path, json=sent)
            assert code_of(response) == (403, "Authorization_RequestDenied")


@pytest.mark.documented("PIM APIs: changes are requests, schedules and instances are read")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_schedules_and_instances_are_only_read(company: Company, method: str) -> None:
    for kind in ("Assignment", "Eligibility"):
        for what in ("Schedules", "ScheduleInstances"):
            path = f"{DIRECTORY}/role{kind}{what}"
            response = await company.call("gail", method, path)
            assert (response.status_code, response.headers["allow"]) == (405, "GET")
