"""Create the tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Creates every table, what is referred to first."""
    _create_events()
    _create_fact_versions()
    _create_grants()
    _create_meta()
    _create_request_approvers()
    _create_requests()
    _create_signing_keys()
    _create_tenants()
    _create_directory_objects()
    _create_permission_grants()
    _create_policies()
    _create_roles()
    _create_scopes()
    _create_tenant_domains()
    _create_object_names()
    _create_secrets()
    _create_unit_members()


def downgrade() -> None:
    """Removes every table, what refers to others first."""
    tables = (
        "unit_members",
        "secrets",
        "object_names",
        "tenant_domains",
        "scopes",
        "roles",
        "policies",
        "permission_grants",
        "directory_objects",
        "tenants",
        "signing_keys",
        "requests",
        "request_approvers",
        "meta",
        "grants",
        "fact_versions",
        "events",
    )
    for table in tables:
        op.drop_table(table)


def _texts(*names: str, is_optional: bool = False) -> "list[sa.Column[Any]]":
    return [sa.Column(name, _TEXT, nullable=is_optional) for name in names]


def _instants(*names: str, is_optional: bool = False) -> "list[sa.Column[Any]]":
    return [sa.Column(name, _INSTANT, nullable=is_optional) for name in names]


def _flags(*names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _numbers(*names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _bytes(*names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def _create_events() -> None:
    op.create_table(
        "events",
        *_texts("tenant_id", "id", "kind"),
        *_instants("effective_at", "recorded_at"),
        *_texts("correlation_id"),
        *_texts("actor_user_id", "actor_application_id", is_optional=True),
        *_texts("subject_id", "data", "digest"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_events"),
    )
    op.create_index("ix_events_tenant_id_correlation_id", "events", ["tenant_id", "correlation_id"])


def _create_fact_versions() -> None:
    op.create_table(
        "fact_versions",
        *_texts("tenant_id", "key"),
        *_numbers("version"),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_fact_versions"),
        sqlite_with_rowid=False,
    )


def _create_grants() -> None:
    op.create_table(
        "grants",
        *_texts("tenant_id", "id", "principal_id", "role_id", "scope_kind", "scope", "kind"),
        *_instants("start_at", "end_at", "until_at", "created_at"),
        *_texts(
            "request_id",
            "eligibility_id",
            "eligible_principal_id",
            "eligible_scope",
            is_optional=True,
        ),
        *_instants("ended_at", is_optional=True),
        *_texts("ended_by", is_optional=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_grants"),
    )
    op.create_index("ix_grants_basis", "grants", ["tenant_id", "eligible_principal_id", "until_at"])
    op.create_index(
        "ix_grants_held", "grants", ["tenant_id", "scope_kind", "role_id", "scope", "until_at"]
    )
    op.create_index("ix_grants_holder", "grants", ["tenant_id", "principal_id", "until_at"])
    op.create_index("ix_grants_listed", "grants", ["tenant_id", "scope_kind", "created_at", "id"])
    op.create_index(
        "ix_grants_slot",
        "grants",
        ["tenant_id", "principal_id", "scope_kind", "role_id", "scope", "until_at"],
    )


def _create_meta() -> None:
    op.create_table(
        "meta",
        *_texts("key", "value"),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        sqlite_with_rowid=False,
    )


def _create_request_approvers() -> None:
    op.create_table(
        "request_approvers",
        *_texts("tenant_id", "approver_id", "request_id"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "approver_id", "request_id", name="pk_request_approvers"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_request_approvers_tenant_id_request_id",
        "request_approvers",
        ["tenant_id", "request_id"],
    )


def _create_requests() -> None:
    op.create_table(
        "requests",
        *_texts(
            "tenant_id", "id", "kind", "action", "principal_id", "role_id", "scope_kind", "scope"
        ),
        *_texts("schedule", is_optional=True),
        *_instants("asked_start", is_optional=True),
        *_texts(
            "justification",
            "ticket_number",
            "ticket_system",
            "target_id",
            "author_user_id",
            "author_application_id",
            "author_display_name",
            is_optional=True,
        ),
        *_texts("status"),
        *_instants("created_at"),
        *_instants("completed_at", is_optional=True),
        *_texts("grant_id", is_optional=True),
        *_instants("starts_at", is_optional=True),
        *_texts("approval", "policy", is_optional=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_requests"),
    )
    _index_requests()


def _index_requests() -> None:
    op.create_index(
        "ix_requests_about", "requests", ["tenant_id", "principal_id", "created_at", "id"]
    )
    op.create_index(
        "ix_requests_author", "requests", ["tenant_id", "author_user_id", "created_at", "id"]
    )
    op.create_index(
        "ix_requests_group",
        "requests",
        ["tenant_id", "scope", "status"],
        sqlite_where=sa.text("scope_kind = 'group'"),
        postgresql_where=sa.text("scope_kind = 'group'"),
    )
    op.create_index(
        "ix_requests_listed", "requests", ["tenant_id", "scope_kind", "kind", "created_at", "id"]
    )
    op.create_index(
        "ix_requests_open", "requests", ["tenant_id", "principal_id", "status", "starts_at"]
    )


def _create_signing_keys() -> None:
    op.create_table(
        "signing_keys",
        *_texts("id"),
        *_bytes("sealed"),
        *_instants("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
    )


def _create_tenants() -> None:
    op.create_table(
        "tenants",
        *_texts("id", "display_name", "settings"),
        *_numbers("defaults_version"),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
    )


def _create_directory_objects() -> None:
    op.create_table(
        "directory_objects",
        *_texts("tenant_id", "id", "kind", "display_name"),
        *_instants("created_at"),
        *_flags("is_enabled"),
        *_instants("deleted_at", is_optional=True),
        *_texts("user_principal_name", "mail", "app_id", is_optional=True),
        *_flags("is_role_assignable"),
        *_texts("attributes", "display_name_key"),
        *_texts(
            "user_principal_name_key",
            "mail_key",
            "mail_nickname_key",
            "description_key",
            "user_type_key",
            is_optional=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_directory_objects"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_directory_objects_tenants"),
    )
    op.create_index(
        "ix_directory_objects_tenant_id_app_id", "directory_objects", ["tenant_id", "app_id"]
    )
    op.create_index(
        "ix_directory_objects_tenant_id_kind_display_name_key_id",
        "directory_objects",
        ["tenant_id", "kind", "display_name_key", "id"],
    )
    op.create_index(
        "ix_directory_objects_tenant_id_mail_key", "directory_objects", ["tenant_id", "mail_key"]
    )
    op.create_index(
        "ix_directory_objects_tenant_id_user_principal_name_key",
        "directory_objects",
        ["tenant_id", "user_principal_name_key"],
    )


def _create_permission_grants() -> None:
    op.create_table(
        "permission_grants",
        *_texts("tenant_id", "application_id"),
        *_flags("is_delegated"),
        *_texts("permission"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "application_id", "is_delegated", "permission", name="pk_permission_grants"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_permission_grants_tenants"),
        sqlite_with_rowid=False,
    )


def _create_policies() -> None:
    op.create_table(
        "policies",
        *_texts("tenant_id", "scope_kind", "scope", "role_id", "rules"),
        sa.PrimaryKeyConstraint("tenant_id", "scope_kind", "scope", "role_id", name="pk_policies"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_policies_tenants"),
    )


def _create_roles() -> None:
    op.create_table(
        "roles",
        *_texts("tenant_id", "id", "kind", "name"),
        *_flags("is_built_in", "is_privileged", "is_enabled", "needs_strong_activation"),
        *_texts(
            "levels",
            "description",
            "template_id",
            "version",
            "actions",
            "resource_scopes",
            "inherits_from",
            "name_key",
            "description_key",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_roles"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_roles_tenants"),
    )
    op.create_index(
        "ix_roles_tenant_id_kind_name_key_id", "roles", ["tenant_id", "kind", "name_key", "id"]
    )


def _create_scopes() -> None:
    op.create_table(
        "scopes",
        *_texts("tenant_id", "kind", "path"),
        *_texts("parent", is_optional=True),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "path", name="pk_scopes"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_scopes_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_scopes_tenant_id_kind_parent", "scopes", ["tenant_id", "kind", "parent"])


def _create_tenant_domains() -> None:
    op.create_table(
        "tenant_domains",
        *_texts("domain", "tenant_id"),
        *_numbers("position"),
        sa.PrimaryKeyConstraint("domain", name="pk_tenant_domains"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_tenant_domains_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_tenant_domains_tenant_id_position", "tenant_domains", ["tenant_id", "position"]
    )


def _create_object_names() -> None:
    op.create_table(
        "object_names",
        *_texts("tenant_id", "object_id", "name_key"),
        sa.PrimaryKeyConstraint("tenant_id", "object_id", "name_key", name="pk_object_names"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "object_id"],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name="fk_object_names_object_id",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_object_names_tenant_id_name_key", "object_names", ["tenant_id", "name_key"])


def _create_secrets() -> None:
    op.create_table(
        "secrets",
        *_texts("tenant_id", "owner_id", "kind", "hash"),
        sa.PrimaryKeyConstraint("tenant_id", "owner_id", "kind", "hash", name="pk_secrets"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name="fk_secrets_owner_id",
        ),
    )


def _create_unit_members() -> None:
    op.create_table(
        "unit_members",
        *_texts("tenant_id", "unit_id", "member_id"),
        sa.PrimaryKeyConstraint("tenant_id", "unit_id", "member_id", name="pk_unit_members"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name="fk_unit_members_unit_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["directory_objects.tenant_id", "directory_objects.id"],
            name="fk_unit_members_member_id",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_unit_members_tenant_id_member_id", "unit_members", ["tenant_id", "member_id"]
    )
