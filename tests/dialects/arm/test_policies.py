"""Policies of Azure roles: told at every version, found by their roles, named for ever."""

from http import HTTPStatus
from typing import Any, Final

import pytest

from tests.dialects.arm.cloud import (
    ALIAS,
    AUTOMATION_OPERATOR,
    CORP,
    FAR_ROLE,
    FHIR_CONVERTER,
    MACHINE,
    OWN_ROLE,
    READER,
    SUBSCRIPTION,
    SUBSCRIPTION_ID,
    WEB,
    at,
    find_policy,
    give,
    hold,
    plant,
)
from tests.dialects.arm.office import ORIGIN, ArmOffice, open_arm
from tests.dialects.arm.policy_data import FACTORY, body, expiration, notification, with_rules
from tests.dialects.graph.office import GRACE, HANA, NORA, ROBOT, SAMUEL
from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.ports import Store
from timebound.domain.roles import AZURE_OWNER

VERSIONS: Final = (
    "2020-10-01-preview",
    "2020-10-01",
    "2024-02-01-preview",
    "2024-09-01-preview",
)
FIRST, GA, _, LATEST = VERSIONS
POLICIES, ASSIGNMENTS = "roleManagementPolicies", "roleManagementPolicyAssignments"
EVERY_VERSION: Final = pytest.mark.parametrize("version", VERSIONS)
PLACE: Final = {"id": SUBSCRIPTION, "displayName": "Pay-As-You-Go", "type": "subscription"}
_PROVIDERS: Final = "/providers/Microsoft.Authorization"


@pytest.fixture
async def cloud(office: ArmOffice) -> ArmOffice:
    """The office with a tree of Azure."""
    await plant(office.store)
    return office


def role_id(role: str, place: str = SUBSCRIPTION) -> str:
    return f"{place}{_PROVIDERS}/roleDefinitions/{role}"


def by_role(role: str) -> str:
    return f"roleDefinitionId eq '{role_id(role)}'"


@pytest.mark.witness(
    "PATCH {scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicies/{roleManagementPolicyName}",
)
@pytest.mark.observed("Update-AzRoleManagementPolicy.Recording.json: a part sent, all answered")
async def test_the_recorded_change_is_answered_as_recorded(cloud: ArmOffice) -> None:
    name = (await find_policy(cloud, READER))["name"]
    heard = notification(
        "Admin_Eligibility",
        "Approver",
        notificationLevel="Critical",
        isDefaultRecipientsEnabled=False,
    )
    kept = expiration("Admin_Eligibility", "P180D", is_required=False)
    # As the recording client spells the path.
    path = f"{ORIGIN}/{SUBSCRIPTION}/{_PROVIDERS}/{POLICIES}/{name}?api-version={FIRST}"
    answer = await cloud.patch(GRACE, path, body(kept, heard))
    assert answer.status_code == HTTPStatus.OK
    rules = with_rules(kept, heard)
    assert answer.json() == {
        "properties": {
            "scope": SUBSCRIPTION,
            "isOrganizationDefault": False,
            "lastModifiedDateTime": "2031-03-04T08:00:00+00:00",
            "lastModifiedBy": {"displayName": "Grace Okafor"},
            "rules": rules,
            "effectiveRules": rules,
            "policyProperties": {"scope": PLACE},
        },
        "name": name,
        "id": f"{ALIAS}{SUBSCRIPTION}{_PROVIDERS}/{POLICIES}/{name}",
        "type": "Microsoft.Authorization/roleManagementPolicies",
    }


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignments",
)
@pytest.mark.observed("Get-AzRoleManagementPolicyAssignment.Recording.json: one of every role")
async def test_the_recorded_list_of_assignments(cloud: ArmOffice) -> None:
    answer = await cloud.get(GRACE, at(f"{ORIGIN}/{SUBSCRIPTION}/", ASSIGNMENTS, FIRST))
    found = {one["properties"]["roleDefinitionId"]: one for one in answer.json()["value"]}
    assert found.keys() >= {role_id(role) for role in built_in_azure_roles()}
    policy = await find_policy(cloud, AUTOMATION_OPERATOR)
    name = f"{policy['name']}_{AUTOMATION_OPERATOR}"
    assert found[role_id(AUTOMATION_OPERATOR)] == {
        "properties": {
            "scope": SUBSCRIPTION,
            "roleDefinitionId": role_id(AUTOMATION_OPERATOR),
            "policyId": policy["id"],
            "policyAssignmentProperties": {
                "scope": PLACE,
                "roleDefinition": {
                    "id": role_id(AUTOMATION_OPERATOR),
                    "displayName": "Automation Job Operator",
                    "type": "BuiltInRole",
                },
                "policy": {"id": policy["id"], "lastModifiedBy": {}},
            },
        },
        "name": name,
        "id": f"{ALIAS}{SUBSCRIPTION}{_PROVIDERS}/roleManagementPolicyAssignment/{name}",
        "type": "Microsoft.Authorization/roleManagementPolicyAssignment",
    }


