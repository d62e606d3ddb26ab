"""What other clients of the resource manager do, call by call in their spellings.

They run nowhere here; what they send was taken from their sources: see contract.md of clients, 4.
"""

from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    DATA,
    GROUP,
    PROVIDER,
    READER,
    SUBSCRIPTION,
    TIER2_ELIGIBLE,
    WEB,
    allow_permanence,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ORIGIN, ArmOffice
from tests.dialects.graph.office import GRACE, HANA, NORA, OMAR

GA: Final = "api-version=2020-10-01"
PREVIEW: Final = "api-version=2020-10-01-preview"
ELIGIBILITIES: Final = "roleEligibilityScheduleRequests"
ASSIGNMENTS: Final = "roleAssignmentScheduleRequests"
NAME: Final = "0190a3c2-7b1e-7c4d-8f00-0123456789ab"
OTHER: Final = "0190a3c2-7b1e-7c4d-8f00-0123456789ac"


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)
    await allow_permanence(office.store)


def at(what: str, scope: str = SUBSCRIPTION, version: str = GA, filter_: str = "") -> str:
    asked = f"&%24filter={filter_}" if filter_ else ""
    return f"{scope}/{PROVIDER}/{what}?{version}{asked}"


async def rows(office: ArmOffice, who: str, path: str) -> list[dict[str, Any]]:
    return [row["properties"] for row in await office.walk(who, path)]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def terraform(principal: str, request_type: str = "AdminAssign", **more: object) -> dict[str, Any]:
    properties = {
        "justification": "managed",
        "principalId": principal,
        "requestType": request_type,
        "roleDefinitionId": role_id(CONTRIBUTOR),
        "scope": SUBSCRIPTION,
        "ticketInfo": {"ticketNumber": "1", "ticketSystem": "example"},
        **more,
    }
    return {"properties": properties}


@pytest.mark.observed("hashicorp/terraform-provider-azurerm, pim_eligible_role_assignment")
async def test_terraform_makes_somebody_eligible_and_takes_it_back(office: ArmOffice) -> None:
    schedule = {
        "expiration": {"type": "NoExpiration"},
        "startDateTime": "2031-03-04T08:00:00Z",
    }
    here = f"(principalId+eq+'{NORA}')+and+atScope()"
    listed = at("roleEligibilityScheduleInstances", filter_=here)
    assert await rows(office, GRACE, listed) == []

    absent = terraform("99999999-0000-4000-8000-000000000000", scheduleInfo=schedule)
    refused = await office.put(GRACE, at(f"{ELIGIBILITIES}/{NAME}"), absent)
    asked = terraform(NORA, scheduleInfo=schedule)
    made = await office.put(GRACE, at(f"{ELIGIBILITIES}/{NAME}"), asked)
    (found,) = await rows(office, GRACE, listed)
    (planned,) = await rows(office, GRACE, at("roleEligibilitySchedules", filter_=here))
    request = await office.get(GRACE, f"{planned['roleEligibilityScheduleRequestId']}?{GA}")
    removal = terraform(NORA, "AdminRemove")
    office.clock.advance(timedelta(minutes=6))
    removed = await office.put(GRACE, at(f"{ELIGIBILITIES}/{OTHER}"), removal)

    assert code(refused) == (404, "SubjectNotFound")
    assert made.status_code == 201
    assert (found["memberType"], found["scope"]) == ("Direct", SUBSCRIPTION)
    assert found["roleDefinitionId"] == role_id(CONTRIBUTOR)
    assert "endDateTime" not in found
    assert request.json()["properties"]["ticketInfo"]["ticketSystem"] == "example"
    assert (removed.status_code, removed.json()["properties"]["status"]) == (201, "Revoked")
    assert await rows(office, GRACE, listed) == []


@pytest.mark.observed("hashicorp/terraform-provider-azurerm, pim_active_role_assignment: deletion")
async def test_terraform_waits_until_what_is_active_can_end(office: ArmOffice) -> None:
    hour = {"expiration": {"type": "AfterDuration", "duration": "PT1H"}}
    asked = terraform(NORA, scheduleInfo=hour)
    assert (await office.put(GRACE, at(f"{ASSIGNMENTS}/{NAME}"), asked)).status_code == 201
    removal = terraform(NORA, "AdminRemove")

    early = await office.put(GRACE, at(f"{ASSIGNMENTS}/{OTHER}"), removal)
    office.clock.advance(timedelta(minutes=6))
    later = await office.put(GRACE, at(f"{ASSIGNMENTS}/{OTHER}"), removal)
    gone = await office.put(GRACE, at(f"{ASSIGNMENTS}/{OTHER[:-1]}d"), removal)

    assert code(early) == (400, "ActiveDurationTooShort")
    assert later.json()["properties"]["status"] == "Revoked"
    assert code(gone) == (400, "RoleAssignmentDoesNotExist")


