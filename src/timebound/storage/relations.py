"""The ways from one object of the directory to others, as they stand at an instant."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    cast,
    exists,
    false,
    not_,
    null,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebound.application.queries import Order
from timebound.application.relations import Place, Way
from timebound.domain.directory import ObjectKind
from timebound.domain.roles import OWNER
from timebound.domain.scopes import ADMINISTRATIVE_UNITS
from timebound.storage.columns import TextType
from timebound.storage.conditions import Field
from timebound.storage.directory_lists import object_fields, object_names_of
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.directory_tables import object_owners, unit_members
from timebound.storage.fragments import (
    AT,
    DIRECTORY,
    ELIGIBLE,
    GROUP,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
    is_group_of,
    is_of_same_slot,
    makes_member,
    parameter,
    reached_groups,
)
from timebound.storage.paging import Listed
from timebound.storage.rows import GRANT_COLUMNS
from timebound.storage.tables import directory_objects, roles

ORIGIN: Final = parameter("origin")
_ORDER: Final = (Order("id"),)
_KEYS: Final = (
    "display_name_key",
    "user_principal_name_key",
    "mail_key",
    "mail_nickname_key",
    "description_key",
    "user_type_key",
)
_Ids = Select[Any] | CompoundSelect[Any]


def list_related(way: Way, kind: ObjectKind | None, *, has_ids_only: bool = False) -> Listed:
    """The objects at the end of a way from one object, all of them or those of a kind."""
    source = _find_source(way, kind)
    fields = {**object_fields(source), "kind": Field(source.c.kind)}
    names = ("id",) if has_ids_only else OBJECT_COLUMNS
    rows = select(*columns_of(source, names))
    if way in _HELD:
        held = grants_as("held")
        rows = rows.select_from(held.join(source, source.c.id == held.c.principal_id))
        rows = rows.where(*_kept(kind), _HELD[way](held), _is_first(held))
        # An index on whoever holds it goes in this order: no more is read than the page has.
        fields["id"] = Field(held.c.principal_id, is_folded=True)
    elif source is directory_objects:
        rows = rows.where(*_object_conditions(way, kind))
    return Listed(rows, fields, _ORDER, object_names_of(source))


def list_scoped_members(place: Place) -> Listed:
    """The directory roles held over administrative units at the instant."""
    held = grants_as("held")
    if place is Place.UNIT:
        # Naming the roles lets the index on roles and scopes find what is held in one unit.
        of_tenant = select(roles.c.id).where(roles.c.tenant_id == TENANT, roles.c.kind == DIRECTORY)
        conditions = [
            held.c.role_id.in_(of_tenant),
            held.c.scope == constant(ADMINISTRATIVE_UNITS).concat(ORIGIN),
        ]
    else:
        conditions = [
            held.c.role_id == ORIGIN,
            held.c.scope.like(constant(f"{ADMINISTRATIVE_UNITS}%")),
        ]
    rows = select(*columns_of(held, GRANT_COLUMNS)).where(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == DIRECTORY,
        held.c.kind != ELIGIBLE,
        in_force(held),
        *conditions,
    )
    names = {name: Field(held.c[name]) for name in ("scope", "role_id")}
    fields = {**names, "id": Field(held.c.id, is_folded=True)}
    return Listed(rows, fields, tuple(Order(name) for name in fields))


def _find_source(way: Way, kind: ObjectKind | None) -> FromClause:
    """Where rows come from: objects, roles seen as objects, or both."""
    if kind is ObjectKind.DIRECTORY_ROLE:
        return _select_roles(way).subquery("held_roles")
    if kind is not None or way not in _ROLES:
        return directory_objects
    columns = columns_of(directory_objects, (*OBJECT_COLUMNS, *_KEYS))
    objects = select(*columns).where(*_object_conditions(way, None))
    return union_all(objects, _select_roles(way)).subquery("belonging")


def _kept(kind: ObjectKind | None, *, are_deleted: bool = False) -> Iterator[ColumnElement[bool]]:
    own = directory_objects.c
    yield own.tenant_id == TENANT
    yield own.deleted_at.is_not(None) if are_deleted else own.deleted_at.is_(None)
    if kind is not None:
        yield own.kind == constant(kind.value)


def _object_conditions(way: Way, kind: ObjectKind | None) -> list[ColumnElement[bool]]:
    own = directory_objects.c
    conditions = list(_kept(kind, are_deleted=way is Way.DELETED))
    if way is Way.DELETED:
        return conditions
    # What is in itself by way of others is not told to be in itself.
    return [*conditions, own.id != ORIGIN, own.id.in_(_WAYS[way]())]


def _select_roles(way: Way) -> Select[Any]:
    """Built-in roles in the columns of objects: the description stands for the attributes."""
    nothing = cast(null(), TextType)
    own = roles.c
    find = _ROLES.get(way)
    return select(
        own.id,
        constant(ObjectKind.DIRECTORY_ROLE.value).label("kind"),
        own.name.label("display_name"),
        AT.label("created_at"),
        own.is_enabled,
        own.deleted_at,
        nothing.label("user_principal_name"),
        nothing.label("mail"),
        nothing.label("app_id"),
        false().label("is_role_assignable"),
        own.description.label("attributes"),
        own.name_key.label("display_name_key"),
        *(nothing.label(name) for name in _KEYS[1:4]),
        own.description_key,
        nothing.label("user_type_key"),
    ).where(
        own.tenant_id == TENANT,
        own.kind == DIRECTORY,
        own.is_built_in,
        own.id.in_(find()) if find else false(),
    )


def _is_member(held: FromClause) -> ColumnElement[bool]:
    return and_(makes_member(held), held.c.scope == ORIGIN, in_force(held))


def _is_owner(held: FromClause) -> ColumnElement[bool]:
    return and_(_makes_owner(held), held.c.scope == ORIGIN)


def _is_holder(held: FromClause) -> ColumnElement[bool]:
    return and_(_makes_holder(held), held.c.role_id == ORIGIN)


def _is_first(held: NamedFromClause) -> ColumnElement[bool]:
    """Of several grants by which somebody holds the same at once, one tells of them."""
    other = grants_as(f"{held.name}_before")
    return not_(
        exists(
            select(other.c.id).where(
                is_of_same_slot(other, held),
                other.c.kind != ELIGIBLE,
                in_force(other),
                other.c.id < held.c.id,
            )
        )
    )


def _all_members() -> _Ids:
    return select(_reach_members().c.id)


def _reach_members() -> CTE:
    """Who is in a group, through other groups as well; each is reached once, circles included."""
    first, further = grants_as("first"), grants_as("further")
    reached = (
        select(first.c.principal_id.label("id"))
        .where(makes_member(first), first.c.scope == ORIGIN, in_force(first))
        .cte("reached_members", recursive=True)
    )
    return reached.union(
        select(further.c.principal_id)
        .join_from(reached, further, further.c.scope == reached.c.id)
        .where(makes_member(further), in_force(further))
    )


def _makes_owner(held: FromClause) -> ColumnElement[bool]:
    return (
        (held.c.tenant_id == TENANT)
        & (held.c.scope_kind == GROUP)
        & (held.c.role_id == constant(OWNER))
        & (held.c.kind != ELIGIBLE)
        & in_force(held)
    )


def _program_owners() -> _Ids:
    own = object_owners.c
    return select(own.owner_id).where(own.tenant_id == TENANT, own.object_id == ORIGIN)


def _owned() -> _Ids:
    held, own = grants_as("held"), object_owners.c
    groups = select(held.c.scope).where(_makes_owner(held), held.c.principal_id == ORIGIN)
    programs = select(own.object_id).where(own.tenant_id == TENANT, own.owner_id == ORIGIN)
    return union_all(groups, programs)


def _units() -> Select[Any]:
    own = unit_members.c
    return select(own.unit_id).where(own.tenant_id == TENANT, own.member_id == ORIGIN)


def _member_of() -> _Ids:
    held = grants_as("held")
    groups = select(held.c.scope).where(
        makes_member(held), held.c.principal_id == ORIGIN, in_force(held)
    )
    return union_all(groups, _units())


def _all_member_of() -> _Ids:
    return union_all(select(reached_groups(ORIGIN, "reached").c.scope), _units())


def _unit_members() -> _Ids:
    own = unit_members.c
    return select(own.member_id).where(own.tenant_id == TENANT, own.unit_id == ORIGIN)


def _makes_holder(held: FromClause) -> ColumnElement[bool]:
    """The grant is of a role of the whole directory."""
    return (
        (held.c.tenant_id == TENANT)
        & (held.c.scope_kind == DIRECTORY)
        & (held.c.scope == constant("/"))
        & (held.c.kind != ELIGIBLE)
        & in_force(held)
    )


def _held_roles() -> Select[Any]:
    held = grants_as("held_role")
    return select(held.c.role_id).where(_makes_holder(held), held.c.principal_id == ORIGIN)


def _all_held_roles() -> _Ids:
    """The roles that somebody has, and those of the role-assignable groups they are in."""
    membership, held = grants_as("role_membership"), grants_as("group_role")
    group = directory_objects.alias("role_group")
    through = (
        select(held.c.role_id)
        .join_from(membership, group, is_group_of(group, membership, is_role_assignable=True))
        .join(held, held.c.principal_id == membership.c.scope)
        .where(
            makes_member(membership),
            membership.c.principal_id == ORIGIN,
            in_force(membership),
            _makes_holder(held),
        )
    )
    return union_all(_held_roles(), through)


_HELD: Final[Mapping[Way, Callable[[NamedFromClause], ColumnElement[bool]]]] = {
    Way.MEMBERS: _is_member,
    Way.OWNERS: _is_owner,
    Way.ROLE_MEMBERS: _is_holder,
}
"""The ways on which each grant leads to one object."""

_WAYS: Final[Mapping[Way, Callable[[], _Ids]]] = {
    Way.ALL_MEMBERS: _all_members,
    Way.PROGRAM_OWNERS: _program_owners,
    Way.MEMBER_OF: _member_of,
    Way.ALL_MEMBER_OF: _all_member_of,
    Way.OWNED: _owned,
    Way.UNIT_MEMBERS: _unit_members,
}
_ROLES: Final[Mapping[Way, Callable[[], _Ids]]] = {
    Way.MEMBER_OF: _held_roles,
    Way.ALL_MEMBER_OF: _all_held_roles,
}
