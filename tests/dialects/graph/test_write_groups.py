"""Groups, their members and owners, and administrative units, written over HTTP."""

from typing import Any

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    NORA,
    OMAR,
    PLAIN_GROUP,
    SAMUEL,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import (
    GROUPS_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    a_group,
    a_user,
    code_of,
    desk,
    give,
    make,
    permit_everything,
    reference,
)
from timebound.application.queries import Compare, Operator, Query
from timebound.application.views import View
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import Scope, ScopeKind, group_scope

BAD = (400, "Request_BadRequest")
MISSING = (404, "Request_ResourceNotFound")


def in_berlin() -> Scope:
    return Scope(ScopeKind.DIRECTORY, f"/administrativeUnits/{BERLIN}")


async def is_in(office: Office, who: str, group: str, role: Any = MEMBER) -> bool:  # noqa: ANN401 - either role
    slot = Slot(PrincipalId(who), role, group_scope(group))
    token = office.tokens.known[office.sign_in(GRACE)]
    facts = (await office.store.load_facts(token, slot, office.clock.at)).facts
    return any(grant.is_in_force(office.clock.at) for grant in facts.grants)


@pytest.mark.documented("create group: with owners and members bound")
@pytest.mark.witness("POST groups")
async def test_a_group_is_made_with_its_people(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    bound = {
        "members@odata.bind": [reference(HANA)["@odata.id"], reference(NORA)["@odata.id"]],
        "owners@odata.bind": [f"https://graph.microsoft.com/v1.0/users('{OMAR}')"],
    }
    made = await make(office, grace, "groups", a_group(description="Who is on call", **bound))
    assert (made["securityEnabled"], made["isAssignableToRole"]) == (True, False)
    assert [await is_in(office, who, made["id"]) for who in (HANA, NORA, OMAR)] == [
        True,
        True,
        False,
    ]
    assert await is_in(office, OMAR, made["id"], OWNER)


@pytest.mark.documented("create group: required properties; role-assignable ones have no rule")
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"mailEnabled": ...}, "mailEnabled"),
        ({"securityEnabled": ...}, "securityEnabled"),
        ({"isAssignableToRole": True, "securityEnabled": False}, "securityEnabled"),
        (
            {
                "isAssignableToRole": True,
                "groupTypes": ["DynamicMembership"],
                "membershipRule": "user.city -eq 'Kyoto'",
            },
            "groupTypes",
        ),
        ({"groupTypes": ["DynamicMembership"]}, "membershipRule"),
        ({"members@odata.bind": ["nobody"]}, "members@odata.bind"),
        ({"members@odata.bind": [reference(HANA)["@odata.id"]] * 2}, "members@odata.bind"),
    ],
)
async def test_a_group_that_cannot_be_made(
    office: Office, changes: dict[str, object], named: str
) -> None:
    grace = desk(await permit_everything(office), GRACE)
    answer = await office.post(grace, "/v1.0/groups", a_group(**changes))
    assert code_of(answer) == BAD
    assert named in answer.json()["error"]["message"]


