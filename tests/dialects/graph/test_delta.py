"""What changed since the round before, as clients that keep a copy ask it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    HENRIK,
    NORA,
    ORIGIN,
    PLAIN_GROUP,
    READER,
    TEAMS,
    TIER2,
    Office,
)
from tests.dialects.graph.writing import desk, permit_everything
from timebound.application.tracking import MARGIN
from timebound.dialects.graph.rounds import TOKEN_LIFETIME

ALL = ["Directory.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "User.ReadWrite.All"]
WRITING = frozenset({*ALL, "Group.ReadWrite.All", "User.Read.All", "User.DeleteRestore.All"})
ASSIGNMENTS = "roleManagement/directory/roleAssignments"


@pytest.fixture
async def office(office: Office) -> Office:
    """The office where the desk may do whatever is published."""
    return await permit_everything(office)


class Copy:
    """A client that follows a delta query from round to round."""

    def __init__(self, office: Office, path: str) -> None:
        """Begins at the beginning."""
        self.office = office
        self.key = desk(office, GRACE)
        self.link = f"/v1.0/{path}"
        self.pages = 0

    async def follow(self) -> list[dict[str, Any]]:
        """All that a round tells."""
        items: list[dict[str, Any]] = []
        while True:
            response = await self.office.get(self.key, self.link)
            assert response.status_code == 200, response.text
            body = response.json()
            items += body["value"]
            self.pages += 1
            self.link = body.get("@odata.nextLink") or body["@odata.deltaLink"]
            self.link = self.link.removeprefix(ORIGIN)
            if "@odata.deltaLink" in body:
                return items

    async def quiet(self) -> None:
        """Lets the margin pass in which changes are told again."""
        self.office.clock.advance(2 * MARGIN)
        await self.follow()
        self.office.clock.advance(2 * MARGIN)
        assert await self.follow() == []
        self.office.clock.advance(2 * MARGIN)


@pytest.mark.documented("user: delta; delta-query-overview")
@pytest.mark.witness("GET users/delta")
async def test_people_come_and_change_and_go(office: Office) -> None:
    copy = Copy(office, "users/delta?$select=displayName,jobTitle")
    everybody = (await office.get(copy.key, copy.link)).json()["value"]
    assert await copy.follow() == everybody
    assert {one["id"] for one in everybody} > {GRACE, HANA}
    assert all(one.keys() == {"id", "displayName", "jobTitle"} for one in everybody)
    await copy.quiet()

    changed = await office.patch(copy.key, f"/v1.0/users/{HANA}", {"jobTitle": "Chief"})
    assert changed.status_code == 204, changed.text
    assert await copy.follow() == [{"id": HANA, "displayName": "Hana Sato", "jobTitle": "Chief"}]
    await copy.quiet()

    gone = await office.delete(copy.key, f"/v1.0/users/{HANA}")
    assert gone.status_code == 204, gone.text
    assert await copy.follow() == [{"id": HANA, "@removed": {"reason": "changed"}}]
    await copy.quiet()

    purged = await office.delete(copy.key, f"/v1.0/directory/deletedItems/{HANA}")
    assert purged.status_code == 204, purged.text
    assert await copy.follow() == [{"id": HANA, "@removed": {"reason": "deleted"}}]


@pytest.mark.documented("group: delta; delta-query-groups: members@delta")
@pytest.mark.witness("GET groups/delta")
async def test_members_of_groups_come_and_go(office: Office) -> None:
    copy = Copy(office, "groups/delta?$select=displayName,members")
    first = (await office.get(copy.key, copy.link)).json()["value"]
    assert await copy.follow() == first
    groups = {one["id"]: one for one in first}
    assert groups.keys() == {TIER2, PLAIN_GROUP}
    members = groups[TIER2]["members@delta"]
    assert {one["@odata.type"] for one in members} == {"#microsoft.graph.user"}
    assert "members@delta" not in groups[PLAIN_GROUP]
    await copy.quiet()

    reference = {"@odata.id": f"{ORIGIN}/v1.0/directoryObjects/{NORA}"}
    place = f"/v1.0/groups/{PLAIN_GROUP}/members"
    added = await office.post(copy.key, f"{place}/$ref", reference)
    assert added.status_code == 204, added.text
    nora = {"@odata.type": "#microsoft.graph.user", "id": NORA}
    (told,) = await copy.follow()
    assert told == {"id": PLAIN_GROUP, "displayName": "PIM Group", "members@delta": [nora]}
    await copy.quiet()

    removed = await office.delete(copy.key, f"{place}/{NORA}/$ref")
    assert removed.status_code == 204, removed.text
    (told,) = await copy.follow()
    assert told["members@delta"] == [{**nora, "@removed": {"reason": "deleted"}}]


@pytest.mark.documented("delta-query-overview: members are told where nothing else is selected")
@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ("", True),
        ("?$expand=members", True),
        ("?$select=members", True),
        ("?$select=displayName&$expand=members", True),
        ("?$select=displayName", False),
    ],
)
async def test_members_are_told_when_they_are_asked_for(
    office: Office, query: str, *, is_told: bool
) -> None:
    groups = await Copy(office, f"groups/delta{query}").follow()

    assert any("members@delta" in one for one in groups) is is_told


@pytest.mark.inferred("role assignments: what came and what went between two instants")
@pytest.mark.witness("GET roleManagement/directory/roleAssignments/delta")
async def test_role_assignments_come_and_go(office: Office) -> None:
    copy = Copy(office, f"{ASSIGNMENTS}/delta")
    first = (await office.get(copy.key, copy.link)).json()["value"]
    assert await copy.follow() == first
    assert {one["principalId"] for one in first} >= {GRACE, HENRIK}
    await copy.quiet()

    body = {"principalId": HANA, "roleDefinitionId": READER, "directoryScopeId": "/"}
    made = await office.post(copy.key, f"/v1.0/{ASSIGNMENTS}", body)
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    (told,) = await copy.follow()
    assert (told["id"], told["principalId"], told["roleDefinitionId"]) == (id_, HANA, READER)
    await copy.quiet()

    ended = await office.delete(copy.key, f"/v1.0/{ASSIGNMENTS}/{id_}")
    assert ended.status_code == 204, ended.text
    assert await copy.follow() == [{"id": id_, "@removed": {"reason": "deleted"}}]


@pytest.mark.inferred("access ends on time, and so is told without anybody having done anything")
async def test_an_assignment_that_is_over_by_itself_is_told(office: Office) -> None:
    copy = Copy(office, f"{ASSIGNMENTS}/delta")
    body = {
        "action": "adminAssign",
        "principalId": HANA,
        "roleDefinitionId": TEAMS,
        "directoryScopeId": "/",
        "justification": "for a while",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
    path = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
    assert (await office.post(copy.key, path, body)).status_code == 201
    first = {one["principalId"]: one["id"] for one in await copy.follow()}
    await copy.quiet()

    office.clock.advance(timedelta(hours=1))

    assert await copy.follow() == [{"id": first[HANA], "@removed": {"reason": "deleted"}}]


@pytest.mark.documented("delta-query-overview: sync from now on, with $deltatoken=latest")
async def test_what_was_before_can_be_left_out(office: Office) -> None:
    copy = Copy(office, "users/delta?$deltatoken=latest")
    assert await copy.follow() == []
    await copy.quiet()

    await office.patch(copy.key, f"/v1.0/users/{HANA}", {"jobTitle": "Chief"})

    assert [one["id"] for one in await copy.follow()] == [HANA]


@pytest.mark.documented("user: delta: $filter takes ids")
@pytest.mark.parametrize(
    "text", [f"id eq '{HANA}' or id eq '{GRACE}'", f"id in ('{HANA}','{GRACE}')"]
)
async def test_some_can_be_tracked_alone(office: Office, text: str) -> None:
    copy = Copy(office, f"users/delta?$filter={text}&$select=id")
    assert {one["id"] for one in await copy.follow()} == {GRACE, HANA}
    await copy.quiet()

    for who in (HANA, NORA):
        await office.patch(copy.key, f"/v1.0/users/{who}", {"jobTitle": "Chief"})

    assert [one["id"] for one in await copy.follow()] == [HANA]


@pytest.mark.documented("delta-query-overview: what delta does not take")
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("$top=5", "$top"),
        ("$orderby=displayName", "$orderby"),
        ('$search="displayName:x"', "$search"),
        ("$count=true", "$count"),
        ("$filter=displayName eq 'x'", "$filter"),
        ("$filter=id ne 'x'", "$filter"),
        ("$filter=id eq 'x' and id eq 'y'", "$filter"),
        ("$expand=manager", "$expand"),
        ("$select=colour", "colour"),
        ("$deltatoken=forged", "$deltatoken"),
        ("$filter=" + " or ".join([f"id eq '{HANA}'"] * 51), "$filter"),
    ],
)
async def test_what_delta_does_not_take_is_named(office: Office, query: str, name: str) -> None:
    response = await office.get(desk(office, GRACE), f"/v1.0/users/delta?{query}")

    assert response.status_code == 400
    assert name in response.json()["error"]["message"] or "token" in response.text


@pytest.mark.documented("delta-query-overview: seven days; 410 with a Location")
async def test_a_token_grows_too_old(office: Office) -> None:
    copy = Copy(office, "users/delta?$select=displayName")
    await copy.follow()
    office.clock.advance(TOKEN_LIFETIME)

    response = await office.get(copy.key, copy.link)

    assert (response.status_code, response.json()["error"]["code"]) == (410, "syncStateNotFound")
    place = response.headers["location"]
    assert place == f"{ORIGIN}/v1.0/users/delta?$select=displayName&$deltatoken="
    again = await office.get(copy.key, place.removeprefix(ORIGIN))
    assert len(again.json()["value"]) > 1


@pytest.mark.inferred("a token is worth something for its caller, and what it was issued for")
async def test_a_token_of_another_one_is_refused(office: Office) -> None:
    copy = Copy(office, "users/delta")
    await copy.follow()
    token = copy.link.partition("?")[2]

    by_another = await office.get(HENRIK, copy.link)
    of_another = await office.get(copy.key, f"/v1.0/groups/delta?{token}")
    as_a_page = await office.get(copy.key, f"/v1.0/users?{token}")

    assert [one.status_code for one in (by_another, of_another, as_a_page)] == [400, 400, 400]


@pytest.mark.documented("user: delta: the permissions of the list")
async def test_whoever_may_not_list_may_not_track(office: Office) -> None:
    only_me = office.sign_in(GRACE, frozenset({"User.Read"}))

    response = await office.get(only_me, "/v1.0/users/delta")

    assert response.status_code == 403


@pytest.mark.documented("SDKs call functions by their qualified names")
async def test_delta_is_found_by_its_qualified_name(office: Office) -> None:
    response = await office.get(GRACE, "/v1.0/groups/microsoft.graph.delta()")

    assert {one["id"] for one in response.json()["value"]} == {TIER2, PLAIN_GROUP}
    assert BERLIN not in response.text
