"""The sign-in log."""

from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

sign_ins: Final = Table(
    "sign_ins",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    instant_column("at"),
    text_column("kind"),
    text_column("event_types"),
    text_column("user_id", is_optional=True),
    text_column("user_name_key", is_optional=True),
    text_column("user_principal_name_key", is_optional=True),
    text_column("app_id", is_optional=True),
    text_column("app_name_key", is_optional=True),
    text_column("account_id", is_optional=True),
    text_column("resource_id", is_optional=True),
    text_column("resource_name_key", is_optional=True),
    text_column("address"),
    text_column("client_key"),
    text_column("requirement"),
    text_column("correlation_id"),
    text_column("fault"),
    text_column("document"),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
    Index("ix_sign_ins_at", "tenant_id", "at", "id"),
    *(
        Index(f"ix_sign_ins_{name}", "tenant_id", column, "at", "id")
        for name, column in (
            ("kind", "kind"),
            ("user", "user_id"),
            ("user_name", "user_principal_name_key"),
            ("app", "app_id"),
            ("correlation", "correlation_id"),
        )
    ),
)
