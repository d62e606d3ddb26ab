"""Nobody is told what is there or not by asking for what they may not do."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest

from tests.dialects.arm.asking import ASSIGNMENTS, ELIGIBILITIES, VERSION, body, days, path
from tests.dialects.arm.estate import (
    GROUP,
    PROVIDER,
    SUBSCRIPTION,
    WEB,
    Held,
    add,
    build_estate,
    place,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, GRACE, NORA, OMAR, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import ChangeSet
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.ids import RoleId
from timebound.domain.roles import AZURE_OWNER

pytestmark = pytest.mark.inferred("what is there is told to who may do something there alone")
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
NAME = "c0ffee00-0000-4000-8000-000000000001"
NONE = f"{SUBSCRIPTION}/resourceGroups/none"
ASKED = {"properties": {"roleDefinitionId": role_id(READER), "principalId": OMAR}}
DECIDED = {"properties": {"reviewResult": "Approve"}}
OWN = "asTarget()"
_PREVIEW = "api-version=2021-01-01-preview"


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    told = answer.json() if answer.content else {}
    return answer.status_code, told.get("error", {}).get("code")


@pytest.mark.parametrize(
    ("method", "rest", "sent"),
    [
        ("PUT", f"roleAssignments/{NAME}?api-version=2022-04-01", ASKED),
        ("PUT", f"roleAssignments/{NAME}?api-version=2022-04-01", {"properties": {}}),
        ("POST", f"roleAssignments/{NAME}/validate?api-version=2020-08-01-preview", ASKED),
        ("DELETE", f"roleAssignments/{NAME}?api-version=2022-04-01", None),
        ("PATCH", f"roleAssignmentApprovals/{NAME}/stages/{NAME}?{_PREVIEW}", DECIDED),
        ("GET", f"roleAssignmentApprovals?{_PREVIEW}&$filter=asApprover()", None),
        ("GET", f"roleAssignmentScheduleInstances?{VERSION}&$filter={OWN}", None),
        ("GET", f"roleEligibilityScheduleRequests?{VERSION}&$filter={OWN}", None),
        ("GET", f"roleAssignmentSchedules/{NAME}?{VERSION}", None),
    ],
)
async def test_a_missing_place_is_told_to_who_may_act_there(
    office: ArmOffice, method: str, rest: str, sent: dict[str, Any] | None
) -> None:
    async def call(who: Any, where: str) -> tuple[int, str | None]:  # noqa: ANN401 - who signs in
        headers = {"authorization": f"Bearer {office.sign_in(who)}"}
        address = f"{where}/{PROVIDER}/{rest}"
        return code_of(await office.client.request(method, address, json=sent, headers=headers))

    assert await call(NORA, NONE) == await call(NORA, WEB)
    if sent != {"properties": {}}:
        assert await call(GRACE, NONE) == (HTTPStatus.NOT_FOUND, "ResourceGroupNotFound")


@pytest.mark.parametrize("kind", [ASSIGNMENTS, ELIGIBILITIES])
@pytest.mark.parametrize(
    "action",
    ["AdminAssign", "AdminRemove", "AdminExtend", "SelfActivate", "SelfDeactivate", "SelfExtend"],
)
async def test_a_request_tells_nobody_of_a_missing_place(
    office: ArmOffice, kind: str, action: str
) -> None:
    asked = body(action, NORA if action.startswith("Self") else OMAR, scheduleInfo=days(1))
    there = await office.put(NORA, path(kind, 1, WEB), asked)
    assert code_of(await office.put(NORA, path(kind, 1, NONE), asked)) == code_of(there)
    own = body(action, GRACE if action.startswith("Self") else OMAR, scheduleInfo=days(1))
    told = code_of(await office.put(GRACE, path(kind, 2, NONE), own))
    assert told == (HTTPStatus.NOT_FOUND, "ResourceGroupNotFound")


async def test_that_there_is_no_such_subscription_is_told_to_everybody(office: ArmOffice) -> None:
    none = SUBSCRIPTION[:-1] + "9"
    rest = f"roleAssignments/{NAME}?api-version=2022-04-01"
    told = await office.put(NORA, f"{none}/{PROVIDER}/{rest}", ASKED)
    assert code_of(told) == (HTTPStatus.NOT_FOUND, "SubscriptionNotFound")
    asked = body("AdminAssign", OMAR, scheduleInfo=days(1))
    told = await office.put(NORA, path(ASSIGNMENTS, 1, none), asked)
    assert code_of(told) == (HTTPStatus.NOT_FOUND, "SubscriptionNotFound")


async def test_an_alias_of_others_is_told_to_nobody_who_may_not_read_it(office: ArmOffice) -> None:
    """Omar makes subscriptions elsewhere, under a name that is taken."""
    mine = f"{MANAGEMENT_GROUPS}/mine"
    nodes = (PutScope(place(mine), place("/")),)
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), nodes))
    held = (Held(60, GRACE, AZURE_OWNER, GROUP), Held(61, OMAR, AZURE_OWNER, mine))
    await add(office.store, *held)
    alias = "/providers/Microsoft.Subscription/aliases/secret?api-version=2021-10-01"

    def ask(group: str, name: str) -> dict[str, Any]:
        more = {"managementGroupId": group, "tags": {"k": "hidden"}}
        return {"properties": {"displayName": name, "additionalProperties": more}}

    assert (
        await office.put(GRACE, alias, ask(GROUP, "Bluebird"))
    ).status_code == HTTPStatus.CREATED
    told = await office.put(OMAR, alias, ask(mine, "x"))
    assert code_of(told) == (HTTPStatus.CONFLICT, "Conflict")
    assert "Bluebird" not in told.text
    assert (await office.put(GRACE, alias, ask(GROUP, "x"))).status_code == HTTPStatus.OK
