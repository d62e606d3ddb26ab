"""Changing policies: what is stored, told and guarded, and who may."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    BOSS,
    DAY,
    GROUP,
    HOUR,
    NOON,
    ROLE_ID,
    make_approval_policy,
    make_boss_facts,
    make_caller,
    make_facts,
    make_object,
    make_policy,
    make_principal,
)
from tests.support.policy_changes import set_policy, set_rules
from timebound.application.changes import FactKey, PutPolicy, Write, policy_key, principal_key
from timebound.application.policies import Beside, PolicyChange, change_policy_at
from timebound.application.policy_ports import run_key
from timebound.application.policy_run_writes import FinishRunItem
from timebound.domain.authority import Target
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.facts import Facts
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import default_policy
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import Modified, StoredPolicy, place_policy
from timebound.domain.policy_runs import ItemState, RunItem
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.principals import PrincipalKind
from timebound.domain.roles import GROUP_ROLES, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope, unit_scope
from timebound.domain.settings import License, TenantSettings

SHORT = ExpirationRule(is_required=True, maximum=HOUR)
SHORTEN = set_rules(Manner.RULE, Expiration_EndUser_Assignment=SHORT)
PLACE = place_policy(DIRECTORY_ROOT, ROLE_ID)
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


@pytest.mark.documented("Azure: roles of the directory give nothing in Azure")
async def test_nobody_changes_policies_of_azure_by_a_role_of_the_directory() -> None:
    facts = make_boss_facts(target=Target())
    slot = replace(facts.slot, scope=Scope(ScopeKind.AZURE, "/subscriptions/one"))
    assert refusals(await change(Ledger(replace(facts, slot=slot)))) == ["actionNotAllowed"]


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


CREW_PERMISSIONS = ("RoleManagementPolicy.ReadWrite.AzureADGroup",)


def crew_ledger(*owners: str, **changes: object) -> Ledger:
    """What is known when Carol asks about the members of the crew."""
    caller = make_caller(APPROVER, permissions=CREW_PERMISSIONS)
    facts = make_facts(caller=caller, policy=default_policy(GROUP_ROLES[MEMBER]))
    known = replace(
        facts,
        slot=Slot(APPROVER, MEMBER, group_scope(GROUP)),
        role=GROUP_ROLES[MEMBER],
        governed_group=make_principal(GROUP, PrincipalKind.GROUP),
    )
    target = Target(GROUP, owner_ids=frozenset(PrincipalId(one) for one in owners))
    group = make_object(GROUP, ObjectKind.GROUP)
    return Ledger(
        replace(known, **changes),  # type: ignore[arg-type]  # the fields are the test's
        principal_facts=PrincipalFacts(caller, group, target=target),
    )


@pytest.mark.documented("book 6: owners change the policies of their groups")
async def test_the_policy_of_a_group_is_changed_by_who_owns_it() -> None:
    ledger = crew_ledger(APPROVER)
    changed = await change(ledger)
    assert isinstance(changed, StoredPolicy)
    assert changed.place == place_policy(group_scope(GROUP), MEMBER)
    (event,) = ledger.events
    assert (event.data["scopeKind"], event.data["scope"]) == ("group", GROUP)
    assert refusals(await change(crew_ledger(BOSS))) == ["accessDenied"]


@pytest.mark.observed("RAY 11 (POL-021); whoever is named has to be there")
async def test_who_is_named_anew_is_looked_for_and_described() -> None:
    carol, crew = make_object(APPROVER), make_object(GROUP, ObjectKind.GROUP)
    ledger = Ledger(make_boss_facts(), objects=(carol, crew))
    asked = make_approval_policy(APPROVER, groups=(GROUP,))
    changed = await change(ledger, set_policy(asked))
    assert isinstance(changed, StoredPolicy)
    named = changed.policy.approval.stages[0].primary
    assert [one.description for one in named] == ["Carol", "Crew"]
    keys = {policy_key(DIRECTORY_ROOT, ROLE_ID), principal_key(APPROVER), principal_key(GROUP)}
    assert ledger.change.bumps == keys


@pytest.mark.inferred("a description that says what was so already changes nothing")
async def test_naming_the_same_approvers_again_is_no_change() -> None:
    asked = make_approval_policy(APPROVER)
    ledger = Ledger(make_boss_facts(), objects=(make_object(APPROVER),))
    first = await change(ledger, set_policy(asked))
    assert isinstance(first, StoredPolicy)
    ledger.facts, ledger.policies = make_boss_facts(policy=first.policy), (first,)
    assert await change(ledger, set_policy(asked)) == first
    assert len(ledger.changes) == 1


@pytest.mark.inferred("nobody who is not there, or is no person, could ever agree")
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), f"{INVALID}/unknownValue"),
        ((replace(make_object(APPROVER), deleted_at=NOON - DAY),), f"{INVALID}/unknownValue"),
        ((make_object(APPROVER, ObjectKind.ADMINISTRATIVE_UNIT),), f"{INVALID}/unknownValue"),
        ((make_object(APPROVER, ObjectKind.SERVICE_PRINCIPAL),), f"{INVALID}/wrongKind"),
    ],
    ids=["unknown", "deleted", "a unit", "a program"],
)
async def test_who_cannot_be_named(found: tuple[DirectoryObject, ...], expected: str) -> None:
    ledger = Ledger(make_boss_facts(), objects=found)
    assert refusals(await change(ledger, set_policy(make_approval_policy(APPROVER)))) == [expected]
    assert ledger.change.writes == ()


@pytest.mark.inferred("who was named before may be deleted lawfully; other rules can be changed")
async def test_who_is_gone_since_does_not_stand_in_the_way() -> None:
    ledger = Ledger(make_boss_facts(policy=make_approval_policy(APPROVER)))
    assert isinstance(await change(ledger), StoredPolicy)


ITEM = RunItem(7, PLACE, ItemState.PENDING)


def beside(load: Mapping[FactKey, int] | None, seen: list[object]) -> Beside:
    """An item of a run that is finished with the change."""

    async def ask() -> Mapping[FactKey, int] | None:
        return load

    def write(
        outcome: StoredPolicy | Refused,
        is_changed: bool,  # noqa: FBT001 - what a run hands over
    ) -> tuple[tuple[Write, ...], frozenset[FactKey]]:
        seen.append((outcome, is_changed))
        return (FinishRunItem("run", ITEM),), frozenset({run_key("run")})

    return Beside("run", ask, write)


RUN = {run_key("run"): 3}


@pytest.mark.inferred("issue 5: an item of a run is done with its change, or not at all")
async def test_what_is_done_beside_a_change_is_in_the_same_change_set() -> None:
    ledger, seen = Ledger(make_boss_facts()), list[object]()
    changed = await change(ledger, beside=beside(RUN, seen))
    assert seen == [(changed, True)]
    assert [type(w) for w in ledger.change.writes] == [PutPolicy, FinishRunItem]
    assert ledger.change.expects == {**VERSIONS, **RUN}
    assert ledger.change.bumps == {policy_key(DIRECTORY_ROOT, ROLE_ID), run_key("run")}
    assert [e.correlation_id for e in ledger.events] == ["run"]


@pytest.mark.inferred("issue 5: what changes nothing, or is refused, is done as well")
@pytest.mark.parametrize(
    ("asked", "told_of"),
    [
        (set_policy(make_policy()), []),
        (set_rules(Approval_EndUser_Assignment=ApprovalRule(stages=())), ["changeRefused"]),
    ],
    ids=["no change", "refused"],
)
async def test_what_comes_to_nothing_is_done_as_well(
    asked: PolicyChange, told_of: list[str]
) -> None:
    ledger, seen = Ledger(make_boss_facts()), list[object]()
    outcome = await change(ledger, asked, beside(RUN, seen))
    assert seen == [(outcome, False)]
    assert ledger.change.writes == (FinishRunItem("run", ITEM),)
    assert ledger.change.expects == {**VERSIONS, **RUN}
    assert [e.kind.value for e in ledger.events] == told_of


@pytest.mark.inferred("issue 5: of two that go on with a run one does each item")
async def test_what_somebody_else_has_done_is_left_to_them() -> None:
    ledger, seen = Ledger(make_boss_facts()), list[object]()
    assert await change(ledger, beside=beside(None, seen)) == StoredPolicy(PLACE, make_policy())
    assert (ledger.changes, seen) == ([], [])
