"""Keep the tree of Azure, what its roles allow, and what assignments there are made on."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_TREE = sa.table("scopes", sa.column("path"), sa.column("path_key"), sa.column("document"))


def upgrade() -> None:
    """Adds columns, the table of denials and what is looked up by; nodes keep their paths."""
    op.add_column("scopes", sa.Column("path_key", _TEXT, nullable=True))
    op.add_column("scopes", sa.Column("document", _TEXT, nullable=True))
    op.execute(_TREE.update().values(path_key=sa.func.lower(_TREE.c.path)))
    op.create_index(
        "ix_scopes_tenant_id_kind_path_key", "scopes", ["tenant_id", "kind", "path_key"]
    )
    op.add_column("roles", sa.Column("rights", _TEXT, nullable=True))
    op.add_column("grants", sa.Column("terms", _TEXT, nullable=True))
    op.add_column("requests", sa.Column("terms", _TEXT, nullable=True))
    op.add_column("requests", sa.Column("eligibility_id", _TEXT, nullable=True))
    for name, columns in _AZURE_INDEXES.items():
        table = "grants" if "grants" in name else "requests"
        part = sa.text("scope_kind = 'azure'")
        op.create_index(name, table, columns, sqlite_where=part, postgresql_where=part)
    part = sa.text("scope_kind = 'azure' AND kind <> 'eligible'")
    op.create_index(
        "ix_grants_azure_assigned",
        "grants",
        ["tenant_id", sa.text(_AREA), "until_at", "start_at"],
        sqlite_where=part,
        postgresql_where=part,
    )
    op.create_table(
        "deny_assignments",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("tenant_id", "id", "scope")),
        sa.Column("document", _TEXT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_deny_assignments"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_deny_assignments_tenants"),
    )
    op.create_index(
        "ix_deny_assignments_tenant_id_scope", "deny_assignments", ["tenant_id", "scope"]
    )


_AREA = (
    "(CASE WHEN substr(scope, 1, 15) = '/subscriptions/' THEN substr(scope, 1, 51) ELSE scope END)"
)
_AZURE_INDEXES = {
    "ix_grants_azure": ["tenant_id", "scope", "id", "until_at"],
    "ix_requests_azure": ["tenant_id", "scope", "id"],
}


def downgrade() -> None:
    """Removes them."""
    op.drop_table("deny_assignments")
    op.drop_index("ix_grants_azure_assigned", "grants")
    for name in _AZURE_INDEXES:
        op.drop_index(name, "grants" if "grants" in name else "requests")
    op.drop_column("requests", "eligibility_id")
    op.drop_column("requests", "terms")
    op.drop_column("grants", "terms")
    op.drop_column("roles", "rights")
    op.drop_index("ix_scopes_tenant_id_kind_path_key", "scopes")
    op.drop_column("scopes", "document")
    op.drop_column("scopes", "path_key")
