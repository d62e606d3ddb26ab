"""Role assignments put, read and taken away over HTTP, in the published shapes and words."""

from typing import Any

import pytest

from tests.dialects.arm.assigning import (
    COLLECTION,
    CONDITION,
    NAME,
    NOBODY,
    UNKNOWN,
    address,
    body,
    error,
    told,
)
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    HANA_ELIGIBLE,
    OTHER,
    PROVIDER,
    READER,
    READS,
    SUBSCRIPTION,
    WEB,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import (
    GRACE,
    HENRIK,
    NORA,
    OMAR,
    ROBOT,
    SAMUEL,
    TENANT,
)

documented = pytest.mark.documented("ARM specification of roleAssignments; arm notes 10")


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


@documented
@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    "GET {scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
)
async def test_an_assignment_is_made_and_told(office: ArmOffice) -> None:
    terms = {"description": "For reports", "condition": CONDITION}
    made = await office.put(GRACE, address(), body(principalType="User", **terms))
    assert made.status_code == 201, made.text
    expected = {
        "properties": {
            "roleDefinitionId": role_id(READER),
            "principalId": NORA,
            "principalType": "User",
            "scope": SUBSCRIPTION,
            "condition": CONDITION,
            "conditionVersion": "2.0",
            "createdOn": "2031-03-04T08:00:00.0000000Z",
            "updatedOn": "2031-03-04T08:00:00.0000000Z",
            "updatedBy": GRACE,
            "description": "For reports",
        },
        "id": f"{SUBSCRIPTION}/{PROVIDER}/{COLLECTION}/{NAME}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": NAME,
    }
    assert made.json() == expected
    expected["properties"]["createdBy"] = GRACE  # type: ignore[index]  # it is an object
    for spelled in (address(), address(NAME.upper(), SUBSCRIPTION.upper().replace("S/", "s/"))):
        assert (await office.get(SAMUEL, spelled)).json() == expected


@documented
async def test_who_has_it_uses_it_at_once(office: ArmOffice) -> None:
    assert error(await office.get(NORA, address(READS.id))) == (403, "AuthorizationFailed")
    assert (await office.put(GRACE, address(), body())).status_code == 201
    assert (await office.get(NORA, address(READS.id))).status_code == 200
    assert (await office.delete(GRACE, address())).status_code == 200
    assert error(await office.get(NORA, address(READS.id))) == (403, "AuthorizationFailed")


@documented
async def test_the_same_again_changes_what_it_says(office: ArmOffice) -> None:
    await office.put(GRACE, address(), body(description="Old"))
    same = await office.put(ROBOT, address(), body(description="Old"))
    assert (same.status_code, same.json()["properties"]["updatedBy"]) == (200, GRACE)
    changed = await office.put(ROBOT, address(), body(condition=CONDITION, conditionVersion="2.0"))
    assert changed.status_code == 200
    properties = changed.json()["properties"]
    assert (properties["createdBy"], properties["updatedBy"]) == (GRACE, ROBOT)
    assert properties["condition"] == CONDITION
    assert "description" not in properties
    assert (await office.get(SAMUEL, address())).json() == changed.json()


@pytest.mark.inferred("a version that knows no conditions takes none away")
async def test_an_old_version_leaves_what_it_cannot_say(office: ArmOffice) -> None:
    await office.put(GRACE, address(), body(condition=CONDITION, description="Kept"))
    again = await office.put(GRACE, address(version="2015-07-01"), body(condition=""))
    assert again.status_code == 201
    assert set(again.json()["properties"]) == {
        *("roleDefinitionId", "principalId", "scope"),
        *("createdOn", "updatedOn", "createdBy", "updatedBy"),
    }
    kept = (await office.get(GRACE, address())).json()["properties"]
    assert (kept["condition"], kept["description"]) == (CONDITION, "Kept")


@documented
@pytest.mark.parametrize(
    ("changes", "status", "code", "message"),
    [
        (
            {"who": NOBODY},
            400,
            "PrincipalNotFound",
            f"Principal {NOBODY.replace('-', '')} does not exist in the directory {TENANT}.",
        ),
        (
            {"principalType": "ServicePrincipal"},
            400,
            "UnmatchedPrincipalType",
            (
                f"The PrincipalId '{NORA.replace('-', '')}' has type 'User' , which is different "
                "from specified PrinciaplType 'ServicePrincipal'."
            ),
        ),
        (
            {"role": UNKNOWN},
            400,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{UNKNOWN}' does not exist.",
        ),
        (
            {"who": SAMUEL},
            409,
            "RoleAssignmentExists",
            (
                "The role assignment already exists. The ID of the existing role assignment is "
                f"{READS.id.replace('-', '')}."
            ),
        ),
    ],
)
async def test_what_does_not_fit_is_refused(
    office: ArmOffice, changes: dict[str, Any], status: int, code: str, message: str
) -> None:
    answer = await office.put(GRACE, address(), body(**changes))
    assert (error(answer), told(answer)) == ((status, code), message)
    assert error(await office.get(GRACE, address())) == (404, "RoleAssignmentNotFound")


@documented
async def test_a_name_stays_with_its_slot(office: ArmOffice) -> None:
    await office.put(GRACE, address(), body())
    message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
    for spelled, sent in (
        (address(), body(HENRIK)),
        (address(), body(role=CONTRIBUTOR)),
        (address(scope=WEB), body()),
    ):
        answer = await office.put(GRACE, spelled, sent)
        assert error(answer) == (400, "RoleAssignmentUpdateNotPermitted")
        assert told(answer) == message
    taken = await office.put(GRACE, address(HANA_ELIGIBLE.id), body())
    assert error(taken) == (409, "RoleAssignmentExists")


