"""What the store is asked about due work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.changes import ChangeSet, FactKey
from timebound.domain.due import Due, DueKind
from timebound.domain.grants import Grant
from timebound.domain.ids import EventId, GrantId, RequestId, TenantId
from timebound.domain.requests import Request
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Claimed:
    """Due work that nobody else takes up for a while; `attempts` counts how often it failed.

    It is known by the instant until which it is held: who claims it later holds it for longer.
    """

    tenant_id: TenantId
    due: Due
    attempts: int = 0
    held_until: Instant | None = None


@dataclass(frozen=True, slots=True)
class FailedDue:
    """Due work that was given up, and what went wrong last."""

    claimed: Claimed
    error: str


@dataclass(frozen=True, slots=True)
class DueFacts:
    """The grants and requests that due work is about, with the versions of whom they concern.

    `open` is everything that is still to be done about them, due or not.
    """

    grants: Mapping[GrantId, Grant]
    requests: Mapping[RequestId, Request]
    versions: Mapping[FactKey, int]
    open: Sequence[Due]


@dataclass(frozen=True, slots=True)
class DueBacklog:
    """When the first thing fell or falls due that is not done, and how much was given up."""

    oldest: Instant | None
    given_up: int


class DueStore(Protocol):
    """Keeps what falls due; change sets add to it with what they grant and take from it."""

    async def claim_due(
        self, up_to: Instant, held_until: Instant, system_at: Instant, limit: int
    ) -> Sequence[Claimed]:
        """What is due at `up_to` and held by nobody at `system_at`, soonest first.

        It is held until `held_until` on the system's clock: if it is still there then, whoever
        claimed it has died, and somebody else may. What comes after something that is held, about
        the same grant or request, waits for that.
        """
        ...

    async def next_due(self, system_at: Instant) -> Instant | None:
        """When the next thing falls due that is held by nobody; none if nothing does."""
        ...

    async def count_due(self, up_to: Instant) -> int:
        """How much is due at `up_to` and neither done nor given up, whoever holds it."""
        ...

    async def free_due(self) -> None:
        """Takes everything from whoever holds it: for when all of these are known to be dead."""
        ...

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        """What one tenant's due work is about."""
        ...

    async def has_event(self, tenant_id: TenantId, event_id: EventId) -> bool:
        """Whether there is such an event in the log of a tenant."""
        ...

    async def hold_due(self, claimed: Claimed, until: Instant, error: str) -> None:
        """Counts a failure; nobody takes it up before `until` on the system's clock.

        Nothing happens where another has claimed it since.
        """
        ...

    async def release_due(self, claimed: Claimed) -> None:
        """Gives back what could not be tried, unless another has claimed it since."""
        ...

    async def give_up_due(self, claimed: Claimed, error: str) -> None:
        """Counts a failure, the last: it is kept, and taken up when it is resent.

        Nothing happens where another has claimed it since.
        """
        ...

    async def list_failed_due(self, limit: int) -> Sequence[FailedDue]:
        """What was given up, oldest first."""
        ...

    async def measure_due(self) -> DueBacklog:
        """What is behind, of all tenants together, whoever holds it."""
        ...

    async def resend_due(self, tenant_id: TenantId, subject_id: str, kind: DueKind) -> bool:
        """Takes up again what was given up; false if there is no such thing."""
        ...

    async def apply(self, change: ChangeSet) -> bool:
        """Applies the change set durably and whole; False on a conflict, with nothing written."""
        ...
