"""Find unsealed events in the order in which they took effect where they were told together."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAME = "ix_events_unsealed"


def upgrade() -> None:
    """Puts the index with the instant of effect into the place of the one without."""
    _replace(["tenant_id", "recorded_at", "effective_at", "id"])


def downgrade() -> None:
    """Puts the one without it back."""
    _replace(["tenant_id", "recorded_at", "id"])


def _replace(columns: list[str]) -> None:
    is_unsealed = sa.text("position IS NULL")
    op.drop_index(_NAME, "events")
    op.create_index(
        _NAME, "events", columns, sqlite_where=is_unsealed, postgresql_where=is_unsealed
    )
