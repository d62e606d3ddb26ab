"""Elevating access, the use of role assignments, and what is left of the classic way, over HTTP."""

from datetime import timedelta

import pytest

from tests.dialects.arm.assigning import NAME, address, body, error, told
from tests.dialects.arm.estate import (
    GROUP,
    HANA_ELIGIBLE,
    OTHER,
    PROVIDER,
    SUBSCRIPTION,
    WEB,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, NORA, ROBOT, SAMUEL, TENANT
from tests.support.sealing import make_signer
from timebound.application.auditing import AuditTrail
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.queries import Query
from timebound.application.sealing import Sealer
from timebound.domain.audit.records import Category, Service
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.roles import AZURE_USER_ACCESS_ADMINISTRATOR, GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Window

ELEVATE = f"/{PROVIDER}/elevateAccess?api-version=2015-07-01"
USAGE = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentsUsageMetrics?api-version=2019-08-01-preview"
LISTED = f"/{PROVIDER}/roleAssignments?api-version=2022-04-01&$filter=atScope()"

documented = pytest.mark.documented("Azure: elevate access to manage all subscriptions")


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


async def records(office: ArmOffice) -> list[tuple[str, str, str]]:
    """What the audit log tells, by service and category."""
    trail = AuditTrail(office.store, Sealer(office.store, make_signer()))
    await trail.catch_up(TENANT, office.clock.now())
    page = await office.store.read_audits(TENANT, Query(1_000))
    return [(row.service, row.category, row.activity) for row in page.rows]


@pytest.mark.documented("GlobalAdministrator_ElevateAccess@2015-07-01#ElevateAccess")
@pytest.mark.witness("POST providers/Microsoft.Authorization/elevateAccess")
async def test_a_global_administrator_takes_the_role_over_everything(office: ArmOffice) -> None:
    assert error(await office.get(HENRIK, LISTED)) == (403, "AuthorizationFailed")
    for _ in range(2):
        answer = await office.post(HENRIK, ELEVATE)
        assert (answer.status_code, answer.content) == (200, b"")
    (row,) = await office.walk(HENRIK, LISTED)
    assert row["properties"]["principalId"] == HENRIK
    assert row["properties"]["scope"] == "/"
    assert row["properties"]["roleDefinitionId"].endswith(AZURE_USER_ACCESS_ADMINISTRATOR)
    assert row["id"] == f"/{PROVIDER}/roleAssignments/{row['name']}"
    made = await office.put(HENRIK, address(scope=GROUP), body())
    assert made.status_code == 201


@documented
async def test_nobody_else_does(office: ArmOffice) -> None:
    for who in (HANA, ROBOT, SAMUEL, office.sign_in(GRACE, frozenset())):
        answer = await office.post(who, ELEVATE)
        assert error(answer) == (403, "AuthorizationFailed")
        assert "'Microsoft.Authorization/elevateAccess/action'" in told(answer)
        assert "over scope '/providers/Microsoft.Authorization'" in told(answer)


@pytest.mark.inferred("a role that is activated counts as long as it is")
async def test_an_activated_global_administrator_does_while_it_lasts(office: ArmOffice) -> None:
    window = Window(DAWN, DAWN + timedelta(hours=1))
    slot = Slot(PrincipalId(HANA), GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    running = Grant(GrantId(NAME), slot, GrantKind.ACTIVATED, window, DAWN)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (InsertGrant(running),))
    assert await office.store.apply(change)
    office.clock.at = DAWN + timedelta(hours=1)
    assert error(await office.post(HANA, ELEVATE)) == (403, "AuthorizationFailed")
    office.clock.at = DAWN
    assert (await office.post(HANA, ELEVATE)).status_code == 200
    office.clock.at = DAWN + timedelta(hours=2)
    (row,) = await office.walk(HANA, LISTED)
    assert row["properties"]["principalId"] == HANA
    assert window.end != ENDLESS


@documented
async def test_both_ends_of_it_are_told_under_the_published_names(office: ArmOffice) -> None:
    await office.post(HENRIK, ELEVATE)
    (row,) = await office.walk(HENRIK, LISTED)
    assert (await office.delete(HENRIK, address(row["name"], "/"))).status_code == 200
    own = (Service.ELEVATION.value, Category.ELEVATION.value)
    told_of = [name for *whose, name in await records(office) if tuple(whose) == own]
    assert sorted(told_of) == [
        "The role assignment of User Access Administrator has been removed from the user",
        "User has elevated their access to User Access Administrator for their Azure Resources",
    ]


@pytest.mark.inferred("whoever assigns past PIM is told of by it, whoever changes terms as well")
async def test_what_is_assigned_and_changed_is_told(office: ArmOffice) -> None:
    await office.put(GRACE, address(), body(description="Old"))
    await office.put(GRACE, address(), body(description="New"))
    await office.put(NORA, address(), body(description="Mine"))
    names = [name for _, _, name in await records(office)]
    assert "Add member to role outside of PIM (permanent)" in names
    # Made, changed, and refused to somebody.
    assert names.count("Create role assignment") == 3


@pytest.mark.documented(
    "RoleAssignmentMetrics_GetMetricsForSubscription@2019-08-01-preview"
    "#RoleAssignmentMetrics_GetForSubscription"
)
@pytest.mark.witness(
    "GET subscriptions/{subscriptionId}/providers/Microsoft.Authorization"
    "/roleAssignmentsUsageMetrics"
)
async def test_the_use_of_a_subscription_is_told(office: ArmOffice) -> None:
    await office.put(GRACE, address(scope=WEB), body())
    answer = await office.get(SAMUEL, USAGE)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "subscriptionId": SUBSCRIPTION.rpartition("/")[2],
            "roleAssignmentsLimit": 4000,
            "roleAssignmentsCurrentCount": 4,
            "roleAssignmentsRemainingCount": 3996,
        },
    )
    assert HANA_ELIGIBLE.kind is GrantKind.ELIGIBLE
    assert error(await office.get(NORA, USAGE.replace(SUBSCRIPTION, OTHER)))[0] == 403


@pytest.mark.documented(
    "ClassicAdministrators_List@{2015-06-01,2015-07-01}#GetClassicAdministrators"
)
@pytest.mark.witness(
    "GET subscriptions/{subscriptionId}/providers/Microsoft.Authorization/classicAdministrators",
)
@pytest.mark.parametrize("version", ["2015-06-01", "2015-07-01"])
async def test_there_are_no_classic_administrators(office: ArmOffice, version: str) -> None:
    path = f"{SUBSCRIPTION}/{PROVIDER}/classicAdministrators?api-version={version}"
    answer = await office.get(SAMUEL, path)
    assert (answer.status_code, answer.json()) == (200, {"value": []})
    assert error(await office.get(NORA, path)) == (403, "AuthorizationFailed")
    gone = path.replace(SUBSCRIPTION, f"{SUBSCRIPTION[:-1]}9")
    assert error(await office.get(SAMUEL, gone)) == (404, "SubscriptionNotFound")
