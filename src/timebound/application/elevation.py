"""A Global Administrator makes themselves User Access Administrator over all of Azure."""

from dataclasses import replace

from timebound.application.azure_assignment_ports import assignments_key
from timebound.application.engine import Engine, Record, Teller, actor_of, decide_and_apply
from timebound.application.plain_assignments import tell_outside, tell_unmade
from timebound.application.ports import Loaded
from timebound.application.recording import changed_facts, write_grant
from timebound.application.slots import AskedSlot
from timebound.domain.authority import Token
from timebound.domain.azure.places import ROOT
from timebound.domain.azure_assignments import decide_elevation
from timebound.domain.azure_limits import area_of
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId
from timebound.domain.roles import AZURE_USER_ACCESS_ADMINISTRATOR
from timebound.domain.times import Instant


async def elevate_access(engine: Engine, token: Token, at: Instant) -> Grant | Refused:
    """The role that the caller has over all of Azure from now on, without an end.

    Global Administrators alone may, those whose role is activated as long as it is. Whoever has
    the role already is given no other; a refusal is recorded as an event.
    """
    slot = Slot(token.principal_id, AZURE_USER_ACCESS_ADMINISTRATOR, ROOT)
    grant_id = GrantId(engine.ids.new_id())

    async def judge(loaded: Loaded) -> Record[Grant]:
        facts = loaded.facts
        teller = Teller(engine, actor_of(facts.caller), grant_id, at)
        decision = decide_elevation(facts, at)
        if isinstance(decision, Refused):
            return Record(decision, events=tell_unmade(teller, "elevateAccess", slot, decision))
        if isinstance(decision, Grant):
            return Record(decision)
        grant = Grant(grant_id, slot, decision.kind, decision.window, at, terms=decision.terms)
        writes, events = write_grant(grant, teller)
        told = (replace(one, data={**one.data, "isElevation": True}) for one in events)
        bumps = changed_facts(facts, (), decision) | {assignments_key(area_of(ROOT))}
        return Record(grant, writes, tell_outside(tuple(told)), bumps)

    return await decide_and_apply(engine, token, AskedSlot(slot), at, judge)
