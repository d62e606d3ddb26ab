"""The unmodified Azure SDK for Python, pointed at a running service."""

import itertools
from collections.abc import Callable
from typing import Any, Final

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.v2020_10_01 import models
from azure.mgmt.managementgroups import ManagementGroupsMgmtClient

from tests.clients.desk import Desk, PasswordCredential

SCOPE: Final = "https://management.azure.com/.default"
PRODUCTION_ID: Final = "c84e2b17-6d05-4f39-a1b8-73f2e95d0c46"
SANDBOX_ID: Final = "2d97f5a3-41bc-4e08-b6d2-9f5c07e8134a"
PRODUCTION: Final = f"subscriptions/{PRODUCTION_ID}"
SANDBOX: Final = f"subscriptions/{SANDBOX_ID}"
PLATFORMS: Final = "larkfield-platforms"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
_NUMBERS: Final = itertools.count(1)


def as_person(desk: Desk, name: str) -> Any:  # noqa: ANN401 - its members come to be when asked for
    """The client for a person who has signed in."""
    return _open(desk, AuthorizationManagementClient, PasswordCredential(desk, name), PRODUCTION_ID)


def as_application(desk: Desk) -> Any:  # noqa: ANN401 - its members come to be when asked for
    """The client for the application that owns the production subscription."""
    credential = desk.application_credential()
    return _open(desk, AuthorizationManagementClient, credential, PRODUCTION_ID)


def of_management_groups(desk: Desk, name: str) -> Any:  # noqa: ANN401 - a generated client
    """The client for management groups, for a person who has signed in."""
    return _open(desk, ManagementGroupsMgmtClient, PasswordCredential(desk, name))


def role_id(role: str, place: str = PRODUCTION) -> str:
    """A role as it is named at a place."""
    return f"/{place}/providers/Microsoft.Authorization/roleDefinitions/{role}"


def new_name() -> str:
    """A name that the client chooses."""
    return f"a2b7c000-0000-4000-8000-{next(_NUMBERS):012}"


def eligibility(desk: Desk, name: str, request_type: str = "AdminAssign") -> Any:  # noqa: ANN401 - a generated model
    """What an administrator sends about somebody's eligibility to read production."""
    return models.RoleEligibilityScheduleRequest(
        principal_id=desk.person(name)["id"],
        role_definition_id=role_id(READER),
        request_type=request_type,
        justification="on call",
        schedule_info=models.RoleEligibilityScheduleRequestPropertiesScheduleInfo(
            expiration=models.RoleEligibilityScheduleRequestPropertiesScheduleInfoExpiration(
                type="AfterDuration", duration="P30D"
            )
        ),
    )


def activation(desk: Desk, name: str, hours: int = 1, **changes: object) -> Any:  # noqa: ANN401 - a generated model
    """What somebody sends who activates to read production."""
    fields: dict[str, Any] = {
        "principal_id": desk.person(name)["id"],
        "role_definition_id": role_id(READER),
        "request_type": "SelfActivate",
        "justification": "incident 42",
        "schedule_info": models.RoleAssignmentScheduleRequestPropertiesScheduleInfo(
            expiration=models.RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration(
                type="AfterDuration", duration=f"PT{hours}H"
            )
        ),
    }
    return models.RoleAssignmentScheduleRequest(**{**fields, **changes})


def refusal_of(call: Callable[[], object]) -> tuple[int | None, str | None, str]:
    """Status, code and message of what the client raises."""
    with pytest.raises(HttpResponseError) as caught:
        call()
    error = caught.value
    return error.status_code, error.error.code if error.error else None, error.message


def _open(desk: Desk, client: Any, *given: object) -> Any:  # noqa: ANN401 - a generated client
    opened = client(*given, base_url=desk.connection["armUrl"], credential_scopes=[SCOPE])
    desk.opened.callback(opened.close)
    return opened
