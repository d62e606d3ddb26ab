"""Policies, their assignments and their rules, read by everybody who may and by nobody else."""

from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.scenarios.calls import UNKNOWN, code_of, rows_of
from tests.scenarios.company import Company
from tests.scenarios.policy_calls import (
    ASSIGNMENTS,
    EXPIRATION,
    POLICIES,
    expiration,
    find_policy,
    patch_rule,
    read_rules,
    select,
)
from timebound.domain.policies import RULE_SLOTS

VERSIONS: Final = ("v1.0", "beta")


async def get(company: Company, path: str, who: str = "rex") -> dict[str, Any]:
    answer = await company.call(who, "GET", path)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.documented("policyroot-list-rolemanagementpolicies, 1 and 2")
@pytest.mark.witness("GET policies/roleManagementPolicies")
@pytest.mark.parametrize("word", ["Directory", "DirectoryRole"])
async def test_each_role_has_a_policy_by_either_word(company: Company, word: str) -> None:
    told = await get(company, f"/v1.0/policies/roleManagementPolicies{select('/', word)}")

    roles = await rows_of(company, "rex", "/v1.0/roleManagement/directory/roleDefinitions")
    assert len(told["value"]) == len({one["id"] for one in told["value"]}) == len(roles)
    assert {one["lastModifiedDateTime"] for one in told["value"]} == {None}
    assert told["@odata.context"].endswith("#policies/roleManagementPolicies")
    for one in told["value"]:
        prefix, tenant, _ = one["id"].split("_")
        assert (prefix, tenant) == (word, company.ids.tenant_id)
        assert one["displayName"] == one["description"] == one["scopeType"] == word


@pytest.mark.documented("unifiedrolemanagementpolicy-get, 1 and 2")
@pytest.mark.witness("GET policies/roleManagementPolicies/{id}")
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_policy_is_told_with_its_rules_and_what_is_in_effect(
    company: Company, version: str
) -> None:
    policy = await find_policy(company)
    path = f"/{version}/policies/roleManagementPolicies/{policy}"

    told = await get(company, f"{path}?$expand=effectiveRules,rules")

    assert told["id"] == policy
    assert told["rules"] == told["effectiveRules"]
    assert [one["id"] for one in told["rules"]] == list(RULE_SLOTS)
    assert told["@odata.context"].endswith(
        "#policies/roleManagementPolicies(effectiveRules(),rules())/$entity"
    )
    assert "rules" not in await get(company, path)
    assert (await get(company, f"{path}?$expand=*"))["rules"] == told["rules"]
    nested = await get(company, f"{path}?$select=scopeId&$expand=rules($select=id)")
    assert set(nested["rules"][0]) == {"@odata.type", "id"}


@pytest.mark.documented("unifiedrolemanagementpolicy-list-rules, list-effectiverules")
@pytest.mark.witness(
    "GET policies/roleManagementPolicies/{id}/rules",
    "GET policies/roleManagementPolicies/{id}/effectiveRules",
)
@pytest.mark.parametrize("name", ["rules", "effectiveRules"])
async def test_the_rules_of_a_policy_are_listed(company: Company, name: str) -> None:
    policy = await find_policy(company)
    path = f"/v1.0/policies/roleManagementPolicies/{policy}/{name}"

    told = await get(company, path)

    assert told["@odata.context"].endswith(f"#policies/roleManagementPolicies('{policy}')/{name}")
    assert [one["id"] for one in told["value"]] == list(RULE_SLOTS)
    (found,) = (await get(company, f"{path}?$filter=id eq '{EXPIRATION}'&$select=id,target"))[
        "value"
    ]
    assert (found["id"], found["target"]["caller"]) == (EXPIRATION, "EndUser")
    assert "maximumDuration" not in found


@pytest.mark.documented("unifiedrolemanagementpolicyrule-get")
@pytest.mark.witness(
    "GET policies/roleManagementPolicies/{id}/rules/{id}",
    "GET policies/roleManagementPolicies/{id}/effectiveRules/{id}",
)
@pytest.mark.parametrize("name", ["rules", "effectiveRules"])
async def test_one_rule_is_told(company: Company, name: str) -> None:
    policy = await find_policy(company)
    path = f"/v1.0/policies/roleManagementPolicies/{policy}/{name}"

    told = await get(company, f"{path}/{EXPIRATION.lower()}")

    assert told.pop("@odata.context").endswith(
        f"#policies/roleManagementPolicies('{policy}')/{name}/$entity"
    )
    assert told == (await read_rules(company, policy))[EXPIRATION]
    answer = await company.call("rex", "GET", f"{path}/Expiration_Nobody")
    assert code_of(answer) == (404, "Request_ResourceNotFound")


@pytest.mark.documented("unifiedrolemanagementpolicyassignment-get, 1 and 2")
@pytest.mark.witness(
    "GET policies/roleManagementPolicyAssignments/{id}",
    "GET policies/roleManagementPolicyAssignments/{id}/policy",
)
async def test_an_assignment_leads_to_its_policy(company: Company) -> None:
    policy, role = await find_policy(company), company.find("Reports Reader")
    path = f"/v1.0/policies/roleManagementPolicyAssignments/{policy}_{role}"

    told = await get(company, f"{path}?$expand=policy($expand=rules)")

    assert (told["policyId"], told["roleDefinitionId"]) == (policy, role)
    assert len(told["policy"]["rules"]) == 17
    assert (await get(company, f"{path}/policy"))["id"] == policy
    for wrong in (f"{policy}_{company.find('Teams Administrator')}", f"{policy}_{UNKNOWN}"):
        answer = await company.call("rex", "GET", f"{ASSIGNMENTS}/{wrong}")
        assert code_of(answer) == (404, "Request_ResourceNotFound")


