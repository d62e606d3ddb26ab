"""Rows of the decision table about groups that speak of what travels, of lists and of time."""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import MINUTE, code_of
from tests.scenarios.company import Company, count_stored, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    ELIGIBLE,
    ELIGIBLE_SCHEDULES,
    HOUR,
    INSTANCES,
    SCHEDULES,
    ask,
    body,
    call,
    join,
    list_rows,
    make_eligible,
    need_agreement,
)
from tests.scenarios.policy_calls import APPROVAL, ASSIGNMENTS, POLICIES, approval, select, user
from timebound.application.ports import Store

OWN: Final = "filterByCurrentUser(on='principal')"


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    return await found_company(store, label, APPLICATIONS)


async def status_of(company: Company, id_: str, path: str = ASKED) -> str:
    status: str = (await call(company, "gail", "GET", f"{path}/{id_}")).json()["status"]
    return status


async def wait(company: Company) -> str:
    """The id of a request of Eve's that waits for Uma."""
    await need_agreement(company, company.find("Watch"), user(company.find("uma")))
    await make_eligible(company, "eve", "Watch")
    made = await join(company, "eve", "Watch")
    assert made["status"] == "PendingApproval"
    id_: str = made["id"]
    return id_


@pytest.mark.observed("OPIM-name; GDOC (ACT-002)")
async def test_an_instance_says_that_it_is_activated(company: Company) -> None:
    await make_eligible(company, "eve", "Club")
    assert (await join(company, "eve", "Club"))["status"] == "Provisioned"
    (held,) = await list_rows(company, "eve", f"{INSTANCES}/{OWN}")
    assert held["assignmentType"] == "activated"


@ROWS["ACT-032"].mark
async def test_who_asks_may_owe_a_reason_to_the_policy_alone(company: Company) -> None:
    sent = approval(user(company.find("uma")))
    sent["setting"]["isRequestorJustificationRequired"] = True
    query = select(company.find("Club"), "Group", "member")
    (found,) = await list_rows(company, "gail", f"{ASSIGNMENTS}{query}")
    rules = f"{POLICIES}/{found['policyId']}/rules"
    none = {
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
        "id": "Enablement_EndUser_Assignment",
        "enabledRules": [],
    }
    for rule in (sent, none):
        changed = await call(company, "gail", "PATCH", f"{rules}/{rule['id']}", rule)
        assert changed.status_code == 204
    await make_eligible(company, "eve", "Club")
    assert (await join(company, "eve", "Club", justification=None))["status"] == "PendingApproval"


@ROWS["ACT-045"].mark
@pytest.mark.inferred("promise 6 of the design: never beyond the eligibility (EXP-006)")
async def test_a_membership_ends_with_what_it_stands_on(company: Company) -> None:
    half = {"expiration": {"type": "afterDuration", "duration": "PT30M"}}
    await make_eligible(company, "eve", "Club", scheduleInfo=half)
    await join(company, "eve", "Club")
    (held,) = await list_rows(company, "eve", f"{INSTANCES}/{OWN}")
    assert held["endDateTime"] == "2030-03-04T08:30:00Z"


@pytest.mark.inferred("who was to agree is written into the request (ACT-053)")
async def test_what_waits_goes_on_waiting_when_nobody_has_to_agree_any_more(
    company: Company,
) -> None:
    waiting = await wait(company)
    query = select(company.find("Watch"), "Group", "member")
    (found,) = await list_rows(company, "gail", f"{ASSIGNMENTS}{query}")
    path = f"{POLICIES}/{found['policyId']}/rules/{APPROVAL}"
    changed = await call(company, "gail", "PATCH", path, approval(is_required=False))
    assert changed.status_code == 204
    assert await status_of(company, waiting) == "PendingApproval"


@ROWS["APR-010"].mark
async def test_what_nobody_decides_in_a_day_has_lapsed(company: Company) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + timedelta(hours=24))
    assert await status_of(company, waiting) == "TimedOut"


WRONG_TIMES: Final = {
    "ASG-029": {"expiration": {"type": "afterDuration", "duration": "P6M"}},
    "ASG-030": HOUR | {"startDateTime": "2030-03-04T09:00:00"},
}


