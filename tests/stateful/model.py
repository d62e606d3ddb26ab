"""What was promised, over plain lists: who holds what when, found by looking at everything.

The model decides nothing. It is told what the service allowed, writes down what was asked for, and
says what must follow: who effectively holds a role at any instant, and why something that was
allowed should not have been.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis.vendor.pretty import RepresentationPrinter

from tests.stateful.policies import Asking, first_policies
from tests.stateful.tenant import GROUPS
from timebound.domain.authority import HeldRole
from timebound.domain.grants import ACTIVE_KINDS, Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import APPROVAL_LIFETIME, Action, Draft, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER, PRIVILEGED_ROLE_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind, group_scope
from timebound.domain.times import ENDLESS, Instant

ADMINISTRATORS = (GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR)
ANSWERED = {
    Action.ADMIN_EXTEND: (Action.SELF_EXTEND,),
    Action.ADMIN_RENEW: (Action.SELF_EXTEND, Action.SELF_RENEW),
}
"""What somebody asked for themselves, by what an administrator does that grants it."""
WAITING = (Status.PENDING_APPROVAL, Status.PENDING_ADMIN_DECISION)


@dataclass(slots=True, eq=False)
class Held:
    """Something that was granted: from `start` until `end`, or until it `ended` before that."""

    id: str
    slot: Slot
    kind: GrantKind
    start: Instant
    end: Instant
    stands_on: Slot | None = None
    ended: Instant = ENDLESS

    def _repr_pretty_(self, printer: RepresentationPrinter, _: bool) -> None:  # noqa: FBT001 - theirs
        until = "for ever" if self.until == ENDLESS else f"to {self.until:%d.%m. %H:%M:%S.%f}"
        since = f"{self.start:%d.%m. %H:%M:%S.%f}"
        printer.text(f"<{self.kind.value} {say(self.slot)} {since} {until}>")

    @property
    def until(self) -> Instant:
        return min(self.end, self.ended)

    def is_held(self, at: Instant) -> bool:
        return self.start <= at < self.until

    def is_ahead(self, at: Instant) -> bool:
        return at < self.start < self.until


@dataclass(slots=True, eq=False)
class Asked:
    """A request that was not refused, and the status that was last decided for it."""

    id: str
    draft: Draft
    by: PrincipalId
    at: Instant
    status: Status
    starts: Instant | None = None
    approvers: frozenset[PrincipalId] | None = None

    def _repr_pretty_(self, printer: RepresentationPrinter, _: bool) -> None:  # noqa: FBT001 - theirs
        asked = f"{self.draft.action.value} {say(self.draft.slot)}"
        printer.text(f"<{asked} asked {self.at:%d.%m. %H:%M:%S.%f}: {self.status.value}>")

    def status_at(self, at: Instant) -> Status:
        if self.status is Status.GRANTED and self.starts is not None and self.starts <= at:
            return Status.PROVISIONED
        if self.status is Status.PENDING_APPROVAL and at >= self.at + APPROVAL_LIFETIME:
            return Status.TIMED_OUT
        return self.status


@dataclass(slots=True)
class Model:
    """Everything that was granted and asked, who is disabled or deleted, and the policies."""

    held: list[Held] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    disabled: set[PrincipalId] = field(default_factory=set)
    deleted: set[PrincipalId] = field(default_factory=set)
    policies: dict[RoleId, Asking] = field(default_factory=first_policies)
    cuts: set[str] = field(default_factory=set)

    def holdings(self, slot: Slot, kinds: Iterable[GrantKind], at: Instant) -> list[Held]:
        """What stands in the slot at the instant."""
        kinds = tuple(kinds)
        return [h for h in self.held if h.slot == slot and h.kind in kinds and h.is_held(at)]

    def unbroken_until(self, slot: Slot, kinds: Iterable[GrantKind], start: Instant) -> Instant:
        """Until when the slot is held from `start` on without a gap; `start` if it is not."""
        until, kinds = start, tuple(kinds)
        while until < ENDLESS and (going_on := self.holdings(slot, kinds, until)):
            until = max(h.until for h in going_on)
        return until

    def groups_of(self, person: PrincipalId, at: Instant) -> set[PrincipalId]:
        """The groups of which the person is a member at the instant."""
        slots = {g: Slot(person, MEMBER, group_scope(g)) for g in GROUPS}
        return {g for g, slot in slots.items() if self.holdings(slot, ACTIVE_KINDS, at)}

    def is_able(self, person: PrincipalId) -> bool:
        """Whether the person is there and enabled."""
        return person not in self.disabled and person not in self.deleted

    def grants_of(
        self, person: PrincipalId, kinds: Iterable[GrantKind], at: Instant
    ) -> set[tuple[str, bool]]:
        """The ids of all directory grants a person has at the instant; true if through a group."""
        kinds, groups = tuple(kinds), self.groups_of(person, at)
        return {
            (h.id, h.slot.principal_id != person)
            for h in self.held
            if h.slot.scope.kind is ScopeKind.DIRECTORY
            and h.slot.principal_id in (person, *groups)
            and h.kind in kinds
            and h.is_held(at)
        }

    def roles_of(self, person: PrincipalId, at: Instant) -> set[HeldRole]:
        """Effective access: every role that counts for the person at the instant."""
        if not self.is_able(person):
            return set()
        ids = {grant_id for grant_id, _ in self.grants_of(person, ACTIVE_KINDS, at)}
        return {HeldRole(h.slot.role_id, h.slot.scope) for h in self.held if h.id in ids}

    def is_administrator(self, person: PrincipalId, at: Instant) -> bool:
        """Whether the person may administer roles at the instant."""
        wanted = {HeldRole(role_id, DIRECTORY_ROOT) for role_id in ADMINISTRATORS}
        return bool(wanted & self.roles_of(person, at))

    def is_global_administrator(self, person: PrincipalId, at: Instant) -> bool:
        """Whether the person is Global Administrator at the instant, for ever or for a while."""
        return HeldRole(GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT) in self.roles_of(person, at)

    def endless_administrators(self, people: Iterable[PrincipalId], at: Instant) -> set[str]:
        """Who is Global Administrator at the instant, and nothing known ends that."""
        admin = HeldRole(GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
        return {p for p in people if self._never_ends(p, admin, at)}

    def _never_ends(self, person: PrincipalId, role: HeldRole, at: Instant) -> bool:
        def is_endless(slot: Slot) -> bool:
            return any(h.until == ENDLESS for h in self.holdings(slot, ACTIVE_KINDS, at))

        return self.is_able(person) and (
            is_endless(Slot(person, role.role_id, role.scope))
            or any(
                is_endless(Slot(person, MEMBER, group_scope(g)))
                and is_endless(Slot(g, role.role_id, role.scope))
                for g in GROUPS
            )
        )

    def footings(self, slot: Slot, start: Instant) -> dict[Slot, Instant]:
        """What an activation from `start` could stand on, and until when that carries it."""
        eligible = (GrantKind.ELIGIBLE,)
        found = {slot: self.unbroken_until(slot, eligible, start)}
        if slot.scope.kind is ScopeKind.DIRECTORY:
            for group in GROUPS:
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

    def policy(self, role_id: RoleId) -> Asking:
        """What an activation of the role is asked now."""
        return self.policies.get(role_id, Asking())

    def approvers_for(self, draft: Draft) -> frozenset[PrincipalId] | None:
        """Whose word a request waits for that is made now; None if it waits for nobody's."""
        is_activation = draft.action is Action.SELF_ACTIVATE
        return self.policy(draft.slot.role_id).approvers if is_activation else None

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
        found = list(self._objections(actor, draft, at))
        is_met = self.policy(draft.slot.role_id).is_met_by(is_stepped_up=is_stepped_up)
        if draft.action is Action.SELF_ACTIVATE and not is_met:
            found.append("the sign-in is not of the quality that is asked for")
        return found

    def _objections(self, actor: PrincipalId, draft: Draft, at: Instant) -> Iterator[str]:
        start, end = self.shape(draft, at)
        if not self.is_able(actor):
            yield "the caller is disabled or deleted"
        if draft.action.is_self and actor != draft.slot.principal_id:
            yield "somebody acts for somebody else"
        if not draft.action.is_self and not self.is_administrator(actor, at):
            yield "the caller is no administrator at this instant"
        gone = {p for p in self.deleted if p in (draft.slot.principal_id, draft.slot.scope.path)}
        if gone and not draft.action.is_ending:
            yield "the principal or the group is deleted"
        if draft.action is Action.SELF_ACTIVATE:
            if not self.footings(draft.slot, start):
                yield "nobody is eligible for this when it starts"
            if end - start > self.policy(draft.slot.role_id).maximum:
                yield "the activation is longer than the policy allows"

    def is_untouched(self, draft: Draft) -> bool:
        """Whether nothing was ever held or asked in the slot for this kind of request."""
        family = family_of(draft.kind)
        return not any(h.slot == draft.slot and h.kind in family for h in self.held) and not any(
            a.draft.slot == draft.slot and a.draft.kind is draft.kind for a in self.asked
        )

    def may_review(self, person: PrincipalId, asked: Asked, at: Instant) -> bool:
        """Whether the person decides on a request, which is never their own.

        They were named when it was made or are in a group now that was; if nobody was named, they
        are an administrator now.
        """
        named = asked.approvers
        if named is None or person in (asked.by, asked.draft.slot.principal_id):
            return False
        if not named:
            return self.is_administrator(person, at)
        is_named = person in named or bool(named & self.groups_of(person, at))
        return is_named and self.is_able(person)

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
            end = min(end, start + self.policy(draft.slot.role_id).maximum, carried)
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


def _meet(held: Held, start: Instant, end: Instant) -> bool:
    """Whether a window comes as near as a minute to what is held."""
    near = timedelta(minutes=1)
    return held.start - end < near and start - held.until < near


def say(slot: Slot) -> str:
    """A slot in a few words."""
    return f"{slot.principal_id} / {slot.role_id} / {slot.scope.path}"


def family_of(kind: RequestKind) -> tuple[GrantKind, ...]:
    """The kinds of grant that a kind of request is about."""
    return (GrantKind.ELIGIBLE,) if kind is RequestKind.ELIGIBILITY else ACTIVE_KINDS


def held_from(grant: Grant) -> Held:
    """What was there before anybody asked, as the model keeps it."""
    return Held(grant.id, grant.slot, grant.kind, grant.window.start, grant.window.end)
