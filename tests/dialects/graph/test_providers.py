"""The assignments of the providers of roles besides the directory, over HTTP."""

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    DESK,
    GRACE,
    HANA,
    INGRID,
    NORA,
    OMAR,
    PLAIN_GROUP,
    READER,
    ROBOT,
    SAMUEL,
    TENANT,
    TIER2,
    Office,
)
from tests.dialects.graph.providing import (
    ALL_PROVIDERS,
    CATALOG,
    MANY,
    NOBODY,
    ONE,
    WRITING,
    define,
    one,
    path_of,
    sent,
    several,
)
from timebound.application.engine import Engine
from timebound.application.principals import delete_principal
from timebound.domain.authority import Token


@MANY
@pytest.mark.documented("rbacapplicationmultiple: create, get, list unifiedRoleAssignmentMultiple")
@pytest.mark.witness(
    "GET roleManagement/deviceManagement/roleAssignments",
    "GET roleManagement/deviceManagement/roleAssignments/{id}",
    "POST roleManagement/deviceManagement/roleAssignments",
    "DELETE roleManagement/deviceManagement/roleAssignments/{id}",
    "GET roleManagement/cloudPC/roleAssignments",
    "GET roleManagement/cloudPC/roleAssignments/{id}",
    "POST roleManagement/cloudPC/roleAssignments",
    "DELETE roleManagement/cloudPC/roleAssignments/{id}",
    "GET roleManagement/defender/roleAssignments",
    "GET roleManagement/defender/roleAssignments/{id}",
    "POST roleManagement/defender/roleAssignments",
    "DELETE roleManagement/defender/roleAssignments/{id}",
)
async def test_several_are_assigned_together(office: Office, desk: str, provider: str) -> None:
    role_id = await define(office, desk, provider)
    path = path_of(provider, "roleAssignments")
    made = await office.post(desk, path, several(role_id))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["principalIds"] == [TIER2, HANA]
    assert body["directoryScopeIds"] == [PLAIN_GROUP, f"/administrativeUnits/{BERLIN}"]
    assert (body["appScopeIds"], body["description"]) == (["allDevices"], None)
    query = "?$expand=roleDefinition,principals,directoryScopes,appScopes"
    got = (await office.get(desk, f"{path}/{body['id']}{query}")).json()
    assert got["roleDefinition"]["displayName"] == "Ours"
    assert [person["displayName"] for person in got["principals"]] == ["Tier 2", "Hana Sato"]
    assert [part["id"] for part in got["directoryScopes"]] == [PLAIN_GROUP, BERLIN]
    assert [scope["id"] for scope in got["appScopes"]] == ["allDevices"]
    by_role = f"{path}?$filter=roleDefinitionId eq '{role_id}'&$count=true"
    listed = (await office.get(desk, by_role)).json()
    assert (listed["@odata.count"], listed["value"][0]["id"]) == (1, body["id"])
    by_name = f"{path}?$filter=displayName eq 'my test role assignment 1'"
    assert len((await office.get(desk, by_name)).json()["value"]) == 1
    assert (await office.delete(desk, f"{path}/{body['id']}")).status_code == 204
    assert (await office.get(desk, path)).json()["value"] == []
    assert (await office.delete(desk, f"{path}/{body['id']}")).status_code == 404


@MANY
@pytest.mark.documented("unifiedroleassignmentmultiple-update, examples 1 and 2")
@pytest.mark.witness(
    "PATCH roleManagement/deviceManagement/roleAssignments/{id}",
    "PATCH roleManagement/cloudPC/roleAssignments/{id}",
    "PATCH roleManagement/defender/roleAssignments/{id}",
)
async def test_an_assignment_is_changed(office: Office, desk: str, provider: str) -> None:
    role_id = await define(office, desk, provider)
    path = path_of(provider, "roleAssignments")
    made = (await office.post(desk, path, several(role_id))).json()
    changes = {"displayName": "NewName", "description": "A new roleAssignment"}
    changed = await office.patch(desk, f"{path}/{made['id']}", changes)
    is_silent = provider == "deviceManagement"
    assert changed.status_code == (204 if is_silent else 200), changed.text
    assert is_silent or changed.json() == {**made, **changes}
    assert (await office.get(desk, f"{path}/{made['id']}")).json() == {**made, **changes}
    await office.patch(desk, f"{path}/{made['id']}", {"principalIds": [NORA, TIER2]})
    for who, count in ((NORA, 1), (HANA, 0)):
        found = await office.get(desk, f"{path}?$filter=principalIds/any(x:x eq '{who}')")
        assert len(found.json()["value"]) == count
    unknown = await office.patch(desk, f"{path}/{made['id']}", {"principalIds": [NOBODY]})
    assert unknown.status_code == 404
    assert (await office.patch(desk, f"{path}/{NOBODY}", changes)).status_code == 404
    role = path_of(provider, f"roleDefinitions/{role_id}")
    refused = await office.delete(desk, role)
    assert (refused.status_code, "assigned" in refused.text) == (400, True)
    assert (await office.delete(desk, f"{path}/{made['id']}")).status_code == 204
    assert (await office.delete(desk, role)).status_code == 204


