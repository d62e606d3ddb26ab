"""Keep the audit records that are made of the events, and how far they have been followed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_TENANT = ["tenants.id"]
_OPTIONAL = frozenset(
    {
        "reason",
        "user_id",
        "user_name_key",
        "user_principal_name_key",
        "app_id",
        "app_name_key",
        "target_id",
        "name_key",
    }
)
_INDEXES = (
    ("listed", None),
    ("activity", "activity_key"),
    ("category", "category"),
    ("service", "service"),
    ("user", "user_id"),
    ("user_name", "user_principal_name_key"),
    ("app", "app_id"),
    ("correlation", "correlation_id"),
)


def upgrade() -> None:
    """Adds the tables; the records of what is sealed already are made when they are asked for."""
    _create_records()
    op.create_table(
        "audit_targets",
        *_texts("tenant_id", "record_id"),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *_texts("target_id", "name_key"),
        sa.PrimaryKeyConstraint("tenant_id", "record_id", "place", name="pk_audit_targets"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_audit_targets_tenants"),
        sqlite_with_rowid=False,
    )
    for name, column in (("id", "target_id"), ("name", "name_key")):
        columns = ["tenant_id", column, "record_id"]
        op.create_index(f"ix_audit_targets_{name}", "audit_targets", columns)
    op.create_table(
        "audit_progress",
        *_texts("tenant_id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_audit_progress"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_audit_progress_tenants"),
        sqlite_with_rowid=False,
    )


def _create_records() -> None:
    op.create_table(
        "audit_records",
        *_texts("tenant_id", "id", "event_id"),
        sa.Column("at", _INSTANT, nullable=False),
        *_texts("activity", "activity_key", "category", "service", "operation", "result"),
        *_texts("reason", "correlation_id"),
        *_texts("user_id", "user_name_key", "user_principal_name_key", "app_id", "app_name_key"),
        *_texts("initiator", "targets", "details"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit_records"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_audit_records_tenants"),
    )
    for name, column in _INDEXES:
        columns = ["tenant_id", *([] if column is None else [column]), "at", "id"]
        op.create_index(f"ix_audit_records_{name}", "audit_records", columns)


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, _TEXT, nullable=name in _OPTIONAL) for name in names]


def downgrade() -> None:
    """Removes them; the events they are made of stay."""
    for table in ("audit_progress", "audit_targets", "audit_records"):
        op.drop_table(table)
