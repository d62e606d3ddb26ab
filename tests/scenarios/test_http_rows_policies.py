"""Rows of the decision table about policies that speak of what travels, and of what it does."""

import json
from typing import Any, Final

import pytest

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import REQUESTS, UNKNOWN, body, code_of, make_eligible, post, rows_of
from tests.scenarios.company import Company, found_company
from tests.scenarios.policy_calls import (
    APPROVAL,
    APPROVER_MAIL,
    ASSIGNMENTS,
    CONTEXT,
    ENABLEMENT,
    EXPIRATION,
    MODERATOR,
    POLICIES,
    approval,
    context,
    enablement,
    expiration,
    find_policy,
    group,
    mail,
    patch_policy,
    patch_rule,
    read_rule,
    read_rules,
    rule,
    select,
    user,
)
from timebound.application.ports import Store
from timebound.domain.approvals import ReviewResult

INVALID: Final = (400, "InvalidPolicyRule")
ELIGIBILITY: Final = "Enablement_Admin_Eligibility"


async def list_changes(company: Company) -> list[dict[str, Any]]:
    """What the audit log tells of changed policies."""
    query = "?$filter=activityDisplayName eq 'Update role setting in PIM'"
    token = await company.sign_in("gail", client="Bench")
    answer = await company.client.get(
        f"/v1.0/auditLogs/directoryAudits{query}", headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["value"]
    return rows


@ROWS["POL-001"].mark
@pytest.mark.witness("PATCH policies/roleManagementPolicies/{id}/rules/{id}")
async def test_pol_001_a_rule_is_changed_and_nothing_is_answered(store: Store, label: str) -> None:
    company = await found_company(store, label, {"applications": [MODERATOR]})
    policy = await find_policy(company)

    answer = await company.call(
        "gail", "PATCH", f"{POLICIES}/{policy}/rules/{EXPIRATION}", json=expiration("PT4H")
    )

    assert (answer.status_code, answer.content) == (204, b"")
    told = (await company.call("gail", "GET", f"{POLICIES}/{policy}")).json()
    assert told["lastModifiedDateTime"] == "2030-03-04T08:00:00Z"
    assert told["lastModifiedBy"] == {"displayName": "Gail", "id": None}
    assert (await read_rule(company, EXPIRATION, policy))["maximumDuration"] == "PT4H"
    (change,) = await list_changes(company)
    assert change["result"] == "success"
    await company.client.aclose()


@ROWS["POL-002"].mark
@pytest.mark.witness("PATCH policies/roleManagementPolicies/{id}")
async def test_pol_002_some_rules_are_changed_at_once_and_the_others_stay(
    company: Company,
) -> None:
    policy = await find_policy(company)
    before = await read_rules(company, policy)
    sent = {"rules": [expiration("PT2H"), enablement("Ticketing")]}

    answer = await company.call("pia", "PATCH", f"{POLICIES}/{policy}", json=sent)

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["id"], told["lastModifiedBy"]["displayName"]) == (policy, "Pia")
    assert "rules" not in told
    after = await read_rules(company, policy)
    assert {id_ for id_ in after if after[id_] != before[id_]} == {EXPIRATION, ENABLEMENT}
    assert after[EXPIRATION]["maximumDuration"] == "PT2H"
    assert after[ENABLEMENT]["enabledRules"] == ["Ticketing"]


@ROWS["POL-004"].mark
async def test_pol_004_members_in_pascal_case_are_none(company: Company) -> None:
    answer = await patch_rule(company, expiration("PT4H", IsExpirationRequired=True))

    assert code_of(answer) == INVALID
    assert answer.json()["error"]["message"] == "The policy rule is invalid."
    assert (await read_rule(company, EXPIRATION))["maximumDuration"] == "PT8H"


@ROWS["POL-005"].mark
async def test_pol_005_a_rule_says_its_type(company: Company) -> None:
    sent = {"id": EXPIRATION, "isExpirationRequired": True, "maximumDuration": "PT4H"}
    assert code_of(await patch_rule(company, sent)) == INVALID


