"""Groups and Azure resources are decided as the directory is: the same relation, other scopes."""

from dataclasses import replace

import pytest

from tests.domain.deciding import granted, judged
from tests.support.builders import (
    BOSS,
    DAY,
    GROUP,
    HOUR,
    MINUTE,
    NOON,
    PERSON,
    ROLE,
    SLOT,
    after,
    make_activation,
    make_boss_facts,
    make_chain,
    make_draft,
    make_facts,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_principal,
)
from timebound.application.submitting import judge_draft
from timebound.domain.cascade import Ending
from timebound.domain.decide import NewGrant, Scheduled
from timebound.domain.facts import Eligibility, Facts, covers_until, is_membership, membership_slot
from timebound.domain.grants import Basis, Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import default_policy
from timebound.domain.principals import PrincipalKind
from timebound.domain.requests import Action, RequestKind
from timebound.domain.roles import GROUP_ROLES, MEMBER, OWNER, Role
from timebound.domain.scopes import Scope, ScopeKind, group_scope
from timebound.domain.times import AskedSchedule, Instant, Window

SAME = "one relation for directory roles, groups and Azure resources: the design's data"
MEMBERSHIP = Slot(PERSON, MEMBER, group_scope(GROUP))
CREW = make_principal(GROUP, PrincipalKind.GROUP, is_role_assignable=True)
ELIGIBLE_MEMBER = make_membership(kind=GrantKind.ELIGIBLE)
MEMBER_FACTS = {
    "slot": MEMBERSHIP,
    "role": GROUP_ROLES[MEMBER],
    "governed_group": CREW,
    "eligibilities": (Eligibility(MEMBERSHIP, (ELIGIBLE_MEMBER,)),),
}
ACTIVE_MEMBER = make_activation(slot=MEMBERSHIP, on=ELIGIBLE_MEMBER)
THROUGH = make_group_eligibility(ACTIVE_MEMBER)
USING = make_activation(NOON - HOUR / 2, NOON + HOUR, on=THROUGH.grants[0])

MANAGEMENT_GROUP = Scope(ScopeKind.AZURE, "/providers/Microsoft.Management/managementGroups/top")
READER = Role(ROLE.id, ScopeKind.AZURE, "Reader")


def of_membership(facts: Facts, *grants: Grant, **changes: object) -> Facts:
    """The facts of Alice's membership of the crew."""
    return replace(facts, **{**MEMBER_FACTS, "grants": grants, **changes})  # type: ignore[arg-type]  # the fields are above


@pytest.mark.inferred(SAME)
def test_a_membership_is_activated_for_a_time() -> None:
    facts = of_membership(make_facts(policy=default_policy(GROUP_ROLES[MEMBER])))
    decision = granted(facts, make_draft(slot=MEMBERSHIP))
    basis = Basis(MEMBERSHIP, ELIGIBLE_MEMBER.id)
    assert decision.grant == NewGrant(GrantKind.ACTIVATED, Window(NOON, NOON + HOUR), basis)


@pytest.mark.inferred(SAME)
def test_a_role_is_activated_through_an_activated_membership_and_ends_with_it() -> None:
    decision = granted(make_facts(eligibilities=(THROUGH,)), make_draft(schedule=after(8 * HOUR)))
    assert decision.grant
    assert decision.grant.window == Window(NOON, ACTIVE_MEMBER.window.end)
    assert decision.grant.basis == Basis(replace(SLOT, principal_id=GROUP), THROUGH.grants[0].id)


@pytest.mark.inferred("promise 6 of the design: the role ends with the membership behind it")
def test_deactivating_the_membership_cuts_the_role_activated_through_it() -> None:
    chain = make_chain((USING,), *THROUGH.grants, ACTIVE_MEMBER)
    facts = of_membership(make_facts(), ACTIVE_MEMBER, chain=chain)
    decision = granted(facts, make_draft(Action.SELF_DEACTIVATE, slot=MEMBERSHIP))
    assert decision.endings == (Ending(ACTIVE_MEMBER, NOON), Ending(USING, NOON, is_cut=True))


@pytest.mark.inferred("promise 6 of the design: a chain falls as a whole")
def test_removing_the_eligible_membership_cuts_the_whole_chain() -> None:
    chain = make_chain((ACTIVE_MEMBER, USING), ELIGIBLE_MEMBER, *THROUGH.grants)
    facts = of_membership(make_boss_facts(), ELIGIBLE_MEMBER, chain=chain)
    draft = make_draft(Action.ADMIN_REMOVE, RequestKind.ELIGIBILITY, slot=MEMBERSHIP)
    assert granted(facts, draft).endings == (
        Ending(ELIGIBLE_MEMBER, NOON),
        Ending(ACTIVE_MEMBER, NOON, is_cut=True),
        Ending(USING, NOON, is_cut=True),
    )


