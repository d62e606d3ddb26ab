"""Keep what people prove themselves with besides a password."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "factors",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "id", name="pk_factors"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_factors_tenants"),
    )
    op.create_index(
        "ix_factors_tenant_id_user_id_created_at", "factors", ["tenant_id", "user_id", "created_at"]
    )


def downgrade() -> None:
    """Removes the table; people set their factors up anew."""
    op.drop_table("factors")
