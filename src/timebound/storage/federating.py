"""Which person a subject of another issuer is."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table, and_, select, union_all

from timebound.application.changes import PutIdentityLink, RemoveIdentityLink
from timebound.application.factor_ports import FactorKind
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.strangers import Stranger
from timebound.storage.asking import Asking
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.directory_tables import secrets
from timebound.storage.fragments import TENANT, columns_of, constant, parameter
from timebound.storage.sign_in_tables import factors
from timebound.storage.statements import Values, delete_from, insert_into
from timebound.storage.table_parts import of_object, of_tenant, text_column
from timebound.storage.tables import directory_objects, metadata

_PASSKEY: Final = constant(FactorKind.PASSKEY.value)

identity_links: Final = Table(
    "identity_links",
    metadata,
    text_column("tenant_id"),
    text_column("issuer"),
    text_column("subject"),
    text_column("user_id"),
    PrimaryKeyConstraint("tenant_id", "issuer", "subject"),
    of_tenant(),
    of_object("identity_links", "user_id"),
    Index(None, "tenant_id", "user_id", "issuer", unique=True),
    sqlite_with_rowid=False,
)


class Federating(Asking):
    """The questions about people whom others vouch for."""

    async def find_linked(
        self, tenant_id: TenantId, issuer: str, subject: str
    ) -> DirectoryObject | None:
        """The person that a subject is, disabled or deleted ones too; none if it is unknown."""
        values = {"tenant": tenant_id, "of_issuer": issuer, "of_subject": subject}
        rows = await self.ask(_linked(), values)
        return read_object(rows[0]) if rows else None

    async def find_subject(
        self, tenant_id: TenantId, issuer: str, user_id: PrincipalId
    ) -> str | None:
        """The subject of an issuer that a person is; none if they are no one there."""
        values = {"tenant": tenant_id, "of_issuer": issuer, "of_user": user_id}
        rows = await self.ask(_subject(), values)
        return str(rows[0][0]) if rows else None

    async def list_links(self, tenant_id: TenantId, user_id: PrincipalId) -> tuple[Stranger, ...]:
        """Who a person is elsewhere."""
        rows = await self.ask(_links(), {"tenant": tenant_id, "of_user": user_id})
        return tuple(Stranger(row[0], row[1]) for row in rows)

    async def can_sign_in(self, tenant_id: TenantId, user_id: PrincipalId) -> bool:
        """Whether somebody has a password or a passkey, or an issuer vouches for them."""
        return bool(await self.ask(_able(), {"tenant": tenant_id, "of_user": user_id}))


def put_identity_link(
    tenant_id: TenantId, write: PutIdentityLink
) -> Iterator[tuple[Statement, Values]]:
    """A link; there is none of the subject, and none of the person at the issuer."""
    row: Values = {
        "tenant_id": tenant_id,
        "issuer": write.issuer,
        "subject": write.subject,
        "user_id": write.user_id,
    }
    yield insert_into(identity_links), row


def remove_identity_link(
    tenant_id: TenantId, write: RemoveIdentityLink
) -> Iterator[tuple[Statement, Values]]:
    """The end of a link."""
    yield (
        delete_from(identity_links, "tenant_id", "issuer", "user_id"),
        {
            "of_tenant_id": tenant_id,
            "of_issuer": write.issuer,
            "of_user_id": write.user_id,
        },
    )


@cache
def _linked() -> Statement:
    own, people = identity_links, directory_objects
    is_theirs = and_(people.c.tenant_id == own.c.tenant_id, people.c.id == own.c.user_id)
    return Statement(
        select(*columns_of(people, OBJECT_COLUMNS))
        .join_from(own, people, is_theirs)
        .where(
            own.c.tenant_id == TENANT,
            own.c.issuer == parameter("of_issuer"),
            own.c.subject == parameter("of_subject"),
        )
    )


@cache
def _subject() -> Statement:
    own = identity_links.c
    return Statement(
        select(own.subject).where(
            own.tenant_id == TENANT,
            own.user_id == parameter("of_user"),
            own.issuer == parameter("of_issuer"),
        )
    )


@cache
def _links() -> Statement:
    own = identity_links.c
    return Statement(
        select(own.issuer, own.subject)
        .where(own.tenant_id == TENANT, own.user_id == parameter("of_user"))
        .order_by(own.issuer)
    )


@cache
def _able() -> Statement:
    user = parameter("of_user")
    vouched, known, own = identity_links.c, secrets.c, factors.c
    is_theirs = (own.tenant_id == TENANT, own.user_id == user, own.kind == _PASSKEY)
    return Statement(
        union_all(
            select(vouched.user_id).where(vouched.tenant_id == TENANT, vouched.user_id == user),
            select(known.owner_id).where(known.tenant_id == TENANT, known.owner_id == user),
            # By itself it signs in, which no other factor does.
            select(own.user_id).where(*is_theirs),
        )
    )
