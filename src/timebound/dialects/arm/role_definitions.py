"""Role definitions: listed, told, made, changed and deleted."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.application.azure_role_reading import (
    FoundRoles,
    RoleFilter,
    find_azure_role,
    list_azure_roles,
)
from timebound.application.azure_roles import delete_azure_role, put_azure_role
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.filters import read_comparisons
from timebound.dialects.arm.ids import PROVIDER, is_guid
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal
from timebound.dialects.arm.role_problems import (
    AskedDeed,
    say_absent_definition,
    say_bad_id,
    say_role_problems,
)
from timebound.dialects.arm.role_wire import (
    BUILT_IN,
    CONDITIONED,
    CUSTOM,
    OLDEST,
    TYPE,
    RoleDefinition,
    read_role,
    show_role,
)
from timebound.dialects.odata.filter import parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code, Problem
from timebound.domain.roles import RoleDefinition as Definition

LARGEST_PAGE: Final = 10_000
"""How many roles a page has: all that a tenant can have with the built-in ones, for scripts that
take the first page for everything, which lists of the real one are."""
_FILTER: Final = "$filter"
_BELOW: Final = "atscopeandbelow"
_HERE: Final = "atscope"
_TYPES: Final = {BUILT_IN.lower(): True, CUSTOM.lower(): False}
_PATH: Final = f"/{{scope}}/providers/{PROVIDER}/roleDefinitions"
_ONE: Final = f"{_PATH}/{{roleDefinitionId}}"
_VERSIONS: Final = frozenset({OLDEST, "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"})


async def list_role_definitions(call: Call) -> Answer:
    """The roles that can be assigned at a scope, and those of places below where that is asked."""
    wanted = read_role_filter(call.query.get(_FILTER, ""))
    found = await list_azure_roles(call.read_at(call.at), read_scope(call), wanted)
    if not isinstance(found, FoundRoles):
        raise await _refuse(call, found.problems, "read", call.scope_path)

    def show(role: Definition) -> RoleDefinition:
        return show_role(role, found.place, call.version)

    return answer_rows(replace(call, page_size=LARGEST_PAGE), found.roles, _key_of, show)


async def get_role_definition(call: Call) -> Answer:
    """One role, by any spelling of the scope that it is seen from."""
    here, role_id = read_scope(call), _read_id(call)
    found = await find_azure_role(call.read_at(call.at), here, role_id)
    if not isinstance(found, FoundRoles):
        if found.problems[0].code is Code.OBJECT_NOT_FOUND:
            raise Refusal(say_absent_definition(role_id))
        raise await _refuse(call, found.problems, "read", _path_of(call, role_id))
    (role,) = found.roles
    return Answer(HTTPStatus.OK, show_role(role, found.place, call.version))


async def put_role_definition(call: Call) -> Answer:
    """A custom role made or changed, as it is from now on."""
    here, role_id = read_scope(call), _read_id(call)
    asked = read_role(call.body, role_id, call.version)
    made = await put_azure_role(call.engine, call.token, here, asked, call.at)
    if not isinstance(made, Definition):
        raise await _refuse(call, made.problems, "write", _path_of(call, role_id))
    # quirk(arm): a change is answered as what was made anew - published operation
    return Answer(HTTPStatus.CREATED, show_role(made, here, call.version))


async def delete_role_definition(call: Call) -> Answer:
    """The custom role that was deleted; nothing where there was none."""
    here, role_id = read_scope(call), _read_id(call)
    gone = await delete_azure_role(call.engine, call.token, here, role_id, call.at)
    if isinstance(gone, Definition):
        return Answer(HTTPStatus.OK, show_role(gone, here, call.version))
    if gone.problems[0].code is Code.OBJECT_NOT_FOUND:
        return Answer(HTTPStatus.NO_CONTENT)
    raise await _refuse(call, gone.problems, "delete", _path_of(call, role_id))


def read_role_filter(text: str) -> RoleFilter:
    """The roles that a filter wants: `roleName eq`, `type eq` and `atScopeAndBelow()`, with `and`.

    Names are taken in any casing. Anything else is refused.
    """
    if not text.strip():
        return RoleFilter()
    parsed = parse_filter(text)
    calls = {call.name.lower(): call.arguments for call in parsed.calls}
    if any(arguments for arguments in calls.values()) or calls.keys() - {_BELOW, _HERE}:
        raise _refuse_filter()
    name: str | None = None
    is_built_in: bool | None = None
    for field, value in read_comparisons(parsed.condition, _refuse_filter()).items():
        if field == "rolename":
            name = value
        elif field == "type" and value.lower() in _TYPES:
            is_built_in = _TYPES[value.lower()]
        else:
            raise _refuse_filter()
    return RoleFilter(name, is_built_in, _BELOW in calls)


def _refuse_filter() -> ODataProblem:
    return ODataProblem(
        Flaw.UNSUPPORTED,
        _FILTER,
        "The $filter is not supported: roles are found by atScopeAndBelow(), roleName eq '...' "
        "and type eq 'CustomRole' or 'BuiltInRole', joined by 'and'.",
    )


def _key_of(role: Definition) -> str:
    """Where a role stands in a list: built-in ones first, then by name."""
    return f"{not role.role.is_built_in:d} {role.role.name.lower()} {role.role.id}"


def _read_id(call: Call) -> RoleId:
    (key,) = call.keys
    if not is_guid(key):
        raise Refusal(say_bad_id(key))
    return RoleId(key.lower())


def _path_of(call: Call, role_id: RoleId) -> str:
    return f"{call.scope_path.rstrip('/')}/providers/{TYPE}/{role_id}"


async def _refuse(call: Call, problems: Sequence[Problem], verb: str, path: str) -> Refusal:
    client = await call.name_client()
    deed = AskedDeed(client, call.token.principal_id, f"{TYPE}/{verb}", path)
    return Refusal(say_role_problems(problems, deed), problems[0].code.value)


ROLE_ROWS: Final = (
    Operation("GET", _PATH, _VERSIONS, list_role_definitions),
    # The newest version knows roles by their whole ids alone.
    Operation("GET", _ONE, _VERSIONS | CONDITIONED, get_role_definition),
    Operation("PUT", _ONE, _VERSIONS, put_role_definition),
    Operation("DELETE", _ONE, _VERSIONS, delete_role_definition),
)
