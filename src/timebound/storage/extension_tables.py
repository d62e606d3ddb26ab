"""Custom extensions, and the requests that wait for one."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

custom_extensions: Final = Table(
    "custom_extensions",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("document"),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
)

evaluations: Final = Table(
    "evaluations",
    metadata,
    text_column("tenant_id"),
    text_column("request_id"),
    # On the system's clock, by which a server that died is known and a pause is measured.
    instant_column("held_until", is_optional=True),
    Column("attempts", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "request_id"),
    of_tenant(),
    # Of all tenants together: a server asks what is free, whoever's it is.
    Index("ix_evaluations_held", "held_until"),
    sqlite_with_rowid=False,
)
