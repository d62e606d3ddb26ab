"""Whose names are, and what is held over one object: further questions around writing."""

from functools import cache
from typing import Any

from sqlalchemy import Select, or_, select

from timebound.domain.ids import PrincipalId
from timebound.domain.scopes import object_scope, unit_scope
from timebound.storage.compiling import is_any_of
from timebound.storage.directory_rows import OBJECT_COLUMNS
from timebound.storage.fragments import (
    DIRECTORY,
    TENANT,
    columns_of,
    constant,
    grants_as,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.stacking import Stack
from timebound.storage.tables import directory_objects, tenant_domains
from timebound.storage.version_sections import known_versions, versions_of_principals


@cache
def names_stack() -> Stack:
    """The statement about user principal names, their domains, and application ids."""
    live = select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        directory_objects.c.tenant_id == TENANT, directory_objects.c.deleted_at.is_(None)
    )
    return Stack(
        {
            "version": known_versions(),
            # A domain is one tenant's; whose it is, is compared by whoever reads the answer.
            "domain": select(tenant_domains.c.domain, tenant_domains.c.tenant_id).where(
                is_any_of(tenant_domains.c.domain, "domains")
            ),
            "user": live.where(
                is_any_of(directory_objects.c.user_principal_name_key, "user_names")
            ),
            "program": live.where(is_any_of(directory_objects.c.app_id, "application_ids")),
        }
    )


@cache
def scoped_stack() -> Stack:
    """The statement about the directory roles that are held over one object."""
    held = _held_over().cte("held_over_it")
    people = [select(held.c.principal_id)]
    return Stack({"scoped": select_grants(held), "version_of": versions_of_principals(people)})


def scoped_parameters(object_id: PrincipalId) -> dict[str, object]:
    """The two scopes by which an object is named."""
    return {"as_object": object_scope(object_id).path, "as_unit": unit_scope(object_id).path}


def _held_over() -> Select[Any]:
    held = grants_as("scoped")
    return select_grants(held).where(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == DIRECTORY,
        held.c.scope != constant("/"),
        or_(held.c.scope == parameter("as_object"), held.c.scope == parameter("as_unit")),
        not_over(held),
    )
