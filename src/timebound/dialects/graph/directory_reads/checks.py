"""Whether, and to what, an object belongs: the functions that answer ids alone."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from timebound.application.directory_reading import find_live_objects, read_membership_ids
from timebound.application.queries import And, Compare, Condition, OneOf, Operator, Order, Query
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.values import read_guid
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_reads.bodies import (
    CheckMemberGroups,
    CheckMemberObjects,
    GetByIds,
    GetMembers,
)
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.plans import plan_one
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.sets import DIRECTORY_OBJECT
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind

MOST_CHECKED: Final = 20
"""How many ids can be checked at once. Source: Graph, checkMemberGroups, checkMemberObjects."""
MOST_ANSWERED: Final = 11_000
"""How many ids are answered at most. Source: Graph, getMemberGroups, getMemberObjects."""
MOST_FOUND: Final = 1_000
"""How many ids can be looked up at once. Source: Graph, getByIds."""
_BAD: Final = "Request_BadRequest"
_SECURITY: Final = Compare("securityEnabled", Operator.EQ, value=True)
_BY_ID: Final = (Order("id"),)
_OTHERS: Final = frozenset(
    {"device", "directoryobject", "directoryobjectpartnerreference", "orgcontact", "contract"}
)
"""Published kinds of directory object that are not kept, or are no kind of their own."""
_KINDS: Final = {kind.value.lower(): kind for kind in ObjectKind}


def check_groups(source: Source) -> Handler:
    """The handler of checkMemberGroups: those of the groups that the object is in."""

    async def handle(call: Call) -> Answer:
        ids = _read_ids(read_body(call.body, CheckMemberGroups).group_ids, "groupIds")
        return await _answer(call, source, ObjectKind.GROUP, OneOf("id", ids), MOST_CHECKED)

    return handle


def check_objects(source: Source) -> Handler:
    """The handler of checkMemberObjects: those of the objects that the object belongs to."""

    async def handle(call: Call) -> Answer:
        ids = _read_ids(read_body(call.body, CheckMemberObjects).ids, "ids")
        return await _answer(call, source, None, OneOf("id", ids), MOST_CHECKED)

    return handle


def get_groups(source: Source) -> Handler:
    """The handler of getMemberGroups: all groups that the object is in."""

    async def handle(call: Call) -> Answer:
        condition = _read_security(call)
        return await _answer(call, source, ObjectKind.GROUP, condition, MOST_ANSWERED)

    return handle


def get_objects(source: Source) -> Handler:
    """The handler of getMemberObjects: all groups, units and roles the object belongs to."""

    async def handle(call: Call) -> Answer:
        condition = _read_security(call)
        # Only groups are of security or not: asked for those alone, nothing else is told.
        kind = None if condition == And(()) else ObjectKind.GROUP
        return await _answer(call, source, kind, condition, MOST_ANSWERED)

    return handle


async def get_by_ids(call: Call) -> Answer:
    """The objects with the ids, as far as they are there and of a kind that is wanted."""
    body = read_body(call.body, GetByIds)
    projection = plan_one(DIRECTORY_OBJECT.type_name, call.version, call.query)
    ids = _read_list(body.ids, "ids", MOST_FOUND)
    kinds = _read_kinds(body.types)
    reader = call.read_at(call.at)
    caller = await reader.admit(View.DIRECTORY_OBJECTS, Relation.ANYBODY)
    if isinstance(caller, Refused):
        raise await call.refuse(caller)
    found = await find_live_objects(reader, ids)
    rows = [one for one in found.values() if one.kind in kinds]
    words = Wording(call.version, call.at)
    shown = await show_rows(call, DIRECTORY_OBJECT, rows, words, projection)
    context = format_context(call.root, "directoryObjects", projection)
    return Answer(HTTPStatus.OK, {"@odata.context": context, "value": shown})


async def _answer(
    call: Call, source: Source, kind: ObjectKind | None, condition: Condition, most: int
) -> Answer:
    query = Query(most, condition, _BY_ID)
    origin = source.find_origin(call)
    page = await read_membership_ids(call.read_at(call.at), source.view, origin, kind, query)
    if isinstance(page, Refused):
        raise await call.refuse(page)
    if page.next_position is not None:
        raise Refusal(
            GraphError(
                HTTPStatus.BAD_REQUEST,
                "Directory_ResultSizeLimitExceeded",
                "The result size of the request is too big.",
            )
        )
    context = f"{call.root}/$metadata#Collection(Edm.String)"
    return Answer(HTTPStatus.OK, {"@odata.context": context, "value": list(page.rows)})


def _read_security(call: Call) -> Condition:
    is_alone = read_body(call.body, GetMembers).security_enabled_only
    if is_alone is None:
        raise bad_request("The property 'securityEnabledOnly' is missing.", _BAD)
    return _SECURITY if is_alone else And(())


def _read_ids(given: Sequence[str] | None, name: str) -> tuple[str, ...]:
    return tuple(_read_list(given, name, MOST_CHECKED))


def _read_list(given: Sequence[str] | None, name: str, most: int) -> list[str]:
    """Ids in lower case, each once; refused when there are none, too many, or one is no id."""
    if not given:
        raise bad_request(f"The property '{name}' is missing or empty.", _BAD)
    if len(given) > most:
        raise bad_request(f"The property '{name}' has more than {most} ids.", _BAD)
    return list(dict.fromkeys(read_guid(one, name) for one in given))


def _read_kinds(types: Sequence[str] | None) -> frozenset[ObjectKind]:
    """The kinds that are wanted; all, where none is named or every kind of object is."""
    named = {one.lower().removeprefix("#").removeprefix("microsoft.graph.") for one in types or ()}
    if unknown := named - _KINDS.keys() - _OTHERS:
        raise bad_request(f"The property 'types' names no kind of object: '{min(unknown)}'.", _BAD)
    if not named or "directoryobject" in named:
        return frozenset(ObjectKind)
    return frozenset(_KINDS[one] for one in named & _KINDS.keys())
