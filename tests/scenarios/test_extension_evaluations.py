"""What becomes of an activation that waits for an API of the tenant's own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.domain.decision_rows import ROWS
from tests.scenarios.extension_calls import (
    API,
    ASKED_OF_ROLES,
    FIRST,
    OWN,
    POST,
    PRE,
    SECOND,
    Scene,
    asks,
    open_scene,
    wants_uma,
)
from tests.scenarios.policy_calls import expiration
from tests.support.extension_receiver import Reply, say
from timebound.application.ports import Store
from timebound.domain.approvals import ReviewResult


@pytest.fixture
async def scene(store: Store, label: str) -> AsyncIterator[Scene]:
    """Eve may ask for a role whose policy asks an extension first."""
    async with open_scene(store, label) as opened:
        assert (await opened.register()).status_code == 201
        assert (await opened.link(asks(PRE))).status_code == 200
        await opened.make_eligible()
        yield opened


@ROWS["ACT-055"].mark
async def test_act_055_an_activation_waits_for_the_extension(scene: Scene) -> None:
    made = await scene.activate()

    assert made["status"] == "PendingEvaluation"
    assert made["approvalId"] is None
    assert await scene.list_held() == []
    listed = await scene.call(
        "pia", "GET", f"{ASKED_OF_ROLES}?$filter=status eq 'PendingEvaluation'"
    )
    assert [one["id"] for one in listed.json()["value"]] == [made["id"]]
    own = f"{ASKED_OF_ROLES}/{OWN}?$filter=status eq 'PendingEvaluation'"
    assert len((await scene.call("eve", "GET", own)).json()["value"]) == 1
    waiting = await scene.call("pia", "GET", f"{ASKED_OF_ROLES}?$filter=status eq 'TimedOut'")
    assert waiting.json()["value"] == []


@pytest.mark.documented("Configure custom extensions, request model and token validation")
async def test_it_is_asked_with_the_request_and_a_token_for_it(scene: Scene) -> None:
    made = await scene.activate()

    await scene.settle()

    (asked,) = scene.receiver.asked
    inner = {"startDateTime", "expiration", "recurrence"}
    schedule = asked.document["scheduleInfo"]
    assert schedule.keys() - {"@odata.type"} <= inner
    assert asked.document == {
        "@odata.type": "#microsoft.graph.unifiedRoleAssignmentScheduleRequest",
        "id": made["id"],
        "status": "PendingEvaluation",
        "action": "selfActivate",
        "principalId": scene.company.find("eve"),
        "roleDefinitionId": scene.company.find("Reports Reader"),
        "directoryScopeId": "/",
        "justification": "There is a fire",
        "scheduleInfo": schedule,
        "ticketInfo": {
            "@odata.type": "#microsoft.graph.ticketInfo",
            "ticketNumber": "T-1",
            "ticketSystem": "Desk",
        },
    }
    assert schedule["expiration"]["duration"] == "PT1H"
    bearer = asked.headers["authorization"].removeprefix("Bearer ")
    claims = await read_claims(scene, bearer)
    tenant = scene.company.seed.tenant.id
    assert claims["aud"] == f"api://127.0.0.1/{API}"
    assert claims["iss"] == f"https://localhost:8443/{tenant}/v2.0"
    assert claims["azp"] == claims["appid"] == "1c67c054-65c8-4f7f-92a1-eb7ba6e48627"
    assert (claims["tid"], claims["ver"], claims["idtyp"]) == (tenant, "2.0", "app")


async def read_claims(scene: Scene, bearer: str) -> dict[str, Any]:
    """What a token says, once its signature is held against the keys that are published."""
    tenant = scene.company.seed.tenant.id
    published = await scene.company.client.get(f"/{tenant}/discovery/v2.0/keys")
    keys = KeySet.import_key_set(published.json())
    claims: dict[str, Any] = jwt.decode(bearer, keys, algorithms=["RS256", "ES256"]).claims
    return claims


@pytest.mark.documented("Configure custom extensions, response model")
async def test_who_is_approved_holds_the_role_from_then_on(scene: Scene) -> None:
    made = await scene.activate()
    scene.company.move_to(scene.company.now() + timedelta(minutes=10))

    await scene.settle()

    assert await scene.read(made["id"]) == "Provisioned"
    (held,) = await scene.list_held()
    # The whole duration, from the answer on.
    assert held["startDateTime"] == "2030-03-04T08:10:00Z"
    assert held["endDateTime"] == "2030-03-04T09:10:00Z"


@pytest.mark.documented("Configure custom extensions, response model")
async def test_who_is_denied_holds_nothing_and_the_log_says_why(scene: Scene) -> None:
    scene.receiver.answer(say("Denied", "There is no ticket", "Ask again", evaluationId="e-7"))
    made = await scene.activate()

    await scene.settle()

    assert await scene.read(made["id"]) == "Denied"
    assert await scene.list_held() == []
    told = await scene.call("rex", "GET", "/v1.0/auditLogs/directoryAudits")
    (record,) = [
        one
        for one in told.json()["value"]
        if one["activityDisplayName"] == "Add member to role request denied (PIM activation)"
    ]
    assert record["resultReason"] == "There is no ticket Ask again"
    details = {one["key"]: one["value"] for one in record["additionalDetails"]}
    assert (details["EvaluationId"], details["CustomExtensionId"]) == ("e-7", FIRST)
    # Whoever was denied may ask again.
    scene.receiver.answer(say("Approved"))
    assert (await scene.activate())["status"] == "PendingEvaluation"


@pytest.mark.documented("Configure custom extensions, response model")
@pytest.mark.parametrize(
    ("outcome", "status"), [("Approved", "PendingApproval"), ("AutoApproved", "Provisioned")]
)
async def test_approvers_are_asked_unless_it_spares_them(
    scene: Scene, outcome: str, status: str
) -> None:
    assert (await scene.link(wants_uma(scene))).status_code == 200
    scene.receiver.answer(say(outcome))
    made = await scene.activate()
    assert made["status"] == "PendingEvaluation"

    await scene.settle()

    assert await scene.read(made["id"]) == status
    assert len(await scene.list_held()) == (status == "Provisioned")
    if status == "PendingApproval":
        found = await scene.call(
            "uma", "GET", f"{ASKED_OF_ROLES}/filterByCurrentUser(on='approver')"
        )
        assert [one["approvalId"] for one in found.json()["value"]] == [made["id"]]
        token = await scene.company.sign_in("uma")
        settled = await scene.company.settle(token, made["id"], ReviewResult.APPROVE)
        assert settled.status == "Provisioned"


@pytest.mark.documented("blog of 2026-09-07: after the human approval, before it takes effect")
@pytest.mark.parametrize(
    ("outcome", "status"),
    [("Approved", "Provisioned"), ("AutoApproved", "Provisioned"), ("Denied", "Denied")],
)
async def test_after_the_approver_the_last_word_is_the_extensions(
    scene: Scene, outcome: str, status: str
) -> None:
    off = asks(PRE, None, is_enabled=False)
    assert (await scene.link(off, asks(POST), wants_uma(scene))).status_code == 200
    scene.receiver.answer(say(outcome))
    made = await scene.activate()
    assert made["status"] == "PendingApproval"
    token = await scene.company.sign_in("uma")

    approved = await scene.company.settle(token, made["id"], ReviewResult.APPROVE)

    assert (approved.status, await scene.list_held()) == ("PendingEvaluation", [])
    await scene.settle()
    assert await scene.read(made["id"]) == status
    assert len(await scene.list_held()) == (status == "Provisioned")


@pytest.mark.inferred("what is required to activate is required of everybody")
async def test_both_are_asked_one_after_the_other_and_each_under_its_own_id(scene: Scene) -> None:
    assert (await scene.register(id=SECOND, type="postApproval")).status_code == 201
    assert (await scene.link(asks(POST, SECOND), wants_uma(scene))).status_code == 200
    scene.receiver.answer(say("AutoApproved"), say("Denied"))
    made = await scene.activate()

    await scene.settle()

    # An extension spares the approvers, and not the other extension.
    assert await scene.read(made["id"]) == "Denied"
    first, second = scene.receiver.asked
    assert first.document["id"] == second.document["id"] == made["id"]
    assert first.headers["client-request-id"] != second.headers["client-request-id"]


@pytest.mark.inferred("without a valid answer nothing is had")
@pytest.mark.parametrize(
    "reply",
    [
        (500, b""),
        (307, b""),
        (200, b""),
        (200, b"Approved"),
        (200, b"[]"),
        (200, b"{" * 70_000),
        say("approved"),
        say("Granted"),
        say(None),
        say("Approved", evaluationId=None),
        say("Approved", evaluationId=""),
        say("Approved", evaluationId=" "),
        say("Approved", evaluationId=7),
        say("Approved", evaluationId="e" * 5_000),
        say("Approved", reason="yes"),
        say("Approved", reason=["r"] * 100),
        say("Approved", evaluationId="e" * 65_000),
    ],
)
async def test_what_is_no_answer_grants_nothing(scene: Scene, reply: Reply) -> None:
    scene.receiver.answer(reply)
    made = await scene.activate()

    await scene.settle()
    assert await scene.read(made["id"]) == "PendingEvaluation"
    await scene.settle()

    # Once, and once again: that is how often it is asked.
    assert len(scene.receiver.asked) == 2
    first, second = (one.headers["client-request-id"] for one in scene.receiver.asked)
    assert first == second
    assert await scene.read(made["id"]) == "Failed"
    assert await scene.list_held() == []
    await scene.settle()
    assert len(scene.receiver.asked) == 2


@pytest.mark.documented("Configure custom extensions, maximumRetries")
async def test_an_answer_at_the_second_try_counts(scene: Scene) -> None:
    scene.receiver.answer((503, b""), say("Approved"))
    made = await scene.activate()

    await scene.settle()
    await scene.settle()

    assert await scene.read(made["id"]) == "Provisioned"


@pytest.mark.documented("Configure custom extensions, timeoutInMilliseconds")
async def test_whoever_is_too_slow_has_not_answered(scene: Scene) -> None:
    patient = asyncio.Event()
    loop = asyncio.get_running_loop()
    changed = {"clientConfiguration": {"timeoutInMilliseconds": 50, "maximumRetries": 0}}
    path = f"/beta/identityGovernance/privilegedAccess/customExtensions/{FIRST}"
    assert (await scene.call("pia", "PATCH", path, changed)).status_code == 204

    def wait() -> None:
        asyncio.run_coroutine_threadsafe(patient.wait(), loop).result()

    scene.receiver.before = wait
    made = await scene.activate()

    await scene.settle()

    patient.set()
    assert await scene.read(made["id"]) == "Failed"
    assert await scene.list_held() == []


@pytest.mark.inferred("what waits is in the way of asking for the same")
async def test_nobody_asks_twice_at_once(scene: Scene) -> None:
    await scene.activate()

    sent = {
        "action": "selfActivate",
        "principalId": scene.company.find("eve"),
        "roleDefinitionId": scene.company.find("Reports Reader"),
        "directoryScopeId": "/",
        "justification": "Again",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
    again = await scene.call("eve", "POST", ASKED_OF_ROLES, sent)

    assert again.json()["error"]["code"] == "PendingRoleAssignmentRequest"
    rehearsed = await scene.call("eve", "POST", ASKED_OF_ROLES, {**sent, "isValidationOnly": True})
    assert rehearsed.json()["error"]["code"] == "PendingRoleAssignmentRequest"


@pytest.mark.inferred("EXP: the policy's maximum counts as it is when it is decided")
async def test_the_policy_of_the_moment_bounds_what_is_had(scene: Scene) -> None:
    made = await scene.activate(duration="PT4H")
    assert (await scene.link(expiration("PT30M"))).status_code == 200

    await scene.settle()

    assert await scene.read(made["id"]) == "Provisioned"
    (held,) = await scene.list_held()
    assert held["endDateTime"] == "2030-03-04T08:30:00Z"
