"""What limits role assignments over HTTP: owners, conditions, activations; and validation."""

import pytest

from tests.dialects.arm.assigning import (
    COLLECTION,
    NAME,
    SECOND,
    UNKNOWN,
    address,
    body,
    error,
    told,
)
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    GROUP,
    OWNS,
    PROVIDER,
    READER,
    ROBOT_OWNS,
    SUBSCRIPTION,
    WEB,
    Held,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import (
    DAWN,
    GRACE,
    HANA,
    HENRIK,
    NORA,
    PLAIN_GROUP,
    ROBOT,
    SAMUEL,
    TENANT,
)
from timebound.application.changes import ChangeSet
from timebound.domain.azure.places import ROOT
from timebound.domain.roles import AZURE_OWNER, AZURE_USER_ACCESS_ADMINISTRATOR

documented = pytest.mark.documented("ARM specification of roleAssignments; arm notes 10")


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


@pytest.mark.documented("Azure: troubleshoot RBAC, the last Owner of a subscription")
async def test_the_last_owner_stays_but_for_global_administrators(office: ArmOffice) -> None:
    assert (await office.delete(GRACE, address(OWNS.id))).status_code == 200
    last = address(ROBOT_OWNS.id)
    refused = await office.delete(ROBOT, last)
    assert error(refused) == (412, "CannotDeleteLastRbacAdminAssignment")
    assert told(refused) == "Cannot delete the last RBAC admin assignment"
    assert (await office.get(ROBOT, last)).status_code == 200


@pytest.mark.documented("Azure: assignable scopes of custom roles")
async def test_a_custom_role_is_seen_where_it_can_be_assigned(office: ArmOffice) -> None:
    block = {"actions": ["*/read"], "notActions": []}
    role = {"roleName": "Web", "assignableScopes": [WEB], "permissions": [block]}
    path = f"{WEB}/{PROVIDER}/roleDefinitions/{UNKNOWN}?api-version=2022-04-01"
    assert (await office.put(GRACE, path, {"properties": role})).status_code == 201
    refused = await office.put(GRACE, address(), body(role=UNKNOWN))
    assert error(refused) == (400, "RoleDefinitionDoesNotExist")
    assert f"'{UNKNOWN}'" in told(refused)
    assert (await office.put(GRACE, address(scope=WEB), body(role=UNKNOWN))).status_code == 201


@pytest.mark.documented("Azure: constrained delegation of role assignments")
async def test_who_assigns_on_a_condition_assigns_within_it(office: ArmOffice) -> None:
    only = "Microsoft.Authorization/roleAssignments"
    parts = (
        f"(!(ActionMatches{{'{only}/{action}'}}) OR (@{source}[{only}:RoleDefinitionId] "
        f"ForAnyOfAnyValues:GuidEquals {{{READER}}} AND @{source}[{only}:PrincipalType] "
        "ForAnyOfAnyValues:StringEqualsIgnoreCase {'User'}))"
        for action, source in (("write", "Request"), ("delete", "Resource"))
    )
    limited = body(HENRIK, AZURE_USER_ACCESS_ADMINISTRATOR, condition=" AND ".join(parts))
    assert (await office.put(GRACE, address(), limited)).status_code == 201
    within = await office.put(HENRIK, address(SECOND), body())
    assert within.status_code == 201, within.text
    for sent in (body(role=CONTRIBUTOR), body(HENRIK, AZURE_OWNER), body(PLAIN_GROUP), body(ROBOT)):
        beyond = await office.put(HENRIK, address(NAME[:-1] + "3"), sent)
        assert error(beyond) == (403, "AuthorizationFailed")
    assert error(await office.delete(HENRIK, address(OWNS.id))) == (403, "AuthorizationFailed")
    assert (await office.delete(HENRIK, address(SECOND))).status_code == 200


@documented
async def test_activated_roles_are_assignments_too(office: ArmOffice) -> None:
    requests = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleRequests"
    expiration = {"type": "AfterDuration", "duration": "PT1H"}
    asked = body(
        HANA,
        CONTRIBUTOR,
        requestType="SelfActivate",
        justification="Needed",
        scheduleInfo={"expiration": expiration},
    )
    strong = office.sign_in(HANA)
    made = await office.put(strong, f"{requests}/{NAME}?api-version=2020-10-01", asked)
    assert made.status_code == 201, made.text
    active = await office.get(GRACE, address())
    assert active.status_code == 200
    assert active.json()["properties"]["principalId"] == HANA
    again = await office.put(GRACE, address(SECOND), body(HANA, CONTRIBUTOR))
    assert error(again) == (409, "RoleAssignmentExists")
    assert NAME.replace("-", "") in told(again)
    changed = await office.put(GRACE, address(), body(HANA, CONTRIBUTOR, description="New"))
    assert error(changed) == (409, "RoleAssignmentExists")
    assert (await office.delete(GRACE, address())).status_code == 200
    instances = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances?api-version=2020-10-01"
    assert NAME not in [row["name"] for row in await office.walk(GRACE, instances)]
    assert (await office.put(GRACE, address(SECOND), body(HANA, CONTRIBUTOR))).status_code == 201


@documented
async def test_at_the_root_and_at_management_groups_ids_name_no_subscription(
    office: ArmOffice,
) -> None:
    top = Held(21, HENRIK, AZURE_OWNER, ROOT.path)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (top.write(),))
    assert await office.store.apply(change)
    for scope in ("", GROUP):
        name = NAME if scope else SECOND
        answer = await office.put(HENRIK, address(name, scope), body())
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] == f"{scope}/{PROVIDER}/{COLLECTION}/{name}"
        properties = answer.json()["properties"]
        assert properties["roleDefinitionId"] == f"/{PROVIDER}/roleDefinitions/{READER}"
        assert properties["scope"] == (scope or "/")


VALIDATING = pytest.mark.parametrize("version", ["2020-08-01-preview", "2020-10-01-preview"])


def validation(version: str, name: str = NAME) -> str:
    path, _, query = address(name, version=version).partition("?")
    return f"{path}/validate?{query}"


@documented
@pytest.mark.witness(
    "POST {scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}/validate",
)
@VALIDATING
async def test_validation_changes_nothing(office: ArmOffice, version: str) -> None:
    answer = await office.post(GRACE, validation(version), body())
    assert (answer.status_code, answer.json()) == (200, {"isValid": True})
    assert error(await office.get(GRACE, address())) == (404, "RoleAssignmentNotFound")
    taken = (await office.post(GRACE, validation(version), body(SAMUEL))).json()
    assert (taken["isValid"], taken["errorInfo"]["code"]) == (False, "RoleAssignmentExists")
    assert error(await office.post(NORA, validation(version), body())) == (
        403,
        "AuthorizationFailed",
    )
    assert error(await office.post(GRACE, validation(version), {})) == (400, "BadRequest")
    for unknown in ("2022-04-01", "2015-07-01"):
        assert (await office.post(GRACE, validation(unknown), body())).status_code == 404
