"""Scopes of all three kinds: the directory, groups, and Azure resources."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from timebound.domain.folding import fold

ADMINISTRATIVE_UNITS: Final = "/administrativeUnits/"
_APP: Final = "app:"
_PART: Final = "directory:"


class ScopeKind(Enum):
    """Which tree a scope belongs to; roles and policies belong to one kind as well."""

    DIRECTORY = "directory"
    GROUP = "group"
    AZURE = "azure"
    ENTITLEMENT_MANAGEMENT = "entitlementManagement"
    DEVICE_MANAGEMENT = "deviceManagement"
    CLOUD_PC = "cloudPC"
    EXCHANGE = "exchange"
    DEFENDER = "defender"


PROVIDERS: Final = (
    ScopeKind.ENTITLEMENT_MANAGEMENT,
    ScopeKind.DEVICE_MANAGEMENT,
    ScopeKind.CLOUD_PC,
    ScopeKind.EXCHANGE,
    ScopeKind.DEFENDER,
)
"""The products with roles of their own, which are assigned through no request."""


class ScopeLevel(Enum):
    """How wide a directory scope is."""

    TENANT = "tenant"
    ADMINISTRATIVE_UNIT = "administrativeUnit"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a role is held.

    `path` is `/`, `/administrativeUnits/{id}` or `/{objectId}` for the directory, the group's id
    for a group, and the resource id without a trailing slash for Azure (`/` is its tenant root);
    for a provider `directory:` or `app:` and what it is called there.
    """

    kind: ScopeKind
    path: str

    @property
    def key(self) -> str:
        """What the scope is known by in any casing: its path with A to Z in lower case.

        Names of Azure may hold letters of any script. Those have one casing, as they have in the
        databases.
        """
        return fold(self.path)

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


def provider_scope(kind: ScopeKind, id_: str, *, is_app: bool) -> Scope:
    """Where a provider's role is held: a part of the directory, or of the provider's own things."""
    return Scope(kind, f"{_APP if is_app else _PART}{id_}")


def app_scope_of(scope: Scope) -> str | None:
    """The thing of the provider that the scope is; none for a part of the directory."""
    return scope.path.removeprefix(_APP) if scope.path.startswith(_APP) else None


def part_of(scope: Scope) -> str | None:
    """The part of the directory that a provider's scope is; none for a thing of its own."""
    return scope.path.removeprefix(_PART) if scope.path.startswith(_PART) else None
