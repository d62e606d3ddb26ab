"""What is kept above the events: complete subtrees, tree heads, and the key that signs them."""

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, text

from timebound.storage.columns import BytesType, NumberType
from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

log_nodes: Final = Table(
    "log_nodes",
    metadata,
    text_column("tenant_id"),
    Column("level", NumberType, nullable=False),
    Column("position", NumberType, nullable=False),
    Column("hash", BytesType, nullable=False),
    PrimaryKeyConstraint("tenant_id", "level", "position"),
    of_tenant(),
    sqlite_with_rowid=False,
)

tree_heads: Final = Table(
    "tree_heads",
    metadata,
    text_column("tenant_id"),
    Column("size", NumberType, nullable=False),
    # The head before it. Each but the first has one, and no two have the same: heads never fork.
    Column("previous", NumberType, nullable=True),
    Column("root", BytesType, nullable=False),
    instant_column("at"),
    Column("peaks", BytesType, nullable=False),
    Column("key_number", NumberType, nullable=False),
    Column("signature", BytesType, nullable=False),
    PrimaryKeyConstraint("tenant_id", "size"),
    of_tenant(),
    ForeignKeyConstraint(
        ["tenant_id", "previous"],
        ["tree_heads.tenant_id", "tree_heads.size"],
        name="fk_tree_heads_previous",
    ),
    Index("ix_tree_heads_previous", "tenant_id", "previous", unique=True),
    Index(
        "ix_tree_heads_first",
        "tenant_id",
        unique=True,
        sqlite_where=text("previous IS NULL"),
        postgresql_where=text("previous IS NULL"),
    ),
)

log_keys: Final = Table(
    "log_keys",
    metadata,
    Column("number", NumberType, nullable=False, autoincrement=False),
    text_column("name"),
    Column("sealed", BytesType, nullable=False),
    instant_column("created_at"),
    PrimaryKeyConstraint("number"),
)
