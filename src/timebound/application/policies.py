"""Changing the policy of a role at a scope."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from timebound.application.changes import (
    FactKey,
    PutPolicy,
    Write,
    policy_key,
    principal_key,
)
from timebound.application.directory.work import Work
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.recording import tell_refusal
from timebound.application.versions import Versions
from timebound.domain.authority import Target, Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.evaluations import Stage
from timebound.domain.events import EventKind, Fact
from timebound.domain.facts import Facts
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import UNNAMED, Policy, Rule
from timebound.domain.policies.telling import tell_rule
from timebound.domain.policy_changes import (
    Edit,
    Manner,
    change_policy,
    check_access,
    check_approvers,
    check_extensions,
    describe_approvers,
    new_approvers,
    new_extensions,
)
from timebound.domain.policy_places import Modified, PolicyPlace, StoredPolicy, place_policy
from timebound.domain.principals import Principal
from timebound.domain.privileged import list_approvers
from timebound.domain.problems import Problem
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """The edits of rules by their ids, and how they are made."""

    edits: Mapping[str, Edit]
    manner: Manner


@dataclass(frozen=True, slots=True)
class Beside:
    """What is written in the same change set: that an item of a run is done.

    `load` tells, anew in every attempt, the versions that this rests on; none when somebody else
    has done it, and then nothing is written. `write` makes of the outcome, and of whether anything
    changed, the writes and the facts that they change.
    """

    correlation_id: str
    load: Callable[[], Awaitable[Mapping[FactKey, int] | None]]
    write: Callable[[StoredPolicy | Refused, bool], tuple[tuple[Write, ...], frozenset[FactKey]]]


async def change_policy_at(
    engine: Engine,
    token: Token,
    place: PolicyPlace,
    change: PolicyChange,
    at: Instant,
    beside: Beside | None = None,
) -> StoredPolicy | Refused:
    """The policy as it is from now on, or everything that is wrong with the change.

    Two changes of different rules both last: whoever was overtaken edits what the other has left.
    What differs in nothing is neither written nor told.
    """
    work = _PolicyWork(Work(engine, token, at), place_policy(place.scope, place.role_id), change)
    correlation_id = engine.ids.new_id() if beside is None else beside.correlation_id

    async def attempt() -> tuple[Record[StoredPolicy], Mapping[FactKey, int]]:
        versions = Versions()
        facts, target = await _load(work, versions)
        decision = await _decide(work, facts, target)
        told = {} if beside is None else await beside.load()
        if told is None:
            # Whoever has done it has told of it as well.
            done = decision if isinstance(decision, Refused) else await _find(work, facts)
            return Record(done), versions.all
        versions.add(told)
        teller = Teller(engine, actor_of(facts.caller), correlation_id, at)
        record = await _record(work, facts, decision, teller)
        return record if beside is None else _add(record, beside), versions.all

    return await apply_attempts(engine, token.tenant_id, at, attempt)


@dataclass(frozen=True, slots=True)
class _PolicyWork:
    """Who changes which policy, and how."""

    work: Work
    place: PolicyPlace
    change: PolicyChange


async def _load(asked: _PolicyWork, versions: Versions) -> tuple[Facts, Target]:
    """The facts of the caller's own slot there: the policy and the role; and what they may do."""
    work, place = asked.work, asked.place
    slot = Slot(work.token.principal_id, place.role_id, place.scope)
    loaded = await work.engine.store.load_facts(work.token, slot, work.at)
    versions.add(loaded.versions)
    if place.scope.kind is not ScopeKind.GROUP:
        # Facts of a place in Azure tell what the caller may do there.
        return loaded.facts, loaded.facts.target
    group_id = PrincipalId(place.scope.path)
    about = await work.engine.store.load_target(work.token, group_id, work.at)
    versions.add(about.versions)
    return loaded.facts, about.facts.target


