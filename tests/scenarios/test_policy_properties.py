"""Whatever is sent to change policies: what was accepted is told, and nothing else has changed."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialects.graph.rules import RULE_IDS, rules_of
from tests.dialects.graph.samples import BETA, V1
from tests.scenarios.company import Company, found_company
from tests.scenarios.policy_calls import ASSIGNMENTS, POLICIES, ROLE, find_policy, select
from timebound.dialects.graph.convert.policy_rules import show_rule
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("design: replaced whole under a version check, refused without a trace"),
]
BOUNDED: Final = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
REFUSALS: Final = {
    "InvalidPolicy",
    "InvalidPolicyRule",
    "MfaAndAcrsConflict",
    "ActivationCustomApproversNotEmpty",
    "Request_BadRequest",
    "BadRequest",
}
Body = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """A company for the whole module, whose policies go through everything."""
    url = f"sqlite:///{tmp_path_factory.mktemp('policies') / 'timebound.db'}"
    migrate(url)
    store = open_store(url)
    await store.open()
    founded = await found_company(store, "policies")
    yield founded
    await founded.client.aclose()
    await store.close()


@st.composite
def bodies(draw: st.DrawFn, rule_id: str) -> Body:
    """A rule as a client may write it: of either version, in part, and spoilt now and then."""
    rule = draw(rules_of(rule_id))
    if isinstance(rule, EnablementRule):
        # Other words are told again of eligibility alone, and no answer may hold those.
        rule = EnablementRule(tuple(draw(st.lists(st.sampled_from(Enablement), max_size=3))))
    if isinstance(rule, ApprovalRule) and draw(st.booleans()):
        rule = ApprovalRule(is_required=draw(st.booleans()))
    shown = show_rule(rule_id, rule, draw(st.sampled_from([V1, BETA])))
    body: Body = msgspec.json.decode(msgspec.json.encode(shown))
    for name in draw(st.sets(st.sampled_from(sorted(body.keys() - {"@odata.type", "id"})))):
        del body[name]
    if draw(st.integers(0, 9)) == 0:
        name = draw(st.sampled_from(sorted(body)))
        body[name] = draw(st.sampled_from([None, 1, "x", [], {}, [None], True]))
    return body


async def read_all(company: Company, policy: str) -> dict[str, Body]:
    """The rules by their ids, the same by every way to them."""
    policy_path = f"{POLICIES}/{policy}"
    assigned = f"{ASSIGNMENTS}{select(role=company.find(ROLE))}&$expand=policy($expand=rules)"
    listed = await company.call("gail", "GET", f"{policy_path}/rules")
    expanded = await company.call("gail", "GET", f"{policy_path}?$expand=rules,effectiveRules")
    through = await company.call("gail", "GET", assigned)
    for answer in (listed, expanded, through):
        assert answer.status_code == 200, answer.text
    told: list[Body] = listed.json()["value"]
    assert expanded.json()["rules"] == expanded.json()["effectiveRules"] == told
    assert through.json()["value"][0]["policy"]["rules"] == told
    assert len(told) == 17
    return {one["id"]: one for one in told}


def expect(before: Body, sent: Body) -> Body:
    """The rule as it has to be told in v1.0 after a body was accepted."""
    after = dict(before)
    for name, value in sent.items():
        if name == "setting":
            stages = (
                {"approvalStages": value["approvalStages"]} if "approvalStages" in value else {}
            )
            after[name] = {**before[name], **value, **stages}
        elif name not in ("target", "@odata.type"):
            after[name] = value
    return after


@given(data=st.data())
@BOUNDED
async def test_what_is_accepted_is_told_and_the_rest_stays(
    company: Company, data: st.DataObject
) -> None:
    policy = await find_policy(company)
    before = await read_all(company, policy)
    for _ in range(data.draw(st.integers(1, 4))):
        ids = data.draw(st.lists(RULE_IDS, min_size=1, max_size=3, unique=True))
        sent = [data.draw(bodies(id_)) for id_ in ids]
        version = data.draw(st.sampled_from(["v1.0", "beta"]))
        path = f"{POLICIES}/{policy}".replace("v1.0", version, 1)
        if len(sent) == 1 and data.draw(st.booleans()):
            answer = await company.call("gail", "PATCH", f"{path}/rules/{ids[0]}", json=sent[0])
            expected_status = 204
        else:
            answer = await company.call("gail", "PATCH", path, json={"rules": sent})
            expected_status = 200
        after = await read_all(company, policy)
        if answer.status_code == expected_status:
            told = {id_: expect(before[id_], body) for id_, body in zip(ids, sent, strict=True)}
            assert after == before | told
        else:
            assert answer.status_code == 400, answer.text
            assert answer.json()["error"]["code"] in REFUSALS
            assert after == before
        before = after
