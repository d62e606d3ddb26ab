"""Keep what lies at a place of Azure, and in a subscription, in the order in which it is listed."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_AREA = (
    "(CASE WHEN substr(scope, 1, 15) = '/subscriptions/' THEN substr(scope, 1, 51) ELSE scope END)"
)
_AZURE = sa.text("scope_kind = 'azure'")
# PostgreSQL looks for no kind in an index that has one kind by its word.
_AZURE_ALONE = sa.text("scope_kind < 'b'")
_MORE = {
    "grants": ("created_at", "id", "until_at", "kind"),
    "requests": ("kind", "created_at", "id"),
}
_BEFORE = {"grants": ("scope", "id", "until_at"), "requests": ("scope", "id")}


def upgrade() -> None:
    """Makes the indexes of places anew, and adds those of subscriptions."""
    for table, more in _MORE.items():
        op.drop_index(f"ix_{table}_azure", table)
        for name, place in (("azure", "scope"), ("azure_area", sa.text(_AREA))):
            op.create_index(
                f"ix_{table}_{name}",
                table,
                ["tenant_id", "scope_kind", place, *more],
                sqlite_where=_AZURE,
                postgresql_where=_AZURE_ALONE,
            )


def downgrade() -> None:
    """Makes the indexes of places as they were, and removes those of subscriptions."""
    for table, columns in _BEFORE.items():
        op.drop_index(f"ix_{table}_azure_area", table)
        op.drop_index(f"ix_{table}_azure", table)
        op.create_index(
            f"ix_{table}_azure",
            table,
            ["tenant_id", *columns],
            sqlite_where=_AZURE,
            postgresql_where=_AZURE,
        )
