"""What falls due: one row for each thing until it is done."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, text

from timebound.storage.table_parts import flag_column, instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

_IS_OPEN: Final = text("NOT is_given_up")

due_work: Final = Table(
    "due_work",
    metadata,
    text_column("tenant_id"),
    text_column("subject_id"),
    text_column("kind"),
    instant_column("due_at"),
    # On the system's clock, by which a worker that died is known and a pause is measured.
    instant_column("held_until", is_optional=True),
    Column("attempts", BigInteger, nullable=False),
    text_column("error", is_optional=True),
    flag_column("is_given_up"),
    PrimaryKeyConstraint("tenant_id", "subject_id", "kind"),
    of_tenant(),
    # Of all tenants together: a worker asks what comes next, whoever's it is.
    Index(
        "ix_due_work_open",
        "due_at",
        "tenant_id",
        "subject_id",
        "kind",
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    ),
    Index(
        "ix_due_work_given_up",
        "due_at",
        sqlite_where=text("is_given_up"),
        postgresql_where=text("is_given_up"),
    ),
    sqlite_with_rowid=False,
)