@pytest.mark.witness(
    "DELETE {scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicies/{roleManagementPolicyName}",
    "DELETE {scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicyAssignments/{roleManagementPolicyAssignmentName}",
)
@pytest.mark.observed("Remove-AzRoleManagementPolicy[Assignment].Recording.json, over the examples")
@pytest.mark.parametrize("what", [POLICIES, ASSIGNMENTS])
@EVERY_VERSION
async def test_nobody_deletes_one(cloud: ArmOffice, what: str, version: str) -> None:
    name = (await find_policy(cloud, READER))["name"]
    answer = await cloud.delete(GRACE, at(f"{ORIGIN}/{SUBSCRIPTION}/", f"{what}/{name}", version))
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.headers["allow"] == "GET, PUT, POST"
    assert answer.json() == {
        "message": "The requested resource does not support http method 'DELETE'."
    }


@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicyAssignments/{roleManagementPolicyAssignmentName}",
)
@pytest.mark.observed("New-AzRoleManagementPolicyAssignment.Recording.json, over the example")
@EVERY_VERSION
async def test_nobody_assigns_one(cloud: ArmOffice, version: str) -> None:
    answer = await cloud.put(
        GRACE, at(f"{ORIGIN}/{SUBSCRIPTION}/", f"{ASSIGNMENTS}/guid", version), {}
    )
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json() == "Not implemented exception"
    assert answer.headers["content-length"] == "27"


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicies/{roleManagementPolicyName}",
)
@pytest.mark.documented("examples GetRoleManagementPolicyByName: both lists of rules, in order")
@EVERY_VERSION
async def test_a_policy_by_its_name(cloud: ArmOffice, version: str) -> None:
    name = (await find_policy(cloud, READER))["name"]
    answer = await cloud.get(GRACE, at(f"{ALIAS}{SUBSCRIPTION}", f"{POLICIES}/{name}", version))
    told = answer.json()
    assert answer.status_code == HTTPStatus.OK
    assert told["properties"]["rules"] == told["properties"]["effectiveRules"] == FACTORY
    assert told["properties"]["policyProperties"] == {"scope": PLACE}
    assert told["properties"]["lastModifiedBy"] == {}
    assert "lastModifiedDateTime" not in told["properties"]
    assert told.keys() == {"properties", "name", "id", "type"}


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleManagementPolicies",
)
@pytest.mark.documented("examples GetRoleManagementPolicyByRoleDefinitionFilter")
@EVERY_VERSION
async def test_the_policies_of_a_place(cloud: ArmOffice, version: str) -> None:
    rows = await cloud.walk(GRACE, at(f"{ALIAS}{SUBSCRIPTION}", POLICIES, version))
    names = [row["name"] for row in rows]
    # Every built-in role, and the custom one that is meant for what is above.
    assert len(names) == len(set(names)) == len(built_in_azure_roles()) + 1
    assert all(len(row["properties"]["rules"]) == 17 for row in rows)


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleManagementPolicyAssignments/{roleManagementPolicyAssignmentName}",
)
@pytest.mark.documented("examples GetConfigurations, GetRoleManagementPolicyAssignmentByScope")
@EVERY_VERSION
async def test_an_assignment_by_its_name(cloud: ArmOffice, version: str) -> None:
    path = at(SUBSCRIPTION, ASSIGNMENTS, version, filter=by_role(FHIR_CONVERTER))
    (listed,) = (await cloud.get(GRACE, path)).json()["value"]
    answer = await cloud.get(GRACE, at(SUBSCRIPTION, f"{ASSIGNMENTS}/{listed['name']}", version))
    assert answer.json() == listed
    told = listed["properties"]
    assert told["policyAssignmentProperties"]["roleDefinition"]["displayName"] == (
        "FHIR Data Converter"
    )
    assert told.get("effectiveRules") == (None if version == FIRST else FACTORY)


