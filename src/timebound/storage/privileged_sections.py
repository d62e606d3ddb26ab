"""Whether an object could yield a role: what it holds, whose approval it is, where it could be in.

Whoever could come to be in a group is judged as the group is, now or ahead, eligible or not.
"""

from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)

from timebound.domain.directory import ObjectKind
from timebound.domain.requests import Status
from timebound.domain.roles import MEMBER, OWNER
from timebound.storage.columns import InstantColumn
from timebound.storage.fragments import (
    DIRECTORY,
    GROUP,
    TENANT,
    constant,
    grants_as,
    is_group_of,
    not_over,
    parameter,
)
from timebound.storage.policy_tables import policy_approvers
from timebound.storage.tables import directory_objects, request_approvers, requests

TARGET: Final = parameter("written")
_BEING_IN: Final = constant("being in")
_AGREEING: Final = constant("agreeing")


def circle() -> CTE:
    """The object, the accounts it signs in as, and every group that one of them could be in."""
    account_of = _accounts().subquery("accounts")
    inside = grants_as("could_be_in")
    group = directory_objects.alias("could_be_group")
    found = select(TARGET.label("id")).cte("circle", recursive=True)
    groups = (
        select(inside.c.scope)
        .join_from(found, inside, inside.c.principal_id == found.c.id)
        .join(group, is_group_of(group, inside, is_role_assignable=False))
        .where(
            inside.c.tenant_id == TENANT,
            inside.c.scope_kind == GROUP,
            inside.c.role_id == constant(MEMBER),
            not_over(inside),
        )
    )
    return found.union(select(account_of.c.id), groups)


def agreed_circle(around: CTE) -> CTE:
    """The circle, and every group that somebody of it has a say about who is in, step by step.

    Whoever agrees to being in a group lets in who then agrees where the group is asked, or comes in
    where it could be in.
    """
    found = select(around.c.id).cte("agreed", recursive=True)
    inside, group = grants_as("agreed_could_be_in"), directory_objects.alias("agreed_group")
    # One step of either way at a time: PostgreSQL takes a single recursive part.
    ways = select(_BEING_IN.label("way")).union_all(select(_AGREEING)).subquery("ways")
    could_be_in = and_(
        ways.c.way == _BEING_IN,
        inside.c.principal_id == found.c.id,
        inside.c.tenant_id == TENANT,
        inside.c.scope_kind == GROUP,
        inside.c.role_id == constant(MEMBER),
        not_over(inside),
    )
    agrees_to = and_(
        ways.c.way == _AGREEING,
        policy_approvers.c.approver_id == found.c.id,
        policy_approvers.c.tenant_id == TENANT,
        policy_approvers.c.scope_kind == GROUP,
    )
    next_id = func.coalesce(inside.c.scope, policy_approvers.c.scope)
    steps = (
        select(group.c.id)
        .select_from(found)
        .join(ways, true())
        .outerjoin(inside, could_be_in)
        .outerjoin(policy_approvers, agrees_to)
        .join(group, and_(group.c.tenant_id == TENANT, group.c.id == next_id))
        .where(group.c.deleted_at.is_(None))
    )
    return found.union(steps)


def privileged(around: CTE) -> Select[Any]:
    """One row if a role is held, now or ahead, or a group that is assignable to roles is near.

    Whoever could be in such a group, or owns one, counts though the group has no role.
    """
    held, owning = grants_as("held_by_it"), grants_as("owned_by_it")
    near, owned = directory_objects.alias("near_group"), directory_objects.alias("owned_group")
    ids = select(around.c.id)
    has_role = exists(
        select(held.c.id).where(
            held.c.tenant_id == TENANT,
            held.c.principal_id.in_(ids),
            held.c.scope_kind == DIRECTORY,
            not_over(held),
        )
    )
    is_near = exists(
        select(near.c.id).where(
            near.c.tenant_id == TENANT, near.c.id.in_(ids), near.c.is_role_assignable
        )
    )
    is_owner = exists(
        select(owning.c.id)
        .join_from(owning, owned, is_group_of(owned, owning, is_role_assignable=True))
        .where(
            owning.c.tenant_id == TENANT,
            owning.c.principal_id.in_(ids),
            owning.c.scope_kind == GROUP,
            owning.c.role_id == constant(OWNER),
            not_over(owning),
        )
    )
    columns: list[ColumnElement[Any]] = [constant("yes").label("is_privileged")]
    return select(*columns).where(or_(has_role, is_near, is_owner))


def awaited(around: CTE) -> Select[Any]:
    """One row if a request waits for the agreement of the object or of a group near it.

    Whom a request asks stays as it was asked, whatever its policy says by now.
    """
    is_waiting = exists(
        select(requests.c.id)
        .join_from(
            request_approvers,
            requests,
            and_(requests.c.tenant_id == TENANT, requests.c.id == request_approvers.c.request_id),
        )
        .where(
            request_approvers.c.tenant_id == TENANT,
            request_approvers.c.approver_id.in_(select(around.c.id)),
            requests.c.status == constant(Status.PENDING_APPROVAL.value),
            requests.c.created_at > bindparam("asked_since", type_=InstantColumn),
        )
    )
    columns: list[ColumnElement[Any]] = [constant("yes").label("is_awaited")]
    return select(*columns).where(is_waiting)


def approving(agreed: CTE) -> Select[Any]:
    """One row if a policy asks for the agreement of the object, or of a group that it leads to.

    The policy of a directory role, or one of a group that is assignable to roles: whoever agrees
    to being in such a group, or to owning it, agrees to what the group holds.
    """
    group = directory_objects.alias("asking_group")
    ids = select(agreed.c.id)
    is_for_roles = exists(
        select(group.c.id).where(
            group.c.tenant_id == TENANT,
            group.c.id == policy_approvers.c.scope,
            group.c.is_role_assignable,
        )
    )
    is_asked = exists(
        select(policy_approvers.c.approver_id).where(
            policy_approvers.c.tenant_id == TENANT,
            policy_approvers.c.approver_id.in_(ids),
            or_(
                policy_approvers.c.scope_kind == DIRECTORY,
                and_(policy_approvers.c.scope_kind == GROUP, is_for_roles),
            ),
        )
    )
    columns: list[ColumnElement[Any]] = [constant("yes").label("is_asked")]
    return select(*columns).where(is_asked)


def leading(around: CTE, agreed: CTE) -> Select[Any]:
    """One row if who the object has a say about could come into a group that roles are given to."""
    group = directory_objects.alias("led_to_group")
    columns: list[ColumnElement[Any]] = [constant("yes").label("leads")]
    return select(*columns).where(
        exists(
            select(group.c.id).where(
                group.c.tenant_id == TENANT,
                group.c.id.in_(select(agreed.c.id)),
                group.c.id.not_in(select(around.c.id)),
                group.c.is_role_assignable,
            )
        )
    )


def _accounts() -> Select[Any]:
    """The service principals that an application signs in as."""
    program, account = directory_objects.alias("program"), directory_objects.alias("account")
    return (
        select(account.c.id)
        .join_from(
            program,
            account,
            and_(account.c.tenant_id == TENANT, account.c.app_id == program.c.app_id),
        )
        .where(
            program.c.tenant_id == TENANT,
            program.c.id == TARGET,
            # Not the kind itself: SQLite would walk all service principals there are.
            account.c.kind.concat(constant("")) == constant(ObjectKind.SERVICE_PRINCIPAL.value),
        )
    )
