"""Walk indexes to what is in force, and to the requests that are not simply provisioned."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PARTS = {
    "ix_grants_eligible": "kind = 'eligible'",
    "ix_grants_active": "kind <> 'eligible'",
    "ix_grants_activated": "kind = 'activated'",
}
_LISTED = ["tenant_id", "scope_kind", "created_at", "id"]
_EXCEPTIONAL = sa.text("status <> 'Provisioned'")


def upgrade() -> None:
    """Adds the indexes, and the end to the one by age."""
    for name, part in _PARTS.items():
        op.create_index(
            name,
            "grants",
            ["tenant_id", "scope_kind", "end_at", "id"],
            sqlite_where=sa.text(part),
            postgresql_where=sa.text(part),
        )
    op.drop_index("ix_grants_listed", "grants")
    op.create_index("ix_grants_listed", "grants", [*_LISTED, "until_at"])
    op.create_index(
        "ix_grants_role", "grants", ["tenant_id", "scope_kind", "role_id", "end_at", "id"]
    )
    op.create_index(
        "ix_requests_status",
        "requests",
        ["tenant_id", "scope_kind", "kind", "status", "created_at", "id"],
        sqlite_where=_EXCEPTIONAL,
        postgresql_where=_EXCEPTIONAL,
    )


def downgrade() -> None:
    """Removes them again."""
    op.drop_index("ix_requests_status", "requests")
    for name in (*_PARTS, "ix_grants_role"):
        op.drop_index(name, "grants")
    op.drop_index("ix_grants_listed", "grants")
    op.create_index("ix_grants_listed", "grants", _LISTED)
