"""What checking a log needs of a store: rows as they are, believed in nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from timebound.application.log_ports import LogStore, TreeHead
from timebound.domain.events import Event
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Stretch
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a sealed event, and whether it says what its digest was made over.

    `event` is none where the row cannot be read, or is not written as the service writes it;
    `document` is what the digest of such an event is made over.
    """

    position: int
    id: str
    digest: str
    event: Event | None
    document: str | None
    is_emptied: bool
    """Whether its content was removed, as retention does it."""

    @property
    def is_sound(self) -> bool:
        """Whether it says what its digest was made over."""
        if self.document is None:
            return False
        return sha256(self.document.encode()).hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class UnreadableHead:
    """A tree head that is none."""

    size: object


class CheckStore(LogStore, Protocol):
    """A log that can be checked."""

    async def logged_tenants(self) -> Sequence[TenantId]:
        """The tenants that have a tree head, or events."""
        ...

    async def lost_logs(self) -> Sequence[str]:
        """The ids of what has events or tree heads, and is no tenant any more."""
        ...

    async def check_rows(
        self, tenant_id: TenantId, places: Stretch, limit: int
    ) -> Sequence[CheckedRow]:
        """The rows of the events in some places, in order."""
        ...

    async def check_retention(self, tenant_id: TenantId, start: int) -> Sequence[CheckedRow]:
        """The rows of what retention told of late: behind a place, or not sealed yet (-1)."""
        ...

    async def check_waiting(self, tenant_id: TenantId, limit: int) -> Sequence[CheckedRow]:
        """The rows of the events that are sealed next (-1 for their place), in their order."""
        ...

    async def check_heads(
        self, tenant_id: TenantId, after_size: int, limit: int
    ) -> Sequence[TreeHead | UnreadableHead]:
        """The tree heads greater than a size, the smallest first."""
        ...

    async def find_nodes(
        self, tenant_id: TenantId, level: int, start: int, end: int
    ) -> dict[int, bytes]:
        """The kept subtrees of a level from one index up to another, by index."""
        ...

    async def find_span(
        self, tenant_id: TenantId, since: Instant | None, until: Instant | None
    ) -> Stretch | None:
        """From the first place to the last of what was recorded from one instant up to another."""
        ...

    async def find_head_before(self, tenant_id: TenantId, at: Instant) -> TreeHead | None:
        """The newest tree head that says it was signed before an instant."""
        ...

    async def find_head_behind(self, tenant_id: TenantId, at: Instant) -> TreeHead | None:
        """The oldest tree head that says it was signed behind an instant."""
        ...

    async def count_nodes(self, tenant_id: TenantId) -> int:
        """How many subtrees are kept."""
        ...

    async def find_greatest_size(self, tenant_id: TenantId) -> int:
        """The size of the newest tree head; 0 where there is none."""
        ...

    async def find_misplaced(self, tenant_id: TenantId, limit: int) -> Sequence[object]:
        """Places that are none, or that more than one event has."""
        ...

    async def find_outermost(self, tenant_id: TenantId) -> tuple[object, object]:
        """The least and the greatest place that an event has; none where none has one."""
        ...
