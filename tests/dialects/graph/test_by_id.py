import pytest

from tests.dialects.graph.office import GRACE, HANA, Office, asked

DIRECTORY = "/v1.0/roleManagement/directory"


@pytest.mark.documented("get of schedules, instances, role assignments and requests by id")
@pytest.mark.witness(
    "GET roleManagement/directory/roleDefinitions/{id}",
    "GET roleManagement/directory/roleAssignments",
    "GET roleManagement/directory/roleAssignments/{id}",
    "GET roleManagement/directory/roleEligibilitySchedules",
    "GET roleManagement/directory/roleEligibilitySchedules/{id}",
    "GET roleManagement/directory/roleEligibilityScheduleInstances",
    "GET roleManagement/directory/roleEligibilityScheduleInstances/{id}",
    "GET roleManagement/directory/roleEligibilityScheduleRequests",
    "GET roleManagement/directory/roleEligibilityScheduleRequests/{id}",
    "GET roleManagement/directory/roleAssignmentSchedules",
    "GET roleManagement/directory/roleAssignmentSchedules/{id}",
    "GET roleManagement/directory/roleAssignmentScheduleInstances",
    "GET roleManagement/directory/roleAssignmentScheduleInstances/{id}",
    "GET roleManagement/directory/roleAssignmentScheduleRequests",
    "GET roleManagement/directory/roleAssignmentScheduleRequests/{id}",
)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_everything_listed_is_found_by_its_id(office: Office, version: str) -> None:
    body = asked("adminAssign", HANA, scheduleInfo={"expiration": {"type": "noExpiration"}})
    made = [
        await office.post(GRACE, f"{DIRECTORY}/roleEligibilityScheduleRequests", body),
        await office.post(
            HANA, f"{DIRECTORY}/roleAssignmentScheduleRequests", asked("selfActivate", HANA)
        ),
    ]
    assert [one.status_code for one in made] == [201, 201]

    for name in (
        "roleDefinitions",
        "roleAssignments",
        "roleEligibilitySchedules",
        "roleEligibilityScheduleInstances",
        "roleEligibilityScheduleRequests",
        "roleAssignmentSchedules",
        "roleAssignmentScheduleInstances",
        "roleAssignmentScheduleRequests",
    ):
        path = f"/{version}/roleManagement/directory/{name}"
        listed = (await office.get(GRACE, path)).json()["value"]
        assert listed, name
        for one in listed[:3]:
            found = (await office.get(GRACE, f"{path}/{one['id']}")).json()
            assert found.pop("@odata.context").endswith(f"/{name}/$entity")
            assert found == one
