"""Who is in a group for a time, as it travels, and what comes of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.calls import MINUTE, UNKNOWN, code_of
from tests.scenarios.company import Company, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    ELIGIBLE,
    ELIGIBLE_INSTANCES,
    ELIGIBLE_SCHEDULES,
    FOR_EVER,
    GROUP,
    HOUR,
    INSTANCES,
    SCHEDULES,
    ask,
    body,
    call,
    join,
    list_rows,
    make_eligible,
)
from timebound.application.ports import Store

OWN = "filterByCurrentUser(on='principal')"
ROLES = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
LISTS = (SCHEDULES, INSTANCES, ELIGIBLE_SCHEDULES, ELIGIBLE_INSTANCES, ASKED, ELIGIBLE)


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    return await found_company(store, label, APPLICATIONS)


async def name_members(company: Company, who: str, group: str, way: str = "members") -> set[str]:
    """The ids of who is in a group."""
    rows = await list_rows(company, who, f"/v1.0/groups/{company.find(group)}/{way}")
    return {row["id"] for row in rows}


@pytest.mark.documented("GDOC; TF-AD parse package (ASG-050)")
@pytest.mark.witness("POST identityGovernance/privilegedAccess/group/eligibilityScheduleRequests")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/eligibilityScheduleRequests/{id}"
)
async def test_the_id_of_a_schedule_tells_group_access_and_request(company: Company) -> None:
    made = await make_eligible(company, "eve", "Watch")

    watch = company.find("Watch")
    assert made["status"] == "Provisioned"
    assert made["targetScheduleId"] == f"{watch}_member_{made['id']}"
    assert (made["groupId"], made["accessId"]) == (watch, "member")
    assert made["completedDateTime"] == "2030-03-04T08:00:00Z"
    again = (await call(company, "pia", "GET", f"{ELIGIBLE}/{made['id']}")).json()
    assert again == made | {"@odata.context": again["@odata.context"]}


@pytest.mark.documented("GDOC privilegedaccessgroup-post-assignmentschedulerequests, example 2")
@pytest.mark.witness("POST identityGovernance/privilegedAccess/group/assignmentScheduleRequests")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentScheduleRequests/{id}"
)
async def test_who_is_eligible_comes_in_with_what_the_group_holds(company: Company) -> None:
    await make_eligible(company, "eve", "Watch")
    eve = company.find("eve")
    assert eve not in await name_members(company, "pia", "Watch")

    made = await join(company, "eve", "Watch")

    assert (made["status"], made["action"]) == ("Provisioned", "selfActivate")
    assert eve in await name_members(company, "pia", "Watch")
    mine = [row["id"] for row in await list_rows(company, "eve", "/v1.0/me/memberOf")]
    assert company.find("Watch") in mine
    checked = await call(
        company,
        "eve",
        "POST",
        "/v1.0/me/checkMemberGroups",
        {"groupIds": [company.find("Watch"), company.find("Jury")]},
    )
    assert checked.json()["value"] == [company.find("Watch")]
    (role,) = await list_rows(company, "eve", f"{ROLES}/{OWN}")
    assert role["roleDefinitionId"] == company.find("Usage Summary Reports Reader")
    assert role["memberType"] == "Group"
    again = (await call(company, "eve", "GET", f"{ASKED}/{made['id']}")).json()
    assert again == made | {"@odata.context": again["@odata.context"]}


@pytest.mark.documented("E concept-pim-for-groups (EXP-016)")
async def test_all_of_it_ends_at_the_same_instant(company: Company) -> None:
    await make_eligible(company, "eve", "Watch")
    await join(company, "eve", "Watch")

    company.move_to(company.now() + timedelta(hours=1) - timedelta(seconds=1))
    assert company.find("eve") in await name_members(company, "pia", "Watch")
    assert len(await list_rows(company, "eve", f"{ROLES}/{OWN}")) == 1
    company.move_to(company.now() + timedelta(seconds=1))

    assert company.find("eve") not in await name_members(company, "pia", "Watch")
    assert await list_rows(company, "eve", f"{ROLES}/{OWN}") == []
    assert await list_rows(company, "eve", f"{INSTANCES}/{OWN}") == []


@pytest.mark.documented("GDOC: the lists of schedules and instances")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/assignmentSchedules")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/assignmentSchedules/{id}")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/assignmentScheduleInstances")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentScheduleInstances/{id}"
)
async def test_what_is_held_is_told_by_group_and_by_principal(company: Company) -> None:
    await make_eligible(company, "eve", "Watch")
    made = await join(company, "eve", "Watch")
    watch, eve, id_ = company.find("Watch"), company.find("eve"), made["targetScheduleId"]

    for path in (SCHEDULES, INSTANCES):
        of_group = await list_rows(company, "pia", f"{path}?$filter=groupId eq '{watch}'")
        of_eve = await list_rows(company, "pia", f"{path}?$filter=principalId eq '{eve}'")
        one = (await call(company, "pia", "GET", f"{path}/{id_}")).json()
        assert of_group == of_eve == [{k: v for k, v in one.items() if k != "@odata.context"}]
        assert (one["id"], one["groupId"], one["principalId"]) == (id_, watch, eve)
        assert (one["accessId"], one["memberType"]) == ("member", "direct")
        assert one["assignmentType"] == "activated"
    schedule = (await call(company, "pia", "GET", f"{SCHEDULES}/{id_}")).json()
    assert (schedule["createdUsing"], schedule["status"]) == (made["id"], "Provisioned")
    assert schedule["scheduleInfo"]["expiration"]["endDateTime"] == "2030-03-04T09:00:00Z"
    instance = (await call(company, "pia", "GET", f"{INSTANCES}/{id_.upper()}")).json()
    assert instance["assignmentScheduleId"] == id_
    assert (instance["startDateTime"], instance["endDateTime"]) == (
        "2030-03-04T08:00:00Z",
        "2030-03-04T09:00:00Z",
    )


@pytest.mark.documented("GDOC: the lists of schedules and instances")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/eligibilitySchedules")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/eligibilitySchedules/{id}")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/eligibilityScheduleInstances")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/eligibilityScheduleInstances/{id}"
)
async def test_what_is_within_reach_is_told_by_group_and_by_access(company: Company) -> None:
    member = await make_eligible(company, "eve", "Watch")
    owner = await make_eligible(company, "finn", "Watch", "owner")
    watch = company.find("Watch")

    for path, name in (
        (ELIGIBLE_SCHEDULES, "id"),
        (ELIGIBLE_INSTANCES, "eligibilityScheduleId"),
    ):
        both = await list_rows(company, "pia", f"{path}?$filter=groupId eq '{watch}'")
        assert {row[name] for row in both} == {
            member["targetScheduleId"],
            owner["targetScheduleId"],
        }
        asked = f"{path}?$filter=groupId eq '{watch}' and accessId eq 'Owner'"
        (row,) = await list_rows(company, "pia", asked)
        assert (row["accessId"], row["principalId"]) == ("owner", company.find("finn"))
        one = await call(company, "pia", "GET", f"{path}/{member['targetScheduleId']}")
        assert one.json()["accessId"] == "member"
        assert (
            await call(company, "pia", "GET", f"{path}/{watch}_member_{UNKNOWN}")
        ).status_code == 404


@pytest.mark.documented("GDOC: list assignmentScheduleInstances, its second entry")
async def test_a_membership_of_before_pim_is_told_without_a_request(company: Company) -> None:
    jury = company.find("Jury")

    (schedule,) = await list_rows(company, "pia", f"{SCHEDULES}?$filter=groupId eq '{jury}'")
    (instance,) = await list_rows(company, "pia", f"{INSTANCES}?$filter=groupId eq '{jury}'")

    assert schedule["principalId"] == instance["principalId"] == company.find("uma")
    assert schedule["createdUsing"] is None
    assert schedule["createdDateTime"] == "2030-03-04T08:00:00Z"
    assert (instance["startDateTime"], instance["endDateTime"]) == (None, None)
    assert instance["assignmentType"] == "assigned"
    assert instance["id"] == schedule["id"] == instance["assignmentScheduleId"]
    assert schedule["id"].startswith(f"{jury}_member_")


@pytest.mark.observed("EasyPIM#77 (INS-016)")
@pytest.mark.parametrize("path", LISTS)
async def test_a_list_names_a_group_or_a_principal(company: Company, path: str) -> None:
    watch = company.find("Watch")
    asked = (
        "",
        "?$filter=accessId eq 'member'",
        f"?$filter=groupId ne '{watch}'",
        f"?$filter=groupId eq '{watch}' or accessId eq 'member'",
    )
    for query in asked:
        refused = await call(company, "gail", "GET", path + query)
        assert code_of(refused) == (400, "BadRequest")
        assert "groupId" in refused.json()["error"]["message"]
    both = f"?$filter=groupId eq '{watch}' or groupId eq '{company.find('Crew')}'"
    assert (await call(company, "gail", "GET", path + both)).status_code == 200


@pytest.mark.observed("TF-AD, the newest request of a schedule (INS-015)")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/assignmentScheduleRequests")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/eligibilityScheduleRequests")
async def test_the_newest_request_of_a_schedule_is_found(company: Company) -> None:
    made = await make_eligible(company, "eve", "Watch")
    await join(company, "eve", "Watch")
    asked = f"groupId eq '{made['groupId']}' and targetScheduleId eq '{made['targetScheduleId']}'"
    query = f"?$filter={asked}&$orderby=createdDateTime desc&$expand=targetSchedule,group,principal"

    (row,) = await list_rows(company, "pia", ELIGIBLE + query)

    assert row["id"] == made["id"]
    assert row["targetSchedule"]["id"] == made["targetScheduleId"]
    assert row["group"]["displayName"] == "Watch"
    assert row["principal"]["displayName"] == "Eve"
    (activated,) = await list_rows(
        company,
        "pia",
        f"{ASKED}?$filter=groupId eq '{made['groupId']}'&$expand=activatedUsing",
    )
    assert activated["activatedUsing"]["id"] == made["targetScheduleId"]


@pytest.mark.documented("GDOC: filterByCurrentUser of each type")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentScheduleRequests/filterByCurrentUser"
)
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/eligibilityScheduleRequests/filterByCurrentUser"
)
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentSchedules/filterByCurrentUser"
)
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/eligibilitySchedules/filterByCurrentUser"
)
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentScheduleInstances/filterByCurrentUser"
)
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/eligibilityScheduleInstances/filterByCurrentUser"
)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_everybody_lists_what_is_theirs(company: Company, version: str) -> None:
    await make_eligible(company, "eve", "Watch")
    await make_eligible(company, "finn", "Watch")
    await join(company, "eve", "Watch")

    for path in LISTS:
        own = f"{path.replace('v1.0', version)}/{OWN}"
        (row,) = await list_rows(company, "eve", own)
        assert row["principalId"] == company.find("eve")
        assert row["@odata.type"].startswith("#microsoft.graph.privilegedAccessGroup")
    made = await list_rows(company, "pia", f"{ELIGIBLE}/filterByCurrentUser(on='createdBy')")
    assert {row["principalId"] for row in made} == {company.find("eve"), company.find("finn")}
    refused = await call(company, "eve", "GET", f"{SCHEDULES}/filterByCurrentUser(on='approver')")
    assert code_of(refused) == (400, "BadRequest")


@pytest.mark.documented("GDOC privilegedaccessgroupassignmentschedulerequest-cancel")
@pytest.mark.witness(
    "POST identityGovernance/privilegedAccess/group/assignmentScheduleRequests/{id}/cancel"
)
@pytest.mark.witness(
    "POST identityGovernance/privilegedAccess/group/eligibilityScheduleRequests/{id}/cancel"
)
async def test_what_is_still_ahead_is_cancelled(company: Company) -> None:
    later = HOUR | {"startDateTime": "2030-03-04T12:00:00Z"}
    eligible = await make_eligible(company, "finn", "Watch", scheduleInfo=later)
    await make_eligible(company, "eve", "Watch")
    joined = await join(company, "eve", "Watch", scheduleInfo=later)
    assert (eligible["status"], joined["status"]) == ("Granted", "Granted")

    wrong = await call(company, "pia", "POST", f"{ASKED}/{eligible['id']}/cancel")
    assert wrong.status_code == 404
    first = await call(company, "pia", "POST", f"{ELIGIBLE}/{eligible['id']}/cancel")
    second = await call(company, "eve", "POST", f"{ASKED}/{joined['id']}/cancel")

    assert (first.status_code, second.status_code) == (204, 204)
    found = (await call(company, "eve", "GET", f"{ASKED}/{joined['id']}")).json()
    assert found["status"] == "Canceled"
    company.move_to(company.now() + timedelta(hours=4, minutes=1))
    assert company.find("eve") not in await name_members(company, "pia", "Watch")


@pytest.mark.inferred("the same requests as for roles (REM rows)")
async def test_who_leaves_is_out_and_can_come_back(company: Company) -> None:
    await make_eligible(company, "eve", "Watch")
    joined = await join(company, "eve", "Watch")
    company.move_to(company.now() + 6 * MINUTE)

    left = await ask(company, "eve", ASKED, body(company, "selfDeactivate", "eve", "Watch"))

    assert (left["status"], left["targetScheduleId"]) == ("Revoked", None)
    assert company.find("eve") not in await name_members(company, "pia", "Watch")
    gone = await call(company, "pia", "GET", f"{SCHEDULES}/{joined['targetScheduleId']}")
    assert gone.status_code == 404
    await join(company, "eve", "Watch")
    company.move_to(company.now() + 6 * MINUTE)
    removed = await ask(company, "pia", ELIGIBLE, body(company, "adminRemove", "eve", "Watch"))
    assert removed["status"] == "Revoked"
    assert company.find("eve") not in await name_members(company, "pia", "Watch")


@pytest.mark.documented("promise 6 of the design: what is held through a membership ends with it")
async def test_a_role_activated_behind_a_membership_ends_with_it(company: Company) -> None:
    await make_eligible(company, "eve", "Crew")
    await join(company, "eve", "Crew")
    role = {
        "action": "selfActivate",
        "principalId": company.find("eve"),
        "roleDefinitionId": company.find("Teams Administrator"),
        "directoryScopeId": "/",
        "justification": "As agreed",
        "scheduleInfo": HOUR,
    }
    made = await call(
        company,
        "eve",
        "POST",
        "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests",
        role,
    )
    assert made.status_code == 201, made.text
    assert len(await list_rows(company, "eve", f"{ROLES}/{OWN}")) == 1
    company.move_to(company.now() + 6 * MINUTE)

    await ask(company, "eve", ASKED, body(company, "selfDeactivate", "eve", "Crew"))

    assert await list_rows(company, "eve", f"{ROLES}/{OWN}") == []


@pytest.mark.documented("E concept-pim-for-groups: the member policy of a group is its own")
async def test_a_membership_for_ever_needs_a_policy_that_allows_it(company: Company) -> None:
    sent = body(company, "adminAssign", "eve", "Club", scheduleInfo=FOR_EVER)
    refused = await call(company, "pia", "POST", ELIGIBLE, sent)

    assert code_of(refused) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert "ExpirationRule" in refused.json()["error"]["message"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no access": ({"accessId": None}, "accessId"),
    "another access": ({"accessId": "guest"}, "accessId"),
    "no group": ({"groupId": None}, "groupId"),
    "no guid": ({"groupId": "watch"}, "groupId"),
    "no principal": ({"principalId": ""}, "principalId"),
    "a list": ({"groupId": ["a"]}, "groupId"),
    "another action": ({"action": "adminGrant"}, "action"),
}


@pytest.mark.inferred("bad input is told with the name of its property")
@pytest.mark.parametrize("name", WRONG)
async def test_what_makes_no_sense_is_named(company: Company, name: str) -> None:
    changed, told = WRONG[name]
    sent = body(company, "adminAssign", "eve", "Watch", scheduleInfo=HOUR) | changed

    refused = await call(company, "pia", "POST", ELIGIBLE, sent)

    assert refused.status_code == 400
    assert told in refused.json()["error"]["message"]


@pytest.mark.inferred("an object that is not there is a 404")
async def test_a_group_that_is_not_there_is_not_found(company: Company) -> None:
    sent = body(company, "adminAssign", "eve", "Watch", scheduleInfo=HOUR) | {"groupId": UNKNOWN}

    refused = await call(company, "pia", "POST", ELIGIBLE, sent)

    assert refused.status_code == 404
    assert UNKNOWN in refused.json()["error"]["message"]
    watch = company.find("Watch")
    sent = body(company, "adminAssign", "eve", "Watch", scheduleInfo=HOUR) | {
        "groupId": watch.upper()
    }
    assert (await call(company, "pia", "POST", ELIGIBLE, sent)).status_code == 201
    assert (await call(company, "pia", "GET", f"{GROUP}/members")).status_code == 404
