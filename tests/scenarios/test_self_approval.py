"""Nobody comes to a role by their own word, whichever way they take to say it."""

from dataclasses import replace
from typing import Any, Final

import pytest
from httpx import Response

from tests.scenarios.calls import HOUR, REQUESTS, activate, body, code_of, make_eligible, rows_of
from tests.scenarios.company import Company, found_company
from tests.support.permissions import EVERY_DELEGATED
from timebound.application.catalog import built_in_roles_by_name
from timebound.application.changes import ChangeSet, InsertRequest, principal_key
from timebound.application.ports import Store
from timebound.domain.approvals import ReviewResult
from timebound.domain.ids import PrincipalId, RequestId, TenantId
from timebound.domain.policies import default_policy
from timebound.domain.problems import Code
from timebound.domain.requests import Author, Status

GUARDED: Final = "Security Administrator"
"""A role that the jury has to agree to."""
PROMISE: Final = pytest.mark.inferred("promise 7 of the design: no approval of oneself")
APPROVALS: Final = "/beta/roleManagement/directory/roleAssignmentApprovals"
VERDICTS: Final = ("Approve", "Deny")
HALL: Final = {
    "displayName": "Hall",
    "kind": "public",
    "permissions": {"delegated": list(EVERY_DELEGATED)},
}
BY_NAME: Final[dict[str, Any]] = {
    "role": "Reports Reader",
    "activation": {"requires": [], "approvers": ["eve@company.example"]},
}
BY_ROLE: Final[dict[str, Any]] = {
    "role": "Reports Reader",
    "activation": {"approvers": []},
}


async def wait(company: Company, who: str = "eve") -> str:
    """The id of a request of somebody that waits for the jury."""
    await make_eligible(company, who, GUARDED)
    made: str = (await activate(company, who, GUARDED))["id"]
    return made


async def say(
    company: Company, who: str, request_id: str, *, client: str = "Desk", is_yes: bool = True
) -> Code | None:
    """What somebody is refused for who decides."""
    result = ReviewResult.APPROVE if is_yes else ReviewResult.DENY
    bearer = await company.sign_in(who, client=client)
    return (await company.settle(bearer, request_id, result)).refused


async def status_of(company: Company, request_id: str) -> str:
    told = await company.call("gail", "GET", f"{REQUESTS}/{request_id}")
    status: str = told.json()["status"]
    return status


async def join(company: Company, who: str, group: str) -> None:
    """Makes somebody a member past PIM."""
    sent = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{company.find(who)}"}
    path = f"/v1.0/groups/{company.find(group)}/members/$ref"
    answer = await call_hall(company, "POST", path, sent)
    assert answer.status_code == 204, answer.text


async def own(company: Company, who: str, application: str, *, is_program: bool = False) -> None:
    """Makes somebody an owner of an application, or of its service principal."""
    kind = "servicePrincipals" if is_program else "applications"
    found = await call_hall(company, "GET", f"/v1.0/{kind}(appId='{company.app_id(application)}')")
    sent = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{company.find(who)}"}
    path = f"/v1.0/{kind}/{found.json()['id']}/owners/$ref"
    answer = await call_hall(company, "POST", path, sent)
    assert answer.status_code == 204, answer.text


async def call_hall(company: Company, method: str, path: str, sent: object = None) -> Response:
    """A call of an administrator through a client that may do everything."""
    headers = {"authorization": f"Bearer {await company.sign_in('gail', client='Hall')}"}
    return await company.client.request(method, path, headers=headers, json=sent)


@PROMISE
@pytest.mark.parametrize("is_program", [False, True])
@pytest.mark.parametrize("is_yes", [True, False])
async def test_an_approver_is_not_heard_through_what_the_requester_owns(
    store: Store, label: str, *, is_program: bool, is_yes: bool
) -> None:
    company = await found_company(store, label, {"applications": [HALL]})
    waiting = await wait(company)
    await own(company, "eve", "Desk", is_program=is_program)

    refused = await say(company, "uma", waiting, is_yes=is_yes)

    assert refused is Code.NOT_APPROVER
    assert await status_of(company, waiting) == "PendingApproval"
    assert await say(company, "uma", waiting, client="Hall") is None, "another way is open"
    await company.client.aclose()


@PROMISE
async def test_an_application_of_somebody_else_keeps_nobody_from_deciding(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"applications": [HALL]})
    waiting = await wait(company)
    await own(company, "finn", "Desk")
    await own(company, "uma", "Desk")
    assert await say(company, "uma", waiting) is None
    assert await status_of(company, waiting) == "Provisioned"
    await company.client.aclose()


@PROMISE
async def test_who_is_an_approver_by_name_decides_others_requests_alone(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"policies": [BY_NAME]})
    for who in ("eve", "finn"):
        await make_eligible(company, who, BY_NAME["role"])
    waiting = [(await activate(company, who, BY_NAME["role"]))["id"] for who in ("eve", "finn")]
    assert await say(company, "eve", waiting[0]) is Code.NOT_APPROVER
    assert await say(company, "eve", waiting[1]) is None
    assert await status_of(company, waiting[0]) == "PendingApproval"
    await company.client.aclose()


@PROMISE
async def test_nor_does_somebody_decide_their_own_as_a_member_of_the_jury(
    store: Store, label: str
) -> None:
    company = await found_company(store, label)
    waiting = await wait(company, "uma")
    for is_yes in (True, False):
        assert await say(company, "uma", waiting, is_yes=is_yes) is Code.NOT_APPROVER
    assert await status_of(company, waiting) == "PendingApproval"
    await company.client.aclose()


