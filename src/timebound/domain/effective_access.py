"""May somebody do this here, now, and until when: told by what is held, and by nothing else.

The same grants, memberships and denials that everything else is judged by. Of the future only that
is known which is decided already: what is granted ahead, and when what is held ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from timebound.domain.azure.ancestry import Ancestry
from timebound.domain.azure.conditions import Context
from timebound.domain.azure.denials import LIFTING, Denial
from timebound.domain.azure.hearing import Hearing
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.directory_actions import is_reading
from timebound.domain.facts import is_membership
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.principals import Principal
from timebound.domain.scopes import Scope, ScopeKind, unit_scope
from timebound.domain.times import ENDLESS, Instant


class Finding(Enum):
    """What an answer comes from."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "notAllowed"
    CONDITION_NOT_MET = "conditionNotMet"
    DENIED = "denied"
    PRINCIPAL_NOT_FOUND = "principalNotFound"
    PRINCIPAL_DISABLED = "principalDisabled"
    SCOPE_NOT_FOUND = "scopeNotFound"


@dataclass(frozen=True, slots=True)
class AskedAccess:
    """Who would do what; an action on data is told apart from one on resources."""

    principal_id: PrincipalId
    call: Context
    is_data: bool = False


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What is held that could count at one place, in force or ahead.

    `grants` are those of the principals and of the groups that `memberships` lead to, at the place
    or where it counts for the place. `permissions` are what their roles allow. Memberships of
    groups are there for Azure alone, where groups nest. Of a place in a restricted unit only what
    is held at that unit counts for changing it.
    """

    place: Scope
    is_known: bool = True
    principals: tuple[Principal, ...] = ()
    grants: tuple[Grant, ...] = ()
    memberships: tuple[Grant, ...] = ()
    permissions: Mapping[RoleId, tuple[Permission, ...]] = field(default_factory=dict)
    denials: tuple[Denial, ...] = ()
    restricted_unit_ids: frozenset[PrincipalId] = frozenset()
    ancestry: Ancestry = field(default_factory=Ancestry)
    """The place with all that it lies in; for Azure alone."""

    def find_principal(self, principal_id: PrincipalId) -> Principal | None:
        """A principal that is there; one that was deleted is not."""
        found = (p for p in self.principals if p.id == principal_id and not p.is_deleted)
        return next(found, None)

    def access_of(self, grant: Grant) -> Access:
        """What the grant gives while it is in force."""
        condition = grant.terms.condition if grant.terms else None
        return Access(self.permissions.get(grant.slot.role_id, ()), condition)


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """The answer, and what decides it.

    `until` is the first instant at which the answer is another one by what is decided already; none
    where nothing is. `grants` are those that allow it now, `denials` those that deny it.
    """

    finding: Finding
    until: Instant | None = None
    grants: tuple[Grant, ...] = ()
    denials: tuple[Denial, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done."""
        return self.finding is Finding.ALLOWED


def decide_access(facts: AccessFacts, asked: AskedAccess, at: Instant) -> AccessDecision:
    """Whether the principal may do it at the place at `at`, and until when that stays so.

    Refused where anything is unknown; a condition that cannot be judged allows nothing, and one of
    a denial denies. What somebody owns, and what everybody may do for themselves, is no role.
    """
    principal = facts.find_principal(asked.principal_id)
    if principal is None:
        return AccessDecision(Finding.PRINCIPAL_NOT_FOUND)
    if not facts.is_known:
        return AccessDecision(Finding.SCOPE_NOT_FOUND)
    if not principal.is_enabled:
        return AccessDecision(Finding.PRINCIPAL_DISABLED)
    bearing = _find_bearing(facts, asked)
    now = bearing.stand(at)
    until = _find_change(bearing, now, at)
    if now.is_allowed:
        return AccessDecision(Finding.ALLOWED, until, now.grants)
    if now.grants:
        return AccessDecision(Finding.DENIED, until, now.grants, now.denials)
    finding = Finding.CONDITION_NOT_MET if now.is_limited else Finding.NOT_ALLOWED
    return AccessDecision(finding, until)


def rights_of(facts: AccessFacts, principal_id: PrincipalId, at: Instant) -> Rights:
    """Everything that somebody may do at the place at `at`; nothing where they are not there."""
    principal = facts.find_principal(principal_id)
    if principal is None or not principal.is_enabled:
        return Rights(facts.place)
    now = _Bearing(principal_id, facts.place, facts.grants, facts.denials, facts.memberships)
    standing = now.stand(at)

    def list_above(denial: Denial) -> Iterator[Access]:
        held = (one for one in standing.grants if _may_lift(facts, one, denial))
        return (facts.access_of(one) for one in held)

    return Rights(
        facts.place,
        tuple(facts.access_of(grant) for grant in standing.grants),
        tuple(
            block for denial in standing.denials for block in denial.blocks_for(list_above(denial))
        ),
    )


def list_reached(
    facts: AccessFacts, principal_id: PrincipalId, at: Instant
) -> frozenset[PrincipalId]:
    """The principal with all groups that they are in at `at`."""
    way = _Bearing(principal_id, facts.place, (), (), facts.memberships)
    return frozenset(way.reach(at))


@dataclass(frozen=True, slots=True)
class _Standing:
    """What bears on the question at one instant; `lasts` is until when one of the grants allows."""

    grants: tuple[Grant, ...]
    denials: tuple[Denial, ...]
    lasts: Instant
    is_limited: bool

    @property
    def is_allowed(self) -> bool:
        """Whether something allows it, and nothing denies it."""
        return bool(self.grants) and not self.denials


