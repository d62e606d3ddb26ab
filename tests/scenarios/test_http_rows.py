"""Rows of the decision table that speak of what travels: shapes, ids, lists, challenges."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.domain.decision_rows import ROWS
from tests.domain.test_decision_rows import AT_THE_DOOR
from tests.scenarios.calls import (
    DIRECTORY,
    ELIGIBLE,
    ELIGIBLE_INSTANCES,
    HOUR,
    INSTANCES,
    MINUTE,
    OWN,
    REQUESTS,
    activate,
    body,
    code_of,
    held_id,
    make_eligible,
    post,
    read_claims,
    rows_of,
)
from tests.scenarios.company import BEGAN, Company, found_company
from timebound.application.changes import ChangeSet, PutObject, principal_key
from timebound.application.ports import Store
from timebound.domain.approvals import ReviewResult


@ROWS["INS-001"].mark
async def test_ins_001_an_instance_has_the_id_of_its_role_assignment(company: Company) -> None:
    sent = body(company, "adminAssign", "eve", "Reports Reader")
    await post(company, "pia", REQUESTS, sent)

    query = f"?$filter=principalId eq '{company.find('eve')}'"
    (instance,) = await rows_of(company, "rex", INSTANCES + query)
    (held,) = await rows_of(company, "rex", f"{DIRECTORY}/roleAssignments{query}")
    expected = held_id(company.find("Reports Reader"), company.find("eve"), ending="-1")
    assert instance["id"] == instance["roleAssignmentOriginId"] == held["id"] == expected


@ROWS["INS-001"].mark
async def test_ins_001_an_eligible_instance_has_the_same_id_with_an_ending(
    company: Company,
) -> None:
    made = await make_eligible(company, "eve", "Reports Reader")

    (instance,) = await rows_of(company, "eve", f"{ELIGIBLE_INSTANCES}/{OWN}")
    expected = held_id(company.find("Reports Reader"), company.find("eve"), ending="-1-e")
    assert (instance["id"], instance["roleEligibilityScheduleId"]) == (expected, made["id"])


@ROWS["INS-003"].mark
async def test_ins_003_a_running_activation_names_its_request_and_its_eligibility(
    company: Company,
) -> None:
    eligible = await make_eligible(company, "eve", "Reports Reader")
    made = await activate(company, "eve", "Reports Reader")

    (instance,) = await rows_of(company, "eve", f"{INSTANCES}/{OWN}?$expand=activatedUsing")
    assert (instance["assignmentType"], instance["memberType"]) == ("Activated", "Direct")
    assert instance["roleAssignmentScheduleId"] == made["id"]
    assert instance["startDateTime"] == "2030-03-04T08:00:00Z"
    assert instance["endDateTime"] == "2030-03-04T09:00:00Z"
    assert instance["activatedUsing"]["roleEligibilityScheduleId"] == eligible["id"]


@ROWS["INS-005"].mark
async def test_ins_005_what_was_assigned_outside_is_listed_without_an_end(
    company: Company,
) -> None:
    query = f"?$filter=principalId eq '{company.find('gail')}'"
    (instance,) = await rows_of(company, "rex", INSTANCES + query)
    assert (instance["assignmentType"], instance["endDateTime"]) == ("Assigned", None)
    (schedule,) = await rows_of(company, "rex", f"{DIRECTORY}/roleAssignmentSchedules{query}")
    assert schedule["scheduleInfo"]["expiration"]["type"] == "noExpiration"


@ROWS["INS-007"].mark
async def test_ins_007_through_a_group_the_id_names_the_group_and_the_row_the_person(
    company: Company,
) -> None:
    (instance,) = await rows_of(company, "tess", f"{ELIGIBLE_INSTANCES}/{OWN}")
    expected = held_id(company.find("Teams Administrator"), company.find("Crew"), ending="-1-e")
    assert (instance["id"], instance["memberType"]) == (expected, "Group")
    assert instance["principalId"] == company.find("tess")


@ROWS["INS-014"].mark
async def test_ins_014_polling_finds_nothing_until_the_role_is_held(company: Company) -> None:
    await make_eligible(company, "eve", "Security Administrator")
    made = await activate(company, "eve", "Security Administrator")

    poll = (
        f"{INSTANCES}/{OWN}?$select=startDateTime"
        f"&$filter=roleAssignmentScheduleId eq '{made['id']}'"
    )
    assert await rows_of(company, "eve", poll) == []
    await company.settle(await company.sign_in("uma"), made["id"], ReviewResult.APPROVE)
    (found,) = await rows_of(company, "eve", poll)
    assert found["startDateTime"] == "2030-03-04T08:00:00Z"


@ROWS["INS-022"].mark
@ROWS["ASG-028"].mark
async def test_ins_022_the_id_over_an_administrative_unit_names_the_unit(
    company: Company,
) -> None:
    unit = company.ids.units["North"]
    place = {"directoryScopeId": f"/administrativeUnits/{unit}"}
    await make_eligible(company, "eve", "Helpdesk Administrator", **place)
    await activate(company, "eve", "Helpdesk Administrator", **place)

    named = (company.find("Helpdesk Administrator"), company.find("eve"), unit)
    (eligible,) = await rows_of(company, "eve", f"{ELIGIBLE_INSTANCES}/{OWN}")
    (active,) = await rows_of(company, "eve", f"{INSTANCES}/{OWN}?$expand=directoryScope")
    assert eligible["id"] == held_id(*named, ending="-2-e")
    assert active["id"] == held_id(*named, ending="-2")
    assert active["directoryScope"]["displayName"] == "North"


@ROWS["INS-023"].mark
async def test_ins_023_the_id_over_one_object_names_the_object(company: Company) -> None:
    payroll = company.find("Payroll")
    sent = body(company, "adminAssign", "eve", "Application Administrator")
    await post(company, "pia", REQUESTS, sent | {"directoryScopeId": f"/{payroll}"})

    query = f"?$filter=principalId eq '{company.find('eve')}'"
    (held,) = await rows_of(company, "rex", f"{DIRECTORY}/roleAssignments{query}")
    named = (company.find("Application Administrator"), company.find("eve"), payroll)
    assert held["id"] == held_id(*named, ending="-1")


@ROWS["APR-015"].mark
async def test_apr_015_approvals_are_no_segment_of_v1(company: Company) -> None:
    await make_eligible(company, "eve", "Security Administrator")
    made = await activate(company, "eve", "Security Administrator")
    path = f"{DIRECTORY}/roleAssignmentApprovals/{made['id']}"
    response = await company.call("uma", "GET", path)
    assert code_of(response) == (400, "BadRequest")
    said = "Resource not found for the segment 'roleAssignmentApprovals'."
    assert response.json()["error"]["message"] == said


@ROWS["REM-001"].mark
async def test_rem_001_a_removal_names_no_schedule(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    company.move_to(BEGAN + 5 * MINUTE)
    sent = body(company, "adminRemove", "eve", "Reports Reader")
    made = await post(company, "pia", ELIGIBLE, sent)

    assert made["status"] == "Revoked"
    nothing = (made["targetScheduleId"], made["completedDateTime"], made["scheduleInfo"])
    assert nothing == (None, None, None)
    assert await rows_of(company, "eve", f"{ELIGIBLE_INSTANCES}/{OWN}") == []


@ROWS["REM-005"].mark
async def test_rem_005_a_schedule_sent_with_a_removal_is_echoed(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    company.move_to(BEGAN + 5 * MINUTE)
    schedule = {
        "startDateTime": "2030-01-01T00:00:00Z",
        "expiration": {"type": "afterDateTime", "endDateTime": "2031-01-01T00:00:00Z"},
    }
    sent = body(company, "adminRemove", "eve", "Reports Reader", scheduleInfo=schedule)
    made = await post(company, "pia", ELIGIBLE, sent)

    assert made["scheduleInfo"]["startDateTime"] == "2030-01-01T00:00:00Z"
    assert made["scheduleInfo"]["expiration"]["endDateTime"] == "2031-01-01T00:00:00Z"
    assert made["targetScheduleId"] is None


@ROWS["REM-012"].mark
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_rem_012_words_are_taken_in_pascal_case(company: Company, version: str) -> None:
    path = ELIGIBLE.replace("v1.0", version)
    ends = {"expiration": {"type": "AfterDuration", "duration": "P30D"}}
    sent = body(company, "AdminAssign", "eve", "Reports Reader", scheduleInfo=ends)
    await post(company, "pia", path, sent)
    company.move_to(BEGAN + 5 * MINUTE)

    sent = body(company, "AdminRemove", "eve", "Reports Reader")
    assert (await post(company, "pia", path, sent))["status"] == "Revoked"


@ROWS["DEA-011"].mark
async def test_dea_011_the_schedule_may_be_named_when_giving_back(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    made = await activate(company, "eve", "Reports Reader")
    company.move_to(BEGAN + 5 * MINUTE)

    sent = body(company, "selfDeactivate", "eve", "Reports Reader", targetScheduleId=made["id"])
    ended = await post(company, "eve", REQUESTS, sent)
    assert (ended["status"], ended["scheduleInfo"]) == ("Revoked", None)


@ROWS["ACT-029"].mark
@pytest.mark.parametrize("word", ["PendingApproval", "PendingApprovalProvisioning"])
async def test_act_029_what_waits_carries_the_approval_of_its_own_id(
    store: Store, label: str, word: str
) -> None:
    company = await found_company(store, label, {"settings": {"pending_status": word}})
    async with company.client:
        await make_eligible(company, "eve", "Security Administrator")
        made = await activate(company, "eve", "Security Administrator")
        assert made["status"] == word
        assert made["approvalId"] == made["targetScheduleId"] == made["id"]
        waiting = f"{REQUESTS}/{OWN}?$filter=status eq 'PendingApproval'"
        (found,) = await rows_of(company, "eve", waiting)
        assert found["id"] == made["id"]


@ROWS["ACT-030"].mark
async def test_act_030_approvers_find_their_work(company: Company) -> None:
    await make_eligible(company, "eve", "Security Administrator")
    made = await activate(company, "eve", "Security Administrator")

    work = f"{REQUESTS}/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'"
    (found,) = await rows_of(company, "uma", work)
    assert (found["id"], found["status"]) == (made["id"], "PendingApproval")
    assert found["scheduleInfo"]["startDateTime"] is None
    assert await rows_of(company, "eve", work) == []


@ROWS["ACT-014"].mark
async def test_act_014_the_challenge_travels_in_the_message(company: Company) -> None:
    await make_eligible(company, "eve", "License Administrator")
    sent = body(company, "selfActivate", "eve", "License Administrator", scheduleInfo=HOUR)
    response = await company.call("eve", "POST", REQUESTS, json=sent)

    assert code_of(response) == (400, "RoleAssignmentRequestAcrsValidationFailed")
    assert response.json()["error"]["message"] == (
        "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value"
        "%22%3A%22c1%22%7D%7D%7D"
    )
    assert "www-authenticate" not in response.headers


@ROWS["ACT-015"].mark
@ROWS["ACT-016"].mark
async def test_act_015_the_context_counts_from_a_client_that_can_answer_challenges(
    company: Company,
) -> None:
    await make_eligible(company, "eve", "License Administrator")
    sent = body(company, "selfActivate", "eve", "License Administrator", scheduleInfo=HOUR)
    told = read_claims(await company.sign_in("eve", factors=("c1",)))
    codes = []
    for claims in ({**told, "xms_cc": []}, {**told, "acrs": ["c2"]}, told):
        token = company.parts.keys.sign(claims)
        headers = {"authorization": f"Bearer {token}"}
        response = await company.client.post(REQUESTS, headers=headers, json=sent)
        codes.append(response.json().get("error", response.json()).get("code", "Provisioned"))
    challenged = "RoleAssignmentRequestAcrsValidationFailed"
    assert codes == [challenged, challenged, "Provisioned"]


@ROWS["ACT-009"].mark
@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("brackets", '["JustificationRule"]'),
        ("sentences", "JustificationRule - Justification is required"),
    ],
)
async def test_act_009_failed_rules_are_told_in_the_style_of_the_tenant(
    store: Store, label: str, style: str, said: str
) -> None:
    company = await found_company(store, label, {"settings": {"rule_message_style": style}})
    async with company.client:
        await make_eligible(company, "eve", "Reports Reader")
        sent = body(company, "selfActivate", "eve", "Reports Reader", scheduleInfo=HOUR)
        sent = sent | {"justification": None}
        response = await company.call("eve", "POST", REQUESTS, json=sent)
    assert code_of(response) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert response.json()["error"]["message"] == f"The following policy rules failed: {said}"


@ROWS["ACT-052"].mark
async def test_act_052_somebody_disabled_is_not_let_in(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    await company.sign_in("eve")
    await disable(company, "eve")

    sent = body(company, "selfActivate", "eve", "Reports Reader", scheduleInfo=HOUR)
    response = await company.call("eve", "POST", REQUESTS, json=sent)
    assert code_of(response) == (401, "InvalidAuthenticationToken")
    for path in ("/v1.0/me", f"{INSTANCES}/{OWN}"):
        assert (await company.call("eve", "GET", path)).status_code == 401


async def disable(company: Company, who: str) -> None:
    """Disables an account behind the service's back."""
    id_ = company.find(who)
    found = await company.store.find_objects(company.ids.tenant_id, [id_])
    change = ChangeSet(
        tenant_id=company.ids.tenant_id,
        recorded_at=company.now(),
        expects={},
        bumps=frozenset({principal_key(id_)}),
        writes=(PutObject(replace(found[id_], is_enabled=False)),),
    )
    assert await company.store.apply(change)


