"""The tables. Every key starts with the tenant; `docs/adr` says what is kept and why.

What is decided by has a column; what is only carried is in a JSON document, kept as text so that
it is read back as it was written. `*_key` columns hold lower-case copies for looking up.
Grants, requests and events refer to nothing by foreign key: they are history, outlive what they
name, and are written by one path that has just read it.
"""

from typing import Final

from sqlalchemy import (
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    text,
)

from timebound.storage.azure_indexes import index_area, index_assigned, index_azure
from timebound.storage.change_indexes import list_change_indexes, list_purge_indexes
from timebound.storage.columns import (
    BytesType,
    NumberType,
)
from timebound.storage.log_indexes import list_log_indexes
from timebound.storage.table_parts import (
    flag_column,
    instant_column,
    of_tenant,
    text_column,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

tenants: Final = Table(
    "tenants",
    metadata,
    text_column("id"),
    text_column("display_name"),
    text_column("settings"),
    Column("defaults_version", NumberType, nullable=False),
    PrimaryKeyConstraint("id"),
)

tenant_domains: Final = Table(
    "tenant_domains",
    metadata,
    text_column("domain"),
    text_column("tenant_id"),
    Column("position", NumberType, nullable=False),
    PrimaryKeyConstraint("domain"),
    of_tenant(),
    Index(None, "tenant_id", "position"),
    sqlite_with_rowid=False,
)

fact_versions: Final = Table(
    "fact_versions",
    metadata,
    text_column("tenant_id"),
    text_column("key"),
    Column("version", NumberType, nullable=False),
    PrimaryKeyConstraint("tenant_id", "key"),
    sqlite_with_rowid=False,
)

directory_objects: Final = Table(
    "directory_objects",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("kind"),
    text_column("display_name"),
    instant_column("created_at"),
    flag_column("is_enabled"),
    instant_column("deleted_at", is_optional=True),
    text_column("user_principal_name", is_optional=True),
    text_column("mail", is_optional=True),
    text_column("app_id", is_optional=True),
    flag_column("is_role_assignable"),
    text_column("attributes"),
    text_column("display_name_key"),
    text_column("user_principal_name_key", is_optional=True),
    text_column("mail_key", is_optional=True),
    text_column("mail_nickname_key", is_optional=True),
    text_column("description_key", is_optional=True),
    text_column("user_type_key", is_optional=True),
    # When it was last written, or its members were: what delta queries go by.
    instant_column("changed_at", is_optional=True),
    # What somebody was given before this counts no more.
    instant_column("sessions_valid_from", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
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

roles: Final = Table(
    "roles",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("kind"),
    text_column("name"),
    flag_column("is_built_in"),
    flag_column("is_privileged"),
    flag_column("is_enabled"),
    flag_column("needs_strong_activation"),
    text_column("levels"),
    text_column("description"),
    text_column("template_id"),
    text_column("version"),
    text_column("actions"),
    text_column("resource_scopes"),
    text_column("inherits_from"),
    text_column("name_key"),
    text_column("description_key"),
    instant_column("deleted_at", is_optional=True),
    text_column("rights", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
    Index(None, "tenant_id", "kind", "name_key", "id"),
)

role_bundles: Final = Table(
    "role_bundles",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("kind"),
    text_column("role_id"),
    text_column("display_name", is_optional=True),
    text_column("display_name_key", is_optional=True),
    text_column("description", is_optional=True),
    text_column("principal_ids"),
    text_column("part_ids"),
    text_column("app_ids"),
    text_column("grant_ids"),
    instant_column("created_at"),
    instant_column("ended_at", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    of_tenant(),
    Index("ix_role_bundles_listed", "tenant_id", "kind", "created_at", "id"),
)

scopes: Final = Table(
    "scopes",
    metadata,
    text_column("tenant_id"),
    text_column("kind"),
    text_column("path"),
    text_column("parent", is_optional=True),
    text_column("path_key", is_optional=True),
    text_column("document", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "kind", "path"),
    of_tenant(),
    # What lies right in a place, in the order of paths in lower case.
    Index("ix_scopes_inside", "tenant_id", "kind", "parent", "path_key"),
    Index(None, "tenant_id", "kind", "path_key"),
    sqlite_with_rowid=False,
)

policies: Final = Table(
    "policies",
    metadata,
    text_column("tenant_id"),
    text_column("scope_kind"),
    text_column("scope"),
    text_column("role_id"),
    text_column("rules"),
    instant_column("modified_at", is_optional=True),
    text_column("modified_by_id", is_optional=True),
    text_column("modified_by_name", is_optional=True),
    PrimaryKeyConstraint("tenant_id", "scope_kind", "scope", "role_id"),
    of_tenant(),
)

grants: Final = Table(
    "grants",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("principal_id"),
    text_column("role_id"),
    text_column("scope_kind"),
    text_column("scope"),
    text_column("kind"),
    instant_column("start_at"),
    instant_column("end_at"),
    instant_column("until_at"),
    instant_column("created_at"),
    text_column("request_id", is_optional=True),
    text_column("eligibility_id", is_optional=True),
    text_column("eligible_principal_id", is_optional=True),
    text_column("eligible_scope", is_optional=True),
    instant_column("ended_at", is_optional=True),
    text_column("ended_by", is_optional=True),
    text_column("terms", is_optional=True),
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
    # In the order in which they were made; what is over is passed by without being looked at.
    Index("ix_grants_listed", "tenant_id", "scope_kind", "created_at", "id", "until_at"),
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
    index_azure("ix_grants_azure", "created_at", "id", "until_at", "kind"),
    index_area("ix_grants_azure_area", "created_at", "id", "until_at", "kind"),
    index_assigned(),
    *list_change_indexes(),
)

requests: Final = Table(
    "requests",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("kind"),
    text_column("action"),
    text_column("principal_id"),
    text_column("role_id"),
    text_column("scope_kind"),
    text_column("scope"),
    text_column("schedule", is_optional=True),
    instant_column("asked_start", is_optional=True),
    text_column("justification", is_optional=True),
    text_column("ticket_number", is_optional=True),
    text_column("ticket_system", is_optional=True),
    text_column("target_id", is_optional=True),
    text_column("author_user_id", is_optional=True),
    text_column("author_application_id", is_optional=True),
    text_column("author_display_name", is_optional=True),
    text_column("status"),
    instant_column("created_at"),
    instant_column("completed_at", is_optional=True),
    text_column("grant_id", is_optional=True),
    instant_column("starts_at", is_optional=True),
    text_column("approval", is_optional=True),
    text_column("policy", is_optional=True),
    text_column("evaluation", is_optional=True),
    text_column("terms", is_optional=True),
    text_column("eligibility_id", is_optional=True),
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
    index_azure("ix_requests_azure", "kind", "created_at", "id"),
    index_area("ix_requests_azure_area", "kind", "created_at", "id"),
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
    text_column("tenant_id"),
    text_column("approver_id"),
    text_column("request_id"),
    PrimaryKeyConstraint("tenant_id", "approver_id", "request_id"),
    Index(None, "tenant_id", "request_id"),
    sqlite_with_rowid=False,
)

events: Final = Table(
    "events",
    metadata,
    text_column("tenant_id"),
    text_column("id"),
    text_column("kind"),
    instant_column("effective_at"),
    instant_column("recorded_at"),
    text_column("correlation_id"),
    text_column("actor_user_id", is_optional=True),
    text_column("actor_application_id", is_optional=True),
    text_column("subject_id"),
    text_column("data"),
    text_column("digest"),
    # Its place in the log, once it is sealed.
    Column("position", NumberType, nullable=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "correlation_id"),
    *list_purge_indexes(),
    *list_log_indexes(),
)

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    text_column("id"),
    Column("sealed", BytesType, nullable=False),
    instant_column("created_at"),
    text_column("algorithm", is_optional=True),
    instant_column("begins_at", is_optional=True),
    PrimaryKeyConstraint("id"),
)

meta: Final = Table(
    "meta",
    metadata,
    text_column("key"),
    text_column("value"),
    PrimaryKeyConstraint("key"),
    sqlite_with_rowid=False,
)
