"""The organization, applications, units of beta, and what applications are permitted."""

from typing import Final

import pytest

from tests.dialects.graph.belonging import APPLICATION, GRAPH_PROGRAM, PROGRAM_APP, list_ids
from tests.dialects.graph.office import (
    ALL_PERMISSIONS,
    BERLIN,
    DESK,
    GRACE,
    HANA,
    NORA,
    ORIGIN,
    ROBOT,
    ROBOT_APP,
    TENANT,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk
from timebound.application.catalog import graph_permissions
from timebound.application.changes import ChangeSet, GrantPermission, PutObject
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import PrincipalId

VERSIONS = pytest.mark.parametrize("version", ["v1.0", "beta"])
DESK_PROGRAM: Final = PrincipalId("55555555-0000-4000-8000-000000000098")


@pytest.mark.documented("list organization, get organization")
@pytest.mark.witness("GET organization", "GET organization/{id}")
@VERSIONS
async def test_the_organization_is_the_tenant(furnished: Office, version: str) -> None:
    key = furnished.sign_in(NORA, frozenset({"User.Read"}))
    body = (await furnished.get(key, f"/{version}/organization")).json()
    (listed,) = body["value"]
    assert (listed["id"], listed["displayName"]) == (TENANT, "Office")
    (domain,) = listed["verifiedDomains"]
    assert (domain["name"], domain["isDefault"]) == ("office.example", True)
    one = (await furnished.get(key, f"/{version}/organization/{TENANT.upper()}")).json()
    assert one == {"@odata.context": f"{body['@odata.context']}/$entity", **listed}


@pytest.mark.documented("organization: what is asked of the one there is")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("organization?$select=id,verifiedDomains", 200),
        (f"organization?$filter=id eq '{TENANT}'&$count=true", 200),
        (f"organization/{GRACE}", 404),
        ("organization?$filter=displayName eq 'Office'", 400),
        ("organization?$filter=id", 400),
    ],
)
async def test_little_is_asked_of_an_organization(
    furnished: Office, path: str, status: int
) -> None:
    assert (await furnished.get(desk(furnished, GRACE), f"/v1.0/{path}")).status_code == status


@pytest.mark.documented("list applications, get application: by id and by appId")
@pytest.mark.witness("GET applications", "GET applications/{id}")
@VERSIONS
@pytest.mark.parametrize(
    "path",
    [
        f"applications/{APPLICATION}",
        f"applications(appId='{PROGRAM_APP}')",
        f"applications(appId='{PROGRAM_APP.upper()}')",
    ],
)
async def test_applications_are_found_by_either_id(
    furnished: Office, version: str, path: str
) -> None:
    assert await list_ids(furnished, f"/{version}/applications") == [APPLICATION]
    found = f"/{version}/applications?$filter=appId eq '{PROGRAM_APP}'"
    assert await list_ids(furnished, found) == [APPLICATION]
    body = (await furnished.get(desk(furnished, GRACE), f"/{version}/{path}")).json()
    assert (body["id"], body["appId"], body["displayName"]) == (APPLICATION, PROGRAM_APP, "Program")


@pytest.mark.documented("get servicePrincipal by appId")
async def test_programs_are_found_by_their_application(furnished: Office) -> None:
    key = desk(furnished, GRACE)
    path = f"/v1.0/servicePrincipals(appId='{ROBOT_APP}')"
    assert (await furnished.get(key, path)).json()["id"] == ROBOT
    missing = await furnished.get(key, f"/v1.0/servicePrincipals(appId='{GRACE}')")
    assert missing.status_code == 404


@pytest.mark.documented("beta: administrativeUnits of the root")
@pytest.mark.witness(
    "GET administrativeUnits",
    "GET administrativeUnits/{id}",
    "GET administrativeUnits/{id}/members",
    "GET administrativeUnits/{id}/members/$ref",
    "GET administrativeUnits/{id}/members/microsoft.graph.user",
    "GET administrativeUnits/{id}/members/microsoft.graph.group",
)
async def test_units_are_in_the_root_of_beta(furnished: Office) -> None:
    assert await list_ids(furnished, "/beta/administrativeUnits") == [BERLIN]
    members = f"/beta/administrativeUnits/{BERLIN}/members"
    assert set(await list_ids(furnished, members)) == {HANA, TIER2}
    assert await list_ids(furnished, f"{members}/microsoft.graph.user") == [HANA]
    assert await list_ids(furnished, f"{members}/microsoft.graph.group") == [TIER2]
    key = desk(furnished, GRACE)
    assert len((await furnished.get(key, f"{members}/$ref")).json()["value"]) == 2
    one = (await furnished.get(key, f"/beta/administrativeUnits/{BERLIN}")).json()
    assert one["displayName"] == "Berlin"
    assert (await furnished.get(key, "/v1.0/administrativeUnits")).status_code in (404, 405)


