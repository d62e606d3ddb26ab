"""The lists of grants: who holds what, as it stands at an instant."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebound.application.queries import Order
from timebound.application.views import EXPIRED, MemberType, Reach, Relation, View
from timebound.domain.requests import Status
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS
from timebound.storage.areas import Around, lies_above, lies_in, narrow_to
from timebound.storage.columns import BooleanType, InstantColumn
from timebound.storage.compiling import by_holder, unled
from timebound.storage.conditions import Field
from timebound.storage.fragments import (
    ACTIVATED,
    ASSIGNED,
    AT,
    ELIGIBLE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
    is_group_of,
    is_of_same_slot,
    makes_member,
    not_over,
    parameter,
    reached_groups,
)
from timebound.storage.narrowing import EVERYTHING, Narrowed
from timebound.storage.paging import Listed
from timebound.storage.rows import GRANT_COLUMNS
from timebound.storage.tables import directory_objects

PERSON: Final = parameter("person")

_ENDLESS: Final = bindparam("endless", ENDLESS, type_=InstantColumn)
_ELIGIBILITIES: Final = (View.ELIGIBILITY_INSTANCES, View.ELIGIBILITY_SCHEDULES)
_SCHEDULES: Final = (
    View.ELIGIBILITY_SCHEDULES,
    View.ASSIGNMENT_SCHEDULES,
    View.ROLE_SCHEDULES,
)
_ALL_KINDS: Final = (View.ROLE_SCHEDULES, View.ROLE_INSTANCES)
_ASSIGNMENTS: Final = (View.ROLE_ASSIGNMENTS, View.TRANSITIVE_ASSIGNMENTS)
_SPELLED: Final = (ScopeKind.DIRECTORY, ScopeKind.GROUP)
_ORDER: Final = (Order("planned_end"), Order("id"))
_Choose: TypeAlias = Callable[[NamedFromClause, View, ScopeKind], ColumnElement[bool]]


def list_grants(
    view: View,
    relation: Relation,
    kind: ScopeKind,
    *,
    is_expired: bool = False,
    narrowed: Narrowed = EVERYTHING,
    around: Around | None = None,
) -> Listed:
    """The grants of a view: everybody's, or those of one person and of their groups.

    Schedules are those in force or ahead, or those that have expired and may still be renewed.
    Those of everybody are looked up as `narrowed` says; with `around` only those at places of
    Azure around that in the parameter `scope`.
    """
    choose = _has_expired if is_expired and view in _SCHEDULES else _is_listed
    if relation is Relation.PRINCIPAL:
        seen = _of_person(view, kind, choose).subquery("seen")
        rows = select(*columns_of(seen, (*GRANT_COLUMNS, "seen_by", "member_type")))
        if around is not None:
            rows = rows.where(lies_in(seen.c.scope, around.reach))
        return Listed(rows, _fields(seen, seen.c.seen_by, seen.c.member_type), _ORDER)
    held = grants_as("held")
    member_type = _member_type(held, around)
    rows = select(
        *columns_of(held, GRANT_COLUMNS),
        held.c.principal_id.label("seen_by"),
        member_type.label("member_type"),
    ).where(choose(held, view, kind), *([] if is_expired else _narrow(held, kind, narrowed)))
    listed = Listed(rows, _fields(held, held.c.principal_id, member_type), _ORDER)
    if around is None:
        return listed
    # What is in force is at places that are there; what has expired may not be.
    return narrow_to(listed, held.c.scope, around, may_be_gone=is_expired)


def _member_type(held: NamedFromClause, around: Around | None) -> ColumnElement[str]:
    """How everybody's grants are held: what lies above the place asked about is inherited there."""
    direct = constant(MemberType.DIRECT.value)
    if around is None or around.reach is Reach.BELOW:
        return direct
    return case((lies_above(held.c.scope), constant(MemberType.INHERITED.value)), else_=direct)


def _narrow(
    held: NamedFromClause, kind: ScopeKind, narrowed: Narrowed
) -> list[ColumnElement[bool]]:
    """What goes without saying, said so that an index is walked."""
    conditions = []
    if narrowed.is_wide:
        conditions.append(held.c.end_at > AT)
    if narrowed.kind is not None:
        conditions.append(held.c.kind == constant(narrowed.kind))
    if narrowed.is_scoped and kind in _SPELLED:
        conditions += [held.c.scope != constant("/"), held.c.scope == parameter("spelled_scope")]
    if narrowed.is_scoped and kind is ScopeKind.GROUP:
        conditions.append(held.c.role_id.in_([constant(role) for role in (MEMBER, OWNER)]))
    return conditions


def _of_person(view: View, kind: ScopeKind, choose: _Choose) -> CompoundSelect[Any]:
    own, through = grants_as("own"), grants_as("through")
    columns = (*GRANT_COLUMNS, "until_at")
    direct = select(
        *columns_of(own, columns),
        own.c.principal_id.label("seen_by"),
        constant(MemberType.DIRECT.value).label("member_type"),
    ).where(own.c.principal_id == PERSON, choose(own, view, kind))
    groups = groups_of_person(kind).subquery("groups")
    of_groups = (
        select(
            *columns_of(through, columns),
            PERSON.label("seen_by"),
            constant(MemberType.GROUP.value).label("member_type"),
        )
        .join_from(groups, through, through.c.principal_id == groups.c.scope)
        .where(choose(through, view, kind))
    )
    return union_all(direct, of_groups)