@pytest.mark.documented("update group: 204; isAssignableToRole cannot be changed")
@pytest.mark.witness("PATCH groups/{id}", "DELETE groups/{id}")
async def test_a_group_is_changed_and_deleted(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/groups/{PLAIN_GROUP}"
    assert (await office.patch(grace, path, {"description": "Others"})).status_code == 204
    assert (await office.get(grace, path)).json()["description"] == "Others"
    assert code_of(await office.patch(grace, path, {"isAssignableToRole": True})) == BAD
    assert (await office.delete(grace, path)).status_code == 204
    assert code_of(await office.get(grace, path)) == MISSING


@pytest.mark.documented("add member, remove member: 204; twice 400; not there 404")
@pytest.mark.witness("POST groups/{id}/members/$ref", "DELETE groups/{id}/members/{id}/$ref")
async def test_members_come_and_go(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/groups/{PLAIN_GROUP}/members"
    assert (await office.post(grace, f"{path}/$ref", reference(HANA))).status_code == 204
    assert await is_in(office, HANA, PLAIN_GROUP)
    again = await office.post(grace, f"{path}/$ref", reference(HANA))
    assert code_of(again) == BAD
    assert (
        "already exist for the following modified properties: 'members'"
        in (again.json()["error"]["message"])
    )
    assert (await office.delete(grace, f"{path}/{HANA}/$ref")).status_code == 204
    assert not await is_in(office, HANA, PLAIN_GROUP)
    assert code_of(await office.delete(grace, f"{path}/{HANA}/$ref")) == MISSING
    assert code_of(await office.post(grace, f"{path}/$ref", reference(BERLIN))) == MISSING


@pytest.mark.documented("update group: members@odata.bind adds up to 20 at once, all or none")
async def test_many_members_at_once(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/groups/{PLAIN_GROUP}"
    people = [reference(who)["@odata.id"] for who in (HANA, NORA, OMAR)]
    first = await office.patch(grace, path, {"members@odata.bind": people[:2]})
    assert first.status_code == 204, first.text
    assert code_of(await office.patch(grace, path, {"members@odata.bind": people[1:]})) == BAD
    assert not await is_in(office, OMAR, PLAIN_GROUP)
    many = {"members@odata.bind": people * 7}
    too_many = await office.patch(grace, path, many)
    assert (too_many.status_code, "members@odata.bind" in too_many.text) == (400, True)


@pytest.mark.documented("Entra: a role-assignable group has no groups in it")
async def test_no_group_is_in_a_role_assignable_one(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = "/v1.0/groups/{}/members/$ref"
    assert code_of(await office.post(grace, path.format(TIER2), reference(PLAIN_GROUP))) == BAD
    assert code_of(await office.post(grace, path.format(TIER2), reference(TIER2))) == BAD
    nested = await office.post(grace, path.format(PLAIN_GROUP), reference(TIER2))
    assert nested.status_code == 204


@pytest.mark.documented("Entra: the members of a dynamic group follow its rule alone")
async def test_a_rule_decides_who_is_in_a_dynamic_group(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    rule = {"groupTypes": ["DynamicMembership"], "membershipRule": "user.city -eq 'Kyoto'"}
    made = await make(office, grace, "groups", a_group(**rule))
    answer = await office.post(grace, f"/v1.0/groups/{made['id']}/members/$ref", reference(HANA))
    assert code_of(answer) == BAD


@pytest.mark.documented("add owner, remove owner: an owner manages the group; one must stay")
@pytest.mark.witness("POST groups/{id}/owners/$ref", "DELETE groups/{id}/owners/{id}/$ref")
async def test_owners_manage_their_group(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    nora = desk(office, NORA)
    members, owners = (f"/v1.0/groups/{PLAIN_GROUP}/{w}" for w in ("members", "owners"))
    denied = await office.post(nora, f"{members}/$ref", reference(HANA))
    assert code_of(denied) == (403, "Authorization_RequestDenied")
    assert (await office.post(grace, f"{owners}/$ref", reference(NORA))).status_code == 204
    assert (await office.post(nora, f"{members}/$ref", reference(HANA))).status_code == 204
    assert code_of(await office.post(grace, f"{owners}/$ref", reference(TIER2))) == BAD
    assert code_of(await office.delete(grace, f"{owners}/{NORA}/$ref")) == BAD
    assert (await office.post(nora, f"{owners}/$ref", reference(OMAR))).status_code == 204
    assert (await office.delete(nora, f"{owners}/{NORA}/$ref")).status_code == 204
    denied = await office.post(nora, f"{members}/$ref", reference(OMAR))
    assert code_of(denied) == (403, "Authorization_RequestDenied")


@pytest.mark.inferred("delta queries: a group is changed with its members")
async def test_a_group_is_changed_with_its_members(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    path = f"/v1.0/groups/{PLAIN_GROUP}/members/$ref"
    assert (await office.post(grace, path, reference(HANA))).status_code == 204
    query = Query(1, Compare("id", Operator.EQ, PLAIN_GROUP), ())
    page = await office.store.read_objects(office.tokens.known[grace].tenant_id, View.GROUPS, query)
    assert page.rows[0].id == PLAIN_GROUP


@pytest.mark.documented("administrativeUnit: create, update, delete, members")
@pytest.mark.witness(
    "POST directory/administrativeUnits",
    "PATCH directory/administrativeUnits/{id}",
    "DELETE directory/administrativeUnits/{id}",
    "POST directory/administrativeUnits/{id}/members/$ref",
    "DELETE directory/administrativeUnits/{id}/members/{id}/$ref",
)
async def test_a_unit_and_its_members(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    made = await make(
        office, grace, "directory/administrativeUnits", {"displayName": "Kyoto", "description": "K"}
    )
    path = f"/v1.0/directory/administrativeUnits/{made['id']}"
    assert (await office.patch(grace, path, {"description": "Kansai"})).status_code == 204
    assert (await office.get(grace, path)).json()["description"] == "Kansai"
    assert (await office.post(grace, f"{path}/members/$ref", reference(HANA))).status_code == 204
    assert code_of(await office.post(grace, f"{path}/members/$ref", reference(HANA))) == BAD
    assert code_of(await office.post(grace, f"{path}/members/$ref", reference(BERLIN))) == BAD
    assert (await office.delete(grace, f"{path}/members/{HANA}/$ref")).status_code == 204
    assert code_of(await office.delete(grace, f"{path}/members/{HANA}/$ref")) == MISSING
    assert (await office.delete(grace, path)).status_code == 204


@pytest.mark.documented("beta has the units at the root as well")
@pytest.mark.witness(
    "POST administrativeUnits",
    "PATCH administrativeUnits/{id}",
    "DELETE administrativeUnits/{id}",
    "POST administrativeUnits/{id}/members/$ref",
    "DELETE administrativeUnits/{id}/members/{id}/$ref",
)
async def test_units_at_the_root_of_beta(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    made = await office.post(grace, "/beta/administrativeUnits", {"displayName": "Kyoto"})
    assert made.status_code == 201, made.text
    path = f"/beta/administrativeUnits/{made.json()['id']}"
    assert (await office.patch(grace, path, {"description": "Kansai"})).status_code == 204
    assert (await office.post(grace, f"{path}/members/$ref", reference(NORA))).status_code == 204
    assert (await office.delete(grace, f"{path}/members/{NORA}/$ref")).status_code == 204
    assert (await office.delete(grace, path)).status_code == 204
    at_v1 = await office.post(grace, "/v1.0/administrativeUnits", {"displayName": "Kyoto"})
    assert at_v1.status_code in (400, 404)


@pytest.mark.documented("Entra: a role held over a unit counts for its members")
async def test_a_unit_s_administrator_manages_its_members_only(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    nora = desk(office, NORA)
    await give(office, NORA, USER_ADMINISTRATOR, in_berlin())
    denied = await office.patch(nora, f"/v1.0/users/{HANA}", {"city": "Berlin"})
    assert code_of(denied) == (403, "Authorization_RequestDenied")
    members = f"/v1.0/directory/administrativeUnits/{BERLIN}/members/$ref"
    for who in (HANA, SAMUEL):
        assert (await office.post(grace, members, reference(who))).status_code == 204
    assert (await office.patch(nora, f"/v1.0/users/{HANA}", {"city": "Berlin"})).status_code == 204
    # Samuel holds a role: whoever administers the unit does not come to it this way.
    sign_in = await office.patch(nora, f"/v1.0/users/{SAMUEL}", {"accountEnabled": False})
    assert code_of(sign_in) == (403, "Authorization_RequestDenied")


@pytest.mark.documented("Entra: restricted management units keep other administrators out")
async def test_a_restricted_unit_keeps_the_others_out(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    nora = desk(office, NORA)
    made = await make(
        office,
        grace,
        "directory/administrativeUnits",
        {"displayName": "Board", "isMemberManagementRestricted": True},
    )
    path = f"/v1.0/directory/administrativeUnits/{made['id']}"
    assert code_of(await office.patch(grace, path, {"isMemberManagementRestricted": False})) == BAD
    ada = await make(office, grace, "users", a_user())
    assert (await office.post(grace, f"{path}/members/$ref", reference(ada["id"]))).is_success
    user = f"/v1.0/users/{ada['id']}"
    refused = await office.patch(grace, user, {"city": "Berlin"})
    assert code_of(refused) == (403, "Authorization_RequestDenied")
    board = Scope(ScopeKind.DIRECTORY, f"/administrativeUnits/{made['id']}")
    await give(office, NORA, USER_ADMINISTRATOR, board)
    assert (await office.patch(nora, user, {"city": "Berlin"})).status_code == 204
    assert (await office.delete(grace, f"{path}/members/{ada['id']}/$ref")).status_code == 204
    assert (await office.patch(grace, user, {"city": "Bonn"})).status_code == 204


@pytest.mark.inferred("deny by default: units are made by those who administer roles")
async def test_who_may_not_write_groups_and_units(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    denied = (403, "Authorization_RequestDenied")
    assert code_of(await office.post(nora, "/v1.0/groups", a_group())) == denied
    unit = {"displayName": "Kyoto"}
    assert code_of(await office.post(nora, "/v1.0/directory/administrativeUnits", unit)) == denied
    await give(office, NORA, GROUPS_ADMINISTRATOR)
    assert (await office.post(nora, "/v1.0/groups", a_group())).status_code == 201
    assert code_of(await office.post(nora, "/v1.0/directory/administrativeUnits", unit)) == denied
