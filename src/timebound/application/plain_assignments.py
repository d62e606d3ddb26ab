"""Assigning roles past requests and taking them away again: `roleAssignments` made and deleted."""

from dataclasses import replace

from timebound.application.ending import write_endings
from timebound.application.engine import Engine, Record, Teller, actor_of, decide_and_apply
from timebound.application.ports import Loaded
from timebound.application.recording import (
    changed_facts,
    slot_facts,
    tell_refusal,
    write_grant,
)
from timebound.application.slots import AskedSlot
from timebound.domain.authority import Token
from timebound.domain.cascade import Ending
from timebound.domain.decide import Refused
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId
from timebound.domain.plain_assignments import (
    decide_assignment,
    decide_unassignment,
    is_left_to_requests,
)
from timebound.domain.times import Instant


async def assign_role(engine: Engine, token: Token, slot: Slot, at: Instant) -> Grant | Refused:
    """Makes somebody hold a role from now on without an end; the grant, or what is wrong with it.

    A refusal is recorded as an event, as is the grant. There is no request of either.
    """
    grant_id = GrantId(engine.ids.new_id())

    async def judge(loaded: Loaded) -> Record[Grant]:
        facts = loaded.facts
        teller = Teller(engine, actor_of(facts.caller), grant_id, at)
        decision = decide_assignment(facts, at)
        if isinstance(decision, Refused):
            return Record(decision, events=tell_unmade(teller, "assign", slot, decision))
        grant = Grant(grant_id, slot, decision.kind, decision.window, at)
        writes, events = write_grant(grant, teller)
        told = tell_outside(events, is_reported=is_left_to_requests(facts))
        return Record(grant, writes, told, changed_facts(facts, (), decision))

    return await decide_and_apply(engine, token, AskedSlot(slot), at, judge)


async def unassign_role(
    engine: Engine, token: Token, slot: Slot, at: Instant
) -> tuple[Ending, ...] | Refused:
    """Ends what makes somebody hold a role now, however it came about, and what stands on it."""
    correlation_id = engine.ids.new_id()

    async def judge(loaded: Loaded) -> Record[tuple[Ending, ...]]:
        facts = loaded.facts
        teller = Teller(engine, actor_of(facts.caller), correlation_id, at)
        decision = decide_unassignment(facts, at)
        if isinstance(decision, Refused):
            return Record(decision, events=tell_unmade(teller, "unassign", slot, decision))
        writes, events = await write_endings(engine.store, token.tenant_id, decision, teller)
        return Record(decision, writes, tell_outside(events), changed_facts(facts, decision))

    return await decide_and_apply(engine, token, AskedSlot(slot), at, judge)


def tell_unmade(teller: Teller, deed: str, slot: Slot, refused: Refused) -> tuple[Event, ...]:
    """The event of a change past requests that was refused."""
    said = {**slot_facts(slot), "action": deed}
    kind = EventKind.CHANGE_REFUSED
    return tell_refusal(teller, kind, slot.principal_id, said, refused.problems)


def tell_outside(events: tuple[Event, ...], *, is_reported: bool = False) -> tuple[Event, ...]:
    """The events say that no request led to them, and whether the policy wants that reported."""
    outside: dict[str, Fact] = {"isOutside": True}
    if is_reported:
        outside["isLeftToRequests"] = True
    return tuple(replace(event, data={**event.data, **outside}) for event in events)
