"""What holds for everything that can be asked: caps, cascades, last administrators, approvals."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.deciding import summary
from tests.support.builders import (
    APPROVER,
    BOSS,
    GROUP,
    HOUR,
    MINUTE,
    NOON,
    PERSON,
    SLOT,
    STRANGER,
    after,
    endless,
    make_activation,
    make_boss,
    make_caller,
    make_chain,
    make_draft,
    make_facts,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_path,
    make_policy,
    make_request,
    until,
)
from timebound.application.submitting import judge_draft
from timebound.domain.approvals import Approval, Approvers, ReviewResult
from timebound.domain.cascade import Ending, cut_dependents, leaves_no_administrator
from timebound.domain.decide import Granted, Refused, Scheduled
from timebound.domain.facts import Chain, Facts, membership_slot
from timebound.domain.grants import ACTIVE_KINDS, Basis, Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope
from timebound.domain.settings import MissingExpiration, TenantSettings
from timebound.domain.settle import Verdict, decide_approval
from timebound.domain.times import ENDLESS, AskedSchedule, Instant, Window

PROMISE_6 = pytest.mark.inferred("promise 6 of the design")
PROMISE_11 = pytest.mark.inferred("promise 11 of the design")

minutes = st.integers(0, 600)
instants = st.integers(-120, 720).map(lambda m: NOON + m * MINUTE)
lengths = st.integers(1, 600).map(lambda m: m * MINUTE)
windows = st.builds(lambda start, length: Window(start, start + length), instants, lengths)
ends = st.none() | instants


@st.composite
def grants(draw: st.DrawFn, slot: Slot, kind: GrantKind, number: int) -> Grant:
    window = draw(windows | st.just(Window(NOON - HOUR, ENDLESS)))
    id_ = GrantId(f"{kind.value}-{slot.principal_id}-{slot.role_id}-{number}")
    return replace(make_grant(kind, window.start, window.end, slot), id=id_, ended_at=draw(ends))


@st.composite
def several(draw: st.DrawFn, slot: Slot, kind: GrantKind) -> tuple[Grant, ...]:
    return tuple(draw(grants(slot, kind, n)) for n in range(draw(st.integers(0, 3))))


MEMBERSHIP = make_membership().slot
CREW_SLOT = replace(SLOT, principal_id=GROUP)
schedules: st.SearchStrategy[AskedSchedule] = st.one_of(
    st.builds(after, lengths, st.none() | instants),
    st.builds(until, instants, st.none() | instants),
    st.builds(endless, st.none() | instants),
    st.builds(AskedSchedule, st.none() | instants),
)


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    """Alice, perhaps eligible, perhaps through the crew, under some maximum."""
    own = draw(several(SLOT, GrantKind.ELIGIBLE))
    group = draw(several(CREW_SLOT, GrantKind.ELIGIBLE))
    members = draw(several(MEMBERSHIP, GrantKind.ASSIGNED))
    rule = ExpirationRule(draw(st.booleans()), draw(lengths))
    missing = draw(st.sampled_from(MissingExpiration))
    facts = make_facts(
        *own,
        policy=make_policy(Expiration_EndUser_Assignment=rule),
        settings=TenantSettings(missing_expiration=missing, minimum_active_duration=timedelta(0)),
    )
    through = replace(make_group_eligibility(*members), grants=group)
    return replace(facts, eligibilities=(*facts.eligibilities, through))


def is_covered(held: Iterable[Grant], window: Window) -> bool:
    """Whether at every instant of the window one of the grants is in force, told naively."""
    known = tuple(held)
    turns = {window.start, *(g.until for g in known), *(g.window.start for g in known)}
    inside = [at for at in turns if window.contains(at)]
    return all(any(g.is_in_force(at) for g in known) for at in inside)


def check_caps(facts: Facts, grant_window: Window, basis: Basis | None, draft: Draft) -> None:
    assert basis
    assert facts.policy.activation
    assert timedelta(0) < grant_window.length <= facts.policy.activation.maximum
    (eligibility,) = (e for e in facts.eligibilities if e.slot == basis.slot)
    assert is_covered(eligibility.grants, grant_window)
    if eligibility.memberships is not None:
        assert is_covered(eligibility.memberships, grant_window)
    expiration = draft.schedule.expiration if draft.schedule else None
    if expiration and expiration.end:
        assert grant_window.end <= expiration.end
    if expiration and expiration.duration:
        assert grant_window.length <= expiration.duration


@PROMISE_6
@given(worlds(), schedules)
def test_an_activation_never_widens(facts: Facts, schedule: AskedSchedule) -> None:
    draft = replace(make_draft(), schedule=schedule)
    decision = judge_draft(facts, draft, NOON)
    assert decision == judge_draft(facts, draft, NOON)
    if isinstance(decision, Refused):
        assert decision.problems
        return
    assert isinstance(decision, Granted | Scheduled)
    assert decision.grant
    assert decision.grant.window.start >= NOON
    check_caps(facts, decision.grant.window, decision.grant.basis, draft)


@PROMISE_6
@given(worlds(), schedules, minutes)
def test_an_approval_never_widens(facts: Facts, schedule: AskedSchedule, waited: int) -> None:
    draft = replace(make_draft(), schedule=schedule)
    request = make_request(draft, created_at=NOON - waited * MINUTE)
    facts = replace(facts, caller=make_caller(APPROVER), requests=(request,))
    settled = decide_approval(facts, request, Verdict(ReviewResult.APPROVE, "ok"), NOON)
    assert not isinstance(settled, Refused)
    if settled.grant is None:
        assert settled.status is Status.FAILED
        return
    check_caps(facts, settled.grant.window, settled.grant.basis, draft)


people = st.sampled_from([PERSON, BOSS, APPROVER, STRANGER])


@pytest.mark.inferred("promise 7 of the design: by any route")
@given(
    st.lists(people, max_size=3),
    st.booleans(),
    st.booleans(),
    people,
    st.sampled_from([ReviewResult.APPROVE, ReviewResult.DENY]),
)
def test_nobody_ever_decides_their_own(
    named: list[PrincipalId],
    is_member: bool,  # noqa: FBT001 - drawn
    is_administrator: bool,  # noqa: FBT001 - drawn
    author: PrincipalId,
    result: ReviewResult,
) -> None:
    approvers = Approvers(tuple(named), (GROUP,), (GLOBAL_ADMINISTRATOR,))
    request = replace(make_request(author=author), approval=Approval(approvers))
    roles = (GLOBAL_ADMINISTRATOR,) if is_administrator else ()
    for caller in {PERSON, author}:
        who = make_caller(caller, *roles, group_ids=(GROUP,) if is_member else ())
        facts = make_facts(make_grant(), caller=who, requests=(request,))
        decision = decide_approval(facts, request, Verdict(result, "me"), NOON)
        assert summary(decision) == "notApprover/ownRequest"


@pytest.mark.inferred("deny by default: a refusal says why, the same each time")
@given(worlds(), st.sampled_from(Action), st.sampled_from(RequestKind), schedules, st.booleans())
def test_a_refusal_has_problems_and_a_decision_is_a_function(
    facts: Facts,
    action: Action,
    kind: RequestKind,
    schedule: AskedSchedule,
    is_boss: bool,  # noqa: FBT001 - drawn
) -> None:
    facts = replace(facts, caller=make_boss()) if is_boss else facts
    draft = make_draft(action, kind, schedule)
    decision = judge_draft(facts, draft, NOON)
    assert decision == judge_draft(facts, draft, NOON)
    assert decision == judge_draft(facts, replace(draft, is_validation_only=True), NOON)
    if isinstance(decision, Refused):
        assert decision.problems
        assert len(set(decision.problems)) == len(decision.problems)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Supports of all three sorts, and activations that stand on them when it begins."""
    supports = (
        *draw(several(SLOT, GrantKind.ELIGIBLE)),
        *draw(several(CREW_SLOT, GrantKind.ELIGIBLE)),
        *draw(several(MEMBERSHIP, GrantKind.ASSIGNED)),
        *draw(several(MEMBERSHIP, GrantKind.ELIGIBLE)),
    )
    bases = {SLOT: SLOT, CREW_SLOT: SLOT, MEMBERSHIP: MEMBERSHIP}
    dependents = []
    for n in range(draw(st.integers(0, 4))):
        base = draw(st.sampled_from(list(bases)))
        window = draw(windows)
        grant = make_activation(window.start, window.end, bases[base])
        basis = Basis(base, GrantId("any"))
        dependents.append(replace(grant, id=GrantId(f"activation-{n}"), basis=basis))
    return make_chain(dependents, *supports)


