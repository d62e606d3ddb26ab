"""Who and what belongs to an object of the directory, in every published spelling."""

from typing import Final

import pytest

from tests.dialects.graph.belonging import (
    APPLICATION,
    EX,
    GONE,
    HOUR,
    list_ids,
)
from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    HENRIK,
    OMAR,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    ROBOT,
    ROBOT_APP,
    SAMUEL,
    TEAMS,
    TENANT,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk
from timebound.application.changes import ChangeSet, InsertGrant, PutObject, Write
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import group_scope
from timebound.domain.times import ENDLESS, Window

VERSIONS: Final = ("v1.0", "beta")
CAST: Final = "microsoft.graph."
LISTS: Final[dict[str, set[str]]] = {
    f"groups/{TIER2}/members": {OMAR, HANA, ROBOT},
    f"groups/{TIER2}/members/microsoft.graph.user": {OMAR, HANA},
    f"groups/{TIER2}/members/microsoft.graph.servicePrincipal": {ROBOT},
    f"groups/{PLAIN_GROUP}/members": {TIER2},
    f"groups/{PLAIN_GROUP}/members/microsoft.graph.group": {TIER2},
    f"groups/{PLAIN_GROUP}/transitiveMembers": {TIER2, OMAR, HANA, ROBOT},
    f"groups/{PLAIN_GROUP}/transitiveMembers/microsoft.graph.user": {OMAR, HANA},
    f"groups/{PLAIN_GROUP}/transitiveMembers/microsoft.graph.group": {TIER2},
    f"groups/{PLAIN_GROUP}/transitiveMembers/microsoft.graph.servicePrincipal": {ROBOT},
    f"groups/{PLAIN_GROUP}/owners": {GRACE},
    f"groups/{PLAIN_GROUP}/owners/microsoft.graph.user": {GRACE},
    f"groups/{PLAIN_GROUP}/owners/microsoft.graph.servicePrincipal": set(),
    f"groups/{TIER2}/memberOf": {PLAIN_GROUP, BERLIN, TEAMS},
    f"groups/{TIER2}/memberOf/microsoft.graph.group": {PLAIN_GROUP},
    f"groups/{TIER2}/memberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"groups/{TIER2}/memberOf/microsoft.graph.directoryRole": {TEAMS},
    f"groups/{TIER2}/transitiveMemberOf": {PLAIN_GROUP, BERLIN, TEAMS},
    f"groups/{TIER2}/transitiveMemberOf/microsoft.graph.group": {PLAIN_GROUP},
    f"groups/{TIER2}/transitiveMemberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"groups/{TIER2}/transitiveMemberOf/microsoft.graph.directoryRole": {TEAMS},
    f"users/{HANA}/memberOf": {TIER2, BERLIN},
    "users/hana@office.example/memberOf": {TIER2, BERLIN},
    "users(userPrincipalName='hana@office.example')/memberOf": {TIER2, BERLIN},
    f"users/{HANA}/memberOf/microsoft.graph.group": {TIER2},
    f"users/{HANA}/memberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"users/{GRACE}/memberOf/microsoft.graph.directoryRole": {GLOBAL_ADMINISTRATOR},
    f"users/{HANA}/transitiveMemberOf": {TIER2, PLAIN_GROUP, BERLIN, TEAMS},
    f"users/{HANA}/transitiveMemberOf/microsoft.graph.group": {TIER2, PLAIN_GROUP},
    f"users/{HANA}/transitiveMemberOf/microsoft.graph.administrativeUnit": {BERLIN},
    f"users/{HANA}/transitiveMemberOf/microsoft.graph.directoryRole": {TEAMS},
    f"users/{GRACE}/ownedObjects": {PLAIN_GROUP, APPLICATION, ROBOT},
    f"users/{GRACE}/ownedObjects/microsoft.graph.group": {PLAIN_GROUP},
    f"users/{GRACE}/ownedObjects/microsoft.graph.application": {APPLICATION},
    f"users/{GRACE}/ownedObjects/microsoft.graph.servicePrincipal": {ROBOT},
    "me/memberOf": {GLOBAL_ADMINISTRATOR},
    "me/memberOf/microsoft.graph.group": set(),
    "me/memberOf/microsoft.graph.administrativeUnit": set(),
    "me/memberOf/microsoft.graph.directoryRole": {GLOBAL_ADMINISTRATOR},
    "me/transitiveMemberOf": {GLOBAL_ADMINISTRATOR},
    "me/transitiveMemberOf/microsoft.graph.group": set(),
    "me/transitiveMemberOf/microsoft.graph.administrativeUnit": set(),
    "me/transitiveMemberOf/microsoft.graph.directoryRole": {GLOBAL_ADMINISTRATOR},
    "me/ownedObjects": {PLAIN_GROUP, APPLICATION, ROBOT},
    "me/ownedObjects/microsoft.graph.group": {PLAIN_GROUP},
    "me/ownedObjects/microsoft.graph.application": {APPLICATION},
    "me/ownedObjects/microsoft.graph.servicePrincipal": {ROBOT},
    f"servicePrincipals/{ROBOT}/memberOf": {TIER2, READER},
    f"servicePrincipals(appId='{ROBOT_APP}')/memberOf": {TIER2, READER},
    f"servicePrincipals/{ROBOT}/memberOf/microsoft.graph.group": {TIER2},
    f"servicePrincipals/{ROBOT}/memberOf/microsoft.graph.administrativeUnit": set(),
    f"servicePrincipals/{ROBOT}/memberOf/microsoft.graph.directoryRole": {READER},
    f"servicePrincipals/{ROBOT}/transitiveMemberOf": {TIER2, PLAIN_GROUP, READER, TEAMS},
    f"servicePrincipals/{ROBOT}/transitiveMemberOf/microsoft.graph.group": {TIER2, PLAIN_GROUP},
    f"servicePrincipals/{ROBOT}/transitiveMemberOf/microsoft.graph.administrativeUnit": set(),
    f"servicePrincipals/{ROBOT}/transitiveMemberOf/microsoft.graph.directoryRole": {READER, TEAMS},
    f"servicePrincipals/{ROBOT}/owners": {GRACE},
    f"servicePrincipals/{ROBOT}/owners/microsoft.graph.user": {GRACE},
    f"servicePrincipals/{ROBOT}/owners/microsoft.graph.servicePrincipal": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects/microsoft.graph.group": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects/microsoft.graph.application": set(),
    f"servicePrincipals/{ROBOT}/ownedObjects/microsoft.graph.servicePrincipal": set(),
    f"applications/{APPLICATION}/owners": {GRACE},
    f"applications/{APPLICATION}/owners/microsoft.graph.user": {GRACE},
    f"applications/{APPLICATION}/owners/microsoft.graph.servicePrincipal": set(),
    f"directory/administrativeUnits/{BERLIN}/members": {HANA, TIER2},
    f"directory/administrativeUnits/{BERLIN}/members/microsoft.graph.user": {HANA},
    f"directory/administrativeUnits/{BERLIN}/members/microsoft.graph.group": {TIER2},
    f"directoryRoles/{READER}/members": {SAMUEL, ROBOT},
    f"directoryRoles(roleTemplateId='{READER}')/members": {SAMUEL, ROBOT},
    f"directoryRoles/{READER}/members/microsoft.graph.user": {SAMUEL},
    f"directoryRoles/{TEAMS}/members/microsoft.graph.group": {TIER2},
    f"directoryRoles/{READER}/members/microsoft.graph.servicePrincipal": {ROBOT},
    f"directoryRoles/{GLOBAL_ADMINISTRATOR}/members": {GRACE, HENRIK},
    "directory/deletedItems/microsoft.graph.user": {EX},
    "directory/deletedItems/microsoft.graph.group": {GONE},
    "directory/deletedItems/microsoft.graph.application": set(),
    "directory/deletedItems/microsoft.graph.servicePrincipal": set(),
    "directory/deletedItems/microsoft.graph.administrativeUnit": set(),
}
REFERENCED: Final = tuple(
    path for path in LISTS if CAST not in path and "(" not in path and "@" not in path
)


