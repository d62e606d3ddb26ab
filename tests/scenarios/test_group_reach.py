"""How far the authority over groups reaches: to those who let others in, page by page."""

from typing import Any, Final

import pytest

from tests.scenarios.calls import HOUR, MINUTE, REQUESTS, code_of, post
from tests.scenarios.calls import body as role_body
from tests.scenarios.company import Company, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    ELIGIBLE,
    ELIGIBLE_INSTANCES,
    GROUP,
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

DENIED: Final = (403, "Authorization_RequestDenied")
MONTH: Final = {"expiration": {"type": "afterDuration", "duration": "P30D"}}
ROLE_ELIGIBILITIES: Final = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
ROLE_INSTANCES: Final = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    changes = APPLICATIONS | {"groups": [{"displayName": "Team"}]}
    return await found_company(store, label, changes)


async def give(company: Company, who: str, role: str) -> None:
    sent = role_body(company, "adminAssign", who, role, scheduleInfo=HOUR, directoryScopeId="/")
    await post(company, "pia", REQUESTS, sent)


async def put_in(company: Company, who: str, group: str, access: str = "member") -> None:
    await ask(
        company, "pia", ASKED, body(company, "adminAssign", who, group, access, scheduleInfo=HOUR)
    )


async def assign_self(company: Company, group: str) -> tuple[int, str]:
    """What becomes of it when Eve, who administers ordinary groups, puts herself into one."""
    sent = body(company, "adminAssign", "eve", group, scheduleInfo=HOUR)
    answer = await call(company, "eve", "POST", ASKED, sent)
    return (201, "") if answer.status_code == 201 else code_of(answer)


async def look(company: Company, path: str, who: str = "eve") -> Any:  # noqa: ANN401 - a status or rows
    answer = await call(company, who, "GET", path)
    return answer.json()["value"] if answer.status_code == 200 else answer.status_code


def of_group(company: Company, group: str, path: str = INSTANCES) -> str:
    return f"{path}?$filter=groupId eq '{company.find(group)}'"


def of_principal(company: Company, who: str, path: str = INSTANCES) -> str:
    return f"{path}?$filter=principalId eq '{company.find(who)}'"


@pytest.mark.inferred("the say over who comes near a role is worth the role")
async def test_who_lets_others_into_a_group_near_one_for_roles_is_privileged(
    company: Company,
) -> None:
    await give(company, "eve", "User Administrator")
    await need_agreement(company, company.find("Team"), group_of(company.find("Club")))
    assert await assign_self(company, "Club") == (201, "")
    await ask(
        company, "pia", ELIGIBLE, body(company, "adminAssign", "Team", "Watch", scheduleInfo=MONTH)
    )
    sent = body(company, "adminAssign", "tess", "Club", scheduleInfo=HOUR)
    assert code_of(await call(company, "eve", "POST", ASKED, sent)) == DENIED


@pytest.mark.inferred("the say over who decides about a role is worth the say about the role")
async def test_who_lets_others_among_the_approvers_of_a_role_is_privileged(
    company: Company,
) -> None:
    await give(company, "eve", "User Administrator")
    await need_agreement(company, company.find("Team"), group_of(company.find("Club")))
    assert await assign_self(company, "Club") == (201, "")
    await need_agreement(company, company.find("Watch"), group_of(company.find("Team")))
    sent = body(company, "adminAssign", "tess", "Club", scheduleInfo=HOUR)
    assert code_of(await call(company, "eve", "POST", ASKED, sent)) == DENIED
    assert (await call(company, "pia", "POST", ASKED, sent)).status_code == 201


@pytest.mark.inferred("what was asked about a group for roles stays as closed when it is gone")
async def test_a_group_that_is_gone_for_good_is_as_closed_as_it_was(company: Company) -> None:
    made = await make_eligible(company, "tess", "Watch")
    await put_in(company, "tess", "Watch")
    await give(company, "eve", "User Administrator")
    group = company.find("Watch")
    for path in (f"/v1.0/groups/{group}", f"/v1.0/directory/deletedItems/{group}"):
        assert (await call(company, "gail", "DELETE", path)).status_code == 204
        assert await look(company, of_group(company, "Watch", ASKED)) == 403
        assert await look(company, f"{ELIGIBLE}/{made['id']}") == 403
        assert await look(company, of_principal(company, "tess", ASKED)) == []
    assert len(await look(company, of_principal(company, "tess", ASKED), "pia")) == 1


