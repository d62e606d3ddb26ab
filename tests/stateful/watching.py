"""What is watched after every step: the service tells, everywhere, what was promised."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from hypothesis.stateful import invariant

from tests.stateful.place import Place
from tests.stateful.playing import Playing
from tests.stateful.records import Held
from tests.stateful.tenant import (
    PEOPLE,
    TICK,
)
from tests.support.events import Told
from timebound.application.relations import Way
from timebound.application.views import GrantRow, MemberType, View
from timebound.domain.authority import HeldRole
from timebound.domain.events import EventKind
from timebound.domain.grants import ACTIVE_KINDS, GrantKind
from timebound.domain.ids import PrincipalId
from timebound.domain.requests import APPROVAL_LIFETIME, RequestKind, Status
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS, Instant

ELIGIBLE: Final = (GrantKind.ELIGIBLE,)
INSTANCES: Final = (
    (View.ELIGIBILITY_INSTANCES, View.ELIGIBILITY_SCHEDULES, ELIGIBLE),
    (View.ASSIGNMENT_INSTANCES, View.ASSIGNMENT_SCHEDULES, ACTIVE_KINDS),
)
REQUESTS: Final = (
    (View.ELIGIBILITY_REQUESTS, RequestKind.ELIGIBILITY),
    (View.ASSIGNMENT_REQUESTS, RequestKind.ASSIGNMENT),
)
WAYS: Final = {MEMBER: Way.MEMBER_OF, OWNER: Way.OWNED}
"""How the directory tells of memberships and ownerships."""
LISTED: Final = (ScopeKind.DIRECTORY, ScopeKind.GROUP)
DUE: Final = (EventKind.GRANT_STARTED, EventKind.GRANT_EXPIRED, EventKind.APPROVAL_TIMED_OUT)
REFUSALS: Final = (
    EventKind.REQUEST_REFUSED,
    EventKind.APPROVAL_REFUSED,
    EventKind.CANCEL_REFUSED,
    EventKind.CHANGE_REFUSED,
)


class Watching(Playing):
    """The machine's eyes; `readings` are answers about instants that have passed.

    `begun` is what was held when a worker was there to tell so; `watched` is when all was asked.
    """

    def __init__(self, open_place: Callable[[asyncio.Runner], Place], seen: Counter[str]) -> None:
        super().__init__(open_place, seen)
        self.readings: dict[tuple[PrincipalId, Instant], frozenset[HeldRole]] = {}
        self.begun: set[str] = set()
        self.watched: tuple[Instant, int] | None = None

    @invariant()
    def the_promises_hold(self) -> None:
        """Asked after every step; before the first there is nothing.

        After one in which all was refused it is seen that nothing is there that was not; what
        follows from it for everybody is asked again when something has happened.
        """
        if not self.model.held:
            return
        self._schedules_and_instances_tell_the_same()
        self._each_request_is_listed_once_with_its_status()
        if self.watched != (self.now, self.happened):
            self._effective_access_is_what_was_promised()
            self._everybody_is_shown_what_they_have()
            self._who_decides_is_asked_to()
            self._an_administrator_remains()
            self._groups_and_roles_tell_the_same()
            self.watched = (self.now, self.happened)

    def _groups_and_roles_tell_the_same(self) -> None:
        """What the groups' side says of who is in them, the directory and the roles' side say too.

        Whoever is a member there has, through the group, all that it holds, and nobody else has it:
        told by what the service answers alone.
        """
        at = self.now
        inside = self.run(self.place.everybodys(View.ASSIGNMENT_INSTANCES, ScopeKind.GROUP, at))
        roles = {
            view: self.run(self.place.everybodys(view, ScopeKind.DIRECTORY, at))
            for view, _, _ in INSTANCES
        }
        for person in PEOPLE:
            own = self.run(self.place.own(View.ASSIGNMENT_INSTANCES, person, at, ScopeKind.GROUP))
            assert _told(own) == _told(tuple(r for r in inside if r.principal_id == person))
            for role_id, way in WAYS.items():
                groups = {r.grant.slot.scope.path for r in own if r.grant.slot.role_id == role_id}
                assert self.run(self.place.groups_of(way, person, at)) == groups, (person, way)
            joined = {r.grant.slot.scope.path for r in own if r.grant.slot.role_id == MEMBER}
            for view, everybodys in roles.items():
                shown = self.run(self.place.own(view, person, at))
                through = {r.grant.id for r in shown if r.member_type is MemberType.GROUP}
                held = {r.grant.id for r in everybodys if r.principal_id in joined}
                assert through == held, (person, view)
                if through:
                    self.saw("a role through a membership")

    def _effective_access_is_what_was_promised(self) -> None:
        """Neither early nor late: now, at the next change, and an instant before it."""
        for person in PEOPLE:
            for at in (self.next_change - TICK, self.next_change):
                assert self._roles_of(person, at) == self.model.roles_of(person, at)
            roles = self._roles_of(person, self.now)
            assert roles == self.model.roles_of(person, self.now)
            self._remember(person, roles)

    def _roles_of(self, person: PrincipalId, at: Instant) -> frozenset[HeldRole]:
        return self.run(self.place.roles_of(person, at))

    def _remember(self, person: PrincipalId, roles: frozenset[HeldRole]) -> None:
        """History is written once: `teardown` asks again about every instant that was a now.

        Who is disabled is masked at every instant while they are, so they have no answer to keep.
        """
        self.readings.pop((person, self.now), None)
        if self.model.is_able(person):
            self.readings[person, self.now] = roles

    def _everybody_is_shown_what_they_have(self) -> None:
        """Instances of a person, those through groups among them, now and at the next change."""
        for at in (self.now, self.next_change):
            for person in PEOPLE:
                for view, _, kinds in INSTANCES:
                    shown = {
                        (row.grant.id, row.member_type is MemberType.GROUP)
                        for row in self.run(self.place.own(view, person, at))
                    }
                    assert shown == self.model.grants_of(person, kinds, at)
        for person in PEOPLE:
            view, _, kinds = INSTANCES[0]
            rows = self.run(self.place.own(view, person, self.now, ScopeKind.GROUP))
            shown = {(row.grant.id, row.member_type is MemberType.GROUP) for row in rows}
            assert shown == self.model.grants_of(person, kinds, self.now, ScopeKind.GROUP), person

    def _schedules_and_instances_tell_the_same(self) -> None:
        """What is held or ahead is a schedule; what is held now is an instance; nothing else is."""
        for kind in LISTED:
            for instances, schedules, kinds in INSTANCES:
                known = [
                    h for h in self.model.held if h.slot.scope.kind is kind and h.kind in kinds
                ]
                listed = self.run(self.place.everybodys(schedules, kind, self.now))
                assert _told(listed) == {_line(h) for h in known if h.until > self.now}
                listed = self.run(self.place.everybodys(instances, kind, self.now))
                assert _told(listed) == {_line(h) for h in known if h.is_held(self.now)}

    def _each_request_is_listed_once_with_its_status(self) -> None:
        """What was refused or rehearsed is not there at all."""
        for kind in LISTED:
            for view, request_kind in REQUESTS:
                shown = [
                    (r.id, r.status) for r in self.run(self.place.requests(view, kind, self.now))
                ]
                expected = {
                    (a.id, a.status_at(self.now))
                    for a in self.model.asked
                    if a.draft.kind is request_kind and a.draft.slot.scope.kind is kind
                }
                assert len(shown) == len(expected)
                assert set(shown) == expected

    def _who_decides_is_asked_to(self) -> None:
        """Each is shown just what waits for a word of theirs; who is disabled is shown nothing."""
        waiting = [a for a in self.model.asked if a.status_at(self.now) is Status.PENDING_APPROVAL]
        for person in PEOPLE if waiting else ():
            if self.model.is_able(person):
                told = [
                    request
                    for kind in LISTED
                    for request in self.run(self.place.to_decide(person, self.now, kind))
                ]
                shown = {r.id for r in told if r.status is Status.PENDING_APPROVAL}
                wanted = {a.id for a in waiting if self.model.may_review(person, a, self.now)}
                assert shown == wanted, person

    def _an_administrator_remains(self) -> None:
        """Somebody enabled is Global Administrator, and nothing known ends that."""
        assert self.model.endless_administrators(PEOPLE, self.now)

    def teardown(self) -> None:
        """When all is done: the past is told as it was, and everything that happened is logged."""
        try:
            if self.model.held:
                self._count_what_was_cut()
                self._past_is_told_as_it_was()
                self._everything_is_logged()
                self._what_fell_due_was_told_once()
        finally:
            super().teardown()

    def _count_what_was_cut(self) -> None:
        for held in self.model.held:
            if held.id in self.model.cuts:
                is_through = held.stands_on not in (None, held.slot)
                self.saw("cut behind a membership" if is_through else "cut")

    def _past_is_told_as_it_was(self) -> None:
        for (person, at), roles in self.readings.items():
            if self.model.is_able(person):
                assert self._roles_of(person, at) == roles, (person, at)

    def _everything_is_logged(self) -> None:
        events = self.run(self.place.events())
        made = {e.correlation_id for e in events if e.kind is EventKind.GRANT_MADE}
        ended = {
            (e.data["grantId"], e.effective_at) for e in events if e.kind is EventKind.GRANT_ENDED
        }
        requested = {h.id for h in self.model.held} & {a.id for a in self.model.asked}
        assert made == requested
        assert ended >= {(h.id, h.ended) for h in self.model.held if h.ended != ENDLESS}
        asked = [e.correlation_id for e in events if e.kind is EventKind.REQUEST_MADE]
        assert sorted(asked) == sorted(a.id for a in self.model.asked)
        refusals = [e for e in events if e.kind in REFUSALS]
        assert len(refusals) == self.refusals
        assert all(e.data["problems"] for e in refusals)

    def _what_fell_due_was_told_once(self) -> None:
        """Whatever came before, a worker that comes late tells the rest, and nothing twice."""
        for _ in range(2):
            self.run(self.place.do_due(self.now))
        events = self.run(self.place.events())
        told = Counter((e.kind, e.correlation_id, e.effective_at) for e in events)
        expected = Counter(
            (EventKind.GRANT_EXPIRED, h.id, h.until)
            for h in self.model.held
            if h.start < h.until <= self.now and _came_by_itself(h, events)
        )
        expected += Counter(
            (EventKind.GRANT_STARTED, h.id, h.start)
            for h in self.model.held
            if h.start <= self.now and self._has_begun(h) and _was_ahead(h, events)
        )
        expected += Counter(
            (EventKind.APPROVAL_TIMED_OUT, a.id, a.at + APPROVAL_LIFETIME)
            for a in self.model.asked
            if a.status_at(self.now) is Status.TIMED_OUT
        )
        kinds = {kind for kind, _, _ in expected}
        assert Counter({k: n for k, n in told.items() if k[0] in DUE}) == expected
        for kind in kinds:
            self.saw(kind.value)

    def _has_begun(self, held: Held) -> bool:
        """It was held for a while, or a worker told that it began before it was ended at once."""
        return held.start < held.until or held.id in self.begun


def _came_by_itself(held: Held, events: Sequence[Told]) -> bool:
    """Its end was planned, or brought forward to an instant that still lay ahead."""
    brought_forward = {
        (e.data["grantId"], e.effective_at)
        for e in events
        if e.kind is EventKind.GRANT_ENDED and e.effective_at > e.recorded_at
    }
    return held.ended >= held.end or (held.id, held.until) in brought_forward


def _was_ahead(held: Held, events: Sequence[Told]) -> bool:
    """Its start lay ahead when it was granted."""
    made = [e for e in events if e.kind is EventKind.GRANT_MADE and e.correlation_id == held.id]
    return any(e.effective_at > e.recorded_at for e in made)


def _told(rows: tuple[GrantRow, ...]) -> set[tuple[str, GrantKind, Instant, Instant]]:
    assert len({row.grant.id for row in rows}) == len(rows), "each is listed once"
    return {(r.grant.id, r.grant.kind, r.grant.window.start, r.grant.until) for r in rows}


def _line(held: Held) -> tuple[str, GrantKind, Instant, Instant]:
    return held.id, held.kind, held.start, held.until