@pytest.mark.documented("Graph: list members, owners, memberOf and so on, with casts and by key")
@pytest.mark.witness(
    "GET groups/{id}/members",
    "GET groups/{id}/members/microsoft.graph.user",
    "GET groups/{id}/members/microsoft.graph.group",
    "GET groups/{id}/members/microsoft.graph.servicePrincipal",
    "GET groups/{id}/transitiveMembers",
    "GET groups/{id}/transitiveMembers/microsoft.graph.user",
    "GET groups/{id}/transitiveMembers/microsoft.graph.group",
    "GET groups/{id}/transitiveMembers/microsoft.graph.servicePrincipal",
    "GET groups/{id}/owners",
    "GET groups/{id}/owners/microsoft.graph.user",
    "GET groups/{id}/owners/microsoft.graph.servicePrincipal",
    "GET groups/{id}/memberOf",
    "GET groups/{id}/memberOf/microsoft.graph.group",
    "GET groups/{id}/memberOf/microsoft.graph.administrativeUnit",
    "GET groups/{id}/memberOf/microsoft.graph.directoryRole",
    "GET groups/{id}/transitiveMemberOf",
    "GET groups/{id}/transitiveMemberOf/microsoft.graph.group",
    "GET groups/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET groups/{id}/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET users/{id}/memberOf",
    "GET users/{id}/memberOf/microsoft.graph.group",
    "GET users/{id}/memberOf/microsoft.graph.administrativeUnit",
    "GET users/{id}/memberOf/microsoft.graph.directoryRole",
    "GET users/{id}/transitiveMemberOf",
    "GET users/{id}/transitiveMemberOf/microsoft.graph.group",
    "GET users/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET users/{id}/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET users/{id}/ownedObjects",
    "GET users/{id}/ownedObjects/microsoft.graph.group",
    "GET users/{id}/ownedObjects/microsoft.graph.application",
    "GET users/{id}/ownedObjects/microsoft.graph.servicePrincipal",
    "GET me/memberOf",
    "GET me/memberOf/microsoft.graph.group",
    "GET me/memberOf/microsoft.graph.administrativeUnit",
    "GET me/memberOf/microsoft.graph.directoryRole",
    "GET me/transitiveMemberOf",
    "GET me/transitiveMemberOf/microsoft.graph.group",
    "GET me/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET me/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET me/ownedObjects",
    "GET me/ownedObjects/microsoft.graph.group",
    "GET me/ownedObjects/microsoft.graph.application",
    "GET me/ownedObjects/microsoft.graph.servicePrincipal",
    "GET servicePrincipals/{id}/memberOf",
    "GET servicePrincipals/{id}/memberOf/microsoft.graph.group",
    "GET servicePrincipals/{id}/memberOf/microsoft.graph.administrativeUnit",
    "GET servicePrincipals/{id}/memberOf/microsoft.graph.directoryRole",
    "GET servicePrincipals/{id}/transitiveMemberOf",
    "GET servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.group",
    "GET servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.administrativeUnit",
    "GET servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.directoryRole",
    "GET servicePrincipals/{id}/owners",
    "GET servicePrincipals/{id}/owners/microsoft.graph.user",
    "GET servicePrincipals/{id}/owners/microsoft.graph.servicePrincipal",
    "GET servicePrincipals/{id}/ownedObjects",
    "GET servicePrincipals/{id}/ownedObjects/microsoft.graph.group",
    "GET servicePrincipals/{id}/ownedObjects/microsoft.graph.application",
    "GET servicePrincipals/{id}/ownedObjects/microsoft.graph.servicePrincipal",
    "GET applications/{id}/owners",
    "GET applications/{id}/owners/microsoft.graph.user",
    "GET applications/{id}/owners/microsoft.graph.servicePrincipal",
    "GET directory/administrativeUnits/{id}/members",
    "GET directory/administrativeUnits/{id}/members/microsoft.graph.user",
    "GET directory/administrativeUnits/{id}/members/microsoft.graph.group",
    "GET directory/deletedItems/microsoft.graph.user",
    "GET directory/deletedItems/microsoft.graph.group",
    "GET directory/deletedItems/microsoft.graph.servicePrincipal",
    "GET directory/deletedItems/microsoft.graph.application",
    "GET directory/deletedItems/microsoft.graph.administrativeUnit",
    "GET directoryRoles/{id}/members",
    "GET directoryRoles/{id}/members/microsoft.graph.user",
    "GET directoryRoles/{id}/members/microsoft.graph.group",
    "GET directoryRoles/{id}/members/microsoft.graph.servicePrincipal",
)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", LISTS)
async def test_what_belongs_to_an_object_is_listed(
    furnished: Office, version: str, path: str
) -> None:
    response = await furnished.get(desk(furnished, GRACE), f"/{version}/{path}")
    ids = [one["id"] for one in response.json()["value"]]
    assert set(ids) == LISTS[path]
    assert len(ids) == len(LISTS[path])


