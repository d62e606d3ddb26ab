"""What ends with it: an activation never outlives the eligibility or the membership behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from timebound.domain.facts import (
    AdministratorPath,
    Chain,
    Facts,
    covers_until,
    member_until,
    membership_slot,
)
from timebound.domain.grants import ACTIVE_KINDS, Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.roles import AZURE_OWNER, OWNER
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Ending:
    """A grant that ends at `at`, earlier than it would have.

    `is_cut` tells that nobody asked for it: what it stood on has ended.
    """

    grant: Grant
    at: Instant
    is_cut: bool = False


def cut_dependents(
    chain: Chain, ended: Iterable[Ending], added: Iterable[Grant], at: Instant
) -> tuple[Ending, ...]:
    """The further ends that follow when some grants end and others are added at `at`.

    Each dependent activation keeps what its eligibility and its membership, taken together with
    their successors, still cover without a gap; what is no longer covered ends (promise 6).
    """
    held = _Held((*chain.supports, *chain.dependents, *added))
    for ending in ended:
        held.put(replace(ending.grant, ended_at=ending.at))
    changed = True
    cuts: dict[GrantId, Ending] = {}
    while changed:
        changed = False
        for dependent in chain.dependents:
            current = held.by(dependent.slot.principal_id)[dependent.id]
            allowed = _allowed_until(current, held, at)
            if allowed < current.until:
                held.put(replace(current, ended_at=allowed))
                cuts[dependent.id] = Ending(dependent, allowed, is_cut=True)
                changed = True
    return tuple(cuts.values())


class _Held:
    """Grants by holder and id, as they are while one end after the other is found."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self._by_holder: dict[PrincipalId, dict[GrantId, Grant]] = {}
        for grant in grants:
            self.put(grant)

    def put(self, grant: Grant) -> None:
        """Adds a grant, or replaces it as it is now."""
        self._by_holder.setdefault(grant.slot.principal_id, {})[grant.id] = grant

    def by(self, holder: PrincipalId) -> Mapping[GrantId, Grant]:
        """What somebody holds."""
        return self._by_holder.get(holder, {})

    def in_slot(self, slot: Slot, *kinds: GrantKind) -> tuple[Grant, ...]:
        """What is held in a slot, of the kinds."""
        held = self.by(slot.principal_id).values()
        return tuple(g for g in held if g.slot == slot and g.kind in kinds)


def _allowed_until(grant: Grant, held: _Held, at: Instant) -> Instant:
    start = max(at, grant.window.start)
    if grant.basis is None or grant.until <= start:
        return grant.until
    allowed = covers_until(held.in_slot(grant.basis.slot, GrantKind.ELIGIBLE), start)
    through = membership_slot(grant)
    if through is not None:
        allowed = min(allowed, _member_until(grant, through, held, start))
    # What never came into force ends where it would have begun, or now: whichever is earlier.
    return at if allowed == start else allowed


def _member_until(grant: Grant, through: Slot, held: _Held, start: Instant) -> Instant:
    if grant.slot.scope.kind is not ScopeKind.AZURE:
        return covers_until(held.in_slot(through, *ACTIVE_KINDS), start)
    group = PrincipalId(through.scope.path)
    return member_until(lambda h: held.by(h).values(), through.principal_id, group, start)


def leaves_no_administrator(
    paths: tuple[AdministratorPath, ...], ended: Iterable[GrantId], lost: str | None = None
) -> bool:
    """Whether the last enabled person with an endless Global Administrator grant would be lost.

    `ended` are grants that end, `lost` is a principal that is disabled or deleted (promise 11).
    """
    gone = set(ended)
    remaining = [
        path for path in paths if path.principal_id != lost and gone.isdisjoint(path.grant_ids)
    ]
    return bool(paths) and not remaining


def leaves_no_owner(
    facts: Facts, owners: frozenset[PrincipalId], ended: Iterable[Grant], at: Instant
) -> bool:
    """Whether the only one of the `owners` would be lost when grants of the slot end at `at`.

    Those of a group, or of a subscription of Azure.

    What ends by its time, or because what it stood on has ended, is no loss that anybody asked for:
    it is never held up (promises 6 and 11).
    """
    if facts.slot.role_id not in (OWNER, AZURE_OWNER) or owners != {facts.slot.principal_id}:
        return False
    gone = {grant.id for grant in ended}
    return all(grant.id in gone for grant in facts.in_force(at, *ACTIVE_KINDS))
