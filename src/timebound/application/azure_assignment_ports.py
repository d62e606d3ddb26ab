"""What the use cases about role assignments of Azure need of a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.azure_ports import RightsStore
from timebound.application.changes import FactKey, standing_key
from timebound.domain.azure_assignments import Surroundings
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId, TenantId
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant


def assignments_key(area: str) -> FactKey:
    """What is assigned in a subscription or at a management group, by the path of either.

    Raised by whatever assigns a role there past requests or takes one away; expected by whoever
    takes the last Owner away.
    """
    return FactKey(f"assignments/{area}")


def room_key(area: str) -> FactKey:
    """What may be one too many in a subscription or at a management group.

    Raised by whatever is given or asked there, requests and activations included; expected by what
    could be one too many.
    """
    return standing_key(area)


@dataclass(frozen=True, slots=True)
class LoadedSurroundings:
    """What is around an assignment, with the versions of its name and of its area."""

    around: Surroundings
    versions: Mapping[FactKey, int]


@dataclass(frozen=True, slots=True)
class RoomQuestion:
    """How many roles are assigned in the area of a place at `at`, or will be, up to `most`."""

    scope: Scope
    at: Instant
    most: int


@dataclass(frozen=True, slots=True)
class LoadedRoom:
    """How many are assigned in an area, with the version of what may be one too many there."""

    count: int
    versions: Mapping[FactKey, int]


class AssignmentStore(RightsStore, Protocol):
    """Finds what is around role assignments of Azure, and what callers may do there."""

    async def load_surroundings(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        """What there is under a name and around the place of a slot, but who owns that."""
        ...

    async def load_owners(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        """The grant with a name, and who holds Owner at exactly the place of a slot."""
        ...

    async def find_grants(
        self, tenant_id: TenantId, ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        """The grants with these ids, by id, whether in force or not."""
        ...

    async def count_assignments(self, tenant_id: TenantId, scope: Scope, at: Instant) -> int:
        """How many roles are assigned in the area of a place, or will be; activated ones too."""
        ...

    async def load_room(self, tenant_id: TenantId, question: RoomQuestion) -> LoadedRoom:
        """The same as far as it matters, with the version of what may be one too many there."""
        ...
