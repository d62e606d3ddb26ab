"""Keep the words of names and descriptions, by which a search finds objects."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from alembic import op

from timebound.application.words import list_search_words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_AT_ONCE = 1_000


def upgrade() -> None:
    """Adds the table, and the words of what there is."""
    words = op.create_table(
        "object_words",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("object_id", _TEXT, nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("word", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "object_id", "field", "word", name="pk_object_words"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "object_id"],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name="fk_object_words_object_id",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_object_words_found", "object_words", ["tenant_id", "field", "word", "object_id"]
    )
    rows = list(_list_words(op.get_bind()))
    for start in range(0, len(rows), _AT_ONCE):
        op.bulk_insert(words, rows[start : start + _AT_ONCE])


def downgrade() -> None:
    """Removes the table."""
    op.drop_table("object_words")


def _list_words(bind: sa.Connection) -> Iterator[dict[str, str]]:
    found = bind.execute(
        sa.text("SELECT tenant_id, id, display_name, attributes FROM directory_objects")
    )
    for tenant_id, id_, name, attributes in found:
        description = msgspec.json.decode(attributes).get("description")
        texts = {"displayName": name, "description": description or ""}
        for field, text in texts.items():
            for word in list_search_words(str(text)):
                yield {"tenant_id": tenant_id, "object_id": id_, "field": field, "word": word}
