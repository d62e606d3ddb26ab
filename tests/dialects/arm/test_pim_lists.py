"""What is held and asked for around a place, as the lists of PIM tell it over HTTP."""

from typing import Any

import pytest

from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    DATA,
    GROUP,
    HANA_ELIGIBLE,
    OTHER,
    OWNS,
    PROVIDER,
    READER,
    READS,
    ROBOT_OWNS,
    SITE,
    SUBSCRIPTION,
    TIER2_ELIGIBLE,
    WEB,
    Held,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import (
    GRACE,
    HANA,
    HENRIK,
    NORA,
    OMAR,
    ROBOT,
    SAMUEL,
    TIER2,
)
from timebound.domain.roles import AZURE_OWNER
from timebound.storage.sqlite import SqliteStore

VERSION = "api-version=2020-10-01"
ALIAS = "/providers/Microsoft.Subscription"
ELIGIBLE, ACTIVE = "roleEligibilityScheduleInstances", "roleAssignmentScheduleInstances"
REQUESTS = "roleAssignmentScheduleRequests"
ABOVE = Held(11, NORA, READER, GROUP)
BELOW = Held(12, NORA, READER, SITE)
BESIDE = Held(13, NORA, READER, OTHER)
TOP = Held(14, HENRIK, AZURE_OWNER, "/")

documented = pytest.mark.documented("arm notes 4 and 5; behaviour book 5")


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store, ABOVE, BELOW, BESIDE, TOP)


def lists(collection: str, text: str = "", scope: str = SUBSCRIPTION) -> str:
    asked = f"&$filter={text}" if text else ""
    return f"{scope}/{PROVIDER}/{collection}?{VERSION}{asked}"


async def ids(office: ArmOffice, who: str, address: str) -> list[str]:
    return sorted(row["name"] for row in await office.walk(who, address))


async def kinds(office: ArmOffice, address: str) -> dict[str, str]:
    rows = await office.walk(GRACE, address)
    return {row["name"]: row["properties"]["memberType"] for row in rows}


def named(*held: Held) -> list[str]:
    return sorted(one.id for one in held)


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances",
)
@documented
async def test_what_is_held_around_a_place(office: ArmOffice) -> None:
    around = await kinds(office, lists(ACTIVE))
    assert around == {
        OWNS.id: "Direct",
        ROBOT_OWNS.id: "Direct",
        READS.id: "Direct",
        ABOVE.id: "Inherited",
        TOP.id: "Inherited",
        BELOW.id: "Direct",
    }
    at_scope = await ids(office, GRACE, lists(ACTIVE, "atScope()"))
    assert at_scope == named(OWNS, ROBOT_OWNS, READS, ABOVE, TOP)
    inside = await ids(office, GRACE, lists(ACTIVE, "atScope()", WEB))
    assert inside == named(OWNS, ROBOT_OWNS, READS, ABOVE, TOP)
    everywhere = await ids(office, HENRIK, lists(ACTIVE, scope=""))
    assert everywhere == named(OWNS, ROBOT_OWNS, READS, ABOVE, TOP, BELOW, BESIDE)


@documented
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"principalId eq '{NORA}'", (ABOVE, BELOW)),
        (f"(principalId eq '{NORA.upper()}')", (ABOVE, BELOW)),
        (f"principalId eq {NORA}", (ABOVE, BELOW)),
        (f"(principalId eq '{NORA}') and atScope()", (ABOVE,)),
        (f"assignedTo('{NORA}')", (ABOVE, BELOW)),
        (f"assignedto('{NORA}') and atScope()", (ABOVE,)),
        (f"roleDefinitionId eq '{role_id(READER)}'", (ABOVE, BELOW, READS)),
        (f"principalId eq '{HANA}'", ()),
    ],
)
async def test_filters(office: ArmOffice, text: str, expected: tuple[Held, ...]) -> None:
    assert await ids(office, GRACE, lists(ACTIVE, text)) == named(*expected)
    plus = text.replace(" ", "+")
    assert await ids(office, GRACE, lists(ACTIVE, plus)) == named(*expected)


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
)
@pytest.mark.documented("INS-008; arm notes 5")
async def test_everybody_sees_what_is_theirs(office: ArmOffice) -> None:
    mine = lists(ELIGIBLE, "asTarget()", scope="")
    (row,) = await office.walk(OMAR, mine)
    assert row["name"] == TIER2_ELIGIBLE.id
    assert row["properties"]["memberType"] == "Group"
    assert row["properties"]["principalId"] == TIER2
    assert row["properties"]["principalType"] == "Group"
    assert await ids(office, HANA, mine) == [HANA_ELIGIBLE.id]
    assert await ids(office, OMAR, lists(ELIGIBLE, "asTarget()", DATA)) == [TIER2_ELIGIBLE.id]
    assert await ids(office, OMAR, lists(ELIGIBLE, "asTarget()", WEB)) == []
    assert await ids(office, HANA, lists(ELIGIBLE, "asTarget()", WEB)) == [], "not inherited"
    assert await ids(office, ROBOT, lists(ACTIVE, "asTarget()", "")) == [ROBOT_OWNS.id]
    own = lists(ELIGIBLE, f"principalId eq '{HANA}'")
    assert await ids(office, HANA, own) == [HANA_ELIGIBLE.id]


