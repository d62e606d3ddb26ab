"""Lists of what belongs to an object: whole, cast to one kind, or as references."""

from dataclasses import dataclass, replace
from typing import Any, Final

from timebound.application.directory_reading import Origin, read_deleted_objects, read_related
from timebound.application.queries import Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.relations import Way
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, answer_list
from timebound.dialects.graph.plans import plan_list
from timebound.dialects.graph.sets import (
    DIRECTORY_OBJECT,
    GROUPS,
    UNITS,
    USERS,
    EntitySet,
    make_object_kind,
)
from timebound.dialects.graph.sets import SERVICE_PRINCIPALS as PROGRAMS
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind

NAMESPACE: Final = "microsoft.graph."
REFERENCE: Final = "$ref"
BY_ID: Final = (Order("id"),)
OBJECTS: Final = "directoryObjects"
ROLE: Final = make_object_kind(ObjectKind.DIRECTORY_ROLE)
APPLICATION: Final = make_object_kind(ObjectKind.APPLICATION)
_CASTS: Final[dict[ObjectKind, tuple[Kind[Any], str]]] = {
    ObjectKind.USER: (USERS.kind, "users"),
    ObjectKind.GROUP: (GROUPS.kind, "groups"),
    ObjectKind.SERVICE_PRINCIPAL: (PROGRAMS.kind, "servicePrincipals"),
    ObjectKind.APPLICATION: (APPLICATION, "applications"),
    ObjectKind.ADMINISTRATIVE_UNIT: (UNITS.kind, "directory/administrativeUnits"),
    ObjectKind.DIRECTORY_ROLE: (ROLE, "directoryRoles"),
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads what is at the end of a way from one object."""

    origin: Origin
    way: Way
    kind: ObjectKind | None

    async def __call__(
        self, reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[DirectoryObject] | Refused:
        del relation  # what belongs to an object is everybody's
        return await read_related(reader, view, self.origin, (self.way, self.kind), query)


def list_related(source: Source, name: str, way: Way, kind: ObjectKind | None = None) -> Handler:
    """The handler that lists what belongs to an object: of any kind, or cast to one."""
    shown, root = _CASTS[kind] if kind else (DIRECTORY_OBJECT, OBJECTS)
    rest = f"{name}/{NAMESPACE}{kind.value}" if kind else name
    entities = _make_set(source, rest, shown)

    async def handle(call: Call) -> Answer:
        placed = _place(call, source, entities, rest, _Reading(source.find_origin(call), way, kind))
        plan = plan_list(entities, call.version, call.query)
        context = format_context(call.root, root, plan.projection)
        return await answer_list(call, placed, Relation.ANYBODY, plan, context)

    return handle


def list_references(source: Source, name: str, way: Way) -> Handler:
    """The handler that lists where what belongs to an object is to be found."""
    rest = f"{name}/{REFERENCE}"
    entities = _make_set(source, rest, DIRECTORY_OBJECT)

    async def handle(call: Call) -> Answer:
        def show(found: DirectoryObject, wording: Wording) -> dict[str, object]:
            del wording  # an address is the same in any words
            return {"@odata.id": f"{call.root}/{OBJECTS}/{found.id}"}

        read = _Reading(source.find_origin(call), way, None)
        placed = _place(call, source, entities, rest, read)
        told = replace(placed, kind=Kind(DIRECTORY_OBJECT.type_name, show))
        plan = plan_list(entities, call.version, call.query)
        context = f"{call.root}/$metadata#Collection({REFERENCE})"
        return await answer_list(call, told, Relation.ANYBODY, plan, context)

    return handle


def list_deleted(kind: ObjectKind, view: View) -> Handler:
    """The handler that lists what is deleted of one kind."""
    shown, root = _CASTS[kind]
    path = f"directory/deletedItems/{NAMESPACE}{kind.value}"

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[DirectoryObject] | Refused:
        del relation  # what is deleted is everybody's
        return await read_deleted_objects(reader, view, kind, query)

    entities = EntitySet(path, view, shown, read, BY_ID)

    async def handle(call: Call) -> Answer:
        plan = plan_list(entities, call.version, call.query)
        context = format_context(call.root, root, plan.projection)
        return await answer_list(call, entities, Relation.ANYBODY, plan, context)

    return handle


def _make_set(source: Source, rest: str, shown: Kind[Any]) -> EntitySet[Any]:
    """The set that plans are made for; each call puts its own object in the place of the key."""
    nowhere = _Reading(Origin("", source.kinds), Way.MEMBERS, None)
    return EntitySet(f"{source.template}/{rest}", source.view, shown, nowhere, BY_ID)


def _place(
    call: Call, source: Source, entities: EntitySet[Any], rest: str, read: _Reading
) -> EntitySet[Any]:
    return replace(entities, path=source.spell(call, rest), read=read)
