"""Groups in groups, which count at Azure scopes: how long they carry, and what ends with them."""

from collections.abc import Iterable
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.domain.deciding import granted, judged
from tests.support.builders import (
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
    make_chain,
    make_draft,
    make_facts,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_policy,
    until,
)
from timebound.domain.cascade import Ending, cut_dependents
from timebound.domain.facts import Chain, Facts, member_until
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.roles import Role
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import ENDLESS, Instant

pytestmark = pytest.mark.inferred("promise 6 of the design; groups nest at Azure scopes alone")

OPERATOR = Role(ROLE.id, ScopeKind.AZURE, "Operator")
OPERATES = replace(SLOT, scope=Scope(ScopeKind.AZURE, "/subscriptions/s"))
LEFT, RIGHT, INNER = PrincipalId("left"), PrincipalId("right"), PrincipalId("inner")


def link(
    member: PrincipalId,
    group: PrincipalId,
    start: Instant = NOON - DAY,
    end: Instant = ENDLESS,
    kind: GrantKind = GrantKind.ASSIGNED,
) -> Grant:
    """A membership with an id that tells which."""
    id_ = GrantId(f"{member}-{group}-{start:%d%H%M%S}")
    return make_membership(member, group, kind, start, end, id=id_)


def of_operator(*memberships: Grant) -> Facts:
    """The facts when the crew is eligible on the subscription."""
    through = make_group_eligibility(*memberships, slot=OPERATES)
    return replace(
        make_facts(policy=make_policy(OPERATOR)),
        slot=OPERATES,
        role=OPERATOR,
        eligibilities=(through,),
    )


ENDS_SOON = NOON + HOUR
WHOLE = NOON + 8 * HOUR
OWN = link(PERSON, GROUP, end=ENDS_SOON)
BY_LEFT = (link(PERSON, LEFT), link(LEFT, GROUP, end=ENDS_SOON))
BY_RIGHT = (link(PERSON, RIGHT, end=NOON + 2 * HOUR), link(RIGHT, GROUP))
RIGHT_LATER = (link(PERSON, RIGHT), link(RIGHT, GROUP, ENDS_SOON))
RIGHT_TOO_LATE = (link(PERSON, RIGHT), link(RIGHT, GROUP, ENDS_SOON + MINUTE))
DEEP = (
    link(PERSON, INNER),
    link(INNER, LEFT, end=ENDS_SOON),
    link(LEFT, RIGHT),
    link(RIGHT, GROUP),
)
CIRCLE = (link(PERSON, LEFT, end=ENDS_SOON), link(LEFT, GROUP), link(GROUP, LEFT))


@pytest.mark.parametrize(
    ("memberships", "end"),
    [
        ((OWN,), ENDS_SOON),
        (BY_LEFT, ENDS_SOON),
        ((*BY_LEFT, *BY_RIGHT), NOON + 2 * HOUR),
        ((*BY_LEFT, *RIGHT_LATER), WHOLE),
        ((*BY_LEFT, *RIGHT_TOO_LATE), ENDS_SOON),
        ((OWN, *RIGHT_LATER), WHOLE),
        (DEEP, ENDS_SOON),
        (CIRCLE, ENDS_SOON),
    ],
    ids=["own", "nested", "longer", "takes over", "gap", "own and nested", "deep", "circle"],
)
def test_an_activation_lasts_as_long_as_the_paths_together(
    memberships: tuple[Grant, ...], end: Instant
) -> None:
    decision = granted(of_operator(*memberships), make_draft(schedule=until(WHOLE), slot=OPERATES))
    assert decision.grant
    assert decision.grant.window.end == end


@pytest.mark.parametrize(
    "memberships",
    [
        (link(LEFT, GROUP),),
        (link(PERSON, LEFT),),
        RIGHT_LATER,
        (link(PERSON, LEFT, kind=GrantKind.ELIGIBLE), link(LEFT, GROUP)),
        (link(PERSON, LEFT), link(GROUP, LEFT)),
    ],
    ids=["first is missing", "last is missing", "not yet", "only eligible", "wrong way round"],
)
def test_nothing_is_reached_without_every_membership(memberships: tuple[Grant, ...]) -> None:
    asked = make_draft(schedule=after(HOUR), slot=OPERATES)
    assert judged(of_operator(*memberships), asked) == "EligibilityRule/notEligible"


THROUGH = make_group_eligibility(slot=OPERATES).grants[0]
RUNNING = make_activation(NOON - HOUR, WHOLE, OPERATES, on=THROUGH)
TWO_WAYS = (link(PERSON, LEFT), link(LEFT, GROUP), link(PERSON, RIGHT), link(RIGHT, GROUP))


