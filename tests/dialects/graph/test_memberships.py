"""Whether and to what objects belong, as ids alone; objects looked up by their ids."""

from typing import Final

import pytest

from tests.dialects.graph.belonging import APPLICATION, EX, GONE, HOUR
from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    GRACE,
    HANA,
    NORA,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    ROBOT,
    TEAMS,
    TENANT,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk
from timebound.application.changes import ChangeSet, InsertGrant, PutObject
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import group_scope
from timebound.domain.times import ENDLESS, Window

MAILS: Final = PrincipalId("55555555-0000-4000-8000-000000000099")
STRANGER: Final = "77777777-0000-4000-8000-000000000001"
ANYTHING: Final = [TIER2, PLAIN_GROUP, BERLIN, TEAMS, READER, STRANGER, GONE]
SUBJECTS: Final = {
    f"users/{HANA}": {TIER2, PLAIN_GROUP, BERLIN, TEAMS},
    f"groups/{TIER2}": {PLAIN_GROUP, BERLIN, TEAMS},
    f"servicePrincipals/{ROBOT}": {TIER2, PLAIN_GROUP, TEAMS, READER},
    f"directoryObjects/{HANA}": {TIER2, PLAIN_GROUP, BERLIN, TEAMS},
    "me": {TIER2, PLAIN_GROUP, BERLIN, TEAMS},
}


async def ask(office: Office, path: str, body: object, version: str = "v1.0") -> set[str]:
    """The ids that a function answers to Hana."""
    response = await office.post(desk(office, HANA), f"/{version}/{path}", body)
    assert response.status_code == 200, response.text
    assert response.json()["@odata.context"].endswith("$metadata#Collection(Edm.String)")
    ids: list[str] = response.json()["value"]
    assert len(ids) == len(set(ids))
    return set(ids)


@pytest.mark.documented("checkMemberGroups, checkMemberObjects, getMemberGroups, getMemberObjects")
@pytest.mark.witness(
    "POST users/{id}/checkMemberGroups",
    "POST users/{id}/checkMemberObjects",
    "POST users/{id}/getMemberGroups",
    "POST users/{id}/getMemberObjects",
    "POST groups/{id}/checkMemberGroups",
    "POST groups/{id}/checkMemberObjects",
    "POST groups/{id}/getMemberGroups",
    "POST groups/{id}/getMemberObjects",
    "POST servicePrincipals/{id}/checkMemberGroups",
    "POST servicePrincipals/{id}/checkMemberObjects",
    "POST servicePrincipals/{id}/getMemberGroups",
    "POST servicePrincipals/{id}/getMemberObjects",
    "POST directoryObjects/{id}/checkMemberGroups",
    "POST directoryObjects/{id}/checkMemberObjects",
    "POST directoryObjects/{id}/getMemberGroups",
    "POST directoryObjects/{id}/getMemberObjects",
    "POST me/checkMemberGroups",
    "POST me/checkMemberObjects",
    "POST me/getMemberGroups",
    "POST me/getMemberObjects",
)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize("subject", SUBJECTS)
async def test_memberships_are_checked_and_told(
    furnished: Office, subject: str, version: str
) -> None:
    all_ids, groups = SUBJECTS[subject], {TIER2, PLAIN_GROUP} & SUBJECTS[subject]
    security = {"securityEnabledOnly": False}

    async def told(function: str, body: object) -> set[str]:
        return await ask(furnished, f"{subject}/{function}", body, version)

    assert await told("checkMemberGroups", {"groupIds": ANYTHING}) == groups
    assert await told("checkMemberObjects", {"ids": ANYTHING}) == all_ids
    assert await told("getMemberGroups", security) == groups
    assert await told("microsoft.graph.getMemberObjects", security) == all_ids


@pytest.mark.documented("promise 1: computed when asked")
async def test_memberships_end_by_themselves(furnished: Office) -> None:
    furnished.clock.advance(HOUR)
    body = {"groupIds": [TIER2.upper(), PLAIN_GROUP]}
    assert await ask(furnished, f"users/{HANA}/checkMemberGroups", body) == set()
    body = {"ids": [TEAMS, BERLIN, TIER2]}
    assert await ask(furnished, "me/checkMemberObjects", body) == {BERLIN}


@pytest.mark.documented("getMemberGroups: securityEnabledOnly")
async def test_groups_of_mail_alone_can_be_left_out(furnished: Office) -> None:
    mails = DirectoryObject(
        MAILS,
        ObjectKind.GROUP,
        "Mails",
        DAWN,
        attributes={"securityEnabled": False, "mailEnabled": True},
    )
    slot = Slot(HANA, MEMBER, group_scope(MAILS))
    id_ = GrantId("66666666-0000-4000-8000-000000000099")
    grant = Grant(id_, slot, GrantKind.ASSIGNED, Window(DAWN, ENDLESS), DAWN)
    writes = (PutObject(mails), InsertGrant(grant))
    assert await furnished.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), writes))
    for function in ("getMemberGroups", "getMemberObjects"):
        path = f"users/{HANA}/{function}"
        some = await ask(furnished, path, {"securityEnabledOnly": True})
        everything = await ask(furnished, path, {"securityEnabledOnly": False})
        assert some == {TIER2, PLAIN_GROUP}
        assert everything >= some | {MAILS}


