"""Role assignments around a place, as they are listed and filtered over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dialects.arm.assigning import NAME, NEWEST, address, body, error
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    DATA,
    GROUP,
    OTHER,
    OWNS,
    PROVIDER,
    READER,
    READS,
    ROBOT_OWNS,
    SITE,
    SUBSCRIPTION,
    WEB,
    Held,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, NORA, OMAR, SAMUEL, TIER2
from timebound.application.ports import Store
from timebound.domain.grants import GrantKind
from timebound.domain.roles import AZURE_OWNER

TOP = Held(14, HENRIK, AZURE_OWNER, "/")
ABOVE = Held(11, NORA, READER, GROUP)
BELOW = Held(12, NORA, READER, SITE)
BESIDE = Held(13, NORA, READER, OTHER)
CREW = Held(15, TIER2, READER, DATA)
RUNNING = Held(16, HANA, CONTRIBUTOR, WEB, GrantKind.ACTIVATED, end=DAWN + timedelta(hours=1))
AHEAD = Held(17, NORA, CONTRIBUTOR, WEB, start=DAWN + timedelta(hours=1))
AT = (OWNS, ROBOT_OWNS, READS)
INSIDE = (BELOW, CREW, RUNNING)
OUTSIDE = (TOP, ABOVE)

documented = pytest.mark.documented("Azure: list role assignments by REST; arm notes 5")


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store, TOP, ABOVE, BELOW, BESIDE, CREW, RUNNING, AHEAD)


def lists(text: str = "", scope: str = SUBSCRIPTION, version: str = NEWEST) -> str:
    asked = f"&$filter={text}" if text else ""
    path = f"{scope.rstrip('/')}/{PROVIDER}/roleAssignments"
    return f"{path}?api-version={version}{asked}"


def named(*held: Held) -> list[str]:
    return sorted(one.id for one in held)


async def ids(office: ArmOffice, text: str = "", scope: str = SUBSCRIPTION) -> list[str]:
    return sorted(row["name"] for row in await office.walk(GRACE, lists(text, scope)))


@documented
@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/roleAssignments",
)
async def test_a_list_tells_what_is_there_above_and_below(office: ArmOffice) -> None:
    assert await ids(office) == named(*AT, *INSIDE, *OUTSIDE)
    assert await ids(office, scope=WEB) == named(*AT, BELOW, RUNNING, *OUTSIDE)
    assert await ids(office, scope=SITE) == named(*AT, BELOW, RUNNING, *OUTSIDE)
    answer = await office.get(HENRIK, lists(scope="/"))
    everything = named(*AT, *INSIDE, *OUTSIDE, BESIDE)
    assert sorted(row["name"] for row in answer.json()["value"]) == everything
    assert "nextLink" not in answer.json()


@pytest.mark.observed("Azure/azure-cli#27509: assignments of a management group, listed below it")
async def test_what_is_inherited_names_its_role_as_seen_from_the_subscription(
    office: ArmOffice,
) -> None:
    role = f"{PROVIDER}/roleDefinitions/{AZURE_OWNER}"
    for scope, expected in ((WEB, f"{SUBSCRIPTION}/{role}"), ("/", f"/{role}")):
        rows = await office.walk(HENRIK, lists(scope=scope))
        (top,) = [row["properties"] for row in rows if row["name"] == TOP.id]
        assert (top["scope"], top["roleDefinitionId"]) == ("/", expected)


@documented
async def test_at_scope_nothing_from_below_is_told(office: ArmOffice) -> None:
    assert await ids(office, "atScope()") == named(*AT, *OUTSIDE)
    assert await ids(office, "atscope()", WEB) == named(*AT, RUNNING, *OUTSIDE)


@documented
async def test_a_principal_is_found_by_their_own_assignments(office: ArmOffice) -> None:
    assert await ids(office, f"principalId eq '{NORA}'") == named(ABOVE, BELOW)
    assert await ids(office, f"(principalId+eq+'{TIER2.upper()}')") == named(CREW)
    assert await ids(office, f"principalId eq '{OMAR}'") == []
    assert await ids(office, f"principalId eq '{NORA}' and atScope()") == named(ABOVE)


@documented
async def test_what_somebody_has_counts_their_groups(office: ArmOffice) -> None:
    assert await ids(office, f"assignedTo('{OMAR}')") == named(CREW)
    assert await ids(office, f"atScope() and assignedTo('{NORA}')") == named(ABOVE)
    assert await ids(office, f"AssignedTo('{HANA}')") == named(RUNNING)
    (row,) = await office.walk(GRACE, lists(f"assignedTo('{OMAR}')"))
    assert (row["properties"]["principalId"], row["properties"]["principalType"]) == (
        TIER2,
        "Group",
    )


@documented
@pytest.mark.parametrize(
    "text",
    [
        f"assignedTo('{TIER2}')",
        "assignedTo('omar')",
        "assignedTo()",
        "atScope(1)",
        "asApprover()",
        "principalName eq 'Nora'",
        "principalId eq 'nora'",
        "principalId",
        "atScope() or",
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(office: ArmOffice, text: str) -> None:
    assert error(await office.get(GRACE, lists(text))) == (400, "BadRequest")


@documented
async def test_who_may_not_read_there_is_refused(office: ArmOffice) -> None:
    for who, scope in ((OMAR, SUBSCRIPTION), (GRACE, "/"), (GRACE, GROUP), (GRACE, OTHER)):
        assert error(await office.get(who, lists(scope=scope))) == (403, "AuthorizationFailed")
    assert error(await office.get(OMAR, lists(f"assignedTo('{OMAR}')")))[0] == 403
    assert (await office.get(NORA, lists(scope=SITE))).status_code == 200
    missing = f"{SUBSCRIPTION}/resourceGroups/none"
    assert error(await office.get(GRACE, lists(scope=missing))) == (404, "ResourceGroupNotFound")


@documented
async def test_pages_follow_one_another(store: Store) -> None:
    opened = open_arm(store, page_size=2)
    async with opened.client:
        first = (await opened.get(GRACE, lists())).json()
        assert len(first["value"]) == 2
        assert "$skipToken=" in first["nextLink"]
        rows = await opened.walk(GRACE, lists())
        assert sorted(row["name"] for row in rows) == named(*AT, *INSIDE, *OUTSIDE)
        stolen = await opened.get(SAMUEL, first["nextLink"])
        assert stolen.status_code == 400


@documented
async def test_what_is_over_or_ahead_is_no_assignment(office: ArmOffice) -> None:
    office.clock.at = DAWN + timedelta(hours=1)
    assert await ids(office, scope=WEB) == named(*AT, BELOW, AHEAD, *OUTSIDE)
    assert error(await office.get(GRACE, address(RUNNING.id, WEB)))[0] == 404
    assert (await office.get(GRACE, address(AHEAD.id, WEB))).status_code == 200


@pytest.mark.documented("notes 2: the shapes of the versions")
@pytest.mark.parametrize(
    ("version", "more"),
    [
        ("2015-07-01", set()),
        ("2017-10-01-preview", set()),
        ("2018-01-01-preview", {"principalType"}),
        ("2018-09-01-preview", {"principalType"}),
        ("2020-03-01-preview", {"principalType", "condition", "conditionVersion"}),
        ("2020-04-01-preview", {"principalType", "condition", "conditionVersion", "description"}),
        ("2020-08-01-preview", {"principalType", "condition", "conditionVersion", "description"}),
        ("2020-10-01-preview", {"principalType", "condition", "conditionVersion", "description"}),
        ("2022-04-01", {"principalType", "condition", "conditionVersion", "description"}),
        ("2026-08-01", {"principalType", "condition", "conditionVersion", "description"}),
    ],
)
async def test_each_version_tells_what_it_knows(
    office: ArmOffice, version: str, more: set[str]
) -> None:
    condition = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'archive'"
    said: dict[str, Any] = {"condition": condition, "description": "For reports"}
    assert (await office.put(GRACE, address(), body(**said))).status_code == 201
    always = {"roleDefinitionId", "principalId", "scope", "createdOn", "updatedOn"}
    row = next(
        one for one in await office.walk(GRACE, lists(version=version)) if one["name"] == NAME
    )
    assert set(row["properties"]) == {*always, "createdBy", "updatedBy", *more}
    assert set(row) == {"properties", "id", "type", "name"}
