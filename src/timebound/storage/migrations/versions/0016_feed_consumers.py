"""Keep how far consumers of the log have come, and the events that they never took."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_TENANT = ["tenants.id"]
_RESENT = sa.text("is_resent")


def upgrade() -> None:
    """Adds the tables; consumers begin when they are first fed."""
    op.create_table(
        "consumers",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("held_until", _INSTANT, nullable=True),
        sa.Column("error", _TEXT, nullable=True),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name="pk_consumers"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_consumers_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letters",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("consumer", _TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_id", _TEXT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", _TEXT, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("is_resent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "consumer", "position", name="pk_dead_letters"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_dead_letters_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_dead_letters_at", "dead_letters", ["at", "tenant_id", "consumer", "position"]
    )
    op.create_index(
        "ix_dead_letters_resent",
        "dead_letters",
        ["consumer", "tenant_id", "position"],
        sqlite_where=_RESENT,
        postgresql_where=_RESENT,
    )


def downgrade() -> None:
    """Removes them; what was handed over is handed over again from the first event on."""
    for table in ("dead_letters", "consumers"):
        op.drop_table(table)
