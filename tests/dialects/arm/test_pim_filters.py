"""What the filters of PIM's lists tell together, and what each list may be asked for."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    DATA,
    GROUP,
    HANA_ELIGIBLE,
    OWNS,
    PROVIDER,
    READER,
    SITE,
    SUBSCRIPTION,
    WEB,
    Held,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, GRACE, HANA, NORA
from timebound.domain.grants import GrantKind

ELIGIBLE = ("roleEligibilitySchedules", "roleEligibilityScheduleInstances")
ACTIVE = ("roleAssignmentSchedules", "roleAssignmentScheduleInstances")
REQUESTS = ("roleEligibilityScheduleRequests", "roleAssignmentScheduleRequests")
PLAIN, APPROVALS = "roleAssignments", "roleAssignmentApprovals"
VERSIONS = {PLAIN: "2022-04-01", APPROVALS: "2021-01-01-preview"}
ABOVE = Held(21, HANA, READER, GROUP, GrantKind.ELIGIBLE)
BELOW = Held(22, HANA, READER, SITE, GrantKind.ELIGIBLE)
OTHERS = Held(23, NORA, READER, SUBSCRIPTION, GrantKind.ELIGIBLE)
LATER = DAWN + timedelta(hours=4)
ACTIVATED = Held(24, HANA, CONTRIBUTOR, SUBSCRIPTION, GrantKind.ACTIVATED, end=LATER)
ASSIGNED = Held(25, HANA, READER, DATA)
NAME = "cccccccc-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store, ABOVE, BELOW, OTHERS, ACTIVATED, ASSIGNED)


def lists(collection: str, text: str, scope: str = SUBSCRIPTION) -> str:
    version = VERSIONS.get(collection, "2020-10-01")
    return f"{scope}/{PROVIDER}/{collection}?api-version={version}&$filter={text}"


async def ids(office: ArmOffice, who: str, address: str) -> list[str]:
    return sorted(row["name"] for row in await office.walk(who, address))


@pytest.mark.observed("a how-to of Az.Resources: together, one's own at the scope and above")
@pytest.mark.parametrize("collection", ELIGIBLE)
async def test_own_entries_are_narrowed_to_a_place_and_above(
    office: ArmOffice, collection: str
) -> None:
    async def own(text: str, scope: str) -> list[str]:
        return await ids(office, HANA, lists(collection, text, scope))

    assert await own("asTarget()", SUBSCRIPTION) == sorted([HANA_ELIGIBLE.id, BELOW.id])
    assert await own("asTarget()", WEB) == [BELOW.id]
    words = ("asTarget()", "atScope()", f"roleDefinitionId eq '{role_id(READER)}'")
    for text in ("asTarget() and atScope()", "ATSCOPE() and (ASTARGET())"):
        assert await own(text, SUBSCRIPTION) == sorted([HANA_ELIGIBLE.id, ABOVE.id])
        assert await own(text, WEB) == sorted([HANA_ELIGIBLE.id, ABOVE.id])
    for order in permutations(words):
        assert await own(" and ".join(order), SUBSCRIPTION) == [ABOVE.id]


@pytest.mark.inferred("published of schedules and instances, found by as `status` is")
@pytest.mark.parametrize("collection", ACTIVE)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assignmentType eq 'Activated'", [ACTIVATED]),
        ("properties/AssignmentType eq 'activated' and status eq 'Provisioned'", [ACTIVATED]),
        (f"assignmentType eq 'Activated' and principalId eq '{NORA}'", []),
        (f"assignmentType eq 'Assigned' and principalId eq '{HANA}'", [ASSIGNED]),
        ("asTarget() and assignmentType eq 'Assigned'", [OWNS]),
        (f"assignmentType ne 'Assigned' and principalId eq '{HANA}'", [ACTIVATED]),
        (f"principalId eq '{HANA}' and assignmentType in ('Assigned')", [ASSIGNED]),
    ],
)
async def test_assignments_are_found_by_how_they_are_had(
    office: ArmOffice, collection: str, text: str, expected: list[Held]
) -> None:
    found = await ids(office, GRACE, lists(collection, text))
    assert found == sorted(one.id for one in expected)


@pytest.mark.inferred("a property with two values has no third one")
@pytest.mark.parametrize("said", ["'Eligible'", "7", "null", "''"])
async def test_how_something_is_had_is_one_of_two(office: ArmOffice, said: str) -> None:
    answer = await office.get(GRACE, lists(ACTIVE[0], f"assignmentType eq {said}"))
    assert answer.status_code == 400
    assert "'Activated' or 'Assigned'" in answer.json()["error"]["message"]


@pytest.mark.inferred("what entries of a list do not have they cannot be found by")
@pytest.mark.parametrize(
    ("collections", "text"),
    [
        ((*ELIGIBLE, *ACTIVE, PLAIN), "requestType eq 'SelfActivate'"),
        ((*ELIGIBLE, *ACTIVE, PLAIN), f"requestorId eq '{NAME}'"),
        ((*REQUESTS, APPROVALS), f"linkedRoleEligibilityScheduleId eq '{NAME}'"),
        ((*REQUESTS, APPROVALS), f"roleAssignmentScheduleRequestId eq '{NAME}'"),
        ((*ELIGIBLE, *REQUESTS, APPROVALS, PLAIN), "assignmentType eq 'Activated'"),
    ],
)
async def test_a_list_is_asked_for_what_its_entries_have(
    office: ArmOffice, collections: tuple[str, ...], text: str
) -> None:
    for collection in collections:
        answer = await office.get(GRACE, lists(collection, text))
        assert answer.status_code == 400, collection
        assert f"'{text.split(maxsplit=1)[0]}'" in answer.json()["error"]["message"]