@ROWS["POL-006"].mark
async def test_pol_006_a_rule_of_another_kind_is_a_fault_of_its_own(company: Company) -> None:
    answer = await patch_rule(company, enablement("Justification", id_=EXPIRATION))

    assert code_of(answer) == (400, "Request_BadRequest")
    assert answer.json()["error"]["message"] == "An error has occurred."


@ROWS["POL-007"].mark
async def test_pol_007_no_second_factor_is_asked_for_beside_a_context(company: Company) -> None:
    assert (await patch_rule(company, context("c1"))).status_code == 204

    answer = await patch_rule(company, enablement("MultiFactorAuthentication"))

    assert code_of(answer) == (400, "MfaAndAcrsConflict")
    said = "The Mfa and Acrs policy settings cannot be enabled simultaneously."
    assert answer.json()["error"]["message"] == said
    assert (await read_rule(company, ENABLEMENT))["enabledRules"] == ["Justification"]


@ROWS["POL-013"].mark
async def test_pol_013_an_activation_is_over_in_a_day(company: Company) -> None:
    answer = await patch_rule(company, expiration("P1DT1S"))

    assert code_of(answer) == (400, "InvalidPolicy")
    assert answer.json()["error"]["message"] == "The policy is invalid."


@pytest.mark.inferred("POL-012: any duration between five minutes and a day")
@pytest.mark.parametrize("maximum", ["PT0S", "PT4M59S"])
async def test_pol_012_an_activation_can_last_five_minutes(company: Company, maximum: str) -> None:
    answer = await patch_rule(company, expiration(maximum))

    assert code_of(answer) == (400, "InvalidPolicy")
    assert (await patch_rule(company, expiration("PT5M"))).status_code == 204


@ROWS["POL-021"].mark
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_pol_021_an_approver_named_by_id_is_told_as_the_version_has_it(
    company: Company, version: str
) -> None:
    uma = company.find("uma")
    assert (await patch_rule(company, approval(user(uma, "id")))).status_code == 204

    told = await read_rule(company, APPROVAL, version=version)

    type_ = {"@odata.type": "#microsoft.graph.singleUser", "description": "Uma"}
    expected = {"userId": uma} if version == "v1.0" else {"id": uma, "isBackup": False}
    (stage,) = told["setting"]["approvalStages"]
    assert stage["primaryApprovers"] == [type_ | expected]


@ROWS["POL-022"].mark
async def test_pol_022_who_would_be_asked_later_is_taken_and_not_kept(company: Company) -> None:
    sent = approval(user(company.find("uma")))
    sent["setting"]["approvalStages"][0]["escalationApprovers"] = [user(company.find("eve"))]

    assert (await patch_rule(company, sent)).status_code == 204

    (stage,) = (await read_rule(company, APPROVAL))["setting"]["approvalStages"]
    assert stage["escalationApprovers"] == []


@ROWS["POL-023"].mark
async def test_pol_023_an_unknown_member_is_refused(company: Company) -> None:
    sent = approval(user(company.find("uma")))
    sent["setting"]["approvalStages"][0]["fallbackPrimaryApprovers"] = []

    assert code_of(await patch_rule(company, sent)) == INVALID
    assert (await read_rule(company, APPROVAL))["setting"]["isApprovalRequired"] is False


@ROWS["POL-026"].mark
@pytest.mark.parametrize("id_", ["00000000-0000-0000-0000-000000000000", "uma@company.example"])
async def test_pol_026_an_approver_has_an_id(company: Company, id_: str) -> None:
    assert code_of(await patch_rule(company, approval(user(id_)))) == (400, "BadRequest")


@ROWS["POL-027"].mark
@ROWS["POL-028"].mark
async def test_pol_028_recipients_beside_approvers_lock_the_rules(company: Company) -> None:
    assert (await patch_rule(company, approval(user(company.find("uma"))))).status_code == 204
    assert (await patch_rule(company, mail("desk@company.example"))).status_code == 204

    answer = await patch_rule(company, expiration("PT4H"))
    assert code_of(answer) == (400, "ActivationCustomApproversNotEmpty")
    again = await patch_rule(company, mail())
    assert code_of(again) == (400, "ActivationCustomApproversNotEmpty")

    # The way out is a change of the whole policy that leads out of the state.
    assert (await patch_policy(company, mail())).status_code == 200
    assert (await patch_rule(company, expiration("PT4H"))).status_code == 204


