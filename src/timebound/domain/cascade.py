"""What ends with it: an activation never outlives the eligibility or the membership behind it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from timebound.domain.facts import AdministratorPath, Chain, covers_until, membership_slot
from timebound.domain.grants import ACTIVE_KINDS, Grant, GrantKind, Slot
from timebound.domain.ids import GrantId
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
    endings = list(ended)
    state = {g.id: g for g in (*chain.supports, *chain.dependents, *added)}
    for ending in endings:
        state[ending.grant.id] = replace(ending.grant, ended_at=ending.at)
    changed = True
    cuts: dict[GrantId, Ending] = {}
    while changed:
        changed = False
        for dependent in chain.dependents:
            current = state[dependent.id]
            allowed = _allowed_until(current, state.values(), at)
            if allowed < current.until:
                state[dependent.id] = replace(current, ended_at=allowed)
                cuts[dependent.id] = Ending(dependent, allowed, is_cut=True)
                changed = True
    return tuple(cuts.values())


def _allowed_until(grant: Grant, known: Iterable[Grant], at: Instant) -> Instant:
    start = max(at, grant.window.start)
    if grant.basis is None or grant.until <= start:
        return grant.until
    known = tuple(known)
    eligible = _in_slot(known, grant.basis.slot, (GrantKind.ELIGIBLE,))
    allowed = covers_until(eligible, start)
    through = membership_slot(grant)
    if through is not None:
        allowed = min(allowed, covers_until(_in_slot(known, through, ACTIVE_KINDS), start))
    # What never came into force ends where it would have begun, or now: whichever is earlier.
    return at if allowed == start else allowed


def _in_slot(
    grants: tuple[Grant, ...], slot: Slot, kinds: tuple[GrantKind, ...]
) -> tuple[Grant, ...]:
    return tuple(g for g in grants if g.slot == slot and g.kind in kinds)


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
