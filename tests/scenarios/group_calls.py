"""Short words for calls about who is in a group for a time."""

from typing import Any, Final

import httpx

from tests.scenarios.company import FACTORS, GRAPH, Company
from tests.scenarios.policy_calls import (
    APPROVAL,
    ASSIGNMENTS,
    MODERATOR,
    POLICIES,
    approval,
    select,
)

GROUP: Final = "/v1.0/identityGovernance/privilegedAccess/group"
ASKED: Final = f"{GROUP}/assignmentScheduleRequests"
ELIGIBLE: Final = f"{GROUP}/eligibilityScheduleRequests"
SCHEDULES: Final = f"{GROUP}/assignmentSchedules"
INSTANCES: Final = f"{GROUP}/assignmentScheduleInstances"
ELIGIBLE_SCHEDULES: Final = f"{GROUP}/eligibilitySchedules"
ELIGIBLE_INSTANCES: Final = f"{GROUP}/eligibilityScheduleInstances"
APPLICATIONS: Final = {"applications": [MODERATOR]}
"""What a company needs for its people to ask about groups."""
HOUR: Final = {"expiration": {"type": "afterDuration", "duration": "PT1H"}}
FOR_EVER: Final = {"expiration": {"type": "noExpiration"}}


async def call(
    company: Company, who: str, method: str, path: str, sent: object = None
) -> httpx.Response:
    """A call with every permission, as somebody who has shown a second factor."""
    token = await company.sign_in(who, GRAPH, FACTORS, "Bench")
    headers = {"authorization": f"Bearer {token}"}
    return await company.client.request(method, path, headers=headers, json=sent)


def body(
    company: Company, action: str, who: str, group: str, access: str = "member", **more: object
) -> dict[str, Any]:
    """A request about somebody in a group."""
    return {
        "action": action,
        "accessId": access,
        "principalId": company.find(who),
        "groupId": company.find(group),
        "justification": "As agreed",
        **more,
    }


async def ask(
    company: Company, who: str, path: str, sent: dict[str, Any], status: int = 201
) -> dict[str, Any]:
    """Makes a request, and tells what is answered."""
    response = await call(company, who, "POST", path, sent)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def make_eligible(
    company: Company, who: str, group: str, access: str = "member", **more: object
) -> dict[str, Any]:
    """Lets somebody come into a group, by who administers roles."""
    asked = {"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D"}}, **more}
    return await ask(
        company, "pia", ELIGIBLE, body(company, "adminAssign", who, group, access, **asked)
    )


async def join(
    company: Company, who: str, group: str, access: str = "member", **more: object
) -> dict[str, Any]:
    """Comes into a group, for an hour unless it is said otherwise."""
    asked = {"scheduleInfo": HOUR, **more}
    return await ask(
        company, who, ASKED, body(company, "selfActivate", who, group, access, **asked)
    )


async def list_rows(company: Company, who: str, path: str) -> list[dict[str, Any]]:
    """What a list tells somebody."""
    response = await call(company, who, "GET", path)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["value"]
    return rows


async def need_agreement(company: Company, group_id: str, *approvers: dict[str, Any]) -> None:
    """Lets somebody have to agree before anybody becomes a member of a group."""
    asked = f"{ASSIGNMENTS}{select(group_id, 'Group', 'member')}"
    (found,) = await list_rows(company, "gail", asked)
    path = f"{POLICIES}/{found['policyId']}/rules/{APPROVAL}"
    answer = await call(company, "gail", "PATCH", path, approval(*approvers))
    assert answer.status_code == 204, answer.text
