"""Changing many policies: a run is made once, and whoever may goes on with it until it is done.

Nothing runs by itself. Each item is one change set, of the policy and of what has become of the
item, judged when it is made and made by whoever goes on with the run. Whoever is killed on the way
has lost nothing: the next call begins with the first item that waits. Two at once do each of them
once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeAlias

from timebound.application.changes import FactKey, Write
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.policies import Beside, PolicyChange, change_policy_at
from timebound.application.policy_ports import run_key
from timebound.application.policy_reading import read_policies, read_policy
from timebound.application.policy_run_ports import PolicyRunStore
from timebound.application.policy_run_writes import FinishRunItem, PutPolicyRun
from timebound.application.reading import Reader
from timebound.application.recording import tell_refusal
from timebound.domain.authority import Caller, Target, Token, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.licensing import check_license
from timebound.domain.policies import RULE_SLOTS, Rule
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policy_changes import (
    CHANGING,
    READING,
    Edit,
    Manner,
    check_approvers,
    check_rule,
)
from timebound.domain.policy_places import PolicyPlace, StoredPolicy
from timebound.domain.policy_runs import ItemState, PolicyRun, RunItem
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind
from timebound.domain.times import Instant

_POSTPONING: Final = frozenset(
    {
        Code.CALLER_NOT_ADMITTED,
        Code.PERMISSION_MISSING,
        Code.ACCESS_DENIED,
        Code.LICENSE_REQUIRED,
        Code.BUSY,
    }
)
"""What says nothing about the policy: the item waits on, for somebody else or another time."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Rules as the policy at a place has them, all or those that are named."""

    place: PolicyPlace
    rule_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is to become of which policies; without places those of all directory roles."""

    rules: Mapping[str, Rule] | Copied
    places: tuple[PolicyPlace, ...] = ()

    @property
    def kind(self) -> ScopeKind:
        """The kind of the policies, which all have in common."""
        return self.places[0].scope.kind if self.places else ScopeKind.DIRECTORY


@dataclass(frozen=True, slots=True)
class Progress:
    """A run, and how many of its items are in which state."""

    run: PolicyRun
    counts: Mapping[ItemState, int]

    def count(self, state: ItemState) -> int:
        """How many items are in the state."""
        return self.counts.get(state, 0)


_Finding: TypeAlias = Refused | Sequence[PolicyPlace]


async def start_run(engine: Engine, reader: Reader, order: RunOrder) -> Progress | Refused:
    """A new run with its items in their order, numbered from one, of which none is done yet.

    Refused to who may not change these policies now, and where a rule could be in no policy: that
    is told in one event, as the refusal of any other change.
    """
    places = await _find_places(reader, order)
    if isinstance(places, Refused):
        return await _tell_refused(engine, reader, order, places)
    rules = await _find_rules(reader, order)
    if isinstance(rules, Refused):
        return await _tell_refused(engine, reader, order, rules)
    items = tuple(RunItem(number, place) for number, place in enumerate(places, 1))
    maker = reader.token.principal_id
    run = PolicyRun(engine.ids.new_id(), rules, reader.at, maker, len(items))

    async def attempt() -> tuple[Record[PolicyRun], Mapping[FactKey, int]]:
        return Record(run, (PutPolicyRun(run, items),), bumps=frozenset({run_key(run.id)})), {}

    made = await apply_attempts(engine, reader.token.tenant_id, reader.at, attempt)
    return made if isinstance(made, Refused) else Progress(made, {ItemState.PENDING: len(items)})


async def _tell_refused(
    engine: Engine, reader: Reader, order: RunOrder, refused: Refused
) -> Refused:
    """The refusal with its event; a role or a group is named where the order names only one."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    teller = Teller(engine, actor_of(caller), engine.ids.new_id(), reader.at)
    roles = {place.role_id for place in order.places}
    scopes = {place.scope.path for place in order.places} or {DIRECTORY_ROOT.path}
    data: dict[str, Fact] = {
        "action": "updatePolicy",
        "scopeKind": order.kind.value,
        "scope": next(iter(scopes)) if len(scopes) == 1 else None,
        "count": len(order.places) or None,
    }
    subject_id = next(iter(roles)) if len(roles) == 1 else ""
    kind = EventKind.CHANGE_REFUSED
    events = tell_refusal(teller, kind, subject_id, data, refused.problems)

    async def attempt() -> tuple[Record[Refused], Mapping[FactKey, int]]:
        return Record(refused, events=events), {}

    return await apply_attempts(engine, reader.token.tenant_id, reader.at, attempt)