def in_slot(held: Iterable[Grant], slot: Slot, *kinds: GrantKind) -> list[Grant]:
    return [g for g in held if g.slot == slot and g.kind in kinds]


def stands_until(grant: Grant, held: tuple[Grant, ...], at: Instant) -> Instant:
    """Until when a grant stands without a break, told naively: at every turn of the clock."""
    start = max(at, grant.window.start)
    assert grant.basis
    sets = [in_slot(held, grant.basis.slot, GrantKind.ELIGIBLE)]
    through = membership_slot(grant)
    if through:
        sets.append(in_slot(held, through, *ACTIVE_KINDS))
    turns = {t for g in held for t in (g.window.start, g.until)} | {start}
    falls = [
        t
        for t in turns
        if start <= t < grant.until and not all(any(g.is_in_force(t) for g in s) for s in sets)
    ]
    return min(falls, default=grant.until)


def recompute(chain: Chain, ended: tuple[Ending, ...], at: Instant) -> dict[GrantId, Instant]:
    """The ends of all activations after some grants end, told naively: again until it holds."""
    gone = {e.grant.id: replace(e.grant, ended_at=e.at) for e in ended}
    state = {g.id: gone.get(g.id, g) for g in (*chain.supports, *chain.dependents)}
    for _ in range(len(chain.dependents) + 1):
        for grant in chain.dependents:
            now = state[grant.id]
            if now.until <= max(at, now.window.start):
                continue
            stands = stands_until(now, tuple(state.values()), at)
            if stands < now.until:
                never = stands == max(at, now.window.start)
                state[grant.id] = replace(now, ended_at=at if never else stands)
    return {g.id: state[g.id].until for g in chain.dependents}


