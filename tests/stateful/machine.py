"""The machine: people ask, decide and wait in any order, and the promises hold after each step.

Most rules do what makes sense at that moment, so that much happens; `try_anything` and the wrong
actors do what does not.
"""

from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.stateful.deciding import UNMAPPED, Deciding, changes, places_of
from tests.stateful.drawing import (
    ASSIGNMENT,
    ELIGIBILITY,
    admins,
    delays,
    kinds,
    one_of,
    people,
    results,
    short_spans,
    spans,
    stepping,
    where,
)
from tests.stateful.playing import Holding
from tests.stateful.policies import of_role
from tests.stateful.records import Asked, Held, family_of
from tests.stateful.tenant import (
    ADA,
    BEN,
    CLEO,
    CLUB,
    CREW,
    DAN,
    DAY,
    EVE,
    GROUPS,
    GUARDED,
    HOUR,
    JURY,
    MAPPED,
    MINUTE,
    NORTH_SCOPE,
    ORDERLY,
    PEOPLE,
    READER,
    at_root,
    member_of,
)
from timebound.domain.approvals import ReviewResult
from timebound.domain.grants import ACTIVE_KINDS, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.requests import Action, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.times import ENDLESS

LATE: Final = 8
"""After so many requests somebody may be deleted: before that it would end what hardly began."""


SLOTS: Final = (
    at_root(DAN, READER),
    at_root(DAN, GUARDED),
    at_root(DAN, GLOBAL_ADMINISTRATOR),
    at_root(EVE, GUARDED),
    at_root(CREW, GUARDED),
    at_root(CREW, GLOBAL_ADMINISTRATOR),
    Slot(CLEO, ORDERLY, NORTH_SCOPE),
    Slot(CREW, ORDERLY, NORTH_SCOPE),
    member_of(CREW, DAN),
    member_of(CREW, EVE),
    member_of(JURY, EVE),
    at_root(ADA, GLOBAL_ADMINISTRATOR),
    at_root(BEN, GLOBAL_ADMINISTRATOR),
)

slots = one_of(lambda machine: machine.known_slots)


