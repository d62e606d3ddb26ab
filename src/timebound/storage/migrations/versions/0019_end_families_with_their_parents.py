"""Know what a family of tokens came of, and end none later than its sign-in lasts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INDEX, _TABLE = "ix_token_families_tenant_id_parent_id", "token_families"


def upgrade() -> None:
    """Adds the column, and takes from every family what it has beyond 90 days from its sign-in.

    What of it an API was given on somebody's behalf was not kept: it has no parent, and ends with
    the sign-in, as its parent does.
    """
    op.add_column(_TABLE, sa.Column("parent_id", _TEXT, nullable=True))
    op.create_index(_INDEX, _TABLE, ["tenant_id", "parent_id"])
    if op.get_bind().dialect.name == "postgresql":
        # Hours, because a day is shorter or longer where the session's clocks are put forward.
        end = "signed_in_at + interval '2160 hours'"
    else:
        end = "date(signed_in_at, '+90 days') || substr(signed_in_at, 11)"
    op.execute(f"UPDATE {_TABLE} SET ends_at = {end} WHERE ends_at > {end}")  # noqa: S608 - constants


def downgrade() -> None:
    """Removes the column; the ends stay."""
    op.drop_index(_INDEX, _TABLE)
    op.drop_column(_TABLE, "parent_id")