@pytest.mark.inferred(
    "promise 6 of the design: a chain falls as a whole, through two groups as well"
)
def test_leaving_the_inner_group_cuts_what_the_outer_one_gave() -> None:
    desk = PrincipalId("desk")
    inside = Slot(PERSON, MEMBER, group_scope(desk))
    on_desk = make_activation(NOON - 2 * HOUR, slot=inside, on=make_grant(slot=inside))
    reach = make_grant(slot=replace(MEMBERSHIP, principal_id=desk))
    in_crew = make_activation(slot=MEMBERSHIP, on=reach)
    role = make_activation(on=THROUGH.grants[0])
    chain = make_chain((in_crew, role), on_desk, reach, in_crew, *THROUGH.grants)
    facts = of_membership(make_facts(), on_desk, slot=inside, chain=chain)
    decision = granted(facts, make_draft(Action.SELF_DEACTIVATE, slot=inside))
    assert decision.endings == (
        Ending(on_desk, NOON),
        Ending(in_crew, NOON, is_cut=True),
        Ending(role, NOON, is_cut=True),
    )


@pytest.mark.inferred("promise 6 of the design: what still stands is not cut")
def test_a_second_membership_holds_the_role_up() -> None:
    second = make_membership(end=NOON + HOUR / 2)
    chain = make_chain((USING,), *THROUGH.grants, ACTIVE_MEMBER, second)
    facts = of_membership(make_facts(), ACTIVE_MEMBER, second, chain=chain)
    decision = granted(facts, make_draft(Action.SELF_DEACTIVATE, slot=MEMBERSHIP))
    cut = Ending(USING, second.window.end, is_cut=True)
    assert decision.endings == (Ending(ACTIVE_MEMBER, NOON), cut)


@pytest.mark.inferred("promise 6 of the design: what is planned ends with its eligibility")
@pytest.mark.parametrize(
    ("schedule", "cut_at"),
    [
        (after(DAY, NOON + 4 * HOUR), NOON),
        (after(90 * MINUTE, NOON + HOUR), NOON + 150 * MINUTE),
        (after(DAY, NOON + HOUR), None),
    ],
    ids=["moved away", "shortened", "lengthened"],
)
def test_changing_an_eligibility_ahead_changes_what_is_planned_on_it(
    schedule: AskedSchedule, cut_at: Instant | None
) -> None:
    eligible = make_grant(start=NOON + HOUR, end=NOON + DAY)
    planned = make_activation(NOON + 2 * HOUR, NOON + 3 * HOUR, on=eligible)
    facts = make_boss_facts(eligible, chain=make_chain((planned,), eligible))
    draft = make_draft(Action.ADMIN_UPDATE, RequestKind.ELIGIBILITY, schedule)
    decision = judge_draft(facts, draft, NOON)
    assert isinstance(decision, Scheduled)
    cuts = () if cut_at is None else (Ending(planned, cut_at, is_cut=True),)
    assert decision.endings == (Ending(eligible, NOON), *cuts)


@pytest.mark.documented("ENTRA/pim-for-groups: groups that are dynamic or synced are not governed")
@pytest.mark.parametrize("flag", ["is_dynamic", "is_synced"])
def test_groups_that_something_else_fills_are_not_governed(flag: str) -> None:
    group = make_principal(GROUP, PrincipalKind.GROUP, **{flag: True})
    facts = of_membership(make_boss_facts(), governed_group=group)
    draft = make_draft(Action.ADMIN_ASSIGN, slot=MEMBERSHIP)
    assert judged(facts, draft) == "principalNotAllowed/groupNotManageable"


@pytest.mark.documented(
    "ENTRA/concept-pim-for-groups: a group in one for roles is eligible (ASG-047, ASG-048)"
)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (RequestKind.ELIGIBILITY, "Provisioned"),
        (RequestKind.ASSIGNMENT, "principalNotAllowed/notApplicable"),
    ],
)
def test_groups_in_groups(kind: RequestKind, expected: str) -> None:
    inner = make_principal(BOSS, PrincipalKind.GROUP)
    facts = of_membership(make_boss_facts(), principal=inner)
    assert judged(facts, make_draft(Action.ADMIN_ASSIGN, kind, slot=MEMBERSHIP)) == expected


