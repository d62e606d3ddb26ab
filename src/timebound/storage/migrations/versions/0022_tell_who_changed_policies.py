"""Tell who changed a policy and when, and keep runs over many policies."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_MODIFIED = (("modified_at", _INSTANT), ("modified_by_id", _TEXT), ("modified_by_name", _TEXT))


def upgrade() -> None:
    """Adds the columns and the tables; who changed a policy before is in the log alone."""
    for name, kind in _MODIFIED:
        op.add_column("policies", sa.Column(name, kind, nullable=True))
    op.create_table(
        "policy_runs",
        *_texts("tenant_id", "id", "rules"),
        sa.Column("created_at", _INSTANT, nullable=False),
        *_texts("created_by"),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_policy_runs"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_policy_runs_tenants"),
    )
    op.create_table(
        "policy_run_items",
        *_texts("tenant_id", "run_id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *_texts("scope_kind", "scope", "role_id", "state"),
        sa.Column("problem", _TEXT, nullable=True),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "position", name="pk_policy_run_items"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_policy_run_items_tenants"),
        sqlite_with_rowid=False,
    )


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, _TEXT, nullable=False) for name in names]


def downgrade() -> None:
    """Removes them."""
    op.drop_table("policy_run_items")
    op.drop_table("policy_runs")
    for name, _ in reversed(_MODIFIED):
        op.drop_column("policies", name)