@ROWS["CAN-009"].mark
async def test_can_009_strangers_cancel_nothing(company: Company) -> None:
    await make_eligible(company, "eve", "Security Administrator")
    made = await activate(company, "eve", "Security Administrator")
    for stranger in ("finn", "rex", "uma"):
        response = await company.call(stranger, "POST", f"{REQUESTS}/{made['id']}/cancel")
        assert code_of(response) == (403, "Authorization_RequestDenied")


@ROWS["CAN-010"].mark
async def test_can_010_a_cancelled_request_can_be_read(company: Company) -> None:
    await make_eligible(company, "eve", "Security Administrator")
    made = await activate(company, "eve", "Security Administrator")
    response = await company.call("eve", "POST", f"{REQUESTS}/{made['id'].upper()}/cancel")
    assert (response.status_code, response.content) == (204, b"")

    company.move_to(BEGAN + timedelta(days=29))
    response = await company.call("eve", "GET", f"{REQUESTS}/{made['id']}")
    assert (response.status_code, response.json()["status"]) == (200, "Canceled")


def rows_marked(texts: list[str]) -> set[str]:
    """The rows whose mark stands on a test."""
    return {id_ for text in texts for id_ in re.findall(r'ROWS\["(\w{3}-\d{3})"\]\.mark', text)}


def test_every_row_that_is_left_to_http_is_tested_here() -> None:
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    texts = [path.read_text("utf-8") for path in files]
    assert set(AT_THE_DOOR) - rows_marked(texts) == set()
    spoilt = [text.replace("APR-015", "APR-016") for text in texts]
    assert set(AT_THE_DOOR) - rows_marked(spoilt) == {"APR-015"}
