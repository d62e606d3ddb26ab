"""Keep the words that a search finds objects by, and indexes for what has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_COLUMNS = {"displayName": "display_name_key", "description": "description_key"}
_SYMBOLS = '-._,;:()[]{}/@&+#!?*"'


def upgrade() -> None:
    """Adds the table, and the words of what there is."""
    op.create_table(
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
    _create_change_indexes()
    for field, column in _COLUMNS.items():
        op.execute(_write_words(field, column, op.get_context().dialect.name))


def _create_change_indexes() -> None:
    for name, column in (("ix_grants_begun", "start_at"), ("ix_grants_over", "until_at")):
        op.create_index(
            name,
            "grants",
            ["tenant_id", "scope_kind", column],
            sqlite_where=sa.text("scope_kind <> ''"),
            postgresql_where=sa.text("scope_kind <> ''"),
        )
    op.create_index(
        "ix_events_purged",
        "events",
        ["tenant_id", "recorded_at", "id"],
        sqlite_where=sa.text("kind = 'objectPurged'"),
        postgresql_where=sa.text("kind = 'objectPurged'"),
    )


def downgrade() -> None:
    """Removes the table and the indexes."""
    op.drop_index("ix_events_purged", "events")
    op.drop_index("ix_grants_over", "grants")
    op.drop_index("ix_grants_begun", "grants")
    op.drop_table("object_words")


def _write_words(field: str, column: str, dialect: str) -> str:
    """What is between blanks and symbols; capitals are not kept, and cut nothing here."""
    is_postgres = dialect == "postgresql"
    empty = "CAST('' AS TEXT) COLLATE \"C\"" if is_postgres else "''"
    where = "position(' ' in rest)" if is_postgres else "instr(rest, ' ')"
    text = f"{column} || ' '"
    for symbol in _SYMBOLS:
        text = f"replace({text}, '{symbol}', ' ')"
    return f"""
        INSERT INTO object_words (tenant_id, object_id, field, word)
        WITH RECURSIVE cut(tenant_id, id, word, rest) AS (
            SELECT tenant_id, id, {empty}, {text} FROM directory_objects
            WHERE {column} IS NOT NULL
            UNION ALL
            SELECT tenant_id, id, substr(rest, 1, {where} - 1), substr(rest, {where} + 1)
            FROM cut WHERE rest <> ''
        )
        SELECT DISTINCT tenant_id, id, '{field}', word FROM cut WHERE word <> ''
    """  # noqa: S608 - names and symbols of this file alone
