"""The list of those who hold a role, themselves or through a group."""

from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, Select, and_, select, true

from timebound.application.queries import Order
from timebound.application.role_ports import Assigned
from timebound.domain.scopes import ADMINISTRATIVE_UNITS, ScopeLevel
from timebound.storage.directory_lists import object_fields, object_names_of
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.fragments import (
    DIRECTORY,
    ELIGIBLE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
    is_group_of,
    makes_member,
    parameter,
)
from timebound.storage.paging import Listed
from timebound.storage.tables import directory_objects

_ORDER: Final = (Order("display_name"), Order("id"))


def list_assigned(assigned: Assigned) -> Listed:
    """The principals; of `assigned` only the form counts, its role and scope are parameters."""
    own = directory_objects.c
    held = grants_as("assigned")
    holders: Select[Any] | CompoundSelect[Any]
    holders = select(held.c.principal_id).where(_is_held(held, assigned))
    if assigned.are_members_counted:
        # One list of ids: the database looks each of them up, whichever way it was found.
        holders = holders.union(_members(assigned))
    kind = assigned.object_kind
    rows = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        own.tenant_id == TENANT,
        own.deleted_at.is_(None),
        true() if kind is None else own.kind == constant(kind.value),
        own.id.in_(holders),
    )
    return Listed(
        rows, object_fields(directory_objects), _ORDER, object_names_of(directory_objects)
    )


def _members(assigned: Assigned) -> Select[Any]:
    membership, held = grants_as("assigned_membership"), grants_as("assigned_group")
    group = directory_objects.alias("assigned_to")
    return (
        select(membership.c.principal_id)
        .join_from(held, membership, membership.c.scope == held.c.principal_id)
        .join(group, is_group_of(group, membership, is_role_assignable=True))
        .where(_is_held(held, assigned), makes_member(membership), in_force(membership))
    )


def _is_held(held: FromClause, assigned: Assigned) -> ColumnElement[bool]:
    return and_(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == DIRECTORY,
        held.c.role_id == parameter("role"),
        held.c.kind != ELIGIBLE,
        in_force(held),
        true() if assigned.scope is None else held.c.scope == parameter("scope"),
        true() if assigned.level is None else _is_at(held, assigned.level),
    )


def _is_at(held: FromClause, level: ScopeLevel) -> ColumnElement[bool]:
    is_unit = held.c.scope.startswith(ADMINISTRATIVE_UNITS, autoescape=True)
    match level:
        case ScopeLevel.TENANT:
            return held.c.scope == constant("/")
        case ScopeLevel.ADMINISTRATIVE_UNIT:
            return is_unit
        case ScopeLevel.OBJECT:
            return and_(held.c.scope != constant("/"), ~is_unit)
