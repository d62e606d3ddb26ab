"""Lists about roles that are asked in ways of their own: by function, by header, of constants."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from timebound.application.queries import And, Compare, Operator, find_pinned_values
from timebound.application.role_ports import Assigned
from timebound.application.views import Relation
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.lists import Handler, answer_list, find_one, get_one, list_everything
from timebound.dialects.graph.plans import plan_list
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.role_sets import (
    ASSIGNED_PRINCIPALS,
    RESOURCE_NAMESPACES,
    actions_of,
    read_principals_of,
)
from timebound.dialects.graph.scopes import is_guid, parse_scope
from timebound.dialects.graph.sets import ROLE_DEFINITIONS, EntitySet
from timebound.dialects.odata.binding import bind_condition
from timebound.dialects.odata.context import format_context, format_function_context
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import RoleId
from timebound.domain.scopes import ADMINISTRATIVE_UNITS, ScopeLevel

_SLOT: Final = ("directoryScopeId", "appScopeId", "principalId", "roleDefinitionId")
_LEVELS: Final = {
    "tenant": ScopeLevel.TENANT,
    "administrativeunit": ScopeLevel.ADMINISTRATIVE_UNIT,
    "resource": ScopeLevel.OBJECT,
}
_ASSIGNED: Final = ("transitive", "directoryScopeType", "directoryScope", "directoryScopeId")
_FLAGS: Final = {"true": True, "false": False}
_NOTHING: Final = ("", "null")
_UNSUPPORTED: Final = "Request_UnsupportedQuery"


def list_transitive(entities: EntitySet[Any]) -> Handler:
    """The handler of role assignments through groups: asked of one principal, eventually."""
    list_all = list_everything(entities)

    async def handle(call: Call) -> Answer:
        # quirk(graph): transitive assignments want the header, the count and the filter - list docs
        if (call.read_header(b"consistencylevel") or "").lower() != "eventual":
            raise bad_request("The header 'ConsistencyLevel' has to be 'eventual'.", _UNSUPPORTED)
        query = plan_list(entities, call.version, call.query).query
        if not query.is_counted:
            raise bad_request("The query option '$count' has to be 'true'.", _UNSUPPORTED)
        if not isinstance(find_pinned_values(query.condition).get("principal_id"), str):
            raise bad_request("$filter has to name one 'principalId' with eq.", _UNSUPPORTED)
        return await list_all(call)

    return handle


def list_slot(entities: EntitySet[Any]) -> Handler:
    """The handler of a function whose parameters, all optional, name parts of a slot."""

    async def handle(call: Call) -> Answer:
        plan = plan_list(entities, call.version, call.query)
        entity = find_entity(entities.kind.type_name, is_beta=call.version is Version.BETA)
        given = _read_arguments(call, _SLOT)
        asked = tuple(
            bind_condition(entity, Compare(name, Operator.EQ, value))
            for name, value in given.items()
        )
        query = replace(plan.query, condition=And((*asked, plan.query.condition)))
        spelled = ",".join(f"{name}='{value}'" for name, value in given.items())
        told = replace(entities, path=f"{entities.path}({spelled})")
        context = format_function_context(call.root, entities.kind.type_name)
        return await answer_list(call, told, Relation.ANYBODY, replace(plan, query=query), context)

    return handle


def _read_arguments(call: Call, names: tuple[str, ...]) -> dict[str, str]:
    """The arguments under their published names; one that is empty or null is not given."""
    known = {name.lower(): name for name in names}
    if strangers := call.arguments.keys() - known.keys():
        raise bad_request(f"The function has no parameter '{min(strangers)[:40]}'.")
    given = {known[name]: value for name, value in call.arguments.items()}
    return {name: value for name in names if (value := given.get(name) or "") not in _NOTHING}


async def list_namespace_actions(call: Call) -> Answer:
    """The actions of a namespace."""
    return await list_everything(actions_of(await _find_namespace(call)))(call)


async def get_namespace_action(call: Call) -> Answer:
    """One action of a namespace."""
    return await get_one(actions_of(await _find_namespace(call)))(call)


async def _find_namespace(call: Call) -> str:
    """The namespace that the path names, as it is spelled; refused when there is none."""
    asked = Compare("id", Operator.EQ, call.keys[0])
    named = replace(call, keys=call.keys[:1])
    return str(await find_one(named, RESOURCE_NAMESPACES, asked))


def list_assigned_principals(kind: ObjectKind | None = None) -> Handler:
    """The handler of the principals that hold a role; of one kind where the path says so."""

    async def handle(call: Call) -> Answer:
        role_id = call.keys[0].lower()
        role = Compare("id", Operator.EQ, role_id)
        await find_one(replace(call, keys=call.keys[:1]), ROLE_DEFINITIONS, role)
        given = _read_arguments(call, _ASSIGNED)
        assigned = Assigned(
            RoleId(role_id),
            _read_level(given.get("directoryScopeType") or given.get("directoryScope")),
            _read_scope_path(given),
            are_members_counted=_read_transitive(given.get("transitive", "false")),
            object_kind=kind,
        )
        spelled = ",".join(f"{name}='{value}'" for name, value in given.items())
        cast = "" if kind is None else f"/microsoft.graph.{kind.value}"
        path = f"{ROLE_DEFINITIONS.path}/{role_id}/assignedPrincipals({spelled}){cast}"
        told = replace(ASSIGNED_PRINCIPALS, path=path, read=read_principals_of(assigned))
        plan = plan_list(ASSIGNED_PRINCIPALS, call.version, call.query)
        context = format_context(call.root, "directoryObjects", plan.projection)
        return await answer_list(call, told, Relation.ANYBODY, plan, context)

    return handle


def _read_level(text: str | None) -> ScopeLevel | None:
    if text is None:
        return None
    level = _LEVELS.get(text.lower())
    if level is None:
        raise bad_request(
            f"The parameter 'directoryScopeType' is '{text[:40]}', none of {', '.join(_LEVELS)}."
        )
    return level


def _read_scope_path(given: Mapping[str, str]) -> str | None:
    """The scope at which the role is held; its level says what a bare id is the id of."""
    text = given.get("directoryScopeId")
    if text is None:
        return None
    level = _read_level(given.get("directoryScopeType") or given.get("directoryScope"))
    is_unit = level is ScopeLevel.ADMINISTRATIVE_UNIT and is_guid(text.lower())
    scope = parse_scope(f"{ADMINISTRATIVE_UNITS if is_unit else '/'}{text.strip('/')}")
    if scope is None:
        raise bad_request(f"The parameter 'directoryScopeId' is '{text[:80]}', which is no scope.")
    return scope.path


def _read_transitive(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise bad_request(f"The parameter 'transitive' is '{text[:40]}', neither true nor false.")
    return _FLAGS[text.lower()]