@documented
@pytest.mark.parametrize(
    ("sent", "code", "word"),
    [
        ({}, "BadRequest", "properties"),
        ({"properties": {}}, "BadRequest", "principalId"),
        (body(""), "BadRequest", "principalId"),
        (body("nora"), "InvalidPrincipalId", "nora"),
        ({"properties": {"principalId": NORA}}, "BadRequest", "roleDefinitionId"),
        (body(role="reader"), "InvalidRoleDefinitionId", "reader"),
        (body(condition="@Request["), "BadRequest", "condition"),
        (body(conditionVersion="9.0", condition=CONDITION), "BadRequest", "conditionVersion"),
        (body(description="x" * 2_049), "InvalidRequestContent", "description"),
        (body(principalType=7), "InvalidRequestContent", "principalType"),
        ([], "InvalidRequestContent", ""),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    office: ArmOffice, sent: object, code: str, word: str
) -> None:
    answer = await office.put(GRACE, address(), sent)
    assert error(answer) == (400, code)
    assert word in told(answer)


@pytest.mark.observed("clients send names in any casing, ids without a slash, members too many")
async def test_bodies_are_read_tolerantly(office: ArmOffice) -> None:
    sent = {
        "Properties": {
            "RoleDefinitionId": role_id(READER).removeprefix("/"),
            "PrincipalId": NORA.upper(),
            "Scope": "/any",
            "canDelegate": False,
            "principalType": "user",
        }
    }
    scope = f"/providers/Microsoft.Subscription{SUBSCRIPTION}"
    answer = await office.put(GRACE, address(NAME.upper(), scope), sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == NAME
    assert answer.json()["properties"]["principalId"] == NORA


@documented
@pytest.mark.witness(
    "DELETE {scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
)
async def test_what_is_deleted_is_told_once_more_and_then_is_nothing(office: ArmOffice) -> None:
    await office.put(GRACE, address(), body())
    kept = (await office.get(GRACE, address())).json()
    gone = await office.delete(GRACE, address())
    assert (gone.status_code, gone.json()) == (200, kept)
    assert (await office.delete(GRACE, address())).status_code == 204
    missing = await office.get(GRACE, address())
    assert error(missing) == (404, "RoleAssignmentNotFound")
    assert told(missing) == f"The role assignment '{NAME}' is not found."
    assert (await office.put(GRACE, address(scope=WEB), body(OMAR))).status_code == 201


@documented
async def test_an_assignment_is_told_at_its_own_place_alone(office: ArmOffice) -> None:
    for scope in (WEB, OTHER):
        assert error(await office.get(GRACE, address(READS.id, WEB)))[0] == 404
        if scope == WEB:
            assert (await office.delete(GRACE, address(READS.id, scope))).status_code == 204
    assert error(await office.get(GRACE, address(READS.id, OTHER))) == (403, "AuthorizationFailed")
    assert error(await office.get(GRACE, address(HANA_ELIGIBLE.id))) == (
        404,
        "RoleAssignmentNotFound",
    )


@documented
@pytest.mark.parametrize(
    ("verb", "action"), [("put", "write"), ("get", "read"), ("delete", "delete")]
)
async def test_who_may_not_is_told_which_action_they_lack(
    office: ArmOffice, verb: str, action: str
) -> None:
    sent = [body()] if verb == "put" else []
    path = f"{SUBSCRIPTION}/{PROVIDER}/{COLLECTION}/{NAME}"
    where = SUBSCRIPTION if verb == "get" else path
    for who in (NORA, office.sign_in(GRACE, frozenset())):
        answer = await getattr(office, verb)(who, address(), *sent)
        assert error(answer) == (403, "AuthorizationFailed")
        assert f"perform action 'Microsoft.Authorization/roleAssignments/{action}'" in told(answer)
        assert f"over scope '{where}' or the scope is invalid." in told(answer)
    if verb != "get":
        assert error(await getattr(office, verb)(SAMUEL, address(READS.id), *sent))[0] == 403
    assert (await office.get(SAMUEL, address(READS.id))).status_code == 200


@documented
@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (f"{SUBSCRIPTION}/resourceGroups/none", "ResourceGroupNotFound"),
        (SUBSCRIPTION[:-1] + "9", "SubscriptionNotFound"),
        (f"{WEB}/providers/Microsoft.Web/sites/none", "ResourceNotFound"),
    ],
)
async def test_a_place_has_to_be_there(office: ArmOffice, scope: str, code: str) -> None:
    for answer in (
        await office.put(GRACE, address(scope=scope), body()),
        await office.delete(GRACE, address(scope=scope)),
    ):
        assert error(answer) == (404, code)


@documented
async def test_a_name_is_a_guid(office: ArmOffice) -> None:
    for answer in (
        await office.put(GRACE, address("reports"), body()),
        await office.get(GRACE, address("reports")),
        await office.delete(GRACE, address("reports")),
    ):
        assert error(answer) == (400, "InvalidRoleAssignmentId")
        assert "'reports'" in told(answer)


@documented
async def test_the_tenant_is_that_of_the_token(office: ArmOffice) -> None:
    own, other = f"{address(READS.id)}&tenantId={TENANT.upper()}", f"{address(READS.id)}&tenantId=x"
    assert (await office.get(GRACE, own)).status_code == 200
    assert error(await office.get(GRACE, other)) == (400, "BadRequest")
    assert error(await office.delete(GRACE, other)) == (400, "BadRequest")
