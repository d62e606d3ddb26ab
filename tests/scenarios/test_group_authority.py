"""Who may do what about groups, as published: owners, members, and roles over the directory."""

from typing import Any, Final

import pytest

from tests.scenarios.calls import HOUR, MINUTE, REQUESTS, code_of, post
from tests.scenarios.calls import body as role_body
from tests.scenarios.company import GRAPH, Company, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    ELIGIBLE,
    INSTANCES,
    ask,
    body,
    call,
    join,
    list_rows,
    make_eligible,
    need_agreement,
)
from tests.scenarios.policy_calls import group as group_of
from timebound.application.ports import Store

pytestmark = pytest.mark.documented(
    "GDOC: permissions and roles of each operation of PIM for groups"
)
WRITERS: Final = (
    "Groups Administrator",
    "User Administrator",
    "Identity Governance Administrator",
    "Directory Writers",
)
ALLOWED: Final = (201, "")
DENIED: Final = (403, "Authorization_RequestDenied")


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    return await found_company(store, label, APPLICATIONS)


async def give(company: Company, who: str, role: str, scope: str = "/") -> None:
    """Lets somebody hold a role."""
    sent = role_body(company, "adminAssign", who, role, scheduleInfo=HOUR, directoryScopeId=scope)
    await post(company, "pia", REQUESTS, sent)


async def assign(company: Company, who: str, group: str) -> tuple[int, str]:
    """What becomes of it when somebody puts Tess into a group for an hour."""
    sent = body(company, "adminAssign", "tess", group, scheduleInfo=HOUR)
    answer = await call(company, who, "POST", ASKED, sent)
    return ALLOWED if answer.status_code == 201 else code_of(answer)


async def look(company: Company, who: str, group: str) -> int:
    path = f"{INSTANCES}?$filter=groupId eq '{company.find(group)}'"
    return (await call(company, who, "GET", path)).status_code


@pytest.mark.documented("rbac-pim-groups-apis-write (AUT-010)")
@pytest.mark.parametrize("role", WRITERS)
async def test_administrators_of_groups_stop_at_those_for_roles(
    company: Company, role: str
) -> None:
    await give(company, "eve", role)
    assert await assign(company, "eve", "Club") == ALLOWED
    assert await assign(company, "eve", "Watch") == DENIED
    assert (await look(company, "eve", "Club"), await look(company, "eve", "Watch")) == (200, 403)


async def test_a_role_over_a_part_of_the_directory_is_not_enough(company: Company) -> None:
    await give(company, "eve", "Groups Administrator", company.find_scope("North").path)
    assert await assign(company, "eve", "Club") == DENIED


async def test_administrators_of_roles_administer_any_group(company: Company) -> None:
    assert await assign(company, "pia", "Club") == ALLOWED
    assert await assign(company, "pia", "Watch") == ALLOWED


async def test_a_reader_of_everything_only_looks(company: Company) -> None:
    await give(company, "eve", "Global Reader")
    assert (await look(company, "eve", "Club"), await look(company, "eve", "Watch")) == (200, 200)
    assert await assign(company, "eve", "Club") == DENIED


@pytest.mark.documented("rbac-pim-groups-apis-write (AUT-008)")
@pytest.mark.parametrize("group", ["Club", "Watch"])
async def test_owners_administer_their_group_while_they_own_it(
    company: Company, group: str
) -> None:
    await make_eligible(company, "eve", group, "owner")
    assert await assign(company, "eve", group) == DENIED
    await join(company, "eve", group, "owner")
    assert await assign(company, "eve", group) == ALLOWED
    assert await look(company, "eve", group) == 200


async def test_a_group_whose_agreement_others_need_is_not_left_to_its_owners(
    company: Company,
) -> None:
    sent = body(company, "adminAssign", "eve", "Watch", "owner", scheduleInfo=HOUR)
    await ask(company, "pia", ASKED, sent)
    await need_agreement(company, company.find("Crew"), group_of(company.find("Watch")))
    assert await assign(company, "eve", "Watch") == DENIED
    assert await assign(company, "pia", "Watch") == ALLOWED


