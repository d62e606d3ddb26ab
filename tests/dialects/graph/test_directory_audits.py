"""The audit log over Graph: who reads it, what they find, and how it is asked."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dialects.graph.office import (
    ALL_PERMISSIONS,
    DAWN,
    DESK,
    GRACE,
    GUARDED,
    HANA,
    HENRIK,
    NORA,
    OMAR,
    ORIGIN,
    ROBOT,
    ROBOT_APP,
    SAMUEL,
    TEAMS,
    TENANT,
    Office,
)
from timebound.application.changes import ChangeSet, GrantPermission, InsertGrant
from timebound.application.due import DueWork, do_due
from timebound.application.due_ports import Claimed
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Window
from timebound.server.ids import derive_id

VERSIONS = pytest.mark.parametrize("version", ["v1.0", "beta"])
READ = frozenset({"AuditLog.Read.All"})
AUDITS = "/v1.0/auditLogs/directoryAudits"
REQUESTS = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"


@pytest.fixture
async def archive(office: Office) -> Office:
    """The office whose desk and robot are permitted to read the audit log."""
    grants = (
        GrantPermission(DESK, "AuditLog.Read.All", is_delegated=True),
        GrantPermission(ROBOT_APP, "AuditLog.Read.All", is_delegated=False),
    )
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), grants))
    return office


async def activate(office: Office, justification: str = "incident 7") -> dict[str, Any]:
    """Omar activates what his group is eligible for."""
    body = {
        "action": "selfActivate",
        "principalId": OMAR,
        "roleDefinitionId": TEAMS,
        "directoryScopeId": "/",
        "justification": justification,
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
    answer = await office.post(office.sign_in(OMAR), REQUESTS, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read(office: Office, query: str = "", who: str = "") -> list[dict[str, Any]]:
    key = who or office.sign_in(SAMUEL, READ)
    answer = await office.get(key, f"{AUDITS}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


@pytest.mark.documented("Graph: list directoryAudits; issue 4: read your own writes")
@pytest.mark.witness("GET auditLogs/directoryAudits", "GET auditLogs/directoryAudits/{id}")
@VERSIONS
async def test_what_was_done_is_there_at_once(archive: Office, version: str) -> None:
    request = await activate(archive)
    key = archive.sign_in(SAMUEL, READ)
    body = (await archive.get(key, f"/{version}/auditLogs/directoryAudits")).json()
    assert body["@odata.context"] == f"{ORIGIN}/{version}/$metadata#auditLogs/directoryAudits"
    completed, requested, core = sorted(
        body["value"], key=lambda one: (one["loggedByService"] != "PIM", one["activityDisplayName"])
    )
    assert requested["activityDisplayName"] == "Add member to role requested (PIM activation)"
    assert completed["activityDisplayName"] == "Add member to role completed (PIM activation)"
    assert core["activityDisplayName"] == "Add member to role"
    assert {one["correlationId"] for one in body["value"]} == {request["id"]}
    assert (completed["category"], completed["result"]) == ("RoleManagement", "success")
    assert completed["id"].startswith("PIM_")
    assert core["id"].startswith("Directory_")
    assert completed["resultReason"] == "incident 7"
    assert completed["initiatedBy"]["app"] is None
    user = completed["initiatedBy"]["user"]
    assert (user["id"], user["displayName"]) == (OMAR, "Omar Haddad")
    assert core["initiatedBy"]["app"]["displayName"] == "MS-PIM"
    targets = completed["targetResources"]
    assert [one["type"] for one in targets] == ["Role", "Request", "User", "Directory", "Other"]
    assert targets[0]["displayName"] == "Teams Administrator"
    details = {one["key"]: one["value"] for one in completed["additionalDetails"]}
    assert details["AuditType"] == "ActivateRole"
    changed = {
        one["displayName"]: one["newValue"]
        for one in core["targetResources"][0]["modifiedProperties"]
    }
    assert changed["Role.DisplayName"] == '"Teams Administrator"'

    one = await archive.get(key, f"/{version}/auditLogs/directoryAudits/{completed['id']}")
    context = f"{body['@odata.context']}/$entity"
    assert one.json() == {"@odata.context": context, **completed}


@pytest.mark.documented("Graph: directoryAudit, which properties support $filter and how")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 3),
        ("?$filter=activityDisplayName eq 'Add member to role'", 1),
        ("?$filter=startswith(activityDisplayName,'add member to role')", 3),
        ("?$filter=category eq 'RoleManagement'", 3),
        ("?$filter=loggedByService eq 'PIM'", 2),
        ("?$filter=loggedByService eq 'Core Directory' and result eq 'success'", 1),
        ("?$filter=result eq 'failure'", 0),
        (f"?$filter=initiatedBy/user/id eq '{OMAR}'", 2),
        ("?$filter=initiatedBy/user/displayName eq 'omar haddad'", 2),
        ("?$filter=initiatedBy/user/userPrincipalName eq 'omar@office.example'", 2),
        ("?$filter=startswith(initiatedBy/user/userPrincipalName,'omar')", 2),
        ("?$filter=initiatedBy/app/displayName eq 'MS-PIM'", 1),
        ("?$filter=initiatedBy/app/appId eq '01fc33a7-78ba-4d2f-a4b7-768e336e890e'", 1),
        (f"?$filter=targetResources/any(t:t/id eq '{OMAR}')", 3),
        ("?$filter=targetResources/any(t:t/displayName eq 'Teams Administrator')", 3),
        ("?$filter=targetResources/any(t:startswith(t/displayName,'Teams'))", 3),
        ("?$filter=targetResources/any(t:t/id eq 'nobody')", 0),
        ("?$filter=activityDateTime ge 2031-03-04T08:00:00Z", 3),
        ("?$filter=activityDateTime le 2031-03-04T07:59:59Z", 0),
        ("?$top=2", 2),
        ("?$orderby=activityDateTime desc&$select=id,category", 3),
    ],
)
async def test_it_is_asked_as_published(archive: Office, query: str, expected: int) -> None:
    await activate(archive)
    assert len(await read(archive, query)) == expected


@pytest.mark.documented("Graph: what is not published to be filtered or sorted is refused")
@pytest.mark.parametrize(
    "query",
    [
        "?$filter=resultReason eq 'x'",
        "?$filter=contains(activityDisplayName,'role')",
        "?$filter=initiatedBy/user/ipAddress eq '::1'",
        "?$filter=targetResources/any(t:t/type eq 'User')",
        "?$filter=result eq 'perhaps'",
        "?$filter=activityDateTime eq 'yesterday'",
        "?$orderby=category",
        '?$search="x"',
        "?$expand=initiatedBy",
    ],
)
async def test_what_is_not_published_is_refused(archive: Office, query: str) -> None:
    answer = await archive.get(archive.sign_in(SAMUEL, READ), f"{AUDITS}{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


@pytest.mark.documented("Graph: list directoryAudits; paging by nextLink, the newest first")
async def test_pages_go_from_the_newest_to_the_oldest(archive: Office) -> None:
    for number in range(3):
        archive.clock.advance(timedelta(hours=2))
        await activate(archive, f"incident {number}")
    key = archive.sign_in(SAMUEL, READ)
    found: list[dict[str, Any]] = []
    link = f"{AUDITS}?$top=4&$filter=category eq 'RoleManagement'"
    while link:
        page = (await archive.get(key, link)).json()
        assert len(page["value"]) <= 4
        found += page["value"]
        link = page.get("@odata.nextLink", "")
    assert len(found) == 9
    assert len({one["id"] for one in found}) == 9
    times = [one["activityDateTime"] for one in found]
    assert times == sorted(times, reverse=True)
    oldest = await read(archive, "?$orderby=activityDateTime&$top=1")
    assert oldest[0]["activityDateTime"] == times[-1]
    counted = (await archive.get(key, f"{AUDITS}?$count=true&$top=1")).json()
    assert counted["@odata.count"] == 9


@pytest.mark.documented("issue 4: refusals are there, with every unmet rule")
async def test_a_refusal_is_there_and_reading_leaves_nothing(archive: Office) -> None:
    body = {
        "action": "selfActivate",
        "principalId": HANA,
        "roleDefinitionId": TEAMS,
        "directoryScopeId": "/",
        "justification": "because",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
    assert (await archive.post(archive.sign_in(HANA), REQUESTS, body)).status_code == 400
    (refused,) = await read(archive)
    assert (refused["result"], refused["initiatedBy"]["user"]["id"]) == ("failure", HANA)
    assert refused["resultReason"] == "EligibilityRule: notEligible"
    assert {"key": "UnmetRule", "value": "EligibilityRule: notEligible"} in refused[
        "additionalDetails"
    ]
    assert await read(archive) == [refused]


class _Calm:
    """Nothing is to go wrong here."""

    def tell_trouble(self, claimed: Claimed, error: BaseException) -> None:
        raise AssertionError(claimed) from error

    tell_given_up = tell_trouble


@pytest.mark.observed(
    "RAY 16: what expires is told by both services, as the deed of neither person"
)
async def test_what_fell_due_is_there_under_the_id_of_its_request(archive: Office) -> None:
    request = await activate(archive)
    archive.clock.advance(timedelta(hours=3))
    at = archive.clock.now()
    work = DueWork(archive.store, derive_id, _Calm(), archive.clock)
    assert await do_due(work, at) == 1
    pim, core = (await read(archive))[:2]
    assert pim["activityDisplayName"] == "Remove member from role (PIM activation expired)"
    assert core["activityDisplayName"] == "Remove member from role"
    assert {one["activityDateTime"] for one in (pim, core)} == {"2031-03-04T09:00:00Z"}
    assert {one["correlationId"] for one in await read(archive)} == {request["id"]}
    assert pim["initiatedBy"]["user"]["displayName"] == "Azure AD PIM"
    assert core["initiatedBy"]["app"]["displayName"] == "MS-PIM"
    found = {one["key"]: one["value"] for one in pim["additionalDetails"]}
    assert found["RoleAssignmentRequestId"] == request["id"]


@pytest.mark.documented("Graph: list directoryAudits, permissions and roles")
@pytest.mark.parametrize(
    ("who", "permissions", "status"),
    [
        (GRACE, READ, 200),
        (HENRIK, READ | ALL_PERMISSIONS, 200),
        (SAMUEL, READ, 200),
        (ROBOT, READ, 200),
        (SAMUEL, ALL_PERMISSIONS, 403),
        (ROBOT, ALL_PERMISSIONS, 403),
        (NORA, READ, 403),
        (OMAR, READ, 403),
    ],
)
async def test_who_may_read_it(
    archive: Office, who: str, permissions: frozenset[str], status: int
) -> None:
    key = archive.sign_in(who, permissions)  # type: ignore[arg-type]  # one of the people
    for path in (AUDITS, f"{AUDITS}/nothing"):
        answer = await archive.get(key, path)
        expected = 404 if status == 200 and path != AUDITS else status
        assert answer.status_code == expected
    unread = await archive.store.audited_to(TENANT)
    assert (unread == -1) or status == 200


@pytest.mark.documented("Graph: list directoryAudits; Reports Reader is one of the roles")
async def test_a_reports_reader_reads_it(archive: Office) -> None:
    slot = Slot(NORA, GUARDED, DIRECTORY_ROOT)
    grant = Grant(GrantId("g"), slot, GrantKind.ASSIGNED, Window(DAWN, ENDLESS), DAWN)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (InsertGrant(grant),))
    assert await archive.store.apply(change)
    assert await read(archive, who=archive.sign_in(NORA, READ)) == []


@pytest.mark.documented("Graph: get directoryAudit")
async def test_what_is_not_there(archive: Office) -> None:
    key = archive.sign_in(SAMUEL, READ)
    missing = await archive.get(key, f"{AUDITS}/Directory_x_ABCDE_1")
    assert missing.status_code == 404
    assert (await archive.post(key, AUDITS, {})).status_code == 405
