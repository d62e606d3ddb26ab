"""The audit log as it is read: what is made of the events, and could be made again."""

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from timebound.storage.columns import NumberType
from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

audit_records: Final = Table(
    "audit_records",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("event_id"),
    instant_column("at"),
    text_column("activity"),
    text_column("activity_key"),
    text_column("category"),
    text_column("service"),
    text_column("operation"),
    text_column("result"),
    text_column("reason", is_optional=True),
    text_column("correlation_id"),
    # Who caused it: a person, or an application; the document has all that is known of them.
    text_column("user_id", is_optional=True),
    text_column("user_name_key", is_optional=True),
    text_column("user_principal_name_key", is_optional=True),
    text_column("app_id", is_optional=True),
    text_column("app_name_key", is_optional=True),
    text_column("initiator"),
    text_column("targets"),
    text_column("details"),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
    Index("ix_audit_records_listed", "tenant_id", "at", "id"),
    *(
        Index(f"ix_audit_records_{name}", "tenant_id", column, "at", "id")
        for name, column in (
            ("activity", "activity_key"),
            ("category", "category"),
            ("service", "service"),
            ("user", "user_id"),
            ("user_name", "user_principal_name_key"),
            ("app", "app_id"),
            ("correlation", "correlation_id"),
        )
    ),
)

audit_targets: Final = Table(
    "audit_targets",
    metadata,
    text_column("tenant_id"),
    text_column("record_id"),
    Column("place", NumberType, nullable=False),
    text_column("target_id", is_optional=True),
    text_column("name_key", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "record_id", "place"),
    of_tenant(),
    Index("ix_audit_targets_id", "tenant_id", "target_id", "record_id"),
    Index("ix_audit_targets_name", "tenant_id", "name_key", "record_id"),
    sqlite_with_rowid=False,
)

audit_progress: Final = Table(
    "audit_progress",
    metadata,
    text_column("tenant_id"),
    Column("position", NumberType, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
    of_tenant(),
    sqlite_with_rowid=False,
)
"""The place of the last event whose records are there, raised together with them."""
