"""Policies of groups: who sees and changes them, and what is different about them."""

from urllib.parse import urlsplit

import pytest

from tests.scenarios.calls import UNKNOWN, code_of
from tests.scenarios.company import found_company
from tests.scenarios.policy_calls import (
    APPROVAL,
    ASSIGNMENTS,
    EXPIRATION,
    MODERATOR,
    POLICIES,
    approval,
    call_freely,
    expiration,
    select,
    user,
)
from timebound.application.ports import Store


@pytest.mark.documented("GDOC; TF-AD: member and owner have a policy each (POL-037)")
@pytest.mark.inferred("ids never change here, whatever other services do (POL-041)")
async def test_a_group_has_a_policy_for_members_and_one_for_owners(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"applications": [MODERATOR]})
    watch = company.find("Watch")
    asked = f"{ASSIGNMENTS}{select(watch, 'Group')}&$expand=policy($expand=rules)"

    rows = (await call_freely(company, "GET", asked)).json()["value"]

    assert {row["roleDefinitionId"] for row in rows} == {"member", "owner"}
    assert all(row["scopeId"] == watch and len(row["policy"]["rules"]) == 17 for row in rows)
    member = next(row for row in rows if row["roleDefinitionId"] == "member")
    path = f"{POLICIES}/{member['policyId']}"
    sent = {"rules": [expiration("PT1H")]}
    changed = await call_freely(company, "PATCH", path, sent)
    assert (changed.status_code, changed.json()["id"]) == (200, member["policyId"])
    one = f"{asked} and roleDefinitionId eq 'member'".replace("&$expand=policy($expand=rules)", "")
    (again,) = (await call_freely(company, "GET", one)).json()["value"]
    assert again["policyId"] == member["policyId"]
    await company.client.aclose()


@pytest.mark.observed("EasyPIM#28 (APR-009): nobody else decides about a group")
async def test_an_approval_of_a_group_names_somebody(store: Store, label: str) -> None:
    company = await found_company(store, label, {"applications": [MODERATOR]})
    asked = f"{ASSIGNMENTS}{select(company.find('Watch'), 'Group', 'member')}"
    (found,) = (await call_freely(company, "GET", asked)).json()["value"]
    path = f"{POLICIES}/{found['policyId']}/rules/{APPROVAL}"

    assert code_of(await call_freely(company, "PATCH", path, approval())) == (400, "InvalidPolicy")
    named = approval(user(company.find("uma")))
    assert (await call_freely(company, "PATCH", path, named)).status_code == 204
    await company.client.aclose()


@pytest.mark.inferred("a group that is not there has no policies")
async def test_there_are_no_policies_of_a_group_that_is_not_there(store: Store, label: str) -> None:
    company = await found_company(store, label, {"applications": [MODERATOR]})
    for scope_id in (UNKNOWN, "x", company.find("eve")):
        answer = await call_freely(company, "GET", f"{POLICIES}{select(scope_id, 'Group')}")
        assert (answer.status_code, answer.json()["value"]) == (200, [])
    answer = await call_freely(company, "GET", f"{POLICIES}/Group_{UNKNOWN}_{UNKNOWN}")
    assert code_of(answer) == (404, "Request_ResourceNotFound")
    await company.client.aclose()


@pytest.mark.documented("book 6: owners read and change the policies of their groups")
async def test_an_owner_sees_the_policies_of_their_group_on_every_page(
    store: Store, label: str
) -> None:
    team = {"displayName": "Team", "owners": ["eve@company.example"]}
    changes = {"applications": [MODERATOR], "groups": [team]}
    company = await found_company(store, label, changes)
    asked = f"{POLICIES}{select(company.find('Team'), 'Group')}"

    first = (await call_freely(company, "GET", f"{asked}&$top=1", who="eve")).json()
    parts = urlsplit(first["@odata.nextLink"])
    rest = await call_freely(company, "GET", f"{parts.path}?{parts.query}", who="eve")

    assert rest.status_code == 200, rest.text
    whole = (await call_freely(company, "GET", asked, who="eve")).json()["value"]
    assert [*first["value"], *rest.json()["value"]] == whole
    assert len(whole) == 2
    path = f"{POLICIES}/{whole[0]['id']}/rules/{EXPIRATION}"
    answer = await call_freely(company, "PATCH", path, expiration("PT1H"), who="eve")
    assert answer.status_code == 204, answer.text
    for who in ("finn", "uma"):
        assert (await call_freely(company, "GET", asked, who=who)).status_code == 403
        refused = await call_freely(company, "PATCH", path, expiration("PT2H"), who=who)
        assert code_of(refused) == (403, "Authorization_RequestDenied")
    await company.client.aclose()
