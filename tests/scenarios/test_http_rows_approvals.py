"""Rows of the decision table about approvals that speak of what travels, and of what it does."""

from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import (
    ELIGIBLE,
    HOUR,
    INSTANCES,
    REQUESTS,
    UNKNOWN,
    activate,
    body,
    code_of,
    make_eligible,
    post,
    rows_of,
)
from tests.scenarios.company import GRAPH, Company, found_company
from tests.scenarios.policy_calls import approval, find_policy, patch_rule, user
from timebound.application.ports import Store

PATH: Final = "/beta/roleManagement/directory/roleAssignmentApprovals"
GUARDED: Final = "Security Administrator"
"""A role that the jury has to agree to."""
YES: Final = {"reviewResult": "Approve", "justification": "Trusted"}
NO: Final = {"reviewResult": "Deny", "justification": "Not today"}
WAITING: Final = {
    "displayName": None,
    "reviewedDateTime": None,
    "reviewResult": "NotReviewed",
    "status": "InProgress",
    "assignedToMe": True,
    "justification": "",
    "reviewedBy": None,
}


async def wait(company: Company, who: str = "eve", **more: object) -> str:
    """The id of a request that waits for the jury."""
    await make_eligible(company, who, GUARDED)
    made: str = (await activate(company, who, GUARDED, **more))["id"]
    return made


async def decide(
    company: Company, who: str, id_: str, sent: object = YES, step: str | None = None
) -> httpx.Response:
    path = f"{PATH}/{id_}/steps/{step or id_}"
    return await company.call(who, "PATCH", path, json=sent)


async def read_step(company: Company, who: str, id_: str) -> dict[str, Any]:
    answer = await company.call(who, "GET", f"{PATH}/{id_}/steps/{id_}")
    assert answer.status_code == 200, answer.text
    step: dict[str, Any] = answer.json()
    return step


async def status_of(company: Company, id_: str) -> str:
    status: str = (await company.call("gail", "GET", f"{REQUESTS}/{id_}")).json()["status"]
    return status


async def windows_of(company: Company, who: str) -> list[tuple[str, str]]:
    path = f"{INSTANCES}?$filter=principalId eq '{company.find(who)}'"
    found = await rows_of(company, "gail", path)
    return [(one["startDateTime"], one["endDateTime"]) for one in found]


@ROWS["APR-001"].mark
@pytest.mark.witness("PATCH roleManagement/directory/roleAssignmentApprovals/{id}/steps/{id}")
@pytest.mark.witness("GET roleManagement/directory/roleAssignmentApprovals/{id}/steps/{id}")
async def test_an_approver_agrees_and_the_whole_time_counts_from_then(company: Company) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + timedelta(minutes=30))

    answer = await decide(company, "uma", waiting)

    assert (answer.status_code, answer.content) == (204, b"")
    step = await read_step(company, "uma", waiting)
    reviewer = step.pop("reviewedBy")
    assert (reviewer["id"], reviewer["displayName"]) == (company.find("uma"), "Uma")
    assert reviewer["userPrincipalName"] == company.name_of("uma")
    assert (
        step.items()
        >= {
            "reviewResult": "Approve",
            "status": "Completed",
            "justification": "Trusted",
            "reviewedDateTime": "2030-03-04T08:30:00Z",
        }.items()
    )
    assert await status_of(company, waiting) == "Provisioned"
    assert await windows_of(company, "eve") == [("2030-03-04T08:30:00Z", "2030-03-04T09:30:00Z")]


@ROWS["APR-012"].mark
async def test_a_later_start_stays_the_start(company: Company) -> None:
    later = {"startDateTime": "2030-03-04T12:00:00Z", **HOUR}
    await make_eligible(company, "eve", GUARDED)
    sent = body(company, "selfActivate", "eve", GUARDED, scheduleInfo=later)
    waiting = (await post(company, "eve", REQUESTS, sent))["id"]
    assert (await decide(company, "uma", waiting)).status_code == 204
    assert await status_of(company, waiting) == "Granted"
    assert await windows_of(company, "eve") == []
    company.move_to(company.now() + timedelta(hours=4))
    assert await status_of(company, waiting) == "Provisioned"
    assert await windows_of(company, "eve") == [("2030-03-04T12:00:00Z", "2030-03-04T13:00:00Z")]


@ROWS["APR-002"].mark
async def test_an_approver_denies_and_it_may_be_asked_anew(company: Company) -> None:
    waiting = await wait(company)
    assert (await decide(company, "uma", waiting, NO)).status_code == 204
    step = await read_step(company, "eve", waiting)
    assert (step["reviewResult"], step["status"]) == ("Deny", "Completed")
    assert await status_of(company, waiting) == "Denied"
    assert await windows_of(company, "eve") == []
    assert (await activate(company, "eve", GUARDED))["status"] == "PendingApproval"