@pytest.mark.documented("checkMemberGroups: 20 ids; getByIds: 1000 ids; both want GUIDs")
@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("me/checkMemberGroups", {}, "groupIds"),
        ("me/checkMemberGroups", {"groupIds": []}, "groupIds"),
        ("me/checkMemberGroups", {"groupIds": ["x"]}, "groupIds"),
        ("me/checkMemberGroups", {"groupIds": [STRANGER] * 21}, "groupIds"),
        ("me/checkMemberGroups", {"groupIds": STRANGER}, "groupIds"),
        ("me/checkMemberObjects", {"ids": [1]}, "ids"),
        ("me/checkMemberObjects", {"ids": [STRANGER] * 21}, "ids"),
        ("me/getMemberGroups", {}, "securityEnabledOnly"),
        ("me/getMemberObjects", {"securityEnabledOnly": "yes"}, "securityEnabledOnly"),
        ("directoryObjects/getByIds", {}, "ids"),
        ("directoryObjects/getByIds", {"ids": [STRANGER] * 1001}, "ids"),
        ("directoryObjects/getByIds", {"ids": [STRANGER], "types": ["pet"]}, "types"),
        ("directoryObjects/getByIds", {"ids": [STRANGER], "types": "user"}, "types"),
    ],
)
async def test_bodies_that_do_not_fit_are_refused(
    furnished: Office, path: str, body: object, named: str
) -> None:
    response = await furnished.post(desk(furnished, HANA), f"/v1.0/{path}", body)
    assert response.status_code == 400
    assert named in response.json()["error"]["message"]


@pytest.mark.documented("Request_ResourceNotFound")
@pytest.mark.parametrize("subject", [f"users/{EX}", f"groups/{HANA}", "directoryObjects/x@y"])
async def test_what_is_not_there_belongs_to_nothing(furnished: Office, subject: str) -> None:
    path = f"/v1.0/{subject}/getMemberGroups"
    response = await furnished.post(desk(furnished, HANA), path, {"securityEnabledOnly": False})
    assert response.status_code == 404


@pytest.mark.observed("Graph: /me request is only valid with delegated authentication flow.")
async def test_an_application_has_no_memberships_as_me(furnished: Office) -> None:
    response = await furnished.post(ROBOT, "/v1.0/me/checkMemberGroups", {"groupIds": [TIER2]})
    assert response.status_code == 400


@pytest.mark.inferred("memberships are told to whom the permission is granted")
async def test_a_permission_is_needed(furnished: Office) -> None:
    key = furnished.sign_in(NORA, frozenset({"Application.Read.All"}))
    body = {"securityEnabledOnly": False}
    for path in (f"users/{HANA}/getMemberGroups", "me/getMemberGroups"):
        assert (await furnished.post(key, f"/v1.0/{path}", body)).status_code == 403


KNOWN: Final = [HANA, TIER2, ROBOT, APPLICATION, BERLIN, READER]


@pytest.mark.documented("directoryObject: getByIds")
@pytest.mark.witness("POST directoryObjects/getByIds")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize(
    ("types", "found"),
    [
        (None, KNOWN),
        ([], KNOWN),
        (["user", "Group"], [HANA, TIER2]),
        (["servicePrincipal", "application"], [ROBOT, APPLICATION]),
        (["directoryRole", "administrativeUnit", "device"], [BERLIN, READER]),
        (["user", "directoryObjectPartnerReference"], [HANA]),
    ],
)
async def test_objects_are_looked_up_by_their_ids(
    furnished: Office, version: str, types: list[str] | None, found: list[str]
) -> None:
    body: dict[str, object] = {"ids": [*KNOWN, HANA.upper(), STRANGER, EX]}
    if types is not None:
        body["types"] = types
    path = f"/{version}/directoryObjects/getByIds"
    response = await furnished.post(desk(furnished, GRACE), path, body)
    answered = response.json()
    assert answered["@odata.context"] == f"{ORIGIN}/{version}/$metadata#directoryObjects"
    assert [one["id"] for one in answered["value"]] == found


@pytest.mark.documented("get directoryObject")
@pytest.mark.witness("GET directoryObjects/{id}")
@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize(
    ("id_", "type_"),
    [
        (HANA, "user"),
        (TIER2.upper(), "group"),
        (ROBOT, "servicePrincipal"),
        (APPLICATION, "application"),
        (BERLIN, "administrativeUnit"),
        (GLOBAL_ADMINISTRATOR, "directoryRole"),
    ],
)
async def test_any_object_is_found_by_its_id(
    furnished: Office, version: str, id_: str, type_: str
) -> None:
    key = desk(furnished, GRACE)
    body = (await furnished.get(key, f"/{version}/directoryObjects/{id_}")).json()
    assert body["@odata.type"] == f"#microsoft.graph.{type_}"
    assert body["id"] == id_.lower()
    assert body["@odata.context"].endswith("$metadata#directoryObjects/$entity")


@pytest.mark.documented("Request_ResourceNotFound")
@pytest.mark.parametrize("id_", [EX, GONE, STRANGER, "x", "hana@office.example"])
async def test_no_object_is_found_by_what_is_no_id_of_one(furnished: Office, id_: str) -> None:
    response = await furnished.get(desk(furnished, GRACE), f"/v1.0/directoryObjects/{id_}")
    assert response.status_code == 404
