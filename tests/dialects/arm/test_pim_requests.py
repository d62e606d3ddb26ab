"""Requests about roles for Azure resources, made, rehearsed, read and withdrawn over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.dialects.arm.asking import (
    ASSIGNMENTS,
    ELIGIBILITIES,
    VERSION,
    body,
    code,
    days,
    lasting,
    name,
    path,
)
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    GROUP,
    HANA_ELIGIBLE,
    PROVIDER,
    READER,
    SITE,
    SUBSCRIPTION,
    Held,
    add,
    allow_permanence,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ORIGIN, ArmOffice
from tests.dialects.graph.office import GRACE, HANA, HENRIK, NORA, ROBOT, SAMUEL
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import AZURE_OWNER

ALIAS = "/providers/Microsoft.Subscription"

documented = pytest.mark.documented("ARM specification 2020-10-01; arm notes 3")
observed = pytest.mark.observed("azure-powershell recordings, New-AzRole*ScheduleRequest")


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


async def activate(office: ArmOffice, number: int = 1, **more: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    asked = body("SelfActivate", HANA, scheduleInfo=lasting(), **more)
    return await office.put(HANA, path(ASSIGNMENTS, number), asked)


GIVEN = {
    "scope": SUBSCRIPTION,
    "roleDefinitionId": role_id(CONTRIBUTOR),
    "principalId": NORA,
    "principalType": "User",
    "requestType": "AdminAssign",
    "status": "Provisioned",
    "scheduleInfo": {
        "startDateTime": "2031-03-04T08:00:00+00:00",
        "expiration": {"type": "AfterDuration", "duration": "P30D"},
    },
    "ticketInfo": {},
    "justification": "Needed",
    "requestorId": GRACE,
    "createdOn": "2031-03-04T08:00:00Z",
    "expandedProperties": {
        "principal": {
            "id": NORA,
            "displayName": "Nora Kim",
            "email": "nora@office.example",
            "type": "User",
        },
        "roleDefinition": {
            "id": role_id(CONTRIBUTOR),
            "displayName": "Contributor",
            "type": "BuiltInRole",
        },
        "scope": {
            "id": SUBSCRIPTION,
            "displayName": "Wingtip Toys",
            "type": "subscription",
        },
    },
}


@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/"
    "roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}",
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}",
)
@observed
async def test_an_eligibility_is_given(office: ArmOffice) -> None:
    asked = body("AdminAssign", NORA, scheduleInfo=days(30))
    answer = await office.put(GRACE, path(ELIGIBILITIES, 1), asked)
    assert answer.status_code == 201
    told = answer.json()
    assert told["name"] == name(1)
    assert told["id"] == f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}/{ELIGIBILITIES}/{name(1)}"
    assert told["type"] == f"Microsoft.Authorization/{ELIGIBILITIES}"
    schedule = f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}/roleEligibilitySchedules/{name(1)}"
    assert told["properties"] == {"targetRoleEligibilityScheduleId": schedule, **GIVEN}
    read = await office.get(GRACE, path(ELIGIBILITIES, 1))
    assert (read.status_code, read.json()) == (200, told)


@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}",
)
@documented
async def test_who_is_eligible_activates_and_gives_back(office: ArmOffice) -> None:
    answer = await activate(office, ticketInfo={"ticketNumber": "T-1", "ticketSystem": "Desk"})
    assert answer.status_code == 201
    told = answer.json()["properties"]
    assert (told["status"], told["requestType"]) == ("Provisioned", "SelfActivate")
    assert told["ticketInfo"] == {"ticketNumber": "T-1", "ticketSystem": "Desk"}
    office.clock.advance(timedelta(minutes=5))
    back = await office.put(HANA, path(ASSIGNMENTS, 2), body("SelfDeactivate", HANA))
    assert back.status_code == 201
    assert back.json()["properties"]["status"] == "Revoked"
    assert not {"scheduleInfo", "targetRoleAssignmentScheduleId"} & set(back.json()["properties"])


@documented
@pytest.mark.parametrize("link", ["", "whole"])
async def test_the_eligibility_may_be_named(office: ArmOffice, link: str) -> None:
    other = await activate(office, 2, linkedRoleEligibilityScheduleId=name(77))
    assert code(other) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert "EligibilityRule" in other.json()["error"]["message"]
    whole = f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}/roleEligibilitySchedules/{HANA_ELIGIBLE.id}"
    named = whole if link else HANA_ELIGIBLE.id
    answer = await activate(office, linkedRoleEligibilityScheduleId=named)
    assert answer.status_code == 201
    assert answer.json()["properties"]["linkedRoleEligibilityScheduleId"] == whole


@pytest.mark.documented("behaviour book 1.8: activation below the scope of the eligibility")
async def test_an_activation_may_be_below_its_eligibility(office: ArmOffice) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    answer = await office.put(HANA, path(ASSIGNMENTS, 1, SITE), asked)
    assert answer.status_code == 201
    told = answer.json()["properties"]
    assert told["scope"] == SITE
    used = f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}/roleEligibilitySchedules/{HANA_ELIGIBLE.id}"
    assert told["linkedRoleEligibilityScheduleId"] == used
    assert (await office.get(HANA, path(ASSIGNMENTS, 1, SITE))).json() == answer.json()
    linked = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances"
    rows = await office.walk(HANA, f"{linked}?{VERSION}&$filter=asTarget()")
    schedules = f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}/roleEligibilitySchedules/{HANA_ELIGIBLE.id}"
    assert [row["properties"]["linkedRoleEligibilityScheduleId"] for row in rows] == [schedules]
    above = await office.put(HANA, path(ASSIGNMENTS, 2, GROUP), asked)
    assert code(above) == (400, "RoleAssignmentRequestPolicyValidationFailed")


@documented
async def test_the_justification_is_asked_for(office: ArmOffice) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    del asked["properties"]["justification"]
    answer = await office.put(HANA, path(ASSIGNMENTS, 1), asked)
    assert code(answer) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert "JustificationRule" in answer.json()["error"]["message"]
    long = body("SelfActivate", HANA, scheduleInfo=lasting(9))
    answer = await office.put(HANA, path(ASSIGNMENTS, 1), long)
    assert "ExpirationRule" in answer.json()["error"]["message"]


@pytest.mark.documented("AUT-013, AUT-014, ASG-042")
async def test_who_may_give_roles(office: ArmOffice) -> None:
    asked = body("AdminAssign", NORA, scheduleInfo=days(30))
    for who in (SAMUEL, HENRIK, HANA):
        answer = await office.put(who, path(ELIGIBILITIES, 1), asked)
        assert code(answer) == (403, "AuthorizationFailed")
        action = "Microsoft.Authorization/roleEligibilityScheduleRequests/write"
        message = answer.json()["error"]["message"]
        assert f"perform action '{action}' over scope '{SUBSCRIPTION}'" in message
        assert f"with object id '{who}'" in message
    assert (await office.put(ROBOT, path(ELIGIBILITIES, 1), asked)).status_code == 201
    elsewhere = body("AdminAssign", NORA, scheduleInfo=days(30), roleDefinitionId=READER)
    answer = await office.put(GRACE, path(ELIGIBILITIES, 2, GROUP), elsewhere)
    assert code(answer) == (403, "AuthorizationFailed")


@pytest.mark.documented("AUT-014: self actions need no role, and are nobody else's")
async def test_nobody_activates_for_somebody_else(office: ArmOffice) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    for who in (GRACE, ROBOT):
        answer = await office.put(who, path(ASSIGNMENTS, 1), asked)
        assert code(answer) == (400, "InsufficientPermissions")
    unconsented = office.sign_in(HANA, frozenset())
    answer = await office.put(unconsented, path(ASSIGNMENTS, 1), asked)
    assert code(answer) == (400, "InsufficientPermissions")


@pytest.mark.documented("ASG-040, ACT-041")
async def test_a_name_is_taken_once(office: ArmOffice) -> None:
    assert (await activate(office)).status_code == 201
    for who, asked in (
        (HANA, body("SelfActivate", HANA, scheduleInfo=lasting())),
        (GRACE, body("AdminAssign", NORA, scheduleInfo=days(3))),
    ):
        answer = await office.put(who, path(ASSIGNMENTS, 1), asked)
        assert code(answer) == (409, "RoleAssignmentRequestExists")
        said = f"A role assignment request with Id: {name(1)} already exists."
        assert answer.json()["error"]["message"] == said
    other = await office.put(
        GRACE, path(ELIGIBILITIES, 1), body("AdminAssign", NORA, scheduleInfo=days(3))
    )
    assert code(other) == (409, "RoleAssignmentRequestExists")


@pytest.mark.documented("clients/contract.md, finding 9")
async def test_what_was_refused_takes_no_name(office: ArmOffice) -> None:
    stranger = PrincipalId("dddddddd-0000-4000-8000-000000000001")
    asked = body("AdminAssign", stranger, scheduleInfo=days(3))
    answer = await office.put(GRACE, path(ELIGIBILITIES, 1), asked)
    assert code(answer) == (404, "SubjectNotFound")
    asked = body("AdminAssign", NORA, scheduleInfo=days(3))
    assert (await office.put(GRACE, path(ELIGIBILITIES, 1), asked)).status_code == 201


@pytest.mark.documented("ERR-020, ERR-021")
async def test_what_is_there_already_and_what_is_not(office: ArmOffice) -> None:
    assert (await activate(office)).status_code == 201
    assert code(await activate(office, 2)) == (400, "RoleAssignmentExists")
    asked = body("AdminRemove", NORA)
    answer = await office.put(GRACE, path(ELIGIBILITIES, 3), asked)
    assert code(answer) == (400, "RoleAssignmentDoesNotExist")
    early = await office.put(HANA, path(ASSIGNMENTS, 4), body("SelfDeactivate", HANA))
    assert code(early) == (400, "ActiveDurationTooShort")


@pytest.mark.documented("docs/how-to/azure.md: what takes a fresh activation away at once")
async def test_a_fresh_activation_is_ended_by_deleting_its_assignment(office: ArmOffice) -> None:
    assert (await activate(office)).status_code == 201
    refused = await office.put(GRACE, path(ASSIGNMENTS, 2), body("AdminRemove", HANA))
    assert code(refused) == (400, "ActiveDurationTooShort")
    instances = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances"
    mine = f"{instances}?{VERSION}&$filter=asTarget()"
    (row,) = await office.walk(HANA, mine)
    assignment = row["properties"]["originRoleAssignmentId"]
    done = await office.delete(GRACE, f"{assignment}?api-version=2022-04-01")
    assert done.status_code == 200
    assert await office.walk(HANA, mine) == []


@pytest.mark.documented("REM-002, UPD-006")
async def test_an_eligibility_is_changed_and_taken_away(office: ArmOffice) -> None:
    asked = body("AdminUpdate", HANA, scheduleInfo=days(90))
    changed = await office.put(GRACE, path(ELIGIBILITIES, 1), asked)
    assert changed.json()["properties"]["status"] == "Provisioned"
    schedules = f"{SUBSCRIPTION}/{PROVIDER}/roleEligibilitySchedules"
    rows = await office.walk(HANA, f"{schedules}?{VERSION}&$filter=asTarget()")
    assert [row["name"] for row in rows] == [name(1)]
    office.clock.advance(timedelta(minutes=5))
    asked = body("AdminExtend", HANA, scheduleInfo=days(120))
    assert (await office.put(GRACE, path(ELIGIBILITIES, 3), asked)).status_code == 201
    removed = await office.put(GRACE, path(ELIGIBILITIES, 2), body("AdminRemove", HANA))
    assert (removed.status_code, removed.json()["properties"]["status"]) == (201, "Revoked")
    assert await office.walk(HANA, f"{schedules}?{VERSION}&$filter=asTarget()") == []


@pytest.mark.witness(
    "POST {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}/cancel",
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}",
)
@observed
async def test_what_begins_later_is_granted_and_can_be_cancelled(office: ArmOffice) -> None:
    start = {"startDateTime": "2031-03-05T01:11:19.7711006Z", **lasting()}
    asked = body("AdminAssign", NORA, scheduleInfo=start)
    answer = await office.put(GRACE, path(ASSIGNMENTS, 1), asked)
    told = answer.json()["properties"]
    assert told["status"] == "Granted"
    assert told["scheduleInfo"]["startDateTime"] == "2031-03-05T01:11:19.7711+00:00"
    done = await office.post(GRACE, path(ASSIGNMENTS, 1, verb="/cancel"))
    assert (done.status_code, done.content) == (200, b"")
    read = await office.get(GRACE, path(ASSIGNMENTS, 1))
    assert read.json()["properties"]["status"] == "Canceled"
    again = await office.post(GRACE, path(ASSIGNMENTS, 1, verb="/cancel"))
    assert code(again) == (400, "RequestCannotBeCancelled")


@pytest.mark.witness(
    "POST {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentScheduleRequests/{roleAssignmentScheduleRequestName}/validate",
)
@pytest.mark.documented("behaviour book 1.9; ACT-042")
async def test_a_rehearsal_stores_nothing(office: ArmOffice) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    answer = await office.post(HANA, path(ASSIGNMENTS, 1, verb="/validate"), asked)
    assert (answer.status_code, answer.json()["properties"]["status"]) == (200, "Granted")
    assert (await office.get(HANA, path(ASSIGNMENTS, 1))).status_code == 404
    too_long = body("SelfActivate", HANA, scheduleInfo=lasting(9))
    refused = await office.post(HANA, path(ASSIGNMENTS, 1, verb="/validate"), too_long)
    assert code(refused) == (400, "RoleAssignmentRequestPolicyValidationFailed")


@pytest.mark.inferred("ASG-036, which is told of roles of the directory; netr0m/az-pim-cli has it")
@pytest.mark.parametrize(
    "more", [{"isValidationOnly": True}, {"IsValidationOnly": True}, {"ISVALIDATIONONLY": "True"}]
)
async def test_what_is_put_only_to_be_validated_is_rehearsed(
    office: ArmOffice, more: dict[str, Any]
) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting(), **more)
    validated = await office.post(HANA, path(ASSIGNMENTS, 1, verb="/validate"), asked)
    answer = await office.put(HANA, path(ASSIGNMENTS, 1), asked)
    assert (answer.status_code, answer.json()) == (201, validated.json())
    assert answer.json()["properties"]["status"] == "Granted"
    assert (await office.get(HANA, path(ASSIGNMENTS, 1))).status_code == 404
    for what in ("Requests", "s", "Instances"):
        here = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentSchedule{what}?{VERSION}"
        assert (await office.get(HANA, f"{here}&$filter=asTarget()")).json()["value"] == []
    assert (await office.put(HANA, path(ASSIGNMENTS, 1), without(asked))).status_code == 201
    again = await office.put(HANA, path(ASSIGNMENTS, 2), asked)
    assert code(again) == (400, "RoleAssignmentExists")
    planned = body("AdminAssign", NORA, scheduleInfo=days(3), **more)
    assert (await office.put(GRACE, path(ELIGIBILITIES, 3), planned)).status_code == 201
    assert (await office.get(GRACE, path(ELIGIBILITIES, 3))).status_code == 404


def without(asked: dict[str, Any]) -> dict[str, Any]:
    """The body without the word that it is only tried."""
    told: dict[str, Any] = asked["properties"]
    return {"properties": {key: told[key] for key in told if key.lower() != "isvalidationonly"}}


@pytest.mark.documented("ASG-043, ASG-044: azure-rest-api-specs#24242")
@pytest.mark.parametrize(("collection", "status"), [(ELIGIBILITIES, 201), (ASSIGNMENTS, 400)])
async def test_a_duration_that_is_none(office: ArmOffice, collection: str, status: int) -> None:
    await allow_permanence(office.store)
    asked = body("AdminAssign", NORA, scheduleInfo={"expiration": {"type": "AfterDuration"}})
    answer = await office.put(GRACE, path(collection, 1), asked)
    assert answer.status_code == status


@pytest.mark.documented("clients/contract.md, findings 4 and 5: netr0m/az-pim-cli")
async def test_clients_spell_as_they_like(office: ArmOffice) -> None:
    asked = {
        "Properties": {
            "PrincipalId": HANA.upper(),
            "RoleDefinitionId": role_id(CONTRIBUTOR),
            "RequestType": "selfactivate",
            "LinkedRoleEligibilityScheduleId": HANA_ELIGIBLE.id,
            "Justification": "Needed",
            "ScheduleInfo": {"Expiration": {"Type": "afterduration", "Duration": "PT480M"}},
            "IsValidationOnly": False,
            "IsActivativation": True,
        }
    }
    collection = f"/{SUBSCRIPTION.lower()}//{PROVIDER.lower()}/{ASSIGNMENTS.upper()}"
    address = f"{ORIGIN}{collection}/{name(1).upper()}/?{VERSION}"
    answer = await office.put(HANA, address, asked)
    assert answer.status_code == 201
    assert answer.json()["name"] == name(1)
    assert answer.json()["properties"]["scheduleInfo"]["expiration"]["duration"] == "PT8H"


@pytest.mark.witness(
    "POST {scope}/providers/Microsoft.Authorization/"
    "roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}/cancel",
    "POST {scope}/providers/Microsoft.Authorization/"
    "roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}/validate",
)
@documented
async def test_eligibilities_are_rehearsed_and_cancelled_as_well(office: ArmOffice) -> None:
    start = {"startDateTime": "2031-03-05T01:11:19Z", **days(3)}
    asked = body("AdminAssign", NORA, scheduleInfo=start)
    tried = await office.post(GRACE, path(ELIGIBILITIES, 1, verb="/validate"), asked)
    assert (tried.status_code, tried.json()["properties"]["status"]) == (200, "Granted")
    assert (await office.get(GRACE, path(ELIGIBILITIES, 1))).status_code == 404
    assert (await office.put(GRACE, path(ELIGIBILITIES, 1), asked)).status_code == 201
    done = await office.post(GRACE, path(ELIGIBILITIES, 1, verb="/cancel"))
    assert (done.status_code, done.content) == (200, b"")
    stranger = await office.post(SAMUEL, path(ELIGIBILITIES, 1, verb="/cancel"))
    assert stranger.status_code in (400, 403)


@pytest.mark.inferred(
    "promise 11, as for deleting the assignment: terraform-provider-azurerm#26122"
)
async def test_a_subscription_keeps_its_last_owner(office: ArmOffice) -> None:
    office.clock.advance(timedelta(minutes=10))
    owner = role_id(AZURE_OWNER)
    first = body("AdminRemove", GRACE, roleDefinitionId=owner)
    assert (await office.put(ROBOT, path(ASSIGNMENTS, 1), first)).status_code == 201
    last = body("AdminRemove", ROBOT, roleDefinitionId=owner)
    answer = await office.put(ROBOT, path(ASSIGNMENTS, 2), last)
    assert code(answer) == (400, "CannotDeleteLastRbacAdminAssignment")
    await add(office.store, Held(30, GRACE, AZURE_OWNER, "/"))
    again = await office.put(GRACE, path(ASSIGNMENTS, 2), last)
    assert again.status_code == 201, "a Global Administrator can come back"
