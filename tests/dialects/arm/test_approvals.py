"""Approvals of activations in Azure: found, told and decided, at the tenant and at places."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    DATA,
    GROUP,
    HANA_ELIGIBLE,
    OTHER,
    PROVIDER,
    SUBSCRIPTION,
    WEB,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ORIGIN, ArmOffice
from tests.dialects.arm.policy_data import approval, body
from tests.dialects.graph.office import (
    GRACE,
    HANA,
    INGRID,
    NORA,
    OMAR,
    ROBOT,
    SAMUEL,
    TIER2,
)

APPROVALS: Final = "roleAssignmentApprovals"
REQUEST: Final = "dddddddd-0000-4000-8000-000000000001"
VERSION: Final = "2021-01-01-preview"
GA: Final = "2020-10-01"
YES: Final = {"reviewResult": "Approve", "justification": "I trust this person."}
TWINS: Final = pytest.mark.parametrize("scope", ["", SUBSCRIPTION])


def at(scope: str, rest: str = "", filter_: str = "") -> str:
    more = f"&$filter={filter_}" if filter_ else ""
    return f"{scope}/{PROVIDER}/{APPROVALS}{rest}?api-version={VERSION}{more}"


def stage_at(scope: str, id_: str = REQUEST) -> str:
    return at(scope, f"/{id_}/stages/{id_}")


async def ask(
    office: ArmOffice, name: str = REQUEST, who: str = HANA, place: str = SUBSCRIPTION
) -> httpx.Response:
    """Somebody activates the role of contributors."""
    path = f"{place}/{PROVIDER}/roleAssignmentScheduleRequests/{name}?api-version={GA}"
    properties = {
        "principalId": who,
        "roleDefinitionId": role_id(CONTRIBUTOR),
        "requestType": "SelfActivate",
        "justification": "incident 42",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT2H"}},
    }
    return await office.put(who, path, {"properties": properties})


@pytest.fixture
async def desk(office: ArmOffice) -> ArmOffice:
    """The office where Ingrid, and Omar through Tier 2, agree to what contributors activate."""
    await build_estate(office.store)
    named = f"roleDefinitionId eq '{CONTRIBUTOR}'"
    for place in (SUBSCRIPTION, DATA):
        policies = f"{place}/{PROVIDER}/roleManagementPolicies"
        listed = await office.get(GRACE, f"{policies}?api-version={GA}&$filter={named}")
        (policy,) = listed.json()["value"]
        approvers = (
            {"userType": "User", "id": INGRID, "isBackup": False},
            {"userType": "Group", "id": TIER2, "isBackup": False},
        )
        change = body(approval(*approvers, is_required=True))
        path = f"{policies}/{policy['name']}?api-version={GA}"
        assert (await office.patch(GRACE, path, change)).status_code == HTTPStatus.OK
    return office


@pytest.fixture
async def waiting(desk: ArmOffice) -> ArmOffice:
    """The same while Hana waits."""
    answer = await ask(desk)
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    told = answer.json()["properties"]
    assert told["status"] == "PendingApproval"
    assert told["approvalId"] == f"/{PROVIDER}/{APPROVALS}/{REQUEST}"
    return desk


def stage(scope: str, **changes: object) -> dict[str, Any]:
    """The stage of Hana's approval as it is told."""
    properties = {
        "assignedToMe": True,
        "status": "InProgress",
        "reviewResult": "NotReviewed",
        "justification": "",
        **changes,
    }
    return {
        "id": f"{scope}/{PROVIDER}/{APPROVALS}/{REQUEST}/stages/{REQUEST}",
        "type": "Microsoft.Authorization/roleAssignmentApprovals/stages",
        "name": REQUEST,
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def told(scope: str, **changes: object) -> dict[str, Any]:
    """Hana's approval as it is told."""
    return {
        "id": f"{scope}/{PROVIDER}/{APPROVALS}/{REQUEST}",
        "type": "Microsoft.Authorization/roleAssignmentApprovals/stages",
        "name": REQUEST,
        "properties": {"stages": [stage(scope, **changes)]},
    }


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleAssignmentApprovals",
    "GET {scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{approvalId}",
    "GET {scope}/providers/Microsoft.Authorization/roleAssignmentApprovals/{approvalId}/stages",
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentApprovals/{approvalId}/stages/{stageId}",
)
@pytest.mark.documented(
    "examples [Scope]GetRoleAssignmentApprovals, ...ById, ...Steps, ...StepById: all four shapes"
)
@TWINS
async def test_what_waits_is_told_in_four_ways(waiting: ArmOffice, scope: str) -> None:
    answers = [
        await waiting.get(INGRID, path)
        for path in (
            at(scope, filter_="asApprover()"),
            at(scope, f"/{REQUEST}"),
            at(scope, f"/{REQUEST.upper()}/stages"),
            stage_at(scope),
        )
    ]
    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    listed, one, stages, single = (answer.json() for answer in answers)
    assert listed == {"value": [told(scope)]}
    assert one == told(scope)
    assert stages == {"value": [stage(scope)]}
    assert single == stage(scope)


