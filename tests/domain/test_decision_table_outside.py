"""Roles assigned and taken away past requests: what is made, what is refused, what ends."""

from dataclasses import replace

import pytest

from tests.domain.deciding import row, told
from tests.support.builders import (
    BOSS,
    DAY,
    GROUP,
    NOON,
    PERSON,
    ROLE,
    SLOT,
    STRANGER,
    UNIT,
    make_activation,
    make_administrator,
    make_application,
    make_boss,
    make_boss_facts,
    make_caller,
    make_chain,
    make_grant,
    make_membership,
    make_path,
    make_principal,
    make_strict_policy,
)
from timebound.domain.authority import Caller
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.plain_assignments import decide_assignment, decide_unassignment
from timebound.domain.principals import PrincipalKind
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeLevel
from timebound.domain.settings import License, TenantSettings
from timebound.domain.times import ENDLESS, Window

PUBLISHED = "POST and DELETE roleManagement/directory/roleAssignments"
ASSIGNED = make_grant(GrantKind.ASSIGNED)
OUTSIDE = replace(ASSIGNED, request_id=None)
ELIGIBLE = make_grant()
AHEAD = make_grant(GrantKind.ASSIGNED, start=NOON + DAY)
OVER = make_grant(GrantKind.ASSIGNED, end=NOON)


def refused(decision: object) -> str:
    assert isinstance(decision, Refused)
    return ", ".join(told(problem) for problem in decision.problems)


@pytest.mark.documented(PUBLISHED)
@pytest.mark.parametrize("held", [(), (ELIGIBLE,), (OVER,)], ids=["nothing", "eligible", "over"])
def test_an_assignment_begins_at_once_and_never_ends(held: tuple[Grant, ...]) -> None:
    decision = decide_assignment(make_boss_facts(*held), NOON)
    assert decision == NewGrant(GrantKind.ASSIGNED, Window(NOON, ENDLESS))


@pytest.mark.inferred("a policy binds what is asked for by request, and this is no request")
def test_no_policy_and_no_license_stands_in_the_way() -> None:
    strict = make_boss_facts(policy=make_strict_policy())
    unlicensed = replace(strict, settings=TenantSettings(license=License.NONE))
    assert isinstance(decide_assignment(unlicensed, NOON), NewGrant)


@pytest.mark.inferred("one id for a role, a principal and a scope: there is no second assignment")
@pytest.mark.parametrize("held", [ASSIGNED, OUTSIDE, make_activation(), AHEAD])
def test_what_is_held_or_planned_conflicts(held: Grant) -> None:
    assert refused(decide_assignment(make_boss_facts(held), NOON)) == "objectConflicts"


@pytest.mark.documented(PUBLISHED)
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"role": None}, "roleNotFound"),
        ({"principal": None}, "principalNotFound"),
        ({"principal": make_principal(is_deleted=True)}, "principalNotFound"),
        ({"is_scope_known": False}, "scopeNotFound"),
        ({"role": replace(ROLE, levels=frozenset({ScopeLevel.OBJECT}))}, "roleDoesNotFitScope"),
        ({"role": replace(ROLE, is_enabled=False)}, "invalidRequest/roleDisabled"),
        (
            {"principal": make_principal(kind=PrincipalKind.GROUP)},
            "principalNotAllowed/notRoleAssignable",
        ),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, object], problem: str) -> None:
    facts = replace(make_boss_facts(), **changes)  # type: ignore[arg-type]  # names of its fields
    assert refused(decide_assignment(facts, NOON)) == problem


@pytest.mark.documented("unifiedRoleAssignment, principals: users, groups, service principals")
def test_an_application_can_be_assigned() -> None:
    robot = make_principal(kind=PrincipalKind.SERVICE_PRINCIPAL)
    assert isinstance(
        decide_assignment(replace(make_boss_facts(), principal=robot), NOON), NewGrant
    )