@pytest.mark.documented("arm notes 5: atScope() is at or above, asTarget() the caller's own")
@pytest.mark.parametrize("text", ["atScope() and asTarget()", "asTarget() and atScope()"])
async def test_what_is_ones_own_at_a_place_and_above_is_asked_in_any_order(
    office: ArmOffice, text: str
) -> None:
    for who, scope, expected in (
        (HANA, WEB, [HANA_ELIGIBLE.id]),
        (HANA, SUBSCRIPTION, [HANA_ELIGIBLE.id]),
        (OMAR, DATA, [TIER2_ELIGIBLE.id]),
        (OMAR, SUBSCRIPTION, []),
        (OMAR, "", []),
    ):
        assert await ids(office, who, lists(ELIGIBLE, text, scope)) == expected, (who, scope)


@pytest.mark.documented("INS-009, INS-010, ERR-084")
@pytest.mark.parametrize(
    "text", ["", "atScope()", f"principalId eq '{NORA}'", f"assignedTo('{NORA}')"]
)
async def test_who_may_not_look_is_told_what_to_ask(office: ArmOffice, text: str) -> None:
    for collection in (ACTIVE, ELIGIBLE, "roleAssignmentSchedules", REQUESTS):
        answer = await office.get(HANA, lists(collection, text))
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert error["code"] == "InsufficientPermissions"
        assert error["message"] == (
            f"The requestor {HANA} does not have permissions for this request. Please use "
            "$filter=asTarget() to filter on the requestor's assignments."
        )


