"""What the use cases about role definitions need of a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from timebound.application.changes import FactKey
from timebound.domain.authority import Token
from timebound.domain.ids import RoleId
from timebound.domain.role_changes import RoleFacts
from timebound.domain.scopes import ScopeKind
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


class RoleStore(Protocol):
    """Loads what is decided about role definitions."""

    async def load_role_facts(
        self, token: Token, question: RoleQuestion, at: Instant
    ) -> LoadedRole:
        """Everything about one role definition and the caller, as of `at`."""
        ...
