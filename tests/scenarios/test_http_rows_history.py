"""Rows of the decision table about what is over: requests that are kept, and what has expired."""

from datetime import timedelta

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import (
    DIRECTORY,
    ELIGIBLE,
    OWN,
    body,
    code_of,
    make_eligible,
    post,
    rows_of,
)
from tests.scenarios.company import BEGAN, Company, found_company
from timebound.application.ports import Store


@pytest.mark.inferred("INS-017: hiding old requests is a switch, history itself is kept")
async def test_ins_017_an_old_request_and_its_schedule_keep_one_id(company: Company) -> None:
    made = await make_eligible(company, "eve", "Reports Reader")
    company.move_to(BEGAN + timedelta(days=60))

    for path in (ELIGIBLE, f"{DIRECTORY}/roleEligibilitySchedules"):
        response = await company.call("pia", "GET", f"{path}/{made['id']}")
        assert (response.status_code, response.json()["id"]) == (200, made["id"])


@ROWS["INS-017"].mark
async def test_ins_017_a_purged_request_is_gone_and_its_schedule_stays(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"settings": {"request_history": "purged"}})
    async with company.client:
        made = await make_eligible(company, "eve", "Reports Reader")
        company.move_to(BEGAN + timedelta(days=45))
        response = await company.call("pia", "GET", f"{ELIGIBLE}/{made['id']}")
        assert code_of(response) == (404, "RoleAssignmentRequestNotFound")
        stays = await company.call(
            "pia", "GET", f"{DIRECTORY}/roleEligibilitySchedules/{made['id']}"
        )
        assert (stays.status_code, stays.json()["id"]) == (200, made["id"])


@pytest.mark.documented("EXP-002; ENTRA pim-how-to-renew-extend: expired entries, 30 days")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_exp_002_what_has_expired_is_told_for_30_days(company: Company, version: str) -> None:
    day = {"expiration": {"type": "afterDuration", "duration": "P1D"}}
    sent = body(company, "adminAssign", "eve", "Reports Reader", scheduleInfo=day)
    made = await post(company, "pia", ELIGIBLE, sent)
    schedules = f"/{version}/roleManagement/directory/roleEligibilitySchedules"
    expired = f"principalId eq '{company.find('eve')}' and status eq 'Revoked'"
    assert await rows_of(company, "rex", f"{schedules}?$filter={expired}") == []

    company.move_to(BEGAN + timedelta(days=31))
    (row,) = await rows_of(company, "rex", f"{schedules}?$filter={expired}")
    assert (row["id"], row["status"]) == (made["id"], "Revoked")
    assert row["scheduleInfo"]["expiration"]["endDateTime"] == "2030-03-05T08:00:00Z"
    own = f"{schedules}/{OWN}?$filter=status eq 'Revoked'"
    assert [one["id"] for one in await rows_of(company, "eve", own)] == [made["id"]]
    assert await rows_of(company, "eve", f"{schedules}/{OWN}") == []

    company.move_to(BEGAN + timedelta(days=31, microseconds=1))
    assert await rows_of(company, "eve", own) == []


@ROWS["EXT-008"].mark
@ROWS["EXT-013"].mark
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_ext_008_administrators_find_what_waits_for_them(
    company: Company, version: str
) -> None:
    """No published door decides such a request: an extension of their own does."""
    day = {"expiration": {"type": "afterDuration", "duration": "P9D"}}
    held = body(company, "adminAssign", "eve", "Reports Reader", scheduleInfo=day)
    await post(company, "pia", ELIGIBLE, held)
    requests = f"/{version}/roleManagement/directory/roleEligibilityScheduleRequests"
    until = {"expiration": {"type": "afterDateTime", "endDateTime": "2030-05-01T00:00:00Z"}}
    sent = body(company, "selfExtend", "eve", "Reports Reader", scheduleInfo=until)
    made = await post(company, "eve", requests, sent)
    assert (made["status"], made["approvalId"]) == ("PendingAdminDecision", None)

    waiting = f"{requests}?$filter=status eq 'PendingAdminDecision'"
    assert [row["id"] for row in await rows_of(company, "pia", waiting)] == [made["id"]]
    approver = f"{requests}/filterByCurrentUser(on='approver')"
    assert await rows_of(company, "pia", approver) == []

    sent = body(company, "adminExtend", "eve", "Reports Reader", scheduleInfo=until)
    extended = await post(company, "pia", requests, sent)
    assert (extended["status"], extended["targetScheduleId"]) == ("Provisioned", extended["id"])
    assert await rows_of(company, "pia", waiting) == []
    answered = (await company.call("eve", "GET", f"{requests}/{made['id']}")).json()
    assert (answered["status"], answered["createdBy"]["user"]["id"]) == (
        "Provisioned",
        company.find("eve"),
    )
