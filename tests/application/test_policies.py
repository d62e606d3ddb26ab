"""Changing policies: what is stored, told and guarded, and who may."""

from dataclasses import replace

import pytest

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.domain.deciding import told
from tests.support.builders import (
    BOSS,
    DAY,
    GROUP,
    HOUR,
    NOON,
    ROLE_ID,
    make_boss_facts,
    make_caller,
    make_facts,
    make_policy,
)
from tests.support.policy_changes import set_policy, set_rules
from timebound.application.changes import PutPolicy, policy_key
from timebound.application.policies import Beside, PolicyChange, change_policy_at
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.facts import Facts
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import Modified, StoredPolicy, place_policy
from timebound.domain.roles import GROUP_ROLES, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope, unit_scope
from timebound.domain.settings import License, TenantSettings

SHORT = ExpirationRule(is_required=True, maximum=HOUR)
SHORTEN = set_rules(Manner.RULE, Expiration_EndUser_Assignment=SHORT)
PLACE = place_policy(DIRECTORY_ROOT, ROLE_ID)
CREW = place_policy(group_scope(GROUP), MEMBER)
GROUP_PERMISSIONS = ("RoleManagementPolicy.ReadWrite.AzureADGroup",)
INVALID = "policyInvalid"


async def change(
    ledger: Ledger, asked: PolicyChange = SHORTEN, beside: Beside | None = None
) -> StoredPolicy | Refused:
    """Whoever calls changes the policy that the facts are about."""
    facts = ledger.facts
    place = place_policy(facts.slot.scope, facts.slot.role_id)
    engine, token = make_engine(ledger), facts.caller.token
    return await change_policy_at(engine, token, place, asked, NOON, beside)


def refusals(answer: object) -> list[str]:
    assert isinstance(answer, Refused)
    return [told(p) for p in answer.problems]


@pytest.mark.inferred("the design's data: a policy is replaced whole under a version check")
async def test_a_policy_is_replaced_whole_and_tells_who_changed_it() -> None:
    ledger = Ledger(make_boss_facts())
    expected = make_policy(Expiration_EndUser_Assignment=SHORT)
    modified = Modified(NOON, BOSS, "Bob")
    assert await change(ledger) == StoredPolicy(PLACE, expected, modified)
    assert ledger.change.writes == (PutPolicy(DIRECTORY_ROOT, ROLE_ID, expected, modified),)
    assert ledger.change.bumps == {policy_key(DIRECTORY_ROOT, ROLE_ID)}
    assert ledger.change.expects == VERSIONS
    (event,) = ledger.events
    assert (event.kind, event.subject_id) == (EventKind.POLICY_CHANGED, ROLE_ID)
    assert event.data["changedRules"] == ("Expiration_EndUser_Assignment",)
    assert event.data["changes"] == {
        "Expiration_EndUser_Assignment": {
            "old": {"isExpirationRequired": True, "maximumSeconds": 8 * 3600},
            "new": {"isExpirationRequired": True, "maximumSeconds": 3600},
        }
    }


@pytest.mark.inferred("a directory role has one policy, wherever in the directory it is held")
async def test_the_policy_at_a_unit_is_that_of_the_directory() -> None:
    facts = make_boss_facts()
    below = replace(facts.slot, scope=unit_scope("north"))
    ledger = Ledger(replace(facts, slot=below))
    changed = await change(ledger)
    assert isinstance(changed, StoredPolicy)
    assert changed.place == PLACE


@pytest.mark.inferred("two changes of different rules at once both last")
async def test_a_change_of_a_policy_is_made_anew_after_a_conflict() -> None:
    other = make_policy(Enablement_EndUser_Assignment=EnablementRule())

    def change_meanwhile(ledger: Ledger) -> None:
        ledger.facts = make_boss_facts(policy=other)

    ledger = Ledger(make_boss_facts(), intervenes=[change_meanwhile])
    changed = await change(ledger)
    assert isinstance(changed, StoredPolicy)
    assert changed.policy.rules == {**other.rules, "Expiration_EndUser_Assignment": SHORT}


@pytest.mark.inferred("what differs in nothing is no change")
async def test_what_is_so_already_is_neither_written_nor_told() -> None:
    ledger = Ledger(make_boss_facts())
    assert await change(ledger, set_policy(make_policy())) == StoredPolicy(PLACE, make_policy())
    before = StoredPolicy(PLACE, make_policy(), Modified(NOON - DAY, "somebody", "Somebody"))
    ledger.policies = (before,)
    assert await change(ledger, PolicyChange({}, Manner.WHOLE)) == before
    assert ledger.changes == []


@pytest.mark.documented("GDOC: RoleManagementPolicy.ReadWrite.Directory and a role to write with")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (make_facts(), "accessDenied"),
        (make_facts(caller=make_caller(permissions=())), "permissionMissing"),
        (make_boss_facts(role=None), "objectNotFound"),
        (make_boss_facts(role=GROUP_ROLES[MEMBER]), "objectNotFound"),
        (make_boss_facts(settings=TenantSettings(license=License.NONE)), "licenseRequired"),
    ],
    ids=["no role", "no permission", "no such role", "a role of another kind", "no licence"],
)
async def test_who_changes_no_policy(facts: Facts, expected: str) -> None:
    ledger = Ledger(facts)
    assert refusals(await change(ledger)) == [expected]
    assert [e.kind for e in ledger.events] == [EventKind.CHANGE_REFUSED]
    assert ledger.events[0].data["action"] == "updatePolicy"
    assert ledger.change.writes == ()


@pytest.mark.inferred("what a door does not serve yet nobody may change")
async def test_nobody_changes_policies_of_azure_by_a_role_of_the_directory() -> None:
    facts = make_boss_facts()
    slot = replace(facts.slot, scope=Scope(ScopeKind.AZURE, "/subscriptions/one"))
    assert refusals(await change(Ledger(replace(facts, slot=slot)))) == ["accessDenied"]


@pytest.mark.inferred("promise 5 of the design: a refusal is a fact and leaves nothing else")
async def test_a_refused_change_tells_every_problem_and_writes_nothing() -> None:
    ledger = Ledger(make_boss_facts())
    asked = set_rules(
        Expiration_EndUser_Assignment=ExpirationRule(is_required=False, maximum=2 * DAY),
        Enablement_Admin_Assignment=EnablementRule(("Confession",)),
    )
    assert refusals(await change(ledger, asked)) == [
        "policyRuleInvalid/unknownValue",
        f"{INVALID}/permanentNotAllowed",
        f"{INVALID}/tooLong",
    ]
    assert ledger.change.writes == ()
    problems = ledger.events[0].data["problems"]
    assert isinstance(problems, tuple)
    assert len(problems) == 3