PREFIX = f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}"
TOLD = {
    "properties": {
        "roleAssignmentScheduleId": f"{PREFIX}/roleAssignmentSchedules/{READS.id}",
        "originRoleAssignmentId": f"{SUBSCRIPTION}/{PROVIDER}/roleAssignments/{READS.id}",
        "assignmentType": "Assigned",
        "scope": SUBSCRIPTION,
        "roleDefinitionId": role_id(READER),
        "principalId": SAMUEL,
        "principalType": "User",
        "status": "Provisioned",
        "startDateTime": "2031-03-04T08:00:00Z",
        "memberType": "Direct",
        "createdOn": "2031-03-04T08:00:00Z",
        "expandedProperties": {
            "principal": {
                "id": SAMUEL,
                "displayName": "Samuel Ortiz",
                "email": "samuel@office.example",
                "type": "User",
            },
            "roleDefinition": {
                "id": role_id(READER),
                "displayName": "Reader",
                "type": "BuiltInRole",
            },
            "scope": {
                "id": SUBSCRIPTION,
                "displayName": "Wingtip Toys",
                "type": "subscription",
            },
        },
    },
    "name": READS.id,
    "id": f"{PREFIX}/{ACTIVE}/{READS.id}",
    "type": f"Microsoft.Authorization/{ACTIVE}",
}


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentScheduleInstances/{roleAssignmentScheduleInstanceName}",
)
@pytest.mark.observed("azure-powershell recording, Get-AzRoleAssignmentScheduleInstance")
async def test_an_instance_tells_its_role_assignment(office: ArmOffice) -> None:
    rows = {row["name"]: row for row in await office.walk(SAMUEL, lists(ACTIVE))}
    row = rows[READS.id]
    assert row == TOLD
    read = await office.get(SAMUEL, f"{SUBSCRIPTION}/{PROVIDER}/{ACTIVE}/{READS.id}?{VERSION}")
    assert read.json() == row
    assert rows[ABOVE.id]["properties"]["roleDefinitionId"] == (
        f"/{PROVIDER}/roleDefinitions/{READER}"
    )
    assert rows[ABOVE.id]["id"] == f"{GROUP}/{PROVIDER}/{ACTIVE}/{ABOVE.id}"
    expanded = rows[BELOW.id]["properties"]["expandedProperties"]["scope"]
    assert expanded == {"id": SITE, "displayName": "front", "type": "Microsoft.Web/sites"}


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleEligibilityScheduleInstances/{roleEligibilityScheduleInstanceName}",
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleEligibilitySchedules/{roleEligibilityScheduleName}",
    "GET {scope}/providers/Microsoft.Authorization/"
    "roleAssignmentSchedules/{roleAssignmentScheduleName}",
    "GET {scope}/providers/Microsoft.Authorization/roleAssignmentSchedules",
    "GET {scope}/providers/Microsoft.Authorization/roleEligibilitySchedules",
)
@documented
async def test_one_entry_by_its_name(office: ArmOffice) -> None:
    def one(collection: str, held: Held, scope: str = SUBSCRIPTION) -> str:
        return f"{scope}/{PROVIDER}/{collection}/{held.id}?{VERSION}"

    assert (await office.get(HANA, one(ELIGIBLE, HANA_ELIGIBLE))).status_code == 200
    assert (await office.get(HANA, one(ACTIVE, READS))).status_code == 404
    assert (await office.get(GRACE, one(ACTIVE, BESIDE))).status_code == 404
    listed = await ids(office, GRACE, lists("roleEligibilitySchedules"))
    assert listed == named(HANA_ELIGIBLE, TIER2_ELIGIBLE)
    assert READS.id in await ids(office, GRACE, lists("roleAssignmentSchedules"))
    held = await office.get(GRACE, one("roleAssignmentSchedules", READS))
    assert held.json()["properties"]["assignmentType"] == "Assigned"
    schedule = await office.get(GRACE, one("roleEligibilitySchedules", HANA_ELIGIBLE))
    assert schedule.json()["type"] == "Microsoft.Authorization/roleEligibilitySchedules"
    assert schedule.json()["properties"]["memberType"] == "Direct"


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests",
    "GET {scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests",
)
@documented
async def test_requests_by_who_has_to_do_with_them(office: ArmOffice) -> None:
    def request(number: int) -> str:
        return f"cccccccc-0000-4000-8000-{number:012}"

    def asked(kind: str, who: str) -> dict[str, Any]:
        return {
            "properties": {
                "principalId": who,
                "roleDefinitionId": role_id(CONTRIBUTOR),
                "requestType": kind,
                "justification": "Needed",
                "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT1H"}},
            }
        }

    base = f"{SUBSCRIPTION}/{PROVIDER}/{REQUESTS}"
    first = await office.put(HANA, f"{base}/{request(1)}?{VERSION}", asked("SelfActivate", HANA))
    second = await office.put(GRACE, f"{base}/{request(2)}?{VERSION}", asked("AdminAssign", NORA))
    assert (first.status_code, second.status_code) == (201, 201)
    assert await ids(office, GRACE, lists(REQUESTS)) == [request(1), request(2)]
    assert await ids(office, GRACE, lists("roleEligibilityScheduleRequests")) == []
    assert await ids(office, GRACE, lists(REQUESTS, "asRequestor()")) == [request(2)]
    assert await ids(office, NORA, lists(REQUESTS, "asTarget()")) == [request(2)]
    assert await ids(office, HANA, lists(REQUESTS, "asTarget()")) == [request(1)]
    assert await ids(office, HANA, lists(REQUESTS, "asApprover()")) == []
    about = f"principalId eq '{NORA}'"
    assert await ids(office, GRACE, lists(REQUESTS, about)) == [request(2)]
    assert await ids(office, GRACE, lists(REQUESTS, "status eq 'Provisioned'", WEB)) == [
        request(1),
        request(2),
    ]