@PROMISE_6
@given(chains(), st.data())
def test_cutting_is_what_a_naive_recomputation_says(chain: Chain, data: st.DataObject) -> None:
    assume(chain.supports)
    at = data.draw(instants)
    live = [g for g in chain.supports if g.until > at]
    assume(live)
    picked = data.draw(st.lists(st.sampled_from(live), min_size=1, unique_by=lambda g: g.id))
    ended = tuple(Ending(g, at) for g in picked)
    cuts = cut_dependents(chain, ended, (), at)
    naive = recompute(chain, ended, at)
    known = {c.grant.id: c.at for c in cuts}
    assert {g.id: min(g.until, known.get(g.id, g.until)) for g in chain.dependents} == naive
    for cut in cuts:
        assert cut.is_cut
        assert cut.at < cut.grant.until
        assert cut.at >= at
    after_cuts = Chain(
        tuple(replace(g, ended_at=known.get(g.id, g.ended_at)) for g in chain.dependents),
        chain.supports,
    )
    assert cut_dependents(after_cuts, ended, (), at) == ()


@PROMISE_6
@given(chains(), st.data())
def test_a_longer_successor_cuts_nothing_that_stood(chain: Chain, data: st.DataObject) -> None:
    assume(chain.supports)
    at = data.draw(instants)
    # Only what stands before can be asked to stand after.
    settled = {c.grant.id: c.at for c in cut_dependents(chain, (), (), at)}
    dependents = tuple(replace(g, ended_at=settled.get(g.id, g.ended_at)) for g in chain.dependents)
    old = data.draw(st.sampled_from(chain.supports))
    assume(old.is_in_force(at))
    new = replace(old, id=GrantId(""), window=Window(at, ENDLESS), ended_at=None)
    standing = Chain(dependents, chain.supports)
    assert cut_dependents(standing, (Ending(old, at),), (new,), at) == ()


NAMES = [PrincipalId(name) for name in ("ann", "ben", "cam")]
CLUB = PrincipalId("club")


People = set[PrincipalId]


def administrators(direct: People, members: People, enabled: People, *, club_holds: bool) -> People:
    """Who is Global Administrator, told naively from lists."""
    return {p for p in enabled if p in direct or (club_holds and p in members)}


@PROMISE_11
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["take", "leave", "disable", "dissolve"]), st.sampled_from(NAMES)
        ),
        max_size=12,
    )
)
def test_the_last_administrator_is_never_lost(steps: list[tuple[str, PrincipalId]]) -> None:
    direct, members, enabled = set(NAMES[:2]), set(NAMES[1:]), set(NAMES)
    club = {CLUB}
    role = {p: _forever(p, GLOBAL_ADMINISTRATOR) for p in [*NAMES, CLUB]}
    joined = {p: _forever(p, MEMBER) for p in NAMES}
    for deed, person in steps:
        paths = (
            *(make_path(p, role[p]) for p in NAMES if p in direct & enabled),
            *(
                make_path(p, joined[p], role[CLUB])
                for p in NAMES
                if club and p in members & enabled
            ),
        )
        ended = {"take": role[person].id, "leave": joined[person].id, "dissolve": role[CLUB].id}
        lost = person if deed == "disable" else None
        gone = [ended[deed]] if deed in ended else []
        changed = (
            direct - {person} if deed == "take" else direct,
            members - {person} if deed == "leave" else members,
            enabled - {person} if deed == "disable" else enabled,
        )
        stays = club - {CLUB} if deed == "dissolve" else club
        is_lost = not administrators(*changed, club_holds=bool(stays))
        assert leaves_no_administrator(paths, gone, lost) is is_lost
        if not is_lost:
            (direct, members, enabled), club = changed, stays
        assert administrators(direct, members, enabled, club_holds=bool(club))


def _forever(person: PrincipalId, role_id: RoleId) -> Grant:
    scope = group_scope(CLUB) if role_id == MEMBER else DIRECTORY_ROOT
    grant = make_grant(GrantKind.ASSIGNED, slot=Slot(person, role_id, scope))
    return replace(grant, id=GrantId(f"{role_id}-{person}"))
