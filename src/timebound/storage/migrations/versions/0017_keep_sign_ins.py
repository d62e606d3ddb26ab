"""Keep the sign-in log."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_OPTIONAL = frozenset(
    {
        "user_id",
        "user_name_key",
        "user_principal_name_key",
        "app_id",
        "app_name_key",
        "account_id",
        "resource_id",
        "resource_name_key",
    }
)
_INDEXES = (
    ("kind", "kind"),
    ("user", "user_id"),
    ("user_name", "user_principal_name_key"),
    ("app", "app_id"),
    ("correlation", "correlation_id"),
)


def upgrade() -> None:
    """Adds the table; nobody knows who signed in before."""
    op.create_table(
        "sign_ins",
        *_texts("tenant_id", "id"),
        sa.Column("at", _INSTANT, nullable=False),
        *_texts("kind", "event_types"),
        *_texts("user_id", "user_name_key", "user_principal_name_key"),
        *_texts("app_id", "app_name_key", "account_id", "resource_id", "resource_name_key"),
        *_texts("address", "client_key", "requirement", "correlation_id", "fault", "document"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sign_ins"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_sign_ins_tenants"),
    )
    op.create_index("ix_sign_ins_at", "sign_ins", ["tenant_id", "at", "id"])
    for name, column in _INDEXES:
        op.create_index(f"ix_sign_ins_{name}", "sign_ins", ["tenant_id", column, "at", "id"])


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, _TEXT, nullable=name in _OPTIONAL) for name in names]


def downgrade() -> None:
    """Removes it with all that it tells."""
    op.drop_table("sign_ins")