class Machine(Deciding):
    """Everything that people can do, and time passing; what must hold is watched."""

    known_slots: tuple[Slot, ...] = SLOTS
    first: tuple[Slot, ...] = ()
    """What somebody can become from the beginning."""

    # What makes sense now, found in the model.

    def running(self) -> list[Held]:
        return [h for h in self.model.held if h.until > self.now]

    def running_for_a_time(self) -> list[Held]:
        return [h for h in self.running() if h.end != ENDLESS and h.kind not in ACTIVATIONS]

    def expired(self) -> list[Held]:
        return [h for h in self.model.held if h.until <= self.now and h.kind not in ACTIVATIONS]

    def activated(self) -> list[Held]:
        return [h for h in self.running() if h.kind in ACTIVATIONS]

    def carrying(self) -> list[Held]:
        """Eligibilities and memberships that an activation stands on."""
        slots = {slot for h in self.activated() for slot in self.model.carriers(h)}
        return [h for h in self.running() if h.slot in slots and h.kind not in ACTIVATIONS]

    def eligible(self) -> list[Slot]:
        held = [h.slot for h in self.running() if h.kind is GrantKind.ELIGIBLE]
        slots = [Slot(p, s.role_id, s.scope) for s in held for p in PEOPLE]
        return [s for s in dict.fromkeys(slots) if self.model.footings(s, self.now)]

    def idle(self) -> list[Slot]:
        return [s for s in self.eligible() if not self.model.holdings(s, ACTIVE_KINDS, self.now)]

    def groups(self) -> list[PrincipalId]:
        """The groups that are there: nobody comes into one that is deleted."""
        return [group for group in GROUPS if group not in self.model.deleted]

    def wanted_places(self) -> list[PolicyPlace]:
        """The policies of what somebody could activate, which are worth being changed."""
        return [place for place in places_of(self.idle()) if place in self.known_places]

    def guarded(self) -> list[Slot]:
        return [s for s in self.idle() if self.model.policy(s).approvers is not None]

    def asked_for(self) -> list[Asked]:
        pending = Status.PENDING_ADMIN_DECISION
        return [a for a in self.model.asked if a.status_at(self.now) is pending]

    def open_requests(self) -> list[Asked]:
        planned = [a for a in self.model.asked if a.status_at(self.now) is Status.GRANTED]
        return [*self.waiting(), *self.asked_for(), *planned]

    def asked(self) -> list[Asked]:
        return self.model.asked

    # What people do.

    @initialize(
        minimum=st.sampled_from((timedelta(), 5 * MINUTE)),
        change=changes,
        first=st.lists(st.tuples(kinds, slots, spans), min_size=3, max_size=6),
        is_underway=st.booleans(),
    )
    def begin_with_a_few(
        self,
        minimum: timedelta,
        change: dict[str, Any],
        first: list[tuple[RequestKind, Slot, timedelta | None]],
        is_underway: bool,  # noqa: FBT001 - drawn
    ) -> None:
        self.begin(minimum)
        self.set_policy(ADA, of_role(GUARDED), change)
        self.submit(ADA, self.draft(Action.ADMIN_ASSIGN, (ELIGIBILITY, at_root(DAN, GUARDED))))
        for slot in self.first:
            self.submit(ADA, self.draft(Action.ADMIN_ASSIGN, (ELIGIBILITY, slot), span=30 * DAY))
        for kind, slot, span in first:
            self.submit(ADA, self.draft(Action.ADMIN_ASSIGN, (kind, slot), span=span))
        for slot in self.first if is_underway else ():
            self._activate(slot, timedelta(), 8 * HOUR)
            self.reach_through(slot)

    def reach_through(self, slot: Slot) -> None:
        """Does what a membership or ownership gives."""

    @rule(actor=admins, kind=kinds, slot=slots, after=delays, span=spans)
    def assign(
        self,
        actor: PrincipalId,
        kind: RequestKind,
        slot: Slot,
        after: timedelta,
        span: timedelta | None,
    ) -> None:
        self.submit(actor, self.draft(Action.ADMIN_ASSIGN, (kind, slot), after, span))

    @where(groups)
    @rule(group=one_of(groups), person=people, span=spans)
    def join_outside_pim(
        self, group: PrincipalId, person: PrincipalId, span: timedelta | None
    ) -> None:
        self.add_outside(member_of(group, person), span)

    @where(running)
    @rule(
        actor=admins,
        action=st.sampled_from((Action.ADMIN_UPDATE, Action.ADMIN_EXTEND, Action.ADMIN_REMOVE)),
        held=one_of(running),
        after=delays,
        span=spans,
    )
    def administer(
        self,
        actor: PrincipalId,
        action: Action,
        held: Held,
        after: timedelta,
        span: timedelta | None,
    ) -> None:
        self.submit(actor, self.draft(action, about(held), after, span))

    @rule(
        actor=admins,
        action=st.sampled_from((Action.ADMIN_REMOVE, Action.ADMIN_UPDATE)),
        person=st.sampled_from((ADA, BEN)),
        span=spans,
    )
    def depose(
        self, actor: PrincipalId, action: Action, person: PrincipalId, span: timedelta | None
    ) -> None:
        holding = (ASSIGNMENT, at_root(person, GLOBAL_ADMINISTRATOR))
        self.submit(actor, self.draft(action, holding, span=span))

    @where(carrying)
    @rule(
        action=st.sampled_from((Action.ADMIN_REMOVE, Action.ADMIN_UPDATE)),
        held=one_of(carrying),
        after=delays,
        span=short_spans,
    )
    def pull_the_rug(self, action: Action, held: Held, after: timedelta, span: timedelta) -> None:
        if held.is_ahead(self.now):
            planned = [a for a in self.model.asked if a.id == held.id]
            for asked in planned:
                self.cancel(self.administrators()[0], asked)
        else:
            actor = self.administrators()[0]
            self.submit(actor, self.draft(action, about(held), after, span))

    @where(expired)
    @rule(
        by_admin=st.one_of(st.none(), admins),
        held=one_of(expired),
        span=spans,
    )
    def renew(self, by_admin: PrincipalId | None, held: Held, span: timedelta | None) -> None:
        action = Action.ADMIN_RENEW if by_admin else Action.SELF_RENEW
        draft = self.draft(action, about(held), span=span)
        self.submit(by_admin or held.slot.principal_id, draft)

    @where(idle)
    @rule(slot=one_of(idle), span=short_spans, is_stepped_up=stepping)
    def activate(
        self,
        slot: Slot,
        span: timedelta,
        is_stepped_up: bool,  # noqa: FBT001 - drawn
    ) -> None:
        self._activate(slot, timedelta(), span, is_stepped_up=is_stepped_up)

    @where(guarded)
    @rule(slot=one_of(guarded), span=short_spans, is_stepped_up=stepping)
    def ask_an_approver(
        self,
        slot: Slot,
        span: timedelta,
        is_stepped_up: bool,  # noqa: FBT001 - drawn
    ) -> None:
        self._activate(slot, timedelta(), span, is_stepped_up=is_stepped_up)

    @where(idle)
    @rule(slot=one_of(idle), context=st.sampled_from((MAPPED, MAPPED, UNMAPPED)))
    def ask_for_another_sign_in(self, slot: Slot, context: str) -> None:
        (place,) = places_of([slot])
        change = {"context": context, "maximum": 8 * HOUR}
        self.set_policy(self.administrators()[0], place, change)
        self._activate(slot, timedelta(), HOUR, is_stepped_up=False)

    @where(idle)
    @rule(slot=one_of(idle), after=delays, span=short_spans)
    def plan_an_activation(self, slot: Slot, after: timedelta, span: timedelta) -> None:
        self._activate(slot, after, span)

    def _activate(
        self, slot: Slot, after: timedelta, span: timedelta, *, is_stepped_up: bool = True
    ) -> None:
        draft = self.draft(Action.SELF_ACTIVATE, (ASSIGNMENT, slot), after, span)
        self.submit(slot.principal_id, draft, is_stepped_up=is_stepped_up)

    @where(activated)
    @rule(held=one_of(activated))
    def deactivate(self, held: Held) -> None:
        draft = self.draft(Action.SELF_DEACTIVATE, about(held))
        self.submit(held.slot.principal_id, draft)

    @where(running_for_a_time)
    @rule(held=one_of(running_for_a_time), span=spans)
    def ask_to_extend(self, held: Held, span: timedelta | None) -> None:
        draft = self.draft(Action.SELF_EXTEND, about(held), span=span)
        self.submit(held.slot.principal_id, draft)

    @rule(
        actor=people,
        action=st.sampled_from(Action),
        kind=kinds,
        slot=slots,
        after=delays,
        span=spans,
    )
    def try_anything(
        self,
        actor: PrincipalId,
        action: Action,
        kind: RequestKind,
        slot: Slot,
        after: timedelta,
        span: timedelta | None,
    ) -> None:
        self.submit(actor, self.draft(action, (kind, slot), after, span))

    @where(asked_for)
    @rule(actor=admins, request=one_of(asked_for), result=results, span=spans)
    def judge_a_request(
        self, actor: PrincipalId, request: Asked, result: ReviewResult, span: timedelta | None
    ) -> None:
        self.judge(actor, request, result, span)

    @where(open_requests)
    @rule(actor=st.one_of(st.none(), people), request=one_of(open_requests))
    def cancel_a_request(self, actor: PrincipalId | None, request: Asked) -> None:
        self.cancel(actor or request.by, request)

    @where(asked)
    @rule(actor=people, request=one_of(asked), result=results)
    def meddle(self, actor: PrincipalId, request: Asked, result: ReviewResult) -> None:
        self.review(actor, request, result)
        self.judge(actor, request, result, HOUR)
        self.cancel(actor, request)

    @rule(actor=admins, person=people, is_enabled=st.sampled_from((True, True, False)))
    def disable_or_enable(
        self,
        actor: PrincipalId,
        person: PrincipalId,
        is_enabled: bool,  # noqa: FBT001 - drawn
    ) -> None:
        self.set_enabled(actor, person, is_enabled=is_enabled)

    @precondition(lambda self: len(self.model.asked) > LATE)
    @rule(actor=admins, principal=st.sampled_from((CLEO, EVE, JURY, CREW, CLUB, BEN)))
    def delete(self, actor: PrincipalId, principal: PrincipalId) -> None:
        self.delete_principal(actor, principal)

    @rule(span=st.sampled_from((timedelta(seconds=40), 5 * MINUTE, HOUR, DAY, 10 * DAY)))
    def wait(self, span: timedelta) -> None:
        self.now += span

    @rule()
    def work(self) -> None:
        self.saw("work")
        self.begun |= {h.id for h in self.model.held if h.is_held(self.now)}
        self.run(self.place.do_due(self.now))

    @rule(is_just_before=st.booleans())
    def wait_for_the_next_change(self, is_just_before: bool) -> None:  # noqa: FBT001 - drawn
        self.now = max(self.now, self.next_change - is_just_before * timedelta(microseconds=1))


ACTIVATIONS: Final = (GrantKind.ACTIVATED,)


def about(held: Held) -> Holding:
    """What is held, as a request speaks of it."""
    is_eligible = held.kind in family_of(ELIGIBILITY)
    return (ELIGIBILITY if is_eligible else ASSIGNMENT), held.slot