@pytest.mark.observed("terraform-provider-azurerm, EasyPIM: exactly one of the role that is named")
@pytest.mark.parametrize(
    "named",
    [
        f"roleDefinitionId eq '{role_id(READER)}'",
        f"roleDefinitionId eq '{_PROVIDERS}/roleDefinitions/{READER}'",
        f"roleDefinitionId eq '{role_id(READER.upper(), ALIAS + SUBSCRIPTION)}'",
        f"roleDefinitionId eq '{role_id(READER).removeprefix('/')}'",
        f"ROLEDEFINITIONID EQ '{READER}' ",
        f"(roleDefinitionId+eq+'{READER}')",
        f"atScope() and roleDefinitionId%20eq%20'{READER}'",
    ],
)
@pytest.mark.parametrize("what", [POLICIES, ASSIGNMENTS])
async def test_a_filter_finds_the_policy_of_one_role(
    cloud: ArmOffice, what: str, named: str
) -> None:
    answer = await cloud.get(GRACE, at(SUBSCRIPTION, what, GA, filter=named) + "&$top=5&x=y")
    (found,) = answer.json()["value"]
    assert "nextLink" not in answer.json()
    policy = (await find_policy(cloud, READER))["name"]
    assert found["name"] == (policy if what == POLICIES else f"{policy}_{READER}")


@pytest.mark.inferred("a role that is not held there has no policy there")
@pytest.mark.parametrize("role", [FAR_ROLE, "dddddddd-0000-4000-8000-000000000001", "nobody"])
async def test_a_filter_of_no_role_finds_nothing(cloud: ArmOffice, role: str) -> None:
    path = at(SUBSCRIPTION, ASSIGNMENTS, GA, filter=f"roleDefinitionId eq '{role}'")
    assert (await cloud.get(GRACE, path)).json() == {"value": []}


@pytest.mark.inferred("notes 5: no evidence of bad filters; what is not known is refused")
@pytest.mark.parametrize(
    "said", ["roleName eq 'Reader'", f"roleDefinitionId ne '{READER}'", "asTarget()", "("]
)
async def test_other_filters_are_refused(cloud: ArmOffice, said: str) -> None:
    answer = await cloud.get(GRACE, at(SUBSCRIPTION, POLICIES, GA, filter=said))
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"]["code"] == "InvalidFilter"


@pytest.mark.observed("contract 18: names that stay satisfy every client; notes 7")
async def test_names_stay_and_differ_by_place_and_role(cloud: ArmOffice) -> None:
    before = await find_policy(cloud, READER)
    path = at(SUBSCRIPTION, f"{POLICIES}/{before['name']}", GA)
    await cloud.patch(GRACE, path, body(expiration("EndUser_Assignment", "PT2H")))
    after = await find_policy(cloud, READER)
    assert (before["name"], before["id"]) == (after["name"], after["id"])
    names = {
        (await find_policy(cloud, role, place))["name"]
        for role in (READER, FHIR_CONVERTER)
        for place in (SUBSCRIPTION, WEB, MACHINE)
    }
    assert len(names) == 6


