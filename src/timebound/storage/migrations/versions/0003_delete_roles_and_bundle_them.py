"""Keep deleted role definitions for a restore, and roles that are assigned together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Adds the column and the table; a custom role has the version that it was given, if any."""
    op.add_column("roles", sa.Column("deleted_at", _INSTANT, nullable=True))
    op.execute("UPDATE roles SET version = '' WHERE NOT is_built_in")
    op.create_table(
        "role_bundles",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("role_id", _TEXT, nullable=False),
        sa.Column("display_name", _TEXT, nullable=True),
        sa.Column("display_name_key", _TEXT, nullable=True),
        sa.Column("description", _TEXT, nullable=True),
        sa.Column("principal_ids", _TEXT, nullable=False),
        sa.Column("part_ids", _TEXT, nullable=False),
        sa.Column("app_ids", _TEXT, nullable=False),
        sa.Column("grant_ids", _TEXT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_role_bundles"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_role_bundles_tenants"),
    )
    op.create_index(
        "ix_role_bundles_listed", "role_bundles", ["tenant_id", "kind", "created_at", "id"]
    )


def downgrade() -> None:
    """Removes the table and the column; what was deleted is gone for good."""
    op.drop_table("role_bundles")
    op.execute("DELETE FROM roles WHERE deleted_at IS NOT NULL")
    op.execute("UPDATE roles SET version = '1' WHERE version = ''")
    op.drop_column("roles", "deleted_at")