@pytest.mark.documented("OData 4.01: collections of references to entities")
@pytest.mark.witness(
    "GET groups/{id}/members/$ref",
    "GET groups/{id}/transitiveMembers/$ref",
    "GET groups/{id}/owners/$ref",
    "GET groups/{id}/memberOf/$ref",
    "GET groups/{id}/transitiveMemberOf/$ref",
    "GET users/{id}/memberOf/$ref",
    "GET users/{id}/transitiveMemberOf/$ref",
    "GET users/{id}/ownedObjects/$ref",
    "GET me/memberOf/$ref",
    "GET me/transitiveMemberOf/$ref",
    "GET me/ownedObjects/$ref",
    "GET servicePrincipals/{id}/memberOf/$ref",
    "GET servicePrincipals/{id}/transitiveMemberOf/$ref",
    "GET servicePrincipals/{id}/owners/$ref",
    "GET servicePrincipals/{id}/ownedObjects/$ref",
    "GET applications/{id}/owners/$ref",
    "GET directory/administrativeUnits/{id}/members/$ref",
    "GET directoryRoles/{id}/members/$ref",
)
@pytest.mark.parametrize("path", REFERENCED)
async def test_references_are_listed(furnished: Office, path: str) -> None:
    key = desk(furnished, GRACE)
    body = (await furnished.get(key, f"/v1.0/{path}/$ref")).json()
    assert body["@odata.context"] == f"{ORIGIN}/v1.0/$metadata#Collection($ref)"
    found = {one["@odata.id"] for one in body["value"]}
    assert found == {f"{ORIGIN}/v1.0/directoryObjects/{id_}" for id_ in LISTS[path]}
    for address in found:
        assert (await furnished.get(key, address)).status_code == 200