@pytest.mark.documented("ENTRA/pim-resource-roles-configure-role-settings: not inherited; POL-039")
async def test_a_place_below_has_policies_of_its_own(cloud: ArmOffice) -> None:
    name = (await find_policy(cloud, READER))["name"]
    change = body(expiration("EndUser_Assignment", "PT2H"))
    await cloud.patch(GRACE, at(SUBSCRIPTION, f"{POLICIES}/{name}", GA), change)
    assert (await find_policy(cloud, READER, WEB))["properties"]["rules"] == FACTORY
    elsewhere = await cloud.get(GRACE, at(WEB, f"{POLICIES}/{name}", GA))
    assert elsewhere.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.observed("notes 1: ids of management groups have no alias, their roles no place")
async def test_ids_at_a_management_group_and_below(cloud: ArmOffice) -> None:
    await give(cloud.store, hold(9, GRACE, AZURE_OWNER, "/"))
    told = {}
    for place in ("", CORP, WEB, MACHINE):
        (row,) = (
            await cloud.get(GRACE, at(place, ASSIGNMENTS, GA, filter=by_role(READER)))
        ).json()["value"]
        told[place] = row
        alias = ALIAS if place.startswith("/subscriptions") else ""
        name = row["name"].partition("_")[0]
        assert row["properties"]["policyId"] == f"{alias}{place}{_PROVIDERS}/{POLICIES}/{name}"
        assert row["properties"]["scope"] == (place or "/")
    places = [row["properties"]["policyAssignmentProperties"]["scope"] for row in told.values()]
    assert [one["type"] for one in places] == [
        "tenant",
        "managementgroup",
        "resourcegroup",
        "Microsoft.Compute/virtualMachines",
    ]
    assert told[CORP]["properties"]["roleDefinitionId"] == f"{_PROVIDERS}/roleDefinitions/{READER}"
    assert told[MACHINE]["properties"]["roleDefinitionId"] == role_id(READER)


@pytest.mark.inferred("custom roles have policies where they can be held")
async def test_custom_roles_have_policies_too(cloud: ArmOffice) -> None:
    found = await find_policy(cloud, OWN_ROLE)
    path = at(SUBSCRIPTION, f"{ASSIGNMENTS}/{found['name']}_{OWN_ROLE}", GA)
    told = (await cloud.get(GRACE, path)).json()["properties"]["policyAssignmentProperties"]
    assert told["roleDefinition"] == {
        "id": role_id(OWN_ROLE),
        "displayName": "Backup Keeper",
        "type": "CustomRole",
    }
    change = body(expiration("EndUser_Assignment", "PT2H"))
    changed = await cloud.patch(GRACE, at(SUBSCRIPTION, f"{POLICIES}/{found['name']}", GA), change)
    assert changed.status_code == HTTPStatus.OK
    await find_policy(cloud, FAR_ROLE, WEB)


@pytest.mark.documented("behaviour book 6: by the actions of roles at the place, or above it")
async def test_who_may_look_and_who_may_change(cloud: ArmOffice) -> None:
    name = (await find_policy(cloud, READER, WEB))["name"]
    path, change = at(WEB, f"{POLICIES}/{name}", GA), body(expiration("EndUser_Assignment", "PT2H"))
    seen = {who: (await cloud.get(who, path)).status_code for who in (GRACE, NORA, SAMUEL, HANA)}
    assert seen == {GRACE: 200, NORA: 200, SAMUEL: 200, HANA: 403}
    done = {who: (await cloud.patch(who, path, change)).status_code for who in (NORA, HANA)}
    assert done == {NORA: 403, HANA: 403}
    assert [(await cloud.patch(who, path, change)).status_code for who in (SAMUEL, ROBOT)] == [
        200,
        200,
    ]
    refused = (await cloud.patch(NORA, path, change)).json()["error"]
    assert refused["code"] == "AuthorizationFailed"
    assert "'Microsoft.Authorization/roleManagementPolicies/write'" in refused["message"]
    assert f"over scope '{WEB}'" in refused["message"]
    for what in (POLICIES, ASSIGNMENTS):
        unseen = (await cloud.get(HANA, at(WEB, what, GA))).json()["error"]
        assert unseen["code"] == "AuthorizationFailed"
        assert f"'Microsoft.Authorization/{what}/read'" in unseen["message"]


