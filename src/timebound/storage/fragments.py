"""The pieces that statements are put together from: parameters, membership, being in force."""

from typing import Any, Final

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebound.domain.grants import GrantKind
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import ScopeKind
from timebound.storage.columns import InstantColumn, TextType
from timebound.storage.compiling import by_holder
from timebound.storage.rows import GRANT_COLUMNS
from timebound.storage.tables import directory_objects, grants

AT: Final = bindparam("at", type_=InstantColumn)
TENANT: Final = bindparam("tenant", type_=TextType)


def constant(text: str) -> ColumnElement[str]:
    """A text of the program itself, written into the statement; never one from outside."""
    return literal_column(f"'{text}'", TextType)


DIRECTORY: Final = constant(ScopeKind.DIRECTORY.value)
GROUP: Final = constant(ScopeKind.GROUP.value)
AZURE: Final = constant(ScopeKind.AZURE.value)
ELIGIBLE: Final = constant(GrantKind.ELIGIBLE.value)
ASSIGNED: Final = constant(GrantKind.ASSIGNED.value)
ACTIVATED: Final = constant(GrantKind.ACTIVATED.value)


def parameter(name: str) -> BindParameter[str]:
    """A text that a call fills in."""
    return bindparam(name, type_=TextType)


def columns_of(source: FromClause, names: tuple[str, ...]) -> list[ColumnElement[Any]]:
    """The named columns of a table, an alias or a common table expression."""
    return [source.c[name] for name in names]


def grants_as(name: str) -> NamedFromClause:
    """The grants under another name, to be joined with themselves."""
    return grants.alias(name)


def in_force(source: FromClause) -> ColumnElement[bool]:
    """The grant gives what it gives at the instant."""
    return and_(source.c.start_at <= AT, source.c.until_at > AT)


def not_over(source: FromClause) -> ColumnElement[bool]:
    """The grant is in force at the instant or still ahead."""
    return source.c.until_at > AT


def is_of_same_slot(other: FromClause, held: FromClause) -> ColumnElement[bool]:
    """Both grants are held by the same principal: the same role at the same scope."""
    return and_(
        other.c.tenant_id == TENANT,
        other.c.principal_id == held.c.principal_id,
        other.c.scope_kind == held.c.scope_kind,
        other.c.role_id == held.c.role_id,
        by_holder(other.c.scope) == held.c.scope,
    )


def makes_member(source: FromClause) -> ColumnElement[bool]:
    """The grant makes its holder a member of a group; being eligible for that does not."""
    return and_(
        source.c.tenant_id == TENANT,
        source.c.scope_kind == GROUP,
        source.c.role_id == constant(MEMBER),
        source.c.kind != ELIGIBLE,
    )


def is_group_of(
    group: FromClause, membership: FromClause, *, is_role_assignable: bool
) -> ColumnElement[bool]:
    """The directory object is the group that the membership is about, and is there at the instant.

    One that was deleted later still was a group then: what is told of the past does not change.
    """
    return and_(
        group.c.tenant_id == TENANT,
        group.c.id == by_holder(membership.c.scope),
        or_(group.c.deleted_at.is_(None), group.c.deleted_at > AT),
        group.c.is_role_assignable if is_role_assignable else true(),
    )


def select_grants(source: FromClause) -> Select[Any]:
    """Whole grants, in the order in which rows are read."""
    return select(*columns_of(source, GRANT_COLUMNS))


def reached_groups(holder: ColumnElement[str], name: str) -> CTE:
    """The groups that somebody is in at the instant, through other groups as well."""
    first, further = grants_as(f"{name}_first"), grants_as(f"{name}_further")
    group, outer = (directory_objects.alias(f"{name}_{part}") for part in ("group", "outer"))
    reached = (
        select(first.c.scope)
        .join_from(first, group, is_group_of(group, first, is_role_assignable=False))
        .where(makes_member(first), first.c.principal_id == holder, in_force(first))
        .cte(name, recursive=True)
    )
    return reached.union(
        select(further.c.scope)
        .join_from(reached, further, further.c.principal_id == reached.c.scope)
        .join(outer, is_group_of(outer, further, is_role_assignable=False))
        .where(makes_member(further), in_force(further))
    )