@pytest.mark.documented("promise 1: computed when asked")
async def test_what_was_activated_ends_by_itself(furnished: Office) -> None:
    furnished.clock.advance(HOUR)
    assert set(await list_ids(furnished, f"/v1.0/groups/{TIER2}/members")) == {OMAR, ROBOT}
    assert await list_ids(furnished, f"/v1.0/directoryRoles/{TEAMS}/members") == []
    assert await list_ids(furnished, f"/v1.0/users/{HANA}/transitiveMemberOf") == [BERLIN]
    groups = await list_ids(furnished, f"/v1.0/users/{OMAR}/transitiveMemberOf")
    assert set(groups) == {TIER2, PLAIN_GROUP}


@pytest.mark.documented("query options of list members")
@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("$filter=startswith(displayName,'o')&$count=true", ["Omar Haddad"]),
        ("$orderby=displayName&$select=displayName", ["Hana Sato", "Omar Haddad", "Robot"]),
        ("$orderby=displayName desc&$top=2", ["Robot", "Omar Haddad"]),
        (f"$filter=id eq '{ROBOT}'", ["Robot"]),
        (f"$filter=id in ('{ROBOT}','{GRACE}')", ["Robot"]),
    ],
)
async def test_members_are_asked_like_any_set(
    furnished: Office, options: str, names: list[str]
) -> None:
    key = desk(furnished, GRACE)
    path = f"/v1.0/groups/{TIER2}/members?{options}&$count=true".replace(
        "&$count=true&$count=true", "&$count=true"
    )
    body = (await furnished.get(key, path, consistencylevel="eventual")).json()
    assert [one["displayName"] for one in body["value"]] == names


@pytest.mark.documented("paging of list members")
@pytest.mark.parametrize("way", ["members", "transitiveMembers"])
async def test_members_are_followed_page_by_page(furnished: Office, way: str) -> None:
    key, seen = desk(furnished, GRACE), []
    link = f"/v1.0/groups/{TIER2}/{way}?$top=1"
    while link:
        body = (await furnished.get(key, link)).json()
        seen += [one["id"] for one in body["value"]]
        link = body.get("@odata.nextLink", "")
        assert not link or f"/v1.0/groups/{TIER2}/{way}?" in link
    assert seen == sorted({HANA, OMAR, ROBOT})


@pytest.mark.inferred("a page token belongs to one list of one object")
async def test_a_page_token_is_of_one_object(furnished: Office) -> None:
    key = desk(furnished, GRACE)
    first = (await furnished.get(key, f"/v1.0/groups/{TIER2}/members?$top=1")).json()
    token = first["@odata.nextLink"].partition("$skiptoken=")[2]
    for other in (f"groups/{PLAIN_GROUP}/members", f"groups/{TIER2}/owners"):
        response = await furnished.get(key, f"/v1.0/{other}?$top=1&$skiptoken={token}")
        assert response.status_code == 400


