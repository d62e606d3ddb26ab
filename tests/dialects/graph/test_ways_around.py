"""What nobody comes to by a way around: relations, batches, links of others, ids of other kinds."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.dialects.graph.belonging import APPLICATION, GRAPH_PROGRAM
from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    NORA,
    OMAR,
    PLAIN_GROUP,
    READER,
    ROBOT,
    STRONG,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk, give, permit_everything
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import PRIVILEGED_ROLE_ADMINISTRATOR

DENIED: Final = (403, "Authorization_RequestDenied")
MISSING: Final = (404, "Request_ResourceNotFound")
EVENTUAL: Final = {"ConsistencyLevel": "eventual"}
LIMITED: Final = "Graph docs, permissions overview: limited information on members not accessible"
MEMBERS: Final = f"/v1.0/groups/{TIER2}/members"


def told(one: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of an object beside that it is there."""
    return {name: value for name, value in one.items() if value and name not in ("id", _TYPE)}


_TYPE: Final = "@odata.type"


@pytest.mark.documented(LIMITED)
async def test_members_that_may_not_be_read_are_told_by_id(furnished: Office) -> None:
    key = furnished.sign_in(NORA, frozenset({"GroupMember.Read.All"}))
    members = (await furnished.get(key, MEMBERS)).json()["value"]
    assert {one["id"] for one in members} == {OMAR, HANA, ROBOT}
    assert [told(one) for one in members] == [{}] * 3
    assert {one[_TYPE] for one in members} == {
        "#microsoft.graph.user",
        "#microsoft.graph.servicePrincipal",
    }
    cast = (await furnished.get(key, f"{MEMBERS}/microsoft.graph.user?$select=id,mail")).json()
    assert [told(one) for one in cast["value"]] == [{}, {}]
    group = f"/v1.0/groups/{TIER2}?$expand=members($select=id,displayName)"
    expanded = (await furnished.get(key, group)).json()
    assert expanded["displayName"] == "Tier 2"
    assert [told(one) for one in expanded["members"]] == [{}] * 3
    nested = (await furnished.get(key, f"/v1.0/groups/{PLAIN_GROUP}/members")).json()["value"]
    assert {one["id"]: told(one).get("displayName") for one in nested}[TIER2] == "Tier 2"


@pytest.mark.documented(LIMITED)
async def test_each_permission_discloses_its_kind(furnished: Office) -> None:
    key = furnished.sign_in(NORA, frozenset({"GroupMember.Read.All", "User.Read.All"}))
    members = (await furnished.get(key, MEMBERS)).json()["value"]
    names = {one["id"]: one["displayName"] for one in members}
    assert names == {OMAR: "Omar Haddad", HANA: "Hana Sato", ROBOT: None}
    own = furnished.sign_in(PrincipalId(HANA), frozenset({"User.Read"}))
    belonging = (await furnished.get(own, "/v1.0/me/memberOf")).json()["value"]
    assert TIER2 in {one["id"] for one in belonging}
    assert [told(one) for one in belonging] == [{}] * len(belonging)


@pytest.mark.inferred("what is not told is not found either, nor is anything sorted by it")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$filter=startswith(displayName,'Omar')", set()),
        ("$filter=not startswith(displayName,'Omar')", set()),
        ("$filter=displayName eq 'Omar Haddad' or displayName ne 'x'", set()),
        ('$search="displayName:Omar"', set()),
        ("$orderby=displayName", set()),
        (f"$filter=id eq '{OMAR}'", {OMAR}),
        (f"$filter=id in ('{OMAR}','{NORA}')", {OMAR}),
    ],
)
@pytest.mark.parametrize("rest", ["", "/microsoft.graph.user"])
async def test_nothing_is_found_by_what_is_not_told(
    furnished: Office, query: str, found: set[str], rest: str
) -> None:
    key = furnished.sign_in(NORA, frozenset({"GroupMember.Read.All"}))
    answer = await furnished.get(key, f"{MEMBERS}{rest}?{query}&$count=true", **EVENTUAL)
    assert answer.status_code == 200, answer.text
    assert {one["id"] for one in answer.json()["value"]} == found
    assert answer.json()["@odata.count"] == len(found)
    whole = furnished.sign_in(NORA, frozenset({"GroupMember.Read.All", "User.Read.All"}))
    seen = await furnished.get(whole, f"{MEMBERS}{rest}?{query}&$count=true", **EVENTUAL)
    assert seen.json()["value"] != []


def part(id_: str, method: str, url: str, body: object = None) -> dict[str, object]:
    sent: dict[str, object] = {"id": id_, "method": method, "url": url}
    if body is None:
        return sent
    return {**sent, "headers": {"Content-Type": "application/json"}, "body": body}


async def send(office: Office, who: str, *parts: Mapping[str, object]) -> dict[str, Any]:
    answer = await office.post(who, "/v1.0/$batch", {"requests": list(parts)})
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def code_of(answer: Mapping[str, Any]) -> tuple[int, str]:
    return answer["status"], answer["body"]["error"]["code"]