@documented
async def test_pages_are_followed(office: ArmOffice) -> None:
    first = await office.get(GRACE, f"{lists(ACTIVE)}&$top=2")
    assert len(first.json()["value"]) == 2
    assert first.json()["nextLink"].startswith("https://management.test:8443/subscriptions/")
    assert len(await office.walk(GRACE, f"{lists(ACTIVE)}&$top=2")) == 6


@documented
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asRequestor()", "asRequestor()"),
        ("everybody()", "everybody()"),
        ("assignedTo()", "assignedTo"),
        ("assignedTo('nora')", "assignedTo"),
        ("asTarget('x')", "asTarget"),
        ("favouriteColour eq 'red'", "favouriteColour"),
        ("principalId gt 'x'", "$filter"),
        ("principalId eq 'x'", "principalId"),
        ("principalId eq", "$filter"),
        ("not asTarget()", "asTarget"),
        (f"assignedTo('{NORA}') and asTarget()", "'assignedTo()' and 'asTarget()'"),
        (f"atScope() and asTarget() and assignedTo('{NORA}')", "'asTarget()' and 'assignedTo()'"),
    ],
)
async def test_filters_that_make_no_sense(office: ArmOffice, text: str, said: str) -> None:
    answer = await office.get(GRACE, lists(ACTIVE, text))
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


@pytest.mark.inferred("one relation would silence the other")
@pytest.mark.parametrize(
    ("one", "other"), [("asTarget()", "asApprover()"), ("asRequestor()", "asTarget()")]
)
async def test_requests_are_found_by_one_relation(office: ArmOffice, one: str, other: str) -> None:
    answer = await office.get(GRACE, lists(REQUESTS, f"{one} and {other}"))
    assert answer.status_code == 400
    assert f"'{one}' and '{other}'" in answer.json()["error"]["message"]
    assert (await office.get(GRACE, lists(REQUESTS, f"atScope() and {one}"))).status_code == 200


@pytest.mark.inferred(
    "one entry costs one look at the rights, and one at the entries if one sees all"
)
@pytest.mark.parametrize("who", [GRACE, HANA])
async def test_the_rights_are_looked_at_once_for_an_entry(
    office: ArmOffice, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    asked: list[str] = []

    def listen(name: str) -> None:
        answer = getattr(SqliteStore, name)

        async def tell(*told: object, **more: object) -> object:
            asked.append(name)
            return await answer(*told, **more)

        monkeypatch.setattr(SqliteStore, name, tell)

    for name in ("load_rights", "read_grants"):
        listen(name)
    absent = f"{SUBSCRIPTION}/{PROVIDER}/{ACTIVE}/{BESIDE.id}?{VERSION}"
    assert (await office.get(who, absent)).status_code == 404
    assert asked == ["load_rights", "read_grants"]


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/eligibleChildResources",
)
@pytest.mark.documented("INS-021; published example GetEligibleChildResourcesByScope")
async def test_where_something_could_be_activated(office: ArmOffice) -> None:
    async def children(who: str, scope: str, more: str = "") -> list[tuple[str, str]]:
        address = f"{scope}/{PROVIDER}/eligibleChildResources?{VERSION}{more}"
        rows = await office.walk(who, address)
        return [(row["id"], row["type"]) for row in rows]

    groups = [(DATA, "resourcegroup"), (WEB, "resourcegroup")]
    assert await children(HANA, SUBSCRIPTION) == groups
    assert await children(HANA, GROUP) == [(SUBSCRIPTION, "subscription")]
    deep = await children(HANA, GROUP, "&$getAllChildren=true")
    assert deep == sorted([(SUBSCRIPTION, "subscription"), *groups])
    assert await children(HANA, GROUP, "&$getAllChildren=true&$top=1") == deep
    one_kind = "&$filter=resourceType eq 'resourcegroup'&getAllChildren=true"
    assert await children(HANA, GROUP, one_kind) == groups
    either = "&$filter=resourceType eq 'subscription' or resourceType eq 'resourcegroup'"
    assert await children(HANA, SUBSCRIPTION, either) == groups
    assert await children(OMAR, SUBSCRIPTION) == [(DATA, "resourcegroup")]
    assert await children(NORA, SUBSCRIPTION) == []
