"""Activations below the place of their eligibility, over HTTP: what either place's policy asks."""

from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.asking import ASSIGNMENTS, body, code, lasting, path
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    HANA_ELIGIBLE,
    PROVIDER,
    READER,
    SUBSCRIPTION,
    WEB,
    Held,
    add,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.policy_data import approval, enablement, expiration, rule
from tests.dialects.arm.policy_data import body as change
from tests.dialects.graph.office import GRACE, HANA, INGRID, NORA, set_tenant
from timebound.domain.grants import GrantKind
from timebound.domain.policies import SignIn
from timebound.domain.settings import ActivationPolicy, TenantSettings

pytestmark = pytest.mark.inferred(
    "policies are not inherited and one may activate below; which of them counts is not published"
)

GA: Final = "api-version=2020-10-01"
APPROVALS: Final = "api-version=2021-01-01-preview"
PLACE: Final = "EndUser_Assignment"
NOTHING: Final = enablement(PLACE)
YES: Final = {"reviewResult": "Approve", "justification": "I trust this person."}
AGAINST: Final = {
    "reason": (enablement(PLACE, "Justification"), "JustificationRule"),
    "ticket": (enablement(PLACE, "Ticketing"), "TicketingRule"),
    "factor": (enablement(PLACE, "MultiFactorAuthentication"), "MfaRule"),
    "length": (expiration(PLACE, "PT30M"), "ExpirationRule"),
}
"""What the policy above asks that nobody brings here, and the rule that is told."""


def named(who: str) -> dict[str, Any]:
    """The rule by which somebody has to agree."""
    return approval({"userType": "User", "id": who, "isBackup": False}, is_required=True)


def context(claim: str) -> dict[str, Any]:
    """The rule by which the sign-in has to meet a context."""
    return rule("AuthenticationContext", PLACE, isEnabled=True, claimValue=claim)


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    """Hana can contribute in the subscription, and read the group, whose policy asks nothing."""
    await build_estate(office.store, Held(30, HANA, READER, WEB))
    for place in (SUBSCRIPTION, WEB):
        await set_policy(office, place, NOTHING)


async def set_policy(office: ArmOffice, place: str, *rules: dict[str, Any]) -> None:
    """The owner changes the policy of contributors at a place."""
    policies = f"{place}/{PROVIDER}/roleManagementPolicies"
    found = await office.get(GRACE, f"{policies}?{GA}&$filter=roleDefinitionId eq '{CONTRIBUTOR}'")
    (policy,) = found.json()["value"]
    answer = await office.patch(GRACE, f"{policies}/{policy['name']}?{GA}", change(*rules))
    assert answer.status_code == 200, answer.text


async def leave_it_to_places(office: ArmOffice) -> None:
    """The tenant has each place ask for itself."""
    await set_tenant(office.store, TenantSettings(azure_activation_policy=ActivationPolicy.OWN))


async def activate(
    office: ArmOffice, number: int = 1, place: str = WEB, verb: str = "", **more: object
) -> httpx.Response:
    """Hana, who has shown a password alone, asks for an hour without a reason, or rehearses it."""
    who = office.sign_in(HANA, sign_in=SignIn(has_claims_capability=True))
    asked = body("SelfActivate", HANA, scheduleInfo=lasting(), justification=None, **more)
    send = office.post if verb else office.put
    return await send(who, path(ASSIGNMENTS, number, place, verb), asked)


def status(answer: httpx.Response) -> str:
    assert answer.is_success, answer.text
    told: str = answer.json()["properties"]["status"]
    return told


@pytest.mark.parametrize("name", AGAINST)
async def test_what_the_policy_of_the_eligibility_asks_is_owed_below(
    office: ArmOffice, name: str
) -> None:
    asked, failed = AGAINST[name]
    assert status(await activate(office, verb="/validate")) == "Granted"
    await set_policy(office, SUBSCRIPTION, asked)
    for verb in ("/validate", ""):
        answer = await activate(office, verb=verb)
        assert code(answer) == (400, "RoleAssignmentRequestPolicyValidationFailed")
        assert failed in answer.json()["error"]["message"]
    await leave_it_to_places(office)
    assert status(await activate(office, verb="/validate")) == "Granted"
    assert status(await activate(office)) == "Provisioned"