@pytest.mark.parametrize(
    "id_", [pytest.param(one, marks=ROWS[one].mark, id=one) for one in WRONG_TIMES]
)
async def test_times_that_make_no_sense(company: Company, id_: str) -> None:
    sent = body(company, "adminAssign", "eve", "Club", scheduleInfo=WRONG_TIMES[id_])
    refused = await call(company, "pia", "POST", ASKED, sent)
    assert code_of(refused) == (400, "InvalidRoleAssignmentRequest")


@ROWS["ASG-035"].mark
@pytest.mark.parametrize("action", ["adminAssign", "adminRemove", "selfActivate"])
async def test_a_tenant_without_the_licence(store: Store, label: str, action: str) -> None:
    changes: dict[str, Any] = {**APPLICATIONS, "settings": {"license": "none"}}
    company = await found_company(store, label, changes)
    sent = body(company, action, "gail", "Club", scheduleInfo=HOUR)
    refused = await call(company, "gail", "POST", ASKED, sent)
    assert code_of(refused) == (400, "AadPremiumLicenseRequired")
    listed = await call(company, "gail", "GET", f"{SCHEDULES}/{OWN}")
    assert code_of(listed) == (400, "AadPremiumLicenseRequired")


@pytest.mark.observed("OPIM 2.1 (ASG-037)")
async def test_a_rehearsal_is_refused_alike_and_stores_nothing(company: Company) -> None:
    sent = body(company, "selfActivate", "eve", "Club", scheduleInfo=HOUR)
    real = await call(company, "eve", "POST", ASKED, sent)
    stored = await count_stored(company)
    rehearsed = await call(company, "eve", "POST", ASKED, sent | {"isValidationOnly": True})
    assert code_of(rehearsed) == code_of(real)
    assert rehearsed.json()["error"]["message"] == real.json()["error"]["message"], (
        "in the same words"
    )
    assert await count_stored(company) == stored


@ROWS["CAN-001"].mark
@ROWS["CAN-010"].mark
async def test_a_membership_ahead_is_withdrawn(company: Company) -> None:
    await make_eligible(company, "eve", "Club")
    later = HOUR | {"startDateTime": "2030-03-04T12:00:00Z"}
    made = await join(company, "eve", "Club", scheduleInfo=later)
    assert made["status"] == "Granted"
    schedule = f"{SCHEDULES}/{made['targetScheduleId']}"
    assert (await call(company, "eve", "GET", schedule)).status_code == 200
    assert (await call(company, "eve", "POST", f"{ASKED}/{made['id']}/cancel")).status_code == 204
    assert (await call(company, "pia", "GET", schedule)).status_code == 404
    assert await status_of(company, made["id"]) == "Canceled"


@ROWS["CAN-003"].mark
async def test_what_waits_for_somebody_is_withdrawn(company: Company) -> None:
    waiting = await wait(company)
    assert (await call(company, "eve", "POST", f"{ASKED}/{waiting}/cancel")).status_code == 204
    asked = f"{ASKED}/filterByCurrentUser(on='approver')"
    assert await list_rows(company, "uma", asked) == []


@ROWS["CAN-005"].mark
async def test_what_is_done_is_not_withdrawn(company: Company) -> None:
    made = await make_eligible(company, "eve", "Club")
    refused = await call(company, "pia", "POST", f"{ELIGIBLE}/{made['id']}/cancel")
    assert code_of(refused) == (400, "RequestCannotBeCancelled")


@pytest.mark.inferred("promise 11 of the design: ends are not suspended, otherwise than DEA-010")
async def test_the_last_owner_goes_when_the_time_is_over(company: Company) -> None:
    await make_eligible(company, "eve", "Club", "owner")
    await join(company, "eve", "Club", "owner")
    company.move_to(company.now() + 6 * MINUTE)
    leave = body(company, "selfDeactivate", "eve", "Club", "owner")
    refused = await call(company, "eve", "POST", ASKED, leave)
    assert code_of(refused) == (400, "CannotDeleteLastAdminAssignment")
    company.move_to(company.now() + timedelta(hours=1))
    owners = f"/v1.0/groups/{company.find('Club')}/owners"
    assert await list_rows(company, "gail", owners) == []


