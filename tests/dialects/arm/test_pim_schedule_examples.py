"""Every published example of schedules, instances and eligible children, as a call of ours."""

from typing import Any, Final

import pytest

from tests.dialects.arm.estate import PROVIDER
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.published import (
    ACTIVATION,
    ASSIGNMENT,
    ELIGIBLE,
    PERSON,
    READ,
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

ACTIVE_SCHEDULES: Final = "roleAssignmentSchedules"
ELIGIBLE_SCHEDULES: Final = "roleEligibilitySchedules"
ACTIVE_INSTANCES: Final = "roleAssignmentScheduleInstances"
ELIGIBLE_INSTANCES: Final = "roleEligibilityScheduleInstances"
FILTER: Final = f"&$filter=assignedTo('{PERSON}')"


@pytest.fixture(autouse=True)
async def world(office: ArmOffice) -> None:
    """The person is eligible for a year, and active for eight hours."""
    await build_published(office)
    await make_eligible(office)
    properties = {
        "principalId": PERSON,
        "roleDefinitionId": ROLE_ID,
        "requestType": "SelfActivate",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT8H"}},
    }
    path = Address("roleAssignmentScheduleRequests", "2020-10-01").of(ACTIVATION)
    assert (await office.put(PERSON, path, {"properties": properties})).status_code == 201


def held(end: str, **more: str) -> dict[str, Any]:
    return {
        **slot(),
        "status": "Provisioned",
        "startDateTime": "2020-09-09T21:35:27.91Z",
        "endDateTime": end,
        "memberType": "Direct",
        "createdOn": "2020-09-09T21:35:27.91Z",
        **TERMS,
        **more,
    }


TONIGHT: Final = "2020-09-10T05:35:27.91Z"
"""Eight hours later; the examples have it ten seconds earlier."""
NEXT_YEAR: Final = "2021-09-09T21:35:27.91Z"
UPDATED: Final = {"updatedOn": "2020-09-09T21:35:27.91Z"}
LINKED: Final = {"linkedRoleEligibilityScheduleId": spell(ELIGIBLE_SCHEDULES, ELIGIBLE)}
ACTIVE_SCHEDULE: Final = {
    "properties": held(
        TONIGHT,
        **UPDATED,
        **LINKED,
        assignmentType="Activated",
        roleAssignmentScheduleRequestId=spell("roleAssignmentScheduleRequests", ACTIVATION),
    ),
    **identify(ACTIVE_SCHEDULES, ACTIVATION),
}
ELIGIBLE_SCHEDULE: Final = {
    "properties": held(
        NEXT_YEAR,
        **UPDATED,
        roleEligibilityScheduleRequestId=spell("roleEligibilityScheduleRequests", ASSIGNMENT),
    ),
    **identify(ELIGIBLE_SCHEDULES, ELIGIBLE),
}
ACTIVE_INSTANCE: Final = {
    "properties": held(
        TONIGHT,
        **LINKED,
        linkedRoleEligibilityScheduleInstanceId=spell(ELIGIBLE_INSTANCES, ELIGIBLE),
        originRoleAssignmentId=f"{SUBSCRIPTION}/{PROVIDER}/roleAssignments/{ACTIVATION}",
        assignmentType="Activated",
        roleAssignmentScheduleId=spell(ACTIVE_SCHEDULES, ACTIVATION),
    ),
    **identify(ACTIVE_INSTANCES, ACTIVATION),
}
ELIGIBLE_INSTANCE: Final = {
    "properties": held(NEXT_YEAR, roleEligibilityScheduleId=spell(ELIGIBLE_SCHEDULES, ELIGIBLE)),
    **identify(ELIGIBLE_INSTANCES, ELIGIBLE),
}


async def read(office: ArmOffice, address: Address, expected: dict[str, Any]) -> None:
    answer = await office.get(PERSON, address.of(expected["name"]))
    assert (answer.status_code, answer.json()) == (200, expected)


async def list_all(office: ArmOffice, address: Address, expected: dict[str, Any]) -> None:
    """The person owns the subscription besides, which no example tells of."""
    answer = await office.get(PERSON, address.of() + FILTER)
    assert answer.status_code == 200
    assert set(answer.json()) == {"value"}
    rows = answer.json()["value"]
    assert [row for row in rows if row["properties"]["roleDefinitionId"] == ROLE_ID] == [expected]


@pytest.mark.parametrize(
    "version", examples("RoleAssignmentSchedules_Get", "GetRoleAssignmentScheduleByName", READ)
)
async def test_the_schedule_of_an_activation(office: ArmOffice, version: str) -> None:
    await read(office, Address(ACTIVE_SCHEDULES, version), ACTIVE_SCHEDULE)


@pytest.mark.parametrize(
    "version",
    examples("RoleAssignmentSchedules_ListForScope", "GetRoleAssignmentSchedulesByScope", READ),
)
async def test_schedules_of_assignments(office: ArmOffice, version: str) -> None:
    await list_all(office, Address(ACTIVE_SCHEDULES, version), ACTIVE_SCHEDULE)


@pytest.mark.parametrize(
    "version", examples("RoleEligibilitySchedules_Get", "GetRoleEligibilityScheduleByName", READ)
)
async def test_the_schedule_of_an_eligibility(office: ArmOffice, version: str) -> None:
    await read(office, Address(ELIGIBLE_SCHEDULES, version), ELIGIBLE_SCHEDULE)


@pytest.mark.parametrize(
    "version",
    examples("RoleEligibilitySchedules_ListForScope", "GetRoleEligibilitySchedulesByScope", READ),
)
async def test_schedules_of_eligibilities(office: ArmOffice, version: str) -> None:
    await list_all(office, Address(ELIGIBLE_SCHEDULES, version), ELIGIBLE_SCHEDULE)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleAssignmentScheduleInstances_Get", "GetRoleAssignmentScheduleInstanceByName", READ
    ),
)
async def test_the_instance_of_an_activation(office: ArmOffice, version: str) -> None:
    await read(office, Address(ACTIVE_INSTANCES, version), ACTIVE_INSTANCE)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleAssignmentScheduleInstances_ListForScope",
        "GetRoleAssignmentScheduleInstancesByScope",
        READ,
    ),
)
async def test_instances_of_assignments(office: ArmOffice, version: str) -> None:
    await list_all(office, Address(ACTIVE_INSTANCES, version), ACTIVE_INSTANCE)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleEligibilityScheduleInstances_Get", "GetRoleEligibilityScheduleInstanceByName", READ
    ),
)
async def test_the_instance_of_an_eligibility(office: ArmOffice, version: str) -> None:
    await read(office, Address(ELIGIBLE_INSTANCES, version), ELIGIBLE_INSTANCE)


@pytest.mark.parametrize(
    "version",
    examples(
        "RoleEligibilityScheduleInstances_ListForScope",
        "GetRoleEligibilityScheduleInstancesByScope",
        READ,
    ),
)
async def test_instances_of_eligibilities(office: ArmOffice, version: str) -> None:
    await list_all(office, Address(ELIGIBLE_INSTANCES, version), ELIGIBLE_INSTANCE)


@pytest.mark.parametrize(
    "version",
    examples("EligibleChildResources_Get", "GetEligibleChildResourcesByScope", READ),
)
async def test_where_something_could_be_activated(office: ArmOffice, version: str) -> None:
    path = Address("eligibleChildResources", version).of()
    answer = await office.get(PERSON, f"{path}&$filter=resourceType+eq+'resourcegroup'")
    # The recording tells ids without the alias, which the example of the first version has.
    expected = [
        {"name": name, "id": f"{SUBSCRIPTION}/resourceGroups/{name}", "type": "resourcegroup"}
        for name in ("RG-1", "RG-2")
    ]
    assert (answer.status_code, answer.json()) == (200, {"value": expected})
