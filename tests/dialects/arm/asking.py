"""How the tests of requests ask: names, addresses and bodies."""

from typing import Any, Final

import httpx

from tests.dialects.arm.estate import CONTRIBUTOR, PROVIDER, SUBSCRIPTION, role_id
from timebound.domain.ids import PrincipalId

VERSION: Final = "api-version=2020-10-01"
ASSIGNMENTS: Final = "roleAssignmentScheduleRequests"
ELIGIBILITIES: Final = "roleEligibilityScheduleRequests"


def name(number: int) -> str:
    return f"cccccccc-0000-4000-8000-{number:012}"


def path(collection: str, number: int, scope: str = SUBSCRIPTION, verb: str = "") -> str:
    return f"{scope}/{PROVIDER}/{collection}/{name(number)}{verb}?{VERSION}"


def body(request_type: str, who: PrincipalId, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    properties = {
        "principalId": who,
        "roleDefinitionId": role_id(CONTRIBUTOR),
        "requestType": request_type,
        "justification": "Needed",
        **more,
    }
    return {"properties": properties}


def lasting(hours: int = 1) -> dict[str, Any]:
    return {"expiration": {"type": "AfterDuration", "duration": f"PT{hours}H"}}


def days(number: int) -> dict[str, Any]:
    return {"expiration": {"type": "AfterDuration", "duration": f"P{number}D"}}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