@pytest.mark.documented("Graph docs, JSON batching: permissions of each request in the batch")
async def test_each_part_of_a_batch_is_judged_by_itself(office: Office) -> None:
    nora = desk(await permit_everything(office), NORA)
    answers = await send(
        office,
        nora,
        part("own", "GET", "/me"),
        part("make", "POST", "/groups", {"displayName": "X", "mailNickname": "x"}),
        part("name", "PATCH", f"/users/{HANA}", {"displayName": "Somebody"}),
        part("drop", "DELETE", f"/users/{HANA}"),
        part("join", "POST", f"/groups/{TIER2}/members/$ref", {"@odata.id": f"/users/{NORA}"}),
        part("roles", "GET", "/roleManagement/directory/roleAssignments"),
    )
    assert answers.pop("own")["status"] == 200
    assert {one["status"] for one in answers.values()} <= {400, 403}
    assert code_of(answers["drop"]) == DENIED
    grace = desk(office, GRACE)
    assert (await office.get(grace, f"/v1.0/users/{HANA}")).json()["displayName"] == "Hana Sato"
    members = (await office.get(grace, f"/v1.0/groups/{TIER2}/members")).json()["value"]
    assert NORA not in {one["id"] for one in members}


@pytest.mark.inferred("a part is judged as of its own instant, by what the parts before it wrote")
async def test_what_a_part_takes_away_is_gone_for_the_next(office: Office) -> None:
    await permit_everything(office)
    await give(office, NORA, PRIVILEGED_ROLE_ADMINISTRATOR)
    await give(office, NORA, STRONG)
    nora, assignments = desk(office, NORA), "/roleManagement/directory/roleAssignments"
    held_by_nora = f"principalId eq '{NORA}' and roleDefinitionId eq '{STRONG}'"
    asked = f"/v1.0{assignments}?$filter={held_by_nora}"
    (held,) = (await office.get(nora, asked)).json()["value"]
    answers = await send(
        office,
        nora,
        part("before", "PATCH", f"/users/{HANA}", {"displayName": "Before"}),
        part("away", "DELETE", f"{assignments}/{held['id']}"),
        part("after", "PATCH", f"/users/{HANA}", {"displayName": "After"}),
    )
    assert (answers["before"]["status"], answers["away"]["status"]) == (204, 204)
    assert code_of(answers["after"]) == DENIED
    shown = await office.get(desk(office, GRACE), f"/v1.0/users/{HANA}")
    assert shown.json()["displayName"] == "Before"


@pytest.mark.inferred("DESIGN, data: a page token holds tenant, caller and query")
@pytest.mark.parametrize("path", ["users?$top=1", f"users/{HANA}/memberOf?$top=1"])
async def test_a_link_serves_who_was_given_it_alone(furnished: Office, path: str) -> None:
    permitted = frozenset({"User.Read.All", "Directory.Read.All"})
    nora, omar = furnished.sign_in(NORA, permitted), furnished.sign_in(OMAR, permitted)
    answer = await furnished.get(nora, f"/v1.0/{path}")
    link = answer.json()["@odata.nextLink"]
    assert (await furnished.get(nora, link)).status_code == 200
    others = (
        (omar, link),
        (ROBOT, link),
        (nora, link.replace("/v1.0/", "/beta/")),
        (nora, f"{link}&$filter=id eq '{GRACE}'"),
        (nora, link.replace("/users", "/groups", 1).replace(HANA, TIER2)),
    )
    for who, changed in others:
        assert (await furnished.get(who, changed)).status_code == 400, changed


PLACES: Final = {
    "users": HANA,
    "groups": TIER2,
    "applications": APPLICATION,
    "servicePrincipals": GRAPH_PROGRAM,
    "directory/administrativeUnits": BERLIN,
    "directoryRoles": READER,
}
WRONG: Final = [(path, id_) for path in PLACES for other, id_ in PLACES.items() if other != path]


@pytest.mark.inferred("an id leads to an object of the kind that the path says, or nowhere")
@pytest.mark.parametrize(("path", "id_"), WRONG)
async def test_an_id_of_another_kind_leads_nowhere(furnished: Office, path: str, id_: str) -> None:
    grace, one = desk(await permit_everything(furnished), GRACE), f"/v1.0/{path}/{id_}"
    answers = [await furnished.get(grace, one)]
    if path != "directoryRoles":
        answers.append(await furnished.delete(grace, one))
        answers.append(await furnished.patch(grace, one, {"displayName": "Other"}))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == MISSING, answer.text
    there = f"/v1.0/directoryObjects/{id_}"
    assert (await furnished.get(grace, there)).json()["displayName"] != "Other"


@pytest.mark.inferred("as above, of what is put into something")
@pytest.mark.parametrize(
    ("path", "id_"),
    [
        (f"groups/{HANA}/members/$ref", NORA),
        (f"groups/{BERLIN}/members/$ref", NORA),
        (f"directory/administrativeUnits/{TIER2}/members/$ref", NORA),
        (f"applications/{GRAPH_PROGRAM}/owners/$ref", NORA),
        (f"servicePrincipals/{APPLICATION}/owners/$ref", NORA),
        (f"directoryRoles/{TIER2}/members/$ref", NORA),
        (f"directoryRoles/{READER}/members/$ref", BERLIN),
        (f"groups/{TIER2}/members/$ref", BERLIN),
        (f"groups/{TIER2}/members/$ref", READER),
        (f"groups/{TIER2}/members/$ref", APPLICATION),
    ],
)
async def test_nothing_of_another_kind_is_put_in(furnished: Office, path: str, id_: str) -> None:
    grace = desk(await permit_everything(furnished), GRACE)
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{id_}"}
    answer = await furnished.post(grace, f"/v1.0/{path}", body)
    assert answer.status_code in (400, 404), answer.text
