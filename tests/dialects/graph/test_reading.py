from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    GRACE,
    GUARDED,
    HANA,
    HENRIK,
    INGRID,
    NORA,
    OMAR,
    ORIGIN,
    READER,
    ROBOT,
    SAMUEL,
    TEAMS,
    TICKETED,
    TIER2,
    Office,
    asked,
)
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

DIRECTORY = "/v1.0/roleManagement/directory"
ELIGIBILITIES = f"{DIRECTORY}/roleEligibilityScheduleRequests"
ASSIGNMENTS = f"{DIRECTORY}/roleAssignmentScheduleRequests"
FOR_GOOD = {"expiration": {"type": "noExpiration"}}
MINE = "filterByCurrentUser(on='principal')"


async def request(office: Office, who: str, path: str, body: object) -> dict[str, Any]:
    response = await office.post(who, path, body)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def activate(office: Office, who: str = HANA, role_id: str = READER) -> dict[str, Any]:
    eligible = asked("adminAssign", who, role_id, scheduleInfo=FOR_GOOD)
    await request(office, GRACE, ELIGIBILITIES, eligible)
    ticket = {"ticketNumber": "T-7", "ticketSystem": "Desk"}
    body = asked("selfActivate", who, role_id, ticketInfo=ticket)
    return await request(office, who, ASSIGNMENTS, body)


async def read(office: Office, who: str, path: str) -> list[dict[str, Any]]:
    response = await office.get(who, path)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["value"]
    return found


@pytest.mark.documented("list roleAssignments, roleAssignmentScheduleInstances: one to one")
async def test_assignments_past_pim_are_listed_with_their_computed_ids(office: Office) -> None:
    filtered = f"?$filter=roleDefinitionId eq '{GLOBAL_ADMINISTRATOR}'"

    held = await read(office, GRACE, f"{DIRECTORY}/roleAssignments{filtered}")
    instances = await read(office, GRACE, f"{DIRECTORY}/roleAssignmentScheduleInstances{filtered}")
    schedules = await read(office, GRACE, f"{DIRECTORY}/roleAssignmentSchedules{filtered}")

    assert {one["principalId"] for one in held} == {GRACE, HENRIK}
    assert {one["id"] for one in held} == {one["id"] for one in instances}
    assert {one["id"] for one in held} == {one["id"] for one in schedules}
    assert {one["startDateTime"] for one in instances} == {None}


@pytest.mark.documented("behaviour book 2: ERR-037, ERR-039")
async def test_what_is_not_there_is_not_found(office: Office) -> None:
    missing = "00000000-0000-0000-0000-0000000000ff"

    for path, code in (
        (f"{ASSIGNMENTS}/{missing}", "RoleAssignmentRequestNotFound"),
        (f"{DIRECTORY}/roleAssignmentSchedules/{missing}", "Request_ResourceNotFound"),
        (f"{DIRECTORY}/roleAssignmentScheduleInstances/{missing}", "Request_ResourceNotFound"),
        (f"{DIRECTORY}/roleDefinitions/nothing", "Request_ResourceNotFound"),
        (f"/v1.0/users/{missing}", "Request_ResourceNotFound"),
        ("/v1.0/users/nobody@office.example", "Request_ResourceNotFound"),
        (f"/v1.0/groups/{GRACE}", "Request_ResourceNotFound"),
    ):
        response = await office.get(GRACE, path)
        assert (response.status_code, response.json()["error"]["code"]) == (404, code), path


@pytest.mark.documented("expand of a request: role, principal, schedule, eligibility used")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_everything_beside_a_request_can_be_expanded(office: Office, version: str) -> None:
    activation = await activate(office)
    requests = ASSIGNMENTS.replace("v1.0", version)
    names = "roleDefinition,principal,directoryScope,appScope,targetSchedule,activatedUsing"

    found = (await office.get(GRACE, f"{requests}/{activation['id']}?$expand={names}")).json()

    assert found["roleDefinition"]["displayName"] == "Security Reader"
    assert found["principal"]["@odata.type"] == "#microsoft.graph.user"
    assert found["principal"]["displayName"] == "Hana Sato"
    assert (found["directoryScope"], found["appScope"]) == (None, None)
    assert found["targetSchedule"]["id"] == activation["id"]
    assert found["targetSchedule"]["assignmentType"] == "Activated"
    assert found["activatedUsing"]["createdUsing"] != activation["id"]
    assert found["activatedUsing"]["principalId"] == HANA


