"""Keep the words of names and descriptions, by which a search finds objects."""

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
    for field, column in _COLUMNS.items():
        op.execute(_write_words(field, column, op.get_context().dialect.name))


def downgrade() -> None:
    """Removes the table."""
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