@pytest.mark.witness(
    "PATCH {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentApprovals/{approvalId}/stages/{stageId}",
    "PUT {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentApprovals/{approvalId}/stages/{stageId}",
)
@pytest.mark.documented(
    "examples [Scope]Patch-, [Scope]PutRoleAssignmentApprovalStepById; APR-018, APR-019"
)
@TWINS
@pytest.mark.parametrize("is_wrapped", [False, True], ids=["bare", "wrapped"])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_an_approver_agrees(
    waiting: ArmOffice, scope: str, method: str, *, is_wrapped: bool
) -> None:
    say = waiting.patch if method == "PATCH" else waiting.put
    answer = await say(INGRID, stage_at(scope), {"properties": YES} if is_wrapped else YES)
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == stage(
        scope,
        status="Completed",
        reviewedBy={
            "principalId": INGRID,
            "principalType": "user",
            "principalName": "Ingrid Solberg",
            "userPrincipalName": "ingrid@office.example",
        },
        reviewedDateTime="2031-03-04T08:00:00Z",
        reviewResult="Approve",
        justification="I trust this person.",
    )
    path = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances"
    held = await waiting.get(HANA, f"{path}?api-version={GA}&$filter=asTarget()")
    assert [row["properties"]["assignmentType"] for row in held.json()["value"]] == ["Activated"]


@pytest.mark.documented("example PutRoleAssignmentApprovalStepById: the whole stage is sent back")
async def test_a_whole_stage_is_taken(waiting: ArmOffice) -> None:
    sent = (await waiting.get(INGRID, stage_at(""))).json()
    sent["properties"] |= {**YES, "reviewResult": "deny", "reviewedBy": None, "status": "Completed"}
    answer = await waiting.put(INGRID, stage_at(""), sent)
    assert answer.json()["properties"]["reviewResult"] == "Deny"
    path = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleRequests/{REQUEST}?api-version={GA}"
    assert (await waiting.get(HANA, path)).json()["properties"]["status"] == "Denied"


@pytest.mark.observed("EasyPIM: the approval's id with /stages, the stage's with a slash behind")
async def test_a_client_puts_ids_together(waiting: ArmOffice) -> None:
    (row,) = (await waiting.get(OMAR, at("", filter_="asApprover()"))).json()["value"]
    stages = await waiting.get(OMAR, f"{ORIGIN}/{row['id']}/stages?api-version={VERSION}")
    (found,) = stages.json()["value"]
    path = f"{found['id']}/?api-version={VERSION}"
    assert (await waiting.put(OMAR, path, {"properties": YES})).status_code == HTTPStatus.OK


@pytest.mark.documented("behaviour book 3.2: the first decision wins, a later one is 409")
async def test_the_first_decision_wins(waiting: ArmOffice) -> None:
    assert (await waiting.patch(INGRID, stage_at(""), YES)).status_code == HTTPStatus.OK
    for scope in ("", SUBSCRIPTION):
        later = await waiting.patch(OMAR, stage_at(scope), {**YES, "reviewResult": "Deny"})
        assert later.status_code == HTTPStatus.CONFLICT
        assert later.json()["error"]["code"] == "Conflict"