@pytest.mark.documented("list memberOf: what it answers says of what kind it is")
async def test_what_one_belongs_to_says_what_it_is(furnished: Office) -> None:
    key = desk(furnished, GRACE)
    body = (await furnished.get(key, f"/v1.0/users/{GRACE}/memberOf")).json()
    (role,) = body["value"]
    assert body["@odata.context"] == f"{ORIGIN}/v1.0/$metadata#directoryObjects"
    assert role["@odata.type"] == "#microsoft.graph.directoryRole"
    assert role["displayName"] == "Global Administrator"
    assert role["roleTemplateId"] == role["id"] == GLOBAL_ADMINISTRATOR
    selected = f"/v1.0/users/{HANA}/memberOf?$select=id,displayName"
    body = (await furnished.get(key, selected)).json()
    assert body["@odata.context"].endswith("#directoryObjects(id,displayName)")
    assert all(set(one) == {"@odata.type", "id", "displayName"} for one in body["value"])


@pytest.mark.documented("Request_ResourceNotFound for an object that is not there")
@pytest.mark.parametrize(
    "path",
    [
        f"groups/{HANA}/members",
        f"groups/{GONE}/members",
        f"groups/{BERLIN}/transitiveMembers",
        "groups/nonsense/members",
        "groups/a@b/members",
        f"users/{TIER2}/memberOf",
        f"users/{EX}/memberOf",
        "users/nobody@office.example/memberOf",
        "users/ex@office.example/memberOf",
        f"servicePrincipals/{APPLICATION}/owners",
        f"servicePrincipals(appId='{GRACE}')/owners",
        f"applications/{ROBOT}/owners",
        f"directory/administrativeUnits/{TIER2}/members",
        f"directoryRoles/{GRACE}/members",
        f"directoryRoles/{GRACE}/scopedMembers",
    ],
)
async def test_what_is_not_there_has_nothing(furnished: Office, path: str) -> None:
    response = await furnished.get(desk(furnished, GRACE), f"/v1.0/{path}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "Request_ResourceNotFound"


@pytest.mark.documented("query options and paths: malformed and unknown ones")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"groups/{TIER2}/members?$filter=nonsense eq 'x'", 400),
        (f"groups/{TIER2}/members?$orderby=", 400),
        (f"groups/{TIER2}/members?$skiptoken=x", 400),
        (f"groups/{TIER2}/members/$ref?$top=x", 400),
        (f"groups/{TIER2}/members/microsoft.graph.user?$filter=roleTemplateId eq 'x'", 400),
        (f"groups/{TIER2}/members/microsoft.graph.device", 404),
        (f"groups/{TIER2}/neighbours", 404),
        ("servicePrincipals(colour='x')", 404),
        ("applications(appId='x',colour='y')", 404),
        ("groups(displayName='x')/members", 404),
    ],
)
async def test_bad_input_is_refused(furnished: Office, path: str, status: int) -> None:
    response = await furnished.get(desk(furnished, GRACE), f"/v1.0/{path}")
    assert response.status_code == status