@pytest.mark.documented("permissions of POST and DELETE roleAssignments")
@pytest.mark.parametrize(
    ("caller", "problem"),
    [
        (make_caller(STRANGER), "accessDenied"),
        (make_boss(is_enabled=False), "callerNotAdmitted"),
        (make_application(("Directory.ReadWrite.All",)), "permissionMissing"),
        (
            make_caller(
                BOSS,
                GLOBAL_ADMINISTRATOR,
                permissions=("RoleAssignmentSchedule.ReadWrite.Directory",),
            ),
            "permissionMissing",
        ),
    ],
)
def test_who_may_not(caller: Caller, problem: str) -> None:
    facts = replace(make_boss_facts(), caller=caller)
    assert refused(decide_assignment(facts, NOON)) == problem
    assert refused(decide_unassignment(replace(facts, grants=(ASSIGNED,)), NOON)) == problem


@row("REM-011")
@pytest.mark.parametrize("held", [ASSIGNED, OUTSIDE, make_activation()])
def test_whatever_makes_hold_ends(held: Grant) -> None:
    decision = decide_unassignment(make_boss_facts(ELIGIBLE, held), NOON)
    assert not isinstance(decision, Refused)
    assert [(ending.grant, ending.at, ending.is_cut) for ending in decision] == [
        (held, NOON, False)
    ]


@pytest.mark.inferred("what is too young for a request is not protected from the directory")
def test_even_what_has_just_begun() -> None:
    young = make_grant(GrantKind.ASSIGNED, start=NOON)
    assert not isinstance(decide_unassignment(make_boss_facts(young), NOON), Refused)


@pytest.mark.inferred("promise 6")
def test_what_stands_on_it_ends_as_well() -> None:
    membership = make_membership()
    eligible = make_grant(slot=replace(SLOT, principal_id=GROUP))
    activation = make_activation(on=eligible)
    chain = make_chain((activation,), eligible, membership)
    facts = replace(make_boss_facts(membership), slot=membership.slot, chain=chain)
    decision = decide_unassignment(facts, NOON)
    assert not isinstance(decision, Refused)
    assert [(ending.grant, ending.is_cut) for ending in decision] == [
        (membership, False),
        (activation, True),
    ]


@pytest.mark.documented(PUBLISHED)
@pytest.mark.parametrize("held", [(), (ELIGIBLE,), (AHEAD,), (OVER,)])
def test_there_is_nothing_to_delete(held: tuple[Grant, ...]) -> None:
    assert refused(decide_unassignment(make_boss_facts(*held), NOON)) == "objectNotFound"


def administrating(caller: Caller, *others: PrincipalId) -> Facts:
    """The facts about the Global Administrator Alice, and those who are it as well."""
    slot = Slot(PERSON, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    alice = make_administrator(PERSON)
    paths = (
        make_path(PERSON, alice),
        *(make_path(other, make_administrator(other)) for other in others),
    )
    return replace(make_boss_facts(alice), caller=caller, slot=slot, administrators=paths)


@row("REM-008")
def test_the_last_administrator_stays() -> None:
    facts = administrating(make_boss())
    assert refused(decide_unassignment(facts, NOON)) == "lastAdministrator"
    two = administrating(make_boss(), BOSS)
    assert not isinstance(decide_unassignment(two, NOON), Refused)


@pytest.mark.observed("Graph refuses who removes themselves from Global Administrator")
def test_nobody_takes_their_own_global_administrator() -> None:
    myself = make_caller(PERSON, GLOBAL_ADMINISTRATOR)
    own = "changeNotAllowed/ownAdministration"
    assert refused(decide_unassignment(administrating(myself, BOSS), NOON)) == own
    both = refused(decide_unassignment(administrating(myself), NOON))
    assert both == f"{own}, lastAdministrator"


@pytest.mark.inferred("other roles can be laid down by who holds them")
@pytest.mark.parametrize("scope", [DIRECTORY_ROOT, UNIT])
def test_one_takes_ones_own_other_roles(scope: Scope) -> None:
    held = replace(ASSIGNED, slot=replace(SLOT, scope=scope, principal_id=BOSS))
    facts = replace(make_boss_facts(held), slot=held.slot)
    assert not isinstance(decide_unassignment(facts, NOON), Refused)
