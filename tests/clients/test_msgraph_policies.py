"""Policies and approvals, as the Python SDK of Microsoft Graph meets them over HTTPS."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote

import httpx
import pytest
from msgraph.generated.models.approval_settings import ApprovalSettings
from msgraph.generated.models.single_user import SingleUser
from msgraph.generated.models.unified_approval_stage import UnifiedApprovalStage
from msgraph.generated.models.unified_role_management_policy_approval_rule import (
    UnifiedRoleManagementPolicyApprovalRule as ApprovalRule,
)
from msgraph.generated.models.unified_role_management_policy_authentication_context_rule import (
    UnifiedRoleManagementPolicyAuthenticationContextRule as ContextRule,
)
from msgraph.generated.models.unified_role_management_policy_enablement_rule import (
    UnifiedRoleManagementPolicyEnablementRule as EnablementRule,
)
from msgraph.generated.models.unified_role_management_policy_expiration_rule import (
    UnifiedRoleManagementPolicyExpirationRule as ExpirationRule,
)
from msgraph.generated.models.unified_role_management_policy_rule_target import (
    UnifiedRoleManagementPolicyRuleTarget as RuleTarget,
)
from msgraph.generated.models.unified_role_management_policy_rule_target_operations import (
    UnifiedRoleManagementPolicyRuleTargetOperations as Operations,
)
from msgraph_core import PageIterator  # type: ignore[import-untyped]  # it ships no types

from tests.clients.desk import SCOPE, Desk, PasswordCredential, ask
from tests.clients.test_msgraph_sdk import (
    READER,
    activation,
    eligibility,
    for_hours,
    refusal_of,
)
from tests.support.published import PublishedTransport

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    # The SDK warns about itself while its own builders are loaded.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

EXPIRATION: Final = "Expiration_EndUser_Assignment"
ENABLEMENT: Final = "Enablement_EndUser_Assignment"
APPROVAL: Final = "Approval_EndUser_Assignment"
CONTEXT: Final = "AuthenticationContext_EndUser_Assignment"
OF_READER: Final = (
    f"scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{READER}'"
)
BETA: Final = "beta/roleManagement/directory/roleAssignmentApprovals"


async def find_assignment(desk: Desk) -> Any:  # noqa: ANN401 - a generated model
    assignments = desk.as_application().policies.role_management_policy_assignments
    options = ask(assignments, filter=OF_READER, expand=["policy($expand=rules)"])
    (found,) = (await assignments.get(options)).value
    return found


async def open_rules(desk: Desk) -> Any:  # noqa: ANN401 - a generated builder
    """The rules of the reader's policy, for whoever administers."""
    policies = desk.as_application().policies.role_management_policies
    found = await find_assignment(desk)
    return policies.by_unified_role_management_policy_id(found.policy_id).rules


def target() -> RuleTarget:
    """The target of what people activate, as clients send it along."""
    return RuleTarget(
        caller="EndUser",
        operations=[Operations.All],
        level="Assignment",
        inheritable_settings=[],
        enforced_settings=[],
    )


def agreed_by(*approvers: str) -> ApprovalRule:
    stage = UnifiedApprovalStage(
        approval_stage_time_out_in_days=1,
        is_approver_justification_required=True,
        escalation_time_in_minutes=0,
        is_escalation_enabled=False,
        escalation_approvers=[],
        primary_approvers=[SingleUser(user_id=one) for one in approvers],
    )
    settings = ApprovalSettings(
        is_approval_required=bool(approvers),
        is_approval_required_for_extension=False,
        is_requestor_justification_required=True,
        approval_mode="SingleStage",
        approval_stages=[stage],
    )
    return ApprovalRule(id=APPROVAL, target=target(), setting=settings)


async def change(rules: Any, rule: Any) -> None:  # noqa: ANN401 - what the SDK generates
    await rules.by_unified_role_management_policy_rule_id(rule.id).patch(rule)


async def make_eligible(desk: Desk) -> None:
    """Nora may activate the reader's role."""
    directory = desk.as_application().role_management.directory
    await directory.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))


def requests_of(desk: Desk, name: str, claims: str = "") -> Any:  # noqa: ANN401 - a generated builder
    client = desk.as_person(name, claims=claims)
    return client.role_management.directory.role_assignment_schedule_requests


