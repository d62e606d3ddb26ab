"""The facts about a slot, with those about the group it is in where they matter."""

from dataclasses import dataclass, replace

from timebound.application.azure_assignment_ports import RoomQuestion, assignments_key
from timebound.application.ports import DecisionStore, Loaded
from timebound.application.versions import Versions
from timebound.domain.authority import Token
from timebound.domain.azure_assignments import is_guarded
from timebound.domain.azure_limits import area_of, find_limit, is_scarce, may_take_room
from timebound.domain.grants import Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.requests import Draft
from timebound.domain.roles import OWNER
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class AskedSlot:
    """A slot, and what else matters: who owns the group that it is in, how many more may hold.

    `needs_room` tells that one more role of Azure may be assigned there.
    """

    slot: Slot
    needs_target: bool = False
    needs_room: bool = False


def slot_of(draft: Draft) -> AskedSlot:
    """What is asked for a draft: what members do for themselves is nobody else's matter."""
    is_ending_ownership = draft.slot.role_id == OWNER and draft.action.is_ending
    needs_target = not draft.action.is_self or is_ending_ownership
    return AskedSlot(draft.slot, needs_target, may_take_room(draft))


async def load_slot(store: DecisionStore, token: Token, asked: AskedSlot, at: Instant) -> Loaded:
    """The facts about the slot, under the versions of all that was loaded."""
    loaded = await _load_owned(store, token, asked, at)
    return await _add_room(store, token, loaded, at) if asked.needs_room else loaded


async def _load_owned(store: DecisionStore, token: Token, asked: AskedSlot, at: Instant) -> Loaded:
    scope = asked.slot.scope
    loaded = await store.load_facts(token, asked.slot, at)
    if asked.needs_target and is_guarded(asked.slot):
        return await _add_owners(store, token, loaded, at)
    if not asked.needs_target or scope.kind is not ScopeKind.GROUP:
        return loaded
    found = await store.load_target(token, PrincipalId(scope.path), at)
    versions = Versions()
    versions.add(loaded.versions)
    versions.add(found.versions)
    # Whoever the caller was at either load, an older version of them lets nothing be applied.
    return replace(
        loaded,
        facts=replace(loaded.facts, target=found.facts.target),
        versions=versions.all,
    )


async def _add_owners(store: DecisionStore, token: Token, loaded: Loaded, at: Instant) -> Loaded:
    """The facts with who owns the subscription that the slot is at."""
    slot = loaded.facts.slot
    found = await store.load_owners(token.tenant_id, slot, GrantId(""), at)
    target = replace(loaded.facts.target, owner_ids=found.around.owner_ids)
    key = assignments_key(area_of(slot.scope))
    return replace(
        loaded,
        facts=replace(loaded.facts, target=target),
        versions={**loaded.versions, key: found.versions[key]},
    )


async def _add_room(store: DecisionStore, token: Token, loaded: Loaded, at: Instant) -> Loaded:
    """The facts with how many roles are assigned around the slot, as far as that matters.

    While there is room for all that could be under way, nobody minds how many others there are.
    """
    facts = loaded.facts
    scope, limit = facts.slot.scope, find_limit(facts.slot.scope, facts.settings)
    if limit is None:
        return loaded
    found = await store.load_room(token.tenant_id, RoomQuestion(scope, at, limit))
    versions = Versions()
    versions.add(loaded.versions)
    if is_scarce(scope, found.count, facts.settings):
        versions.add(found.versions)
    return Loaded(replace(facts, assigned_count=found.count), versions.all)
