"""Every published example of requests about roles for Azure resources, as a call of ours."""

from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.published import (
    ACTIVATION,
    ASKED,
    ASSIGNMENT,
    ELIGIBLE,
    PERSON,
    REHEARSED,
    ROLE_ID,
    SUBSCRIPTION,
    TERMS,
    Address,
    build_published,
    examples,
    identify,
    make_eligible,
    slot,
    spell,
)

ASSIGNMENTS: Final = "roleAssignmentScheduleRequests"
ELIGIBILITIES: Final = "roleEligibilityScheduleRequests"
FILTER: Final = "&$filter=assignedTo('A3BB8764-CB92-4276-9D2A-CA1E895E55EA')"


@pytest.fixture(autouse=True)
async def world(office: ArmOffice) -> None:
    await build_published(office)


def asked(request_type: str, start: str, duration: str, **more: str) -> dict[str, Any]:
    """The bodies of the examples, with what they send as null."""
    properties = {
        "principalId": PERSON,
        "roleDefinitionId": ROLE_ID,
        "requestType": request_type,
        "scheduleInfo": {
            "startDateTime": start,
            "expiration": {"type": "AfterDuration", "endDateTime": None, "duration": duration},
        },
        **TERMS,
    }
    return {"properties": properties | more}


ACTIVATE: Final = asked(
    "SelfActivate", "2020-09-09T21:35:27.91Z", "PT8H", linkedRoleEligibilityScheduleId=ELIGIBLE
)
ASSIGN: Final = asked("AdminAssign", "2020-09-09T21:31:27.91Z", "P365D")


def told(collection: str, name: str, duration: str, **more: str) -> dict[str, Any]:
    """What the examples are answered, spelled as recorded."""
    properties = {
        **slot(),
        "status": "Provisioned",
        "scheduleInfo": {
            "startDateTime": "2020-09-09T21:35:27.91+00:00",
            "expiration": {"type": "AfterDuration", "duration": duration},
        },
        "ticketInfo": {},
        "requestorId": PERSON,
        "createdOn": "2020-09-09T21:35:27.91Z",
        **TERMS,
    }
    return {"properties": properties | more, **identify(collection, name)}


ACTIVATED: Final = told(
    ASSIGNMENTS,
    ACTIVATION,
    "PT8H",
    requestType="SelfActivate",
    targetRoleAssignmentScheduleId=spell("roleAssignmentSchedules", ACTIVATION),
    linkedRoleEligibilityScheduleId=spell("roleEligibilitySchedules", ELIGIBLE),
)
ASSIGNED: Final = told(
    ELIGIBILITIES,
    ASSIGNMENT,
    "P365D",
    requestType="AdminAssign",
    targetRoleEligibilityScheduleId=spell("roleEligibilitySchedules", ASSIGNMENT),
)


async def activate(office: ArmOffice, version: str) -> httpx.Response:
    await make_eligible(office)
    return await office.put(PERSON, Address(ASSIGNMENTS, version).of(ACTIVATION), ACTIVATE)


async def assign(office: ArmOffice, version: str) -> httpx.Response:
    return await office.put(PERSON, Address(ELIGIBILITIES, version).of(ASSIGNMENT), ASSIGN)


@pytest.mark.parametrize(
    "version",
    examples("RoleAssignmentScheduleRequests_Create", "PutRoleAssignmentScheduleRequest", ASKED),
)
async def test_a_role_is_activated(office: ArmOffice, version: str) -> None:
    answer = await activate(office, version)
    assert (answer.status_code, answer.json()) == (201, ACTIVATED)


