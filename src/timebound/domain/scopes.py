"""Scopes of all three kinds: the directory, groups, and Azure resources."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

ADMINISTRATIVE_UNITS: Final = "/administrativeUnits/"


class ScopeKind(Enum):
    """Which tree a scope belongs to; roles and policies belong to one kind as well."""

    DIRECTORY = "directory"
    GROUP = "group"
    AZURE = "azure"


class ScopeLevel(Enum):
    """How wide a directory scope is."""

    TENANT = "tenant"
    ADMINISTRATIVE_UNIT = "administrativeUnit"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a role is held.

    `path` is `/`, `/administrativeUnits/{id}` or `/{objectId}` for the directory, the group's id
    for a group, and the resource id without a trailing slash for Azure (`/` is its tenant root).
    """

    kind: ScopeKind
    path: str

    @property
    def level(self) -> ScopeLevel:
        """The level of a directory scope."""
        if self.path == "/":
            return ScopeLevel.TENANT
        if self.path.startswith(ADMINISTRATIVE_UNITS):
            return ScopeLevel.ADMINISTRATIVE_UNIT
        return ScopeLevel.OBJECT

    @property
    def object_id(self) -> str | None:
        """The directory object a scope below the tenant names, none for the tenant itself."""
        return None if self.path == "/" else self.path.rsplit("/", 1)[-1]


DIRECTORY_ROOT: Final = Scope(ScopeKind.DIRECTORY, "/")


def group_scope(group_id: str) -> Scope:
    """The scope in which membership and ownership of a group are held."""
    return Scope(ScopeKind.GROUP, group_id)


def unit_scope(unit_id: str) -> Scope:
    """The scope of an administrative unit in the directory."""
    return Scope(ScopeKind.DIRECTORY, f"{ADMINISTRATIVE_UNITS}{unit_id}")


def object_scope(object_id: str) -> Scope:
    """The scope of a single object of the directory."""
    return Scope(ScopeKind.DIRECTORY, f"/{object_id}")
