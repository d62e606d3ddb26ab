"""What applications are permitted, beside the service principals that stand for them."""

from functools import cache
from typing import Final

from sqlalchemy import bindparam, select

from timebound.application.queries import Order
from timebound.domain.directory import ObjectKind
from timebound.storage.columns import BooleanType
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.conditions import Field
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.directory_tables import permission_grants
from timebound.storage.fragments import TENANT, columns_of, constant
from timebound.storage.paging import Listed
from timebound.storage.tables import directory_objects

_IS_DELEGATED: Final = bindparam("is_delegated", type_=BooleanType)


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