@PROMISE
async def test_nor_when_they_joined_the_jury_after_asking(store: Store, label: str) -> None:
    company = await found_company(store, label, {"applications": [HALL]})
    waiting = await wait(company)
    await join(company, "eve", "Jury")
    await join(company, "finn", "Jury")
    assert await say(company, "eve", waiting) is Code.NOT_APPROVER
    assert await say(company, "finn", waiting) is None, "who joined meanwhile and did not ask"
    await company.client.aclose()


@PROMISE
async def test_nor_through_a_group_inside_of_the_jury(store: Store, label: str) -> None:
    company = await found_company(store, label, {"applications": [HALL]})
    waiting = await wait(company, "finn")
    await join(company, "Club", "Jury")
    assert await say(company, "finn", waiting) is Code.NOT_APPROVER
    await join(company, "eve", "Club")
    assert await say(company, "eve", waiting) is None, "a member of the group inside"
    await company.client.aclose()


@PROMISE
async def test_nor_as_an_administrator_where_nobody_is_named(store: Store, label: str) -> None:
    company = await found_company(store, label, {"policies": [BY_ROLE]})
    await make_eligible(company, "gus", BY_ROLE["role"])
    waiting = (await activate(company, "gus", BY_ROLE["role"]))["id"]
    assert await say(company, "gus", waiting) is Code.NOT_APPROVER
    assert await say(company, "rex", waiting) is Code.NOT_APPROVER
    assert await say(company, "pia", waiting) is None
    await company.client.aclose()


@PROMISE
async def test_no_application_decides_on_its_own(store: Store, label: str) -> None:
    company = await found_company(store, label)
    waiting = await wait(company)
    assert await say(company, "Robot", waiting) is Code.ACCESS_DENIED
    await company.client.aclose()


async def write_for_eve(company: Company, author: str) -> str:
    """The id of a request for Eve that waits for the jury, and that somebody else has written.

    No door lets anybody ask for an activation of somebody else, so it comes to lie there past them.
    """
    tenant_id, own = TenantId(company.ids.tenant_id), RequestId(await wait(company))
    answer = await company.call("eve", "POST", f"{REQUESTS}/{own}/cancel")
    assert answer.status_code == 204, answer.text
    found = await company.store.load_request(tenant_id, own)
    assert found is not None
    written = replace(
        found,
        id=RequestId(company.parts.ids.new_id()),
        author=Author(PrincipalId(company.find(author)), found.author.application_id, author),
        status=Status.PENDING_APPROVAL,
    )
    policy = default_policy(built_in_roles_by_name()[GUARDED].as_role())
    key = principal_key(found.draft.slot.principal_id)
    change = ChangeSet(
        tenant_id, company.now(), {}, frozenset({key}), (InsertRequest(written, policy),)
    )
    assert await company.store.apply(change)
    return written.id


async def patch_step(company: Company, who: str, id_: str, word: str) -> Response:
    sent = {"reviewResult": word, "justification": "Trusted"}
    return await company.call(who, "PATCH", f"{APPROVALS}/{id_}/steps/{id_}", json=sent)


@PROMISE
async def test_who_wrote_a_request_for_somebody_else_does_not_decide_it(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"applications": [HALL]})
    await join(company, "gus", "Jury")
    waiting = await write_for_eve(company, "gus")
    own = "filterByCurrentUser(on='{}')"
    for path in (f"{APPROVALS}/{own.format('approver')}", f"{REQUESTS}/{own.format('approver')}"):
        assert await rows_of(company, "gus", path) == []
        assert [one["id"] for one in await rows_of(company, "uma", path)] == [waiting]
    (written,) = await rows_of(company, "gus", f"{APPROVALS}/{own.format('createdBy')}")
    assert (written["id"], written["steps"][0]["assignedToMe"]) == (waiting, False)
    for who in ("gus", "eve"):
        for word in VERDICTS:
            answer = await patch_step(company, who, waiting, word)
            assert code_of(answer) == (403, "Forbidden"), who
    assert await status_of(company, waiting) == "PendingApproval"
    assert (await patch_step(company, "uma", waiting, "Approve")).status_code == 204
    assert await status_of(company, waiting) == "Provisioned"
    await company.client.aclose()


@PROMISE
async def test_nor_is_anybody_heard_through_an_application_of_who_wrote_it(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"applications": [HALL]})
    waiting = await write_for_eve(company, "gus")
    await own(company, "gus", "Desk")
    for word in VERDICTS:
        assert code_of(await patch_step(company, "uma", waiting, word)) == (403, "Forbidden")
    assert await status_of(company, waiting) == "PendingApproval"
    assert await say(company, "uma", waiting, client="Hall") is None, "another way is open"
    await company.client.aclose()


@PROMISE
@pytest.mark.parametrize("who", ["gail", "pia", "uma", "finn"])
async def test_nobody_asks_for_an_activation_of_somebody_else(company: Company, who: str) -> None:
    await make_eligible(company, "eve", GUARDED)
    sent = body(company, "selfActivate", "eve", GUARDED, scheduleInfo=HOUR)
    answer = await company.call(who, "POST", REQUESTS, json=sent)
    assert answer.status_code == 403, answer.text
    mine = f"{REQUESTS}?$filter=principalId eq '{company.find('eve')}'"
    assert await rows_of(company, "gail", mine) == []
