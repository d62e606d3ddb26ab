"""Let signing keys begin later than they are made; know client assertions that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Adds the columns and the table."""
    op.add_column("signing_keys", sa.Column("algorithm", _TEXT, nullable=True))
    op.add_column("signing_keys", sa.Column("begins_at", _INSTANT, nullable=True))
    op.create_table(
        "used_assertions",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_used_assertions"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_used_assertions_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_used_assertions_tenant_id_ends_at", "used_assertions", ["tenant_id", "ends_at"]
    )


def downgrade() -> None:
    """Removes them, and the keys of another algorithm than RS256, which were not known before."""
    op.execute("DELETE FROM signing_keys WHERE algorithm <> 'RS256'")
    op.drop_table("used_assertions")
    op.drop_column("signing_keys", "begins_at")
    op.drop_column("signing_keys", "algorithm")
