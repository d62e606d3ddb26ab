"""Whose agreement policies ask for; runs over many of them, and what has become of each."""

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from timebound.storage.columns import NumberType
from timebound.storage.table_parts import instant_column, of_tenant, text_column
from timebound.storage.tables import metadata

policy_approvers: Final = Table(
    "policy_approvers",
    metadata,
    text_column("tenant_id"),
    text_column("approver_id"),
    text_column("scope_kind"),
    text_column("scope"),
    text_column("role_id"),
    PrimaryKeyConstraint("tenant_id", "approver_id", "scope_kind", "scope", "role_id"),
    Index(None, "tenant_id", "scope_kind", "scope", "role_id"),
    of_tenant(),
    sqlite_with_rowid=False,
)

policy_runs: Final = Table(
    "policy_runs",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("rules"),
    instant_column("created_at"),
    text_column("created_by"),
    Column("total", NumberType, nullable=False),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
)

policy_run_items: Final = Table(
    "policy_run_items",
    metadata,
    text_column("tenant_id"),
    text_column("run_id"),
    Column("position", NumberType, nullable=False),
    text_column("scope_kind"),
    text_column("scope"),
    text_column("role_id"),
    text_column("state"),
    text_column("problem", is_optional=True),
    instant_column("done_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "run_id", "position"),
    of_tenant(),
    sqlite_with_rowid=False,
)