@pytest.mark.observed("hashicorp/terraform-provider-azurerm: a plan for later is cancelled")
async def test_terraform_cancels_what_has_not_begun(office: ArmOffice) -> None:
    later = {
        "expiration": {"type": "AfterDuration", "duration": "P8D"},
        "startDateTime": "2031-04-01T00:00:00Z",
    }
    made = await office.put(
        GRACE, at(f"{ELIGIBILITIES}/{NAME}"), terraform(NORA, scheduleInfo=later)
    )
    here = f"(principalId eq '{NORA}')"
    (planned,) = await rows(office, GRACE, at("roleEligibilitySchedules", filter_=here))
    cancelled = await office.post(GRACE, f"{made.json()['id']}/cancel?{GA}")

    assert planned["status"] == "Granted"
    assert cancelled.status_code == 200
    assert await rows(office, GRACE, at("roleEligibilitySchedules", filter_=here)) == []


@pytest.mark.observed("pulumi/pulumi-azure-native, custom_pim_eligibility and custom_pim")
async def test_pulumi_finds_its_schedule_by_name_until_it_is_gone(office: ArmOffice) -> None:
    year = {"expiration": {"type": "AfterDuration", "duration": "P365D"}}
    here = f"principalId%20eq%20%27{NORA}%27"
    made = await office.put(
        GRACE, at(f"{ELIGIBILITIES}/{NAME}"), terraform(NORA, scheduleInfo=year)
    )
    (row,) = await office.walk(GRACE, at("roleEligibilitySchedules", filter_=here))
    schedule = at(f"roleEligibilitySchedules/{row['name']}")
    there = await office.get(GRACE, schedule)
    early = await office.put(GRACE, at(f"{ELIGIBILITIES}/{OTHER}"), terraform(NORA, "AdminRemove"))
    office.clock.advance(timedelta(minutes=6))
    await office.put(GRACE, at(f"{ELIGIBILITIES}/{OTHER}"), terraform(NORA, "AdminRemove"))
    gone = await office.get(GRACE, schedule)

    assert made.json()["properties"]["targetRoleEligibilityScheduleId"] == row["id"]
    assert there.json()["properties"]["principalId"] == NORA
    assert code(early) == (400, "ActiveDurationTooShort")
    assert gone.status_code == 404


@pytest.mark.observed("pulumi/pulumi-azure-native, custom_pim_rolemanagementpolicy: delete")
async def test_pulumi_puts_the_rules_back_that_it_found(office: ArmOffice) -> None:
    (found,) = await office.walk(
        GRACE, at("roleManagementPolicies", filter_=f"roleDefinitionId eq '{role_id(READER)}'")
    )
    policy = f"{found['id']}?{GA}"
    before = (await office.get(GRACE, policy)).json()["properties"]["rules"]
    expiration = next(one for one in before if one["id"] == "Expiration_EndUser_Assignment")
    part = {"properties": {"rules": [{**expiration, "maximumDuration": "PT1H"}]}}

    changed = await office.patch(GRACE, policy, part)
    restored = await office.patch(GRACE, policy, {"properties": {"rules": before}})

    assert (changed.status_code, restored.status_code) == (200, 200)
    assert changed.json()["properties"]["rules"] != before
    assert restored.json()["properties"]["rules"] == before


@pytest.mark.observed("kayasax/EasyPIM, New-PIMAzureResourceEligibleAssignment and others")
async def test_easypim_writes_conditions_and_spare_durations(office: ArmOffice) -> None:
    condition = f"@Request[{PROVIDER[10:]}/roleAssignments:PrincipalType] StringEquals 'User'"
    body = {
        "properties": {
            "principalId": NORA,
            "roleDefinitionId": role_id(CONTRIBUTOR).removeprefix("/"),
            "requestType": "AdminAssign",
            "justification": "on call",
            "condition": condition,
            "conditionVersion": "2.0",
            "scheduleInfo": {
                "startDateTime": "2031-03-04T08:00:00.000Z",
                "expiration": {"type": "NoExpiration", "endDateTime": None, "duration": "P365D"},
            },
        }
    }
    address = f"{ORIGIN}//{SUBSCRIPTION[1:]}/{PROVIDER}/{ELIGIBILITIES}/{NAME}/?{PREVIEW}"
    made = await office.put(GRACE, address, body)
    listed = at("roleEligibilitySchedules", version=PREVIEW, filter_=f"assignedto('{NORA}')")
    (found,) = await rows(office, GRACE, listed)
    groups = await office.walk(GRACE, f"{SUBSCRIPTION}/resourceGroups?api-version=2021-04-01")

    assert made.status_code == 201, made.text
    assert (found["condition"], found["conditionVersion"]) == (condition, "2.0")
    assert "endDateTime" not in found
    assert sorted(one["name"] for one in groups) == ["Data", "web"]


