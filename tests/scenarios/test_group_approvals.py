"""Approvals of coming into a group: in stages in v1.0, in steps in beta, of the same requests."""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import MINUTE, UNKNOWN, code_of
from tests.scenarios.company import Company, found_company
from tests.scenarios.group_calls import (
    APPLICATIONS,
    ASKED,
    GROUP,
    INSTANCES,
    call,
    join,
    list_rows,
    make_eligible,
    need_agreement,
)
from tests.scenarios.policy_calls import group, user
from timebound.application.ports import Store

APPROVALS: Final = f"{GROUP}/assignmentApprovals"
YES: Final = {"reviewResult": "Approve", "justification": "Trusted"}
NO: Final = {"reviewResult": "Deny", "justification": "Not now"}
BOTH: Final = pytest.mark.parametrize(("version", "parts"), [("v1.0", "stages"), ("beta", "steps")])


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant in which the jury has to agree before anybody comes into the watch."""
    found = await found_company(store, label, APPLICATIONS)
    await need_agreement(found, found.find("Watch"), group(found.find("Jury")))
    return found


async def wait(company: Company, who: str = "eve") -> str:
    """The id of a request that waits for the jury."""
    await make_eligible(company, who, "Watch")
    made = await join(company, who, "Watch")
    assert made["status"] == "PendingApproval"
    assert made["approvalId"] == made["id"]
    id_: str = made["id"]
    return id_


def at(version: str, *names: str) -> str:
    return "/".join((APPROVALS.replace("v1.0", version), *names))


async def read(company: Company, who: str, path: str) -> dict[str, Any]:
    answer = await call(company, who, "GET", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.documented("GDOC approval-get, approval-list-stages, approvalstage-get")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/assignmentApprovals/{id}")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages"
)
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{id}"
)
@pytest.mark.witness("GET identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/steps")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/steps/{id}"
)
@BOTH
async def test_an_approval_is_told_with_its_stage(
    company: Company, version: str, parts: str
) -> None:
    waiting = await wait(company)

    whole = await read(company, "uma", at(version, waiting))

    assert whole["id"] == waiting
    (part,) = whole[parts]
    assert part == {
        "id": waiting,
        "displayName": None,
        "reviewedDateTime": None,
        "reviewResult": "NotReviewed",
        "status": "InProgress",
        "assignedToMe": True,
        "justification": "",
        "reviewedBy": None,
    }
    assert (await read(company, "uma", at(version, waiting, parts)))["value"] == [part]
    one = await read(company, "uma", at(version, waiting, parts, waiting))
    assert one.items() >= part.items()
    assert parts in one["@odata.context"]
    expanded = await read(company, "uma", f"{at(version, waiting)}?$expand={parts}($select=status)")
    assert expanded[parts] == [{"status": "InProgress"}]
    (mine,) = (await read(company, "eve", at(version, waiting)))[parts]
    assert mine["assignedToMe"] is False


@pytest.mark.documented("GDOC approval-filterbycurrentuser, example for groups")
@pytest.mark.witness(
    "GET identityGovernance/privilegedAccess/group/assignmentApprovals/filterByCurrentUser"
)
@BOTH
async def test_everybody_lists_the_approvals_that_concern_them(
    company: Company, version: str, parts: str
) -> None:
    waiting = await wait(company)

    (found,) = await list_rows(company, "uma", at(version, "filterByCurrentUser(on='approver')"))

    assert found["id"] == waiting
    assert found["@odata.type"] == "#microsoft.graph.approval"
    assert found[parts][0]["assignedToMe"] is True
    for who, on, count in (("eve", "target", 1), ("eve", "approver", 0), ("finn", "approver", 0)):
        path = at(version, f"filterByCurrentUser(on='{on}')")
        assert len(await list_rows(company, who, path)) == count, (who, on)
    asked = f"{ASKED}/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'"
    (request,) = await list_rows(company, "uma", asked)
    assert request["id"] == waiting
    roles = f"/{version}/roleManagement/directory/roleAssignmentScheduleRequests"
    assert await list_rows(company, "uma", f"{roles}/filterByCurrentUser(on='approver')") == []


@pytest.mark.documented("GDOC approvalstage-update, approvalstep-update (APR-017)")
@pytest.mark.witness(
    "PATCH identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{id}"
)
@pytest.mark.witness(
    "PATCH identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/steps/{id}"
)
@BOTH
async def test_an_approver_agrees_and_the_membership_begins_then(
    company: Company, version: str, parts: str
) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + 30 * MINUTE)

    answer = await call(company, "uma", "PATCH", at(version, waiting, parts, waiting), YES)

    assert (answer.status_code, answer.content) == (204, b"")
    part = await read(company, "uma", at(version, waiting, parts, waiting))
    assert (part["reviewResult"], part["status"]) == ("Approve", "Completed")
    assert part["reviewedBy"]["id"] == company.find("uma")
    (held,) = await list_rows(company, "eve", f"{INSTANCES}/filterByCurrentUser(on='principal')")
    assert (held["startDateTime"], held["endDateTime"]) == (
        "2030-03-04T08:30:00Z",
        "2030-03-04T09:30:00Z",
    )
    again = await call(company, "uma", "PATCH", at(version, waiting, parts, waiting), NO)
    assert code_of(again) == (409, "Conflict")


@ROWS["APR-002"].mark
async def test_what_is_denied_gives_nothing_and_can_be_asked_again(company: Company) -> None:
    waiting = await wait(company)

    answer = await call(company, "uma", "PATCH", at("v1.0", waiting, "stages", waiting), NO)

    assert answer.status_code == 204
    assert (await read(company, "eve", f"{ASKED}/{waiting}"))["status"] == "Denied"
    assert await list_rows(company, "eve", f"{INSTANCES}/filterByCurrentUser(on='principal')") == []
    assert (await join(company, "eve", "Watch"))["status"] == "PendingApproval"


@ROWS["APR-004"].mark
@pytest.mark.parametrize("who", ["eve", "finn", "gail", "pia"])
async def test_nobody_else_decides(company: Company, who: str) -> None:
    await need_agreement(
        company,
        company.find("Watch"),
        group(company.find("Jury")),
        user(company.find("eve")),
    )
    waiting = await wait(company)

    answer = await call(company, who, "PATCH", at("v1.0", waiting, "stages", waiting), YES)

    assert code_of(answer) == (403, "Forbidden")
    assert (await read(company, "eve", f"{ASKED}/{waiting}"))["status"] == "PendingApproval"


@ROWS["APR-013"].mark
async def test_an_approver_says_why(company: Company) -> None:
    waiting = await wait(company)

    answer = await call(
        company,
        "uma",
        "PATCH",
        at("v1.0", waiting, "stages", waiting),
        {"reviewResult": "Approve"},
    )

    assert answer.status_code == 400
    assert "justification" in answer.json()["error"]["message"]


@pytest.mark.inferred("24 hours, as for roles")
async def test_what_nobody_decided_has_lapsed(company: Company) -> None:
    waiting = await wait(company)
    company.move_to(company.now() + timedelta(hours=24))

    part = await read(company, "uma", at("v1.0", waiting, "stages", waiting))
    answer = await call(company, "uma", "PATCH", at("v1.0", waiting, "stages", waiting), YES)

    assert part["status"] == "Expired"
    assert code_of(answer) == (409, "Conflict")


@pytest.mark.documented(
    "the agreement of somebody counts while they are in the group that may agree"
)
async def test_an_approver_through_a_membership_decides_while_it_lasts(company: Company) -> None:
    await make_eligible(company, "tess", "Jury")
    waiting = await wait(company)
    stage = at("v1.0", waiting, "stages", waiting)
    assert code_of(await call(company, "tess", "PATCH", stage, YES)) == (403, "Forbidden")

    await join(company, "tess", "Jury")

    assert (await read(company, "tess", stage))["assignedToMe"] is True
    company.move_to(company.now() + timedelta(hours=1))
    assert code_of(await call(company, "tess", "PATCH", stage, YES)) == (403, "Forbidden")
    company.move_to(company.now() + 6 * MINUTE)
    await join(company, "tess", "Jury")
    assert (await call(company, "tess", "PATCH", stage, YES)).status_code == 204


@pytest.mark.inferred("what is not there is a 404, and so is what belongs to another version")
async def test_what_is_not_there_is_not_found(company: Company) -> None:
    waiting = await wait(company)
    paths = (
        at("v1.0", UNKNOWN),
        at("v1.0", UNKNOWN, "stages"),
        at("v1.0", waiting, "stages", UNKNOWN),
        at("v1.0", waiting, "steps"),
        at("beta", waiting, "stages", waiting),
        f"/beta/roleManagement/directory/roleAssignmentApprovals/{waiting}",
    )
    for path in paths:
        assert (await call(company, "uma", "GET", path)).status_code in {400, 404}, path
    assert (await call(company, "finn", "GET", at("v1.0", waiting))).status_code == 404
    decided = await call(company, "uma", "PATCH", at("v1.0", waiting, "stages", UNKNOWN), YES)
    assert decided.status_code == 404
    assert (await call(company, "uma", "GET", APPROVALS)).status_code == 404