@pytest.mark.inferred("who has a group in them is found through it: it leads to itself already")
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("is_role_assignable", [True, False])
def test_no_group_is_in_itself(kind: RequestKind, *, is_role_assignable: bool) -> None:
    itself = replace(CREW, is_role_assignable=is_role_assignable)
    slot = replace(MEMBERSHIP, principal_id=GROUP)
    facts = of_membership(make_boss_facts(), principal=itself, governed_group=itself, slot=slot)
    draft = make_draft(Action.ADMIN_ASSIGN, kind, slot=slot)
    assert judged(facts, draft) == "principalNotAllowed/notApplicable"


@pytest.mark.documented("Graph, add owner: people and service principals own groups")
@pytest.mark.parametrize("kind", RequestKind)
def test_no_group_owns_a_group(kind: RequestKind) -> None:
    slot = replace(MEMBERSHIP, role_id=OWNER)
    known = {
        "slot": slot,
        "role": GROUP_ROLES[OWNER],
        "governed_group": replace(CREW, is_role_assignable=False),
    }
    draft = make_draft(Action.ADMIN_ASSIGN, kind, slot=slot)
    facts = of_membership(make_boss_facts(), **known)
    assert judged(facts, draft) == "Provisioned"
    inner = make_principal(BOSS, PrincipalKind.GROUP)
    facts = replace(facts, principal=inner)
    assert judged(facts, draft) == "principalNotAllowed/notApplicable"


@pytest.mark.inferred("a group is active in any other that no roles are assigned to, as past PIM")
def test_a_group_is_active_in_an_ordinary_group() -> None:
    inner = make_principal(BOSS, PrincipalKind.GROUP)
    ordinary = replace(CREW, is_role_assignable=False)
    facts = of_membership(make_boss_facts(), principal=inner, governed_group=ordinary)
    assert judged(facts, make_draft(Action.ADMIN_ASSIGN, slot=MEMBERSHIP)) == "Provisioned"


@pytest.mark.inferred(SAME)
def test_an_azure_role_is_activated_at_a_management_group() -> None:
    slot = Slot(PERSON, READER.id, MANAGEMENT_GROUP)
    eligible = make_grant(slot=slot, end=NOON + HOUR)
    facts = replace(
        make_facts(policy=default_policy(READER)),
        slot=slot,
        role=READER,
        eligibilities=(Eligibility(slot, (eligible,)),),
    )
    decision = granted(facts, make_draft(slot=slot, schedule=after(8 * HOUR)))
    basis = Basis(slot, eligible.id)
    assert decision.grant == NewGrant(GrantKind.ACTIVATED, Window(NOON, NOON + HOUR), basis)


@pytest.mark.inferred("an activation may go below its eligibility: what it stands on says so")
def test_an_azure_role_is_activated_below_the_scope_of_its_eligibility() -> None:
    above = Slot(PERSON, READER.id, MANAGEMENT_GROUP)
    below = replace(above, scope=Scope(ScopeKind.AZURE, "/subscriptions/one"))
    eligible = make_grant(slot=above)
    facts = replace(
        make_facts(policy=default_policy(READER)),
        slot=below,
        role=READER,
        eligibilities=(Eligibility(above, (eligible,)),),
    )
    decision = granted(facts, make_draft(slot=below))
    assert decision.grant
    assert decision.grant.basis == Basis(above, eligible.id)


@pytest.mark.inferred("a role of one kind is not held at a scope of another")
@pytest.mark.parametrize("role", [ROLE, READER, GROUP_ROLES[MEMBER]], ids=lambda r: r.kind.value)
@pytest.mark.parametrize("scope", [SLOT.scope, MANAGEMENT_GROUP, MEMBERSHIP.scope])
def test_kinds_do_not_mix(role: Role, scope: Scope) -> None:
    slot = Slot(PERSON, role.id, scope)
    facts = replace(make_boss_facts(policy=default_policy(role)), slot=slot, role=role)
    expected = "Provisioned" if role.kind is scope.kind else "roleDoesNotFitScope"
    assert judged(facts, make_draft(Action.ADMIN_ASSIGN, slot=slot)) == expected


@pytest.mark.inferred("the helpers that chains are made of")
def test_what_chains_are_made_of() -> None:
    assert membership_slot(USING) == MEMBERSHIP
    assert membership_slot(ACTIVE_MEMBER) is None
    assert is_membership(ACTIVE_MEMBER)
    assert not is_membership(ELIGIBLE_MEMBER)
    first, second = make_grant(end=NOON), make_grant(start=NOON, end=NOON + DAY)
    assert covers_until((second, first), NOON - HOUR) == NOON + DAY
    assert covers_until((second,), NOON - HOUR) == NOON - HOUR
    assert MEMBERSHIP.scope.object_id == GROUP
