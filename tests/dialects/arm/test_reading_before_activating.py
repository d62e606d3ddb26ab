"""Activating at a resource group over HTTP, by who can read the group and who cannot."""

from datetime import timedelta

import pytest

from tests.dialects.arm.asking import ASSIGNMENTS, body, code, lasting, path
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    DATA,
    HANA_ELIGIBLE,
    READER,
    Held,
    add,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import HANA, OMAR
from timebound.domain.grants import GrantKind

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


@pytest.mark.observed("Omnicit.PIM, a live activation at a group that was not read before; INS-008")
async def test_a_member_activates_what_the_group_is_eligible_for(office: ArmOffice) -> None:
    asked = body("SelfActivate", OMAR, scheduleInfo=lasting())
    answer = await office.put(OMAR, path(ASSIGNMENTS, 1, DATA), asked)
    assert answer.status_code == 201
    assert answer.json()["properties"]["principalId"] == OMAR


@pytest.mark.observed("arm notes 3: an eligibility above the resource group; ACT-040")
async def test_a_group_has_to_be_read_by_who_is_eligible_above_it(office: ArmOffice) -> None:
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    for send, verb in ((office.put, ""), (office.post, "/validate")):
        unread = await send(HANA, path(ASSIGNMENTS, 1, DATA, verb), asked)
        assert code(unread) == (403, "AuthorizationFailed")
        action = "Microsoft.Resources/subscriptions/resourceGroups/read"
        assert f"perform action '{action}' over scope '{DATA}'" in unread.text
    await add(office.store, Held(20, HANA, READER, DATA))
    assert (await office.put(HANA, path(ASSIGNMENTS, 1, DATA), asked)).status_code == 201


@pytest.mark.inferred("what is named is used, and what is over is no use")
async def test_the_eligibility_at_the_group_has_to_be_of_use(office: ArmOffice) -> None:
    eligible, now = GrantKind.ELIGIBLE, office.clock.now()
    over = Held(20, HANA, CONTRIBUTOR, DATA, eligible, now - 2 * DAY, now - DAY)
    later = Held(21, HANA, CONTRIBUTOR, DATA, eligible, now + DAY)
    await add(office.store, over, later)
    asked = body("SelfActivate", HANA, scheduleInfo=lasting())
    unread = await office.put(HANA, path(ASSIGNMENTS, 1, DATA), asked)
    assert code(unread) == (403, "AuthorizationFailed")
    await add(office.store, Held(22, HANA, CONTRIBUTOR, DATA, eligible, end=later.start))
    above = {"linkedRoleEligibilityScheduleId": HANA_ELIGIBLE.id}
    asked["properties"] |= above
    unread = await office.put(HANA, path(ASSIGNMENTS, 1, DATA), asked)
    assert code(unread) == (403, "AuthorizationFailed")
    del asked["properties"]["linkedRoleEligibilityScheduleId"]
    assert (await office.put(HANA, path(ASSIGNMENTS, 1, DATA), asked)).status_code == 201
