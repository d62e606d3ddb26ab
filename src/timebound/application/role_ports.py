"""What the use cases about role definitions need of a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.changes import FactKey
from timebound.application.queries import Page, Query
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.role_changes import RoleFacts
from timebound.domain.scopes import ScopeKind, ScopeLevel
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class RoleQuestion:
    """Which role definition is asked about, the name it is to have, and what it inherits from."""

    kind: ScopeKind
    role_id: RoleId
    name: str | None = None
    inherits_from: tuple[RoleId, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedRole:
    """The facts about one role definition with the versions of everything they rest on."""

    facts: RoleFacts
    versions: Mapping[FactKey, int]


@dataclass(frozen=True, slots=True)
class Assigned:
    """Whose principals are asked about: a role's, at one scope or anywhere.

    `are_members_counted` takes in who has the role through a group; `object_kind` leaves out all
    other kinds.
    """

    role_id: RoleId
    level: ScopeLevel | None = None
    scope: str | None = None
    are_members_counted: bool = False
    object_kind: ObjectKind | None = None


class AssignedStore(Protocol):
    """Answers who holds a role."""

    async def read_assigned(
        self, tenant_id: TenantId, assigned: Assigned, query: Query, at: Instant
    ) -> Page[DirectoryObject]:
        """A page of the principals that hold a role of the directory at `at`."""
        ...


class RoleStore(Protocol):
    """Loads what is decided about role definitions."""

    async def load_role_facts(
        self, token: Token, question: RoleQuestion, at: Instant
    ) -> LoadedRole:
        """Everything about one role definition and the caller, as of `at`."""
        ...

    async def is_role_used(
        self, tenant_id: TenantId, role_id: RoleId, path: str, kept: Sequence[str], at: Instant
    ) -> bool:
        """Whether somebody holds a role of Azure, will hold it or is eligible for it at or below.

        What is at or below one of the `kept` places does not count. Paths are as the tree has them.
        """
        ...
