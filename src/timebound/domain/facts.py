"""What a decision is made from: everything that was loaded, and nothing else."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from timebound.domain.authority import Caller, Target
from timebound.domain.grants import ACTIVE_KINDS, Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.policies import Policy
from timebound.domain.principals import Principal
from timebound.domain.requests import Request
from timebound.domain.roles import MEMBER, Role
from timebound.domain.scopes import Scope, ScopeKind, group_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A slot through which the principal may activate, and the memberships it goes through.

    `memberships` is none when the principal is eligible themselves; else the grants, now or ahead,
    that make them a member of the group that is: at an Azure scope through other groups as well.
    """

    slot: Slot
    grants: tuple[Grant, ...]
    memberships: tuple[Grant, ...] | None = None

    @property
    def groups(self) -> frozenset[PrincipalId]:
        """The groups on the way to what is eligible, that one included."""
        return frozenset(PrincipalId(m.slot.scope.path) for m in self.memberships or ())


@dataclass(frozen=True, slots=True)
class AdministratorPath:
    """One way in which an enabled person holds Global Administrator without an end."""

    principal_id: PrincipalId
    grant_ids: tuple[GrantId, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The activations that stand on a slot, directly or through others, and what holds them up.

    `dependents` are in force now or ahead; `supports` are all grants, now or ahead, in every slot
    that one of them stands on.
    """

    dependents: tuple[Grant, ...] = ()
    supports: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of the world that concerns one slot.

    `grants` are those of the slot of every kind that are in force, ahead, or ended within the last
    30 days; `requests` the slot's open ones (pending, or granted and still ahead). `target` is the
    group that the slot is in, where it matters who owns it; `assigned_count` how many roles of
    Azure are assigned around the slot, counted up to the limit and only where that matters.
    """

    caller: Caller
    settings: TenantSettings
    slot: Slot
    principal: Principal | None
    role: Role | None
    policy: Policy
    is_scope_known: bool = True
    is_role_offered: bool = True
    """Whether the role can be assigned there: custom roles of Azure name the places."""
    governed_group: Principal | None = None
    grants: tuple[Grant, ...] = ()
    requests: tuple[Request, ...] = ()
    eligibilities: tuple[Eligibility, ...] = ()
    chain: Chain = field(default_factory=Chain)
    administrators: tuple[AdministratorPath, ...] = ()
    target: Target = field(default_factory=Target)
    policies_above: Mapping[Scope, Policy] = field(default_factory=dict)
    """The policies of the role at places above where the principal is eligible, as far as somebody
    has changed them."""
    eligible_at: Scope | None = None
    """The place of the eligibility that an activation stands on, once `bind_activation` has found
    it."""
    assigned_count: int = 0

    def in_force(self, at: Instant, *kinds: GrantKind) -> tuple[Grant, ...]:
        """The slot's grants of the kinds that are in force at `at`."""
        return tuple(g for g in self.grants if g.kind in kinds and g.is_in_force(at))

    def ahead(self, at: Instant, *kinds: GrantKind) -> tuple[Grant, ...]:
        """The slot's grants of the kinds that start later."""
        return tuple(g for g in self.grants if g.kind in kinds and g.is_ahead(at))


def membership_slot(grant: Grant) -> Slot | None:
    """The slot of the membership that an activation goes through; none if it stands on its own."""
    if grant.basis is None or grant.basis.slot.principal_id == grant.slot.principal_id:
        return None
    group_id = grant.basis.slot.principal_id
    return Slot(grant.slot.principal_id, MEMBER, group_scope(group_id))


def covers_until(grants: tuple[Grant, ...], start: Instant) -> Instant:
    """Until when the grants together hold without a gap from `start`; `start` if they do not."""
    end = start
    for grant in sorted(grants, key=lambda g: g.window.start):
        if grant.window.start <= end < grant.until:
            end = grant.until
    return end


def member_until(
    held_by: Callable[[PrincipalId], Iterable[Grant]],
    member: PrincipalId,
    group: PrincipalId,
    start: Instant,
) -> Instant:
    """Until when somebody is in the group without a gap from `start`; `start` if they are not.

    Being in a group that is in it counts as well. `held_by` tells what somebody holds; from what it
    leaves out nothing follows. Another path takes over where the one that lasted longest ends.
    """
    end = start
    while (further := _path_until(held_by, member, group, end)) > end:
        end = further
    return end


def _path_until(
    held_by: Callable[[PrincipalId], Iterable[Grant]],
    member: PrincipalId,
    group: PrincipalId,
    at: Instant,
) -> Instant:
    # A path in force at `at` lasts as long as all its memberships do. Whoever is reached by one
    # that lasts longer is looked at again, hence groups in a circle come to an end.
    reached = {member: ENDLESS}
    waiting = [member]
    while waiting:
        holder = waiting.pop()
        for link in held_by(holder):
            if not (is_membership(link) and link.is_in_force(at)):
                continue
            outer, until = PrincipalId(link.slot.scope.path), min(reached[holder], link.until)
            if until > reached.get(outer, at):
                reached[outer] = until
                waiting.append(outer)
    return reached.get(group, at)


def is_membership(grant: Grant) -> bool:
    """Whether the grant makes its principal a member of a group."""
    return (
        grant.slot.scope.kind is ScopeKind.GROUP
        and grant.slot.role_id == MEMBER
        and grant.kind in ACTIVE_KINDS
    )