@pytest.mark.documented("behaviour book 3.1 and 3.2: no role helps, nobody decides their own")
@pytest.mark.parametrize("who", [GRACE, SAMUEL, NORA, HANA, ROBOT])
@TWINS
async def test_others_may_not_decide(waiting: ArmOffice, scope: str, who: str) -> None:
    refused = await waiting.patch(who, stage_at(scope), YES)
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert refused.json()["error"]["code"] == "Forbidden"
    still = (await waiting.get(INGRID, stage_at(scope))).json()
    assert still["properties"]["status"] == "InProgress"


@pytest.mark.inferred("who asked is not among those who agree, though the policy names their group")
async def test_a_group_that_agrees_does_not_agree_for_its_own(desk: ArmOffice) -> None:
    assert (await ask(desk, who=OMAR, place=DATA)).status_code == HTTPStatus.CREATED
    assert (await desk.get(OMAR, at("", filter_="asApprover()"))).json() == {"value": []}
    assert (await desk.patch(OMAR, stage_at(""), YES)).status_code == HTTPStatus.FORBIDDEN
    own = (await desk.get(OMAR, stage_at(""))).json()
    assert own["properties"]["assignedToMe"] is False


@pytest.mark.documented("behaviour book 3: 404 for what is not there, 400 for what is not said")
@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (stage_at("", "eeeeeeee-0000-4000-8000-000000000001"), YES, 404),
        (at("", f"/{REQUEST}/stages/eeeeeeee-0000-4000-8000-000000000001"), YES, 404),
        (at("", "/nothing/stages/nothing"), YES, 404),
        (stage_at(OTHER), YES, 404),
        (stage_at("/subscriptions/eeeeeeee-0000-4000-8000-000000000001"), YES, 404),
        (stage_at(""), {"reviewResult": "Approve"}, 400),
        (stage_at(""), {"reviewResult": "Approve", "justification": "  "}, 400),
        (stage_at(""), {"justification": "so be it"}, 400),
        (stage_at(""), {**YES, "reviewResult": "NotReviewed"}, 400),
        (stage_at(""), {**YES, "reviewResult": 1}, 400),
        (stage_at(""), [], 400),
    ],
)
async def test_what_cannot_be_decided(
    waiting: ArmOffice, path: str, sent: object, status: int
) -> None:
    for say in (waiting.patch, waiting.put):
        answer = await say(INGRID, path, sent)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["code"]
    assert (await waiting.get(INGRID, stage_at(""))).json() == stage("")


@pytest.mark.inferred("what an approver says is as long as what a request says, at the most")
@pytest.mark.parametrize("is_wrapped", [False, True])
async def test_what_an_approver_says_has_an_end(waiting: ArmOffice, *, is_wrapped: bool) -> None:
    def say(length: int) -> dict[str, object]:
        said = {**YES, "justification": "x" * length}
        return {"properties": said} if is_wrapped else dict(said)

    answer = await waiting.patch(INGRID, stage_at(""), say(4_001))
    assert answer.status_code == HTTPStatus.BAD_REQUEST, answer.text
    assert answer.json()["error"]["code"] == "InvalidRequestContent"
    named = "properties.justification" if is_wrapped else "justification"
    assert f"'{named}'" in answer.text
    assert (await waiting.get(INGRID, stage_at(""))).json() == stage("")
    assert (await waiting.patch(INGRID, stage_at(""), say(4_000))).status_code == HTTPStatus.OK


@pytest.mark.documented("filter forms of the list: asApprover(), asCreatedBy(), asTarget()")
@TWINS
async def test_whose_approvals_are_listed(waiting: ArmOffice, scope: str) -> None:
    forms = ("asApprover()", "asCreatedBy()", "asTarget()", "ASTARGET()", "")

    async def count(who: str, form: str) -> int:
        answer = await waiting.get(who, at(scope, filter_=form))
        assert answer.status_code == HTTPStatus.OK, answer.text
        return len(answer.json()["value"])

    found = {
        who: [await count(who, form) for form in forms]
        for who in (INGRID, OMAR, HANA, NORA, SAMUEL)
    }
    # Who may see all requests of a place sees all approvals there; who may not, their own.
    sees_all = int(scope == SUBSCRIPTION)
    assert found == {
        INGRID: [1, 0, 0, 0, 1],
        OMAR: [1, 0, 0, 0, 1],
        HANA: [0, 1, 1, 1, 0],
        NORA: [0, 0, 0, 0, 0],
        SAMUEL: [0, 0, 0, 0, sees_all],
    }