@pytest.mark.observed("Graph: /me request is only valid with delegated authentication flow.")
@pytest.mark.parametrize("path", ["me/memberOf", "me/transitiveMemberOf", "me/ownedObjects"])
async def test_an_application_is_nobody_with_memberships(furnished: Office, path: str) -> None:
    response = await furnished.get(ROBOT, f"/v1.0/{path}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "BadRequest")


@pytest.mark.documented("permissions of each list")
@pytest.mark.parametrize(
    ("path", "enough", "not_enough"),
    [
        (f"groups/{TIER2}/members", "GroupMember.Read.All", "User.Read.All"),
        (f"users/{HANA}/memberOf", "User.Read.All", "User.Read"),
        ("me/memberOf", "User.Read", "RoleManagement.Read.Directory"),
        (f"servicePrincipals/{ROBOT}/owners", "Application.Read.All", "User.Read.All"),
        (f"applications/{APPLICATION}/owners", "Application.Read.All", "User.Read.All"),
        (f"directoryRoles/{READER}/members", "RoleManagement.Read.Directory", "User.Read.All"),
        (
            f"directory/administrativeUnits/{BERLIN}/members",
            "AdministrativeUnit.Read.All",
            "User.Read.All",
        ),
        ("directory/deletedItems/microsoft.graph.user", "User.Read.All", "User.Read"),
    ],
)
async def test_the_permission_counts_and_no_role_is_needed(
    furnished: Office, path: str, enough: str, not_enough: str
) -> None:
    may = furnished.sign_in(PrincipalId(HANA), frozenset({enough}))
    may_not = furnished.sign_in(PrincipalId(HANA), frozenset({not_enough}))
    assert (await furnished.get(may, f"/v1.0/{path}")).status_code == 200
    assert (await furnished.get(may_not, f"/v1.0/{path}")).status_code == 403


EXPANDED: Final = [
    (f"groups/{TIER2}", "members", {OMAR, HANA, ROBOT}),
    (f"groups/{PLAIN_GROUP}", "transitiveMembers", {TIER2, OMAR, HANA, ROBOT}),
    (f"groups/{PLAIN_GROUP}", "owners", {GRACE}),
    (f"users/{HANA}", "memberOf", {TIER2, BERLIN}),
    (f"users/{HANA}", "transitiveMemberOf", {TIER2, PLAIN_GROUP, BERLIN, TEAMS}),
    (f"users/{GRACE}", "ownedObjects", {PLAIN_GROUP, APPLICATION, ROBOT}),
    (f"servicePrincipals/{ROBOT}", "owners", {GRACE}),
    (f"applications/{APPLICATION}", "owners", {GRACE}),
    (f"directory/administrativeUnits/{BERLIN}", "members", {HANA, TIER2}),
    (f"directoryRoles/{READER}", "members", {SAMUEL, ROBOT}),
]


@pytest.mark.documented("query parameter expand: relations of directory objects")
@pytest.mark.parametrize(("path", "name", "found"), EXPANDED)
async def test_relations_are_expanded(
    furnished: Office, path: str, name: str, found: set[str]
) -> None:
    key, id_ = desk(furnished, GRACE), path.rpartition("/")[2]
    body = (await furnished.get(key, f"/v1.0/{path}?$expand={name}")).json()
    assert {one["id"] for one in body[name]} == found
    listed = f"/v1.0/{path.rpartition('/')[0]}?$select=id&$expand={name}($select=id)"
    rows = (await furnished.get(key, listed)).json()["value"]
    by_id = {one["id"]: one[name] for one in rows}
    assert {one["id"] for one in by_id[id_]} == found
    assert all(set(one) == {"@odata.type", "id"} for one in by_id[id_])


@pytest.mark.documented("query parameter expand: 20 objects")
async def test_twenty_are_expanded_and_all_are_listed(furnished: Office) -> None:
    writes: list[Write] = []
    for number in range(25):
        id_ = PrincipalId(f"88888888-0000-4000-8000-{number:012}")
        slot = Slot(id_, MEMBER, group_scope(TIER2))
        grant_id = GrantId(f"99999999-1111-4000-8000-{number:012}")
        window = Window(furnished.clock.at, ENDLESS)
        writes += (
            PutObject(DirectoryObject(id_, ObjectKind.USER, f"User {number}", furnished.clock.at)),
            InsertGrant(Grant(grant_id, slot, GrantKind.ASSIGNED, window, furnished.clock.at)),
        )
    change = ChangeSet(TENANT, furnished.clock.at, {}, frozenset(), tuple(writes))
    assert await furnished.store.apply(change)
    key = desk(furnished, GRACE)
    body = (await furnished.get(key, f"/v1.0/groups/{TIER2}?$expand=members")).json()
    assert len(body["members"]) == 20
    assert len(await list_ids(furnished, f"/v1.0/groups/{TIER2}/members")) == 28
    counted = f"/v1.0/groups/{TIER2}/members/$count"
    response = await furnished.get(key, counted, consistencylevel="eventual")
    assert response.text.lstrip("\ufeff") == "28"


@pytest.mark.inferred("what is expanded needs the permission of what is listed")
async def test_what_may_not_be_listed_is_not_expanded(furnished: Office) -> None:
    key = furnished.sign_in(PrincipalId(HANA), frozenset({"User.ReadBasic.All"}))
    assert (await furnished.get(key, f"/v1.0/users/{HANA}?$select=id")).status_code == 200
    response = await furnished.get(key, f"/v1.0/users/{HANA}?$expand=memberOf")
    assert response.status_code == 403
