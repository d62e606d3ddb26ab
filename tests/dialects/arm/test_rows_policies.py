"""Rows of the decision table about policies, what waits for approvers, and lists, over HTTP."""

from http import HTTPStatus
from typing import Any

import pytest

from tests.dialects.arm.asking import ASSIGNMENTS, VERSION, body, code, lasting, name, path
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    GROUP,
    HANA_ELIGIBLE,
    PROVIDER,
    READER,
    SITE,
    SUBSCRIPTION,
    Held,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.policy_data import approval, enablement, expiration
from tests.dialects.arm.policy_data import body as change
from tests.dialects.graph.office import GRACE, HANA, INGRID, NORA
from tests.domain.decision_rows import ROWS
from timebound.domain.grants import GrantKind

POLICIES, ASSIGNED = "roleManagementPolicies", "roleManagementPolicyAssignments"
APPROVER = {"userType": "User", "id": INGRID, "isBackup": False}
ABOVE = Held(11, NORA, READER, GROUP, GrantKind.ELIGIBLE)
HERE = Held(12, NORA, CONTRIBUTOR, SUBSCRIPTION, GrantKind.ELIGIBLE)
BELOW = Held(13, NORA, READER, SITE, GrantKind.ELIGIBLE)
READ_ABOVE, READ_HERE = Held(14, NORA, READER, GROUP), Held(15, NORA, READER, SUBSCRIPTION)
READ_BELOW = Held(16, NORA, READER, SITE)


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    held = (ABOVE, HERE, BELOW, READ_ABOVE, READ_HERE, READ_BELOW)
    await build_estate(office.store, *held)


def lists(collection: str, text: str) -> str:
    return f"{SUBSCRIPTION}/{PROVIDER}/{collection}?{VERSION}&$filter={text}"


async def find(office: ArmOffice, collection: str = ASSIGNED) -> dict[str, Any]:
    """The only one that a filter by the whole id of contributors finds."""
    text = f"roleDefinitionId eq '{role_id(CONTRIBUTOR)}'"
    (row,) = (await office.get(GRACE, lists(collection, text))).json()["value"]
    assert isinstance(row, dict)
    return row


