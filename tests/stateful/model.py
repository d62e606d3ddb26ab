"""What was promised, over plain lists: who holds what when, found by looking at everything.

The model decides nothing. It is told what the service allowed, writes down what was asked for, and
says what must follow: who effectively holds a role at any instant, and why something that was
allowed should not have been.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from tests.stateful.records import WAITING, Held, family_of
from tests.stateful.rights import Rights, carrying
from tests.stateful.tenant import ASSIGNABLE, GROUPS
from timebound.domain.grants import ACTIVE_KINDS, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import ScopeKind, group_scope
from timebound.domain.times import ENDLESS, Instant

ANSWERED = {
    Action.ADMIN_EXTEND: (Action.SELF_EXTEND,),
    Action.ADMIN_RENEW: (Action.SELF_EXTEND, Action.SELF_RENEW),
}
"""What somebody asked for themselves, by what an administrator does that grants it."""


@dataclass(slots=True)
class Model(Rights):
    """What follows from what was allowed, and what must not be."""

    cuts: set[str] = field(default_factory=set)

    def footings(self, slot: Slot, start: Instant) -> dict[Slot, Instant]:
        """What an activation from `start` could stand on, and until when that carries it."""
        eligible = (GrantKind.ELIGIBLE,)
        found = {slot: self.unbroken_until(slot, eligible, start)}
        for group in carrying(slot.scope.kind):
            theirs = Slot(group, slot.role_id, slot.scope)
            membership = Slot(slot.principal_id, MEMBER, group_scope(group))
            found[theirs] = min(
                self.unbroken_until(theirs, eligible, start),
                self.unbroken_until(membership, ACTIVE_KINDS, start),
            )
        return {basis: until for basis, until in found.items() if until > start}

    def carriers(self, activation: Held) -> set[Slot]:
        """The slots of the eligibility, and of the membership, that an activation stands on."""
        basis, person = activation.stands_on, activation.slot.principal_id
        if basis is None:
            return set()
        if basis.principal_id == person:
            return {basis}
        return {basis, Slot(person, MEMBER, group_scope(basis.principal_id))}

    def approvers_for(self, draft: Draft) -> frozenset[PrincipalId] | None:
        """Whose word a request waits for that is made now; None if it waits for nobody's."""
        is_activation = draft.action is Action.SELF_ACTIVATE
        return self.policy(draft.slot).approvers if is_activation else None

    def shape(self, draft: Draft, at: Instant) -> tuple[Instant, Instant]:
        """Start and end of what a draft asks for, judged at the instant."""
        schedule = draft.schedule
        start = max(at, schedule.start) if schedule and schedule.start else at
        expiration = schedule.expiration if schedule else None
        if expiration is None or expiration.duration is None:
            return start, (expiration and expiration.end) or ENDLESS
        return start, min(ENDLESS, start + expiration.duration)

    def objections(
        self, actor: PrincipalId, draft: Draft, at: Instant, *, is_stepped_up: bool
    ) -> list[str]:
        """Why a draft must not be allowed, as far as the promises say so."""
        found = [
            *self._objections_to(actor, draft, at),
            *self._objections_against(draft, at),
        ]
        is_met = self.policy(draft.slot).is_met_by(is_stepped_up=is_stepped_up)
        if draft.action is Action.SELF_ACTIVATE and not is_met:
            found.append("the sign-in is not of the quality that is asked for")
        return found

    def _objections_to(self, actor: PrincipalId, draft: Draft, at: Instant) -> Iterator[str]:
        if not self.is_able(actor):
            yield "the caller is disabled or deleted"
        if draft.action.is_self and actor != draft.slot.principal_id:
            yield "somebody acts for somebody else"
        if not draft.action.is_self and not self.may_administer(actor, draft.slot.scope, at):
            yield "the caller does not administer this at this instant"

    def _objections_against(self, draft: Draft, at: Instant) -> Iterator[str]:
        start, end = self.shape(draft, at)
        if self._loses_the_last_owner(draft, at):
            yield "the last owner is lost"
        gone = {p for p in self.deleted if p in (draft.slot.principal_id, draft.slot.scope.path)}
        if gone and not draft.action.is_ending:
            yield "the principal or the group is deleted"
        if not draft.action.is_ending and _is_misplaced(draft):
            yield "a group does not belong there"
        if draft.action is Action.SELF_ACTIVATE:
            if not self.footings(draft.slot, start):
                yield "nobody is eligible for this when it starts"
            if end - start > self.policy(draft.slot).maximum:
                yield "the activation is longer than the policy allows"

    def _loses_the_last_owner(self, draft: Draft, at: Instant) -> bool:
        slot = draft.slot
        is_last = self.owners_of(slot.scope.path, at) == {slot.principal_id}
        goes_on = not draft.action.is_ending and self.shape(draft, at)[0] <= at
        if slot.role_id != OWNER or not is_last or goes_on:
            return False
        return set(self.holdings(slot, ACTIVE_KINDS, at)) <= set(self.ended_by(draft, at))

    def is_untouched(self, draft: Draft) -> bool:
        """Whether nothing was ever held or asked in the slot for this kind of request."""
        family = family_of(draft.kind)
        return not any(h.slot == draft.slot and h.kind in family for h in self.held) and not any(
            a.draft.slot == draft.slot and a.draft.kind is draft.kind for a in self.asked
        )

    def is_free(self, draft: Draft, at: Instant) -> bool:
        """Whether nothing stands in the way of what an approver or administrator agrees to."""
        if not self.is_able(draft.slot.principal_id):
            return False
        if draft.action is Action.SELF_ACTIVATE:
            start, end = self.shape(draft, at)
            family = family_of(draft.kind)
            return bool(self.footings(draft.slot, start)) and not any(
                h.slot == draft.slot and h.kind in family and h.until > at and _meet(h, start, end)
                for h in self.held
            )
        given = tuple(k for k in family_of(draft.kind) if k is not GrantKind.ACTIVATED)
        is_alone = not any(h.slot == draft.slot and h.is_ahead(at) for h in self.held)
        running = self.holdings(draft.slot, given, at)
        is_running = any(h.until != ENDLESS for h in running)
        return draft.action is Action.ADMIN_EXTEND and is_running and is_alone

    def ended_by(self, draft: Draft, at: Instant) -> list[Held]:
        """What an allowed draft ends: all that it removes, or all that it replaces."""
        family = family_of(draft.kind)
        given = tuple(k for k in family if k is not GrantKind.ACTIVATED)
        match draft.action:
            case Action.ADMIN_REMOVE:
                return self.holdings(draft.slot, family, at)
            case Action.SELF_DEACTIVATE:
                return self.holdings(draft.slot, (GrantKind.ACTIVATED,), at)
            case Action.ADMIN_EXTEND:
                running = self.holdings(draft.slot, given, at)
                return [h for h in running if h.until != ENDLESS]
            case Action.ADMIN_UPDATE:
                return self.holdings(draft.slot, given, at) or self._next(draft.slot, given, at)
            case _:
                return []

    def _next(self, slot: Slot, kinds: tuple[GrantKind, ...], at: Instant) -> list[Held]:
        ahead = [h for h in self.held if h.slot == slot and h.kind in kinds and h.is_ahead(at)]
        return sorted(ahead, key=lambda h: h.start)[:1]

    def write(self, request_id: str, draft: Draft, stands_on: Slot | None, at: Instant) -> Held:
        """What an allowed draft grants, after what it replaces has ended."""
        start, end = self.shape(draft, at)
        kind = GrantKind.ELIGIBLE if draft.kind is RequestKind.ELIGIBILITY else GrantKind.ASSIGNED
        if stands_on is not None:
            kind = GrantKind.ACTIVATED
            carried = self.footings(draft.slot, start)[stands_on]
            end = min(end, start + self.policy(draft.slot).maximum, carried)
        if draft.action is Action.ADMIN_EXTEND:
            start = at
        new = Held(request_id, draft.slot, kind, start, end, stands_on)
        replaced = self.ended_by(draft, at)
        self.held.append(new)
        self.end(replaced, at)
        return new

    def end(self, ending: Iterable[Held], at: Instant, *, cut: bool = False) -> None:
        """Ends grants now; a request whose grant has not begun is closed with it."""
        for held in ending:
            if held.is_ahead(at):
                self._close(held.id, Status.FAILED if cut else Status.CANCELED, at)
            held.ended = min(held.ended, at)
        if not cut:
            self.cut(at)

    def delete(self, principal: PrincipalId, at: Instant) -> None:
        """Everything it holds ends, membership of it ends, and nothing of it waits any longer."""
        scope = group_scope(principal)

        def is_concerned(slot: Slot) -> bool:
            return slot.principal_id == principal or slot.scope == scope

        self.deleted.add(principal)
        for asked in self.asked:
            if is_concerned(asked.draft.slot) and asked.status_at(at) in WAITING:
                asked.status = Status.FAILED
        self.end([h for h in self.held if is_concerned(h.slot) and h.until > at], at, cut=True)
        self.cut(at)

    def cut(self, at: Instant) -> None:
        """Shortens every activation to what still carries it; lost footing is never regained."""
        for held in self.held:
            start = max(at, held.start)
            if held.stands_on is None or held.until <= start:
                continue
            carried = self.footings(held.slot, start).get(held.stands_on, start)
            if carried < held.until:
                self.cuts.add(held.id)
            if carried == start:
                self.end([held], at, cut=True)
                self.cut(at)
            elif carried < held.until:
                held.ended = carried
                self.cut(at)

    def answer(self, draft: Draft, actor: PrincipalId, at: Instant) -> None:
        """What waits for just that is granted by it, unless whoever asked or holds it did it."""
        for asked in self.asked:
            is_meant = asked.draft.slot == draft.slot and asked.draft.kind is draft.kind
            is_waiting = asked.status_at(at) is Status.PENDING_ADMIN_DECISION
            is_other = actor not in (asked.by, draft.slot.principal_id)
            wanted = ANSWERED.get(draft.action, ())
            if is_meant and is_waiting and is_other and asked.draft.action in wanted:
                asked.status = Status.PROVISIONED

    def _close(self, request_id: str, status: Status, at: Instant) -> None:
        for asked in self.asked:
            if asked.id == request_id and asked.status_at(at) is Status.GRANTED:
                asked.status = status


def _is_misplaced(draft: Draft) -> bool:
    """A group gets a role that it cannot have, owns another, or is in one to which roles can go."""
    slot = draft.slot
    if slot.principal_id not in GROUPS:
        return False
    if slot.scope.kind is ScopeKind.DIRECTORY:
        return slot.principal_id not in ASSIGNABLE
    is_active = draft.kind is RequestKind.ASSIGNMENT
    return slot.role_id == OWNER or (is_active and slot.scope.path in ASSIGNABLE)


def _meet(held: Held, start: Instant, end: Instant) -> bool:
    """Whether a window comes as near as a minute to what is held."""
    near = timedelta(minutes=1)
    return held.start - end < near and start - held.until < near
