"""What applications are permitted, beside the service principals that stand for them."""

from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, and_, bindparam, select, union

from timebound.application.queries import Order
from timebound.domain.directory import ObjectKind
from timebound.storage.columns import BooleanType
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.conditions import Field
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.directory_tables import permission_grants
from timebound.storage.fragments import TENANT, columns_of, constant, parameter
from timebound.storage.paging import Listed
from timebound.storage.sign_in_tables import user_consents
from timebound.storage.tables import directory_objects

_IS_DELEGATED: Final = bindparam("is_delegated", type_=BooleanType)
_NOBODY: Final = constant("")
"""Stands for whom an application acts, where it acts for everybody."""
_OF_OTHERS: Final = constant("%/%")
"""Permissions of APIs other than Graph begin with the id of theirs."""


def list_permissions() -> Listed:
    """Each permission with the service principal of the application that it is granted to."""
    own, holder = permission_grants, directory_objects
    rows = (
        select(*columns_of(holder, OBJECT_COLUMNS), own.c.permission)
        .join_from(
            own,
            holder,
            (holder.c.tenant_id == TENANT)
            & (holder.c.app_id == own.c.application_id)
            & (holder.c.kind == constant(ObjectKind.SERVICE_PRINCIPAL.value))
            & holder.c.deleted_at.is_(None),
        )
        .where(
            own.c.tenant_id == TENANT,
            own.c.is_delegated == _IS_DELEGATED,
        )
    )
    fields = {
        "holder_id": Field(holder.c.id, is_folded=True),
        "permission": Field(own.c.permission),
    }
    return Listed(rows, fields, (Order("holder_id"), Order("permission")))


@cache
def permissions_of() -> Statement:
    """The permissions of some applications, by application and name."""
    own = permission_grants.c
    return Statement(
        select(own.application_id, own.permission)
        .where(
            own.tenant_id == TENANT,
            own.is_delegated == _IS_DELEGATED,
            is_any_of(own.application_id, "ids"),
        )
        .order_by(own.application_id, own.permission)
    )


def list_delegations() -> Listed:
    """Each application that acts for people with Graph, once for everybody and for each person.

    There are none where the service is not in the tenant: there is nothing to name it by.
    """
    held = _acting().subquery("acting")
    client, resource = directory_objects.alias("client"), directory_objects.alias("resource")
    is_client = and_(_is_account(client), client.c.app_id == held.c.application_id)
    is_resource = and_(_is_account(resource), resource.c.app_id == parameter("resource_app"))
    rows = (
        select(client.c.id, client.c.app_id, resource.c.id.label("resource_id"), held.c.user_id)
        .join_from(held, client, is_client)
        .join(resource, is_resource)
    )
    fields = {
        "client_id": Field(client.c.id, is_folded=True),
        "resource_id": Field(resource.c.id, is_folded=True),
        "user_id": Field(held.c.user_id, is_folded=True),
    }
    return Listed(rows, fields, tuple(Order(name) for name in fields))


def _acting() -> CompoundSelect[Any]:
    for_all, own = permission_grants.c, user_consents.c
    return union(
        select(for_all.application_id, _NOBODY.label("user_id")).where(
            for_all.tenant_id == TENANT, for_all.is_delegated, ~for_all.permission.like(_OF_OTHERS)
        ),
        select(own.application_id, own.user_id).where(
            own.tenant_id == TENANT, ~own.permission.like(_OF_OTHERS)
        ),
    )


def _is_account(found: FromClause) -> ColumnElement[bool]:
    return and_(
        found.c.tenant_id == TENANT,
        found.c.kind == constant(ObjectKind.SERVICE_PRINCIPAL.value),
        found.c.deleted_at.is_(None),
    )


@cache
def consents_of() -> Statement:
    """What some people let some applications have."""
    own = user_consents.c
    return Statement(
        select(own.application_id, own.user_id, own.permission)
        .where(
            own.tenant_id == TENANT,
            is_any_of(own.application_id, "ids"),
            is_any_of(own.user_id, "users"),
        )
        .order_by(own.application_id, own.user_id, own.permission)
    )