@pytest.mark.documented("List roleManagementPolicyAssignments: $filter and policy($expand=rules)")
async def test_the_policy_of_a_role_is_found_with_its_rules(desk: Desk) -> None:
    client = desk.as_application()
    found = await find_assignment(desk)
    policies = client.policies.role_management_policies
    one = policies.by_unified_role_management_policy_id(found.policy_id)
    whole = await one.get(ask(one, expand=["effectiveRules", "rules"]))
    listed = await one.rules.get()

    assert (found.role_definition_id, found.scope_type) == (READER, "DirectoryRole")
    assert (whole.id, whole.scope_id) == (found.policy_id, "/")
    ids = {rule.id for rule in found.policy.rules}
    assert len(ids) == len(found.policy.rules) == 17
    for rules in (whole.rules, whole.effective_rules, listed.value):
        assert {rule.id for rule in rules} == ids
    kinds = {type(rule).__name__ for rule in found.policy.rules}
    stem = "UnifiedRoleManagementPolicy"
    assert kinds == {
        f"{stem}{kind}Rule"
        for kind in (
            "Expiration",
            "Enablement",
            "Approval",
            "AuthenticationContext",
            "Notification",
        )
    }


@pytest.mark.documented("List roleManagementPolicies: one of each role, page by page")
async def test_every_role_has_a_policy(desk: Desk) -> None:
    client = desk.as_application()
    policies = client.policies.role_management_policies
    ids: list[str] = []

    def note(policy: Any) -> bool:  # noqa: ANN401 - a generated model
        ids.append(policy.id)
        return True

    first = await policies.get(ask(policies, filter="scopeId eq '/' and scopeType eq 'Directory'"))
    await PageIterator(first, client.request_adapter).iterate(note)

    roles = await client.role_management.directory.role_definitions.get()
    assert len(ids) == len(set(ids)) == len(roles.value) >= 145


@pytest.mark.documented("Update unifiedRoleManagementPolicyRule: maximumDuration")
async def test_a_shorter_maximum_is_kept_and_holds(desk: Desk) -> None:
    rules = await open_rules(desk)
    await make_eligible(desk)
    expiration = rules.by_unified_role_management_policy_rule_id(EXPIRATION)
    before = await expiration.get()

    whole = ExpirationRule(
        id=EXPIRATION, is_expiration_required=True, maximum_duration="PT4H", target=target()
    )
    await change(rules, whole)
    shorter = await expiration.get()
    refused = await refusal_of(
        requests_of(desk, "nora").post(activation(desk, "nora", schedule_info=for_hours(6)))
    )
    # Without the target and the rest: what is not sent stays.
    await change(rules, ExpirationRule(id=EXPIRATION, maximum_duration="PT6H"))
    longer = await expiration.get()
    made = await requests_of(desk, "nora").post(
        activation(desk, "nora", schedule_info=for_hours(6))
    )

    assert before.maximum_duration == timedelta(hours=8)
    assert shorter.maximum_duration == timedelta(hours=4)
    assert (shorter.target.caller, shorter.target.level) == ("EndUser", "Assignment")
    assert refused[:2] == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert "ExpirationRule" in refused[2]
    assert (longer.maximum_duration, longer.is_expiration_required) == (timedelta(hours=6), True)
    assert made.status == "Provisioned"


@pytest.mark.documented("behaviour book 4: an activation lasts a day at most")
async def test_a_maximum_of_more_than_a_day_is_refused(desk: Desk) -> None:
    rules = await open_rules(desk)
    expiration = rules.by_unified_role_management_policy_rule_id(EXPIRATION)
    rule = ExpirationRule(id=EXPIRATION, is_expiration_required=True, maximum_duration="PT25H")

    refused = await refusal_of(expiration.patch(rule))

    assert refused[:2] == (400, "InvalidPolicy")
    assert (await expiration.get()).maximum_duration == timedelta(hours=8)


@pytest.mark.documented("behaviour book 4: MfaAndAcrsConflict")
async def test_a_second_factor_and_a_context_exclude_one_another(desk: Desk) -> None:
    rules = await open_rules(desk)
    enablement = rules.by_unified_role_management_policy_rule_id(ENABLEMENT)
    await change(rules, ContextRule(id=CONTEXT, is_enabled=True, claim_value="c1"))
    both = EnablementRule(
        id=ENABLEMENT, enabled_rules=["Justification", "MultiFactorAuthentication"]
    )

    refused = await refusal_of(enablement.patch(both))
    kept = await enablement.get()
    await change(rules, ContextRule(id=CONTEXT, is_enabled=False))
    await change(rules, both)

    assert refused[:2] == (400, "MfaAndAcrsConflict")
    assert kept.enabled_rules == ["Justification"]
    assert set((await enablement.get()).enabled_rules) == set(both.enabled_rules)


