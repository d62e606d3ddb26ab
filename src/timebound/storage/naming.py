"""Whose names are, and what is held over one object: further questions around writing."""

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, or_, select

from timebound.domain.ids import PrincipalId
from timebound.domain.scopes import object_scope, unit_scope
from timebound.storage.compiling import is_any_of
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.fragments import (
    DIRECTORY,
    TENANT,
    columns_of,
    grants_as,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.stacking import Stack
from timebound.storage.tables import directory_objects, roles, tenant_domains
from timebound.storage.version_sections import known_versions, versions_of_principals


@cache
def names_stack() -> Stack:
    """The statement about user principal names and application ids."""
    live = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        directory_objects.c.tenant_id == TENANT, directory_objects.c.deleted_at.is_(None)
    )
    return Stack(
        {
            "version": known_versions(),
            "domain": select(tenant_domains.c.domain).where(tenant_domains.c.tenant_id == TENANT),
            "user": live.where(
                is_any_of(directory_objects.c.user_principal_name_key, "user_names")
            ),
            "program": live.where(is_any_of(directory_objects.c.app_id, "application_ids")),
        }
    )


@cache
def scoped_stack() -> Stack:
    """The statement about the directory roles that are held over one object.

    Each role is looked up by itself: nothing else leads from a scope to what is held at it.
    """
    held = _held_over("scoped")
    holders = _held_over("scoped_holders").subquery("scoped_holder")
    people = [select(holders.c.principal_id)]
    return Stack({"scoped": held, "version_of": versions_of_principals(people)})


def scoped_parameters(object_id: PrincipalId) -> dict[str, object]:
    """The two scopes by which an object is named."""
    return {"as_object": object_scope(object_id).path, "as_unit": unit_scope(object_id).path}


def _held_over(name: str) -> Select[Any]:
    held, role = grants_as(name), roles.alias(f"{name}_role")
    is_held = and_(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == DIRECTORY,
        held.c.role_id == role.c.id,
        or_(held.c.scope == parameter("as_object"), held.c.scope == parameter("as_unit")),
        not_over(held),
    )
    return select_grants(held).join_from(role, held, is_held).where(role.c.tenant_id == TENANT)
