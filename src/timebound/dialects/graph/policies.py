"""Policies of roles and of groups: told, and changed rule by rule or some rules at once."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.application.policies import PolicyChange, change_policy_at
from timebound.application.policy_reading import find_place, read_policy
from timebound.application.queries import And, Compare, Condition, find_pinned_values
from timebound.application.views import Relation
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.rule_bodies import find_slot, read_rule, read_rules
from timebound.dialects.graph.kinds import Row
from timebound.dialects.graph.lists import Handler, answer_list, show_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.policy_ids import (
    PolicyId,
    PolicyRow,
    read_assignment_id,
    read_policy_id,
    read_scope,
    refuse_provider,
)
from timebound.dialects.graph.policy_sets import (
    ASSIGNMENTS,
    POLICIES,
    RULES,
    Asked,
    RuleRow,
    read_asked,
    rules_of,
)
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal, bad_request
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.wire import read_object
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.ids import RoleId
from timebound.domain.policy_changes import Edit, Manner
from timebound.domain.policy_places import PolicyPlace, StoredPolicy
from timebound.domain.problems import Code, Problem


def list_scope(entities: EntitySet[PolicyRow]) -> Handler:
    """The handler that lists what a scope has of a set; the filter has to name the scope."""

    async def handle(call: Call) -> Answer:
        plan = plan_list(entities, call.version, call.query)
        told = replace(entities, read=read_asked(_read_asked(plan.query.condition)))
        context = format_context(call.root, entities.path, plan.projection)
        return await answer_list(call, told, Relation.ANYBODY, plan, context)

    return handle


async def get_policy(call: Call) -> Answer:
    """One policy by its id."""
    return await _tell(call, POLICIES, await _find_row(call, read_policy_id(call.keys[0])))


async def get_assignment(call: Call) -> Answer:
    """The assignment of a policy to its role, by its id."""
    return await _tell(call, ASSIGNMENTS, await _find_assigned(call))


async def get_assigned_policy(call: Call) -> Answer:
    """The policy of an assignment."""
    return await _tell(call, POLICIES, await _find_assigned(call))


def list_rules_as(name: str) -> Handler:
    """The handler that lists the rules of a policy under a name."""

    async def handle(call: Call) -> Answer:
        plan = plan_list(RULES, call.version, call.query)
        row = await _find_row(call, read_policy_id(call.keys[0]))
        told = rules_of(row, name, call.version)
        context = format_context(call.root, told.path, plan.projection)
        return await answer_list(call, told, Relation.ANYBODY, plan, context)

    return handle


def get_rule_as(name: str) -> Handler:
    """The handler of one rule of a policy under a name."""

    async def handle(call: Call) -> Answer:
        row = await _find_row(call, read_policy_id(call.keys[0]))
        slot = find_slot(call.keys[1], call.version)
        rule = row.stored.policy.rules.get(slot.id) if slot else None
        if slot is None or rule is None:
            raise Refusal(say_missing(call.keys[1]))
        return await _tell(call, rules_of(row, name, call.version), RuleRow(slot.id, rule))

    return handle


async def change_rule(call: Call) -> Answer:
    """Changes one rule by its own address."""
    asked = read_policy_id(call.keys[0])
    rule_id, edit = read_rule(read_object(call.body), call.keys[1], call.version)
    await _change(call, asked, {rule_id: edit}, Manner.RULE)
    return Answer(HTTPStatus.NO_CONTENT)


async def change_rules(call: Call) -> Answer:
    """Changes some rules of a policy at once, all of them or none."""
    # What is to be shown afterwards is read before anything is changed.
    plan_one(POLICIES.kind.type_name, call.version, call.query)
    asked = read_policy_id(call.keys[0])
    edits = read_rules(read_object(call.body), call.version)
    stored = await _change(call, asked, edits, Manner.WHOLE)
    return await _tell(call, POLICIES, PolicyRow(asked.type, call.token.tenant_id, stored))


def _read_asked(condition: Condition) -> Asked:
    """What a filter asks for: nothing but a scope, and maybe one role of it."""
    if not _is_plain(condition):
        message = "$filter takes 'scopeId eq', 'scopeType eq' and 'roleDefinitionId eq' with 'and'."
        raise bad_request(message, "InvalidFilter")
    pinned = find_pinned_values(condition)
    scope_id, scope_type = pinned.get("scope_id"), pinned.get("scope_type")
    if not (isinstance(scope_id, str) and isinstance(scope_type, str)):
        raise refuse_provider()
    type_, scope = read_scope(scope_type, scope_id)
    role_id = pinned.get("role_id")
    return Asked(type_, scope, None if role_id is None else RoleId(str(role_id).lower()))


def _is_plain(condition: Condition) -> bool:
    """Whether a condition compares, and asks for everything at once."""
    if isinstance(condition, And):
        return all(_is_plain(part) for part in condition.parts)
    return isinstance(condition, Compare)


async def _find_row(call: Call, asked: PolicyId) -> PolicyRow:
    """The policy that an id stands for, as far as the caller may read it."""
    found = await read_policy(call.read_at(call.at), await _find_place(call, asked))
    return PolicyRow(asked.type, call.token.tenant_id, await _take(call, found))


async def _find_assigned(call: Call) -> PolicyRow:
    asked, role_id = read_assignment_id(call.keys[0])
    row = await _find_row(call, asked)
    if row.stored.place.role_id != role_id:
        raise Refusal(say_missing(call.keys[0]))
    return row


async def _change(
    call: Call, asked: PolicyId, edits: Mapping[str, Edit], manner: Manner
) -> StoredPolicy:
    place = await _find_place(call, asked)
    change = PolicyChange(edits, manner)
    return await _take(
        call, await change_policy_at(call.engine, call.token, place, change, call.at)
    )


async def _find_place(call: Call, asked: PolicyId) -> PolicyPlace:
    """The place that an id stands for; that of another tenant's policy is no role's here."""
    is_of_tenant = asked.is_of(call.token.tenant_id)
    found = (
        await find_place(call.read_at(call.at), asked.scope, asked.guid) if is_of_tenant else None
    )
    # Who may do it at all is asked first, and then there is no such role.
    return found or PolicyPlace(asked.scope, RoleId(asked.guid))


async def _take(call: Call, outcome: StoredPolicy | Refused) -> StoredPolicy:
    if isinstance(outcome, StoredPolicy):
        return outcome
    problems = tuple(_name_missing(one, call.keys[0]) for one in outcome.problems)
    raise await call.refuse(Refused(problems))


def _name_missing(problem: Problem, key: str) -> Problem:
    if problem.code is Code.OBJECT_NOT_FOUND:
        return replace(problem, value=key)
    return problem


async def _tell(call: Call, entities: EntitySet[Row], row: Row) -> Answer:
    projection = plan_one(entities.kind.type_name, call.version, call.query)
    context = format_context(call.root, entities.path, projection, is_entity=True)
    return await show_one(call, entities, row, context)


_POLICY: Final = f"{POLICIES.path}/{{id}}"
_ASSIGNMENT: Final = f"{ASSIGNMENTS.path}/{{id}}"
POLICY_ROWS: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", POLICIES.path, list_scope(POLICIES)),
    ("GET", _POLICY, get_policy),
    ("PATCH", _POLICY, change_rules),
    ("PATCH", f"{_POLICY}/rules/{{id}}", change_rule),
    *(
        row
        for name in ("rules", "effectiveRules")
        for row in (
            ("GET", f"{_POLICY}/{name}", list_rules_as(name)),
            ("GET", f"{_POLICY}/{name}/{{id}}", get_rule_as(name)),
        )
    ),
    ("GET", ASSIGNMENTS.path, list_scope(ASSIGNMENTS)),
    ("GET", _ASSIGNMENT, get_assignment),
    ("GET", f"{_ASSIGNMENT}/policy", get_assigned_policy),
)