@ROWS["APR-001"].mark
@pytest.mark.parametrize("word", ["approve", "APPROVE", "deny"])
async def test_the_word_is_taken_in_any_casing(company: Company, word: str) -> None:
    waiting = await wait(company)
    sent = {"ReviewResult": word, "justification": "Trusted", "unknown": 1}
    assert (await decide(company, "uma", waiting.upper(), sent)).status_code == 204
    expected = "Denied" if word == "deny" else "Provisioned"
    assert await status_of(company, waiting) == expected


@ROWS["APR-004"].mark
@pytest.mark.parametrize("who", ["eve", "finn", "gail", "pia"])
async def test_nobody_else_decides_and_nothing_is_stored(company: Company, who: str) -> None:
    waiting = await wait(company)
    for sent in (YES, NO):
        assert code_of(await decide(company, who, waiting, sent)) == (403, "Forbidden")
    assert await status_of(company, waiting) == "PendingApproval"
    assert (await read_step(company, "uma", waiting)) | WAITING == await read_step(
        company, "uma", waiting
    )


@ROWS["APR-006"].mark
async def test_what_is_not_there_is_not_found(company: Company) -> None:
    waiting = await wait(company)
    for id_, step in ((UNKNOWN, UNKNOWN), (waiting, UNKNOWN), (UNKNOWN, waiting), ("x", "x")):
        assert code_of(await decide(company, "uma", id_, YES, step)) == (404, "NotFound")
    for path in (UNKNOWN, f"{waiting}/steps/{UNKNOWN}", f"{UNKNOWN}/steps"):
        answer = await company.call("uma", "GET", f"{PATH}/{path}")
        assert code_of(answer) == (404, "NotFound"), path
    assert await status_of(company, waiting) == "PendingApproval"


@ROWS["APR-007"].mark
async def test_the_first_word_settles_it(company: Company) -> None:
    waiting = await wait(company)
    assert (await decide(company, "uma", waiting, NO)).status_code == 204
    for sent in (YES, NO):
        assert code_of(await decide(company, "uma", waiting, sent)) == (409, "Conflict")
    assert await status_of(company, waiting) == "Denied"


@ROWS["APR-008"].mark
async def test_where_nobody_is_named_administrators_decide(store: Store, label: str) -> None:
    nobody = {"role": "Reports Reader", "activation": {"requires": [], "approvers": []}}
    company = await found_company(store, label, {"policies": [nobody]})
    for who in ("eve", "finn"):
        await make_eligible(company, who, "Reports Reader")
        waiting = (await activate(company, who, "Reports Reader"))["id"]
        assert code_of(await decide(company, "rex", waiting)) == (403, "Forbidden")
        administrator = "gail" if who == "eve" else "pia"
        assert (await decide(company, administrator, waiting)).status_code == 204
        assert await status_of(company, waiting) == "Provisioned"
    await company.client.aclose()


@ROWS["APR-010"].mark
async def test_what_nobody_decides_lapses_after_a_day(company: Company) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + timedelta(hours=24) - timedelta(seconds=1))
    assert (await read_step(company, "uma", waiting))["status"] == "InProgress"
    company.move_to(company.now() + timedelta(seconds=1))
    step = await read_step(company, "uma", waiting)
    assert (step["status"], step["reviewResult"]) == ("Expired", "NotReviewed")
    assert await status_of(company, waiting) == "TimedOut"
    assert code_of(await decide(company, "uma", waiting)) == (409, "Conflict")


@ROWS["APR-013"].mark
@pytest.mark.parametrize("words", [{}, {"justification": None}, {"justification": "  "}])
async def test_an_approver_says_why(company: Company, words: dict[str, Any]) -> None:
    waiting = await wait(company)
    answer = await decide(company, "uma", waiting, {"reviewResult": "Approve", **words})
    assert code_of(answer) == (400, "BadRequest")
    assert "justification" in answer.json()["error"]["message"]
    assert await status_of(company, waiting) == "PendingApproval"


@pytest.mark.inferred("bad input is told with the name of the property")
@pytest.mark.parametrize("word", [None, "", "NotReviewed", "Maybe", 7])
async def test_an_approver_says_yes_or_no(company: Company, word: object) -> None:
    waiting = await wait(company)
    answer = await decide(company, "uma", waiting, {**YES, "reviewResult": word})
    assert code_of(answer) == (400, "BadRequest")
    assert "reviewResult" in answer.json()["error"]["message"]
    assert await status_of(company, waiting) == "PendingApproval"