def groups_of_person(kind: ScopeKind) -> Select[Any]:
    """The groups whose roles the person has: in the directory only role-assignable ones.

    Only for Azure does being in a group count that is in another one.
    """
    if kind is ScopeKind.AZURE:
        return select(reached_groups(PERSON, "reached").c.scope)
    membership, group = grants_as("membership"), directory_objects.alias("membership_group")
    is_assignable = kind is ScopeKind.DIRECTORY
    # Not the column itself: SQLite would walk all memberships there are to have it sorted.
    return (
        select(membership.c.scope.concat(constant("")).label("scope"))
        .distinct()
        .join_from(
            membership, group, is_group_of(group, membership, is_role_assignable=is_assignable)
        )
        .where(makes_member(membership), membership.c.principal_id == PERSON, in_force(membership))
    )


def _is_of_view(held: NamedFromClause, view: View, kind: ScopeKind) -> ColumnElement[bool]:
    return and_(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == constant(kind.value),
        true() if view in _ALL_KINDS else _is_of_kind(held, view, kind),
    )


def _has_expired(held: NamedFromClause, view: View, kind: ScopeKind) -> ColumnElement[bool]:
    """It came to its own end within the time in which it may be renewed; no activation does."""
    return and_(
        _is_of_view(held, view, kind),
        held.c.kind != ACTIVATED,
        held.c.until_at <= AT,
        held.c.until_at >= bindparam("renewable", type_=InstantColumn),
        held.c.until_at == held.c.end_at,
        held.c.until_at > held.c.start_at,
    )


def _is_listed(held: NamedFromClause, view: View, kind: ScopeKind) -> ColumnElement[bool]:
    is_of_view = _is_of_view(held, view, kind)
    if view in _SCHEDULES:
        # What was ended before it began never came into force.
        return and_(is_of_view, not_over(held), held.c.until_at > held.c.start_at)
    if view in _ASSIGNMENTS:
        return and_(is_of_view, in_force(held), not_(_is_covered(held)))
    return and_(is_of_view, in_force(held))


def _is_of_kind(held: NamedFromClause, view: View, kind: ScopeKind) -> ColumnElement[bool]:
    held_as: ColumnElement[str] = held.c.kind
    if kind is ScopeKind.GROUP:
        # Found by their group: not the column itself, or all groups would be walked by end.
        held_as = held_as.concat(constant(""))
    if kind is ScopeKind.AZURE:
        # Nor here, or all that is assigned in a subscription would be sorted for each page.
        held_as = unled(held_as)
    return held_as == ELIGIBLE if view in _ELIGIBILITIES else held_as != ELIGIBLE


def _is_covered(held: NamedFromClause) -> ColumnElement[bool]:
    """Another grant tells the same assignment: an assigned one goes before an activation."""
    other = grants_as(f"{held.name}_other")
    return exists(
        select(other.c.id).where(
            is_of_same_slot(other, held),
            in_force(other),
            or_(
                and_(other.c.kind == ASSIGNED, held.c.kind == ACTIVATED),
                and_(other.c.kind == held.c.kind, other.c.id < held.c.id),
            ),
        )
    )


def _fields(
    held: FromClause, principal_id: ColumnElement[str], member_type: ColumnElement[str]
) -> dict[str, Field]:
    status = case(
        (held.c.until_at <= AT, constant(EXPIRED)),
        (held.c.start_at <= AT, constant(Status.PROVISIONED.value)),
        else_=constant(Status.GRANTED.value),
    )
    end = func.nullif(held.c.until_at, _ENDLESS)
    return {
        "id": Field(held.c.id, is_folded=True),
        "principal_id": Field(principal_id, is_folded=True),
        "role_id": Field(held.c.role_id, is_folded=True),
        "scope": Field(func.lower(held.c.scope), is_lowered=True),
        "kind": Field(held.c.kind),
        "start": Field(held.c.start_at, InstantColumn),
        "end": Field(end, InstantColumn, is_optional=True),
        "planned_end": Field(held.c.end_at, InstantColumn),
        "created_at": Field(held.c.created_at, InstantColumn),
        "request_id": Field(held.c.request_id, is_folded=True, is_optional=True),
        "eligibility_id": Field(held.c.eligibility_id, is_folded=True, is_optional=True),
        "member_type": Field(member_type),
        "status": Field(status),
        "is_of_ordinary_group": Field(is_of_ordinary_group(held.c.scope), BooleanType),
    }


def is_of_ordinary_group(scope: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a scope is a group, deleted or not, to which no role can be assigned."""
    group = directory_objects.alias("scope_group")
    return exists(
        select(group.c.id).where(
            group.c.tenant_id == TENANT,
            group.c.id == by_holder(scope),
            not_(group.c.is_role_assignable),
        )
    )
