"""Keep custom extensions, and the requests that wait for one."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Adds the tables, and what a request says of it; no request waits for one yet."""
    op.add_column("requests", sa.Column("evaluation", _TEXT, nullable=True))
    op.create_table(
        "custom_extensions",
        *_texts("tenant_id", "id", "document"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_custom_extensions"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_custom_extensions_tenants"),
    )
    op.create_table(
        "evaluations",
        *_texts("tenant_id", "request_id"),
        sa.Column("held_until", _INSTANT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "request_id", name="pk_evaluations"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_evaluations_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_evaluations_held", "evaluations", ["held_until"])


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, _TEXT, nullable=False) for name in names]


def downgrade() -> None:
    """Removes them."""
    op.drop_table("evaluations")
    op.drop_table("custom_extensions")
    op.drop_column("requests", "evaluation")
