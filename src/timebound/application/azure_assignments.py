"""Role assignments of Azure made, changed and taken away under their names, past requests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from timebound.application.azure_assignment_ports import (
    LoadedSurroundings,
    assignments_key,
    room_key,
)
from timebound.application.azure_writes import FreeName, PutTerms
from timebound.application.changes import FactKey, Write, named_key, principal_key
from timebound.application.ending import write_endings
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.plain_assignments import tell_outside, tell_unmade
from timebound.application.ports import Loaded
from timebound.application.recording import changed_facts, grant_facts, write_grant
from timebound.application.versions import Versions
from timebound.domain.authority import Token, authorize
from timebound.domain.azure_assignments import (
    AskedAssignment,
    Changed,
    Made,
    decide_azure_assignment,
    decide_azure_unassignment,
    is_assignment,
    is_guarded,
)
from timebound.domain.azure_limits import area_of, is_scarce
from timebound.domain.decide import Refused
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.grants import Grant, Terms
from timebound.domain.ids import GrantId
from timebound.domain.operations import Operation
from timebound.domain.plain_assignments import is_left_to_requests
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Assigned:
    """The assignment that is there now, and whether it was not before."""

    grant: Grant
    is_new: bool


async def assign_azure_role(
    engine: Engine,
    token: Token,
    asked: AskedAssignment,
    at: Instant,
    *,
    is_validation_only: bool = False,
) -> Assigned | Refused:
    """Makes somebody hold a role from now on under a name, or tells what has it other terms.

    A refusal is recorded as an event, as is what is made or changed; with `is_validation_only`
    nothing is.
    """
    correlation_id = engine.ids.new_id()

    async def attempt() -> tuple[Record[Assigned], Mapping[FactKey, int]]:
        loaded = await engine.store.load_facts(token, asked.slot, at)
        found = await engine.store.load_surroundings(token.tenant_id, asked.slot, asked.name, at)
        decision = decide_azure_assignment(loaded.facts, found.around, asked, at)
        teller = Teller(engine, actor_of(loaded.facts.caller), correlation_id, at)
        if isinstance(decision, Refused):
            record: Record[Assigned] = Record(
                decision, events=tell_unmade(teller, "assign", asked.slot, decision)
            )
        elif isinstance(decision, Changed):
            record = _change(decision, teller)
        else:
            record = _make(loaded, asked, decision, teller)
        if is_validation_only:
            return Record(record.outcome), {}
        is_new = isinstance(decision, Made)
        return record, _expect(loaded, found, asked) if is_new else loaded.versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


async def unassign_azure_role(
    engine: Engine, token: Token, place: Scope, name: GrantId, at: Instant
) -> Grant | Refused | None:
    """Ends what an assignment at a place is, however it came about; it as it was, none if missing.

    Who may neither read nor take away assignments there is not told that one is missing.
    """
    found = (await engine.store.find_grants(token.tenant_id, [name])).get(name)
    if found is None or not is_assignment(found, at) or found.slot.scope != place:
        return await _miss(engine, token, place, at)
    outcome = await apply_attempts(
        engine, token.tenant_id, at, partial(_unassign, engine, token, found, at)
    )
    is_gone = isinstance(outcome, Refused) and outcome.problems[0].code is Code.OBJECT_NOT_FOUND
    return None if is_gone else outcome


async def _unassign(
    engine: Engine, token: Token, named: Grant, at: Instant
) -> tuple[Record[Grant], Mapping[FactKey, int]]:
    slot, key = named.slot, assignments_key(area_of(named.slot.scope))
    loaded = await engine.store.load_facts(token, slot, at)
    found = await engine.store.load_owners(token.tenant_id, slot, named.id, at)
    facts = loaded.facts
    decision = decide_azure_unassignment(facts, found.around, named.id, at)
    teller = Teller(engine, actor_of(facts.caller), engine.ids.new_id(), at)
    if isinstance(decision, Refused):
        return Record(decision, events=tell_unmade(teller, "unassign", slot, decision)), {}
    writes, events = await write_endings(engine.store, token.tenant_id, decision, teller)
    bumps = changed_facts(facts, decision) | {key}
    versions = {**loaded.versions}
    if is_guarded(slot):
        versions[key] = found.versions[key]
    return Record(named, writes, tell_outside(events), bumps), versions


async def _miss(engine: Engine, token: Token, place: Scope, at: Instant) -> Refused | None:
    loaded = await engine.store.load_rights(token, place, at)
    if not authorize(Operation.READ_AZURE_ROLE_ASSIGNMENTS, loaded.caller, loaded.target):
        return None
    problems = authorize(Operation.UNASSIGN_AZURE_ROLE, loaded.caller, loaded.target)
    return Refused(problems) if problems else None


def _make(loaded: Loaded, asked: AskedAssignment, made: Made, teller: Teller) -> Record[Assigned]:
    new, facts = made.grant, loaded.facts
    grant = Grant(asked.name, asked.slot, new.kind, new.window, teller.at, terms=new.terms)
    freed: tuple[Write, ...] = ()
    if made.freed is not None:
        freed = (FreeName(made.freed.id, GrantId(teller.engine.ids.new_id())),)
    writes, events = write_grant(grant, teller)
    bumps = changed_facts(facts, (), new) | {
        named_key(asked.name),
        assignments_key(area_of(asked.slot.scope)),
    }
    told = tell_outside(events, is_reported=is_left_to_requests(facts))
    return Record(Assigned(grant, is_new=True), (*freed, *writes), told, bumps)


def _change(changed: Changed, teller: Teller) -> Record[Assigned]:
    grant, terms = changed.grant, changed.terms
    after = Assigned(replace(grant, terms=terms), is_new=False)
    if changed.is_same:
        return Record(after)
    bumps = frozenset({principal_key(grant.slot.principal_id)})
    return Record(after, (PutTerms(grant.id, terms),), (_tell_change(changed, teller),), bumps)


def _expect(
    loaded: Loaded, found: LoadedSurroundings, asked: AskedAssignment
) -> Mapping[FactKey, int]:
    """The versions that a new assignment rests on.

    While there is room for all that could be under way, nobody minds how many others there are.
    """
    scope, versions = asked.slot.scope, Versions()
    versions.add(loaded.versions)
    key = named_key(asked.name)
    versions.add({key: found.versions[key]})
    if is_scarce(scope, found.around.count, loaded.facts.settings):
        area = room_key(area_of(scope))
        versions.add({area: found.versions[area]})
    return versions.all


def _tell_change(changed: Changed, teller: Teller) -> Event:
    grant = changed.grant
    data: dict[str, Fact] = {
        **grant_facts(grant),
        "old": _terms_facts(grant.terms or Terms()),
        "new": _terms_facts(changed.terms),
        "isOutside": True,
    }
    return teller.tell(EventKind.GRANT_CHANGED, grant.slot.principal_id, data)


def _terms_facts(terms: Terms) -> Mapping[str, Fact]:
    return {
        "condition": terms.condition,
        "conditionVersion": terms.condition_version,
        "description": terms.description,
        "delegatedManagedIdentityResourceId": terms.delegated_identity,
    }


def missing(name: str) -> Refused:
    """What is answered where there is no assignment of a name."""
    return Refused((Problem(Code.OBJECT_NOT_FOUND, value=name),))