@pytest.mark.inferred("ids are read in any case, and told as they are")
async def test_an_id_is_taken_in_any_case_and_by_either_word(company: Company) -> None:
    policy = await find_policy(company)
    for asked in (policy.lower(), policy.upper()):
        assert (await get(company, f"{POLICIES}/{asked}"))["id"] == policy
    other = policy.replace("DirectoryRole", "Directory")
    assert (await get(company, f"{POLICIES}/{other}"))["id"] == other


@pytest.mark.inferred("book 5: what a list does not take is refused")
@pytest.mark.parametrize(
    "clause",
    [
        "id eq 'x'",
        "displayName eq 'Directory'",
        "scopeId eq '/' and scopeType ne 'Directory'",
        "scopeId eq '/' and scopeType eq 'Directory' or scopeId eq 'x'",
        "not (scopeId eq '/') and scopeType eq 'Directory'",
        "scopeId in ('/', 'x') and scopeType eq 'Directory'",
        "scopeId eq '/' and scopeType eq 'Directory' and isOrganizationDefault eq false",
    ],
)
async def test_a_filter_asks_for_a_scope_and_nothing_else(company: Company, clause: str) -> None:
    answer = await company.call("rex", "GET", f"{POLICIES}?$filter={clause}")

    assert code_of(answer) == (400, "InvalidFilter")


@pytest.mark.documented("OData query options of the list operations")
async def test_a_list_is_followed_page_by_page(company: Company) -> None:
    whole = await get(company, f"{POLICIES}{select()}&$count=true")
    assert whole["@odata.count"] == len(whole["value"])
    page = await get(company, f"{POLICIES}{select()}&$top=50")
    found = page["value"]
    while link := page.get("@odata.nextLink"):
        parts = urlsplit(link)
        page = await get(company, f"{parts.path}?{parts.query}")
        found += page["value"]
    assert found == whole["value"]
    number = await company.call("rex", "GET", f"{POLICIES}/$count{select()}")
    assert int(number.text) == len(found)


@pytest.mark.documented("GDOC: Prefer; OData 8.2.8.7")
async def test_a_changed_rule_is_told_to_who_prefers_it(company: Company) -> None:
    policy = await find_policy(company)
    headers = {
        "authorization": f"Bearer {await company.sign_in('gail')}",
        "prefer": "return=representation",
    }

    answer = await company.client.patch(
        f"{POLICIES}/{policy}/rules/{EXPIRATION}", json=expiration("PT3H"), headers=headers
    )

    assert (answer.status_code, answer.json()["maximumDuration"]) == (200, "PT3H")


@pytest.mark.inferred("a query that cannot be answered changes nothing")
async def test_nothing_is_changed_when_the_answer_could_not_be_told(company: Company) -> None:
    policy = await find_policy(company)
    sent = {"rules": [expiration("PT3H")]}

    answer = await company.call("gail", "PATCH", f"{POLICIES}/{policy}?$select=nope", json=sent)

    assert answer.status_code == 400
    assert (await read_rules(company, policy))[EXPIRATION]["maximumDuration"] == "PT8H"


@pytest.mark.documented("book 6: readers read policies, administrators change them")
async def test_who_may_not_is_told_nothing(company: Company) -> None:
    policy = await find_policy(company)
    unknown = policy[: -len(UNKNOWN)] + UNKNOWN
    for path in (f"{POLICIES}{select()}", *(f"{POLICIES}/{id_}" for id_ in (policy, unknown))):
        answer = await company.call("eve", "GET", path)
        assert code_of(answer) == (403, "Authorization_RequestDenied"), path
    for id_ in (policy, unknown):
        for who in ("eve", "rex"):
            answer = await patch_rule(company, expiration("PT1H"), id_, who=who)
            assert code_of(answer) == (403, "Authorization_RequestDenied")
        assert (await company.call("Gauge", "GET", f"{POLICIES}/{id_}")).status_code == 403
    assert code_of(await company.call("rex", "GET", f"{POLICIES}/{unknown}"))[0] == 404
    assert code_of(await patch_rule(company, expiration("PT1H"), unknown))[0] == 404


@pytest.mark.inferred("a custom role has a policy like any other")
async def test_a_custom_role_has_a_policy(company: Company) -> None:
    permission = {"allowedResourceActions": ["microsoft.directory/applications/allProperties/read"]}
    sent = {"displayName": "Ours", "isEnabled": True, "rolePermissions": [permission]}
    path = "/v1.0/roleManagement/directory/roleDefinitions"
    made = (await company.call("gail", "POST", path, json=sent)).json()
    query = select(role=made["id"])

    (found,) = await rows_of(company, "rex", f"{ASSIGNMENTS}{query}")

    assert (await patch_rule(company, expiration("PT2H"), found["policyId"])).status_code == 204
    told = await get(company, f"{POLICIES}/{found['policyId']}/rules/{EXPIRATION}")
    assert told["maximumDuration"] == "PT2H"
    assert (await company.call("gail", "DELETE", f"{path}/{made['id']}")).status_code == 204
    assert await rows_of(company, "rex", f"{ASSIGNMENTS}{query}") == []
    gone = await company.call("rex", "GET", f"{POLICIES}/{found['policyId']}")
    assert code_of(gone) == (404, "Request_ResourceNotFound")
