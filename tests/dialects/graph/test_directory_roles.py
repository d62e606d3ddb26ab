"""Roles as objects of the directory: the older view of the same roles."""

import pytest

from tests.dialects.graph.belonging import list_ids
from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    HENRIK,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    SAMUEL,
    TEAMS,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk
from timebound.application.catalog import built_in_roles, built_in_roles_by_name
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

VERSIONS = pytest.mark.parametrize("version", ["v1.0", "beta"])
GUEST = "10dae51f-b6af-4016-8d66-8c2a99b929b3"
STRANGER = "77777777-0000-4000-8000-000000000001"


def reference(id_: str) -> dict[str, str]:
    """The body that names an object."""
    return {"@odata.id": f"{ORIGIN}/v1.0/directoryObjects/{id_}"}


@pytest.mark.documented("list directoryRoles, list directoryRoleTemplates")
@pytest.mark.witness("GET directoryRoles", "GET directoryRoleTemplates")
@VERSIONS
async def test_every_role_that_can_be_held_is_activated(furnished: Office, version: str) -> None:
    roles = await list_ids(furnished, f"/{version}/directoryRoles")
    templates = await list_ids(furnished, f"/{version}/directoryRoleTemplates")
    held = {id_ for id_, role in built_in_roles().items() if role.is_assignable}
    assert set(roles) == held
    assert set(templates) == set(built_in_roles())
    assert GUEST in set(templates) - set(roles)


@pytest.mark.documented("get directoryRole: by id and by roleTemplateId; get directoryRoleTemplate")
@pytest.mark.witness("GET directoryRoles/{id}", "GET directoryRoleTemplates/{id}")
@VERSIONS
@pytest.mark.parametrize(
    "path",
    [
        f"directoryRoles/{READER}",
        f"directoryRoles/{READER.upper()}",
        f"directoryRoles(roleTemplateId='{READER}')",
        f"directoryRoles/roleTemplateId={READER}",
        f"directoryRoleTemplates/{READER}",
    ],
)
async def test_a_role_is_found_by_id_and_template(
    furnished: Office, version: str, path: str
) -> None:
    response = await furnished.get(desk(furnished, HANA), f"/{version}/{path}")
    if "/roleTemplateId=" in path:
        assert response.status_code == 404
        return
    body = response.json()
    assert (body["id"], body["displayName"]) == (READER, "Security Reader")
    assert body.get("roleTemplateId", READER) == READER


@pytest.mark.documented("query options of directoryRoles")
@pytest.mark.parametrize(
    "options",
    [
        "$filter=displayName eq 'security reader'",
        f"$filter=roleTemplateId eq '{READER}'",
        f"$filter=id eq '{READER}'&$select=id,displayName",
    ],
)
async def test_roles_are_filtered(furnished: Office, options: str) -> None:
    assert await list_ids(furnished, f"/v1.0/directoryRoles?{options}") == [READER]


@pytest.mark.observed("Graph: errors of activating a directoryRole")
@pytest.mark.witness("POST directoryRoles")
@VERSIONS
@pytest.mark.parametrize(
    ("template", "status", "message"),
    [
        (READER, 400, "A conflicting object with one or more of the specified property values"),
        (GUEST, 400, "Instantiating an implicit user role in not supported."),
        (STRANGER, 404, "does not exist"),
        ("x", 400, "roleTemplateId"),
        (None, 400, "roleTemplateId"),
    ],
)
async def test_no_role_is_activated_again(
    furnished: Office, version: str, template: str | None, status: int, message: str
) -> None:
    body = {"roleTemplateId": template}
    response = await furnished.post(desk(furnished, GRACE), f"/{version}/directoryRoles", body)
    assert response.status_code == status
    assert message in response.json()["error"]["message"]


@pytest.mark.documented("activate directoryRole: permissions")
async def test_who_may_not_assign_roles_activates_none(furnished: Office) -> None:
    body = {"roleTemplateId": READER}
    response = await furnished.post(desk(furnished, HANA), "/v1.0/directoryRoles", body)
    assert response.status_code == 403


