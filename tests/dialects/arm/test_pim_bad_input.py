"""Requests that name what is not there, or make no sense: each is told by its property."""

from typing import Any

import pytest

from tests.dialects.arm.asking import ELIGIBILITIES, body, code, days, name, path
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    PROVIDER,
    SUBSCRIPTION,
    WEB,
    build_estate,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import GRACE, NORA

ALIAS = "/providers/Microsoft.Subscription"


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


@pytest.mark.documented("ASG-041: Azure/azapi#692")
@pytest.mark.parametrize(
    ("spelled", "status"),
    [
        (f"{SUBSCRIPTION.upper()}/{PROVIDER}/roleDefinitions/{CONTRIBUTOR.upper()}", 201),
        (f"{SUBSCRIPTION[1:]}/{PROVIDER}/roleDefinitions/{CONTRIBUTOR}", 201),
        (f"{ALIAS}{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{CONTRIBUTOR}", 201),
        (CONTRIBUTOR, 201),
        (f"/{PROVIDER}/roleDefinitions/{CONTRIBUTOR}", 400),
        (f"/subscriptions/{name(9)}/{PROVIDER}/roleDefinitions/{CONTRIBUTOR}", 400),
    ],
)
async def test_roles_are_named_as_the_place_sees_them(
    office: ArmOffice, spelled: str, status: int
) -> None:
    asked = body("AdminAssign", NORA, scheduleInfo=days(3), roleDefinitionId=spelled)
    answer = await office.put(GRACE, path(ELIGIBILITIES, 1), asked)
    assert answer.status_code == status
    if status == 201:
        assert answer.json()["properties"]["roleDefinitionId"] == role_id(CONTRIBUTOR)
    else:
        assert answer.json()["error"]["code"] == "ScopeDoesNotMatchRoleDefinition"


@pytest.mark.documented("ERR-038, ERR-041, ERR-063")
@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"roleDefinitionId": name(1)}, 400, "RoleDefinitionDoesNotExist"),
        ({"roleDefinitionId": None}, 400, "'roleDefinitionId' is missing"),
        ({"principalId": "nora"}, 400, "'principalId' is 'nora'"),
        ({"principalId": None}, 400, "'principalId' is missing"),
        ({"requestType": "Steal"}, 400, "'requestType' is 'Steal'"),
        ({"requestType": None}, 400, "'requestType' is missing"),
        ({"scheduleInfo": {"expiration": {"type": "Never"}}}, 400, "type' is 'Never'"),
        ({"scheduleInfo": {"startDateTime": "soon"}}, 400, "scheduleInfo.startDateTime"),
        ({"condition": "@Nothing"}, 400, "condition"),
        ({"condition": "@Resource[a:b] Eats 'c'"}, 400, "condition"),
    ],
)
async def test_bad_input_is_told_by_its_property(
    office: ArmOffice, change: dict[str, Any], status: int, said: str
) -> None:
    asked = body("AdminAssign", NORA, scheduleInfo=days(3))
    asked["properties"] |= change
    answer = await office.put(GRACE, path(ELIGIBILITIES, 1), asked)
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.documented("arm notes 10: places that are not there")
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (f"/subscriptions/{name(9)}", "SubscriptionNotFound"),
        (f"{SUBSCRIPTION}/resourceGroups/none", "ResourceGroupNotFound"),
        (f"{WEB}/providers/Microsoft.Web/sites/none", "ResourceNotFound"),
    ],
)
async def test_places_that_are_not_there(office: ArmOffice, scope: str, expected: str) -> None:
    asked = body("AdminAssign", NORA, scheduleInfo=days(3))
    answer = await office.put(GRACE, path(ELIGIBILITIES, 1, scope), asked)
    assert code(answer) == (404, expected)
