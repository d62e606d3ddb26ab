"""Paths in the tree of Azure, looked up one by one: from keys to paths, from paths to parents.

Joined, SQLite would go through the whole tree for a path, and PostgreSQL at every step upwards.
"""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, select

from timebound.storage.compiling import each_of
from timebound.storage.fragments import AZURE, TENANT
from timebound.storage.tables import scopes


def keyed_paths(name: str) -> Select[Any]:
    """The `path` of each place whose `key` is in the parameter; null where there is none."""
    keyed, asked = scopes.alias("keyed"), each_of(name)
    path = (
        select(keyed.c.path)
        .where(
            keyed.c.tenant_id == TENANT, keyed.c.kind == AZURE, keyed.c.path_key == asked.c.value
        )
        .scalar_subquery()
    )
    return select(path.label("path"), asked.c.value.label("key"))


def parent_of(path: ColumnElement[str]) -> ScalarSelect[str]:
    """The path that a place lies in; null for the root, and for what is not in the tree."""
    above = scopes.alias("above")
    return (
        select(above.c.parent)
        .where(above.c.tenant_id == TENANT, above.c.kind == AZURE, above.c.path == path)
        .scalar_subquery()
    )
