"""Roles of providers assigned, changed and taken away."""

from dataclasses import replace
from http import HTTPStatus

from timebound.application.bundles import change_bundle, create_bundle, delete_bundle
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.bundles import read_change, read_multiple, read_single
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.provider_sets import Provider
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.scopes import is_guid
from timebound.dialects.graph.wire import (
    UnifiedRoleAssignment,
    UnifiedRoleAssignmentMultiple,
    read_body,
)
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.select import WHOLE
from timebound.domain.bundles import RoleBundle
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import ScopeKind

_ABSENT = frozenset({Code.ROLE_NOT_FOUND, Code.PRINCIPAL_NOT_FOUND})


def assign(provider: Provider) -> Handler:
    """The handler that assigns a role of a provider."""

    async def handle(call: Call) -> Answer:
        id_ = call.ports.ids.new_id()
        if provider.is_single:
            single = read_body(call.body, UnifiedRoleAssignment)
            asked = read_single(single, provider.kind, id_, call.at)
        else:
            multiple = read_body(call.body, UnifiedRoleAssignmentMultiple)
            asked = read_multiple(multiple, provider.kind, id_, call.at)
        made = await _take(call, await create_bundle(call.engine, call.token, asked, call.at))
        return await _show(call, provider, made, HTTPStatus.CREATED)

    return handle


def change(provider: Provider) -> Handler:
    """The handler that changes an assignment of several principals."""

    async def handle(call: Call) -> Answer:
        asked = read_change(read_body(call.body, UnifiedRoleAssignmentMultiple))
        place = (provider.kind, _read_key(call))
        outcome = await change_bundle(call.engine, call.token, place, asked, call.at)
        changed = await _take(call, outcome)
        # quirk(graph): device management answers a change with nothing - update, examples 1 and 2
        if provider.kind is ScopeKind.DEVICE_MANAGEMENT:
            return Answer(HTTPStatus.NO_CONTENT)
        return await _show(call, provider, changed, HTTPStatus.OK)

    return handle


def unassign(provider: Provider) -> Handler:
    """The handler that takes an assignment away."""

    async def handle(call: Call) -> Answer:
        place = (provider.kind, _read_key(call))
        await _take(call, await delete_bundle(call.engine, call.token, place, call.at))
        return Answer(HTTPStatus.NO_CONTENT)

    return handle


def _read_key(call: Call) -> str:
    key = call.keys[0].lower()
    if not is_guid(key):
        raise Refusal(say_missing(call.keys[0]))
    return key


async def _take(call: Call, outcome: RoleBundle | Refused) -> RoleBundle:
    if isinstance(outcome, RoleBundle):
        return outcome
    key = call.keys[0] if call.keys else None
    raise await call.refuse(Refused(tuple(_as_resource(one, key) for one in outcome.problems)))


def _as_resource(problem: Problem, key: str | None) -> Problem:
    if problem.code in _ABSENT:
        return replace(problem, code=Code.OBJECT_NOT_FOUND)
    is_missing = problem.code is Code.OBJECT_NOT_FOUND
    return replace(problem, value=key) if is_missing else problem


async def _show(call: Call, provider: Provider, bundle: RoleBundle, status: HTTPStatus) -> Answer:
    entities = provider.assignments
    words = Wording(call.version, call.at)
    shown = await show_rows(call, entities.kind, [bundle], words, WHOLE)
    context = format_context(call.root, entities.path, is_entity=True)
    return Answer(status, {"@odata.context": context, **shown[0]})
