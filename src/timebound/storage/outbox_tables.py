"""How far consumers of the log have come, and the events that they never took."""

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, text

from timebound.storage.columns import NumberType
from timebound.storage.table_parts import flag_column, instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

consumers: Final = Table(
    "consumers",
    metadata,
    text_column("tenant_id"),
    text_column("name"),
    Column("position", NumberType, nullable=False),
    Column("attempts", NumberType, nullable=False),
    # On the system's clock: a pause after a failure, or somebody who feeds it right now.
    instant_column("held_until", is_optional=True),
    text_column("error", is_optional=True),
    flag_column("is_off"),
    PrimaryKeyConstraint("tenant_id", "name"),
    of_tenant(),
    sqlite_with_rowid=False,
)

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    text_column("tenant_id"),
    text_column("consumer"),
    Column("position", NumberType, nullable=False),
    text_column("event_id"),
    Column("attempts", NumberType, nullable=False),
    text_column("error"),
    instant_column("at"),
    flag_column("is_resent"),
    PrimaryKeyConstraint("tenant_id", "consumer", "position"),
    of_tenant(),
    Index("ix_dead_letters_at", "at", "tenant_id", "consumer", "position"),
    Index(
        "ix_dead_letters_resent",
        "consumer",
        "tenant_id",
        "position",
        sqlite_where=text("is_resent"),
        postgresql_where=text("is_resent"),
    ),
    sqlite_with_rowid=False,
)
