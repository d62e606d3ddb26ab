"""Who holds what, and who may do what by it, at any instant: told by looking at everything.

Whoever holds one of two roles over the whole directory administers all of it. A group is besides
administered by who owns it and by its administrators' role; but one that leads to a role is
guarded, by where it could be in or by what it agrees to: only the two count, and owners of a group
to which roles can be assigned as long as its agreement leads nowhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.stateful.policies import Asking, first_policies
from tests.stateful.records import Asked, Held
from tests.stateful.tenant import ASSIGNABLE, GROUPS, ORDERLY
from timebound.domain.authority import HeldRole
from timebound.domain.grants import ACTIVE_KINDS, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policy_places import PolicyPlace, place_policy
from timebound.domain.requests import Status
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    MEMBER,
    OWNER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
)
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.times import ENDLESS, Instant

ADMINISTRATORS = (GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR)


@dataclass(slots=True)
class Rights:
    """Everything that was granted and asked, who is disabled or deleted, and the policies."""

    held: list[Held] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    disabled: set[PrincipalId] = field(default_factory=set)
    deleted: set[PrincipalId] = field(default_factory=set)
    policies: dict[PolicyPlace, Asking] = field(default_factory=first_policies)

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

    def owners_of(self, group: str, at: Instant) -> set[PrincipalId]:
        """Who owns the group at the instant."""
        scope = group_scope(group)
        owning = [h for h in self.held if h.slot.scope == scope and h.slot.role_id == OWNER]
        return {h.slot.principal_id for h in owning if h.kind in ACTIVE_KINDS and h.is_held(at)}

    def is_able(self, person: PrincipalId) -> bool:
        """Whether the person is there and enabled."""
        return person not in self.disabled and person not in self.deleted

    def grants_of(
        self,
        person: PrincipalId,
        kinds: Iterable[GrantKind],
        at: Instant,
        where: ScopeKind = ScopeKind.DIRECTORY,
    ) -> set[tuple[str, bool]]:
        """The ids of all grants a person has somewhere at the instant; true if through a group.

        Roles of the directory come through no group to which they cannot be assigned.
        """
        kinds, groups = tuple(kinds), self.groups_of(person, at).intersection(carrying(where))
        return {
            (h.id, h.slot.principal_id != person)
            for h in self.held
            if h.slot.scope.kind is where
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
                for g in ASSIGNABLE
            )
        )

    def near(self, group: str, at: Instant) -> set[str]:
        """The group, and those that it could be in, now or ahead, eligible or not."""
        return self._follow(group, lambda one: self._inside(one, at))

    def led_to(self, group: str, at: Instant) -> set[str]:
        """The group, and those that it could be in or has a say about who is, over and over."""
        return self._follow(group, lambda one: self._inside(one, at) | self._agreed_to(one))

    def _follow(self, group: str, step: Callable[[str], set[str]]) -> set[str]:
        found, more = {group}, {group}
        while more:
            more = {one for known in more for one in step(known)} - found - self.deleted
            found |= more
        return found

    def _inside(self, group: str, at: Instant) -> set[str]:
        held = [h.slot for h in self.held if h.slot.principal_id == group and h.until > at]
        return {slot.scope.path for slot in held if slot.role_id == MEMBER}

    def _agreed_to(self, group: str) -> set[str]:
        asking = [place.scope for place, rule in self.policies.items() if rule.asks(group)]
        return {scope.path for scope in asking if scope.kind is ScopeKind.GROUP}

    def is_heard(self, group: str, at: Instant) -> bool:
        """Whether the agreement of the group, or of one that it leads to, leads to a role.

        A request waits for it, or for that of a group that it could be in; it is named by the
        policy of a directory role or of a group to which roles can be assigned; or whoever comes in
        by it could come into such a group.
        """
        near, led_to = self.near(group, at), self.led_to(group, at)
        waiting = [a for a in self.asked if a.status_at(at) is Status.PENDING_APPROVAL]
        asking = (DIRECTORY_ROOT.path, *ASSIGNABLE)
        rules = [rule for place, rule in self.policies.items() if place.scope.path in asking]
        return (
            any(near & a.approvers for a in waiting if a.approvers)
            or any(rule.asks(one) for rule in rules for one in led_to)
            or bool((led_to - near).intersection(ASSIGNABLE))
        )

    def is_guarded(self, group: str, at: Instant) -> bool:
        """Whether who controls the group could come to a role."""
        return self.is_heard(group, at) or bool(self.near(group, at).intersection(ASSIGNABLE))

    def may_administer(self, person: PrincipalId, scope: Scope, at: Instant) -> bool:
        """Whether the person may give and take what is held in the scope, and withdraw requests."""
        if scope.kind is not ScopeKind.GROUP or self.is_administrator(person, at):
            return self.is_administrator(person, at)
        if scope.path in ASSIGNABLE:
            return not self.is_heard(scope.path, at) and self._owns(person, scope, at)
        return self.may_rule(person, scope, at)

    def may_rule(self, person: PrincipalId, scope: Scope, at: Instant) -> bool:
        """Whether the person may set the policies of the scope, and delete a group that it is."""
        if self.is_administrator(person, at) or scope.kind is not ScopeKind.GROUP:
            return self.is_administrator(person, at)
        is_near = self._owns(person, scope, at) or self._cares_for_groups(person, at)
        return is_near and not self.is_guarded(scope.path, at)

    def may_look(self, person: PrincipalId, scope: Scope, at: Instant) -> bool:
        """Whether the person is told who is in a group, which nothing guards but its own kind."""
        is_inside = self.is_able(person) and scope.path in self.groups_of(person, at)
        is_ordinary = scope.path not in ASSIGNABLE
        return (
            is_inside
            or self._owns(person, scope, at)
            or self.is_administrator(person, at)
            or (is_ordinary and self._cares_for_groups(person, at))
        )

    def may_delete(self, person: PrincipalId, principal: PrincipalId, at: Instant) -> bool:
        """Whether the person may delete somebody or a group."""
        if principal in GROUPS:
            return self.may_rule(person, group_scope(principal), at)
        return self.is_global_administrator(person, at)

    def _owns(self, person: PrincipalId, scope: Scope, at: Instant) -> bool:
        return self.is_able(person) and person in self.owners_of(scope.path, at)

    def _cares_for_groups(self, person: PrincipalId, at: Instant) -> bool:
        return HeldRole(ORDERLY, DIRECTORY_ROOT) in self.roles_of(person, at)

    def policy(self, slot: Slot) -> Asking:
        """What an activation in the slot is asked now."""
        return self.policies.get(place_policy(slot.scope, slot.role_id), Asking())

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


def carrying(where: ScopeKind) -> tuple[PrincipalId, ...]:
    """The groups whose members have what the group has there, or are eligible for it."""
    return ASSIGNABLE if where is ScopeKind.DIRECTORY else GROUPS