@ROWS["APR-016"].mark
async def test_who_lacks_the_permission_is_told_in_words_without_a_code(
    company: Company,
) -> None:
    waiting = await wait(company)
    bearer = await company.sign_in("uma", GRAPH, client="Window")
    for path in (PATH, f"{PATH}/{waiting}", f"{PATH}/{waiting}/steps"):
        answer = await company.client.get(path, headers={"authorization": f"Bearer {bearer}"})
        assert code_of(answer) == (403, ""), path
        assert answer.json()["error"]["message"] == (
            "Valid permissions not present. User needs one of the following permissions for this "
            "action : PrivilegedAccess.ReadWrite.AzureAD,PrivilegedAccess.Read.AzureAD"
        )


@ROWS["APR-021"].mark
async def test_what_was_withdrawn_is_not_decided(company: Company) -> None:
    waiting = await wait(company)
    assert (await company.call("eve", "POST", f"{REQUESTS}/{waiting}/cancel")).status_code == 204
    assert code_of(await decide(company, "uma", waiting)) == (409, "Conflict")
    step = await read_step(company, "eve", waiting)
    assert (step["status"], step["reviewResult"]) == ("Completed", "NotReviewed")


@ROWS["APR-022"].mark
async def test_approvers_are_those_of_when_it_was_asked(company: Company) -> None:
    waiting = await wait(company)
    policy = await find_policy(company, GUARDED, who="pia")
    answer = await patch_rule(company, approval(user(company.find("finn"))), policy)
    assert answer.status_code == 204, answer.text
    assert code_of(await decide(company, "finn", waiting)) == (403, "Forbidden")
    assert (await decide(company, "uma", waiting)).status_code == 204
    assert await status_of(company, waiting) == "Provisioned"


@ROWS["APR-023"].mark
async def test_what_cannot_be_had_any_more_fails(company: Company) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + timedelta(minutes=6))
    await post(company, "pia", ELIGIBLE, body(company, "adminRemove", "eve", GUARDED))
    assert (await decide(company, "uma", waiting)).status_code == 204
    assert await status_of(company, waiting) == "Failed"
    assert await windows_of(company, "eve") == []


@pytest.mark.documented("ENTRA pim-approval-workflow; GDOC beta approval-filterbycurrentuser")
@pytest.mark.witness("GET roleManagement/directory/roleAssignmentApprovals")
@pytest.mark.witness("GET roleManagement/directory/roleAssignmentApprovals/filterByCurrentUser")
@pytest.mark.witness("GET roleManagement/directory/roleAssignmentApprovals/{id}")
@pytest.mark.witness("GET roleManagement/directory/roleAssignmentApprovals/{id}/steps")
async def test_everybody_sees_what_is_theirs(company: Company) -> None:
    waiting = await wait(company)
    seen = {"id": waiting, "steps": [{"id": waiting, **WAITING}]}
    own = f"{PATH}/filterByCurrentUser(on='{{}}')"

    for who, on in (("uma", "approver"), ("eve", "target"), ("eve", "createdBy")):
        (one,) = await rows_of(company, who, own.format(on))
        assert one["@odata.type"] == "#microsoft.graph.approval"
        assert (one["id"], one["steps"][0]["assignedToMe"]) == (waiting, who == "uma")
    for who, on in (("finn", "approver"), ("uma", "target"), ("eve", "approver")):
        assert await rows_of(company, who, own.format(on)) == []
    for who, ids in (("uma", [waiting]), ("rex", [waiting]), ("eve", []), ("finn", [])):
        assert [one["id"] for one in await rows_of(company, who, PATH)] == ids, who

    told = (await company.call("uma", "GET", f"{PATH}/{waiting}?$expand=steps")).json()
    assert told.items() >= seen.items()
    unasked = (await company.call("uma", "GET", f"{PATH}/{waiting}")).json()
    assert unasked["steps"] == told["steps"]
    alone = (await company.call("eve", "GET", f"{PATH}/{waiting}?$select=id")).json()
    assert alone.keys() == {"@odata.context", "id"}
    (step,) = await rows_of(company, "uma", f"{PATH}/{waiting}/steps")
    assert step == {"id": waiting, **WAITING}
    assert code_of(await company.call("finn", "GET", f"{PATH}/{waiting}")) == (404, "NotFound")


@pytest.mark.inferred("what waits for an administrator is decided without an approval")
async def test_other_requests_have_no_approval(company: Company) -> None:
    await make_eligible(company, "eve", "Helpdesk Administrator")
    made = (await activate(company, "eve", "Helpdesk Administrator"))["id"]
    assert await rows_of(company, "gail", PATH) == []
    assert code_of(await company.call("gail", "GET", f"{PATH}/{made}")) == (404, "NotFound")
    assert code_of(await decide(company, "gail", made)) == (404, "NotFound")
