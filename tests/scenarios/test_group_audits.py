"""What the audit log tells, as it travels, of who comes into a group and leaves it."""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.scenarios.calls import MINUTE
from tests.scenarios.company import Company, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    ELIGIBLE,
    HOUR,
    ask,
    body,
    call,
    join,
    list_rows,
    make_eligible,
    need_agreement,
)
from tests.scenarios.policy_calls import user
from tests.support.due import do_all_due
from timebound.application.ports import Store

AUDITS: Final = "/v1.0/auditLogs/directoryAudits"
APPROVALS: Final = "/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals"
EXPIRED: Final = "Remove member from role (PIM activation expired)"


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    return await found_company(store, label, APPLICATIONS)


async def read(company: Company, wanted: str) -> list[dict[str, Any]]:
    """The records that a filter wants, the oldest first."""
    rows = await list_rows(company, "gail", f"{AUDITS}?$filter={wanted}")
    return rows[::-1]


def sum_up(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Which service calls what by which name, and by which type."""
    names = ("loggedByService", "activityDisplayName", "operationType")
    return [(row[names[0]], row[names[1]], row[names[2]]) for row in rows]


@pytest.mark.documented("EXP-008; AUDITREF: the category of groups, the service PIM")
@pytest.mark.parametrize(("access", "word"), [("member", "Member"), ("owner", "Owner")])
async def test_an_activation_is_told_from_asking_to_its_end(
    company: Company, access: str, word: str
) -> None:
    await make_eligible(company, "eve", "Watch", access)
    made = await join(company, "eve", "Watch", access)
    company.move_to(company.now() + timedelta(hours=1))
    await do_all_due(company.store, company.now())

    rows = await read(company, f"correlationId eq '{made['id']}'")

    assert sorted(sum_up(rows)) == [
        ("Core Directory", f"Add {access} to group", "Assign"),
        ("Core Directory", f"Remove {access} from group", "Unassign"),
        ("PIM", "Add member to role completed (PIM activation)", "Add"),
        ("PIM", "Add member to role requested (PIM activation)", "Add"),
        ("PIM", EXPIRED, "Delete"),
    ]
    assert {row["category"] for row in rows} == {"GroupManagement"}
    for row in rows:
        if row["loggedByService"] == "PIM":
            role, request, person, group, _ = row["targetResources"]
            assert (role["displayName"], request["id"]) == (word, made["id"])
            assert (person["type"], person["id"]) == ("User", company.find("eve"))
            assert (group["type"], group["id"]) == ("Group", company.find("Watch"))
            assert group["displayName"] == "Watch"
    (ended,) = [row for row in rows if row["activityDisplayName"] == EXPIRED]
    assert ended["activityDateTime"] == "2030-03-04T09:00:00Z"
    assert ended["initiatedBy"]["user"]["displayName"] == "Azure AD PIM"


@pytest.mark.documented("EXP-008; AUDITREF: requests of administrators and of their objects")
async def test_everything_that_is_asked_about_a_group_is_told(company: Company) -> None:
    await make_eligible(company, "eve", "Watch")
    joined = await join(company, "eve", "Watch")
    assert joined["status"] == "Provisioned"
    company.move_to(company.now() + 6 * MINUTE)
    await ask(company, "eve", ASKED, body(company, "selfDeactivate", "eve", "Watch"))
    days = {"expiration": {"type": "afterDuration", "duration": "P60D"}}
    longer = body(company, "adminExtend", "eve", "Watch", scheduleInfo=days)
    await ask(company, "pia", ELIGIBLE, longer)
    later = HOUR | {"startDateTime": "2030-03-04T12:00:00Z"}
    ahead = await make_eligible(company, "finn", "Watch", scheduleInfo=later)
    await call(company, "pia", "POST", f"{ELIGIBLE}/{ahead['id']}/cancel")
    assigned = body(company, "adminAssign", "finn", "Watch", scheduleInfo=days)
    await ask(company, "pia", ASKED, assigned)
    company.move_to(company.now() + 6 * MINUTE)
    await ask(company, "pia", ASKED, body(company, "adminRemove", "finn", "Watch"))
    await ask(company, "pia", ELIGIBLE, body(company, "adminRemove", "eve", "Watch"))

    rows = await read(company, "loggedByService eq 'PIM' and category eq 'GroupManagement'")

    told = {row["activityDisplayName"] for row in rows}
    assert told >= {
        "Add eligible member to role in PIM requested (timebound)",
        "Add eligible member to role in PIM completed (timebound)",
        "Add member to role requested (PIM activation)",
        "Add member to role completed (PIM activation)",
        "Remove member from role requested (PIM deactivate)",
        "Remove member from role completed (PIM deactivate)",
        "Update eligible member in PIM requested (extend)",
        "Add eligible member to role in PIM canceled (timebound)",
        "Add member to role in PIM requested (timebound)",
        "Add member to role in PIM completed (timebound)",
        "Remove member from role in PIM requested (timebound)",
        "Remove member from role in PIM completed (timebound)",
        "Remove eligible member from role in PIM requested (timebound)",
        "Remove eligible member from role in PIM completed (timebound)",
    }
    assert {row["targetResources"][3]["id"] for row in rows} == {company.find("Watch")}
    assert await read(company, "loggedByService eq 'PIM' and category eq 'RoleManagement'") == []


@pytest.mark.documented("AUDITREF: what waits, who decided, and that nobody did")
async def test_agreement_to_coming_into_a_group_is_told(company: Company) -> None:
    watch = company.find("Watch")
    await need_agreement(company, watch, user(company.find("uma")))
    await make_eligible(company, "eve", "Watch")
    denied = await join(company, "eve", "Watch")
    part = f"{APPROVALS}/{denied['id']}/stages/{denied['id']}"
    said = {"reviewResult": "Deny", "justification": "Not today"}
    assert (await call(company, "uma", "PATCH", part, said)).status_code == 204
    lapsed = await join(company, "eve", "Watch")
    company.move_to(company.now() + timedelta(hours=24))
    await do_all_due(company.store, company.now())

    of_denied = await read(company, f"correlationId eq '{denied['id']}'")
    of_lapsed = await read(company, f"correlationId eq '{lapsed['id']}'")

    asked = {
        ("PIM", "Add member to role requested (PIM activation)", "Add"),
        ("PIM", "Add member to role approval requested (PIM activation)", "Update"),
    }
    no = ("PIM", "Add member to role request denied (PIM activation)", "Update")
    assert set(sum_up(of_denied)) == asked | {no}
    assert set(sum_up(of_lapsed)) == asked | {("PIM", "PIM activation request expired", "Delete")}
    for row in (*of_denied, *of_lapsed):
        assert row["category"] == "GroupManagement"
        assert row["targetResources"][3]["id"] == watch
    (decided,) = [row for row in of_denied if row["activityDisplayName"] == no[1]]
    assert decided["initiatedBy"]["user"]["id"] == company.find("uma")
    (changed,) = await read(company, "activityDisplayName eq 'Update role setting in PIM'")
    assert (changed["category"], changed["loggedByService"]) == ("GroupManagement", "PIM")
    assert [one["id"] for one in changed["targetResources"]] == ["member", watch]


@pytest.mark.documented("issue 4: refusals with every unmet rule")
async def test_who_is_refused_to_come_into_a_group_is_told(company: Company) -> None:
    sent = body(company, "selfActivate", "eve", "Watch", scheduleInfo=HOUR)
    await ask(company, "eve", ASKED, sent, status=400)

    (row,) = await read(company, "result eq 'failure'")

    assert row["activityDisplayName"] == "Add member to role requested (PIM activation)"
    assert (row["category"], row["loggedByService"]) == ("GroupManagement", "PIM")
    assert row["resultReason"] == "EligibilityRule: notEligible"
    assert row["targetResources"][3]["id"] == company.find("Watch")
