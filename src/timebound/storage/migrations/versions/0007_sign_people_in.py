"""Keep sessions, codes, families of refresh tokens, devices that wait, and own consents."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")

_CONSENT = ("tenant_id", "user_id", "application_id", "permission")
_ENDING = ("sessions", "token_families", "single_uses", "device_asks")


def upgrade() -> None:
    """Adds the tables."""
    _create(
        "sessions",
        "key",
        *_texts("id", "user_id", "methods", "proof"),
        *_instants("signed_in_at", "idle_at"),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
    )
    _create(
        "token_families",
        "id",
        *_texts("application_id", "user_id", "methods", "proof", "session_id"),
        *_instants("signed_in_at"),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
    )
    _create(
        "single_uses",
        "key",
        *_texts("kind", "family_id", "details"),
        sa.Column("used_at", _INSTANT, nullable=True),
    )
    _create(
        "device_asks",
        "key",
        *_texts("user_key", "application_id", "details", "state"),
        *_instants("polled_at"),
        sa.Column("family_id", _TEXT, nullable=True),
    )
    op.create_table(
        "user_consents",
        *_texts(*_CONSENT),
        sa.PrimaryKeyConstraint(*_CONSENT, name="pk_user_consents"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_user_consents_tenants"),
        sqlite_with_rowid=False,
    )
    for table in ("sessions", "token_families"):
        op.create_index(f"ix_{table}_tenant_id_user_id", table, ["tenant_id", "user_id"])
    typed = "ix_device_asks_tenant_id_user_key"
    op.create_index(typed, "device_asks", ["tenant_id", "user_key"], unique=True)


def _create(table: str, key: str, *columns: "sa.Column[object]") -> None:
    op.create_table(
        table,
        *_texts("tenant_id", key),
        *columns,
        *_instants("ends_at"),
        sa.PrimaryKeyConstraint("tenant_id", key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=f"fk_{table}_tenants"),
    )
    op.create_index(f"ix_{table}_tenant_id_ends_at", table, ["tenant_id", "ends_at"])


def _texts(*names: str) -> "list[sa.Column[object]]":
    return [sa.Column(name, _TEXT, nullable=False) for name in names]


def _instants(*names: str) -> "list[sa.Column[object]]":
    return [sa.Column(name, _INSTANT, nullable=False) for name in names]


def downgrade() -> None:
    """Removes the tables; everybody signs in anew."""
    for table in (*_ENDING, "user_consents"):
        op.drop_table(table)