@pytest.mark.inferred("notes 5: around the place: at it, above it and below it")
@pytest.mark.parametrize(
    ("scope", "is_there"), [(GROUP, True), (SUBSCRIPTION, True), (WEB, True), (OTHER, False)]
)
async def test_approvals_around_a_place(waiting: ArmOffice, scope: str, *, is_there: bool) -> None:
    listed = (await waiting.get(INGRID, at(scope, filter_="asApprover()"))).json()
    assert listed == {"value": [told(scope)] if is_there else []}
    one = await waiting.get(INGRID, at(scope, f"/{REQUEST}"))
    assert one.status_code == (HTTPStatus.OK if is_there else HTTPStatus.NOT_FOUND)
    done = await waiting.patch(INGRID, stage_at(scope), YES)
    assert done.status_code == (HTTPStatus.OK if is_there else HTTPStatus.NOT_FOUND)


@pytest.mark.inferred("what is no business of somebody's is not there for them")
async def test_strangers_see_nothing(waiting: ArmOffice) -> None:
    for rest in (f"/{REQUEST}", f"/{REQUEST}/stages", f"/{REQUEST}/stages/{REQUEST}"):
        answer = await waiting.get(NORA, at("", rest))
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert answer.json()["error"]["code"] == "NotFound"
    seen = (await waiting.get(HANA, at("", f"/{REQUEST}"))).json()
    assert seen == told("", assignedToMe=False)


@pytest.mark.documented("behaviour book 3.3: a day, and then the user has to ask again; APR-010")
async def test_nobody_decides_after_a_day(waiting: ArmOffice) -> None:
    waiting.clock.advance(timedelta(hours=24))
    assert (await waiting.get(INGRID, stage_at(""))).json() == stage("", status="Expired")
    late = await waiting.patch(INGRID, stage_at(""), YES)
    assert late.status_code == HTTPStatus.CONFLICT


@pytest.mark.inferred("what was withdrawn is completed, and asks nobody any more")
async def test_what_was_withdrawn(waiting: ArmOffice) -> None:
    path = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleRequests/{REQUEST}/cancel"
    await waiting.post(HANA, f"{path}?api-version={GA}")
    assert (await waiting.get(INGRID, at("", filter_="asApprover()"))).json() == {"value": []}
    assert (await waiting.get(HANA, stage_at(""))).json()["properties"]["status"] == "Completed"
    assert (await waiting.patch(INGRID, stage_at(""), YES)).status_code == HTTPStatus.CONFLICT


@pytest.mark.documented("behaviour book 3.1: nobody stands in for approvers of Azure roles")
async def test_policies_need_approvers(desk: ArmOffice) -> None:
    assert HANA_ELIGIBLE.path == SUBSCRIPTION
    named = f"roleDefinitionId eq '{CONTRIBUTOR}'"
    policies = f"{WEB}/{PROVIDER}/roleManagementPolicies"
    (policy,) = (await desk.get(GRACE, f"{policies}?api-version={GA}&$filter={named}")).json()[
        "value"
    ]
    path = f"{policies}/{policy['name']}?api-version={GA}"
    refused = await desk.patch(GRACE, path, body(approval(is_required=True)))
    assert refused.json()["error"]["code"] == "InvalidPolicy"


@pytest.mark.inferred("pages end, and go on where they ended")
async def test_pages_of_approvals(waiting: ArmOffice) -> None:
    await ask(waiting, "dddddddd-0000-4000-8000-000000000002", OMAR, DATA)
    path = at("", filter_="asApprover()") + "&$top=1"
    rows = await waiting.walk(INGRID, path)
    assert [row["name"] for row in rows] == [REQUEST, "dddddddd-0000-4000-8000-000000000002"]