async def alter(office: ArmOffice, *rules: dict[str, Any]) -> dict[str, Any]:
    """The policy of contributors, changed by who owns the subscription."""
    policy_id = (await find(office))["properties"]["policyId"]
    answer = await office.patch(GRACE, f"{policy_id}?{VERSION}", change(*rules))
    assert answer.status_code == HTTPStatus.OK, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def activate(office: ArmOffice, number: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    sent = body("SelfActivate", HANA, **{"scheduleInfo": lasting(), **more})
    answer = await office.put(HANA, path(ASSIGNMENTS, number), sent)
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    properties: dict[str, Any] = answer.json()["properties"]
    return properties


async def status_of(office: ArmOffice, number: int = 1) -> str:
    answer = await office.get(GRACE, path(ASSIGNMENTS, number))
    told: str = answer.json()["properties"]["status"]
    return told


@pytest.mark.documented("POL-003: ARM REST docs; terraform-provider-azurerm. The name stays here")
async def test_pol_003_rules_are_merged_by_their_ids(office: ArmOffice) -> None:
    before = await find(office, POLICIES)
    sent = expiration("EndUser_Assignment", "PT4H")
    after = await alter(office, sent)
    assert after["name"] == before["name"]
    rules = {rule["id"]: rule for rule in before["properties"]["rules"]}
    assert after["properties"]["rules"] == [*(rules | {sent["id"]: sent}).values()]


@pytest.mark.observed("POL-017 against the recorded PATCH, which the design follows: it is taken")
@pytest.mark.parametrize("place", ["Admin_Eligibility", "Admin_Assignment"])
async def test_pol_017_a_maximum_may_stand_beside_no_requirement(
    office: ArmOffice, place: str
) -> None:
    sent = expiration(place, "P30D", is_required=False)
    assert sent in (await alter(office, sent))["properties"]["rules"]


@pytest.mark.documented("POL-038: ARM REST docs; terraform-provider-azurerm; EasyPIM")
async def test_pol_038_the_policy_of_a_role_is_found_by_the_whole_id(office: ArmOffice) -> None:
    found, policy = await find(office), await find(office, POLICIES)
    assert found["properties"]["policyId"] == policy["id"]
    assert found["properties"]["roleDefinitionId"] == role_id(CONTRIBUTOR)
    assert found["properties"]["effectiveRules"] == policy["properties"]["effectiveRules"]
    assert found["name"] == f"{policy['name']}_{CONTRIBUTOR}"


@ROWS["ACT-032"].mark
async def test_act_032_a_reason_is_owed_to_the_enablement_rule_alone(office: ArmOffice) -> None:
    asked = approval(APPROVER, is_required=True)
    assert asked["setting"]["isRequestorJustificationRequired"] is True
    await alter(office, asked, enablement("EndUser_Assignment"))
    assert (await activate(office, justification=None))["status"] == "PendingApproval"


@pytest.mark.observed("ACT-042: netr0m/az-pim-cli#13")
async def test_act_042_a_rehearsal_of_what_would_wait(office: ArmOffice) -> None:
    await alter(office, approval(APPROVER, is_required=True))
    sent = body("SelfActivate", HANA, scheduleInfo=lasting())
    answer = await office.post(HANA, path(ASSIGNMENTS, 1, verb="/validate"), sent)
    told = answer.json()["properties"]
    assert (answer.status_code, told["status"]) == (HTTPStatus.OK, "PendingEvaluation")
    assert "approvalId" not in told
    assert (await office.get(GRACE, path(ASSIGNMENTS, 1))).status_code == HTTPStatus.NOT_FOUND


@ROWS["ACT-053"].mark
async def test_act_053_what_waits_goes_on_waiting(office: ArmOffice) -> None:
    await alter(office, approval(APPROVER, is_required=True))
    assert (await activate(office))["status"] == "PendingApproval"
    await alter(office, approval(APPROVER))
    assert await status_of(office) == "PendingApproval"
    listed = f"/{PROVIDER}/roleAssignmentApprovals?api-version=2021-01-01-preview"
    (row,) = await office.walk(INGRID, f"{listed}&$filter=asApprover()")
    assert row["name"] == name(1)


@ROWS["CAN-003"].mark
async def test_can_003_what_waits_is_taken_back_and_asks_nobody(office: ArmOffice) -> None:
    await alter(office, approval(APPROVER, is_required=True))
    assert (await activate(office))["status"] == "PendingApproval"
    done = await office.post(HANA, path(ASSIGNMENTS, 1, verb="/cancel"))
    assert (done.status_code, done.content) == (HTTPStatus.OK, b"")
    assert await status_of(office) == "Canceled"
    listed = f"/{PROVIDER}/roleAssignmentApprovals?api-version=2021-01-01-preview"
    assert await office.walk(INGRID, f"{listed}&$filter=asApprover()") == []


@pytest.mark.observed("terraform-provider-azurerm sends it (INS-011): at the place or above it")
async def test_ins_011_a_principal_at_a_place(office: ArmOffice) -> None:
    text = f"(principalId eq '{NORA}') and atScope()"
    rows = await office.walk(GRACE, lists("roleEligibilitySchedules", text))
    assert {row["name"] for row in rows} == {ABOVE.id, HERE.id}


@pytest.mark.observed("terraform-provider-azurerm sends it (INS-012): around the place")
async def test_ins_012_a_principal_around_a_place(office: ArmOffice) -> None:
    text = f"(principalId eq '{NORA}')"
    rows = await office.walk(GRACE, lists("roleAssignmentSchedules", text))
    assert {row["name"] for row in rows} == {READ_ABOVE.id, READ_HERE.id, READ_BELOW.id}
    member_types = {row["name"]: row["properties"]["memberType"] for row in rows}
    assert member_types[READ_HERE.id] == "Direct"
    assert member_types[READ_ABOVE.id] == "Inherited"


@pytest.mark.documented("ENTRA concept-pim: everybody sees their own (INS-011, INS-012)")
async def test_ins_011_who_may_not_look_is_refused(office: ArmOffice) -> None:
    for text in (f"(principalId eq '{NORA}') and atScope()", f"(principalId eq '{NORA}')"):
        refused = await office.get(HANA, lists("roleEligibilitySchedules", text))
        assert code(refused) == (400, "InsufficientPermissions")
    own = await office.walk(HANA, lists("roleEligibilitySchedules", f"principalId eq '{HANA}'"))
    assert [row["name"] for row in own] == [HANA_ELIGIBLE.id]
