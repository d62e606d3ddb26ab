"""Writes of factors."""

from collections.abc import Iterator

from timebound.application.changes import PutFactor, RemoveFactor
from timebound.domain.ids import TenantId
from timebound.storage.compiling import Statement
from timebound.storage.sign_in_tables import factors
from timebound.storage.statements import Values, delete_from, put_into


def put_factor(tenant_id: TenantId, write: PutFactor) -> Iterator[tuple[Statement, Values]]:
    """A factor that is new."""
    factor = write.factor
    row: Values = {
        "tenant_id": tenant_id,
        "user_id": factor.user_id,
        "id": factor.id,
        "kind": factor.kind.value,
        "sealed": factor.sealed,
        "created_at": factor.created_at,
        "used": factor.used,
    }
    yield put_into(factors), row


def remove_factor(tenant_id: TenantId, write: RemoveFactor) -> Iterator[tuple[Statement, Values]]:
    """The end of a factor."""
    yield (
        delete_from(factors, "tenant_id", "user_id", "id"),
        {"of_tenant_id": tenant_id, "of_user_id": write.user_id, "of_id": write.factor_id},
    )