@pytest.mark.documented("expand with nested select and expand; expand of everything")
async def test_expanded_entities_are_projected_in_turn(office: Office) -> None:
    await activate(office)
    path = f"{DIRECTORY}/roleAssignmentSchedules?$filter=principalId eq '{HANA}'"

    nested = await read(
        office,
        GRACE,
        f"{path}&$select=Id,principalid&$expand=RoleDefinition($select=displayName),"
        "activatedUsing($select=id;$expand=principal($select=displayName,userPrincipalName))",
    )
    everything = await read(office, GRACE, f"{path}&$expand=*")

    assert [sorted(one) for one in nested] == [
        ["activatedUsing", "id", "principalId", "roleDefinition"]
    ]
    assert nested[0]["roleDefinition"] == {"displayName": "Security Reader"}
    assert nested[0]["activatedUsing"]["principal"] == {
        "@odata.type": "#microsoft.graph.user",
        "displayName": "Hana Sato",
        "userPrincipalName": "hana@office.example",
    }
    assert everything[0]["principal"]["id"] == HANA


@pytest.mark.documented("directoryScope of what is held in an administrative unit")
async def test_an_administrative_unit_is_expanded_as_what_it_is(office: Office) -> None:
    scope = f"/AdministrativeUnits/{BERLIN}"
    body = asked("adminAssign", HANA, TICKETED, directoryScopeId=scope, scheduleInfo=FOR_GOOD)
    await request(office, GRACE, ELIGIBILITIES, body)
    path = f"{DIRECTORY}/roleEligibilityScheduleInstances"

    listed = await read(
        office, GRACE, f"{path}?$filter=directoryScopeId eq '{scope}'&$expand=directoryScope"
    )

    assert listed[0]["id"].endswith("-2-e")
    assert listed[0]["directoryScopeId"] == f"/administrativeUnits/{BERLIN}"
    assert listed[0]["directoryScope"]["@odata.type"] == "#microsoft.graph.administrativeUnit"
    assert listed[0]["directoryScope"]["displayName"] == "Berlin"


@pytest.mark.documented("activatedUsing of an instance: the eligibility instance")
@pytest.mark.witness(
    "GET roleManagement/directory/roleAssignmentScheduleInstances/filterByCurrentUser"
)
async def test_an_instance_shows_the_eligibility_it_uses(office: Office) -> None:
    await activate(office)
    path = f"{DIRECTORY}/roleAssignmentScheduleInstances/{MINE}?$expand=activatedUsing"

    listed = await read(office, HANA, path)

    assert listed[0]["@odata.type"] == "#microsoft.graph.unifiedRoleAssignmentScheduleInstance"
    assert listed[0]["activatedUsing"]["id"] == f"{listed[0]['id']}-e"


@pytest.mark.documented("filterByCurrentUser on instances: what groups bring is there")
@pytest.mark.witness(
    "GET roleManagement/directory/roleEligibilityScheduleInstances/filterByCurrentUser"
)
async def test_a_member_sees_what_the_group_is_eligible_for(office: Office) -> None:
    listed = await read(office, OMAR, f"{DIRECTORY}/roleEligibilityScheduleInstances/{MINE}")

    assert [(one["principalId"], one["memberType"]) for one in listed] == [(OMAR, "Group")]
    assert listed[0]["roleDefinitionId"] == TEAMS


@pytest.mark.documented("list roleEligibilitySchedules: a group's eligibility is the group's")
async def test_everybody_elses_view_shows_the_group(office: Office) -> None:
    listed = await read(office, GRACE, f"{DIRECTORY}/roleEligibilitySchedules")

    assert [(one["principalId"], one["memberType"]) for one in listed] == [(TIER2, "Direct")]


@pytest.mark.documented("filterByCurrentUser(on='createdBy'): requests made for anybody")
@pytest.mark.witness(
    "GET roleManagement/directory/roleEligibilityScheduleRequests/filterByCurrentUser"
)
async def test_who_made_requests_finds_them(office: Office) -> None:
    made = await activate(office)
    path = f"{ELIGIBILITIES}/filterByCurrentUser(on='createdBy')"

    listed = await read(office, GRACE, path)

    assert [one["principalId"] for one in listed] == [HANA]
    assert [one["id"] for one in listed] != [made["id"]]
    assert await read(office, HANA, path) == []


FILTERS = {
    "status": "status eq 'Provisioned'",
    "the day": "createdDateTime ge 2031-03-04T00:00:00Z and status eq 'Provisioned'",
    "principal": f"principalId eq '{HANA}' and appScopeId eq null",
    "action": "action eq 'SelfActivate'",
    "author": f"createdBy/user/id eq '{HANA}'",
}