@pytest.mark.documented("list appRoleAssignments, list appRoleAssignedTo")
@pytest.mark.witness(
    "GET servicePrincipals/{id}/appRoleAssignments",
    "GET servicePrincipals/{id}/appRoleAssignedTo",
    "GET users/{id}/appRoleAssignments",
)
@VERSIONS
async def test_what_an_application_may_do_alone_is_told(furnished: Office, version: str) -> None:
    key = desk(furnished, GRACE)
    known = graph_permissions().by_value
    wanted = {known[name].application_id for name in ALL_PERMISSIONS} - {None}
    for path in (
        f"servicePrincipals/{ROBOT}/appRoleAssignments",
        f"servicePrincipals/{GRAPH_PROGRAM}/appRoleAssignedTo",
    ):
        body = (await furnished.get(key, f"/{version}/{path}")).json()
        held = body["value"]
        assert {one["appRoleId"] for one in held} >= wanted
        assert {one["principalId"] for one in held} == {ROBOT}
        assert {one["resourceId"] for one in held} == {GRAPH_PROGRAM}
        assert len({one["id"] for one in held}) == len(held)
    for path in (
        f"servicePrincipals/{GRAPH_PROGRAM}/appRoleAssignments",
        f"servicePrincipals/{ROBOT}/appRoleAssignedTo",
        f"users/{HANA}/appRoleAssignments",
    ):
        assert (await furnished.get(key, f"/{version}/{path}")).json()["value"] == []


@pytest.mark.documented("paging of appRoleAssignments")
async def test_permissions_are_followed_page_by_page(furnished: Office) -> None:
    key, seen = desk(furnished, GRACE), []
    link = f"/v1.0/servicePrincipals/{ROBOT}/appRoleAssignments"
    whole = [one["id"] for one in (await furnished.get(key, link)).json()["value"]]
    link = f"{link}?$top=2"
    while link:
        body = (await furnished.get(key, link)).json()
        seen += [one["id"] for one in body["value"]]
        link = body.get("@odata.nextLink", "")
    assert seen == whole


@pytest.mark.documented("list oauth2PermissionGrants, get oAuth2PermissionGrant")
@pytest.mark.witness(
    "GET oauth2PermissionGrants",
    "GET oauth2PermissionGrants/{id}",
    "GET servicePrincipals/{id}/oauth2PermissionGrants",
)
@VERSIONS
async def test_what_may_be_done_for_people_is_told(furnished: Office, version: str) -> None:
    program = DirectoryObject(
        DESK_PROGRAM, ObjectKind.SERVICE_PRINCIPAL, "Desk", furnished.clock.at, app_id=DESK
    )
    writes = (PutObject(program), GrantPermission(ROBOT_APP, "User.Read", is_delegated=True))
    change = ChangeSet(TENANT, furnished.clock.at, {}, frozenset(), writes)
    assert await furnished.store.apply(change)
    key = desk(furnished, GRACE)
    body = (await furnished.get(key, f"/{version}/oauth2PermissionGrants")).json()
    by_client = {one["clientId"]: one for one in body["value"]}
    assert by_client.keys() == {DESK_PROGRAM, ROBOT}
    robot = by_client[ROBOT]
    assert robot["scope"] == "User.Read"
    assert (robot["consentType"], robot["principalId"]) == ("AllPrincipals", None)
    assert set(by_client[DESK_PROGRAM]["scope"].split()) >= ALL_PERMISSIONS
    own = f"/{version}/servicePrincipals/{ROBOT}/oauth2PermissionGrants"
    assert (await furnished.get(key, own)).json()["value"] == [robot]
    found = f"/{version}/oauth2PermissionGrants?$filter=clientId eq '{ROBOT}'"
    assert (await furnished.get(key, found)).json()["value"] == [robot]
    one = (await furnished.get(key, f"/{version}/oauth2PermissionGrants/{robot['id']}")).json()
    assert {name: one[name] for name in robot} == robot
    for missing in ("x", robot["id"][:-2], by_client[DESK_PROGRAM]["id"][::-1]):
        path = f"/{version}/oauth2PermissionGrants/{missing}"
        assert (await furnished.get(key, path)).status_code == 404


@pytest.mark.documented("permissions of what is listed here")
@pytest.mark.parametrize(
    ("path", "enough"),
    [
        ("applications", "Application.Read.All"),
        ("organization", "Organization.Read.All"),
        ("oauth2PermissionGrants", "DelegatedPermissionGrant.Read.All"),
        (f"servicePrincipals/{ROBOT}/appRoleAssignments", "Application.Read.All"),
        ("directoryRoles", "RoleManagement.Read.Directory"),
        (f"directoryObjects/{HANA}", "Directory.Read.All"),
    ],
)
async def test_the_permission_decides(furnished: Office, path: str, enough: str) -> None:
    may = furnished.sign_in(NORA, frozenset({enough}))
    may_not = furnished.sign_in(NORA, frozenset({"Group.Read.All"}))
    assert (await furnished.get(may, f"/v1.0/{path}")).status_code == 200
    assert (await furnished.get(may_not, f"/v1.0/{path}")).status_code == 403


@pytest.mark.inferred("addresses start with the origin that was addressed")
async def test_contexts_begin_with_the_origin(furnished: Office) -> None:
    body = (await furnished.get(desk(furnished, GRACE), "/v1.0/applications")).json()
    assert body["@odata.context"] == f"{ORIGIN}/v1.0/$metadata#applications"
