"""Know people by whom others vouch for."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "identity_links",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("issuer", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "issuer", "subject", name="pk_identity_links"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_identity_links_tenants"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name="fk_identity_links_user_id",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_identity_links_tenant_id_user_id_issuer",
        "identity_links",
        ["tenant_id", "user_id", "issuer"],
        unique=True,
    )


def downgrade() -> None:
    """Removes it; whoever signs in elsewhere is met for the first time again."""
    op.drop_table("identity_links")
