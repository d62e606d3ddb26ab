"""Roles of the tenant's own APIs: assigned to applications, told of either side, taken away."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import pytest

from tests.dialects.graph.office import GRACE, NORA, TENANT, Office
from tests.dialects.graph.writing import GRAPH, code_of, desk, make, permit_everything
from timebound.application.catalog import graph_permissions
from timebound.domain.ids import ApplicationId

Told: TypeAlias = Mapping[str, Any]
BAD: Final = (400, "Request_BadRequest")
MISSING: Final = (404, "Request_ResourceNotFound")
DENIED: Final = (403, "Authorization_RequestDenied")
READ, OLD, PEOPLE, BARE = (f"66666666-0000-4000-8000-00000000000{n}" for n in range(1, 5))
PRIVILEGED: Final = graph_permissions().by_value["RoleManagement.ReadWrite.Directory"]
PUBLISHED: Final = "grant an appRoleAssignment to a service principal; appRole"


def role(id_: str, value: str | None, kind: str = "Application", **more: object) -> Told:
    name = {"displayName": value or "Bare", "description": value or "Bare", "value": value}
    return {"id": id_, "allowedMemberTypes": [kind], "isEnabled": True, **name, **more}


async def make_api(office: Office, who: str, *more: Told) -> tuple[Told, Told]:
    """An API with some roles, and a client, each by its service principal."""
    roles = [
        role(READ, "Tasks.Read"),
        role(OLD, "Tasks.Old", isEnabled=False),
        role(PEOPLE, "Tasks.Manage", "User"),
        role(BARE, None),
        *more,
    ]
    api = await make(office, who, "applications", {"displayName": "Tasks", "appRoles": roles})
    client = await make(office, who, "applications", {"displayName": "Ledger"})
    accounts = [
        await make(office, who, "servicePrincipals", {"appId": one["appId"]})
        for one in (api, client)
    ]
    return accounts[0], accounts[1]


async def kept(office: Office, client: Told) -> frozenset[str]:
    app_id = ApplicationId(client["appId"])
    return await office.store.granted_permissions(TENANT, app_id, is_delegated=False)


@pytest.mark.documented(PUBLISHED)
@pytest.mark.witness(
    "POST servicePrincipals/{id}/appRoleAssignments",
    "DELETE servicePrincipals/{id}/appRoleAssignments/{id}",
    "POST servicePrincipals/{id}/appRoleAssignedTo",
    "DELETE servicePrincipals/{id}/appRoleAssignedTo/{id}",
    "GET servicePrincipals/{id}/appRoleAssignments",
    "GET servicePrincipals/{id}/appRoleAssignedTo",
)
@pytest.mark.parametrize("name", ["appRoleAssignments", "appRoleAssignedTo"])
async def test_a_role_of_an_api_is_assigned(office: Office, name: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    api, client = await make_api(office, grace)
    graph = await make(office, grace, "servicePrincipals", {"appId": GRAPH})
    side = client if name == "appRoleAssignments" else api
    path = f"/v1.0/servicePrincipals/{side['id']}/{name}"
    body = {"principalId": client["id"], "resourceId": api["id"], "appRoleId": READ}
    made = await office.post(grace, path, body)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["resourceDisplayName"], told["appRoleId"]) == ("Tasks", READ)
    assert await kept(office, client) == {f"{api['appId']}/Tasks.Read"}
    for one, of, count in (
        (client, "appRoleAssignments", 1),
        (api, "appRoleAssignedTo", 1),
        (graph, "appRoleAssignedTo", 1),
        (client, "appRoleAssignedTo", 0),
    ):
        read = await office.get(grace, f"/v1.0/servicePrincipals/{one['id']}/{of}")
        own = [each for each in read.json()["value"] if each["principalId"] == client["id"]]
        assert len(own) == (0 if one is graph else count)
        assert {(each["id"], each["appRoleId"]) for each in own} <= {(told["id"], READ)}
    assert code_of(await office.post(grace, path, body)) == BAD
    assert code_of(await office.delete(desk(office, NORA), f"{path}/{told['id']}")) == DENIED
    other = client if side is api else api
    elsewhere = f"/v1.0/servicePrincipals/{other['id']}/{name}/{told['id']}"
    assert code_of(await office.delete(grace, elsewhere)) == MISSING
    assert (await office.delete(grace, f"{path}/{told['id']}")).status_code == 204
    assert await kept(office, client) == frozenset()
    assert code_of(await office.delete(grace, f"{path}/{told['id']}")) == MISSING


@pytest.mark.documented("appRole: allowedMemberTypes, isEnabled, value")
@pytest.mark.parametrize("role_id", [OLD, PEOPLE, BARE, GRACE])
async def test_other_roles_are_not_assigned(office: Office, role_id: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    api, client = await make_api(office, grace)
    path = f"/v1.0/servicePrincipals/{client['id']}/appRoleAssignments"
    body = {"principalId": client["id"], "resourceId": api["id"], "appRoleId": role_id}
    assert code_of(await office.post(grace, path, body)) == BAD
    assert await kept(office, client) == frozenset()


@pytest.mark.inferred("an API chooses the ids and the values of its roles, and gains nothing by it")
async def test_a_role_that_looks_like_one_of_graph_is_none(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    assert PRIVILEGED.application_id is not None
    alike = role(PRIVILEGED.application_id, PRIVILEGED.value)
    api, client = await make_api(office, grace, alike)
    graph = await make(office, grace, "servicePrincipals", {"appId": GRAPH})
    path = f"/v1.0/servicePrincipals/{client['id']}/appRoleAssignments"
    body = {"principalId": client["id"], "appRoleId": PRIVILEGED.application_id}
    own = (await office.post(grace, path, {**body, "resourceId": api["id"]})).json()
    name = f"{api['appId']}/{PRIVILEGED.value}"
    assert await kept(office, client) == {name}
    real = (await office.post(grace, path, {**body, "resourceId": graph["id"]})).json()
    assert own["id"] != real["id"]
    assert (await office.delete(grace, f"{path}/{real['id']}")).status_code == 204
    assert await kept(office, client) == {name}
