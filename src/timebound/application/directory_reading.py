"""Questions about the directory: what belongs to what, looked up from one object or another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from timebound.application.catalog import built_in_roles
from timebound.application.queries import (
    And,
    Compare,
    Not,
    OneOf,
    Operator,
    Page,
    Query,
    find_fields,
)
from timebound.application.reading import Reader, only_restorable
from timebound.application.relations import Place, Related, Way
from timebound.application.views import GrantRow, Relation, View
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.disclosure import disclose, find_hidden_kinds
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code, Problem
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

EVERY_KIND: Final = frozenset(ObjectKind)
_BUILT_IN: Final = Compare("is_built_in", Operator.EQ, value=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """The object that a question begins with: its id or, of a person, their name."""

    key: str
    kinds: frozenset[ObjectKind]


@dataclass(frozen=True, slots=True)
class ScopedMember:
    """A role held over an administrative unit, and who holds it."""

    row: GrantRow
    holder: DirectoryObject | None


def refuse_missing(key: str) -> Refused:
    """The refusal of what is not there."""
    return Refused((Problem(Code.OBJECT_NOT_FOUND, value=key),))


async def find_origin(reader: Reader, origin: Origin) -> DirectoryObject | None:
    """The object that is there under the key, if it is of one of the kinds."""
    tenant_id, key = reader.token.tenant_id, origin.key
    if "@" in key and ObjectKind.USER in origin.kinds:
        named = Compare("user_principal_name", Operator.EQ, key.casefold())
        page = await reader.store.read_objects(tenant_id, View.USERS, Query(1, named))
        return page.rows[0] if page.rows else None
    found = (await find_live_objects(reader, [key.lower()])).get(key.lower())
    return found if found and found.kind in origin.kinds else None


async def find_live_objects(reader: Reader, ids: Sequence[str]) -> dict[str, DirectoryObject]:
    """The objects that are there, directory roles among them, by id in the order asked."""
    tenant_id = reader.token.tenant_id
    found = await reader.store.find_objects(tenant_id, ids)
    others = [RoleId(id_) for id_ in ids if id_ not in found]
    roles = await reader.store.find_roles(tenant_id, others) if others else {}
    shown = {id_: one for id_, one in found.items() if one.deleted_at is None}
    shown |= {
        id_: as_directory_role(role, reader.at)
        for id_, role in roles.items()
        if role.role.is_built_in and role.role.kind is ScopeKind.DIRECTORY
    }
    return {id_: shown[id_] for id_ in ids if id_ in shown}


def as_directory_role(definition: RoleDefinition, at: Instant) -> DirectoryObject:
    """A built-in role as an object of the directory; its id is that of its template."""
    return DirectoryObject(
        PrincipalId(definition.role.id),
        ObjectKind.DIRECTORY_ROLE,
        definition.role.name,
        at,
        attributes={
            "description": definition.description,
            "roleTemplateId": definition.template_id,
        },
    )


async def read_related(
    reader: Reader, view: View, origin: Origin, related: tuple[Way, ObjectKind | None], query: Query
) -> Page[DirectoryObject] | Refused:
    """The objects at the end of a way from one object, if that is there.

    Of kinds that the caller may not read only ids are told, and none is found by anything else.
    """
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    found = await find_origin(reader, origin)
    if found is None:
        return refuse_missing(origin.key)
    hidden = find_hidden_kinds(caller)
    asked, kept = Related(related[0], found.id, related[1]), _leave_out(query, hidden)
    page = await reader.store.read_related(reader.token.tenant_id, asked, kept, reader.at)
    return replace(page, rows=disclose(page.rows, hidden))


def _leave_out(query: Query, hidden: frozenset[ObjectKind]) -> Query:
    """The query without hidden kinds, where what it finds or its order would tell about them."""
    named = find_fields(query.condition) | {order.field for order in query.orders}
    if not hidden or named <= {"id"}:
        return query
    seen = tuple(kind.value for kind in ObjectKind if kind not in hidden)
    return replace(query, condition=And((OneOf("kind", seen), query.condition)))


async def read_deleted_objects(
    reader: Reader, view: View, kind: ObjectKind, query: Query
) -> Page[DirectoryObject] | Refused:
    """The deleted objects of a kind."""
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    asked = Related(Way.DELETED, PrincipalId(""), kind)
    kept = only_restorable(query, reader.at)
    return await reader.store.read_related(reader.token.tenant_id, asked, kept, reader.at)


async def read_membership_ids(
    reader: Reader, view: View, origin: Origin, kind: ObjectKind | None, query: Query
) -> Page[str] | Refused:
    """The ids of what an object belongs to through groups as well: all, or groups alone."""
    found = await _admit_to(reader, view, origin)
    if isinstance(found, Refused):
        return found
    asked = Related(Way.ALL_MEMBER_OF, found.id, kind)
    return await reader.store.read_related_ids(reader.token.tenant_id, asked, query, reader.at)


async def read_directory_roles(
    reader: Reader, view: View, query: Query
) -> Page[DirectoryObject] | Refused:
    """The built-in roles that can be held, seen as objects.

    All count as activated: whoever is assigned one needs not have it activated before.
    """
    held = replace(query, condition=And((Not(OneOf("id", _list_implicit())), query.condition)))
    return await read_role_templates(reader, view, held)


async def read_role_templates(
    reader: Reader, view: View, query: Query
) -> Page[DirectoryObject] | Refused:
    """All built-in roles, those too that come with an account by themselves."""
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    asked = replace(query, condition=And((_BUILT_IN, query.condition)))
    page = await reader.store.read_roles(reader.token.tenant_id, asked)
    rows = tuple(as_directory_role(one, reader.at) for one in page.rows)
    return Page(rows, page.next_position, page.total)


def comes_by_itself(role_id: str) -> bool:
    """Whether the role comes with an account and cannot be assigned."""
    return role_id in _list_implicit()


@cache
def _list_implicit() -> tuple[RoleId, ...]:
    return tuple(id_ for id_, role in built_in_roles().items() if not role.is_assignable)


async def read_scoped_members(
    reader: Reader, view: View, origin: Origin, place: Place, query: Query
) -> Page[ScopedMember] | Refused:
    """Who holds roles over administrative units, with their names."""
    found = await _admit_to(reader, view, origin)
    if isinstance(found, Refused):
        return found
    tenant_id = reader.token.tenant_id
    page = await reader.store.read_scoped_members(tenant_id, place, found.id, query, reader.at)
    ids = list(dict.fromkeys(row.principal_id for row in page.rows))
    holders = await reader.store.find_objects(tenant_id, ids)
    rows = tuple(ScopedMember(row, holders.get(row.principal_id)) for row in page.rows)
    return Page(rows, page.next_position, page.total)


async def _admit_to(reader: Reader, view: View, origin: Origin) -> DirectoryObject | Refused:
    """The object in question, once it is known that it may be asked about."""
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    found = await find_origin(reader, origin)
    return refuse_missing(origin.key) if found is None else found