async def test_members_look_and_do_nothing_else(company: Company) -> None:
    assert (await look(company, "finn", "Club"), await look(company, "tess", "Crew")) == (200, 200)
    assert await assign(company, "finn", "Club") == DENIED


async def test_others_see_nothing_but_what_is_theirs(company: Company) -> None:
    made = await make_eligible(company, "eve", "Club")
    other = await make_eligible(company, "finn", "Watch")
    assert await look(company, "eve", "Club") == 403
    own = f"{ELIGIBLE}/{made['id']}"
    assert (await call(company, "eve", "GET", own)).status_code == 200
    theirs = await call(company, "eve", "GET", f"{ELIGIBLE}/{other['id']}")
    assert code_of(theirs) == DENIED
    absent = await call(company, "eve", "GET", f"{ELIGIBLE}/{company.find('eve')}")
    assert code_of(absent) == DENIED


async def test_a_list_by_principal_leaves_out_groups_for_roles(company: Company) -> None:
    await ask(
        company, "pia", ASKED, body(company, "adminAssign", "tess", "Club", scheduleInfo=HOUR)
    )
    await give(company, "eve", "User Administrator")
    path = f"{INSTANCES}?$filter=principalId eq '{company.find('tess')}'"

    async def groups(who: str) -> set[str]:
        return {row["groupId"] for row in await list_rows(company, who, path)}

    assert await groups("eve") == {company.find("Club")}
    assert (
        await groups("pia")
        == await groups("tess")
        == {
            company.find("Club"),
            company.find("Crew"),
        }
    )
    asked = f"{ASKED}?$filter=principalId eq '{company.find('tess')}'"
    await ask(
        company, "pia", ASKED, body(company, "adminAssign", "tess", "Watch", scheduleInfo=HOUR)
    )
    assert len(await list_rows(company, "eve", asked)) == 1
    assert len(await list_rows(company, "pia", asked)) == 2


PROGRAM: Final = {
    "displayName": "Gate",
    "kind": "confidential",
    "clientSecret": "gate-secret",
}


def gate(*permissions: str) -> dict[str, Any]:
    given = {"permissions": {"application": list(permissions)}}
    return {"applications": [*APPLICATIONS["applications"], PROGRAM | given]}


async def as_gate(company: Company, method: str, path: str, sent: object = None) -> Any:  # noqa: ANN401 - an answer
    form = {
        "grant_type": "client_credentials",
        "client_id": company.app_id("Gate"),
        "client_secret": "gate-secret",
        "scope": GRAPH,
    }
    token = await company.fetch_token(form)
    headers = {"authorization": f"Bearer {token}"}
    return await company.client.request(method, path, headers=headers, json=sent)


@pytest.mark.observed("many bodies (AUT-007)")
async def test_an_application_needs_the_permission_alone(store: Store, label: str) -> None:
    company = await found_company(
        store, label, gate("PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup")
    )
    sent = body(company, "adminAssign", "tess", "Watch", scheduleInfo=HOUR)
    assert (await as_gate(company, "POST", ASKED, sent)).status_code == 201
    refused = await as_gate(company, "POST", ELIGIBLE, sent)
    assert code_of(refused) == (403, "PermissionScopeNotGranted")
    path = f"{INSTANCES}?$filter=groupId eq '{company.find('Watch')}'"
    assert len((await as_gate(company, "GET", path)).json()["value"]) == 1


async def test_a_permission_to_remove_does_that_alone(store: Store, label: str) -> None:
    company = await found_company(
        store, label, gate("PrivilegedEligibilitySchedule.Remove.AzureADGroup")
    )
    await make_eligible(company, "tess", "Watch")
    refused = await as_gate(
        company, "POST", ELIGIBLE, body(company, "adminAssign", "eve", "Watch", scheduleInfo=HOUR)
    )
    assert code_of(refused) == (403, "PermissionScopeNotGranted")
    said = refused.json()["error"]["message"]
    assert "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup" in said
    company.move_to(company.now() + 6 * MINUTE)
    gone = await as_gate(company, "POST", ELIGIBLE, body(company, "adminRemove", "tess", "Watch"))
    assert gone.status_code == 201, gone.text
