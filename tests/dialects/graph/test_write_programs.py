"""Applications and service principals written over HTTP: secrets, owners, permissions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dialects.graph.office import DAWN, GRACE, NORA, OMAR, ROBOT, TENANT, TIER2, Office
from tests.dialects.graph.writing import (
    APPLICATION_ADMINISTRATOR,
    GRAPH,
    code_of,
    desk,
    give,
    make,
    permit_everything,
    permit_robot,
    reference,
)
from timebound.application.catalog import graph_permissions
from timebound.domain.ids import ApplicationId
from timebound.identity.apis import list_exposed, list_preauthorized
from timebound.identity.hashing import CHEAP, SecretHasher

BAD = (400, "Request_BadRequest")
MISSING = (404, "Request_ResourceNotFound")
DENIED = (403, "Authorization_RequestDenied")
A_DAY = timedelta(days=1)


async def make_program(office: Office, who: str, name: str = "Ledger") -> tuple[Any, Any]:
    """An application and its service principal."""
    application = await make(office, who, "applications", {"displayName": name})
    account = await make(office, who, "servicePrincipals", {"appId": application["appId"]})
    return application, account


def app_role(name: str) -> str:
    found = graph_permissions().by_value[name].application_id
    assert found is not None
    return found


async def permissions_of(office: Office, app_id: str, *, is_delegated: bool) -> set[str]:
    found = await office.store.granted_permissions(
        TENANT, ApplicationId(app_id), is_delegated=is_delegated
    )
    return set(found)


@pytest.mark.documented("create application: 201 with an appId of its own; create servicePrincipal")
@pytest.mark.witness("POST applications", "POST servicePrincipals")
async def test_an_application_and_its_account(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    body = {"displayName": "Ledger", "web": {"redirectUris": ["https://ledger.example/back"]}}
    application = await make(office, grace, "applications", body)
    assert application["web"]["redirectUris"] == ["https://ledger.example/back"]
    assert application["appId"] not in (application["id"], None)
    account = await make(office, grace, "servicePrincipals", {"appId": application["appId"]})
    assert (account["displayName"], account["servicePrincipalNames"]) == (
        "Ledger",
        [application["appId"]],
    )
    again = await office.post(grace, "/v1.0/servicePrincipals", {"appId": application["appId"]})
    assert code_of(again) == (409, "Request_MultipleObjectsWithSameKeyValue")
    unknown = {"appId": "12345678-0000-4000-8000-000000000000"}
    assert code_of(await office.post(grace, "/v1.0/servicePrincipals", unknown)) == BAD


@pytest.mark.documented("application: api, with oauth2PermissionScopes and preauthorized clients")
async def test_an_application_exposes_permissions(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    scope = {
        "id": "12345678-0000-4000-8000-00000000000a",
        "value": "read",
        "type": "User",
        "isEnabled": True,
    }
    client = {"appId": TIER2, "delegatedPermissionIds": [scope["id"]]}
    api = {"oauth2PermissionScopes": [scope], "preAuthorizedApplications": [client]}
    made = await make(office, grace, "applications", {"displayName": "Ledger", "api": api})
    assert made["api"] == api
    kept = await office.store.find_registration(TENANT, ApplicationId(made["appId"]))
    assert [(one.value, one.is_free) for one in list_exposed(kept)] == [("read", True)]
    assert list_preauthorized(kept, ApplicationId(TIER2)) == {"read"}
    bad = {"displayName": "X", "api": {"oauth2PermissionScopes": [scope | {"type": "Everybody"}]}}
    assert code_of(await office.post(grace, "/v1.0/applications", bad)) == (400, "BadRequest")


@pytest.mark.documented("apiApplication, permissionScope: members of type Guid")
@pytest.mark.parametrize(
    ("path", "api"),
    {
        "knownClientApplications[0]": {"knownClientApplications": ["Ours"]},
        "oauth2PermissionScopes[0].id": {"oauth2PermissionScopes": [{"id": "x"}]},
        "preAuthorizedApplications[0].appId": {"preAuthorizedApplications": [{"appId": "x"}]},
    }.items(),
)
async def test_what_is_no_guid_is_named(office: Office, path: str, api: dict[str, Any]) -> None:
    answer = await office.post(GRACE, "/v1.0/applications", {"displayName": "Ours", "api": api})
    assert answer.status_code == 400
    assert path.replace(".", "/") in answer.json()["error"]["message"].replace(".", "/")


@pytest.mark.documented("the account of Microsoft Graph tells which permissions there are")
async def test_the_account_of_graph(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    account = await make(office, grace, "servicePrincipals", {"appId": GRAPH})
    known = {one["value"]: one["id"] for one in account["appRoles"]}
    assert known["User.Read.All"] == "df021288-bdef-4463-88db-98f22de89214"
    scopes = {one["value"]: one["id"] for one in account["oauth2PermissionScopes"]}
    assert scopes["User.Read"] == "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
    kinds = {one["value"]: one["type"] for one in account["oauth2PermissionScopes"]}
    assert (kinds["User.Read"], kinds["User.Read.All"]) == ("User", "Admin")


@pytest.mark.documented("update and delete of applications and service principals: 204")
@pytest.mark.witness(
    "PATCH applications/{id}",
    "DELETE applications/{id}",
    "PATCH servicePrincipals/{id}",
    "DELETE servicePrincipals/{id}",
)
async def test_programs_are_changed_and_deleted(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    path = f"/v1.0/applications/{application['id']}"
    assert (await office.patch(grace, path, {"notes": "Pays"})).status_code == 204
    of_account = f"/v1.0/servicePrincipals/{account['id']}"
    assert (await office.patch(grace, of_account, {"tags": ["x"]})).status_code == 204
    assert (await office.get(grace, of_account)).json()["tags"] == ["x"]
    assert (await office.delete(grace, path)).status_code == 204
    # The account goes with the application.
    assert code_of(await office.get(grace, of_account)) == MISSING
    _, other = await make_program(office, grace, "Other")
    of_other = f"/v1.0/servicePrincipals/{other['id']}"
    assert (await office.delete(grace, of_other)).status_code == 204
    assert code_of(await office.delete(grace, of_other)) == MISSING


@pytest.mark.documented("application: addPassword tells the secret once; removePassword ends it")
@pytest.mark.witness("POST applications/{id}/addPassword", "POST applications/{id}/removePassword")
@pytest.mark.witness(
    "POST servicePrincipals/{id}/addPassword", "POST servicePrincipals/{id}/removePassword"
)
@pytest.mark.parametrize("kind", ["applications", "servicePrincipals"])
async def test_a_client_secret(office: Office, kind: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    path = f"/v1.0/{kind}/{(application if kind == 'applications' else account)['id']}"
    asked = {"passwordCredential": {"displayName": "Night job"}}
    made = (await office.post(grace, f"{path}/addPassword", asked)).json()
    secret, key_id = made["secretText"], made["keyId"]
    assert (made["displayName"], made["hint"]) == ("Night job", secret[:3])
    assert made["endDateTime"] == "2033-03-03T08:00:00Z"
    hasher, app_id = SecretHasher(CHEAP), ApplicationId(application["appId"])
    record = await office.store.find_application(TENANT, app_id, DAWN)
    assert record is not None
    assert await hasher.matches(secret, record.hashes)
    later = await office.store.find_application(TENANT, app_id, DAWN + 731 * A_DAY)
    assert later is not None
    assert later.hashes == ()
    assert secret not in (await office.get(grace, f"/v1.0/servicePrincipals/{account['id']}")).text
    gone = await office.post(grace, f"{path}/removePassword", {"keyId": key_id})
    assert gone.status_code == 204
    record = await office.store.find_application(TENANT, app_id, DAWN)
    assert record is not None
    assert record.hashes == ()
    again = await office.post(grace, f"{path}/removePassword", {"keyId": key_id})
    assert code_of(again) == BAD


@pytest.mark.documented("application: addPassword, with times of the client's own")
async def test_a_client_secret_with_times_of_its_own(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, _ = await make_program(office, grace)
    path = f"/v1.0/applications/{application['id']}/addPassword"
    times = {"startDateTime": "2031-03-05T00:00:00Z", "endDateTime": "2031-03-06T00:00:00Z"}
    made = await office.post(grace, path, {"passwordCredential": times})
    assert made.json()["endDateTime"] == times["endDateTime"]
    app_id = ApplicationId(application["appId"])
    counted = [
        len(found.hashes)
        for at in (DAWN, DAWN + A_DAY, DAWN + 2 * A_DAY)
        if (found := await office.store.find_application(TENANT, app_id, at))
    ]
    assert counted == [0, 1, 0]
    backwards = {"startDateTime": times["endDateTime"], "endDateTime": times["startDateTime"]}
    refused = await office.post(grace, path, {"passwordCredential": backwards})
    assert code_of(refused) == BAD
    unread = await office.post(grace, path, {"passwordCredential": {"endDateTime": "soon"}})
    assert (unread.status_code, "endDateTime" in unread.text) == (400, True)


@pytest.mark.documented("owners of applications and of their accounts manage them")
@pytest.mark.witness(
    "POST applications/{id}/owners/$ref",
    "DELETE applications/{id}/owners/{id}/$ref",
    "POST servicePrincipals/{id}/owners/$ref",
    "DELETE servicePrincipals/{id}/owners/{id}/$ref",
)
@pytest.mark.parametrize("kind", ["applications", "servicePrincipals"])
async def test_owners_manage_their_application(office: Office, kind: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    nora = desk(office, NORA)
    application, account = await make_program(office, grace)
    path = f"/v1.0/{kind}/{(application if kind == 'applications' else account)['id']}"
    assert code_of(await office.post(nora, f"{path}/addPassword", {})) == DENIED
    assert (await office.post(grace, f"{path}/owners/$ref", reference(NORA))).status_code == 204
    assert code_of(await office.post(grace, f"{path}/owners/$ref", reference(NORA))) == BAD
    assert code_of(await office.post(grace, f"{path}/owners/$ref", reference(TIER2))) == BAD
    assert (await office.post(nora, f"{path}/addPassword", {})).status_code == 200
    assert (await office.delete(grace, f"{path}/owners/{NORA}/$ref")).status_code == 204
    assert code_of(await office.delete(grace, f"{path}/owners/{NORA}/$ref")) == MISSING
    assert code_of(await office.post(nora, f"{path}/addPassword", {})) == DENIED


@pytest.mark.documented("Application.ReadWrite.OwnedBy: what the application made, and no other")
async def test_an_application_manages_what_it_made(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    key = await permit_robot(office, "Application.ReadWrite.OwnedBy")
    own = await make(office, key, "applications", {"displayName": "Robot's"})
    path = f"/v1.0/applications/{own['id']}/addPassword"
    assert (await office.post(key, path, {})).status_code == 200
    other, _ = await make_program(office, grace)
    refused = await office.post(key, f"/v1.0/applications/{other['id']}/addPassword", {})
    assert code_of(refused) == (403, "PermissionScopeNotGranted")


@pytest.mark.inferred("whoever makes the account of an application can sign in as it")
async def test_an_application_makes_accounts_of_its_own_only(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    key = await permit_robot(office, "Application.ReadWrite.OwnedBy")
    own = await make(office, key, "applications", {"displayName": "Robot's"})
    other = await make(office, grace, "applications", {"displayName": "Ledger"})
    path = "/v1.0/servicePrincipals"
    refused = await office.post(key, path, {"appId": other["appId"]})
    assert code_of(refused) == (403, "PermissionScopeNotGranted")
    assert (await office.post(key, path, {"appId": own["appId"]})).status_code == 201


@pytest.mark.documented("appRoleAssignments of the client, and appRoleAssignedTo of the resource")
@pytest.mark.witness(
    "POST servicePrincipals/{id}/appRoleAssignments",
    "DELETE servicePrincipals/{id}/appRoleAssignments/{id}",
    "POST servicePrincipals/{id}/appRoleAssignedTo",
    "DELETE servicePrincipals/{id}/appRoleAssignedTo/{id}",
)
@pytest.mark.parametrize("name", ["appRoleAssignments", "appRoleAssignedTo"])
async def test_an_application_is_permitted_something(office: Office, name: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    graph = await make(office, grace, "servicePrincipals", {"appId": GRAPH})
    named = account if name == "appRoleAssignments" else graph
    path = f"/v1.0/servicePrincipals/{named['id']}/{name}"
    body = {
        "principalId": account["id"],
        "resourceId": graph["id"],
        "appRoleId": app_role("User.Read.All"),
    }
    made = await office.post(grace, path, body)
    assert made.status_code == 201, made.text
    assert made.json()["principalDisplayName"] == "Ledger"
    app_id = application["appId"]
    assert await permissions_of(office, app_id, is_delegated=False) == {"User.Read.All"}
    assert code_of(await office.post(grace, path, body)) == BAD
    unknown = {**body, "appRoleId": account["id"]}
    assert code_of(await office.post(grace, path, unknown)) == BAD
    assert (await office.delete(grace, f"{path}/{made.json()['id']}")).status_code == 204
    assert await permissions_of(office, app_id, is_delegated=False) == set()
    assert code_of(await office.delete(grace, f"{path}/{made.json()['id']}")) == MISSING
    assert code_of(await office.delete(grace, f"{path}/nothing")) == MISSING


@pytest.mark.documented("oauth2PermissionGrant: create, update, delete")
@pytest.mark.witness(
    "POST oauth2PermissionGrants",
    "PATCH oauth2PermissionGrants/{id}",
    "DELETE oauth2PermissionGrants/{id}",
)
async def test_an_application_acts_for_people(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    graph = await make(office, grace, "servicePrincipals", {"appId": GRAPH})
    app_id, path = application["appId"], "/v1.0/oauth2PermissionGrants"
    body = {
        "clientId": account["id"],
        "consentType": "AllPrincipals",
        "resourceId": graph["id"],
        "scope": "User.Read Group.Read.All",
    }
    made = await office.post(grace, path, body)
    assert (made.status_code, made.json()["scope"]) == (201, "Group.Read.All User.Read")
    assert code_of(await office.post(grace, path, body)) == BAD
    one = f"{path}/{made.json()['id']}"
    assert (await office.patch(grace, one, {"scope": "User.Read Mail.Read"})).status_code == 204
    assert await permissions_of(office, app_id, is_delegated=True) == {"User.Read", "Mail.Read"}
    assert code_of(await office.patch(grace, one, {"scope": "Everything"})) == BAD
    assert (await office.delete(grace, one)).status_code == 204
    assert await permissions_of(office, app_id, is_delegated=True) == set()
    assert code_of(await office.delete(grace, one)) == MISSING


@pytest.mark.inferred("the design's data: a restore does not revive what ended")
async def test_an_account_that_comes_back_is_permitted_nothing(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    application, account = await make_program(office, grace)
    graph = await make(office, grace, "servicePrincipals", {"appId": GRAPH})
    body = {
        "principalId": account["id"],
        "resourceId": graph["id"],
        "appRoleId": app_role("User.Read.All"),
    }
    path = f"/v1.0/servicePrincipals/{account['id']}"
    assert (await office.post(grace, f"{path}/appRoleAssignments", body)).status_code == 201
    assert (await office.delete(grace, path)).status_code == 204
    restored = f"/v1.0/directory/deletedItems/{account['id']}/restore"
    assert (await office.post(grace, restored, {})).status_code == 200
    assert await permissions_of(office, application["appId"], is_delegated=False) == set()


@pytest.mark.inferred("deny by default: who neither administers nor owns applications")
async def test_who_may_not_write_programs(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    answer = await office.post(nora, "/v1.0/applications", {"displayName": "Mine"})
    assert code_of(answer) == DENIED
    assert code_of(await office.delete(nora, f"/v1.0/servicePrincipals/{ROBOT}")) == DENIED
    await give(office, OMAR, APPLICATION_ADMINISTRATOR)
    omar = desk(office, OMAR)
    assert (await office.post(omar, "/v1.0/applications", {"displayName": "His"})).is_success