async def _decide(asked: _PolicyWork, facts: Facts, target: Target) -> Policy | Refused:
    if unmet := check_access(facts, target, asked.work.at):
        return Refused(unmet)
    change, old = asked.change, facts.policy
    kind, shortest = asked.place.scope.kind, facts.settings.minimum_active_duration
    new = change_policy(old, change.edits, change.manner, kind, shortest)
    if not isinstance(new, Policy):
        return Refused(new)
    if unmet := await _check_extensions(asked, new_extensions(old, new)):
        return Refused(unmet)
    named = new_approvers(old, new)
    if not named:
        return new
    # That they are there is not guarded: whoever is deleted a moment later is deleted lawfully.
    ids = [one.id for one in named if one.id]
    found = await asked.work.engine.store.find_objects(asked.work.token.tenant_id, ids)
    there = [one for one in map(_as_live, found.values()) if one]
    if unmet := check_approvers(named, {one.id: one.kind for one in there}):
        return Refused(unmet)
    return describe_approvers(new, {one.id: one.display_name for one in there})


async def _check_extensions(asked: _PolicyWork, named: Mapping[Stage, str]) -> tuple[Problem, ...]:
    # Nobody takes an extension away; one that fits no more when it is asked agrees to nothing.
    if not named:
        return ()
    work = asked.work
    ids = list(named.values())
    found = await work.engine.store.find_extensions(work.token.tenant_id, ids)
    return check_extensions(named, found, asked.place.scope.kind)


def _as_live(found: DirectoryObject) -> Principal | None:
    return None if found.deleted_at is not None else found.as_principal()


async def _record(
    asked: _PolicyWork, facts: Facts, decision: Policy | Refused, teller: Teller
) -> Record[StoredPolicy]:
    place = asked.place
    data: dict[str, Fact] = {
        "action": "updatePolicy",
        "scopeKind": place.scope.kind.value,
        "scope": place.scope.path,
    }
    if isinstance(decision, Refused):
        kind = EventKind.CHANGE_REFUSED
        events = tell_refusal(teller, kind, place.role_id, data, decision.problems)
        return Record(decision, events=events)
    if decision == facts.policy:
        return Record(await _find(asked, facts))
    caller = facts.caller
    modified = Modified(asked.work.at, caller.id, caller.display_name)
    data |= _tell_changes(facts.policy, decision)
    return Record(
        StoredPolicy(place, decision, modified),
        (PutPolicy(place.scope, place.role_id, decision, modified),),
        (teller.tell(EventKind.POLICY_CHANGED, place.role_id, data),),
        frozenset({policy_key(place.scope, place.role_id), *_keys(facts.policy, decision)}),
    )


async def _find(asked: _PolicyWork, facts: Facts) -> StoredPolicy:
    """The policy as it is, with who has changed it last."""
    place, tenant_id = asked.place, asked.work.token.tenant_id
    ids = [place.role_id]
    store = asked.work.engine.store
    kept = await store.find_policies(tenant_id, place.scope.kind, place.scope.path, ids)
    return kept.get(place.role_id) or StoredPolicy(place, facts.policy)


def _add(record: Record[StoredPolicy], beside: Beside) -> Record[StoredPolicy]:
    """The record with what is written beside it; a refusal is written there as well."""
    writes, bumps = beside.write(record.outcome, bool(record.writes))
    return replace(record, writes=(*record.writes, *writes), bumps=record.bumps | bumps)


def _keys(old: Policy, new: Policy) -> Iterator[FactKey]:
    """Whoever is to be asked from now on: what may be done to them depends on that."""
    return (principal_key(one) for one in list_approvers(new) - list_approvers(old))


def _tell_changes(old: Policy, new: Policy) -> dict[str, Fact]:
    def find(policy: Policy, id_: str) -> Rule:
        return policy.rules.get(id_) or UNNAMED[id_]

    ids = dict.fromkeys((*old.rules, *new.rules))
    changed = [id_ for id_ in ids if find(new, id_) != find(old, id_)]
    said = {id_: (tell_rule(find(old, id_)), tell_rule(find(new, id_))) for id_ in changed}
    changes = {id_: {"old": before, "new": after} for id_, (before, after) in said.items()}
    return {"changedRules": tuple(changed), "changes": changes}
