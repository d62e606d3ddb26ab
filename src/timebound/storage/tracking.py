"""Answers what has changed since an instant, and as of another."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebound.application.queries import Order, Page, Query
from timebound.application.tracking_ports import MemberChange, Span
from timebound.application.views import GrantRow, MemberType, View
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId
from timebound.storage.asking import Asking
from timebound.storage.columns import InstantColumn
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.conditions import Field
from timebound.storage.directory_lists import object_fields
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
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
    is_of_same_slot,
    makes_member,
)
from timebound.storage.paging import Listed, Pager
from timebound.storage.rows import GRANT_COLUMNS, Row, read_grant
from timebound.storage.tables import directory_objects, events

SINCE: Final = bindparam("since", type_=InstantColumn)
_STANDING: Final = bindparam("standing", type_=InstantColumn)
_BEGINNING: Final = datetime(1, 1, 2, tzinfo=UTC)
"""Earlier than whatever began."""

_BY_ID: Final = (Order("id"),)
_BY_CHANGE: Final = (Order("changed_at"), Order("id"))
_KINDS: Final = {kind.value: kind for kind in ObjectKind}


class Tracking(Asking):
    """Answers what has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._changes = Pager()

    async def read_changed(
        self, tenant_id: TenantId, kind: ObjectKind, span: Span, query: Query
    ) -> Page[DirectoryObject]:
        """A page of the objects of a kind that were changed, deleted ones too, by when and id."""
        make = partial(list_changed, kind)
        return await self._changes.read(
            self, ("changed", kind), make, query, _bind(tenant_id, span), read_object
        )

    async def read_regrouped(
        self, tenant_id: TenantId, span: Span, query: Query
    ) -> Page[DirectoryObject]:
        """A page of the groups that nobody changed, but whose memberships began or ended."""
        return await self._changes.read(
            self, "regrouped", list_regrouped, query, _bind(tenant_id, span), read_object
        )

    async def read_purged(
        self, tenant_id: TenantId, kind: ObjectKind, span: Span, query: Query
    ) -> Page[str]:
        """A page of the ids of objects that were removed for good."""
        make = partial(list_purged, kind)
        return await self._changes.read(
            self, ("purged", kind), make, query, _bind(tenant_id, span), _read_id
        )

    async def find_member_changes(
        self, tenant_id: TenantId, group_ids: Sequence[str], span: Span
    ) -> Sequence[MemberChange]:
        """Who came into some groups or left them; all who are in them where the span has none."""
        bound = {**_bind(tenant_id, span), "ids": list(group_ids)}
        rows = await self.ask(_member_changes(), bound)
        return [MemberChange(row[0], row[1], _KINDS.get(row[2]), not row[3]) for row in rows]

    async def read_assignment_changes(
        self, tenant_id: TenantId, span: Span, query: Query, *, are_ended: bool
    ) -> Page[GrantRow]:
        """A page of the role assignments that began and stand, or of those that stand no more."""
        make = partial(list_assignment_changes, are_ended=are_ended)
        return await self._changes.read(
            self, (View.ROLE_ASSIGNMENTS, are_ended), make, query, _bind(tenant_id, span), _read_row
        )


def _bind(tenant_id: TenantId, span: Span) -> Mapping[str, object]:
    standing = span.at if span.since is None else span.since
    since = span.since or _BEGINNING
    return {"tenant": tenant_id, "since": since, "standing": standing, "at": span.at}


def list_changed(kind: ObjectKind) -> Listed:
    """The objects of a kind that were written since, whether they are there or deleted."""
    own = directory_objects.c
    rows = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        own.tenant_id == TENANT, own.kind == constant(kind.value), own.changed_at > SINCE
    )
    changed_at = {"changed_at": Field(own.changed_at, InstantColumn)}
    return Listed(rows, object_fields(directory_objects) | changed_at, _BY_CHANGE)


def list_regrouped() -> Listed:
    """The groups that nobody wrote since, but whose memberships began or ended by themselves."""
    own = directory_objects.c
    began, over = grants_as("began"), grants_as("over")
    came = select(began.c.scope).where(
        makes_member(began), _has_begun(began), began.c.start_at <= AT
    )
    went = select(over.c.scope).where(
        makes_member(over), _has_ended(over), over.c.start_at < over.c.until_at
    )
    rows = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        own.tenant_id == TENANT,
        own.kind == constant(ObjectKind.GROUP.value),
        own.deleted_at.is_(None),
        or_(own.changed_at.is_(None), own.changed_at <= SINCE),
        own.id.in_(union(came, went)),
    )
    return Listed(rows, object_fields(directory_objects), _BY_ID)


