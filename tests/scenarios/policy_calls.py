"""Short words for calls about policies: their ids, their rules, and what is sent to change them."""

from typing import Any, Final

import httpx

from tests.scenarios.calls import rows_of
from tests.scenarios.company import GRAPH, Company
from tests.support.permissions import EVERY_DELEGATED

POLICIES: Final = "/v1.0/policies/roleManagementPolicies"
ASSIGNMENTS: Final = "/v1.0/policies/roleManagementPolicyAssignments"
APPROVAL: Final = "Approval_EndUser_Assignment"
CONTEXT: Final = "AuthenticationContext_EndUser_Assignment"
ENABLEMENT: Final = "Enablement_EndUser_Assignment"
EXPIRATION: Final = "Expiration_EndUser_Assignment"
APPROVER_MAIL: Final = "Notification_Approver_EndUser_Assignment"
ROLE: Final = "Reports Reader"
"""A role that nobody has a policy for yet."""
_RULE: Final = "#microsoft.graph.unifiedRoleManagementPolicy"
MODERATOR: Final = {
    "displayName": "Bench",
    "kind": "public",
    "permissions": {"delegated": list(EVERY_DELEGATED)},
}
"""A client that asks for every permission, those for the policies of groups among them."""


def rule(kind: str, id_: str, **members: object) -> dict[str, Any]:
    """A rule as a client writes it."""
    return {"@odata.type": f"{_RULE}{kind}Rule", "id": id_, **members}


def expiration(duration: str, id_: str = EXPIRATION, **members: object) -> dict[str, Any]:
    """A rule about how long something may be held."""
    return rule("Expiration", id_, maximumDuration=duration, **members)


def enablement(*words: str, id_: str = ENABLEMENT) -> dict[str, Any]:
    """A rule about what a request has to bring."""
    return rule("Enablement", id_, enabledRules=list(words))


def context(claim: str | None) -> dict[str, Any]:
    """The rule about the sign-in, turned on with a claim or off with none."""
    is_on = bool(claim)
    return rule("AuthenticationContext", CONTEXT, isEnabled=is_on, claimValue=claim)


def approval(*approvers: dict[str, Any], is_required: bool = True) -> dict[str, Any]:
    """The rule about who has to agree."""
    stage = {"primaryApprovers": list(approvers)}
    setting = {"isApprovalRequired": is_required, "approvalStages": [stage]}
    return rule("Approval", APPROVAL, setting=setting)


def user(id_: str, name: str = "userId") -> dict[str, Any]:
    """A person who may agree."""
    return {"@odata.type": "#microsoft.graph.singleUser", name: id_}


def group(id_: str, name: str = "groupId") -> dict[str, Any]:
    """A group whose members may agree."""
    return {"@odata.type": "#microsoft.graph.groupMembers", name: id_}


def mail(*recipients: str) -> dict[str, Any]:
    """The rule about who hears that somebody has to agree."""
    return rule("Notification", APPROVER_MAIL, notificationRecipients=list(recipients))


def select(scope_id: str = "/", scope_type: str = "DirectoryRole", role: str = "") -> str:
    """The filter that a list of policies has to have."""
    asked = f"?$filter=scopeId eq '{scope_id}' and scopeType eq '{scope_type}'"
    return f"{asked} and roleDefinitionId eq '{role}'" if role else asked


async def find_policy(
    company: Company, role: str = ROLE, word: str = "DirectoryRole", who: str = "gail"
) -> str:
    """The id of the policy of a directory role."""
    query = select(scope_type=word, role=company.find(role))
    (found,) = await rows_of(company, who, f"{ASSIGNMENTS}{query}")
    id_: str = found["policyId"]
    return id_


async def patch_rule(
    company: Company, sent: object, policy: str = "", *, id_: str = "", who: str = "gail"
) -> httpx.Response:
    """Changes one rule of a policy, which is that of the role without one if none is named."""
    found = policy or await find_policy(company)
    named = id_ or (sent.get("id") if isinstance(sent, dict) else None) or EXPIRATION
    return await company.call(who, "PATCH", f"{POLICIES}/{found}/rules/{named}", json=sent)


async def patch_policy(
    company: Company, *rules: object, policy: str = "", who: str = "gail"
) -> httpx.Response:
    """Changes some rules of a policy at once."""
    found = policy or await find_policy(company)
    return await company.call(who, "PATCH", f"{POLICIES}/{found}", json={"rules": list(rules)})


async def read_rule(
    company: Company, id_: str, policy: str = "", version: str = "v1.0"
) -> dict[str, Any]:
    """A rule as it is told."""
    found = policy or await find_policy(company)
    path = f"{POLICIES}/{found}/rules/{id_}".replace("v1.0", version, 1)
    answer = await company.call("gail", "GET", path)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def read_rules(company: Company, policy: str) -> dict[str, dict[str, Any]]:
    """All rules of a policy by their ids."""
    rows = await rows_of(company, "gail", f"{POLICIES}/{policy}/rules")
    return {row["id"]: row for row in rows}


async def call_freely(
    company: Company, method: str, path: str, json: object = None, *, who: str = "gail"
) -> httpx.Response:
    """A call with every permission that a client can ask for."""
    token = await company.sign_in(who, GRAPH, client="Bench")
    headers = {"authorization": f"Bearer {token}"}
    return await company.client.request(method, path, headers=headers, json=json)
