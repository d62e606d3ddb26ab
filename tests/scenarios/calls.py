"""Short words for calls to Graph: what tests of rows, authority and bad input send and read."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from tests.scenarios.company import Company

UNKNOWN: Final = "11111111-2222-4333-8444-555555555555"
"""An id of nothing."""
DIRECTORY: Final = "/v1.0/roleManagement/directory"
REQUESTS: Final = f"{DIRECTORY}/roleAssignmentScheduleRequests"
ELIGIBLE: Final = f"{DIRECTORY}/roleEligibilityScheduleRequests"
INSTANCES: Final = f"{DIRECTORY}/roleAssignmentScheduleInstances"
ELIGIBLE_INSTANCES: Final = f"{DIRECTORY}/roleEligibilityScheduleInstances"
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = {"expiration": {"type": "afterDuration", "duration": "PT1H"}}
OWN: Final = "filterByCurrentUser(on='principal')"


def held_id(*ids: str, ending: str) -> str:
    """The published formula, written a second time."""
    packed = b"".join(UUID(one).bytes_le for one in ids)
    return urlsafe_b64encode(packed).decode().rstrip("=") + ending


def body(company: Company, action: str, who: str, role: str, **more: object) -> dict[str, Any]:
    return {
        "action": action,
        "principalId": company.find(who),
        "roleDefinitionId": company.find(role),
        "directoryScopeId": "/",
        "justification": "As agreed",
        **more,
    }


async def post(
    company: Company, who: str, path: str, sent: dict[str, Any], status: int = 201
) -> dict[str, Any]:
    response = await company.call(who, "POST", path, json=sent)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def make_eligible(company: Company, who: str, role: str, **more: object) -> dict[str, Any]:
    sent = body(company, "adminAssign", who, role, scheduleInfo=None, **more)
    return await post(company, "pia", ELIGIBLE, sent)


async def activate(company: Company, who: str, role: str, **more: object) -> dict[str, Any]:
    sent = body(company, "selfActivate", who, role, scheduleInfo=HOUR, **more)
    return await post(company, who, REQUESTS, sent)


async def rows_of(company: Company, who: str, path: str) -> list[dict[str, Any]]:
    response = await company.call(who, "GET", path)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["value"]
    return rows


def read_claims(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error of a refusal, which is never a fault of the service."""
    assert 400 <= response.status_code < 500, f"{response.status_code} {response.text}"
    error: dict[str, Any] = response.json()["error"]
    return error


def valid_body(company: Company) -> dict[str, Any]:
    """A request that is taken, to be spoilt."""
    return {
        "action": "adminAssign",
        "principalId": company.find("eve"),
        "roleDefinitionId": company.find("Reports Reader"),
        "directoryScopeId": "/",
        "justification": "As agreed",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