@pytest.mark.observed("OPIM-name 7.2 (REM-009, DEA-009)")
async def test_the_last_owner_is_not_taken_away(company: Company) -> None:
    sent = body(company, "adminAssign", "eve", "Club", "owner", scheduleInfo=HOUR)
    await ask(company, "pia", ASKED, sent)
    company.move_to(company.now() + 6 * MINUTE)
    gone = body(company, "adminRemove", "eve", "Club", "owner")
    refused = await call(company, "pia", "POST", ASKED, gone)
    assert code_of(refused) == (400, "CannotDeleteLastAdminAssignment")
    said = "Cannot delete the last admin assignment."
    assert refused.json()["error"]["message"] == said
    other = body(company, "adminAssign", "finn", "Club", "owner", scheduleInfo=HOUR)
    await ask(company, "pia", ASKED, other)
    assert (await ask(company, "pia", ASKED, gone))["status"] == "Revoked"


@pytest.mark.documented("ENTRA/pim-how-to-renew-extend (EXP-002)")
async def test_what_has_expired_can_be_renewed_for_a_month(company: Company) -> None:
    made = await make_eligible(company, "eve", "Club")
    company.move_to(company.now() + timedelta(days=31))
    group = company.find("Club")
    current = f"{ELIGIBLE_SCHEDULES}?$filter=groupId eq '{group}'"
    assert await list_rows(company, "gail", current) == []
    (over,) = await list_rows(company, "gail", f"{current} and status eq 'Revoked'")
    assert over["id"] == made["targetScheduleId"]
    sent = body(company, "adminRenew", "eve", "Club", scheduleInfo=HOUR)
    assert (await ask(company, "pia", ELIGIBLE, sent))["status"] == "Provisioned"


@pytest.mark.documented("Graph, overview of PIM for groups, against the inferred row EXT-015")
async def test_who_asks_to_stay_longer_waits_for_an_administrator(company: Company) -> None:
    await make_eligible(company, "eve", "Club", scheduleInfo=HOUR)
    longer = {"expiration": {"type": "afterDuration", "duration": "P30D"}}
    sent = body(company, "selfExtend", "eve", "Club", scheduleInfo=longer)
    asked = await ask(company, "eve", ELIGIBLE, sent)
    assert asked["status"] == "PendingAdminDecision"
    given = await ask(company, "pia", ELIGIBLE, sent | {"action": "adminExtend"})
    assert given["status"] == "Provisioned"
    assert await status_of(company, asked["id"], ELIGIBLE) == "Provisioned"


@pytest.mark.documented("GDOC21 (CAN-004)")
async def test_who_asked_to_stay_longer_takes_it_back(company: Company) -> None:
    await make_eligible(company, "eve", "Club", scheduleInfo=HOUR)
    sent = body(company, "selfExtend", "eve", "Club", scheduleInfo=HOUR)
    asked = await ask(company, "eve", ELIGIBLE, sent)
    taken = await call(company, "eve", "POST", f"{ELIGIBLE}/{asked['id']}/cancel")
    assert taken.status_code == 204
    assert await status_of(company, asked["id"], ELIGIBLE) == "Canceled"


@pytest.mark.documented("GDOC privilegedaccessgroup-post-eligibilityschedulerequests (EXT-017)")
async def test_an_extension_begins_now_whenever_it_was_to_begin(company: Company) -> None:
    await make_eligible(company, "eve", "Club")
    company.move_to(company.now() + timedelta(days=1))
    schedule = {
        "startDateTime": "2029-03-04T08:00:00Z",
        "expiration": {"type": "AfterDateTime", "endDateTime": "2030-06-01T00:00:00Z"},
    }
    sent = body(company, "AdminExtend", "eve", "Club", scheduleInfo=schedule)
    made = await ask(company, "pia", ELIGIBLE, sent)
    assert (made["action"], made["status"]) == ("adminExtend", "Provisioned")
    assert made["targetScheduleId"] == f"{company.find('Club')}_member_{made['id']}"
    assert made["scheduleInfo"]["startDateTime"] == made["completedDateTime"]
    assert made["completedDateTime"] == "2030-03-05T08:00:00Z"
    assert made["scheduleInfo"]["expiration"]["endDateTime"] == "2030-06-01T00:00:00Z"


@ROWS["REM-007"].mark
async def test_a_membership_goes_with_the_eligibility(company: Company) -> None:
    await make_eligible(company, "eve", "Club")
    await join(company, "eve", "Club")
    company.move_to(company.now() + 6 * MINUTE)
    gone = body(company, "adminRemove", "eve", "Club")
    assert (await ask(company, "pia", ELIGIBLE, gone))["status"] == "Revoked"
    assert await list_rows(company, "eve", f"{INSTANCES}/{OWN}") == []