@pytest.mark.observed("behaviour book 5: filters that clients send")
@pytest.mark.parametrize("name", FILTERS)
async def test_requests_are_filtered(office: Office, name: str) -> None:
    activation = await activate(office)
    await activate(office, NORA, GUARDED)
    pending = f"{ASSIGNMENTS}?$filter=status eq 'PendingApproval'"

    listed = await read(office, GRACE, f"{ASSIGNMENTS}?$filter={FILTERS[name]}")

    assert activation["id"] in [one["id"] for one in listed]
    assert [one["principalId"] for one in await read(office, GRACE, pending)] == [NORA]


@pytest.mark.observed("polling of PowerShell clients: the instance of a schedule")
async def test_the_instance_of_a_schedule_is_found(office: Office) -> None:
    activation = await activate(office)
    path = f"{DIRECTORY}/roleAssignmentScheduleInstances/{MINE}"
    query = f"?$select=startDateTime&$filter=roleAssignmentScheduleId eq '{activation['id']}'"

    response = await office.get(HANA, path + query)

    assert [one["startDateTime"] for one in response.json()["value"]] == ["2031-03-04T08:00:00Z"]


@pytest.mark.documented("$orderby and $count")
async def test_lists_are_sorted_and_counted(office: Office) -> None:
    await activate(office)
    office.clock.advance(timedelta(minutes=1))
    await activate(office, NORA)
    path = f"{ELIGIBILITIES}?$orderby=createdDateTime desc&$count=true"

    response = await office.get(GRACE, path)

    assert [one["principalId"] for one in response.json()["value"]] == [NORA, HANA]
    assert response.json()["@odata.count"] == 2


@pytest.mark.documented("paging: @odata.nextLink is followed as it is")
async def test_a_list_is_followed_page_by_page(office: Office) -> None:
    path = f"{DIRECTORY}/roleDefinitions?$top=60&$select=id,displayName&$count=true"
    names: list[str] = []
    links = []

    while path:
        body = (await office.get(GRACE, path)).json()
        names += [one["displayName"] for one in body["value"]]
        assert body["@odata.count"] == 145
        link = body.get("@odata.nextLink", "")
        links.append(link)
        assert not link or link.startswith(f"{ORIGIN}{DIRECTORY}/roleDefinitions?")
        parts = urlsplit(link)
        path = f"{parts.path}?{parts.query}" if link else ""

    assert (len(links), len(names), len(set(names))) == (3, 145, 145)
    assert names == sorted(names, key=str.casefold)


@pytest.mark.documented("list roleDefinitions, answer: no page follows")
@pytest.mark.witness("GET roleManagement/directory/roleDefinitions")
async def test_all_roles_come_on_one_page(office: Office) -> None:
    body = (await office.get(GRACE, f"{DIRECTORY}/roleDefinitions")).json()

    assert len(body["value"]) == 145
    assert "@odata.nextLink" not in body


@pytest.mark.inferred("links are spelled as published, whatever the client wrote")
async def test_a_link_is_spelled_as_published(office: Office) -> None:
    body = (await office.get(GRACE, "/V1.0//USERS/?$top=1")).json()

    assert body["@odata.nextLink"].startswith(f"{ORIGIN}/v1.0/users?$top=1&$skiptoken=")


@pytest.mark.inferred("a list is told as of its first page, its permissions are asked anew")
async def test_later_pages_tell_of_the_first_instant_to_those_who_still_may(
    office: Office,
) -> None:
    for who in (HANA, NORA):
        await activate(office, who)
    path = (
        f"{DIRECTORY}/roleAssignmentScheduleInstances?$top=1&$filter=assignmentType eq 'Activated'"
    )
    first = (await office.get(GRACE, path)).json()
    parts = urlsplit(first["@odata.nextLink"])
    later = f"{parts.path}?{parts.query}"

    office.clock.advance(timedelta(minutes=59))
    within = await office.get(GRACE, later)
    by_another = await office.get(HENRIK, later)
    await request(office, GRACE, ASSIGNMENTS, asked("adminRemove", HENRIK, GLOBAL_ADMINISTRATOR))
    office.clock.advance(timedelta(minutes=1))
    expired = await office.get(GRACE, later)

    assert len(within.json()["value"]) == 1
    assert within.json()["value"] != first["value"]
    assert by_another.json()["error"]["code"] == "BadRequest"
    assert expired.json()["error"]["code"] == "Directory_ExpiredPageToken"


