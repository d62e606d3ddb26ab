"""The lists of requests: everybody's, about somebody, made by somebody, or for them to decide."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    true,
    union,
)

from timebound.application.queries import Order
from timebound.application.views import Relation, View
from timebound.domain.requests import LAPSING, RequestKind, Status
from timebound.domain.scopes import ScopeKind
from timebound.storage.areas import Around, narrow_to
from timebound.storage.columns import BooleanType, InstantColumn
from timebound.storage.conditions import Field
from timebound.storage.fragments import (
    AT,
    DIRECTORY,
    ELIGIBLE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
    parameter,
    reached_groups,
)
from timebound.storage.grant_lists import PERSON, groups_of_person, is_of_ordinary_group
from timebound.storage.paging import Listed
from timebound.storage.rows import REQUEST_COLUMNS
from timebound.storage.tables import request_approvers, requests

_ORDER: Final = (Order("created_at"), Order("id"))
_LAPSING: Final = [constant(word) for word in sorted(status.value for status in LAPSING)]


def list_requests(
    view: View,
    relation: Relation,
    kind: ScopeKind,
    *,
    is_purged: bool = False,
    stored: tuple[Status, ...] = (),
    is_of_group: bool = False,
) -> Listed:
    """The requests of a view in a relation to the person; all, or what a purge has left.

    With `stored` only those that are kept with such a status, and with `is_of_group` those about
    one group, found by it.
    """
    is_eligibility = view is View.ELIGIBILITY_REQUESTS
    asked = RequestKind.ELIGIBILITY if is_eligibility else RequestKind.ASSIGNMENT
    of_scope: ColumnElement[str] = requests.c.scope_kind
    of_kind: ColumnElement[str] = requests.c.kind
    if is_of_group:
        # Found by its group: not the column itself, or all requests would be walked by age.
        of_kind = of_kind.concat(constant(""))
    if relation is Relation.APPROVER:
        # Found by their ids: not the columns themselves, or all requests would be walked by age.
        of_scope, of_kind = (own.concat(constant("")) for own in (of_scope, of_kind))
    rows = select(*columns_of(requests, REQUEST_COLUMNS)).where(
        requests.c.tenant_id == TENANT,
        of_scope == constant(kind.value),
        of_kind == constant(asked.value),
    )
    if is_purged:
        rows = rows.where(_is_kept())
    if stored:
        rows = rows.where(*_is_stored_as(stored))
    if is_of_group:
        rows = rows.where(requests.c.scope == parameter("spelled_scope"))
    if relation is not Relation.ANYBODY:
        rows = rows.where(_concerns(relation))
    return Listed(rows, _fields(), _ORDER)


def list_requests_around(
    around: Around, view: View, relation: Relation, *, is_purged: bool = False
) -> Listed:
    """The same at places of Azure around that in the parameter `scope`."""
    listed = list_requests(view, relation, ScopeKind.AZURE, is_purged=is_purged)
    return narrow_to(listed, requests.c.scope, around, may_be_gone=True)


def _concerns(relation: Relation) -> ColumnElement[bool]:
    """The request has that to do with the person."""
    match relation:
        case Relation.PRINCIPAL:
            return requests.c.principal_id == PERSON
        case Relation.CREATOR:
            return requests.c.author_user_id == PERSON
        case Relation.APPROVER:
            return _is_to_decide()
        case _:
            return true()


def _is_stored_as(stored: tuple[Status, ...]) -> list[ColumnElement[bool]]:
    """The request is kept with one of the statuses, none of which is the one that most have."""
    own = requests.c
    conditions = [own.status != constant(Status.PROVISIONED.value)]
    if len(stored) > 1:
        return [*conditions, own.status.in_([constant(status.value) for status in stored])]
    if stored[0] in LAPSING:
        conditions.append(own.created_at > bindparam("lapsed", type_=InstantColumn))
    return [*conditions, own.status == constant(stored[0].value)]


def _is_kept() -> ColumnElement[bool]:
    """The request has not been purged by the instant, exactly as `Request.is_purged` tells it."""
    own = requests.c
    done = func.coalesce(own.completed_at, own.created_at, type_=InstantColumn)
    is_canceled = own.status == constant(Status.CANCELED.value)
    canceled = and_(is_canceled, done > bindparam("purged_canceled", type_=InstantColumn))
    return or_(
        own.status == constant(Status.PENDING_ADMIN_DECISION.value),
        canceled,
        and_(not_(is_canceled), done > bindparam("purged", type_=InstantColumn)),
    )


def _is_to_decide() -> ColumnElement[bool]:
    """The person is an approver by name, group or role, and the request is not their own.

    What was withdrawn asks nothing of anybody any more; what was decided stays (CAN-003).
    """
    approving = request_approvers
    found = select(approving.c.request_id).where(
        approving.c.tenant_id == TENANT, approving.c.approver_id.in_(_approver_ids())
    )
    return and_(
        requests.c.id.in_(found),
        requests.c.principal_id != PERSON,
        requests.c.author_user_id.is_distinct_from(PERSON),
        requests.c.status != constant(Status.CANCELED.value),
    )


def _approver_ids() -> Select[Any]:
    groups = groups_of_person(ScopeKind.DIRECTORY).subquery("role_groups")
    ids = union(
        select(PERSON.label("id")),
        select(reached_groups(PERSON, "approving").c.scope),
        _roles_of(PERSON, "own_role"),
        _roles_of(groups.c.scope, "group_role"),
    ).subquery("approver_ids")
    return select(ids.c.id)


def _roles_of(holder: ColumnElement[str], name: str) -> Select[Any]:
    held = grants_as(name)
    return select(held.c.role_id).where(
        held.c.tenant_id == TENANT,
        held.c.principal_id == holder,
        held.c.scope_kind == DIRECTORY,
        held.c.scope == constant("/"),
        held.c.kind != ELIGIBLE,
        in_force(held),
    )


def _fields() -> dict[str, Field]:
    own = requests.c
    approval_id = case((own.approval.is_not(None), own.id))
    return {
        "id": Field(own.id, is_folded=True),
        "action": Field(own.action),
        "principal_id": Field(own.principal_id, is_folded=True),
        "role_id": Field(own.role_id, is_folded=True),
        "scope": Field(func.lower(own.scope), is_lowered=True),
        "status": Field(_status()),
        "created_at": Field(own.created_at, InstantColumn),
        "completed_at": Field(own.completed_at, InstantColumn, is_optional=True),
        "author_id": Field(
            func.coalesce(own.author_user_id, own.author_application_id),
            is_folded=True,
            is_optional=True,
        ),
        "grant_id": Field(own.grant_id, is_folded=True, is_optional=True),
        "approval_id": Field(approval_id, is_folded=True, is_optional=True),
        "justification": Field(func.lower(own.justification), is_lowered=True, is_optional=True),
        "start": Field(
            func.coalesce(own.starts_at, own.asked_start), InstantColumn, is_optional=True
        ),
        "is_of_ordinary_group": Field(is_of_ordinary_group(own.scope), BooleanType),
    }


def _status() -> ColumnElement[str]:
    """The status at the instant, exactly as `Request.status_at` tells it."""
    own = requests.c
    has_begun = and_(own.status == constant(Status.GRANTED.value), own.starts_at <= AT)
    has_lapsed = and_(
        own.status.in_(_LAPSING),
        own.created_at <= bindparam("lapsed", type_=InstantColumn),
    )
    return case(
        (has_begun, constant(Status.PROVISIONED.value)),
        (has_lapsed, constant(Status.TIMED_OUT.value)),
        else_=own.status,
    )
