"""Know from when on the sessions and tokens of a person count."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Adds the column; nobody's sessions were ended yet."""
    op.add_column("directory_objects", sa.Column("sessions_valid_from", _INSTANT, nullable=True))


def downgrade() -> None:
    """Removes it."""
    op.drop_column("directory_objects", "sessions_valid_from")
