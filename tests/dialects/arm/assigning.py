"""How tests call for role assignments, and read what they are answered."""

from typing import Any

import httpx

from tests.dialects.arm.estate import (
    PROVIDER,
    READER,
    SUBSCRIPTION,
)
from tests.dialects.graph.office import (
    NORA,
)

NEWEST = "2022-04-01"
NAME = "c0ffee00-0000-4000-8000-000000000001"
SECOND = NAME[:-1] + "2"
NOBODY = "99999999-0000-4000-8000-000000000000"
UNKNOWN = "0b5fe924-9a61-425c-96af-cfe6e287ca2d"
COLLECTION = "roleAssignments"
CONDITION = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'archive'"


def address(name: str = NAME, scope: str = SUBSCRIPTION, version: str = NEWEST) -> str:
    return f"{scope.rstrip('/')}/{PROVIDER}/{COLLECTION}/{name}?api-version={version}"


def body(who: str = NORA, role: str = READER, **more: object) -> dict[str, Any]:
    properties = {"roleDefinitionId": f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{role}"}
    return {"properties": {**properties, "principalId": who, **more}}


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def told(answer: httpx.Response) -> str:
    message: str = answer.json()["error"]["message"]
    return message
