"""What clients may ask of relations, what is expanded of them, and what is refused."""

from typing import Final

import pytest

from tests.dialects.graph.belonging import (
    APPLICATION,
    EX,
    GONE,
    list_ids,
)
from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    OMAR,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    ROBOT,
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
