"""May somebody do this here, and until when: by grants, memberships, conditions and denials."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import GROUP, HOUR, NOON, PERSON, STRANGER, make_principal
from timebound.domain.azure.conditions import Context, Source
from timebound.domain.azure.denials import AUDITED, EVERYBODY, Denial, DeniedPrincipal
from timebound.domain.azure.permissions import Permission
from timebound.domain.directory_actions import as_pattern, as_permission
from timebound.domain.effective_access import (
    AccessDecision,
    AccessFacts,
    AskedAccess,
    Finding,
    decide_access,
    rights_of,
)
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.principals import PrincipalKind
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope, unit_scope
from timebound.domain.times import ENDLESS, Instant, Window

SUBSCRIPTION: Final = Scope(ScopeKind.AZURE, "/subscriptions/s")
PLACE: Final = Scope(ScopeKind.AZURE, "/subscriptions/s/resourceGroups/g")
OUTER: Final = PrincipalId("outer")
OPERATOR, READER = RoleId("operator"), RoleId("reader")
START: Final = "Microsoft.Compute/virtualMachines/start/action"
STAGE: Final = (Source.RESOURCE, "microsoft.compute/virtualmachines:stage")
PRODUCTION: Final = "@Resource[Microsoft.Compute/virtualMachines:stage] StringEquals 'production'"
_ids = count(1)


def held(
    who: PrincipalId = PERSON,
    *,
    hours: tuple[float, float | None] = (-1, None),
    scope: Scope = PLACE,
    role_id: RoleId = OPERATOR,
    condition: str | None = None,
) -> Grant:
    """A role, from some hours after noon until others, or without an end."""
    first, last = hours
    window = Window(NOON + first * HOUR, ENDLESS if last is None else NOON + last * HOUR)
    return Grant(
        GrantId(f"grant-{next(_ids)}"),
        Slot(who, role_id, scope),
        GrantKind.ASSIGNED,
        window,
        NOON - HOUR,
        terms=Terms(condition) if condition else None,
    )


def within(
    group: PrincipalId, *, who: PrincipalId = PERSON, hours: tuple[float, float | None] = (-1, None)
) -> Grant:
    """A membership."""
    return held(who, hours=hours, scope=group_scope(group), role_id=MEMBER)


def facts(*links: Grant, **changes: object) -> AccessFacts:
    """What the links come to at the place."""
    known = AccessFacts(
        PLACE,
        principals=(make_principal(), make_principal(GROUP, PrincipalKind.GROUP)),
        grants=tuple(one for one in links if one.slot.role_id != MEMBER),
        memberships=tuple(one for one in links if one.slot.role_id == MEMBER),
        permissions={
            OPERATOR: (Permission(("Microsoft.Compute/*",), data_actions=("Store/read",)),),
            READER: (Permission(("*/read",)),),
        },
    )
    return replace(known, **changes)  # type: ignore[arg-type]  # the fields are the test's


def ask(
    known: AccessFacts, action: str = START, *, who: PrincipalId = PERSON, at: Instant = NOON
) -> AccessDecision:
    return decide_access(known, AskedAccess(who, Context(action)), at)


def hours(decision: AccessDecision) -> float | None:
    """How many hours after noon the answer is another one."""
    return None if decision.until is None else (decision.until - NOON) / HOUR


def deny(*ids: str, but: tuple[str, ...] = (), **changes: object) -> Denial:
    """What denies starting machines at the subscription."""
    made = Denial(
        "denial",
        SUBSCRIPTION,
        "No starting",
        (Permission((START,)),),
        tuple(DeniedPrincipal(id_, "User") for id_ in ids),
        tuple(DeniedPrincipal(id_, "User") for id_ in but),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields are the test's


promised = pytest.mark.inferred("promise 1 of the design: a grant is in force or it is not")
documented = pytest.mark.documented("Azure: how access is decided")


@promised
@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((), (False, None)),
        ((held(),), (True, None)),
        ((held(hours=(-1, 2)),), (True, 2)),
        ((held(hours=(0, 2)),), (True, 2)),
        ((held(hours=(-1, 0)),), (False, None)),
        ((held(hours=(1, 2)),), (False, 1)),
        ((held(hours=(-1, 2)), held(hours=(2, 4))), (True, 4)),
        ((held(hours=(-1, 2)), held(hours=(3, 4))), (True, 2)),
        ((held(hours=(-1, 5)), held(hours=(2, 4))), (True, 5)),
        ((held(hours=(-1, 2)), held()), (True, None)),
        ((held(role_id=READER),), (False, None)),
        ((held(STRANGER),), (False, None)),
    ],
)
def test_what_is_held_allows_while_it_is_in_force(
    links: tuple[Grant, ...], expected: tuple[bool, float | None]
) -> None:
    decision = ask(facts(*links))
    assert (decision.is_allowed, hours(decision)) == expected


@promised
@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((within(GROUP, hours=(-1, 1)), held(GROUP)), (True, 1)),
        ((within(GROUP), held(GROUP, hours=(-1, 3))), (True, 3)),
        ((within(GROUP, hours=(2, 3)), held(GROUP)), (False, 2)),
        ((within(GROUP, hours=(-1, 1)), held(GROUP), held(hours=(1, 2))), (True, 2)),
        ((within(GROUP, hours=(-1, 1)), within(GROUP, hours=(1, 4)), held(GROUP)), (True, 4)),
        ((within(GROUP), within(OUTER, who=GROUP, hours=(-1, 5)), held(OUTER)), (True, 5)),
        # In a circle nobody is longer in than the link that ends first.
        (
            (
                within(GROUP, hours=(-1, 6)),
                within(OUTER, who=GROUP),
                within(GROUP, who=OUTER),
                held(OUTER),
            ),
            (True, 6),
        ),
        # What ends meanwhile and leads nowhere changes nothing.
        (
            (held(hours=(-1, 3)), within(OUTER, hours=(-1, 1)), held(OUTER, role_id=READER)),
            (True, 3),
        ),
    ],
)
def test_what_groups_hold_counts_while_the_memberships_last(
    links: tuple[Grant, ...], expected: tuple[bool, float | None]
) -> None:
    decision = ask(facts(*links))
    assert (decision.is_allowed, hours(decision)) == expected


@pytest.mark.documented("Entra: groups that hold directory roles do not nest")
def test_groups_do_not_nest_in_the_directory() -> None:
    links = (within(GROUP), within(OUTER, who=GROUP), held(OUTER, scope=DIRECTORY_ROOT))
    known = facts(*links, place=DIRECTORY_ROOT)
    assert ask(known).finding is Finding.NOT_ALLOWED
    assert ask(facts(*links)).is_allowed
    # The group itself is asked about: what it holds, and what those have that it is in directly.
    assert ask(known, who=GROUP).is_allowed


@promised
def test_nobody_who_is_not_there_may_do_anything() -> None:
    known = facts(held())
    assert ask(known, who=STRANGER).finding is Finding.PRINCIPAL_NOT_FOUND
    for principal, finding in (
        (make_principal(is_deleted=True), Finding.PRINCIPAL_NOT_FOUND),
        (make_principal(is_enabled=False), Finding.PRINCIPAL_DISABLED),
    ):
        gone = replace(known, principals=(principal,))
        decision = ask(gone)
        assert (decision.finding, decision.until) == (finding, None)
        assert rights_of(gone, PERSON, NOON).accesses == ()


@promised
def test_nothing_may_be_done_at_a_place_that_is_not_there() -> None:
    assert ask(facts(held(), is_known=False)).finding is Finding.SCOPE_NOT_FOUND


@documented
def test_a_denial_wins_over_what_allows() -> None:
    decision = ask(facts(held(), denials=(deny(PERSON),)))
    assert decision.finding is Finding.DENIED
    assert [one.id for one in decision.denials] == ["denial"]
    assert ask(facts(denials=(deny(PERSON),))).finding is Finding.NOT_ALLOWED


@documented
@pytest.mark.parametrize(
    "denial",
    [
        deny(STRANGER),
        deny(EVERYBODY, but=(PERSON,)),
        deny(EVERYBODY, but=(GROUP,)),
        deny(PERSON, is_for_children=False),
        deny(PERSON, effect=AUDITED),
        deny(PERSON, permissions=(Permission(("*",), (START,)),)),
        deny(PERSON, permissions=(Permission(data_actions=("*",)),)),
        deny(PERSON, condition="!(ActionMatches{'Microsoft.Compute/*'})"),
    ],
    ids=["other", "left-out", "in-group-left-out", "above", "audit", "except", "data", "condition"],
)
def test_a_denial_of_others_or_of_something_else_denies_nothing(denial: Denial) -> None:
    assert ask(facts(held(), within(GROUP), denials=(denial,))).is_allowed


@documented
def test_a_denial_whose_condition_cannot_be_judged_denies() -> None:
    for condition in (PRODUCTION, "no condition at all"):
        denial = deny(EVERYBODY, condition=condition)
        assert ask(facts(held(), denials=(denial,))).finding is Finding.DENIED


@promised
def test_a_denial_lasts_as_long_as_it_concerns_somebody() -> None:
    for_now = facts(held(), within(GROUP, hours=(-1, 2)), denials=(deny(GROUP),))
    decision = ask(for_now)
    assert (decision.finding, hours(decision)) == (Finding.DENIED, 2)
    ahead = facts(held(), within(GROUP, hours=(3, 4)), denials=(deny(GROUP),))
    decision = ask(ahead)
    assert (decision.finding, hours(decision)) == (Finding.ALLOWED, 3)
    left_out = facts(held(), within(GROUP, hours=(-1, 5)), denials=(deny(EVERYBODY, but=(GROUP,)),))
    decision = ask(left_out)
    assert (decision.finding, hours(decision)) == (Finding.ALLOWED, 5)


@documented
def test_a_condition_that_is_not_met_allows_nothing() -> None:
    known = facts(held(condition=PRODUCTION))
    for stage, finding in (
        (None, Finding.CONDITION_NOT_MET),
        ("test", Finding.CONDITION_NOT_MET),
        ("production", Finding.ALLOWED),
    ):
        call = Context(START, {} if stage is None else {STAGE: (stage,)})
        assert decide_access(known, AskedAccess(PERSON, call), NOON).finding is finding
    unreadable = facts(held(condition="@Nothing"))
    assert ask(unreadable).finding is Finding.CONDITION_NOT_MET


@documented
def test_actions_on_data_are_told_apart() -> None:
    known = facts(held())
    for action, is_data, is_allowed in (
        ("Store/read", True, True),
        ("Store/read", False, False),
        (START, True, False),
        (START.upper(), False, True),
    ):
        asked = AskedAccess(PERSON, Context(action), is_data)
        assert decide_access(known, asked, NOON).is_allowed is is_allowed


@promised
def test_the_grants_that_decide_are_told() -> None:
    own, through = held(), held(GROUP)
    other = held(role_id=READER)
    decision = ask(facts(own, through, other, held(hours=(1, 2)), within(GROUP)))
    assert decision.grants == (own, through)


@promised
def test_rights_are_what_the_answers_come_from() -> None:
    known = facts(
        held(condition=PRODUCTION),
        within(GROUP),
        held(GROUP, role_id=READER),
        denials=(deny(GROUP),),
    )
    rights = rights_of(known, PERSON, NOON)
    assert rights.scope == PLACE
    assert rights.allows("Microsoft.Compute/virtualMachines/read")
    assert not rights.allows(START)
    assert not rights.allows("Microsoft.Compute/virtualMachines/write")


UNIT: Final = unit_scope("north")


@pytest.mark.documented("Entra: restricted management administrative units")
def test_members_of_restricted_units_are_changed_by_who_administers_the_unit() -> None:
    update, read = "microsoft.directory/users/basic/update", "microsoft.directory/users/basic/read"
    permissions = {OPERATOR: (as_permission((update, read)),)}
    anywhere, there = held(scope=DIRECTORY_ROOT), held(scope=UNIT)
    place = Scope(ScopeKind.DIRECTORY, "/someone")
    restricted = frozenset({PrincipalId("north")})
    known = facts(anywhere, place=place, permissions=permissions, restricted_unit_ids=restricted)
    assert ask(known, read).is_allowed
    assert not ask(known, update).is_allowed
    assert ask(replace(known, restricted_unit_ids=frozenset()), update).is_allowed
    assert ask(replace(known, grants=(anywhere, there)), update).grants == (there,)


USERS: Final = "microsoft.directory/users"
HEALTH: Final = "microsoft.azure.serviceHealth"
COVERED: Final = (
    (f"{USERS}/basic/update", f"{USERS}/basic/update"),
    (f"{USERS}/basic/update", f"{USERS}/basic/UPDATE"),
    (f"{USERS}/allProperties/update", f"{USERS}/mail/update"),
    (f"{USERS}/allProperties/allTasks", f"{USERS}/create"),
    (f"{HEALTH}/allEntities/allTasks", f"{HEALTH}/a/b/read"),
)
NOT_COVERED: Final = (
    (f"{USERS}/basic/update", f"{USERS}/mail/update"),
    (f"{USERS}/allProperties/update", f"{USERS}/create"),
    (f"{USERS}/allProperties/read", f"{USERS}/mail/update"),
    (f"{USERS}/allProperties/allTasks", "microsoft.directory/groups/create"),
    (f"{HEALTH}/allEntities/allTasks", "microsoft.azure.supportTickets/a/b/read"),
    (f"{USERS}/mail/update", f"{USERS}/allProperties/update"),
)


@pytest.mark.documented("Entra: permissions in custom roles; allEntities, allProperties, allTasks")
def test_words_for_all_of_something_cover_it() -> None:
    for pairs, is_covered in ((COVERED, True), (NOT_COVERED, False)):
        for action, asked in pairs:
            assert as_permission((action,)).covers(asked) is is_covered, (action, asked)


@pytest.mark.inferred("a run of such words is one")
def test_a_run_of_words_for_all_is_one() -> None:
    assert as_pattern("a/allEntities/allProperties/allTasks") == "a/*"
    assert as_pattern("a/b/allProperties/read") == "a/b/*/read"


MOST: Final = 8
PEOPLE: Final = (PERSON, GROUP, OUTER)
windows = st.tuples(st.integers(-1, MOST), st.one_of(st.none(), st.integers(0, MOST + 1)))
memberships = st.builds(
    lambda group, who, when: within(group, who=who, hours=when),
    st.sampled_from((GROUP, OUTER)),
    st.sampled_from(PEOPLE),
    windows,
)
roles = st.builds(
    lambda who, when, role_id: held(who, hours=when, role_id=role_id),
    st.sampled_from(PEOPLE),
    windows,
    st.sampled_from((OPERATOR, READER)),
)
denials = st.builds(
    lambda ids, but: deny(*ids, but=tuple(but)),
    st.lists(st.sampled_from((*PEOPLE, EVERYBODY)), min_size=1, max_size=2),
    st.lists(st.sampled_from(PEOPLE), max_size=1),
)


@promised
@given(
    st.lists(memberships, max_size=5), st.lists(roles, max_size=4), st.lists(denials, max_size=1)
)
def test_the_answer_stays_until_told_and_changes_then(
    ways: list[Grant], given_roles: list[Grant], denied: list[Denial]
) -> None:
    known = facts(*ways, *given_roles, denials=tuple(denied))
    told = {n: ask(known, at=NOON + n * timedelta(minutes=30)) for n in range(2 * MOST + 6)}
    first = told[0].is_allowed
    changed = next((n / 2 for n, one in told.items() if one.is_allowed is not first), None)
    assert hours(told[0]) == changed
    rights = [rights_of(known, PERSON, NOON + n * timedelta(minutes=30)) for n in told]
    assert [one.allows(START) for one in rights] == [one.is_allowed for one in told.values()]
