"""Members and owners of groups added and taken away, past PIM."""

from collections.abc import Iterable, Sequence

from timebound.application.changes import FactKey, Write, principal_key, standing_key
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.ending import write_endings
from timebound.application.engine import Record, Teller
from timebound.application.recording import changed_facts, slot_facts, write_grant
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.events import Event
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.memberships import Added, Removed, decide_addition, decide_removal
from timebound.domain.scopes import group_scope


async def add_to_group(
    work: Work, group_id: PrincipalId, role_id: RoleId, principal_ids: Sequence[PrincipalId]
) -> Added | Refused:
    """Makes principals members, or owners, of a group for ever: all of them or none."""
    slots = [Slot(one, role_id, group_scope(group_id)) for one in principal_ids]

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Added]]:
        target = await work.engine.store.load_target(work.token, group_id, work.at)
        versions.add(target.versions)
        facts = await load_slots(work, versions, slots)
        decision = decide_addition(facts, target.facts.target, work.at)
        if isinstance(decision, Refused):
            return target.facts.caller, decision

        async def record(teller: Teller) -> Record[Added]:
            writes, events, keys = record_memberships(decision, teller)
            return Record(decision, tuple(writes), tuple(events), frozenset(keys))

        return target.facts.caller, record

    asked = {**slot_facts(slots[0]), "principalIds": tuple(principal_ids), "action": "add"}
    return await carry_out(work, group_id, asked, judge)


async def remove_from_group(
    work: Work, group_id: PrincipalId, role_id: RoleId, principal_id: PrincipalId
) -> Removed | Refused:
    """Ends a membership, or an ownership, and what stood on it; the last administrator stays."""
    slot = Slot(principal_id, role_id, group_scope(group_id))

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Removed]]:
        target = await work.engine.store.load_target(work.token, group_id, work.at)
        versions.add(target.versions)
        (facts,) = await load_slots(work, versions, [slot])
        decision = decide_removal(facts, target.facts.target, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[Removed]:
            ended = decision.endings
            store, tenant_id = work.engine.store, work.token.tenant_id
            writes, events = await write_endings(store, tenant_id, ended, teller)
            keys = changed_facts(facts, ended) | {principal_key(group_id)}
            return Record(decision, writes, events, keys)

        return facts.caller, record

    asked = {**slot_facts(slot), "action": "remove"}
    return await carry_out(work, group_id, asked, judge)


async def load_slots(work: Work, versions: Versions, slots: Iterable[Slot]) -> list[Facts]:
    """The facts of each slot, as the caller of the work asks."""
    found = []
    for slot in slots:
        loaded = await work.engine.store.load_facts(work.token, slot, work.at)
        versions.add(loaded.versions)
        found.append(loaded.facts)
    return found


def record_memberships(
    added: Added, teller: Teller
) -> tuple[list[Write], list[Event], set[FactKey]]:
    """What new memberships write, tell and change: the holder, and the group with its owners."""
    writes: list[Write] = []
    events: list[Event] = []
    keys: set[FactKey] = set()
    for slot, new in added.grants:
        grant = Grant(GrantId(teller.engine.ids.new_id()), slot, new.kind, new.window, teller.at)
        more_writes, more_events = write_grant(grant, teller)
        writes += more_writes
        events += more_events
        group_id = slot.scope.path
        keys |= {principal_key(slot.principal_id), principal_key(group_id), standing_key(group_id)}
    return writes, events, keys
