"""Custom role definitions made, changed, deleted and restored."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from timebound.application.queries import Compare, Operator
from timebound.application.roles import (
    change_role,
    create_role,
    delete_role,
    purge_role,
    restore_role,
)
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.definitions import read_change, read_definition
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.links import find_inherited
from timebound.dialects.graph.lists import Handler, find_one
from timebound.dialects.graph.plans import plan_one
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.scopes import is_guid
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.wire import UnifiedRoleDefinition, read_body
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.select import WHOLE
from timebound.domain.decide import Refused
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind


def create_definition(entities: EntitySet[Any], kind: ScopeKind) -> Handler:
    """The handler that makes a custom role of a kind."""

    async def handle(call: Call) -> Answer:
        sent = read_body(call.body, UnifiedRoleDefinition)
        asked = read_definition(sent, kind, call.ports.ids.new_id())
        made = await create_role(call.engine, call.token, asked, call.at)
        definition = await _take(call, made)
        return await _show(call, entities, definition, HTTPStatus.CREATED)

    return handle


def change_definition(kind: ScopeKind) -> Handler:
    """The handler that changes a custom role of a kind."""

    async def handle(call: Call) -> Answer:
        change = read_change(read_body(call.body, UnifiedRoleDefinition))
        place = (kind, _read_key(call))
        await _take(call, await change_role(call.engine, call.token, place, change, call.at))
        return Answer(HTTPStatus.NO_CONTENT)

    return handle


def delete_definition(kind: ScopeKind) -> Handler:
    """The handler that deletes a custom role of a kind."""

    async def handle(call: Call) -> Answer:
        place = (kind, _read_key(call))
        await _take(call, await delete_role(call.engine, call.token, place, call.at))
        return Answer(HTTPStatus.NO_CONTENT)

    return handle


def restore_definition(entities: EntitySet[Any]) -> Handler:
    """The handler that brings a deleted role of the directory back."""

    async def handle(call: Call) -> Answer:
        restored = await restore_role(call.engine, call.token, _read_key(call), call.at)
        return await _show(call, entities, await _take(call, restored), HTTPStatus.OK)

    return handle


async def purge_definition(call: Call) -> Answer:
    """Removes a deleted role of the directory for good."""
    await _take(call, await purge_role(call.engine, call.token, _read_key(call), call.at))
    return Answer(HTTPStatus.NO_CONTENT)


def list_inherited(entities: EntitySet[Any]) -> Handler:
    """The handler that lists the roles whose actions a role has as well."""

    async def handle(call: Call) -> Answer:
        projection = plan_one(entities.kind.type_name, call.version, call.query)
        key = call.keys[-1]
        found = await find_one(call, entities, Compare("id", Operator.EQ, key.lower()))
        inherited = (await find_inherited(call, [found]))[0]
        words = Wording(call.version, call.at)
        shown = await show_rows(call, entities.kind, inherited, words, projection)
        path = f"{entities.path}('{key}')/inheritsPermissionsFrom"
        context = format_context(call.root, path, projection)
        return Answer(HTTPStatus.OK, {"@odata.context": context, "value": shown})

    return handle


def _read_key(call: Call) -> RoleId:
    key = call.keys[0].lower()
    if not is_guid(key):
        raise Refusal(say_missing(call.keys[0]))
    return RoleId(key)


async def _take(call: Call, outcome: RoleDefinition | Refused) -> RoleDefinition:
    if isinstance(outcome, RoleDefinition):
        return outcome
    key = call.keys[0] if call.keys else None
    raise await call.refuse(
        Refused(
            tuple(
                replace(one, value=key) if one.code is Code.OBJECT_NOT_FOUND else one
                for one in outcome.problems
            )
        )
    )


async def _show(
    call: Call, entities: EntitySet[Any], definition: RoleDefinition, status: HTTPStatus
) -> Answer:
    words = Wording(call.version, call.at)
    shown = await show_rows(call, entities.kind, [definition], words, WHOLE)
    context = format_context(call.root, entities.path, is_entity=True)
    return Answer(status, {"@odata.context": context, **shown[0]})