@ONE
@pytest.mark.documented("rbacapplication-post-roleassignments, example 4; list, example 3")
@pytest.mark.witness(
    "GET roleManagement/entitlementManagement/roleAssignments",
    "GET roleManagement/entitlementManagement/roleAssignments/{id}",
    "POST roleManagement/entitlementManagement/roleAssignments",
    "DELETE roleManagement/entitlementManagement/roleAssignments/{id}",
    "GET roleManagement/exchange/roleAssignments",
    "GET roleManagement/exchange/roleAssignments/{id}",
    "POST roleManagement/exchange/roleAssignments",
    "DELETE roleManagement/exchange/roleAssignments/{id}",
)
async def test_one_is_assigned(office: Office, desk: str, provider: str) -> None:
    role_id = await define(office, desk, provider)
    path = path_of(provider, "roleAssignments")
    made = await office.post(desk, path, one(role_id))
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["principalId"], body["appScopeId"]) == (HANA, CATALOG)
    assert body["directoryScopeId"] is None
    again = await office.post(desk, path, one(role_id))
    assert (again.status_code, "conflicting object" in again.text) == (400, True)
    whole = one(role_id, appScopeId=..., directoryScopeId="/")
    assert (await office.post(desk, path, whole)).status_code == 201
    by_app = f"{path}?$filter=appScopeId eq '{CATALOG}'&$expand=principal,appScope"
    (found,) = (await office.get(desk, by_app)).json()["value"]
    assert found["principal"]["displayName"] == "Hana Sato"
    assert found["appScope"]["type"] == "AccessPackageCatalog"
    by_person = f"{path}?$filter=principalId eq '{HANA}' and directoryScopeId eq '/'"
    assert len((await office.get(desk, by_person)).json()["value"]) == 1
    nothing = f"{path}?$filter=appScopeId eq null"
    assert len((await office.get(desk, nothing)).json()["value"]) == 1
    got = await office.get(desk, f"{path}/{body['id']}?$select=id,condition")
    assert got.json()["condition"] is None
    assert (await office.delete(desk, f"{path}/{body['id']}")).status_code == 204
    assert (await office.post(desk, path, one(role_id))).status_code == 201


@ALL_PROVIDERS
@pytest.mark.inferred("bad input is refused with the name of its property, and nothing is kept")
@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"roleDefinitionId": NOBODY}, 404, NOBODY),
        ({"roleDefinitionId": READER}, 404, READER),
        ({"roleDefinitionId": ...}, 400, "roleDefinitionId"),
        ({"roleDefinitionId": "x"}, 400, "roleDefinitionId"),
        ({"condition": "x"}, 400, "condition"),
        ({"principalId": ..., "principalIds": ...}, 400, "principalId"),
        ({"principalId": NOBODY, "principalIds": [NOBODY]}, 404, NOBODY),
        ({"principalId": BERLIN, "principalIds": [BERLIN]}, 404, BERLIN),
        ({"principalId": "x", "principalIds": ["x"]}, 400, "principalId"),
        ({"principalId": 3, "principalIds": [3]}, 400, "principalId"),
        (
            {"appScopeId": ..., "appScopeIds": ..., "directoryScopeIds": ...},
            400,
            "directoryScopeId",
        ),
        (
            {"appScopeId": ..., "directoryScopeId": f"/{NOBODY}", "directoryScopeIds": [NOBODY]},
            404,
            NOBODY,
        ),
    ],
)
async def test_bad_input_is_refused(
    office: Office, desk: str, provider: str, changes: dict[str, object], status: int, said: str
) -> None:
    role_id = await define(office, desk, provider)
    body = sent(provider, role_id) | changes
    path = path_of(provider, "roleAssignments")
    refused = await office.post(desk, path, {n: v for n, v in body.items() if v is not ...})
    assert (refused.status_code, said in refused.text) == (status, True), refused.text
    assert (await office.get(desk, path)).json()["value"] == []
    for id_ in ("nothing", NOBODY):
        assert (await office.delete(desk, f"{path}/{id_}")).status_code == 404
        assert (await office.get(desk, f"{path}/{id_}")).status_code == 404