@ROWS["POL-031"].mark
async def test_pol_031_words_that_nobody_knows_are_kept_of_eligibility(company: Company) -> None:
    words = ["Justification", "Coffee"]
    assert (await patch_rule(company, enablement(*words, id_=ELIGIBILITY))).status_code == 204
    # It is told again, though the published schema has no such word.
    with pytest.raises(AssertionError, match=r"enabledRules\[1\]: 'Coffee' is none of"):
        await read_rule(company, ELIGIBILITY)
    # What would be accepted and never asked for is refused everywhere else.
    assert code_of(await patch_rule(company, enablement("Coffee"))) == INVALID


@ROWS["POL-032"].mark
@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize("id_", [UNKNOWN, "x", f"Subscription_{UNKNOWN}_{UNKNOWN}"])
async def test_pol_032_an_id_of_no_provider(company: Company, method: str, id_: str) -> None:
    sent: object = {"rules": []} if method == "PATCH" else None
    answer = await company.call("gail", method, f"{POLICIES}/{id_}", json=sent)

    assert code_of(answer) == (400, "UnknownError")
    said = json.loads(answer.json()["error"]["message"])
    assert said == {"errorCode": "MissingProvider", "message": "The provider is missing."}


@ROWS["POL-034"].mark
async def test_pol_034_policies_are_neither_made_nor_deleted(company: Company) -> None:
    policy = await find_policy(company)
    for method, path in (
        ("DELETE", f"{POLICIES}/{policy}"),
        ("POST", POLICIES),
        ("POST", f"{POLICIES}/{policy}/rules"),
        ("DELETE", f"{POLICIES}/{policy}/rules/{EXPIRATION}"),
        ("PATCH", f"{POLICIES}/{policy}/effectiveRules/{EXPIRATION}"),
        ("POST", ASSIGNMENTS),
        ("DELETE", f"{ASSIGNMENTS}/{policy}_{company.find('Reports Reader')}"),
    ):
        answer = await company.call("gail", method, path, json={})
        assert answer.status_code == 405, (method, path)


@ROWS["POL-035"].mark
@pytest.mark.parametrize("path", [POLICIES, ASSIGNMENTS])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?$filter=scopeId eq '/'",
        "?$filter=scopeType eq 'Directory'",
        select("/", "Subscription"),
        select(UNKNOWN, "Directory"),
    ],
)
async def test_pol_035_a_list_is_asked_of_a_scope(company: Company, path: str, query: str) -> None:
    answer = await company.call("gail", "GET", path + query)

    assert code_of(answer) == (400, "UnknownError")
    assert "MissingProvider" in answer.json()["error"]["message"]


@ROWS["POL-036"].mark
@pytest.mark.witness("GET policies/roleManagementPolicyAssignments")
async def test_pol_036_a_role_has_one_assignment_with_17_rules(company: Company) -> None:
    role = company.find("Reports Reader")
    path = f"/v1.0/policies/roleManagementPolicyAssignments{select('/', 'DirectoryRole', role)}"
    answer = await company.call("gail", "GET", f"{path}&$expand=policy($expand=rules)")

    assert answer.status_code == 200, answer.text
    told = answer.json()
    (found,) = told["value"]
    assert told["@odata.context"].endswith(
        "#policies/roleManagementPolicyAssignments(policy(rules()))"
    )
    assert (found["roleDefinitionId"], found["scopeId"]) == (role, "/")
    assert found["id"] == f"{found['policyId']}_{role}"
    assert found["policy"]["id"] == found["policyId"]
    assert len({one["id"] for one in found["policy"]["rules"]}) == 17


