"""The machine once more, with more to do in groups: coming in, using what that gives, owning.

What an activated membership or ownership gives is used at once, and what it carries falls with it.
"""

from datetime import timedelta
from itertools import pairwise
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.drawing import (
    ASSIGNMENT,
    ELIGIBILITY,
    kinds,
    one_of,
    people,
    short_spans,
    spans,
    stepping,
    where,
)
from tests.stateful.machine import SLOTS, Machine, about
from tests.stateful.policies import PLACES, of_group, of_role
from tests.stateful.records import Held
from tests.stateful.tenant import (
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
    member_of,
    owner_of,
)
from tests.stateful.watching import INSTANCES
from timebound.domain.grants import ACTIVE_KINDS, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.requests import Action, RequestKind
from timebound.domain.roles import OWNER
from timebound.domain.scopes import ScopeKind

MORE: Final = (
    member_of(JURY, CREW),
    member_of(JURY, CLUB),
    member_of(CLUB, DAN),
    owner_of(CREW, CLEO),
    owner_of(CREW, EVE),
    owner_of(CLUB, DAN),
)
IN_GROUPS: Final = tuple(slot for slot in (*SLOTS, *MORE) if slot.scope.kind is ScopeKind.GROUP)
chains = st.lists(st.sampled_from(GROUPS), min_size=2, max_size=3, unique=True)
GIVING: Final = (Action.ADMIN_ASSIGN, Action.ADMIN_UPDATE, Action.ADMIN_REMOVE)


class GroupMachine(Machine):
    """What people do in groups, beside everything else."""

    known_slots: tuple[Slot, ...] = (*SLOTS, *MORE)
    first: tuple[Slot, ...] = (member_of(CREW, DAN), member_of(JURY, EVE), owner_of(CREW, EVE))
    known_places = PLACES

    def owners(self) -> list[PrincipalId]:
        """Who owns a group, or did so and may take it that they still do."""
        owning = [h for h in self.model.held if h.slot in IN_GROUPS and h.slot.role_id == OWNER]
        return sorted({h.slot.principal_id for h in owning if h.kind in ACTIVE_KINDS})

    def joinable(self) -> list[Slot]:
        """Memberships and ownerships that somebody could activate."""
        return [slot for slot in self.idle() if slot.scope.kind is ScopeKind.GROUP]

    def bearing(self) -> list[Held]:
        """Activated memberships that something else stands on."""
        slots = {slot for h in self.activated() for slot in self.model.carriers(h)}
        return [h for h in self.activated() if h.slot in slots]

    @where(owners)
    @rule(
        actor=one_of(owners),
        action=st.sampled_from(GIVING),
        kind=kinds,
        slot=st.sampled_from(IN_GROUPS),
        span=spans,
    )
    def administer_as_an_owner(
        self,
        actor: PrincipalId,
        action: Action,
        kind: RequestKind,
        slot: Slot,
        span: timedelta | None,
    ) -> None:
        self.submit(actor, self.draft(action, (kind, slot), span=span))

    @rule(asking=chains, owner=people, other=people, is_kept=st.booleans())
    def put_a_say_behind_a_say(
        self,
        asking: list[PrincipalId],
        owner: PrincipalId,
        other: PrincipalId,
        is_kept: bool,  # noqa: FBT001 - drawn
    ) -> None:
        """The last group agrees to who is in the one before it, and so on; its owner goes on."""
        last, admin = asking[-1], self.administrators()[0]
        owned = (ASSIGNMENT, owner_of(last, owner))
        self.submit(admin, self.draft(Action.ADMIN_ASSIGN, owned, span=30 * DAY))
        for one, behind in pairwise(asking):
            self.set_policy(admin, of_group(one), {"approvers": frozenset({behind})})
        given = (ELIGIBILITY, member_of(last, other))
        self.submit(owner, self.draft(Action.ADMIN_ASSIGN, given, span=30 * DAY))
        self.look_into_a_group(owner, last)
        for one in () if is_kept else asking[:-1]:
            self.set_policy(admin, of_group(one), {"approvers": None})

    @rule(owner=people, other=people)
    def put_a_say_near_a_group_for_roles(self, owner: PrincipalId, other: PrincipalId) -> None:
        """The crew agrees to who is in the club, which could come into the jury."""
        admin = self.administrators()[0]
        self.set_policy(admin, of_role(GUARDED), {"approvers": None})
        given = (ELIGIBILITY, member_of(JURY, CLUB))
        self.submit(admin, self.draft(Action.ADMIN_ASSIGN, given, span=30 * DAY))
        self.put_a_say_behind_a_say([CLUB, CREW], owner, other, is_kept=False)

    @rule(person=people, group=st.sampled_from(GROUPS))
    def look_into_a_group(self, person: PrincipalId, group: PrincipalId) -> None:
        for view, _, shown in INSTANCES:
            self.look(person, group, view, *shown)

    def reach_through(
        self, slot: Slot, span: timedelta = HOUR, *, is_stepped_up: bool = False
    ) -> None:
        """Activates all that somebody is eligible for through a group."""
        for reached in [s for s in self.idle() if s.principal_id == slot.principal_id]:
            if reached != slot and self.model.footings(reached, self.now).keys() - {reached}:
                self._activate(reached, timedelta(), span, is_stepped_up=is_stepped_up)

    @where(joinable)
    @rule(slot=one_of(joinable), span=short_spans, other=people, is_stepped_up=stepping)
    def use_a_group(
        self,
        slot: Slot,
        span: timedelta,
        other: PrincipalId,
        is_stepped_up: bool,  # noqa: FBT001 - drawn
    ) -> None:
        person, group = slot.principal_id, PrincipalId(slot.scope.path)
        self._activate(slot, timedelta(), 8 * HOUR)
        self.reach_through(slot, span, is_stepped_up=is_stepped_up)
        if slot.role_id == OWNER:
            given = (ELIGIBILITY, member_of(group, other))
            self.submit(person, self.draft(Action.ADMIN_ASSIGN, given, span=30 * DAY))

    @where(bearing)
    @rule(held=one_of(bearing), is_left=st.booleans())
    def leave_what_bears(self, held: Held, is_left: bool) -> None:  # noqa: FBT001 - drawn
        self.now += self.minimum
        if held.is_held(self.now):
            action = Action.SELF_DEACTIVATE if is_left else Action.ADMIN_REMOVE
            actor = held.slot.principal_id if is_left else self.administrators()[0]
            self.submit(actor, self.draft(action, about(held)))