@pytest.mark.inferred("whoever may not read everything may still poll what is theirs")
async def test_people_read_what_is_their_own_and_nothing_else(office: Office) -> None:
    mine = await activate(office, HANA, TICKETED)
    theirs = await activate(office, NORA, GUARDED)
    schedule = f"{DIRECTORY}/roleAssignmentSchedules/{mine['id']}"

    own = await office.get(HANA, f"{ASSIGNMENTS}/{mine['id']}")
    polled = await office.get(HANA, f"{ASSIGNMENTS}?$select=status&$filter=id eq '{mine['id']}'")
    of_me = await office.get(
        HANA, f"{DIRECTORY}/roleEligibilityScheduleInstances?$filter=principalId eq '{HANA}'"
    )
    to_decide = await office.get(INGRID, f"{ASSIGNMENTS}/{theirs['id']}")

    assert own.json()["id"] == mine["id"]
    assert polled.json()["value"] == [{"status": "Provisioned"}]
    assert [one["principalId"] for one in of_me.json()["value"]] == [HANA]
    assert to_decide.json()["status"] == "PendingApproval"
    assert (await office.get(HANA, schedule)).status_code == 200
    for path in (f"{ASSIGNMENTS}/{theirs['id']}", ASSIGNMENTS, f"{DIRECTORY}/roleAssignments"):
        response = await office.get(HANA, path)
        assert response.json()["error"]["code"] == "Authorization_RequestDenied", path


@pytest.mark.documented("an activated role counts while it is active")
async def test_an_activated_reader_reads_while_it_lasts(office: Office) -> None:
    await activate(office, HANA, READER)

    during = await office.get(HANA, ASSIGNMENTS)
    office.clock.advance(timedelta(hours=1))
    afterwards = await office.get(HANA, ASSIGNMENTS)

    assert during.status_code == 200
    assert afterwards.json()["error"]["code"] == "Authorization_RequestDenied"


@pytest.mark.documented("read permissions; Security Reader reads PIM")
async def test_a_reader_reads_and_an_application_has_nothing_of_its_own(office: Office) -> None:
    assert len(await read(office, SAMUEL, f"{DIRECTORY}/roleEligibilitySchedules")) == 1
    assert len(await read(office, ROBOT, f"{DIRECTORY}/roleEligibilitySchedules")) == 1

    own = await office.get(ROBOT, f"{DIRECTORY}/roleEligibilitySchedules/{MINE}")

    assert own.json()["error"]["code"] == "Authorization_RequestDenied"


@pytest.mark.documented("unifiedRoleDefinition: inheritsPermissionsFrom comes inline")
async def test_a_role_tells_what_it_allows_and_inherits(office: Office) -> None:
    path = f"{DIRECTORY}/roleDefinitions"
    helpdesk = f"{path}?$filter=displayName eq 'helpdesk administrator'"

    plain = (await read(office, GRACE, helpdesk))[0]
    expanded = (await read(office, GRACE, f"{helpdesk}&$expand=inheritsPermissionsFrom"))[0]
    beta = (await office.get(GRACE, f"{path}/{plain['id']}".replace("v1.0", "beta"))).json()

    assert plain["rolePermissions"][0]["allowedResourceActions"]
    assert [sorted(one) for one in plain["inheritsPermissionsFrom"]] == [["id"]]
    assert [one["displayName"] for one in expanded["inheritsPermissionsFrom"]] == [
        "Directory Readers"
    ]
    assert (beta["isPrivileged"], "isPrivileged" in plain) == (True, False)


@pytest.mark.documented("a schedule may lie in the future, an instance may not")
async def test_what_lies_ahead_has_a_schedule_and_no_instance(office: Office) -> None:
    start = (DAWN + timedelta(days=1)).isoformat()
    body = asked(
        "adminAssign",
        HANA,
        scheduleInfo={"startDateTime": start, "expiration": {"type": "noExpiration"}},
    )
    made = await request(office, GRACE, ELIGIBILITIES, body)
    mine = f"?$filter=principalId eq '{HANA}'"

    schedules = await read(office, GRACE, f"{DIRECTORY}/roleEligibilitySchedules{mine}")
    before = await read(office, GRACE, f"{DIRECTORY}/roleEligibilityScheduleInstances{mine}")
    office.clock.advance(timedelta(days=1))
    after = await read(office, GRACE, f"{DIRECTORY}/roleEligibilityScheduleInstances{mine}")

    assert [(one["id"], one["status"]) for one in schedules] == [(made["id"], "Granted")]
    assert (before, [one["roleEligibilityScheduleId"] for one in after]) == ([], [made["id"]])
