"""Conditions of what is given by requests: they only ever narrow."""

from datetime import timedelta

import pytest

from tests.dialects.arm.asking import (
    ASSIGNMENTS,
    ELIGIBILITIES,
    VERSION,
    body,
    days,
    lasting,
    path,
)
from tests.dialects.arm.estate import PROVIDER, SUBSCRIPTION, build_estate
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import GRACE, HANA, NORA


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


@pytest.mark.inferred("a condition narrows: an activation has that of its eligibility")
async def test_an_activation_has_the_condition_of_its_eligibility(office: ArmOffice) -> None:
    condition = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'logs'"
    given = body("AdminAssign", NORA, scheduleInfo=days(3), condition=condition)
    answer = await office.put(GRACE, path(ELIGIBILITIES, 1), given)
    assert answer.json()["properties"]["condition"] == condition
    assert answer.json()["properties"]["conditionVersion"] == "2.0"
    asked = body("SelfActivate", NORA, scheduleInfo=lasting())
    assert (await office.put(NORA, path(ASSIGNMENTS, 2), asked)).status_code == 201
    instances = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances"
    (row,) = await office.walk(NORA, f"{instances}?{VERSION}&$filter=asTarget()")
    assert row["properties"]["condition"] == condition


@pytest.mark.inferred("promise 6: an activation never widens beyond its eligibility")
async def test_a_new_condition_ends_what_stands_without_it(office: ArmOffice) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    assert (await office.put(HANA, path(ASSIGNMENTS, 1), asked)).status_code == 201
    office.clock.advance(timedelta(minutes=10))
    condition = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'logs'"
    asked = body("AdminUpdate", HANA, scheduleInfo=days(90), condition=condition)
    assert (await office.put(GRACE, path(ELIGIBILITIES, 2), asked)).status_code == 201
    instances = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances"
    assert await office.walk(HANA, f"{instances}?{VERSION}&$filter=asTarget()") == []


@pytest.mark.inferred("what is renewed is what was held last, with its condition")
async def test_a_renewal_keeps_the_condition_of_what_is_renewed(office: ArmOffice) -> None:
    """A future eligibility without a condition, cancelled before it began, was never held."""
    condition = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'logs'"
    given = body("AdminAssign", NORA, scheduleInfo=days(3), condition=condition)
    assert (await office.put(GRACE, path(ELIGIBILITIES, 1), given)).status_code == 201
    later = (office.clock.now() + timedelta(days=5)).isoformat()
    given = body("AdminAssign", NORA, scheduleInfo={"startDateTime": later, **days(3)})
    assert (await office.put(GRACE, path(ELIGIBILITIES, 2), given)).status_code == 201
    gone = await office.post(GRACE, path(ELIGIBILITIES, 2, verb="/cancel"))
    assert gone.status_code == 200, gone.text
    office.clock.advance(timedelta(days=6))
    renewed = body("AdminRenew", NORA, scheduleInfo=days(3))
    answer = await office.put(GRACE, path(ELIGIBILITIES, 3), renewed)
    assert answer.status_code == 201, answer.text
    schedules = f"{SUBSCRIPTION}/{PROVIDER}/roleEligibilitySchedules?{VERSION}&$filter=asTarget()"
    (row,) = await office.walk(NORA, schedules)
    assert row["properties"].get("condition") == condition