@pytest.mark.parametrize(
    "version",
    examples("RoleAssignmentScheduleRequests_Get", "GetRoleAssignmentScheduleRequestByName", ASKED),
)
async def test_an_activation_is_told(office: ArmOffice, version: str) -> None:
    await activate(office, version)
    answer = await office.get(PERSON, Address(ASSIGNMENTS, version).of(ACTIVATION))
    assert (answer.status_code, answer.json()) == (200, ACTIVATED)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleAssignmentScheduleRequests_ListForScope",
        "GetRoleAssignmentScheduleRequestByScope",
        ASKED,
    ),
)
async def test_activations_are_listed(office: ArmOffice, version: str) -> None:
    await activate(office, version)
    answer = await office.get(PERSON, Address(ASSIGNMENTS, version).of() + FILTER)
    assert (answer.status_code, answer.json()) == (200, {"value": [ACTIVATED]})


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleAssignmentScheduleRequests_Cancel", "CancelRoleAssignmentScheduleRequestByName", ASKED
    ),
)
async def test_an_activation_is_cancelled(office: ArmOffice, version: str) -> None:
    # The example cancels one that has nothing left to cancel: what is still ahead is cancelled.
    await make_eligible(office)
    address = Address(ASSIGNMENTS, version)
    later = asked("SelfActivate", "2020-09-10T21:35:27.91Z", "PT8H")
    assert (await office.put(PERSON, address.of(ACTIVATION), later)).status_code == 201
    answer = await office.post(PERSON, address.of(ACTIVATION, "/cancel"))
    assert (answer.status_code, answer.content) == (200, b"")


def rehearsed(made: dict[str, Any]) -> dict[str, Any]:
    # The examples are answered as if it had been done. A client saw what would become of it,
    # which is what it asks for (netr0m/az-pim-cli#13).
    return {**made, "properties": {**made["properties"], "status": "Granted"}}


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleAssignmentScheduleRequests_Validate",
        "ValidateRoleAssignmentScheduleRequestByName",
        REHEARSED,
    ),
)
async def test_an_activation_is_rehearsed(office: ArmOffice, version: str) -> None:
    await make_eligible(office)
    path = Address(ASSIGNMENTS, version).of(ACTIVATION, "/validate", SUBSCRIPTION)
    answer = await office.post(PERSON, path, ACTIVATE)
    assert (answer.status_code, answer.json()) == (200, rehearsed(ACTIVATED))


@pytest.mark.parametrize(
    "version",
    examples("RoleEligibilityScheduleRequests_Create", "PutRoleEligibilityScheduleRequest", ASKED),
)
async def test_an_eligibility_is_given(office: ArmOffice, version: str) -> None:
    answer = await assign(office, version)
    assert (answer.status_code, answer.json()) == (201, ASSIGNED)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleEligibilityScheduleRequests_Get", "GetRoleEligibilityScheduleRequestByName", ASKED
    ),
)
async def test_an_eligibility_is_told(office: ArmOffice, version: str) -> None:
    await assign(office, version)
    answer = await office.get(PERSON, Address(ELIGIBILITIES, version).of(ASSIGNMENT))
    assert (answer.status_code, answer.json()) == (200, ASSIGNED)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleEligibilityScheduleRequests_ListForScope",
        "GetRoleEligibilityScheduleRequestByScope",
        ASKED,
    ),
)
async def test_eligibilities_are_listed(office: ArmOffice, version: str) -> None:
    await assign(office, version)
    answer = await office.get(PERSON, Address(ELIGIBILITIES, version).of() + FILTER)
    assert (answer.status_code, answer.json()) == (200, {"value": [ASSIGNED]})


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleEligibilityScheduleRequests_Cancel",
        "CancelRoleEligibilityScheduleRequestByName",
        ASKED,
    ),
)
async def test_an_eligibility_is_cancelled(office: ArmOffice, version: str) -> None:
    address = Address(ELIGIBILITIES, version)
    later = asked("AdminAssign", "2020-09-10T21:31:27.91Z", "P30D")
    assert (await office.put(PERSON, address.of(ASSIGNMENT), later)).status_code == 201
    answer = await office.post(PERSON, address.of(ASSIGNMENT, "/cancel"))
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleEligibilityScheduleRequests_Validate",
        "ValidateRoleEligibilityScheduleRequestByName",
        REHEARSED,
    ),
)
async def test_an_eligibility_is_rehearsed(office: ArmOffice, version: str) -> None:
    path = Address(ELIGIBILITIES, version).of(ASSIGNMENT, "/validate", SUBSCRIPTION)
    answer = await office.post(PERSON, path, ASSIGN)
    assert (answer.status_code, answer.json()) == (200, rehearsed(ASSIGNED))
