"""The tables. Every key starts with the tenant; `docs/adr` says what is kept and why.

What is decided by has a column; what is only carried is in a JSON document, kept as text so that
it is read back as it was written. `*_key` columns hold lower-case copies for looking up.
Grants, requests and events refer to nothing by foreign key: they are history, outlive what they
name, and are written by one path that has just read it.
"""

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    text,
)

from timebound.storage.change_indexes import list_purge_indexes
from timebound.storage.columns import (
    BooleanType,
    BytesType,
    InstantColumn,
    NumberType,
    TextType,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _text(name: str, *, is_optional: bool = False) -> "Column[str]":
    return Column(name, TextType, nullable=is_optional)


def _instant(name: str, *, is_optional: bool = False) -> "Column[object]":
    return Column(name, InstantColumn, nullable=is_optional)


def _flag(name: str) -> "Column[bool]":
    return Column(name, BooleanType, nullable=False)


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenants.id"])


def _of_object(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", column],
        ["directory_objects.tenant_id", "directory_objects.id"],
        name=f"fk_{table}_{column}",
    )


tenants: Final = Table(
    "tenants",
    metadata,
    _text("id"),
    _text("display_name"),
    _text("settings"),
    Column("defaults_version", NumberType, nullable=False),
    PrimaryKeyConstraint("id"),
)

tenant_domains: Final = Table(
    "tenant_domains",
    metadata,
    _text("domain"),
    _text("tenant_id"),
    Column("position", NumberType, nullable=False),
    PrimaryKeyConstraint("domain"),
    _of_tenant(),
    Index(None, "tenant_id", "position"),
    sqlite_with_rowid=False,
)

fact_versions: Final = Table(
    "fact_versions",
    metadata,
    _text("tenant_id"),
    _text("key"),
    Column("version", NumberType, nullable=False),
    PrimaryKeyConstraint("tenant_id", "key"),
    sqlite_with_rowid=False,
)

directory_objects: Final = Table(
    "directory_objects",
    metadata,
    _text("tenant_id"),
    _text("id"),
    _text("kind"),
    _text("display_name"),
    _instant("created_at"),
    _flag("is_enabled"),
    _instant("deleted_at", is_optional=True),
    _text("user_principal_name", is_optional=True),
    _text("mail", is_optional=True),
    _text("app_id", is_optional=True),
    _flag("is_role_assignable"),
    _text("attributes"),
    _text("display_name_key"),
    _text("user_principal_name_key", is_optional=True),
    _text("mail_key", is_optional=True),
    _text("mail_nickname_key", is_optional=True),
    _text("description_key", is_optional=True),
    _text("user_type_key", is_optional=True),
    # When it was last written, or its members were: what delta queries go by.
    _instant("changed_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    _of_tenant(),
    Index(None, "tenant_id", "kind", "display_name_key", "id"),
    Index("ix_directory_objects_changed", "tenant_id", "kind", "changed_at", "id"),
    Index(
        "ix_directory_objects_deleted",
        "tenant_id",
        "kind",
        "id",
        sqlite_where=text("deleted_at IS NOT NULL"),
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
    Index(None, "tenant_id", "user_principal_name_key"),
    Index(None, "tenant_id", "mail_key"),
    Index(None, "tenant_id", "app_id"),
)

object_names: Final = Table(
    "object_names",
    metadata,
    _text("tenant_id"),
    _text("object_id"),
    _text("name_key"),
    PrimaryKeyConstraint("tenant_id", "object_id", "name_key"),
    _of_object("object_names", "object_id"),
    Index(None, "tenant_id", "name_key"),
    sqlite_with_rowid=False,
)

unit_members: Final = Table(
    "unit_members",
    metadata,
    _text("tenant_id"),
    _text("unit_id"),
    _text("member_id"),
    PrimaryKeyConstraint("tenant_id", "unit_id", "member_id"),
    _of_object("unit_members", "unit_id"),
    _of_object("unit_members", "member_id"),
    Index(None, "tenant_id", "member_id"),
    sqlite_with_rowid=False,
)

object_owners: Final = Table(
    "object_owners",
    metadata,
    _text("tenant_id"),
    _text("object_id"),
    _text("owner_id"),
    PrimaryKeyConstraint("tenant_id", "object_id", "owner_id"),
    _of_object("object_owners", "object_id"),
    _of_object("object_owners", "owner_id"),
    Index(None, "tenant_id", "owner_id"),
    sqlite_with_rowid=False,
)

secrets: Final = Table(
    "secrets",
    metadata,
    _text("tenant_id"),
    _text("owner_id"),
    _text("kind"),
    _text("hash"),
    _text("key_id", is_optional=True),
    _instant("start_at", is_optional=True),
    _instant("end_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "owner_id", "kind", "hash"),
    _of_object("secrets", "owner_id"),
)

permission_grants: Final = Table(
    "permission_grants",
    metadata,
    _text("tenant_id"),
    _text("application_id"),
    _flag("is_delegated"),
    _text("permission"),
    PrimaryKeyConstraint("tenant_id", "application_id", "is_delegated", "permission"),
    _of_tenant(),
    sqlite_with_rowid=False,
)

roles: Final = Table(
    "roles",
    metadata,
    _text("tenant_id"),
    _text("id"),
    _text("kind"),
    _text("name"),
    _flag("is_built_in"),
    _flag("is_privileged"),
    _flag("is_enabled"),
    _flag("needs_strong_activation"),
    _text("levels"),
    _text("description"),
    _text("template_id"),
    _text("version"),
    _text("actions"),
    _text("resource_scopes"),
    _text("inherits_from"),
    _text("name_key"),
    _text("description_key"),
    _instant("deleted_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    _of_tenant(),
    Index(None, "tenant_id", "kind", "name_key", "id"),
)

role_bundles: Final = Table(
    "role_bundles",
    metadata,
    _text("tenant_id"),
    _text("id"),
    _text("kind"),
    _text("role_id"),
    _text("display_name", is_optional=True),
    _text("display_name_key", is_optional=True),
    _text("description", is_optional=True),
    _text("principal_ids"),
    _text("part_ids"),
    _text("app_ids"),
    _text("grant_ids"),
    _instant("created_at"),
    _instant("ended_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    _of_tenant(),
    Index("ix_role_bundles_listed", "tenant_id", "kind", "created_at", "id"),
)

scopes: Final = Table(
    "scopes",
    metadata,
    _text("tenant_id"),
    _text("kind"),
    _text("path"),
    _text("parent", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "kind", "path"),
    _of_tenant(),
    Index(None, "tenant_id", "kind", "parent"),
    sqlite_with_rowid=False,
)

policies: Final = Table(
    "policies",
    metadata,
    _text("tenant_id"),
    _text("scope_kind"),
    _text("scope"),
    _text("role_id"),
    _text("rules"),
    PrimaryKeyConstraint("tenant_id", "scope_kind", "scope", "role_id"),
    _of_tenant(),
)

grants: Final = Table(
    "grants",
    metadata,
    _text("tenant_id"),
    _text("id"),
    _text("principal_id"),
    _text("role_id"),
    _text("scope_kind"),
    _text("scope"),
    _text("kind"),
    _instant("start_at"),
    _instant("end_at"),
    _instant("until_at"),
    _instant("created_at"),
    _text("request_id", is_optional=True),
    _text("eligibility_id", is_optional=True),
    _text("eligible_principal_id", is_optional=True),
    _text("eligible_scope", is_optional=True),
    _instant("ended_at", is_optional=True),
    _text("ended_by", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    # What somebody holds now; whatever they once held lies before it and is not touched.
    Index("ix_grants_holder", "tenant_id", "principal_id", "until_at"),
    Index(
        "ix_grants_slot",
        "tenant_id",
        "principal_id",
        "scope_kind",
        "role_id",
        "scope",
        "until_at",
    ),
    # Who holds a role somewhere, and who the members of a group are.
    Index("ix_grants_held", "tenant_id", "scope_kind", "role_id", "scope", "until_at"),
    # Which activations stand on somebody's eligibility.
    Index("ix_grants_basis", "tenant_id", "eligible_principal_id", "until_at"),
    Index("ix_grants_listed", "tenant_id", "scope_kind", "created_at", "id"),
    # What is held over one unit or one object; the many grants over the whole directory are not in.
    Index(
        "ix_grants_scoped",
        "tenant_id",
        "scope",
        "until_at",
        sqlite_where=text("scope_kind = 'directory' AND scope <> '/'"),
        postgresql_where=text("scope_kind = 'directory' AND scope <> '/'"),
    ),
    # Whose planned end lies ahead, soonest first: the past of a large tenant is not gone through.
    *(
        Index(
            name,
            "tenant_id",
            "scope_kind",
            "end_at",
            "id",
            sqlite_where=text(part),
            postgresql_where=text(part),
        )
        for name, part in (
            ("ix_grants_eligible", "kind = 'eligible'"),
            ("ix_grants_active", "kind <> 'eligible'"),
            ("ix_grants_activated", "kind = 'activated'"),
        )
    ),
    Index("ix_grants_role", "tenant_id", "scope_kind", "role_id", "end_at", "id"),
    # The members and owners of a group in the order of their ids: a page reads no more than itself.
    Index(
        "ix_grants_members",
        "tenant_id",
        "scope_kind",
        "role_id",
        "scope",
        "principal_id",
        "until_at",
        "start_at",
        "kind",
        "id",
        sqlite_where=text("scope_kind = 'group'"),
        postgresql_where=text("scope_kind = 'group'"),
    ),
)

requests: Final = Table(
    "requests",
    metadata,
    _text("tenant_id"),
    _text("id"),
    _text("kind"),
    _text("action"),
    _text("principal_id"),
    _text("role_id"),
    _text("scope_kind"),
    _text("scope"),
    _text("schedule", is_optional=True),
    _instant("asked_start", is_optional=True),
    _text("justification", is_optional=True),
    _text("ticket_number", is_optional=True),
    _text("ticket_system", is_optional=True),
    _text("target_id", is_optional=True),
    _text("author_user_id", is_optional=True),
    _text("author_application_id", is_optional=True),
    _text("author_display_name", is_optional=True),
    _text("status"),
    _instant("created_at"),
    _instant("completed_at", is_optional=True),
    _text("grant_id", is_optional=True),
    _instant("starts_at", is_optional=True),
    _text("approval", is_optional=True),
    _text("policy", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index("ix_requests_listed", "tenant_id", "scope_kind", "kind", "created_at", "id"),
    Index("ix_requests_about", "tenant_id", "principal_id", "created_at", "id"),
    Index("ix_requests_author", "tenant_id", "author_user_id", "created_at", "id"),
    # The open requests of a slot; what is over is not touched.
    Index("ix_requests_open", "tenant_id", "principal_id", "status", "starts_at"),
    # The requests about a group; those about directory and Azure roles do not pay for it.
    Index(
        "ix_requests_group",
        "tenant_id",
        "scope",
        "status",
        sqlite_where=text("scope_kind = 'group'"),
        postgresql_where=text("scope_kind = 'group'"),
    ),
    # Those with another status than nearly all; an activation that is granted at once is not in.
    Index(
        "ix_requests_status",
        "tenant_id",
        "scope_kind",
        "kind",
        "status",
        "created_at",
        "id",
        sqlite_where=text("status <> 'Provisioned'"),
        postgresql_where=text("status <> 'Provisioned'"),
    ),
)

request_approvers: Final = Table(
    "request_approvers",
    metadata,
    _text("tenant_id"),
    _text("approver_id"),
    _text("request_id"),
    PrimaryKeyConstraint("tenant_id", "approver_id", "request_id"),
    Index(None, "tenant_id", "request_id"),
    sqlite_with_rowid=False,
)

events: Final = Table(
    "events",
    metadata,
    _text("tenant_id"),
    _text("id"),
    _text("kind"),
    _instant("effective_at"),
    _instant("recorded_at"),
    _text("correlation_id"),
    _text("actor_user_id", is_optional=True),
    _text("actor_application_id", is_optional=True),
    _text("subject_id"),
    _text("data"),
    _text("digest"),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "correlation_id"),
    *list_purge_indexes(),
)

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    _text("id"),
    Column("sealed", BytesType, nullable=False),
    _instant("created_at"),
    PrimaryKeyConstraint("id"),
)

meta: Final = Table(
    "meta",
    metadata,
    _text("key"),
    _text("value"),
    PrimaryKeyConstraint("key"),
    sqlite_with_rowid=False,
)
