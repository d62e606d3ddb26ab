"""The tables between a sign-in and its tokens; of secrets they hold fingerprints alone."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from timebound.storage.columns import BytesType
from timebound.storage.table_parts import flag_column, instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

sessions: Final = Table(
    "sessions",
    metadata,
    text_column("tenant_id"),
    text_column("key"),
    text_column("id"),
    text_column("user_id"),
    text_column("methods"),
    text_column("proof"),
    instant_column("signed_in_at"),
    instant_column("idle_at"),
    flag_column("is_remembered"),
    instant_column("ends_at"),
    PrimaryKeyConstraint("tenant_id", "key"),
    of_tenant(),
    Index(None, "tenant_id", "user_id"),
    Index(None, "tenant_id", "ends_at"),
)

token_families: Final = Table(
    "token_families",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("application_id"),
    text_column("user_id"),
    text_column("methods"),
    text_column("proof"),
    text_column("session_id"),
    instant_column("signed_in_at"),
    flag_column("is_revoked"),
    instant_column("ends_at"),
    text_column("parent_id", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
    Index(None, "tenant_id", "user_id"),
    Index(None, "tenant_id", "parent_id"),
    Index(None, "tenant_id", "ends_at"),
)

single_uses: Final = Table(
    "single_uses",
    metadata,
    text_column("tenant_id"),
    text_column("key"),
    text_column("kind"),
    text_column("family_id"),
    text_column("details"),
    instant_column("used_at", is_optional=True),
    instant_column("ends_at"),
    PrimaryKeyConstraint("tenant_id", "key"),
    of_tenant(),
    Index(None, "tenant_id", "ends_at"),
)

device_asks: Final = Table(
    "device_asks",
    metadata,
    text_column("tenant_id"),
    text_column("key"),
    text_column("user_key"),
    text_column("application_id"),
    text_column("details"),
    text_column("state"),
    instant_column("polled_at"),
    text_column("family_id", is_optional=True),
    instant_column("ends_at"),
    PrimaryKeyConstraint("tenant_id", "key"),
    of_tenant(),
    Index(None, "tenant_id", "user_key", unique=True),
    Index(None, "tenant_id", "ends_at"),
)

user_consents: Final = Table(
    "user_consents",
    metadata,
    text_column("tenant_id"),
    text_column("user_id"),
    text_column("application_id"),
    text_column("permission"),
    PrimaryKeyConstraint("tenant_id", "user_id", "application_id", "permission"),
    of_tenant(),
    sqlite_with_rowid=False,
)

factors: Final = Table(
    "factors",
    metadata,
    text_column("tenant_id"),
    text_column("user_id"),
    text_column("id"),
    text_column("kind"),
    Column("sealed", BytesType, nullable=False),
    instant_column("created_at"),
    Column("used", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "user_id", "id"),
    of_tenant(),
    Index(None, "tenant_id", "user_id", "created_at"),
)
