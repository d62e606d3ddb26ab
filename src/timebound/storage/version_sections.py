"""The versions that facts rest on, asked together with the facts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union

from timebound.storage.compiling import is_any_of
from timebound.storage.fragments import TENANT, constant
from timebound.storage.tables import fact_versions


def known_versions() -> Select[Any]:
    """The versions of the facts that are named beforehand, in the parameter `keys`."""
    return select(fact_versions.c.key, fact_versions.c.version).where(
        fact_versions.c.tenant_id == TENANT, is_any_of(fact_versions.c.key, "keys")
    )


def versions_of_principals(people: Sequence[Select[Any]]) -> Select[Any]:
    """The versions of principals that only other answers name; 0 for one never changed.

    Each version is looked up by its key, so that no plan ever reads all versions.
    """
    named = union(*people).subquery("named")
    name = named.c[next(iter(named.c.keys()))]
    key = constant("principal/") + name
    return select(*version_columns(key))


def version_columns(key: ColumnElement[str]) -> tuple[ColumnElement[Any], ...]:
    """A key of facts and their version, looked up; 0 where they never changed."""
    version = (
        select(fact_versions.c.version)
        .where(fact_versions.c.tenant_id == TENANT, fact_versions.c.key == key)
        .scalar_subquery()
    )
    return key.label("key"), func.coalesce(version, 0).label("version")