@pytest.mark.documented("Update unifiedRoleManagementPolicyRule: an approver by userId")
async def test_an_activation_waits_once_approval_is_asked_for(desk: Desk) -> None:
    rules = await open_rules(desk)
    await make_eligible(desk)
    ingrid = desk.person("ingrid")["id"]
    await change(rules, agreed_by(ingrid))
    rule = await rules.by_unified_role_management_policy_rule_id(APPROVAL).get()
    requests = requests_of(desk, "nora")

    waiting = await requests.post(activation(desk, "nora"))
    request = requests.by_unified_role_assignment_schedule_request_id(waiting.id)
    await request.cancel.post()
    cancelled = await request.get()
    await change(rules, agreed_by())
    at_once = await requests.post(activation(desk, "nora"))

    (stage,) = rule.setting.approval_stages
    assert rule.setting.is_approval_required is True
    assert [one.user_id for one in stage.primary_approvers] == [ingrid]
    assert (waiting.status, waiting.approval_id) == ("PendingApproval", waiting.id)
    assert (cancelled.status, at_once.status) == ("Canceled", "Provisioned")


async def ask_beta(
    desk: Desk, who: str, method: str, path: str, sent: object = None
) -> httpx.Response:
    """An answer of the version that the SDK for v1.0 has no builders for."""
    token = PasswordCredential(desk, who).get_token(SCOPE).token
    transport = PublishedTransport(httpx.AsyncHTTPTransport())
    async with httpx.AsyncClient(transport=transport) as client:
        url = f"{desk.connection['graphUrl']}/{path}"
        headers = {"authorization": f"Bearer {token}"}
        return await client.request(method, url, json=sent, headers=headers)


@pytest.mark.documented("Update approvalStep (beta): reviewResult and justification")
async def test_an_approver_decides_what_was_asked_with_the_sdk(desk: Desk) -> None:
    await change(await open_rules(desk), agreed_by(desk.person("ingrid")["id"]))
    await make_eligible(desk)
    requests = requests_of(desk, "nora")
    waiting = await requests.post(activation(desk, "nora"))
    work = requests_of(desk, "ingrid").filter_by_current_user_with_on("approver")
    asked = (await work.get(ask(work, filter="status eq 'PendingApproval'"))).value

    one = f"{BETA}/{waiting.approval_id}"
    whole = await ask_beta(desk, "ingrid", "GET", f"{one}?$expand=steps")
    (step,) = (await ask_beta(desk, "ingrid", "GET", f"{one}/steps")).json()["value"]
    path = f"{one}/steps/{step['id']}"
    verdict = {"reviewResult": "Approve", "justification": "as agreed"}
    foreign = await ask_beta(desk, "daniel", "PATCH", path, verdict)
    decided = await ask_beta(desk, "ingrid", "PATCH", path, verdict)
    late = await ask_beta(desk, "ingrid", "PATCH", path, verdict)

    request = requests.by_unified_role_assignment_schedule_request_id(waiting.id)
    instances = desk.as_person("nora").role_management.directory.role_assignment_schedule_instances
    held = await instances.filter_by_current_user_with_on("principal").get()
    assert [one.id for one in asked] == [waiting.id]
    assert whole.json()["steps"] == [step]
    assert (step["status"], step["assignedToMe"]) == ("InProgress", True)
    assert (foreign.status_code, decided.status_code, late.status_code) == (403, 204, 409)
    assert (await request.get()).status == "Provisioned"
    assert [(one.assignment_type, one.role_definition_id) for one in held.value] == [
        ("Activated", READER)
    ]


@pytest.mark.documented("RoleAssignmentRequestAcrsValidationFailed: claims to ask a token for")
async def test_a_context_is_answered_with_the_claims_that_it_asks_for(desk: Desk) -> None:
    await change(await open_rules(desk), ContextRule(id=CONTEXT, is_enabled=True, claim_value="c1"))
    await make_eligible(desk)

    refused = await refusal_of(requests_of(desk, "nora").post(activation(desk, "nora")))
    claims = unquote(refused[2].partition("claims=")[2])
    made = await requests_of(desk, "nora", claims).post(activation(desk, "nora"))

    assert refused[:2] == (400, "RoleAssignmentRequestAcrsValidationFailed")
    assert '"acrs"' in claims
    assert made.status == "Provisioned"
