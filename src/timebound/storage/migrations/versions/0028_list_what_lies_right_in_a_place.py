"""Keep what lies right in a place of Azure in the order in which it is listed."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BEFORE, _NOW = "ix_scopes_tenant_id_kind_parent", "ix_scopes_inside"
_PARENT = ["tenant_id", "kind", "parent"]


def upgrade() -> None:
    """Adds the path in lower case to the index by what a place lies in."""
    op.create_index(_NOW, "scopes", [*_PARENT, "path_key"])
    op.drop_index(_BEFORE, "scopes")


def downgrade() -> None:
    """Takes it away again."""
    op.create_index(_BEFORE, "scopes", _PARENT)
    op.drop_index(_NOW, "scopes")