async def follow(company: Company, who: str, path: str) -> list[str]:
    """The groups of the pages after the first, as somebody sees them a minute later."""
    first = await call(company, who, "GET", path)
    assert first.status_code == 200, first.text
    link = first.json()["@odata.nextLink"]
    company.move_to(company.now() + MINUTE)
    return [row.get("groupId", row["id"]) for row in await list_rows(company, who, link)]


@pytest.mark.inferred("a later page tells no more than its reader may see by now")
async def test_a_later_page_is_narrowed_by_what_its_reader_may_see_by_now(
    company: Company,
) -> None:
    await put_in(company, "tess", "Club")
    await put_in(company, "tess", "Watch")
    await give(company, "eve", "User Administrator")
    await give(company, "eve", "Global Reader")
    path = of_principal(company, "tess").replace("?", "?$top=1&")
    answer = (await call(company, "eve", "GET", path)).json()
    told = {row["groupId"] for row in answer["value"]}
    company.move_to(company.now() + 6 * MINUTE)
    sent = role_body(company, "adminRemove", "eve", "Global Reader", directoryScopeId="/")
    await post(company, "pia", REQUESTS, sent)
    told_later = {
        row["groupId"] for row in await list_rows(company, "eve", answer["@odata.nextLink"])
    }
    assert company.find("Watch") not in told_later
    assert company.find("Crew") not in told_later
    assert company.find("Club") in told | told_later


@pytest.mark.inferred("whoever may not read everything follows a list of what is theirs")
async def test_somebody_follows_a_list_of_their_own_memberships(company: Company) -> None:
    for group in ("Club", "Watch"):
        await make_eligible(company, "eve", group)
    for path in (ELIGIBLE_INSTANCES, ELIGIBLE):
        own = of_principal(company, "eve", path)
        assert len(await follow(company, "eve", own.replace("?", "?$top=1&"))) == 1


@pytest.mark.inferred("whoever may not read everything follows a list of what is theirs")
async def test_somebody_follows_a_list_of_their_own_roles(company: Company) -> None:
    for role in ("Reports Reader", "Security Administrator"):
        sent = role_body(company, "adminAssign", "eve", role, scheduleInfo=MONTH)
        await post(company, "pia", ROLE_ELIGIBILITIES, sent)
    own = of_principal(company, "eve", ROLE_INSTANCES)
    assert len(await follow(company, "eve", own.replace("?", "?$top=1&"))) == 1


@pytest.mark.inferred("what makes changes of a group dangerous keeps nobody from looking")
async def test_looking_by_group_and_by_principal_tells_the_same(company: Company) -> None:
    await ask(
        company, "pia", ELIGIBLE, body(company, "adminAssign", "Club", "Watch", scheduleInfo=MONTH)
    )
    await put_in(company, "tess", "Club")
    await give(company, "eve", "User Administrator")
    club = company.find("Club")
    by_group = await look(company, of_group(company, "Club"))
    by_principal = await look(company, of_principal(company, "tess"))
    assert company.find("tess") in {row["principalId"] for row in by_group}
    assert {row["groupId"] for row in by_principal} == {club}
    sent = body(company, "adminAssign", "eve", "Club", scheduleInfo=HOUR)
    assert code_of(await call(company, "eve", "POST", ASKED, sent)) == DENIED


@pytest.mark.inferred("what makes changes of a group dangerous keeps nobody from looking")
@pytest.mark.parametrize("group", ["Jury", "Watch"])
async def test_an_owner_looks_into_a_group_that_they_do_not_administer(
    company: Company, group: str
) -> None:
    await put_in(company, "eve", group, "owner")
    await need_agreement(company, company.find("Crew"), group_of(company.find(group)))
    assert isinstance(await look(company, of_group(company, group)), list)
    assert (
        code_of(
            await call(
                company,
                "eve",
                "POST",
                ASKED,
                body(company, "adminAssign", "tess", group, scheduleInfo=HOUR),
            )
        )
        == DENIED
    )


@pytest.mark.inferred("who may not look into a group does not read what waits for it")
async def test_a_reader_of_security_reads_no_approvals_of_groups(company: Company) -> None:
    await need_agreement(company, company.find("Watch"), group_of(company.find("Jury")))
    await make_eligible(company, "tess", "Watch")
    waiting = await join(company, "tess", "Watch")
    path = f"{GROUP}/assignmentApprovals/{waiting['id']}"
    await give(company, "finn", "Security Reader")
    await give(company, "eve", "Global Reader")
    assert (await call(company, "finn", "GET", path)).status_code == 404
    assert (await call(company, "eve", "GET", path)).status_code == 200
