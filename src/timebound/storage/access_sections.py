"""What counts for somebody at one place, now or ahead: the questions.

Everything is found through the principals that are asked about and through their groups; what
others hold at the same places is not looked at.
"""

from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    and_,
    literal_column,
    select,
    union,
    union_all,
)

from timebound.domain.scopes import ADMINISTRATIVE_UNITS, ScopeKind
from timebound.storage.azure_tables import deny_assignments
from timebound.storage.columns import TextType
from timebound.storage.compiling import is_among, is_any_of
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.directory_tables import unit_members
from timebound.storage.fragments import (
    ELIGIBLE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    is_group_of,
    makes_member,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.rows import GRANT_COLUMNS
from timebound.storage.stacking import Stack
from timebound.storage.standing import SCOPE
from timebound.storage.tables import directory_objects, roles
from timebound.storage.tree_sections import list_places, name_nodes, walk_up

_OBJECT: Final = parameter("object")
_ROLE: Final = ("id", "is_enabled", "actions", "inherits_from", "rights", "resource_scopes")


@cache
def access_stack(kind: ScopeKind) -> Stack:
    """The statement for the places of one kind: of the directory or of Azure."""
    subjects = _subjects()
    mine = _memberships(kind, subjects)
    places = walk_up(name_nodes()) if kind is ScopeKind.AZURE else _directory_places()
    held = _held(kind, subjects, mine, places)
    sections = {
        "principal": _principals(subjects),
        "membership": select_grants(mine),
        "held": select_grants(held),
        "role": _roles(kind, held),
    }
    if kind is ScopeKind.AZURE:
        sections |= {"node": name_nodes(), "place": list_places(places)}
        sections["denied"] = select(deny_assignments.c.document).where(
            deny_assignments.c.tenant_id == TENANT,
            deny_assignments.c.scope.in_(select(places.c.path)),
        )
    else:
        sections |= {"object": _object(), "unit": _units()}
    return Stack(sections)


def _subjects() -> CTE:
    """The principals with the ids, and those with the names."""
    by_id, by_name = directory_objects.alias("by_id"), directory_objects.alias("by_name")
    identified = select(by_id.c.id).where(
        by_id.c.tenant_id == TENANT, is_any_of(by_id.c.id, "principals")
    )
    named = select(by_name.c.id).where(
        by_name.c.tenant_id == TENANT,
        is_any_of(by_name.c.user_principal_name_key, "names"),
        by_name.c.deleted_at.is_(None),
    )
    return union(identified, named).cte("subjects")


def _principals(subjects: CTE) -> Select[Any]:
    found = directory_objects.alias("found")
    return select(*columns_of(found, OBJECT_COLUMNS)).where(
        found.c.tenant_id == TENANT, is_among(found.c.id, select(subjects.c.id))
    )


def _memberships(kind: ScopeKind, subjects: CTE) -> CTE:
    """Their memberships, now or ahead; for Azure those of their groups as well."""
    is_nested = kind is ScopeKind.AZURE
    first, group = grants_as("mine"), directory_objects.alias("mine_group")
    own = (
        select(*columns_of(first, GRANT_COLUMNS))
        .join_from(first, group, is_group_of(group, first, is_role_assignable=not is_nested))
        .where(
            makes_member(first),
            first.c.principal_id.in_(select(subjects.c.id)),
            not_over(first),
        )
    )
    if not is_nested:
        return own.cte("memberships")
    found = own.cte("memberships", recursive=True)
    further, outer = grants_as("outer_membership"), directory_objects.alias("outer_group")
    return found.union(
        select(*columns_of(further, GRANT_COLUMNS))
        .join_from(found, further, further.c.principal_id == found.c.scope)
        .join(outer, is_group_of(outer, further, is_role_assignable=False))
        .where(makes_member(further), not_over(further))
    )


def _held(kind: ScopeKind, subjects: CTE, mine: CTE, places: CTE) -> CTE:
    """The roles, in force or ahead, of the principals and of their groups at the places."""
    holders = union(select(subjects.c.id), select(mine.c.scope)).cte("holders")
    held = grants_as("counting")
    return (
        select(*columns_of(held, GRANT_COLUMNS))
        .where(
            held.c.tenant_id == TENANT,
            is_among(held.c.principal_id, select(holders.c.id)),
            held.c.scope_kind == constant(kind.value),
            held.c.kind != ELIGIBLE,
            not_over(held),
            # Looked up holder by holder: at the place itself many others hold something, too.
            held.c.scope.concat(constant("")).in_(select(places.c.path)),
        )
        .cte("held")
    )


def _roles(kind: ScopeKind, held: CTE) -> Select[Any]:
    return select(*columns_of(roles, _ROLE)).where(
        roles.c.tenant_id == TENANT,
        roles.c.kind.concat(constant("")) == constant(kind.value),
        roles.c.deleted_at.is_(None),
        roles.c.id.in_(select(held.c.role_id)),
    )


def _directory_places() -> CTE:
    """The whole directory, the place itself, and the units that the object is in."""
    unit = directory_objects.alias("around")
    path: ColumnElement[str] = literal_column(f"'{ADMINISTRATIVE_UNITS}'", TextType) + unit.c.id
    units = _in_units(unit, select(path.label("path")))
    here = select(SCOPE.label("path"))
    return union_all(select(constant("/").label("path")), here, units).cte("places")


def _units() -> Select[Any]:
    """The units that the object is in, with what is known about them."""
    unit = directory_objects.alias("unit")
    return _in_units(unit, select(unit.c.id, unit.c.attributes))


def _in_units(unit: FromClause, columns: Select[Any]) -> Select[Any]:
    return columns.join_from(
        unit_members,
        unit,
        and_(unit.c.tenant_id == TENANT, unit.c.id == unit_members.c.unit_id),
    ).where(
        unit_members.c.tenant_id == TENANT,
        unit_members.c.member_id == _OBJECT,
        unit.c.deleted_at.is_(None),
    )


def _object() -> Select[Any]:
    objects = directory_objects.alias("asked_object")
    return select(objects.c.kind).where(
        objects.c.tenant_id == TENANT, objects.c.id == _OBJECT, objects.c.deleted_at.is_(None)
    )
