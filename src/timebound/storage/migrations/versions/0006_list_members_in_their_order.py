"""List the members of a group in their order, and what is deleted without the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OF_GROUPS = sa.text("scope_kind = 'group'")
_DELETED = sa.text("deleted_at IS NOT NULL")
_MEMBERS = ["tenant_id", "scope_kind", "role_id", "scope", "principal_id"]
_REST = ["until_at", "start_at", "kind", "id"]


def upgrade() -> None:
    """Adds the indexes."""
    op.create_index(
        "ix_grants_members",
        "grants",
        [*_MEMBERS, *_REST],
        sqlite_where=_OF_GROUPS,
        postgresql_where=_OF_GROUPS,
    )
    op.create_index(
        "ix_directory_objects_deleted",
        "directory_objects",
        ["tenant_id", "kind", "id"],
        sqlite_where=_DELETED,
        postgresql_where=_DELETED,
    )


def downgrade() -> None:
    """Removes the indexes."""
    op.drop_index("ix_directory_objects_deleted", "directory_objects")
    op.drop_index("ix_grants_members", "grants")
