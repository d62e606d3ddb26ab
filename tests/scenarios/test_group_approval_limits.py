"""Approvals of groups: where they are not told, who does not decide them, and what ends them."""

from typing import Any, Final

import httpx
import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios import calls
from tests.scenarios.calls import MINUTE, UNKNOWN, code_of
from tests.scenarios.company import GRAPH, Company, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    ELIGIBLE,
    GROUP,
    HOUR,
    INSTANCES,
    body,
    call,
    join,
    list_rows,
    make_eligible,
    need_agreement,
)
from tests.scenarios.policy_calls import ASSIGNMENTS, POLICIES, approval, select, user
from timebound.application.ports import Store

STAGES: Final = f"{GROUP}/assignmentApprovals"
STEPS: Final = STAGES.replace("v1.0", "beta")
OF_ROLES: Final = "/beta/roleManagement/directory/roleAssignmentApprovals"
GUARDED: Final = "Security Administrator"
"""A role that the jury has to agree to."""
YES: Final = {"reviewResult": "Approve", "justification": "Trusted"}
NO: Final = {"reviewResult": "Deny", "justification": "Not now"}
ALL: Final = "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup"
CLIENTS: Final = {
    "applications": [
        *APPLICATIONS["applications"],
        {
            "displayName": "Reader",
            "kind": "public",
            "permissions": {"delegated": ["PrivilegedAssignmentSchedule.Read.AzureADGroup"]},
        },
    ]
}


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant in which Uma or Finn has to agree before anybody comes into the watch."""
    found = await found_company(store, label, CLIENTS)
    await need_agreement(
        found, found.find("Watch"), *(user(found.find(n)) for n in ("uma", "finn"))
    )
    return found


async def wait(company: Company) -> str:
    """The id of a request that waits."""
    await make_eligible(company, "eve", "Watch")
    id_: str = (await join(company, "eve", "Watch"))["id"]
    return id_


async def decide(company: Company, who: str, id_: str, sent: object = YES) -> httpx.Response:
    return await call(company, who, "PATCH", f"{STAGES}/{id_}/stages/{id_}", sent)


async def status_of(company: Company, id_: str) -> str:
    answer: dict[str, Any] = (await call(company, "eve", "GET", f"{ASKED}/{id_}")).json()
    status: str = answer["status"]
    return status


async def call_through(
    company: Company, client: str, method: str, path: str, sent: object = None, who: str = "uma"
) -> httpx.Response:
    """A call with the permissions of a client."""
    headers = {"authorization": f"Bearer {await company.sign_in(who, GRAPH, client=client)}"}
    return await company.client.request(method, path, headers=headers, json=sent)


@ROWS["APR-007"].mark
async def test_the_word_of_one_approver_is_the_last(company: Company) -> None:
    waiting = await wait(company)
    assert (await decide(company, "finn", waiting, NO)).status_code == 204

    for who, sent in (("uma", YES), ("uma", NO), ("finn", YES)):
        assert code_of(await decide(company, who, waiting, sent)) == (409, "Conflict")

    assert await status_of(company, waiting) == "Denied"
    stage = (await call(company, "uma", "GET", f"{STAGES}/{waiting}/stages/{waiting}")).json()
    assert (stage["reviewResult"], stage["justification"]) == ("Deny", "Not now")
    assert stage["reviewedBy"]["id"] == company.find("finn")


@ROWS["APR-006"].mark
@pytest.mark.parametrize("of_roles", [False, True])
async def test_approvals_of_roles_and_of_groups_know_nothing_of_one_another(
    company: Company, *, of_roles: bool
) -> None:
    elsewhere = [(STAGES, "stages"), (STEPS, "steps")] if of_roles else [(OF_ROLES, "steps")]
    if of_roles:
        await calls.make_eligible(company, "eve", GUARDED)
        waiting = (await calls.activate(company, "eve", GUARDED))["id"]
    else:
        waiting = await wait(company)

    for path, parts in elsewhere:
        at = f"{path}/{waiting}"
        for one in (at, f"{at}/{parts}", f"{at}/{parts}/{waiting}"):
            assert code_of(await call(company, "uma", "GET", one)) == (404, "NotFound"), one
        decided = await call(company, "uma", "PATCH", f"{at}/{parts}/{waiting}", YES)
        assert code_of(decided) == (404, "NotFound")
        assert await list_rows(company, "uma", f"{path}/filterByCurrentUser(on='approver')") == []

    asked = calls.REQUESTS if of_roles else ASKED
    told = (await call(company, "eve", "GET", f"{asked}/{waiting}")).json()
    assert told["status"] == "PendingApproval"


@pytest.mark.documented("GDOC approval-get, approvalstage-update: permissions")
async def test_a_permission_for_roles_does_nothing_to_approvals_of_groups(
    company: Company,
) -> None:
    waiting = await wait(company)
    at = f"{STAGES}/{waiting}"
    reads = (at, f"{at}/stages", f"{at}/stages/{waiting}", f"{STAGES}/filterByCurrentUser(on='x')")

    for path in reads:
        refused = await call_through(company, "Desk", "GET", path)
        assert code_of(refused) == (403, "PermissionScopeNotGranted"), path
    refused = await call_through(company, "Desk", "PATCH", f"{at}/stages/{waiting}", YES)
    assert code_of(refused) == (403, "PermissionScopeNotGranted")
    assert await status_of(company, waiting) == "PendingApproval"


@pytest.mark.documented("GDOC approval-get, approvalstage-update: permissions")
async def test_who_may_only_read_does_not_decide(company: Company) -> None:
    waiting = await wait(company)
    at = f"{STAGES}/{waiting}"

    told = await call_through(company, "Reader", "GET", at)
    assert told.json()["stages"][0]["assignedToMe"] is True
    refused = await call_through(company, "Reader", "PATCH", f"{at}/stages/{waiting}", YES)

    assert code_of(refused) == (403, "PermissionScopeNotGranted")
    assert ALL in refused.json()["error"]["message"]
    assert await status_of(company, waiting) == "PendingApproval"


@pytest.mark.documented("GDOC approval-get, approvalstage-update: not for applications")
async def test_applications_neither_read_nor_decide(store: Store, label: str) -> None:
    engine = {
        "displayName": "Engine",
        "kind": "confidential",
        "clientSecret": "engine-secret",
        "permissions": {"application": [ALL]},
    }
    company = await found_company(
        store, label, {"applications": [*APPLICATIONS["applications"], engine]}
    )
    await need_agreement(company, company.find("Watch"), user(company.find("uma")))
    waiting = await wait(company)
    form = {
        "grant_type": "client_credentials",
        "client_id": company.app_id("Engine"),
        "client_secret": "engine-secret",
        "scope": GRAPH,
    }
    headers = {"authorization": f"Bearer {await company.fetch_token(form)}"}
    part = f"{STAGES}/{waiting}/stages/{waiting}"

    for method, path in (("GET", f"{STAGES}/{waiting}"), ("GET", part), ("PATCH", part)):
        sent = YES if method == "PATCH" else None
        answer = await company.client.request(method, path, headers=headers, json=sent)
        assert answer.status_code == 403, (method, path, answer.text)
    assert await status_of(company, waiting) == "PendingApproval"
    await company.client.aclose()


@ROWS["APR-021"].mark
async def test_what_was_withdrawn_is_not_decided(company: Company) -> None:
    waiting = await wait(company)
    assert (await call(company, "eve", "POST", f"{ASKED}/{waiting}/cancel")).status_code == 204

    assert code_of(await decide(company, "uma", waiting)) == (409, "Conflict")

    stage = (await call(company, "eve", "GET", f"{STAGES}/{waiting}/stages/{waiting}")).json()
    assert (stage["status"], stage["reviewResult"]) == ("Completed", "NotReviewed")
    assert await status_of(company, waiting) == "Canceled"


@ROWS["APR-023"].mark
async def test_who_cannot_come_in_any_more_does_not(company: Company) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + 6 * MINUTE)
    taken = await call(
        company, "pia", "POST", ELIGIBLE, body(company, "adminRemove", "eve", "Watch")
    )
    assert taken.status_code == 201, taken.text

    assert (await decide(company, "uma", waiting)).status_code == 204

    assert await status_of(company, waiting) == "Failed"
    assert await list_rows(company, "eve", f"{INSTANCES}/filterByCurrentUser(on='principal')") == []


@ROWS["APR-022"].mark
async def test_approvers_are_those_of_when_it_was_asked(company: Company) -> None:
    waiting = await wait(company)
    await need_agreement(company, company.find("Watch"), user(company.find("tess")))

    assert code_of(await decide(company, "tess", waiting)) == (403, "Forbidden")
    assert (await decide(company, "finn", waiting)).status_code == 204
    assert await status_of(company, waiting) == "Provisioned"


@pytest.mark.documented(
    "ENTRA concept-pim-for-groups: members and owners have policies of their own"
)
async def test_owners_are_agreed_to_by_whom_their_own_policy_names(company: Company) -> None:
    asked = f"{ASSIGNMENTS}{select(company.find('Watch'), 'Group', 'owner')}"
    (found,) = await list_rows(company, "gail", asked)
    rule = approval(user(company.find("tess")))
    path = f"{POLICIES}/{found['policyId']}/rules/{rule['id']}"
    assert (await call(company, "gail", "PATCH", path, rule)).status_code == 204
    await make_eligible(company, "eve", "Watch", "owner")
    waiting = (await join(company, "eve", "Watch", "owner"))["id"]

    assert code_of(await decide(company, "uma", waiting)) == (403, "Forbidden")
    assert (await decide(company, "tess", waiting)).status_code == 204

    (held,) = await list_rows(company, "eve", f"{INSTANCES}/filterByCurrentUser(on='principal')")
    assert (held["groupId"], held["accessId"]) == (company.find("Watch"), "owner")


@ROWS["APR-005"].mark
async def test_who_owns_or_is_in_the_group_decides_no_more_than_others(company: Company) -> None:
    for access in ("owner", "member"):
        sent = body(company, "adminAssign", "tess", "Watch", access, scheduleInfo=HOUR)
        assert (await call(company, "pia", "POST", ASKED, sent)).status_code == 201
    waiting = await wait(company)

    assert code_of(await decide(company, "tess", waiting)) == (403, "Forbidden")
    assert await status_of(company, waiting) == "PendingApproval"


@pytest.mark.observed("62372154233, tests of its approvals: v1.0 answers 404 to steps")
async def test_each_version_has_its_own_word(company: Company) -> None:
    waiting = await wait(company)

    for parts in (f"{STAGES}/{waiting}/steps", f"{STEPS}/{waiting}/stages"):
        for method, path in (("GET", parts), ("PATCH", f"{parts}/{waiting}")):
            sent = YES if method == "PATCH" else None
            assert (await call(company, "uma", method, path, sent)).status_code == 404, path
    assert await status_of(company, waiting) == "PendingApproval"


@pytest.mark.inferred("only approvals of one's own are listed, and those by their id")
@pytest.mark.parametrize("path", [STAGES, STEPS])
async def test_there_is_no_list_of_all(company: Company, path: str) -> None:
    await wait(company)
    for who in ("gail", "uma"):
        assert (await call(company, who, "GET", path)).status_code == 404
    assert code_of(await call(company, "gail", "GET", f"{path}/{UNKNOWN}")) == (404, "NotFound")