async def advance_run(
    engine: Engine, runs: PolicyRunStore, reader: Reader, run_id: str, limit: int
) -> Progress | Refused:
    """Does the first of the items that wait, in their order; answers how far the run is then.

    Who may not change one of these policies is refused there, and what they did before stays done.
    """
    tenant_id = reader.token.tenant_id
    waiting = await runs.read_items(tenant_id, run_id, 0, limit, are_pending=True)
    # Where something waits, changing it asks for more than being told of it.
    run = await runs.find_run(tenant_id, run_id) if waiting else None
    found = run or await _find_run(runs, reader, run_id)
    if isinstance(found, Refused):
        return found
    for item in waiting:
        doing = _Doing(runs, reader.token, found, item, reader.at)
        outcome = await doing.carry_out(engine)
        if isinstance(outcome, Refused) and _is_postponed(outcome):
            return outcome
    return Progress(found, await runs.count_items(tenant_id, run_id))


async def read_run(
    runs: PolicyRunStore, reader: Reader, run_id: str, after: int, limit: int
) -> tuple[Progress, Sequence[RunItem]] | Refused:
    """How far a run is, and its items behind a position."""
    run = await _find_run(runs, reader, run_id)
    if isinstance(run, Refused):
        return run
    tenant_id = reader.token.tenant_id
    progress = Progress(run, await runs.count_items(tenant_id, run_id))
    return progress, await runs.read_items(tenant_id, run_id, after, limit)


@dataclass(frozen=True, slots=True)
class _Doing:
    """One item, and who does it."""

    runs: PolicyRunStore
    token: Token
    run: PolicyRun
    item: RunItem
    at: Instant

    async def carry_out(self, engine: Engine) -> StoredPolicy | Refused:
        """Changes the policy, and notes in the same change set what has become of the item."""
        edits = {id_: _put(rule) for id_, rule in self.run.rules.items()}
        change = PolicyChange(edits, Manner.WHOLE)
        beside = Beside(self.run.id, self.load, self.write)
        return await change_policy_at(engine, self.token, self.item.place, change, self.at, beside)

    async def load(self) -> Mapping[FactKey, int] | None:
        """The version of the run; none where somebody else has done the item meanwhile."""
        tenant_id, position = self.token.tenant_id, self.item.position
        loaded = await self.runs.load_item(tenant_id, self.run.id, position)
        if loaded.item is None or loaded.item.state is not ItemState.PENDING:
            return None
        return {run_key(self.run.id): loaded.version}

    def write(
        self,
        outcome: StoredPolicy | Refused,
        is_changed: bool,  # noqa: FBT001 - as it is called beside a change
    ) -> tuple[tuple[Write, ...], frozenset[FactKey]]:
        """The item as it is done; nothing of who may not do it."""
        state, problem = ItemState.CHANGED if is_changed else ItemState.UNCHANGED, None
        if isinstance(outcome, Refused):
            if _is_postponed(outcome):
                return (), frozenset()
            state, problem = ItemState.REFUSED, outcome.problems[0]
        done = replace(self.item, state=state, problem=problem, done_at=self.at)
        return (FinishRunItem(self.run.id, done),), frozenset({run_key(self.run.id)})


def _put(rule: Rule) -> Edit:
    return lambda _: rule


def _is_postponed(refused: Refused) -> bool:
    return any(problem.code in _POSTPONING for problem in refused.problems)


