"""What the use cases need of a store to know who may write to an object, or see what is its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.changes import FactKey
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class LoadedTarget:
    """The facts about an object that is written to, without what it holds, and their versions.

    `permissions` are those of its application, each with whether it is delegated.
    """

    facts: PrincipalFacts
    versions: Mapping[FactKey, int]
    permissions: frozenset[tuple[str, bool]] = frozenset()


class TargetStore(Protocol):
    """Finds objects, and what decides who may write to them."""

    async def load_target(self, token: Token, object_id: PrincipalId, at: Instant) -> LoadedTarget:
        """What the authority for changing an object depends on: owners, units, privilege.

        Neither what it holds nor what is held in it is loaded, whose number nothing bounds.
        """
        ...

    async def find_objects(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, DirectoryObject]:
        """The directory objects with these ids, by id, deleted ones too."""
        ...