def list_purged(kind: ObjectKind) -> Listed:
    """The objects of a kind that were removed for good; the log alone knows of them."""
    own = events.c
    said = constant(f'%"objectKind":"{kind.value}"%')
    rows = select(own.subject_id).where(
        own.tenant_id == TENANT,
        own.kind == constant(EventKind.OBJECT_PURGED.value),
        own.recorded_at > SINCE,
        own.data.like(said),
    )
    fields = {
        "recorded_at": Field(own.recorded_at, InstantColumn),
        "event_id": Field(own.id),
        "id": Field(own.subject_id, is_folded=True),
    }
    return Listed(rows, fields, (Order("recorded_at"), Order("event_id")))


def list_assignment_changes(*, are_ended: bool) -> Listed:
    """The assignments that began since and stand, or that ended and that no other one goes on."""
    held = grants_as("held")
    rows = select(*columns_of(held, GRANT_COLUMNS)).where(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == DIRECTORY,
        held.c.kind != ELIGIBLE,
        _stand_no_more(held) if are_ended else _stand(held),
    )
    fields = {
        "id": Field(held.c.id, is_folded=True),
        "principal_id": Field(held.c.principal_id, is_folded=True),
        "role_id": Field(held.c.role_id, is_folded=True),
        "scope": Field(func.lower(held.c.scope), is_lowered=True),
        "kind": Field(held.c.kind),
    }
    return Listed(rows, fields, _BY_ID)


def _stand(held: NamedFromClause) -> ColumnElement[bool]:
    other = grants_as("other")
    earlier = and_(_is_same(other, held), _has_begun(other), in_force(other))
    return and_(
        _has_begun(held), in_force(held), not_(exists().where(earlier, other.c.id < held.c.id))
    )


def _stand_no_more(held: NamedFromClause) -> ColumnElement[bool]:
    other, going_on = grants_as("other"), grants_as("going_on")
    same = and_(_is_same(other, held), _has_ended(other), other.c.start_at < other.c.until_at)
    return and_(
        _has_ended(held),
        held.c.start_at < held.c.until_at,
        not_(exists().where(_is_same(going_on, held), in_force(going_on))),
        not_(exists().where(same, other.c.id < held.c.id)),
    )


def _is_same(other: FromClause, held: FromClause) -> ColumnElement[bool]:
    """The grant is of the same slot and tells of the same assignment."""
    return and_(is_of_same_slot(other, held), other.c.kind != ELIGIBLE)


# Spelled like the conditions of the indexes, which are there for these questions alone.
def _has_begun(held: NamedFromClause) -> ColumnElement[bool]:
    return and_(held.c.start_at > SINCE, held.c.scope_kind != constant(""))


def _has_ended(held: NamedFromClause) -> ColumnElement[bool]:
    return and_(held.c.until_at > SINCE, held.c.until_at <= AT, held.c.scope_kind != constant(""))


@cache
def _member_changes() -> Statement:
    """By group and member: whether they are in it now; who was before and still is is left out."""
    held, member = grants_as("held"), directory_objects.alias("member")
    is_in = func.max(case((in_force(held), literal_column("1")), else_=literal_column("0")))
    return Statement(
        select(held.c.scope, held.c.principal_id, member.c.kind, is_in)
        .join_from(
            held,
            member,
            and_(member.c.tenant_id == TENANT, member.c.id == held.c.principal_id),
            isouter=True,
        )
        .where(
            held.c.tenant_id == TENANT,
            held.c.scope_kind == GROUP,
            makes_member(held),
            is_any_of(held.c.scope, "ids"),
            held.c.until_at > _STANDING,
            held.c.start_at <= AT,
            held.c.start_at < held.c.until_at,
        )
        .group_by(held.c.scope, held.c.principal_id, member.c.kind)
        .having(or_(func.max(held.c.start_at) > SINCE, is_in == literal_column("0")))
        .order_by(held.c.scope, held.c.principal_id)
    )


def _read_id(row: Row) -> str:
    found: str = row[0]
    return found


def _read_row(row: Row) -> GrantRow:
    grant = read_grant(row)
    return GrantRow(grant, grant.slot.principal_id, MemberType.DIRECT)
