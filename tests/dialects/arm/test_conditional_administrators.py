"""What whoever administers access on a condition cannot do, and no condition is lost on the way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus

import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.role_office import GUID, ONE, address, body, make_grant, open_roles
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, NORA, OMAR, TENANT
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.ports import Store
from timebound.domain.grants import Terms
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import AZURE_OWNER

PROVIDER = "providers/Microsoft.Authorization"
RA = "Microsoft.Authorization/roleAssignments"
ONE_ROLE = f"@Request[{RA}:RoleDefinitionId] GuidEquals {GUID}"
ONLY = f"(!(ActionMatches{{'{RA}/write'}})) OR ({ONE_ROLE})"


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    opened = await open_roles(store)
    async with opened.client:
        yield opened


def role(guid: str) -> str:
    return f"{ONE}/{PROVIDER}/roleDefinitions/{guid}"


def place(collection: str, version: str, name: str = GUID) -> str:
    return f"{ONE}/{PROVIDER}/{collection}/{name}?api-version={version}"


async def make_owner(office: ArmOffice, who: PrincipalId, condition: str) -> None:
    grant = replace(make_grant(50, who, AZURE_OWNER, ONE), terms=Terms(condition, "2.0"))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (InsertGrant(grant),)))


@pytest.mark.inferred("a role without its condition allows more than was asked for")
async def test_a_block_of_a_custom_role_has_no_condition(office: ArmOffice) -> None:
    block = {"actions": [f"{RA}/write"], "condition": ONE_ROLE, "conditionVersion": "2.0"}
    answer = await office.put(HENRIK, address(), body("R", ONE, permissions=[block]))
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "condition" in answer.json()["error"]["message"]


@pytest.mark.inferred("an assignment without its condition gives more than was asked for")
async def test_a_version_without_conditions_takes_none(office: ArmOffice) -> None:
    asked = {"roleDefinitionId": role(AZURE_OWNER), "principalId": OMAR, "condition": ONE_ROLE}
    where = place("roleAssignments", "2015-07-01")
    answer = await office.put(HENRIK, where, {"properties": asked})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "properties.condition" in answer.json()["error"]["message"]
    assert (await office.get(HENRIK, where)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.inferred("ASG-042: who may assign one role alone cannot make more of that role")
async def test_who_may_only_assign_one_role_cannot_rewrite_it(office: ArmOffice) -> None:
    assert (await office.put(GRACE, address(), body("R", ONE))).status_code == HTTPStatus.CREATED
    await make_owner(office, HANA, ONLY)
    wider = body("R", ONE, permissions=[{"actions": ["*"]}])
    assert (await office.put(HANA, address(), wider)).status_code == HTTPStatus.FORBIDDEN
    given = {"roleDefinitionId": role(GUID), "principalId": NORA}
    answer = await office.put(HANA, place("roleAssignments", "2022-04-01"), {"properties": given})
    assert answer.status_code == HTTPStatus.CREATED, "that role she may still assign"


@pytest.mark.inferred("ASG-042: who may assign one role alone lifts no denial")
async def test_who_may_only_assign_one_role_cannot_lift_a_denial(office: ArmOffice) -> None:
    await make_owner(office, HANA, ONLY)
    denial = place("denyAssignments", "2026-09-01")
    told = {
        "denyAssignmentName": "No",
        "permissions": [{"actions": ["Microsoft.Compute/virtualMachines/delete"]}],
        "principals": [{"id": HANA, "type": "User"}],
    }
    made = await office.put(GRACE, denial, {"properties": told})
    assert made.status_code == HTTPStatus.CREATED
    refused = await office.delete(HANA, denial)
    assert refused.status_code == HTTPStatus.FORBIDDEN, refused.text


@pytest.mark.inferred("what requests alone may give is not widened past them")
async def test_no_condition_is_taken_off_where_requests_alone_give(office: ArmOffice) -> None:
    version = "2024-02-01-preview"
    query = f"&$filter=roleDefinitionId eq '{role(AZURE_OWNER)}'"
    where = f"{ONE}/{PROVIDER}/roleManagementPolicies?api-version={version}{query}"
    (policy,) = (await office.get(HENRIK, where)).json()["value"]
    rule = {
        "id": "PIMOnlyMode_Admin_Assignment",
        "ruleType": "RoleManagementPolicyPimOnlyModeRule",
        "pimOnlyModeSettings": {"mode": "Enabled", "excludes": [], "excludedAssignmentTypes": []},
        "target": {"caller": "Admin", "operations": ["All"], "level": "Assignment"},
    }
    where = place("roleManagementPolicies", version, policy["name"])
    changed = await office.patch(GRACE, where, {"properties": {"rules": [rule]}})
    assert changed.status_code == HTTPStatus.OK
    await make_owner(office, OMAR, ONE_ROLE)
    given = {"roleDefinitionId": role(AZURE_OWNER), "principalId": OMAR}
    where = place("roleAssignments", "2022-04-01", make_grant(50, OMAR, AZURE_OWNER, ONE).id)
    answer = await office.put(HENRIK, where, {"properties": given})
    assert answer.status_code >= HTTPStatus.BAD_REQUEST
    assert (await office.get(HENRIK, where)).json()["properties"]["condition"] == ONE_ROLE