async def _find_run(runs: PolicyRunStore, reader: Reader, run_id: str) -> PolicyRun | Refused:
    """The run, for who may read such policies; who made it is asked for no role."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    tenant_id = reader.token.tenant_id
    run = await runs.find_run(tenant_id, run_id)
    if run is None:
        unmet = tuple(authorize(operation, caller) for operation in READING.values())
        missing = Problem(Code.OBJECT_NOT_FOUND, property="id", value=run_id)
        return Refused(unmet[0] if all(unmet) else (missing,))
    # The policies of a run have their kind in common.
    (first,) = await runs.read_items(tenant_id, run_id, 0, 1)
    owned = Target(owner_ids=frozenset({PrincipalId(run.created_by)}))
    refused = authorize(READING[first.place.scope.kind], caller, owned)
    return Refused(refused) if refused else run


async def _find_places(reader: Reader, order: RunOrder) -> _Finding:
    """The places in their order, each once, if the caller may change all of their policies."""
    if order.kind is ScopeKind.GROUP:
        return await _find_groups(reader, tuple(dict.fromkeys(order.places)))
    caller = await reader.store.load_caller(reader.token, reader.at)
    if unmet := _check_caller(reader, caller, ScopeKind.DIRECTORY):
        return Refused(unmet)
    found = await read_policies(reader, DIRECTORY_ROOT)
    if isinstance(found, Refused):
        return found
    known = tuple(one.place for one in found)
    unknown = [place.role_id for place in order.places if place not in known]
    if unknown:
        return Refused((Problem(Code.OBJECT_NOT_FOUND, property="roles", value=unknown[0]),))
    return tuple(dict.fromkeys(order.places)) or known


async def _find_groups(reader: Reader, places: tuple[PolicyPlace, ...]) -> _Finding:
    for group_id in dict.fromkeys(PrincipalId(place.scope.path) for place in places):
        facts = (await reader.store.load_target(reader.token, group_id, reader.at)).facts
        if unmet := _check_caller(reader, facts.caller, ScopeKind.GROUP, facts.target):
            return Refused(unmet)
        found = facts.object
        if found is None or found.kind is not ObjectKind.GROUP or found.deleted_at is not None:
            return Refused((Problem(Code.OBJECT_NOT_FOUND, property="groups", value=group_id),))
    return places


def _check_caller(
    reader: Reader, caller: Caller, kind: ScopeKind, target: Target | None = None
) -> tuple[Problem, ...]:
    unmet = authorize(CHANGING[kind], caller, target or Target())
    return unmet or check_license(caller.settings, reader.at)


async def _find_rules(reader: Reader, order: RunOrder) -> Mapping[str, Rule] | Refused:
    """The rules, if a policy of the kind could have each of them."""
    rules = await _find_source(reader, order)
    if isinstance(rules, Refused):
        return rules
    caller = await reader.store.load_caller(reader.token, reader.at)
    shortest = caller.settings.minimum_active_duration
    unmet = [p for id_, rule in rules.items() for p in _check(id_, rule, order.kind, shortest)]
    refused = in_order(unmet) or await _check_approvers(reader, rules)
    return Refused(refused) if refused else rules


async def _check_approvers(reader: Reader, rules: Mapping[str, Rule]) -> tuple[Problem, ...]:
    """Why those who are named cannot be; who leaves later is found by the items themselves."""
    stages = [s for rule in rules.values() if isinstance(rule, ApprovalRule) for s in rule.stages]
    named = [one for stage in stages for one in stage.primary]
    ids = [one.id for one in named if one.id]
    found = (await reader.store.find_objects(reader.token.tenant_id, ids)) if ids else {}
    there = [one.as_principal() for one in found.values() if one.deleted_at is None]
    return check_approvers(named, {one.id: one.kind for one in there if one})


async def _find_source(reader: Reader, order: RunOrder) -> Mapping[str, Rule] | Refused:
    if not isinstance(order.rules, Copied):
        return order.rules
    asked = order.rules
    found = await read_policy(reader, asked.place)
    if isinstance(found, Refused):
        return found
    wanted = asked.rule_ids or frozenset(RULE_SLOTS)
    rules = found.policy.rules
    return {id_: rules[id_] for id_ in RULE_SLOTS if id_ in wanted}


def _check(id_: str, rule: Rule, kind: ScopeKind, shortest: timedelta) -> tuple[Problem, ...]:
    slot = RULE_SLOTS.get(id_)
    if slot is None:
        unknown = Problem(Code.POLICY_RULE_INVALID, reason=Reason.UNKNOWN_VALUE, property=id_)
        return (unknown,)
    return check_rule(slot, rule, kind, shortest)
