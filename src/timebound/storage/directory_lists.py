"""The lists of directory objects and of role definitions."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, exists, or_, select

from timebound.application.queries import ELEMENT, Order
from timebound.application.views import View
from timebound.domain.directory import ObjectKind
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import ScopeKind
from timebound.storage.attribute_fields import attribute_collections, attribute_fields
from timebound.storage.columns import BooleanType, InstantColumn
from timebound.storage.conditions import Collection, Field
from timebound.storage.directory_rows import DEFINITION_COLUMNS, OBJECT_COLUMNS
from timebound.storage.directory_tables import object_names
from timebound.storage.fragments import ELIGIBLE, TENANT, columns_of, constant, grants_as
from timebound.storage.paging import Listed
from timebound.storage.tables import directory_objects, policies, requests, roles

_ORDER: Final = (Order("display_name"), Order("id"))

_KINDS: Final = {
    View.USERS: ObjectKind.USER,
    View.GROUPS: ObjectKind.GROUP,
    View.GROUP_RESOURCES: ObjectKind.GROUP,
    View.SERVICE_PRINCIPALS: ObjectKind.SERVICE_PRINCIPAL,
    View.ADMINISTRATIVE_UNITS: ObjectKind.ADMINISTRATIVE_UNIT,
    View.APPLICATIONS: ObjectKind.APPLICATION,
}


def list_objects(view: View) -> Listed:
    """The directory objects of a kind; deleted ones are left out."""
    own = directory_objects.c
    rows = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        own.tenant_id == TENANT,
        own.kind == constant(_KINDS[view].value),
        own.deleted_at.is_(None),
    )
    if view is View.GROUP_RESOURCES:
        rows = rows.where(_is_governed(own.id))
    fields = object_fields(directory_objects)
    return Listed(rows, fields, _ORDER, object_names_of(directory_objects))


def _is_governed(group_id: ColumnElement[str]) -> ColumnElement[bool]:
    """PIM has been asked about the group, has a policy of it, or lets somebody come into it."""
    sources = (requests, policies, grants_as("within_reach"))
    asked, ruled, reached = (
        select(source.c.scope).where(
            source.c.tenant_id == TENANT,
            source.c.scope_kind == constant(ScopeKind.GROUP.value),
            source.c.scope == group_id,
        )
        for source in sources
    )
    held = sources[-1].c
    reached = reached.where(
        held.role_id.in_([constant(role) for role in (MEMBER, OWNER)]), held.kind == ELIGIBLE
    )
    return or_(exists(asked), exists(ruled), exists(reached))


def object_fields(source: FromClause) -> dict[str, Field]:
    """What queries may name of objects, wherever their columns come from."""
    own = source.c
    return {
        "id": Field(own.id, is_folded=True),
        "display_name": Field(own.display_name_key, is_folded=True),
        "user_principal_name": _optional(own.user_principal_name_key),
        "mail": _optional(own.mail_key),
        "mail_nickname": _optional(own.mail_nickname_key),
        "app_id": _optional(own.app_id),
        "description": _optional(own.description_key),
        "is_enabled": Field(own.is_enabled, BooleanType),
        "is_role_assignable": Field(own.is_role_assignable, BooleanType),
        "created_at": Field(own.created_at, InstantColumn),
        "deleted_at": Field(own.deleted_at, InstantColumn, is_optional=True),
        "user_type": _optional(own.user_type_key),
        **attribute_fields(source),
    }


def object_names_of(source: FromClause) -> dict[str, Collection]:
    """The collections that queries may ask of objects."""
    names = select(object_names.c.name_key).where(
        object_names.c.tenant_id == TENANT, object_names.c.object_id == source.c.id
    )
    element = {ELEMENT: Field(object_names.c.name_key, is_folded=True)}
    return {"names": Collection(names, element), **attribute_collections(source)}


def list_roles(kind: ScopeKind, *, are_deleted: bool) -> Listed:
    """The role definitions of a kind, or those that were deleted."""
    own = roles.c
    rows = select(*columns_of(roles, DEFINITION_COLUMNS)).where(
        own.tenant_id == TENANT,
        own.kind == constant(kind.value),
        own.deleted_at.is_not(None) if are_deleted else own.deleted_at.is_(None),
    )
    fields = {
        "id": Field(own.id, is_folded=True),
        "display_name": Field(own.name_key, is_folded=True),
        "description": Field(own.description_key, is_folded=True),
        "is_built_in": Field(own.is_built_in, BooleanType),
        "is_enabled": Field(own.is_enabled, BooleanType),
        "is_privileged": Field(own.is_privileged, BooleanType),
        "template_id": Field(own.template_id, is_folded=True),
        "version": Field(own.version),
        "deleted_at": Field(own.deleted_at, InstantColumn, is_optional=True),
    }
    return Listed(rows, fields, _ORDER)


def _optional(expression: ColumnElement[Any]) -> Field:
    return Field(expression, is_folded=True, is_optional=True)