def cut_at(supports: Iterable[Grant], *ended: Grant, added: Iterable[Grant] = ()) -> Instant:
    """The end of what runs through the crew, after memberships have ended at noon."""
    chain = make_chain((RUNNING,), THROUGH, *supports)
    cuts = cut_dependents(chain, [Ending(grant, NOON) for grant in ended], added, NOON)
    assert [cut.grant for cut in cuts] in ([], [RUNNING])
    return cuts[0].at if cuts else WHOLE


@pytest.mark.parametrize("lost", range(4))
def test_every_link_of_the_only_path_holds_it_up(lost: int) -> None:
    links = [replace(held, window=TWO_WAYS[0].window) for held in DEEP]
    assert cut_at(links, links[lost]) == NOON
    successor = replace(links[lost], id=GrantId(""), window=replace(RUNNING.window, start=NOON))
    assert cut_at(links, links[lost], added=[successor]) == WHOLE
    shorter = replace(successor, ended_at=NOON + MINUTE)
    assert cut_at(links, links[lost], added=[shorter]) == NOON + MINUTE


def test_a_second_path_holds_it_up_as_long_as_it_lasts() -> None:
    for lost in TWO_WAYS:
        assert cut_at(TWO_WAYS, lost) == WHOLE
    assert cut_at(TWO_WAYS, TWO_WAYS[0], TWO_WAYS[3]) == NOON
    assert cut_at((*TWO_WAYS[:2], *BY_RIGHT), TWO_WAYS[1]) == NOON + 2 * HOUR


def test_an_eligibility_with_a_successor_cuts_nothing_of_it() -> None:
    successor = replace(THROUGH, id=GrantId(""), window=replace(THROUGH.window, start=NOON))
    assert cut_at(TWO_WAYS, THROUGH, added=[successor]) == WHOLE


def test_a_membership_that_is_cut_cuts_what_goes_through_it() -> None:
    mine = link(PERSON, LEFT).slot
    eligible = make_grant(slot=mine)
    membership = make_activation(slot=mine, on=eligible)
    chain = make_chain((RUNNING, membership), eligible, THROUGH, link(LEFT, GROUP))
    cuts = cut_dependents(chain, [Ending(eligible, NOON)], (), NOON)
    assert {(cut.grant, cut.at) for cut in cuts} == {(membership, NOON), (RUNNING, NOON)}


def test_groups_in_groups_hold_up_no_directory_role() -> None:
    own = link(PERSON, GROUP)
    eligible = replace(make_group_eligibility().grants[0], id=GrantId("of the directory"))
    active = make_activation(on=eligible, id=GrantId("in the directory"))
    chain = make_chain((active, RUNNING), eligible, THROUGH, own, *TWO_WAYS)
    cuts = cut_dependents(chain, [Ending(own, NOON)], (), NOON)
    assert cuts == (Ending(active, NOON, is_cut=True),)


NAMES = (PERSON, LEFT, RIGHT, INNER, GROUP)
minutes = st.integers(0, 6).map(lambda n: NOON + n * MINUTE)


@st.composite
def links(draw: st.DrawFn) -> Grant:
    member, group = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    start, end = sorted((draw(minutes), draw(minutes)))
    return replace(link(member, group, start, end), id=GrantId(str(draw(st.uuids()))))


def is_in(memberships: Iterable[Grant], at: Instant) -> bool:
    """Whether the person is in the crew, told naively: by everybody's groups, again and again."""
    inside: set[str] = {PERSON}
    held = [m for m in memberships if m.is_in_force(at)]
    for _ in NAMES:
        inside |= {m.slot.scope.path for m in held if m.slot.principal_id in inside}
    return GROUP in inside


def naive_until(memberships: list[Grant], start: Instant, end: Instant) -> Instant:
    """Until when the person is in the crew without a break, asked at every turn of the clock."""
    turns = {start, *(t for m in memberships for t in (m.window.start, m.until))}
    return min((t for t in turns if start <= t < end and not is_in(memberships, t)), default=end)


@given(st.lists(links(), max_size=12), minutes)
def test_being_in_a_group_is_what_a_naive_walk_says(
    memberships: list[Grant], start: Instant
) -> None:
    def held_by(holder: PrincipalId) -> Iterable[Grant]:
        return [m for m in memberships if m.slot.principal_id == holder]

    assert member_until(held_by, PERSON, GROUP, start) == naive_until(memberships, start, ENDLESS)


@given(st.lists(links(), max_size=12), st.sets(st.integers(0, 11)), minutes)
def test_cutting_is_what_a_naive_walk_says(
    memberships: list[Grant], lost: set[int], at: Instant
) -> None:
    ended = [Ending(m, at) for n, m in enumerate(memberships) if n in lost and m.until > at]
    gone = {e.grant.id: replace(e.grant, ended_at=at) for e in ended}
    cuts = cut_dependents(Chain((RUNNING,), (THROUGH, *memberships)), ended, (), at)
    stands = naive_until([gone.get(m.id, m) for m in memberships], at, WHOLE)
    assert (cuts[0].at if cuts else WHOLE) == stands