@ROWS["POL-040"].mark
async def test_pol_040_what_is_held_stays_when_the_policy_gets_tighter(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    six_hours = {"expiration": {"type": "afterDuration", "duration": "PT6H"}}
    sent: dict[str, Any] = body(
        company, "selfActivate", "eve", "Reports Reader", scheduleInfo=six_hours
    )
    made = await post(company, "eve", REQUESTS, sent)

    assert (await patch_policy(company, expiration("PT1H"))).status_code == 200

    query = f"?$filter=principalId eq '{company.find('eve')}'"
    (held,) = await rows_of(
        company, "rex", f"/v1.0/roleManagement/directory/roleAssignmentScheduleInstances{query}"
    )
    assert held["roleAssignmentScheduleId"] == made["id"]
    assert held["endDateTime"] == "2030-03-04T14:00:00Z"
    await make_eligible(company, "finn", "Reports Reader")
    refused = await company.call(
        "finn", "POST", REQUESTS, json=sent | {"principalId": company.find("finn")}
    )
    assert code_of(refused) == (400, "RoleAssignmentRequestPolicyValidationFailed")


@ROWS["POL-045"].mark
async def test_pol_045_a_rule_is_of_its_place(company: Company) -> None:
    target = {"caller": "Admin", "level": "Assignment", "operations": ["all"]}
    assert code_of(await patch_rule(company, expiration("PT4H", target=target))) == INVALID
    other = expiration("PT4H", "Expiration_Admin_Assignment")
    assert code_of(await patch_rule(company, other, id_=EXPIRATION)) == INVALID


@ROWS["POL-047"].mark
@pytest.mark.parametrize("claim", ["", None])
async def test_pol_047_a_context_is_turned_off_with_nothing(
    company: Company, claim: str | None
) -> None:
    assert (await patch_rule(company, context("c1"))).status_code == 204
    assert (await patch_rule(company, context(claim))).status_code == 204

    told = await read_rule(company, CONTEXT)
    assert (told["isEnabled"], told["claimValue"]) == (False, claim)


@ROWS["POL-050"].mark
async def test_pol_050_operations_are_told_as_the_version_spells_them(company: Company) -> None:
    target = {"caller": "EndUser", "level": "Assignment", "operations": ["All"]}
    assert (await patch_rule(company, expiration("PT4H", target=target))).status_code == 204

    told = await read_rule(company, EXPIRATION)
    beta = await read_rule(company, EXPIRATION, version="beta")
    assert told["target"]["operations"] == ["all"]
    assert beta["target"]["operations"] == ["All"]


@ROWS["POL-051"].mark
@pytest.mark.parametrize("name", ["id", "groupId"])
async def test_pol_051_every_member_of_a_group_may_decide(company: Company, name: str) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    assert (
        await patch_rule(company, approval(group(company.find("Jury"), name)))
    ).status_code == 204
    hour = {"expiration": {"type": "afterDuration", "duration": "PT1H"}}
    sent = body(company, "selfActivate", "eve", "Reports Reader", scheduleInfo=hour)
    made = await post(company, "eve", REQUESTS, sent)

    settled = await company.settle(await company.sign_in("uma"), made["id"], ReviewResult.APPROVE)

    assert (made["status"], settled.status) == ("PendingApproval", "Provisioned")


@ROWS["ACT-055"].mark
async def test_act_055_a_custom_extension_is_refused_and_never_ignored(company: Company) -> None:
    id_ = "CustomExtension_EndUser_Assignment"
    assert code_of(await patch_rule(company, rule("CustomExtension", id_))) == INVALID
    assert code_of(await patch_policy(company, rule("CustomExtension", id_))) == INVALID
    other = rule("CustomExtension", EXPIRATION)
    assert code_of(await patch_rule(company, other)) == INVALID


@pytest.mark.inferred("what is measured of one rule holds of its neighbours")
async def test_an_approver_who_is_not_there_is_refused(company: Company) -> None:
    assert code_of(await patch_rule(company, approval(user(UNKNOWN)))) == (400, "InvalidPolicy")
    jury = company.find("Jury")
    assert code_of(await patch_rule(company, approval(user(jury)))) == (400, "InvalidPolicy")
    told = await read_rule(company, APPROVER_MAIL)
    assert told["notificationRecipients"] == []
