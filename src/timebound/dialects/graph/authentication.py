"""The authentication methods of people: read, and taken from others; never a secret of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from timebound.application.constants import list_constants
from timebound.application.queries import Page, Query
from timebound.application.reading import Reader
from timebound.application.sign_in_methods import (
    Method,
    MethodKind,
    Removal,
    read_methods,
    remove_method,
)
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_reads import sources
from timebound.dialects.graph.directory_reads.related import BY_ID
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.directory_writes.answering import DONE, take, work_of
from timebound.dialects.graph.directory_writes.objects import find_id
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, answer_list, show_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.dates import format_instant
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind

TYPES: Final = {
    MethodKind.PASSWORD: "passwordAuthenticationMethod",
    MethodKind.APP: "softwareOathAuthenticationMethod",
    MethodKind.PASSKEY: "fido2AuthenticationMethod",
}
ALL: Final = "methods"
KINDS: Final = {
    "passwordMethods": MethodKind.PASSWORD,
    "softwareOathMethods": MethodKind.APP,
    "fido2Methods": MethodKind.PASSKEY,
}
"""The lists of one kind, by their published names."""


def list_methods(source: Source, name: str) -> Handler:
    """The handler that lists the methods of a person, of every kind or of one."""
    entities = _make_set(source, name)

    async def handle(call: Call) -> Answer:
        plan = plan_list(entities, call.version, call.query)
        placed = _place(call, source, entities, name)
        context = format_context(call.root, placed.path, plan.projection)
        return await answer_list(call, placed, Relation.ANYBODY, plan, context)

    return handle


def get_method(source: Source, name: str) -> Handler:
    """The handler that tells one method."""
    entities = _make_set(source, name)

    async def handle(call: Call) -> Answer:
        projection = plan_one(entities.kind.type_name, call.version, call.query)
        placed, method_id = _place(call, source, entities, name), call.keys[-1]
        found = [one for one in await _read(call, source, name) if one.id == method_id]
        if not found:
            raise Refusal(say_missing(method_id))
        context = format_context(call.root, placed.path, projection, is_entity=True)
        return await show_one(call, placed, found[0], context)

    return handle


def remove_method_of(name: str) -> Handler:
    """The handler that takes a method from somebody else."""

    async def handle(call: Call) -> Answer:
        user_id = await find_id(call, ObjectKind.USER)
        store, at = call.ports.store, call.ports.system.now()
        removal = Removal(user_id, KINDS[name], call.keys[1])
        await take(call, await remove_method(work_of(call), store, removal, at))
        return DONE

    return handle


async def _read(call: Call, source: Source, name: str) -> list[Method]:
    key = source.find_origin(call).key
    found = await read_methods(call.read_at(call.at), call.ports.store, key)
    told = await take(call, found)
    return [one for one in told if name == ALL or one.kind is KINDS[name]]


def _make_set(source: Source, name: str) -> EntitySet[Any]:
    type_name = "authenticationMethod" if name == ALL else TYPES[KINDS[name]]
    kind = Kind(type_name, _show_typed if name == ALL else _show)
    path = f"{source.template}/authentication/{name}"
    return EntitySet(path, View.USER_RELATIONS, kind, _read_nothing, BY_ID)


def _place(call: Call, source: Source, entities: EntitySet[Any], name: str) -> EntitySet[Any]:
    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[Method] | Refused:
        del reader, view, relation  # who may read is decided where the methods are read
        found = await _read(call, source, name)
        return list_constants([(one, {"id": one.id}) for one in found], query)

    key = quote(source.find_origin(call).key, safe="@")
    return replace(entities, path=f"users('{key}')/authentication/{name}", read=read)


async def _read_nothing(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[Method] | Refused:
    del reader, view, relation, query  # a list is planned before it is known whose it is
    return Page(())


def _show(one: Method, wording: Wording) -> dict[str, object]:
    del wording  # every version and tenant reads the same
    created = None if one.created_at is None else format_instant(one.created_at)
    match one.kind:
        case MethodKind.PASSWORD:
            return {"id": one.id, "password": None, "createdDateTime": created}
        case MethodKind.APP:
            return {"id": one.id, "secretKey": None}
        case MethodKind.PASSKEY:
            return {
                "id": one.id,
                "displayName": None,
                "createdDateTime": created,
                "aaGuid": None,
                "model": None,
                "attestationCertificates": [],
                "attestationLevel": "notAttested",
            }


def _show_typed(one: Method, wording: Wording) -> dict[str, object]:
    return {"@odata.type": f"#microsoft.graph.{TYPES[one.kind]}", **_show(one, wording)}


def _list_rows() -> Iterator[tuple[str, str, Handler]]:
    for source in (sources.USERS, sources.ME):
        root = f"{source.template}/authentication"
        for name in (ALL, *KINDS):
            yield "GET", f"{root}/{name}", list_methods(source, name)
            yield "GET", f"{root}/{name}/{{id}}", get_method(source, name)
    for name, kind in KINDS.items():
        if kind is not MethodKind.PASSWORD:
            path = f"{sources.USERS.template}/authentication/{name}/{{id}}"
            yield "DELETE", path, remove_method_of(name)


METHODS: Final = tuple(_list_rows())
"""The operations: method, path and handler of each."""