@dataclass(frozen=True, slots=True)
class _Bearing:
    """What can allow or deny something, whenever it is in force."""

    principal_id: PrincipalId
    place: Scope
    grants: tuple[Grant, ...]
    denials: tuple[Denial, ...]
    memberships: tuple[Grant, ...]
    limited: tuple[Grant, ...] = ()
    """What would allow it if its condition were met."""
    lifted: Mapping[GrantId, frozenset[str]] = field(default_factory=dict)
    """The denials that do not deny it to whom a grant allows it."""

    def stand(self, at: Instant) -> _Standing:
        """What of it holds at an instant."""
        reached = self.reach(at)
        grants = tuple(_list_in_force(self.grants, reached, at))
        lifted = frozenset[str]().union(*(self.lifted.get(g.id, ()) for g in grants))
        concerning = (d for d in self.denials if d.concerns(reached, self.place))
        return _Standing(
            grants,
            tuple(d for d in concerning if d.id not in lifted),
            max((min(reached[g.slot.principal_id], g.until) for g in grants), default=at),
            any(_list_in_force(self.limited, reached, at)),
        )

    def edges(self, after: Instant) -> list[Instant]:
        """The later instants at which any of it begins or ends."""
        links = (*self.grants, *self.memberships, *self.limited)
        found = {edge for one in links for edge in (one.window.start, one.until)}
        return sorted(edge for edge in found if after < edge < ENDLESS)

    def reach(self, at: Instant) -> dict[PrincipalId, Instant]:
        """The principal and the groups they are in, with until when a path leads there."""
        reached = {self.principal_id: ENDLESS}
        waiting = [self.principal_id]
        while waiting:
            holder = waiting.pop()
            for link in self.memberships:
                if link.slot.principal_id != holder or not link.is_in_force(at):
                    continue
                group, until = _group_of(link), min(reached[holder], link.until)
                if until > reached.get(group, at):
                    reached[group] = until
                    # In the directory nobody has what a group has that their own group is in.
                    if self.place.kind is ScopeKind.AZURE:
                        waiting.append(group)
        return reached


def _find_bearing(facts: AccessFacts, asked: AskedAccess) -> _Bearing:
    """What can bear on the question: of nothing else it matters when it begins or ends."""
    hearing = Hearing()
    denials = tuple(
        d for d in facts.denials if d.denies(asked.call, hearing, is_data=asked.is_data)
    )
    allowing: list[Grant] = []
    limited: list[Grant] = []
    for grant in facts.grants:
        access = facts.access_of(grant)
        if not _counts(facts, grant, asked) or not _covers(access.permissions, asked):
            continue
        is_met = access.allows(asked.call, hearing, is_data=asked.is_data)
        (allowing if is_met else limited).append(grant)
    holders = {g.slot.principal_id for g in (*allowing, *limited)}
    holders |= {PrincipalId(p.id) for d in denials for p in (*d.principals, *d.left_out)}
    memberships = _leading_to(holders, facts.memberships)
    place, who = facts.place, asked.principal_id
    lifted = _find_lifted(facts, allowing, denials, asked)
    return _Bearing(who, place, tuple(allowing), denials, memberships, tuple(limited), lifted)


def _find_lifted(
    facts: AccessFacts, allowing: Iterable[Grant], denials: tuple[Denial, ...], asked: AskedAccess
) -> Mapping[GrantId, frozenset[str]]:
    """The denials that keep nobody from lifting them who holds a grant above them."""
    if asked.is_data or asked.call.action.lower() != LIFTING.lower():
        return {}
    sure = (one for one in allowing if facts.access_of(one).is_sure_of(LIFTING))
    return {
        one.id: frozenset(denial.id for denial in denials if _may_lift(facts, one, denial))
        for one in sure
    }


def _may_lift(facts: AccessFacts, grant: Grant, denial: Denial) -> bool:
    return facts.ancestry.may_lift(grant.slot.scope.path, denial.scope.path)


def _counts(facts: AccessFacts, grant: Grant, asked: AskedAccess) -> bool:
    if not facts.restricted_unit_ids or is_reading(asked.call.action):
        return True
    return grant.slot.scope in {unit_scope(unit_id) for unit_id in facts.restricted_unit_ids}


def _covers(permissions: Iterable[Permission], asked: AskedAccess) -> bool:
    return any(one.covers(asked.call.action, is_data=asked.is_data) for one in permissions)


def _leading_to(
    holders: Iterable[PrincipalId], memberships: tuple[Grant, ...]
) -> tuple[Grant, ...]:
    """The memberships on the way to the holders."""
    inside = set(holders)
    links = [one for one in memberships if is_membership(one)]
    while more := {one.slot.principal_id for one in links if _group_of(one) in inside} - inside:
        inside |= more
    return tuple(one for one in links if _group_of(one) in inside)


def _find_change(bearing: _Bearing, now: _Standing, at: Instant) -> Instant | None:
    """The first instant after `at` at which the answer is another one."""
    standing = now
    for edge in bearing.edges(at):
        # One grant holds until then, whatever becomes of the others; a denial may begin before.
        if standing.is_allowed and not bearing.denials and edge < standing.lasts:
            continue
        standing = bearing.stand(edge)
        if standing.is_allowed is not now.is_allowed:
            return edge
    return None


def _list_in_force(
    grants: Iterable[Grant], reached: Mapping[PrincipalId, Instant], at: Instant
) -> Iterator[Grant]:
    return (g for g in grants if g.slot.principal_id in reached and g.is_in_force(at))


def _group_of(membership: Grant) -> PrincipalId:
    return PrincipalId(membership.slot.scope.path)
