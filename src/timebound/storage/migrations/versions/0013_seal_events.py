"""Give events their places in a log, and keep what stands above them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_TENANT = ["tenants.id"]


def upgrade() -> None:
    """Adds places and tables; whatever there is already gets its place when it is sealed."""
    op.add_column("events", sa.Column("position", sa.BigInteger(), nullable=True))
    _create_indexes()
    _create_nodes()
    _create_heads()
    op.create_table(
        "log_keys",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_log_keys"),
    )


def _create_indexes() -> None:
    parts = (
        ("ix_events_position", ["tenant_id", "position"], True, "position IS NOT NULL"),
        ("ix_events_unsealed", ["tenant_id", "recorded_at", "id"], False, "position IS NULL"),
    )
    for name, columns, is_unique, part in parts:
        op.create_index(
            name,
            "events",
            columns,
            unique=is_unique,
            sqlite_where=sa.text(part),
            postgresql_where=sa.text(part),
        )


def _create_nodes() -> None:
    op.create_table(
        "log_nodes",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "level", "position", name="pk_log_nodes"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_log_nodes_tenants"),
        sqlite_with_rowid=False,
    )


def _create_heads() -> None:
    op.create_table(
        "tree_heads",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "size", name="pk_tree_heads"),
        sa.ForeignKeyConstraint(["tenant_id"], _TENANT, name="fk_tree_heads_tenants"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "previous"],
            ["tree_heads.tenant_id", "tree_heads.size"],
            name="fk_tree_heads_previous",
        ),
    )
    op.create_index("ix_tree_heads_previous", "tree_heads", ["tenant_id", "previous"], unique=True)
    op.create_index(
        "ix_tree_heads_first",
        "tree_heads",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("previous IS NULL"),
        postgresql_where=sa.text("previous IS NULL"),
    )


def downgrade() -> None:
    """Removes them; tree heads held elsewhere can be held against nothing any more."""
    for table in ("log_keys", "tree_heads", "log_nodes"):
        op.drop_table(table)
    for index in ("ix_events_unsealed", "ix_events_position"):
        op.drop_index(index, "events")
    op.drop_column("events", "position")
