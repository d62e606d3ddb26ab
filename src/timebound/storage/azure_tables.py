"""What is kept about Azure alone."""

from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

deny_assignments: Final = Table(
    "deny_assignments",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("scope"),
    text_column("document"),
    instant_column("created_at"),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
    Index(None, "tenant_id", "scope"),
)

favorites: Final = Table(
    "favorites",
    metadata,
    text_column("tenant_id"),
    text_column("principal_id"),
    text_column("path_key"),
    text_column("path"),
    instant_column("created_at"),
    PrimaryKeyConstraint("tenant_id", "principal_id", "path_key"),
    of_tenant(),
)

attribute_namespaces: Final = Table(
    "attribute_namespaces",
    metadata,
    text_column("tenant_id"),
    text_column("name_key"),
    text_column("document"),
    PrimaryKeyConstraint("tenant_id", "name_key"),
    of_tenant(),
)