@pytest.mark.observed("EasyPIM#60, POL-033: no policy of the name at the place")
@pytest.mark.parametrize("name", ["dddddddd-0000-4000-8000-000000000001", "nobody"])
async def test_names_of_no_policy(cloud: ArmOffice, name: str) -> None:
    path = at(SUBSCRIPTION, f"{POLICIES}/{name}", GA)
    answers = [
        await cloud.get(GRACE, path),
        await cloud.patch(GRACE, path, body()),
        await cloud.get(GRACE, at(SUBSCRIPTION, f"{ASSIGNMENTS}/{name}_{READER}", GA)),
        await cloud.get(GRACE, at(SUBSCRIPTION, f"{ASSIGNMENTS}/{name}", GA)),
    ]
    assert {answer.status_code for answer in answers} == {HTTPStatus.NOT_FOUND}
    assert {answer.json()["error"]["code"] for answer in answers} == {"InputPolicyNotFound"}
    # Whoever may not look is not told what is there.
    assert (await cloud.get(HANA, path)).status_code == HTTPStatus.FORBIDDEN
    assert (await cloud.patch(HANA, path, body())).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.documented("RoleManagementPolicies_ListForScope: nextLink")
@pytest.mark.parametrize("what", [POLICIES, ASSIGNMENTS])
async def test_lists_in_pages(store: Store, what: str) -> None:
    await plant(store)
    office = open_arm(store, page_size=300)
    async with office.client:
        first = (await office.get(GRACE, at(SUBSCRIPTION, what, LATEST))).json()
        assert len(first["value"]) == 300
        rows = await office.walk(GRACE, at(SUBSCRIPTION, what, LATEST))
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)) == len(built_in_azure_roles()) + 1


@pytest.mark.inferred("a place is one place in any casing, and so is what is known of it")
async def test_paths_in_any_casing(cloud: ArmOffice) -> None:
    found = await find_policy(cloud, READER, WEB)
    shouted = WEB.upper().replace("SUBSCRIPTIONS", "Subscriptions")
    path = f"{shouted}/PROVIDERS/microsoft.authorization/ROLEMANAGEMENTPOLICIES/"
    path += f"{found['name'].upper()}/?api-version={GA}"
    change = body(expiration("EndUser_Assignment", "PT2H"))
    assert (await cloud.patch(GRACE, path, change)).status_code == HTTPStatus.OK
    told: Any = (await cloud.get(GRACE, path)).json()
    assert told["id"] == found["id"]
    assert told["properties"]["scope"] == WEB
    assert told["properties"]["rules"][13]["maximumDuration"] == "PT2H"


@pytest.mark.documented("types: systemData in the latest version alone")
async def test_who_changed_what_is_told_by_the_latest_version(cloud: ArmOffice) -> None:
    name = (await find_policy(cloud, READER))["name"]
    path = f"{POLICIES}/{name}"
    await cloud.patch(
        GRACE, at(SUBSCRIPTION, path, GA), body(expiration("EndUser_Assignment", "PT2H"))
    )
    told = [(await cloud.get(GRACE, at(SUBSCRIPTION, path, one))).json() for one in VERSIONS]
    assert [one.get("systemData") for one in told] == [
        None,
        None,
        None,
        {"lastModifiedBy": GRACE, "lastModifiedAt": "2031-03-04T08:00:00Z"},
    ]
    assert SUBSCRIPTION_ID in told[0]["id"]
