"""The built-in roles, what roles can allow, and the Graph permissions, as the package has them.

The files in `catalog_data` are the source: they are edited by hand and read once, on first use.
Levels come from Microsoft's published list of roles that can be held in an administrative unit or
over a single application. `needsStrongActivation` is inferred: it holds for roles that earlier
documentation named as never without a second factor, and for privileged roles that change things.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from timebound.domain.ids import RoleId
from timebound.domain.roles import Role, RoleDefinition
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


class ProviderRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A role that a provider other than the directory comes with."""

    provider: ScopeKind
    id: RoleId
    display_name: str
    version: str | None
    actions: tuple[str, ...]

    def define(self) -> RoleDefinition:
        """The role as a tenant has it."""
        role = Role(self.id, self.provider, self.display_name)
        return RoleDefinition(role, "", self.id, version=self.version, actions=self.actions)


_VERBS: Final = {"read": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE"}
_EVERY_ENTITY: Final = "allEntities"
_CAPITAL: Final = re.compile(r"(?<=[a-z])([A-Z])")


class ResourceAction(msgspec.Struct, frozen=True):
    """Something that a role of the directory can allow; its id is made from its name."""

    name: str

    @property
    def verb(self) -> str | None:
        """The method that does it, where it is one deed to one kind of thing."""
        is_broad = f"/{_EVERY_ENTITY}/" in self.name
        return None if is_broad else _VERBS.get(self.name.rpartition("/")[2])

    @property
    def id(self) -> str:
        """The name without slashes, so that it can stand in a path, and the verb behind it."""
        verb = "" if self.verb is None else f"-{self.verb.lower()}"
        return f"{self.name.replace('/', '-')}{verb}"

    @property
    def description(self) -> str:
        """The name told in words: the deed, and what it is done to."""
        *what, deed = self.name.split("/")[1:] or [self.name]
        spoken = [_CAPITAL.sub(r" \1", word).lower() for word in (deed, *what[::-1])]
        return f"{' of '.join(spoken).capitalize()} in {self.namespace}"

    @property
    def namespace(self) -> str:
        """The part of the service that the action belongs to."""
        return self.name.partition("/")[0]


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
def provider_roles() -> tuple[ProviderRole, ...]:
    """All roles that providers other than the directory come with."""
    return msgspec.json.decode(_read("provider-roles.json"), type=tuple[ProviderRole, ...])


@cache
def resource_actions() -> Mapping[str, ResourceAction]:
    """What roles of the directory can allow, by id: what the built-in ones do, and custom ones."""
    allowed = {action for role in built_in_roles().values() for action in role.actions}
    allowed.update(msgspec.json.decode(_read("custom-role-actions.json"), type=tuple[str, ...]))
    actions = (ResourceAction(name) for name in sorted(allowed))
    return MappingProxyType({action.id: action for action in actions})


@cache
def known_actions(kind: ScopeKind) -> frozenset[str] | None:
    """What a role of the kind can allow, in lower case; none where the catalogue does not know."""
    if kind is ScopeKind.DIRECTORY:
        return frozenset(action.name.lower() for action in resource_actions().values())
    of_kind = [role for role in provider_roles() if role.provider is kind]
    known = frozenset(action.lower() for role in of_kind for action in role.actions)
    return known or None


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


@cache
def free_permissions() -> frozenset[str]:
    """The delegated permissions of Microsoft Graph that everybody may consent to for themselves.

    Whatever is not in the file needs an administrator. Source: the published reference of
    permissions, "admin consent required".
    """
    return msgspec.json.decode(_read("free-permissions.json"), type=frozenset[str])


def _read(name: str) -> bytes:
    return (files("timebound.application") / "catalog_data" / name).read_bytes()