@pytest.mark.observed("netr0m/az-pim-cli, pkg/pim/client.go")
async def test_az_pim_cli_looks_everywhere_rehearses_and_activates(office: ArmOffice) -> None:
    mine = "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances"
    listed = await office.get(HANA, f"{mine}?$filter=asTarget()&{GA}")
    (row,) = listed.json()["value"]
    eligible = row["properties"]
    body = {
        "Properties": {
            "PrincipalId": eligible["principalId"],
            "RoleDefinitionId": eligible["roleDefinitionId"],
            "RequestType": "SelfActivate",
            "LinkedRoleEligibilityScheduleId": eligible["roleEligibilityScheduleId"],
            "Justification": "needed",
            "ScheduleInfo": {
                "StartDateTime": None,
                "Expiration": {"Type": "AfterDuration", "EndDateTime": None, "Duration": "PT60M"},
            },
            "TicketInfo": {"TicketNumber": "", "TicketSystem": ""},
            "IsValidationOnly": False,
            "IsActivativation": True,
        }
    }
    scope = eligible["expandedProperties"]["scope"]["id"]
    rehearsed = await office.post(HANA, at(f"{ASSIGNMENTS}/{NAME}/validate", scope), body)
    done = await office.put(HANA, at(f"{ASSIGNMENTS}/{NAME}", scope), body)

    assert (rehearsed.status_code, done.status_code) == (200, 201)
    assert done.json()["properties"]["status"] == "Provisioned"


async def find_children(office: ArmOffice, who: str, scope: str) -> list[str]:
    """All places below one, as a client walks them: children, and the children of these."""
    found = await office.walk(who, at("eligibleChildResources", scope))
    below = [await find_children(office, who, one["id"]) for one in found]
    return [*(one["id"] for one in found), *(one for some in below for one in some)]


@pytest.mark.observed("demoray/azure-pim-cli, src/activate.rs, src/lib.rs, src/backend.rs")
async def test_azure_pim_cli_activates_in_a_part_and_asks_again(office: ArmOffice) -> None:
    eligible = "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances"
    (row,) = (await office.get(OMAR, f"{eligible}?$filter=asTarget()&{GA}")).json()["value"]
    about = row["properties"]["expandedProperties"]
    body = {
        "Properties": {
            "LinkedRoleEligibilityScheduleId": TIER2_ELIGIBLE.id,
            "PrincipalId": OMAR,
            "RequestType": "SelfActivate",
            "ScheduleInfo": {"Expiration": {"Type": "AfterDuration", "Duration": "PT60M"}},
            "justification": "debugging",
            "roleDefinitionId": row["properties"]["roleDefinitionId"],
        }
    }
    done = await office.put(OMAR, at(f"{ASSIGNMENTS}/{NAME}", DATA), body)
    again = await office.put(OMAR, at(f"{ASSIGNMENTS}/{OTHER}", DATA), body)
    active = "/providers/Microsoft.Authorization/roleAssignmentScheduleInstances"
    mine = (await office.get(OMAR, f"{active}?$filter=asTarget()&{GA}")).json()["value"]
    (held,) = [one for one in mine if one["properties"]["assignmentType"] == "Activated"]
    body["Properties"]["RequestType"] = "SelfExtend"
    longer = await office.put(OMAR, at(f"{ASSIGNMENTS}/{OTHER}", DATA), body)

    assert about["roleDefinition"]["displayName"] == "Contributor"
    assert (about["scope"]["id"], about["scope"]["displayName"]) == (DATA, "Data")
    assert done.status_code == 201
    assert code(again) == (400, "RoleAssignmentExists")
    assert held["properties"]["expandedProperties"]["scope"]["displayName"] == "Data"
    assert longer.status_code == 400
    assert longer.json()["error"]["message"]


@pytest.mark.observed("demoray/azure-pim-cli: children of children, and what a deletion tells")
async def test_azure_pim_cli_walks_down_and_deletes(office: ArmOffice) -> None:
    assert sorted(await find_children(office, HANA, GROUP)) == sorted((SUBSCRIPTION, WEB, DATA))
    plain = f"roleAssignments/{NAME}"
    version = "api-version=2022-04-01"
    body = {"properties": {"roleDefinitionId": role_id(READER), "principalId": NORA}}
    await office.put(GRACE, at(plain, version=version), body)
    deleted = await office.delete(GRACE, at(plain, version=version))

    assert (deleted.status_code, deleted.json()["name"]) == (200, NAME)
