"""The decision table: what only groups ask for, their last owner."""

from dataclasses import replace

import pytest

from tests.domain.deciding import case, granted, judged, row
from tests.support.builders import (
    BOSS,
    DAY,
    GROUP,
    HOUR,
    NOON,
    PERSON,
    STRANGER,
    after,
    make_activation,
    make_boss,
    make_caller,
    make_chain,
    make_draft,
    make_facts,
    make_grant,
    make_principal,
    until,
)
from timebound.domain.authority import Caller, Target
from timebound.domain.cascade import Ending
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import default_policy
from timebound.domain.principals import PrincipalKind
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.roles import GROUP_ROLES, MEMBER, OWNER
from timebound.domain.scopes import group_scope

OWNING = Slot(PERSON, OWNER, group_scope(GROUP))
ELIGIBLE = make_grant(slot=OWNING)
OWNER_FOR_EVER = make_grant(GrantKind.ASSIGNED, slot=OWNING)
OWNER_FOR_A_WHILE = make_grant(GrantKind.ASSIGNED, end=NOON + 10 * DAY, slot=OWNING)
OWNER_LATER = make_grant(GrantKind.ASSIGNED, NOON + 2 * DAY, NOON + 3 * DAY, slot=OWNING)
OWNER_FOR_NOW = make_activation(slot=OWNING, on=ELIGIBLE)
REMOVE = make_draft(Action.ADMIN_REMOVE, slot=OWNING)
STAND_DOWN = make_draft(Action.SELF_DEACTIVATE, slot=OWNING)
PUT_OFF = make_draft(Action.ADMIN_UPDATE, schedule=until(NOON + 9 * DAY, NOON + DAY), slot=OWNING)
LAST = "lastAdministrator/lastOwner"


def owned(
    *grants: Grant,
    by: tuple[PrincipalId, ...] = (PERSON,),
    caller: Caller | None = None,
    is_role_assignable: bool = False,
    slot: Slot = OWNING,
) -> Facts:
    """The facts of an ownership of the crew, and who owns it now."""
    facts = make_facts(
        *grants, caller=caller or make_boss(), policy=default_policy(GROUP_ROLES[slot.role_id])
    )
    crew = make_principal(GROUP, PrincipalKind.GROUP, is_role_assignable=is_role_assignable)
    target = Target(GROUP, owner_ids=frozenset(by), is_privileged=True, is_delegable=True)
    role = GROUP_ROLES[slot.role_id]
    return replace(facts, slot=slot, role=role, governed_group=crew, target=target)


def own(*grants: Grant, by: tuple[PrincipalId, ...] = (PERSON,)) -> Facts:
    return owned(*grants, by=by, caller=make_caller())


TWO = (PERSON, STRANGER)


@pytest.mark.parametrize(
    ("facts", "draft", "expected"),
    [
        case("REM-009", "for ever", owned(OWNER_FOR_EVER), REMOVE, LAST),
        case("REM-009", "of a group for roles", owned(OWNER_FOR_EVER, is_role_assignable=True),
             REMOVE, LAST),
        case("REM-009", "for a while", owned(OWNER_FOR_A_WHILE), REMOVE, LAST),
        case("REM-009", "activated", owned(ELIGIBLE, OWNER_FOR_NOW), REMOVE, LAST),
        case("REM-009", "one of two", owned(OWNER_FOR_EVER, by=TWO), REMOVE, "Revoked"),
        case("REM-009", "two grants of one owner", owned(OWNER_FOR_EVER, OWNER_FOR_NOW), REMOVE,
             LAST),
        case("REM-009", "an eligibility", owned(ELIGIBLE, by=(STRANGER,)), replace(
            REMOVE, kind=RequestKind.ELIGIBILITY), "Revoked"),
        case("REM-009", "the eligibility of the owner", owned(ELIGIBLE, OWNER_FOR_EVER), replace(
            REMOVE, kind=RequestKind.ELIGIBILITY), "Revoked"),
        case("REM-009", "put off", owned(OWNER_FOR_A_WHILE), PUT_OFF, LAST),
        case("REM-009", "put off, one of two", owned(OWNER_FOR_A_WHILE, by=TWO), PUT_OFF,
             "Granted"),
        case("REM-009", "bound in time", owned(OWNER_FOR_EVER), replace(
            PUT_OFF, schedule=after(HOUR)), "Provisioned"),
        case("REM-009", "prolonged", owned(OWNER_FOR_A_WHILE), replace(
            PUT_OFF, action=Action.ADMIN_EXTEND, schedule=until(NOON + 20 * DAY)), "Provisioned"),
        case("REM-009", "an ownership ahead is moved", owned(OWNER_LATER, by=(STRANGER,)),
             PUT_OFF, "Granted"),
        case("DEA-009", "last", own(ELIGIBLE, OWNER_FOR_NOW), STAND_DOWN, LAST),
        case("DEA-009", "one of two", own(ELIGIBLE, OWNER_FOR_NOW, by=TWO), STAND_DOWN,
             "Revoked"),
        case("DEA-009", "assigned besides", own(OWNER_FOR_EVER, OWNER_FOR_NOW), STAND_DOWN,
             "Revoked"),
    ],
)  # fmt: skip
def test_the_last_owner_of_a_group_stays(facts: Facts, draft: Draft, expected: str) -> None:
    assert judged(facts, draft) == expected


@row("REM-009")
def test_the_only_member_who_owns_the_group_may_be_taken_out_of_it() -> None:
    slot = replace(OWNING, role_id=MEMBER)
    member = make_grant(GrantKind.ASSIGNED, slot=slot)
    assert judged(owned(member, slot=slot), replace(REMOVE, slot=slot)) == "Revoked"


@pytest.mark.inferred("promise 6 of the design: no activation outlives its eligibility")
def test_the_last_owner_goes_with_the_eligibility_behind_it() -> None:
    facts = replace(owned(ELIGIBLE, OWNER_FOR_NOW), chain=make_chain((OWNER_FOR_NOW,), ELIGIBLE))
    decision = granted(facts, replace(REMOVE, kind=RequestKind.ELIGIBILITY))
    cut = Ending(OWNER_FOR_NOW, NOON, is_cut=True)
    assert decision.endings == (Ending(ELIGIBLE, NOON), cut)


@pytest.mark.inferred("promise 11 of the design: an end that comes by time is never suspended")
def test_the_last_owner_activates_for_a_time_like_anybody_else() -> None:
    decision = granted(own(ELIGIBLE, by=()), make_draft(slot=OWNING))
    assert decision.grant is not None
    assert decision.grant.window.end == NOON + HOUR


@pytest.mark.inferred("an owner may name another one and take away the one before")
def test_an_owner_hands_the_group_over() -> None:
    caller = make_caller(BOSS)
    draft = make_draft(Action.ADMIN_ASSIGN, schedule=after(DAY), slot=OWNING)
    assert judged(owned(by=(BOSS,), caller=caller), draft) == "Provisioned"
    gone = make_draft(Action.ADMIN_REMOVE, slot=OWNING)
    assert judged(owned(OWNER_FOR_EVER, by=(PERSON, BOSS), caller=caller), gone) == "Revoked"
