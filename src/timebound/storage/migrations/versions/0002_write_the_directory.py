"""Tell when objects changed, who owns them, and how long secrets last."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")

_IS_SCOPED = sa.text("scope_kind = 'directory' AND scope <> '/'")
_INSTANTS = ("start_at", "end_at")


def upgrade() -> None:
    """Adds the columns and the table; what is there was last changed when it was made."""
    op.add_column("directory_objects", sa.Column("changed_at", _INSTANT, nullable=True))
    op.execute("UPDATE directory_objects SET changed_at = created_at")
    op.create_index(
        "ix_directory_objects_changed",
        "directory_objects",
        ["tenant_id", "kind", "changed_at", "id"],
    )
    op.create_index(
        "ix_grants_scoped",
        "grants",
        ["tenant_id", "scope", "until_at"],
        sqlite_where=_IS_SCOPED,
        postgresql_where=_IS_SCOPED,
    )
    op.add_column("secrets", sa.Column("key_id", _TEXT, nullable=True))
    for name in _INSTANTS:
        op.add_column("secrets", sa.Column(name, _INSTANT, nullable=True))
    _create_object_owners()


def downgrade() -> None:
    """Removes the table and the columns."""
    op.drop_table("object_owners")
    for name in (*_INSTANTS, "key_id"):
        op.drop_column("secrets", name)
    op.drop_index("ix_grants_scoped", "grants")
    op.drop_index("ix_directory_objects_changed", "directory_objects")
    op.drop_column("directory_objects", "changed_at")


def _create_object_owners() -> None:
    references = [
        sa.ForeignKeyConstraint(
            ["tenant_id", column],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name=f"fk_object_owners_{column}",
        )
        for column in ("object_id", "owner_id")
    ]
    op.create_table(
        "object_owners",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("object_id", _TEXT, nullable=False),
        sa.Column("owner_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "object_id", "owner_id", name="pk_object_owners"),
        *references,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_object_owners_tenant_id_owner_id", "object_owners", ["tenant_id", "owner_id"]
    )
