"""The words of names and descriptions, by which a search finds objects of the directory."""

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table

from timebound.storage.columns import TextType
from timebound.storage.tables import metadata

object_words: Final = Table(
    "object_words",
    metadata,
    *(
        Column(name, TextType, nullable=False)
        for name in ("tenant_id", "object_id", "field", "word")
    ),
    PrimaryKeyConstraint("tenant_id", "object_id", "field", "word"),
    ForeignKeyConstraint(
        ["tenant_id", "object_id"],
        ["directory_objects.tenant_id", "directory_objects.id"],
        name="fk_object_words_object_id",
    ),
    Index("ix_object_words_found", "tenant_id", "field", "word", "object_id"),
    sqlite_with_rowid=False,
)
