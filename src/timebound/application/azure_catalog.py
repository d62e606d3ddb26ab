"""The built-in roles of Azure, as the package has them.

The file in `catalog_data` is the source: it is edited by hand and read once, on first use.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.ids import RoleId
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind


class _Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A block of permissions as the file has it."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None


class _BuiltIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role as the file has it."""

    id: RoleId
    name: str
    permissions: tuple[_Block, ...]


class AzureRole(msgspec.Struct, frozen=True):
    """A built-in role of Azure with what it allows; it can be assigned everywhere."""

    role: Role
    permissions: tuple[Permission, ...]


@cache
def built_in_azure_roles() -> Mapping[RoleId, AzureRole]:
    """All built-in roles of Azure by their GUIDs in lower case, in the order of their names."""
    data = (files("timebound.application") / "catalog_data" / "azure-roles.json").read_bytes()
    known = msgspec.json.decode(data, type=tuple[_BuiltIn, ...])
    return MappingProxyType({one.id: _make_role(one) for one in known})


@cache
def built_in_definitions() -> Mapping[RoleId, RoleDefinition]:
    """The same roles as they are listed; the catalogue has no descriptions of them."""
    return MappingProxyType(
        {
            id_: RoleDefinition(
                known.role, "", id_, version=None, azure=AzureDefinition(known.permissions)
            )
            for id_, known in built_in_azure_roles().items()
        }
    )


def find_built_in_names(name: str) -> frozenset[RoleId]:
    """The built-in roles that are called so, in any casing."""
    return _by_names().get(name.lower(), frozenset())


@cache
def _by_names() -> Mapping[str, frozenset[RoleId]]:
    found: dict[str, frozenset[RoleId]] = {}
    for id_, known in built_in_azure_roles().items():
        key = known.role.name.lower()
        found[key] = found.get(key, frozenset()) | {id_}
    return found


def _make_role(found: _BuiltIn) -> AzureRole:
    blocks = (
        Permission(b.actions, b.not_actions, b.data_actions, b.not_data_actions, b.condition)
        for b in found.permissions
    )
    return AzureRole(Role(found.id, ScopeKind.AZURE, found.name), tuple(blocks))
