"""What people prove themselves with besides a password."""

from functools import cache

from sqlalchemy import BigInteger, bindparam, select, update

from timebound.application.factor_ports import Factor, FactorKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.storage.columns import read_instant
from timebound.storage.compiling import Statement
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.keeping import Keeping
from timebound.storage.rows import Row
from timebound.storage.sign_in_tables import factors


class Factoring(Keeping):
    """Factors, read and used up."""

    async def list_factors(self, tenant_id: TenantId, user_id: PrincipalId) -> tuple[Factor, ...]:
        """All factors of a person, oldest first."""
        rows = await self.ask(_list(), {"tenant": tenant_id, "of_user": user_id})
        return tuple(_read(row) for row in rows)

    async def use_factor(
        self, tenant_id: TenantId, user_id: PrincipalId, factor_id: str, used: int
    ) -> bool:
        """Raises `used`: true for exactly one of however many try with the same number."""
        values = {"tenant": tenant_id, "of_user": user_id, "of_id": factor_id, "new_used": used}
        return bool(await self.tell([(_use(), values)]))


def _read(row: Row) -> Factor:
    return Factor(
        user_id=PrincipalId(row[0]),
        id=row[1],
        kind=FactorKind(row[2]),
        sealed=bytes(row[3]),
        created_at=read_instant(row[4]),
        used=row[5],
    )


@cache
def _list() -> Statement:
    own = factors.c
    columns = (own.user_id, own.id, own.kind, own.sealed, own.created_at, own.used)
    is_theirs = (own.tenant_id == TENANT, own.user_id == parameter("of_user"))
    return Statement(select(*columns).where(*is_theirs).order_by(own.created_at, own.id))


@cache
def _use() -> Statement:
    own, new = factors.c, bindparam("new_used", type_=BigInteger())
    is_it = (
        own.tenant_id == TENANT,
        own.user_id == parameter("of_user"),
        own.id == parameter("of_id"),
        own.used < new,
    )
    return Statement(update(factors).where(*is_it).values(used=new).returning(own.id))
