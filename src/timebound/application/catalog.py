"""The built-in directory roles and the Graph permissions, read from the data inside the package.

The two files in `catalog_data` are the source: they are edited by hand and read once, on first use.
Levels come from Microsoft's published list of roles that can be held in an administrative unit or
over a single application. `needsStrongActivation` is inferred: it holds for roles that earlier
documentation named as never without a second factor, and for privileged roles that change things.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from timebound.domain.ids import RoleId
from timebound.domain.roles import Role
from timebound.domain.scopes import ScopeKind, ScopeLevel


class BuiltInRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A directory role that every tenant has.

    `levels` are the directory scopes it can be held at; none for the roles that come with an
    account and cannot be assigned. `inherits_from` names roles whose actions it has as well.
    """

    template_id: RoleId
    display_name: str
    description: str
    is_privileged: bool
    is_assignable: bool
    needs_strong_activation: bool
    levels: frozenset[ScopeLevel]
    inherits_from: tuple[RoleId, ...]
    actions: tuple[str, ...]

    def as_role(self) -> Role:
        """The role as decisions know it; a built-in role's id is its template's."""
        return Role(
            id=self.template_id,
            kind=ScopeKind.DIRECTORY,
            name=self.display_name,
            is_privileged=self.is_privileged,
            needs_strong_activation=self.needs_strong_activation,
            levels=self.levels,
        )


class GraphPermission(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A permission of Microsoft Graph: the value tokens carry, and its published ids.

    `delegated_id` identifies it as a scope, `application_id` as an app role; a permission that
    exists in one form only has no other id.
    """

    value: str
    delegated_id: str | None = None
    application_id: str | None = None


class GraphPermissions(msgspec.Struct, frozen=True):
    """All Graph permissions, by value and by either id."""

    by_value: Mapping[str, GraphPermission]
    by_delegated_id: Mapping[str, GraphPermission]
    by_application_id: Mapping[str, GraphPermission]


@cache
def built_in_roles() -> Mapping[RoleId, BuiltInRole]:
    """All built-in directory roles by template id, in the order of the data file."""
    roles = msgspec.json.decode(_read("directory-roles.json"), type=tuple[BuiltInRole, ...])
    return MappingProxyType({role.template_id: role for role in roles})


@cache
def built_in_roles_by_name() -> Mapping[str, BuiltInRole]:
    """All built-in directory roles by display name, exactly as it is written."""
    return MappingProxyType({role.display_name: role for role in built_in_roles().values()})


@cache
def graph_permissions() -> GraphPermissions:
    """All permissions of Microsoft Graph that a token can carry or an application be granted."""
    every = msgspec.json.decode(_read("graph-permissions.json"), type=tuple[GraphPermission, ...])
    return GraphPermissions(
        by_value=MappingProxyType({one.value: one for one in every}),
        by_delegated_id=MappingProxyType(
            {one.delegated_id: one for one in every if one.delegated_id}
        ),
        by_application_id=MappingProxyType(
            {one.application_id: one for one in every if one.application_id}
        ),
    )


def _read(name: str) -> bytes:
    return (files("timebound.application") / "catalog_data" / name).read_bytes()
