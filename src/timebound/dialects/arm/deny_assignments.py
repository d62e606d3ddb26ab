"""Deny assignments: listed, told, made, changed and deleted."""

from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.application.denials import (
    DenialFilter,
    Naming,
    Part,
    delete_denial,
    find_denial,
    put_denial,
    read_denials,
)
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.deny_problems import say_absent_denial, say_bad_id, say_denial
from timebound.dialects.arm.deny_wire import (
    COLLECTION,
    VERSIONS,
    WRITTEN,
    DenyAssignment,
    Writers,
    read_denial,
    show_denial,
    show_exported,
)
from timebound.dialects.arm.filters import read_comparisons
from timebound.dialects.arm.ids import PROVIDER, is_guid
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_keyed, ask_keyed
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal
from timebound.dialects.odata.filter import parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.domain.azure.denials import Denial
from timebound.domain.decide import Refused
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code

_FILTER: Final = "$filter"
_HERE: Final = "atscope"
_ASSIGNED: Final = "assignedto"
_NAME: Final = "denyassignmentname"
_PRINCIPALS: Final = {
    "principalid": Naming.DENIED,
    "gdprexportprincipalid": Naming.ANYWHERE,
}
_PATH: Final = f"/{{scope}}/providers/{PROVIDER}/{COLLECTION}"
_ONE: Final = f"{_PATH}/{{denyAssignmentId}}"


async def list_deny_assignments(call: Call) -> Answer:
    """What is denied at a scope, above it and below it, or as the filter narrows that."""
    wanted = read_denial_filter(call.query.get(_FILTER, ""))
    asked, after = ask_keyed(call)
    path, _, id_ = after.rpartition(" ")
    part = Part(asked.limit + 1, (path, id_))
    found = await read_denials(call.read_at(call.at), read_scope(call), wanted, part)
    if isinstance(found, Refused):
        raise await _refuse(call, found)
    writers = await _find_writers(call, found)

    def show(denial: Denial) -> DenyAssignment:
        if wanted.naming is Naming.ANYWHERE:
            return show_exported(denial)
        return show_denial(denial, call.version, writers)

    return answer_keyed(call, asked, found, _key_of, show)


async def get_deny_assignment(call: Call) -> Answer:
    """One deny assignment that counts at a scope."""
    here, id_ = read_scope(call), _read_id(call)
    found = await find_denial(call.read_at(call.at), here, id_)
    if isinstance(found, Refused):
        if found.problems[0].code is Code.OBJECT_NOT_FOUND:
            raise Refusal(say_absent_denial(id_))
        raise await _refuse(call, found)
    return await _answer(call, HTTPStatus.OK, found)


async def put_deny_assignment(call: Call) -> Answer:
    """A deny assignment made (201) or changed (200), as it is from now on."""
    here, id_ = read_scope(call), _read_id(call)
    asked = read_denial(call.body, id_)
    done = await put_denial(call.engine, call.token, here, asked, call.at)
    if isinstance(done, Refused):
        raise await _refuse(call, done)
    return await _answer(call, HTTPStatus.CREATED if done.is_new else HTTPStatus.OK, done.denial)


async def delete_deny_assignment(call: Call) -> Answer:
    """That a deny assignment is gone (200), or was not there (204)."""
    here, id_ = read_scope(call), _read_id(call)
    gone = await delete_denial(call.engine, call.token, here, id_, call.at)
    if not isinstance(gone, Refused):
        return Answer(HTTPStatus.OK)
    if gone.problems[0].code is Code.OBJECT_NOT_FOUND:
        return Answer(HTTPStatus.NO_CONTENT)
    raise await _refuse(call, gone)


def read_denial_filter(text: str) -> DenialFilter:
    """The deny assignments that a filter wants.

    `atScope()`, `assignedTo('...')`, `denyAssignmentName eq`, `principalId eq` and
    `gdprExportPrincipalId eq` are taken, in any casing and joined by `and`, each once; anything
    else is refused.
    """
    if not text.strip():
        return DenialFilter()
    parsed = parse_filter(text)
    calls = {one.name.lower(): one.arguments for one in parsed.calls}
    is_repeated = len(calls) < len(parsed.calls)
    assigned = calls.pop(_ASSIGNED, None)
    if is_repeated or calls.pop(_HERE, ()) or calls:
        raise _refuse_filter()
    told = read_comparisons(parsed.condition, _refuse_filter())
    naming = next((n for field, n in _PRINCIPALS.items() if field in told), Naming.DENIED)
    ids = [told.pop(field) for field in _PRINCIPALS if field in told]
    name = told.pop(_NAME, None)
    if told or len(ids) > 1:
        raise _refuse_filter()
    return DenialFilter(
        is_above=any(one.name.lower() == _HERE for one in parsed.calls),
        name=name,
        principal_id=ids[0].lower() if ids else None,
        naming=naming,
        assigned_to=None if assigned is None else _read_argument(assigned),
    )


def _read_argument(arguments: tuple[object, ...]) -> str:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise _refuse_filter()
    return arguments[0].lower()


def _refuse_filter() -> ODataProblem:
    return ODataProblem(
        Flaw.UNSUPPORTED,
        _FILTER,
        "The $filter is not supported: deny assignments are found by atScope(), assignedTo('...'), "
        "denyAssignmentName eq '...', principalId eq '...' and gdprExportPrincipalId eq '...', "
        "joined by 'and'.",
    )


async def _answer(call: Call, status: HTTPStatus, denial: Denial) -> Answer:
    writers = await _find_writers(call, (denial,))
    return Answer(status, show_denial(denial, call.version, writers))


async def _find_writers(call: Call, denials: Iterable[Denial]) -> Writers:
    if call.version not in WRITTEN:
        return {}
    told = (by for one in denials for by in (one.created_by, one.updated_by))
    ids = [PrincipalId(by) for by in dict.fromkeys(told) if by is not None]
    found = await call.ports.store.find_objects(call.token.tenant_id, ids) if ids else {}
    return {one.id: one for one in found.values()}


def _key_of(denial: Denial) -> str:
    """Where a deny assignment stands in a list: with those of its place."""
    return f"{denial.scope.path} {denial.id}"


def _read_id(call: Call) -> str:
    (key,) = call.keys
    if not is_guid(key):
        raise Refusal(say_bad_id(key))
    return key.lower()


async def _refuse(call: Call, refused: Refused) -> Refusal:
    error = say_denial(refused.problems[0])
    if error is None:
        # That a condition limits the caller is told by PIM alone.
        plain = tuple(replace(one, reason=None) for one in refused.problems)
        return await call.refuse(Refused(plain))
    return Refusal(error, " ".join(dict.fromkeys(one.code.value for one in refused.problems)))


DENY_ROWS: Final = (
    Operation("GET", _PATH, VERSIONS, list_deny_assignments),
    Operation("GET", _ONE, VERSIONS, get_deny_assignment),
    Operation("PUT", _ONE, WRITTEN, put_deny_assignment),
    Operation("DELETE", _ONE, WRITTEN, delete_deny_assignment),
)
