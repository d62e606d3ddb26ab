"""Changes of policies, whatever they are: what was not named stays, and nothing is half done."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.graph.rules import POLICIES, RULE_IDS, rules_of
from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    DAY,
    GROUP,
    HOUR,
    MINUTE,
    NOON,
    PERSON,
    STRANGER,
    make_approval_policy,
    make_boss_facts,
    make_caller,
    make_facts,
    make_policy,
    make_principal,
)
from tests.support.policy_changes import put
from timebound.domain.authority import Target
from timebound.domain.facts import Facts
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import RULE_SLOTS, Policy, Rule
from timebound.domain.policies.approval import Approver, ApproverKind
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policies.telling import tell_rule
from timebound.domain.policy_changes import (
    Manner,
    change_policy,
    check_access,
    check_approvers,
    check_rule,
    describe_approvers,
    list_named,
    new_approvers,
)
from timebound.domain.principals import PrincipalKind
from timebound.domain.roles import GROUP_ROLES, MEMBER
from timebound.domain.scopes import ScopeKind, group_scope

ANY: Final = pytest.mark.inferred("design: replaced whole under a version check, or not at all")
KINDS: Final = st.sampled_from([ScopeKind.DIRECTORY, ScopeKind.GROUP])
MANNERS: Final = st.sampled_from(Manner)


@st.composite
def some_rules(draw: st.DrawFn) -> Mapping[str, Rule]:
    """Some rules, each of the kind of its place."""
    ids = draw(st.sets(RULE_IDS, max_size=5))
    return {id_: draw(rules_of(id_)) for id_ in sorted(ids)}


def change(
    policy: Policy, rules: Mapping[str, Rule], manner: Manner, kind: ScopeKind
) -> Policy | tuple[object, ...]:
    return change_policy(policy, {id_: put(rule) for id_, rule in rules.items()}, manner, kind)


@ANY
@given(policy=POLICIES, rules=some_rules(), manner=MANNERS, kind=KINDS)
def test_what_is_named_is_replaced_and_everything_else_stays(
    policy: Policy, rules: Mapping[str, Rule], manner: Manner, kind: ScopeKind
) -> None:
    before = dict(policy.rules)
    changed = change(policy, rules, manner, kind)
    assert policy.rules == before
    if isinstance(changed, Policy):
        assert changed.rules == {**before, **rules}
        assert changed.rules.keys() == RULE_SLOTS.keys()
        assert all(not check_rule(RULE_SLOTS[id_], rule, kind) for id_, rule in rules.items())
    else:
        assert changed


@ANY
@given(policy=POLICIES, rules=some_rules(), manner=MANNERS, kind=KINDS, data=st.data())
def test_the_order_of_the_rules_makes_no_difference(
    policy: Policy,
    rules: Mapping[str, Rule],
    manner: Manner,
    kind: ScopeKind,
    data: st.DataObject,
) -> None:
    shuffled = {id_: rules[id_] for id_ in data.draw(st.permutations(list(rules)))}
    assert change(policy, shuffled, manner, kind) == change(policy, rules, manner, kind)


@ANY
@given(policy=POLICIES, first=some_rules(), second=some_rules())
def test_of_changes_of_different_rules_both_last_in_either_order(
    policy: Policy, first: Mapping[str, Rule], second: Mapping[str, Rule]
) -> None:
    apart = {id_: rule for id_, rule in second.items() if id_ not in first}
    outcomes = []
    for one, other in ((first, apart), (apart, first)):
        half = change(policy, one, Manner.WHOLE, ScopeKind.DIRECTORY)
        if isinstance(half, Policy):
            outcomes.append(change(half, other, Manner.WHOLE, ScopeKind.DIRECTORY))
    both = [one for one in outcomes if isinstance(one, Policy)]
    assert all(one.rules == {**policy.rules, **first, **apart} for one in both)


@ANY
@given(policy=POLICIES, manner=MANNERS, kind=KINDS)
def test_no_edits_change_nothing_whatever_the_policy(
    policy: Policy, manner: Manner, kind: ScopeKind
) -> None:
    assert change_policy(policy, {}, manner, kind) == policy


@pytest.mark.inferred("there are 17 rules, each of one kind")
def test_what_is_no_rule_of_a_policy() -> None:
    policy, directory = make_policy(), ScopeKind.DIRECTORY
    edits = {"Custom_EndUser_Assignment": put(NotificationRule())}
    unknown = change_policy(policy, edits, Manner.WHOLE, directory)
    assert not isinstance(unknown, Policy)
    assert [(told(p), p.property) for p in unknown] == [
        ("policyRuleInvalid/unknownValue", "Custom_EndUser_Assignment")
    ]
    edits = {"Approval_EndUser_Assignment": put(NotificationRule())}
    other = change_policy(policy, edits, Manner.RULE, directory)
    assert not isinstance(other, Policy)
    assert [told(p) for p in other] == ["policyRuleInvalid/wrongKind"]


@pytest.mark.inferred("a refusal names what it is about: the rule, and the member of it")
def test_a_problem_names_the_rule_and_the_member() -> None:
    edits = {
        f"Expiration_{place}": put(ExpirationRule(is_required=False, maximum=-HOUR))
        for place in ("EndUser_Assignment", "Admin_Assignment")
    }
    refused = change_policy(make_policy(), edits, Manner.WHOLE, ScopeKind.DIRECTORY)
    assert not isinstance(refused, Policy)
    assert {p.property for p in refused} == {
        "Expiration_EndUser_Assignment/isExpirationRequired",
        "Expiration_EndUser_Assignment/maximumDuration",
        "Expiration_Admin_Assignment/maximumDuration",
    }


@pytest.mark.inferred("POL-012: what can be held at least is a setting")
@pytest.mark.parametrize("kind", ScopeKind)
@pytest.mark.parametrize(
    ("shortest", "maximum", "expected"),
    [
        (timedelta(), MINUTE, None),
        (timedelta(), timedelta(), "policyInvalid/notPositive"),
        (HOUR, HOUR, None),
        (HOUR, HOUR - MINUTE, "policyInvalid/tooShort"),
        (HOUR, timedelta(), "policyInvalid/notPositive"),
        (2 * DAY, 2 * DAY, "policyInvalid/tooLong"),
    ],
)
def test_an_activation_lasts_as_long_as_anything_has_to(
    kind: ScopeKind, shortest: timedelta, maximum: timedelta, expected: str | None
) -> None:
    rule = ExpirationRule(is_required=True, maximum=maximum)
    slots = RULE_SLOTS["Expiration_EndUser_Assignment"], RULE_SLOTS["Expiration_Admin_Assignment"]
    found, others = (check_rule(slot, rule, kind, shortest) for slot in slots)
    assert [told(p) for p in found] == ([expected] if expected else [])
    assert [told(p) for p in others] == ([] if maximum else ["policyInvalid/notPositive"])


CAROL: Final = Approver(ApproverKind.USER, APPROVER)
CREW: Final = Approver(ApproverKind.GROUP, GROUP)
FOUND: Final = {APPROVER: PrincipalKind.USER, GROUP: PrincipalKind.GROUP}


@pytest.mark.inferred("whom a policy names anew has to be there: nobody else could ever agree")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((CAROL, CREW), []),
        ((Approver(ApproverKind.USER, STRANGER),), ["policyInvalid/unknownValue"]),
        ((Approver(ApproverKind.GROUP, APPROVER),), ["policyInvalid/wrongKind"]),
        ((Approver(ApproverKind.USER, GROUP),), ["policyInvalid/wrongKind"]),
        ((Approver(ApproverKind.USER),), ["policyInvalid/unknownValue"]),
    ],
    ids=["there", "not there", "no group", "no person", "nobody"],
)
def test_who_can_be_named(asked: tuple[Approver, ...], expected: list[str]) -> None:
    assert [told(p) for p in check_approvers(asked, FOUND)] == expected


@pytest.mark.inferred("who was named before may have been deleted since, lawfully")
def test_only_those_are_looked_for_who_are_named_anew() -> None:
    old, new = make_approval_policy(APPROVER), make_approval_policy(APPROVER, groups=(GROUP,))
    assert new_approvers(old, new) == (CREW,)
    assert new_approvers(new, old) == ()


@pytest.mark.observed("RAY 11 (POL-021): the description of an approver is the display name")
def test_an_approver_without_a_description_is_described_by_name() -> None:
    policy = make_approval_policy(APPROVER, STRANGER, groups=(GROUP,))
    described = describe_approvers(policy, {APPROVER: "Carol", GROUP: "The Crew"})
    assert [one.description for one in list_named(described)] == ["Carol", None, "The Crew"]
    renamed = describe_approvers(described, {APPROVER: "Caroline", STRANGER: "Dave"})
    assert [one.description for one in list_named(renamed)] == ["Carol", "Dave", "The Crew"]


PERMISSIONS: Final = ("RoleManagementPolicy.ReadWrite.AzureADGroup",)


def crew_facts(**flags: bool) -> Facts:
    """The facts when Dave asks about members of the crew."""
    facts = make_facts(caller=make_caller(STRANGER, permissions=PERMISSIONS))
    return replace(
        facts,
        slot=replace(facts.slot, scope=group_scope(GROUP), role_id=MEMBER),
        role=GROUP_ROLES[MEMBER],
        governed_group=make_principal(GROUP, PrincipalKind.GROUP, **flags),
    )


def access(facts: Facts, *owners: PrincipalId, is_privileged: bool = False) -> list[str]:
    target = Target(GROUP, owner_ids=frozenset(owners), is_privileged=is_privileged)
    return [told(p) for p in check_access(facts, target, NOON)]


@pytest.mark.documented("book 6: owners change the policies of their groups")
def test_who_changes_the_policies_of_a_group() -> None:
    assert access(crew_facts(), STRANGER) == []
    assert access(crew_facts(), PERSON) == ["accessDenied"]
    assert access(crew_facts(), STRANGER, is_privileged=True) == ["accessDenied"]
    assert access(make_boss_facts()) == []


@pytest.mark.documented("ENTRA/pim-for-groups: groups that are dynamic or synced are not governed")
@pytest.mark.parametrize("flag", ["is_dynamic", "is_synced"])
def test_a_group_that_something_else_fills_has_no_policy_to_change(flag: str) -> None:
    assert access(crew_facts(**{flag: True}), STRANGER) == ["policyInvalid/groupNotManageable"]


@pytest.mark.inferred("only who may change policies is told which groups there are")
def test_a_group_that_is_not_there() -> None:
    facts = replace(crew_facts(), governed_group=None)
    assert access(facts) == ["accessDenied"]
    assert access(facts, STRANGER) == ["objectNotFound"]


@pytest.mark.inferred("an event says everything that a rule says")
@given(policy=POLICIES, rule_id=RULE_IDS, data=st.data())
def test_rules_that_differ_are_told_differently(
    policy: Policy, rule_id: str, data: st.DataObject
) -> None:
    one, other = policy.rules[rule_id], data.draw(rules_of(rule_id))
    is_same = tell_rule(one) == tell_rule(other)
    if one == other:
        assert is_same
    else:
        # Of a duration whole seconds are told.
        assert not is_same or rule_id.startswith("Expiration")
