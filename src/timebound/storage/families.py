"""What one sign-in gave one application, and what came of that: kept, found and revoked."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import CTE, Table, and_, delete, exists, func, select, update

from timebound.application.sign_in_ports import Family, Once, SignedIn
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.storage.columns import read_instant
from timebound.storage.compiling import Statement
from timebound.storage.fragments import AT, TENANT, parameter
from timebound.storage.keeping import Keeping
from timebound.storage.rows import Row
from timebound.storage.sign_in_ends import YES
from timebound.storage.sign_in_tables import single_uses, token_families
from timebound.storage.statements import Values, insert_into

_KEY: Final = parameter("of_key")
_KNOWN_FOR: Final = timedelta(days=1)
"""How long a family is known beyond its end: longer than the last access tokens of it live, which
are good again once nobody knows that it was revoked."""


class Families(Keeping):
    """Codes and refresh tokens, by the sign-in and the application that they are of."""

    async def add_family(self, family: Family, first: Once | None) -> None:
        """Keeps a family and its first secret; what is over is forgotten, families a day later."""
        row = {
            "tenant_id": family.tenant_id,
            "id": family.id,
            "application_id": family.application_id,
            **write_who(family.who),
            "ends_at": family.ends_at,
            "is_revoked": family.is_revoked,
            "parent_id": family.parent_id,
        }
        more = [] if first is None else [adding(family.tenant_id, first)]
        old = {"tenant": family.tenant_id, "at": family.who.at}
        await self.tell(
            [
                (forget(token_families), {**old, "at": family.who.at - _KNOWN_FOR}),
                (forget(single_uses), old),
                (insert_into(token_families), row),
                *more,
            ]
        )

    async def find_family(self, tenant_id: TenantId, family_id: str) -> Family | None:
        """The family, revoked or not; one is revoked as well where one that it came of is."""
        rows = await self.ask(_family(), {"tenant": tenant_id, "of_key": family_id})
        return _read_family(rows[0]) if rows else None

    async def revoke_family(self, tenant_id: TenantId, family_id: str) -> None:
        """Makes every secret of a family useless, and of all that came of it."""
        values = {"tenant": tenant_id, "of_key": family_id}
        await self.tell([(_revoke(), values)])
        # Once that is to be seen, so that nothing is missed that comes of it at this moment: who
        # adds a family looks at those above it afterwards.
        await self.tell([(_revoke_below(), values)])


def write_who(who: SignedIn) -> dict[str, object]:
    """The columns of a sign-in."""
    return {
        "user_id": who.user_id,
        "signed_in_at": who.at,
        "methods": " ".join(who.methods),
        "proof": who.proof,
        "session_id": who.session_id,
    }


def read_who(row: Row, first: int, signed_in_at: str | datetime, session_id: str) -> SignedIn:
    """The sign-in whose columns `user_id methods proof` begin at `first`."""
    at = read_instant(signed_in_at)
    return SignedIn(
        PrincipalId(row[first]), at, tuple(row[first + 1].split()), row[first + 2], session_id
    )


def adding(tenant_id: TenantId, once: Once) -> tuple[Statement, Values]:
    """How a secret that works once is kept."""
    row: Values = {
        "tenant_id": tenant_id,
        "key": once.key,
        "kind": once.kind.value,
        "family_id": once.family_id,
        "details": once.details,
        "ends_at": once.ends_at,
        "used_at": None,
    }
    return insert_into(single_uses), row


@cache
def forget(table: Table) -> Statement:
    """Removes what is over."""
    return Statement(delete(table).where(table.c.tenant_id == TENANT, table.c.ends_at <= AT))


def _read_family(row: Row) -> Family:
    return Family(
        tenant_id=TenantId(row[0]),
        id=row[1],
        application_id=ApplicationId(row[2]),
        who=read_who(row, 3, row[7], row[6]),
        ends_at=read_instant(row[9]),
        is_revoked=bool(row[11]),
        parent_id=row[10],
        generation=row[12] - 1,
    )


@cache
def _family() -> Statement:
    own, above = token_families.c, _list_above()
    is_over = exists(select(above.c.id).where(above.c.is_revoked))
    number = select(func.count(above.c.id)).scalar_subquery()
    is_it = (own.tenant_id == TENANT, own.id == _KEY)
    return Statement(select(*own, is_over.label("is_over"), number.label("number")).where(*is_it))


def _list_above() -> CTE:
    """A family and those that it came of."""
    own, further = token_families.c, token_families.alias("further")
    columns = (own.id, own.parent_id, own.is_revoked)
    above = (
        select(*columns).where(own.tenant_id == TENANT, own.id == _KEY).cte("above", recursive=True)
    )
    is_parent = and_(further.c.tenant_id == TENANT, further.c.id == above.c.parent_id)
    parents = (further.c.id, further.c.parent_id, further.c.is_revoked)
    return above.union(select(*parents).join_from(above, further, is_parent))


@cache
def _revoke() -> Statement:
    own = token_families.c
    is_it = and_(own.tenant_id == TENANT, own.id == _KEY)
    return Statement(update(token_families).where(is_it).values(is_revoked=YES))


@cache
def _revoke_below() -> Statement:
    own, further = token_families.c, token_families.alias("further")
    first = select(own.id).where(own.tenant_id == TENANT, own.parent_id == _KEY)
    below = first.cte("below", recursive=True)
    is_child = and_(further.c.tenant_id == TENANT, further.c.parent_id == below.c.id)
    below = below.union(select(further.c.id).join_from(below, further, is_child))
    is_it = and_(own.tenant_id == TENANT, own.id.in_(select(below.c.id)))
    return Statement(update(token_families).where(is_it).values(is_revoked=YES))
