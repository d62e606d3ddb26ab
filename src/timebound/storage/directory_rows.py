"""Rows of the directory and its roles, and the domain values they hold: both directions."""

from collections.abc import Iterable
from typing import Final

from timebound.application.words import list_search_words
from timebound.domain.directory import DirectoryObject, ObjectKind, find_sessions_start
from timebound.domain.events import Event
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.storage.azure_documents import read_azure_definition
from timebound.storage.columns import read_instant, read_optional_instant
from timebound.storage.documents import (
    digest_event,
    read_facts,
    read_levels,
    read_texts,
    write_document,
    write_texts,
)
from timebound.storage.rows import Row

OBJECT_COLUMNS: Final = (
    "id",
    "kind",
    "display_name",
    "created_at",
    "is_enabled",
    "deleted_at",
    "user_principal_name",
    "mail",
    "app_id",
    "is_role_assignable",
    "attributes",
)

_NAMES: Final = "servicePrincipalNames"
_OBJECT_KINDS: Final = {kind.value: kind for kind in ObjectKind}


def write_object(tenant_id: TenantId, object_: DirectoryObject) -> dict[str, object]:
    """The row of a directory object, with lower-case copies of what is looked up by."""
    attributes = object_.attributes
    return {
        "tenant_id": tenant_id,
        "id": object_.id,
        "kind": object_.kind.value,
        "display_name": object_.display_name,
        "created_at": object_.created_at,
        "is_enabled": object_.is_enabled,
        "deleted_at": object_.deleted_at,
        "user_principal_name": object_.user_principal_name,
        "mail": object_.mail,
        "app_id": object_.app_id,
        "is_role_assignable": object_.is_role_assignable,
        "attributes": write_document(attributes),
        "display_name_key": object_.display_name.lower(),
        "user_principal_name_key": _lower(object_.user_principal_name),
        "mail_key": _lower(object_.mail),
        "mail_nickname_key": _lower(attributes.get("mailNickname")),
        "description_key": _lower(attributes.get("description")),
        "user_type_key": _lower(attributes.get("userType")),
        "sessions_valid_from": find_sessions_start(object_),
    }


def list_names(tenant_id: TenantId, object_: DirectoryObject) -> list[dict[str, object]]:
    """The rows by which a service principal is found by one of its names."""
    names = object_.attributes.get(_NAMES)
    if not isinstance(names, Iterable) or isinstance(names, str):
        return []
    keys = dict.fromkeys(name.lower() for name in names if isinstance(name, str))
    return [{"tenant_id": tenant_id, "object_id": object_.id, "name_key": key} for key in keys]


def list_words(tenant_id: TenantId, object_: DirectoryObject) -> list[dict[str, object]]:
    """The rows by which a search finds an object."""
    description = object_.attributes.get("description")
    texts = {
        "displayName": object_.display_name,
        "description": description if isinstance(description, str) else "",
    }
    return [
        {"tenant_id": tenant_id, "object_id": object_.id, "field": field, "word": word}
        for field, text in texts.items()
        for word in list_search_words(text)
    ]


def read_object(row: Row) -> DirectoryObject:
    """The directory object of a row."""
    return DirectoryObject(
        id=PrincipalId(row[0]),
        kind=_OBJECT_KINDS[row[1]],
        display_name=row[2],
        created_at=read_instant(row[3]),
        is_enabled=bool(row[4]),
        deleted_at=read_optional_instant(row[5]),
        user_principal_name=row[6],
        mail=row[7],
        app_id=None if row[8] is None else ApplicationId(row[8]),
        is_role_assignable=bool(row[9]),
        attributes=read_facts(row[10]),
    )


ROLE_COLUMNS: Final = (
    "id",
    "kind",
    "name",
    "is_built_in",
    "is_privileged",
    "is_enabled",
    "needs_strong_activation",
    "levels",
)
DEFINITION_COLUMNS: Final = (
    *ROLE_COLUMNS,
    "description",
    "template_id",
    "version",
    "actions",
    "resource_scopes",
    "inherits_from",
    "deleted_at",
    "rights",
)


def write_definition(tenant_id: TenantId, definition: RoleDefinition) -> dict[str, object]:
    """The row of a role definition."""
    role = definition.role
    return {
        "tenant_id": tenant_id,
        "id": role.id,
        "kind": role.kind.value,
        "name": role.name,
        "is_built_in": role.is_built_in,
        "is_privileged": role.is_privileged,
        "is_enabled": role.is_enabled,
        "needs_strong_activation": role.needs_strong_activation,
        "levels": write_texts(sorted(level.value for level in role.levels)),
        "description": definition.description,
        "template_id": definition.template_id,
        "version": definition.version or "",
        "actions": write_texts(definition.actions),
        "resource_scopes": write_texts(definition.resource_scopes),
        "inherits_from": write_texts(definition.inherits_from),
        "name_key": role.name.lower(),
        "description_key": definition.description.lower(),
        "deleted_at": definition.deleted_at,
        "rights": write_document(definition.azure) if definition.azure else None,
    }


def read_role(row: Row) -> Role:
    """The role of a row, as far as a decision needs to know it."""
    return Role(
        id=RoleId(row[0]),
        kind=ScopeKind(row[1]),
        name=row[2],
        is_built_in=bool(row[3]),
        is_privileged=bool(row[4]),
        is_enabled=bool(row[5]),
        needs_strong_activation=bool(row[6]),
        levels=read_levels(row[7]),
    )


def read_definition(row: Row) -> RoleDefinition:
    """The role definition of a row."""
    return RoleDefinition(
        role=read_role(row),
        description=row[8],
        template_id=row[9],
        version=row[10] or None,
        actions=read_texts(row[11]),
        resource_scopes=read_texts(row[12]),
        inherits_from=tuple(RoleId(role_id) for role_id in read_texts(row[13])),
        deleted_at=read_optional_instant(row[14]),
        azure=read_azure_definition(row[15]),
    )


def write_event(tenant_id: TenantId, event: Event) -> dict[str, object]:
    """The row of an event that is not sealed yet, with the digest over everything it says."""
    return {
        "tenant_id": tenant_id,
        **write_said(event),
        "digest": digest_event(tenant_id, event),
        "position": None,
    }


def write_said(event: Event) -> dict[str, object]:
    """The columns of what an event says."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "effective_at": event.effective_at,
        "recorded_at": event.recorded_at,
        "correlation_id": event.correlation_id,
        "actor_user_id": event.actor.user_id,
        "actor_application_id": event.actor.application_id,
        "subject_id": event.subject_id,
        "data": write_document(event.data),
    }


def _lower(text: object) -> str | None:
    return text.lower() if isinstance(text, str) else None
