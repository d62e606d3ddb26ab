"""Role definitions of all scope kinds."""

from dataclasses import dataclass
from typing import Final

from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.ids import RoleId
from timebound.domain.scopes import ScopeKind, ScopeLevel
from timebound.domain.times import Instant

GLOBAL_ADMINISTRATOR: Final = RoleId("62e90394-69f5-4237-9190-012177145e10")
PRIVILEGED_ROLE_ADMINISTRATOR: Final = RoleId("e8611ab8-c189-46e8-94e1-60213ab1f814")
SECURITY_ADMINISTRATOR: Final = RoleId("194ae4cb-b126-40b2-bd5b-6091b380977d")
SECURITY_READER: Final = RoleId("5d6b6bb7-de71-4623-b4af-96380a352509")
SECURITY_OPERATOR: Final = RoleId("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f")
GLOBAL_READER: Final = RoleId("f2ef992c-3afb-46b9-b7cf-a126ee74c451")
DIRECTORY_READERS: Final = RoleId("88d8e3e3-8f55-4a1e-953a-9b9898b8876b")

AZURE_OWNER: Final = RoleId("8e3af657-a8ff-443c-a75c-2fe8c4bcb635")
AZURE_USER_ACCESS_ADMINISTRATOR: Final = RoleId("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9")

MEMBER: Final = RoleId("member")
OWNER: Final = RoleId("owner")

ALL_LEVELS: Final = frozenset(ScopeLevel)


@dataclass(frozen=True, slots=True)
class Role:
    """A role definition, built-in or custom, as far as a decision needs to know it."""

    id: RoleId
    kind: ScopeKind
    name: str
    is_built_in: bool = True
    is_privileged: bool = False
    is_enabled: bool = True
    needs_strong_activation: bool = False
    levels: frozenset[ScopeLevel] = ALL_LEVELS


GROUP_ROLES: Final = {
    MEMBER: Role(MEMBER, ScopeKind.GROUP, "Member"),
    OWNER: Role(OWNER, ScopeKind.GROUP, "Owner"),
}


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role definition as it is listed: the role with what it allows.

    `actions` are the allowed resource actions; `resource_scopes` where a custom role may be held;
    `inherits_from` the roles whose actions it has as well. One that is `deleted_at` an instant can
    be restored, and until then no role.
    """

    role: Role
    description: str
    template_id: str
    version: str | None = "1"
    actions: tuple[str, ...] = ()
    resource_scopes: tuple[str, ...] = ("/",)
    inherits_from: tuple[RoleId, ...] = ()
    deleted_at: Instant | None = None
    azure: AzureDefinition | None = None
    """None for a role of another kind."""
