"""Keep what people want to find again in Azure, and namespaces of attributes."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Adds the two tables."""
    names = ("tenant_id", "principal_id", "path_key", "path")
    op.create_table(
        "favorites",
        *(sa.Column(name, _TEXT, nullable=False) for name in names),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "principal_id", "path_key", name="pk_favorites"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_favorites_tenants"),
    )
    op.create_table(
        "attribute_namespaces",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("tenant_id", "name_key", "document")),
        sa.PrimaryKeyConstraint("tenant_id", "name_key", name="pk_attribute_namespaces"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_attribute_namespaces_tenants"
        ),
    )


def downgrade() -> None:
    """Removes them."""
    op.drop_table("attribute_namespaces")
    op.drop_table("favorites")
