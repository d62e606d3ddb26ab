"""The tables around the objects of the directory: names, units, owners, secrets, permissions."""

from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from timebound.storage.table_parts import (
    flag_column,
    instant_column,
    of_object,
    of_tenant,
    text_column,
)
from timebound.storage.tables import metadata

object_names: Final = Table(
    "object_names",
    metadata,
    text_column("tenant_id"),
    text_column("object_id"),
    text_column("name_key"),
    PrimaryKeyConstraint("tenant_id", "object_id", "name_key"),
    of_object("object_names", "object_id"),
    Index(None, "tenant_id", "name_key"),
    sqlite_with_rowid=False,
)

unit_members: Final = Table(
    "unit_members",
    metadata,
    text_column("tenant_id"),
    text_column("unit_id"),
    text_column("member_id"),
    PrimaryKeyConstraint("tenant_id", "unit_id", "member_id"),
    of_object("unit_members", "unit_id"),
    of_object("unit_members", "member_id"),
    Index(None, "tenant_id", "member_id"),
    sqlite_with_rowid=False,
)

object_owners: Final = Table(
    "object_owners",
    metadata,
    text_column("tenant_id"),
    text_column("object_id"),
    text_column("owner_id"),
    PrimaryKeyConstraint("tenant_id", "object_id", "owner_id"),
    of_object("object_owners", "object_id"),
    of_object("object_owners", "owner_id"),
    Index(None, "tenant_id", "owner_id"),
    sqlite_with_rowid=False,
)

secrets: Final = Table(
    "secrets",
    metadata,
    text_column("tenant_id"),
    text_column("owner_id"),
    text_column("kind"),
    text_column("hash"),
    text_column("key_id", is_optional=True),
    instant_column("start_at", is_optional=True),
    instant_column("end_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "owner_id", "kind", "hash"),
    of_object("secrets", "owner_id"),
)

permission_grants: Final = Table(
    "permission_grants",
    metadata,
    text_column("tenant_id"),
    text_column("application_id"),
    flag_column("is_delegated"),
    text_column("permission"),
    PrimaryKeyConstraint("tenant_id", "application_id", "is_delegated", "permission"),
    of_tenant(),
    sqlite_with_rowid=False,
)