@pytest.mark.documented("list scopedRoleMembers of a unit, list scopedMembers of a role")
@pytest.mark.witness(
    "GET directory/administrativeUnits/{id}/scopedRoleMembers",
    "GET administrativeUnits/{id}/scopedRoleMembers",
    "GET directoryRoles/{id}/scopedMembers",
)
@pytest.mark.parametrize(
    "path",
    [
        f"v1.0/directory/administrativeUnits/{BERLIN}/scopedRoleMembers",
        f"beta/directory/administrativeUnits/{BERLIN}/scopedRoleMembers",
        f"beta/administrativeUnits/{BERLIN}/scopedRoleMembers",
        f"v1.0/directoryRoles/{READER}/scopedMembers",
        f"beta/directoryRoles(roleTemplateId='{READER}')/scopedMembers",
    ],
)
async def test_roles_over_units_are_told(furnished: Office, path: str) -> None:
    body = (await furnished.get(desk(furnished, GRACE), f"/{path}")).json()
    version = path.partition("/")[0]
    assert body["@odata.context"] == f"{ORIGIN}/{version}/$metadata#scopedRoleMemberships"
    (held,) = body["value"]
    assert held["roleId"] == READER
    assert held["administrativeUnitId"] == BERLIN
    assert held["roleMemberInfo"] == {"id": SAMUEL, "displayName": "Samuel Ortiz"}


@pytest.mark.documented("add directory role member, remove directory role member")
@pytest.mark.witness(
    "POST directoryRoles/{id}/members/$ref", "DELETE directoryRoles/{id}/members/{id}/$ref"
)
@VERSIONS
async def test_a_role_gets_a_member_and_loses_it(furnished: Office, version: str) -> None:
    key = desk(furnished, GRACE)
    path = f"/{version}/directoryRoles/{READER}/members"
    assert (await furnished.post(key, f"{path}/$ref", reference(HANA))).status_code == 204
    assert HANA in await list_ids(furnished, path)
    assigned = f"/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '{HANA}'"
    (one,) = (await furnished.get(key, assigned)).json()["value"]
    assert one["roleDefinitionId"] == READER
    assert (await furnished.delete(key, f"{path}/{HANA}/$ref")).status_code == 204
    assert HANA not in await list_ids(furnished, path)


@pytest.mark.documented("add and remove directory role member: what is refused, and how")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", f"{READER}/members/$ref", reference(SAMUEL), 400, "already exist"),
        ("POST", f"{READER}/members/$ref", reference(STRANGER), 404, STRANGER),
        ("POST", f"{STRANGER}/members/$ref", reference(HANA), 404, STRANGER),
        ("POST", "x/members/$ref", reference(HANA), 404, "x"),
        ("POST", f"{READER}/members/$ref", {"@odata.id": "nowhere"}, 400, "@odata.id"),
        ("POST", f"{READER}/members/$ref", {}, 400, "@odata.id"),
        ("DELETE", f"{READER}/members/{HANA}/$ref", None, 404, HANA),
        ("DELETE", f"{READER}/members/x/$ref", None, 404, "x"),
    ],
)
async def test_references_that_do_not_fit_are_refused(
    furnished: Office, method: str, path: str, body: object, status: int, message: str
) -> None:
    key, address = desk(furnished, GRACE), f"/v1.0/directoryRoles/{path}"
    if method == "DELETE":
        response = await furnished.delete(key, address)
    else:
        response = await furnished.post(key, address, body)
    assert response.status_code == status
    assert message in response.json()["error"]["message"]


@pytest.mark.documented("promise 11: the last administrators stay")
async def test_the_last_administrator_is_no_reference_to_remove(furnished: Office) -> None:
    key = desk(furnished, GRACE)
    path = f"/v1.0/directoryRoles/{GLOBAL_ADMINISTRATOR}/members"
    assert (await furnished.delete(key, f"{path}/{HENRIK}/$ref")).status_code == 204
    assert (await furnished.delete(key, f"{path}/{GRACE}/$ref")).status_code == 400
    assert await list_ids(furnished, path) == [GRACE]


@pytest.mark.documented("add directory role member: who may")
async def test_who_may_not_assign_roles_adds_no_member(furnished: Office) -> None:
    path = f"/v1.0/directoryRoles/{READER}/members"
    key = desk(furnished, HANA)
    assert (await furnished.post(key, f"{path}/$ref", reference(HANA))).status_code == 403
    assert (await furnished.delete(key, f"{path}/{SAMUEL}/$ref")).status_code == 403
    assert SAMUEL in await list_ids(furnished, path)


@pytest.mark.inferred("a group without the right to hold roles is no member of one")
async def test_a_plain_group_is_no_member_of_a_role(furnished: Office) -> None:
    path = f"/v1.0/directoryRoles/{READER}/members/$ref"
    response = await furnished.post(desk(furnished, GRACE), path, reference(PLAIN_GROUP))
    assert response.status_code == 400
    response = await furnished.post(desk(furnished, GRACE), path, reference(TIER2))
    assert response.status_code == 204


def test_the_names_used_here_are_those_of_the_catalogue() -> None:
    assert built_in_roles_by_name()["Guest User"].template_id == GUEST
    assert built_in_roles()[TEAMS].is_assignable
