"""What coming into a group would need, told before anybody asks for it."""

from typing import Any, Final

import pytest

from tests.scenarios.company import Company, found_company
from tests.scenarios.group_calls import APPLICATIONS, call, make_eligible, need_agreement
from tests.scenarios.policy_calls import user
from timebound.application.ports import Store

EXPLAIN: Final = "/control/activations/explain"
pytestmark = pytest.mark.documented("issue: explain needed to activate a role, of groups as well")


@pytest.fixture
async def company(store: Store, label: str) -> Company:
    """A tenant whose people may ask about groups."""
    return await found_company(store, label, APPLICATIONS)


async def explain(company: Company, who: str, group: str, **said: object) -> dict[str, Any]:
    body = {"groupId": company.find(group), "accessId": "member", **said}
    answer = await call(company, who, "POST", EXPLAIN, body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_what_coming_into_a_group_needs(company: Company) -> None:
    nothing = await explain(company, "eve", "Watch", duration="PT1H", justification="On call")
    assert nothing["outcome"] == "refused"
    assert [one["reason"] for one in nothing["problems"]] == ["notEligible"]
    await make_eligible(company, "eve", "Watch")

    told = await explain(company, "eve", "Watch", duration="PT1H", justification="On call")

    assert (told["outcome"], told["problems"]) == ("granted", [])
    assert told["window"] == {"start": "2030-03-04T08:00:00Z", "end": "2030-03-04T09:00:00Z"}
    assert told["needs"]["justification"] is True
    assert told["needs"]["maximumDuration"] == "PT28800S"
    await need_agreement(company, company.find("Watch"), user(company.find("uma")))
    asked = await explain(company, "eve", "Watch", duration="PT1H", justification="On call")
    assert asked["outcome"] == "needsApproval"
    assert asked["needs"]["approval"]["approvers"]["users"] == [company.find("uma")]


async def test_who_may_look_into_the_group_is_told_of_others(company: Company) -> None:
    await make_eligible(company, "eve", "Watch")
    said = {"principalId": company.find("eve"), "duration": "PT1H", "justification": "On call"}

    assert (await explain(company, "pia", "Watch", **said))["outcome"] == "granted"

    body = {"groupId": company.find("Watch"), "accessId": "member", **said}
    assert (await call(company, "finn", "POST", EXPLAIN, body)).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"groupId": "11111111-2222-4333-8444-555555555555"},
        {"accessId": "member"},
        {
            "groupId": "11111111-2222-4333-8444-555555555555",
            "accessId": "member",
            "roleDefinitionId": "11111111-2222-4333-8444-555555555555",
        },
        {"groupId": "11111111-2222-4333-8444-555555555555", "accessId": "guest"},
        {
            "groupId": "11111111-2222-4333-8444-555555555555",
            "accessId": "owner",
            "directoryScopeId": "/",
        },
    ],
)
async def test_one_thing_is_asked_about(company: Company, body: dict[str, str]) -> None:
    answer = await call(company, "eve", "POST", EXPLAIN, body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidBody"
