"""Policies of Azure roles: what the log is told of changes, places not there, ids to follow."""

from http import HTTPStatus
from typing import Final

import pytest

from tests.dialects.arm.cloud import (
    READER,
    SUBSCRIPTION,
    WEB,
    at,
    find_policy,
    give,
    hold,
    plant,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.policy_data import body, expiration
from tests.dialects.graph.office import GRACE, HANA, NORA, OMAR, TENANT
from tests.storage.world import World
from tests.support.sealing import make_signer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.sealing import Sealer
from timebound.domain.audit import audit_records
from timebound.domain.audit.records import Category
from timebound.domain.events import EventKind
from timebound.domain.roles import AZURE_OWNER

GA: Final = "2020-10-01"
POLICIES, ASSIGNMENTS = "roleManagementPolicies", "roleManagementPolicyAssignments"


@pytest.mark.documented("DESIGN: refusals are facts; a change and its record commit together")
async def test_changes_and_refusals_are_told(office: ArmOffice) -> None:
    await plant(office.store)
    name = (await find_policy(office, READER))["name"]
    path = at(SUBSCRIPTION, f"roleManagementPolicies/{name}", "2020-10-01")
    for who, maximum in ((GRACE, "PT2H"), (GRACE, "PT25H"), (NORA, "PT1H")):
        await office.patch(who, path, body(expiration("EndUser_Assignment", maximum)))
    trail = AuditTrail(office.store, Sealer(office.store, make_signer()))
    await trail.catch_up(TENANT, office.clock.now())
    events = [one.event for one in await read_logged(World(office.store, TENANT))]
    changed, refused, denied = events
    assert [one.kind for one in events] == [
        EventKind.POLICY_CHANGED,
        EventKind.CHANGE_REFUSED,
        EventKind.CHANGE_REFUSED,
    ]
    assert changed.data["changedRules"] == ("Expiration_EndUser_Assignment",)
    assert {one.data["scopeKind"] for one in events} == {"azure"}
    assert {one.data["scope"] for one in events} == {SUBSCRIPTION}
    assert {one.subject_id for one in events} == {READER}
    assert denied.actor.user_id == NORA
    records = [record for one in (changed, refused) for record in audit_records(one)]
    assert {one.activity.category for one in records} == {Category.RESOURCES}


@pytest.mark.documented("notes 10: places that are not there, to who may look")
@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("/subscriptions/dddddddd-0000-4000-8000-000000000001", "SubscriptionNotFound"),
        (f"{SUBSCRIPTION}/resourceGroups/none", "ResourceGroupNotFound"),
        (f"{WEB}/providers/Microsoft.Compute/virtualMachines/none", "ResourceNotFound"),
        ("/providers/Microsoft.Management/managementGroups/none", "NotFound"),
    ],
)
async def test_places_that_are_not_there(office: ArmOffice, place: str, code: str) -> None:
    await plant(office.store)
    await give(office.store, hold(9, GRACE, AZURE_OWNER, "/"))
    name = (await find_policy(office, READER))["name"]
    path = at(place, f"{POLICIES}/{name}", GA)
    for answer in (
        await office.get(GRACE, path),
        await office.get(GRACE, at(place, ASSIGNMENTS, GA)),
        await office.patch(GRACE, path, body()),
    ):
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert answer.json()["error"]["code"] == code


@pytest.mark.inferred("PIMOnlyMode: no answer was seen; it is told as other rules that failed")
async def test_a_role_that_is_left_to_requests_is_assigned_by_none_else(office: ArmOffice) -> None:
    await plant(office.store)
    name = (await find_policy(office, READER))["name"]
    mode = {
        "id": "PIMOnlyMode_Admin_Assignment",
        "ruleType": "RoleManagementPolicyPimOnlyModeRule",
        "pimOnlyModeSettings": {"mode": "Enabled", "excludes": [{"id": OMAR, "type": "User"}]},
    }
    version = "2024-09-01-preview"
    await office.patch(GRACE, at(SUBSCRIPTION, f"{POLICIES}/{name}", version), body(mode))
    answers = {}
    for number, who in enumerate((HANA, OMAR), 1):
        role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
        sent = {"properties": {"roleDefinitionId": role, "principalId": who}}
        id_ = f"99999999-0000-4000-8000-{number:012}"
        answers[who] = await office.put(
            GRACE, at(SUBSCRIPTION, f"roleAssignments/{id_}", "2022-04-01"), sent
        )
    refused = answers[HANA]
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["error"] == {
        "code": "RoleAssignmentRequestPolicyValidationFailed",
        "message": 'The following policy rules failed: ["PimOnlyModeRule"]',
    }
    assert answers[OMAR].status_code == HTTPStatus.CREATED


@pytest.mark.inferred("the recorded id is singular: whoever follows it gets there")
@pytest.mark.parametrize("version", ["2020-10-01-preview", GA, "2024-09-01-preview"])
async def test_the_id_of_an_assignment_can_be_followed(office: ArmOffice, version: str) -> None:
    await plant(office.store)
    named = f"roleDefinitionId eq '{READER}'"
    path = at(SUBSCRIPTION, ASSIGNMENTS, version, filter=named)
    (listed,) = (await office.get(GRACE, path)).json()["value"]
    own = f"{listed['id']}?api-version={version}"
    for spelled in (own, own.replace("Assignment/", "assignment/")):
        assert (await office.get(GRACE, spelled)).json() == listed
    assert (await office.get(HANA, own)).status_code == HTTPStatus.FORBIDDEN
    for say in (office.put, office.patch, office.post):
        assert (await say(GRACE, own, {})).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    many = at(SUBSCRIPTION, ASSIGNMENTS.removesuffix("s"), version)
    assert (await office.get(GRACE, many)).status_code == HTTPStatus.NOT_FOUND