async def test_what_the_place_asks_is_owed_as_well(office: ArmOffice) -> None:
    await set_policy(office, SUBSCRIPTION, enablement(PLACE, "Ticketing"))
    await set_policy(office, WEB, enablement(PLACE, "Justification"))
    answer = await activate(office)
    message = answer.json()["error"]["message"]
    assert "TicketingRule" in message
    assert "JustificationRule" in message
    above = (await activate(office, place=SUBSCRIPTION)).json()["error"]["message"]
    assert "TicketingRule" in above
    assert "JustificationRule" not in above


async def test_it_waits_for_whom_the_policy_of_the_eligibility_names(office: ArmOffice) -> None:
    await set_policy(office, SUBSCRIPTION, named(INGRID))
    await set_policy(office, WEB, named(NORA))
    rehearsed = await activate(office, verb="/validate")
    asked = await activate(office)
    # What waits is told otherwise where it is rehearsed.
    assert (status(rehearsed), status(asked)) == ("PendingEvaluation", "PendingApproval")
    id_ = asked.json()["name"]
    stage = f"{WEB}/{PROVIDER}/roleAssignmentApprovals/{id_}/stages/{id_}?{APPROVALS}"
    assert (await office.put(NORA, stage, YES)).status_code in (403, 404)
    assert status(await office.get(HANA, path(ASSIGNMENTS, 1, WEB))) == "PendingApproval"
    assert (await office.put(INGRID, stage, YES)).is_success
    assert status(await office.get(HANA, path(ASSIGNMENTS, 1, WEB))) == "Provisioned"


async def test_by_setting_nobody_above_is_waited_for(office: ArmOffice) -> None:
    await set_policy(office, SUBSCRIPTION, named(INGRID))
    await leave_it_to_places(office)
    assert status(await activate(office, place=SUBSCRIPTION)) == "PendingApproval"
    assert status(await activate(office, 2)) == "Provisioned"


async def test_it_does_not_outlast_what_the_place_above_allows_by_the_time(
    office: ArmOffice,
) -> None:
    await set_policy(office, SUBSCRIPTION, named(INGRID))
    asked = await activate(office)
    await set_policy(office, SUBSCRIPTION, expiration(PLACE, "PT30M"))
    id_ = asked.json()["name"]
    stage = f"{WEB}/{PROVIDER}/roleAssignmentApprovals/{id_}/stages/{id_}?{APPROVALS}"
    assert (await office.put(INGRID, stage, YES)).is_success
    rows = f"{WEB}/{PROVIDER}/roleAssignmentScheduleInstances?{GA}&$filter=asTarget()"
    (row,) = [
        one["properties"]
        for one in await office.walk(HANA, rows)
        if one["properties"]["assignmentType"] == "Activated"
    ]
    assert (row["startDateTime"], row["endDateTime"]) == (
        "2031-03-04T08:00:00Z",
        "2031-03-04T08:30:00Z",
    )


async def test_contexts_of_both_are_asked_for_at_once(office: ArmOffice) -> None:
    await set_tenant(
        office.store, TenantSettings(authentication_contexts={"c1": "mfa", "c2": "mfa"})
    )
    await set_policy(office, SUBSCRIPTION, context("c1"))
    await set_policy(office, WEB, context("c2"))
    answer = await activate(office)
    assert code(answer) == (400, "RoleAssignmentRequestAcrsValidationFailed")
    claims = httpx.QueryParams(answer.json()["error"]["message"].removeprefix("&"))["claims"]
    assert claims == '{"access_token":{"acrs":{"essential":true, "values":["c2", "c1"]}}}'


async def test_who_is_eligible_at_the_place_is_asked_by_its_policy_alone(
    office: ArmOffice,
) -> None:
    await set_policy(office, SUBSCRIPTION, enablement(PLACE, "Ticketing"))
    here = Held(31, HANA, CONTRIBUTOR, WEB, GrantKind.ELIGIBLE)
    await add(office.store, here)
    linked = await activate(office, linkedRoleEligibilityScheduleId=HANA_ELIGIBLE.id)
    assert "TicketingRule" in linked.json()["error"]["message"]
    assert status(await activate(office, 2, linkedRoleEligibilityScheduleId=here.id)) == (
        "Provisioned"
    )