@pytest.mark.inferred("an assignment of thousands of grants would keep everybody else waiting")
async def test_too_many_at_once(office: Office, desk: str) -> None:
    role_id = await define(office, desk, "defender")
    body = several(role_id, directoryScopeIds=..., appScopeIds=[f"app-{n}" for n in range(501)])
    refused = await office.post(desk, path_of("defender", "roleAssignments"), body)
    assert (refused.status_code, "principalIds" in refused.text) == (400, True)


@ALL_PROVIDERS
@pytest.mark.inferred("a disabled role is not assigned")
async def test_a_disabled_role(office: Office, desk: str, provider: str) -> None:
    role_id = await define(office, desk, provider)
    role = path_of(provider, f"roleDefinitions/{role_id}")
    assert (await office.patch(desk, role, {"isEnabled": False})).status_code == 204
    refused = await office.post(desk, path_of(provider, "roleAssignments"), sent(provider, role_id))
    assert (refused.status_code, "roleDefinitionId" in refused.text) == (400, True)


@ALL_PROVIDERS
@pytest.mark.documented("permissions and roles of each provider")
async def test_who_may(office: Office, desk: str, provider: str) -> None:
    role_id = await define(office, desk, provider)
    path = path_of(provider, "roleAssignments")
    made = (await office.post(desk, path, sent(provider, role_id))).json()
    for who in (office.sign_in(HANA, WRITING), office.sign_in(INGRID, WRITING)):
        assert (await office.get(who, path)).status_code == 403
        assert (await office.post(who, path, sent(provider, role_id))).status_code == 403
        assert (await office.delete(who, f"{path}/{made['id']}")).status_code == 403
        assert (await office.delete(who, f"{path}/{NOBODY}")).status_code == 403
    bare = office.sign_in(GRACE, frozenset({"RoleManagement.ReadWrite.Directory"}))
    assert (await office.get(bare, path)).status_code == 403
    assert (await office.post(bare, path, sent(provider, role_id))).status_code == 403
    robot = office.sign_in(ROBOT, WRITING)
    expected = 200 if provider == "deviceManagement" else 403
    assert (await office.get(robot, path)).status_code == expected


@pytest.mark.inferred("a role of a provider is no role of the directory")
async def test_the_directory_is_not_touched(office: Office, desk: str) -> None:
    role_id = await define(office, desk, "cloudPC")
    path = path_of("cloudPC", "roleAssignments")
    assert (await office.post(desk, path, several(role_id))).status_code == 201
    for name in ("roleAssignments", "roleAssignmentSchedules", "roleAssignmentScheduleInstances"):
        query = f"/v1.0/roleManagement/directory/{name}?$filter=principalId eq '{HANA}'"
        assert (await office.get(GRACE, query)).json()["value"] == []
    body = {"principalId": HANA, "roleDefinitionId": role_id, "directoryScopeId": "/"}
    refused = await office.post(GRACE, "/v1.0/roleManagement/directory/roleAssignments", body)
    assert refused.status_code == 400


@pytest.mark.inferred("what a deleted principal holds ends, and nothing tells of them")
async def test_a_deleted_principal_is_named_no_more(office: Office, desk: str) -> None:
    role_id = await define(office, desk, "deviceManagement")
    path = path_of("deviceManagement", "roleAssignments")
    body = several(role_id, principalIds=[OMAR, SAMUEL])
    assert (await office.post(desk, path, body)).status_code == 201
    token = Token(TENANT, GRACE, DESK, WRITING)
    engine = Engine(office.store, _Ids())
    await delete_principal(engine, token, OMAR, DAWN)
    (told,) = (await office.get(desk, path)).json()["value"]
    assert told["principalIds"] == [SAMUEL]


class _Ids:
    """Ids that nothing else has."""

    number = 0

    def new_id(self) -> str:
        self.number += 1
        return f"88888888-0000-4000-8000-{self.number:012}"

    def derive_id(self, *names: str) -> str:
        """The one that names lead to."""
        return "/".join(names)
