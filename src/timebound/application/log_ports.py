"""What the log needs of a store: events in their places, what stands above them, and the heads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from timebound.domain.checkpoints import LogKey
from timebound.domain.events import Event
from timebound.domain.ids import EventId, TenantId
from timebound.domain.merkle import CompactRange, Node, Stretch, Tree
from timebound.domain.times import Instant

KEPT_LEVELS: Final = (8, 16, 24)
"""The levels of the tree whose subtrees are kept; the leaves are the events themselves."""

LEVEL_STEP: Final = 8


class DamagedLogError(Exception):
    """What the log holds cannot be what was sealed; verifying it tells more."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A sealed event at its place; places begin at 0 and have no gaps."""

    position: int
    event: Event
    digest: str

    @property
    def event_id(self) -> EventId:
        """The id of the event."""
        return self.event.id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A sealed event whose row does not say any more what happened; its place is known."""

    position: int
    event_id: EventId


Entry: TypeAlias = Logged | Unreadable
"""What is found at a place of the log."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A committed event that has no place yet."""

    id: EventId
    digest: str


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A signed tree head as it is kept, with the size of the one before it."""

    size: int
    root: bytes
    peaks: tuple[bytes, ...]
    at: Instant
    key_number: int
    signature: bytes
    previous: int | None

    @property
    def tree(self) -> Tree:
        """Size and root."""
        return Tree(self.size, self.root)

    @property
    def range(self) -> CompactRange:
        """The tree to go on from; DamagedLogError where the peaks do not make the root."""
        if len(self.peaks) == self.size.bit_count():
            found = CompactRange(self.size, self.peaks)
            if found.root == self.root:
                return found
        raise DamagedLogError(f"the peaks of tree head {self.size} do not make its root")


@dataclass(frozen=True, slots=True)
class Sealing:
    """What gives unsealed events their places: the next head, and the subtrees got complete."""

    head: TreeHead
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Of how many events content was removed; when the oldest and newest looked at were recorded.

    These are none where no event was looked at, or somebody else was faster.
    """

    count: int
    oldest: Instant | None = None
    newest: Instant | None = None


SealPlan = Callable[[TreeHead | None, Sequence[Unsealed]], Sealing]
"""From the last head and the next events, in their order, to what is written."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The log's private key as it is kept, encrypted under the master key."""

    number: int
    name: str
    sealed: bytes
    created_at: Instant


class LogStore(Protocol):
    """Keeps the log of each tenant."""

    async def tenants_to_seal(self) -> Sequence[TenantId]:
        """The tenants that have unsealed events."""
        ...

    async def count_unsealed(self, tenant_id: TenantId) -> int:
        """How many events of a tenant are not sealed yet."""
        ...

    async def find_oldest_unsealed(self, tenant_id: TenantId) -> Instant | None:
        """When the oldest of them was recorded: sealing lags by as much."""
        ...

    async def seal(self, tenant_id: TenantId, most: int, plan: SealPlan) -> int:
        """Gives the next unsealed events, by when they were recorded and id, their places.

        Those of one grant that wait together get theirs in the order of its life.
        Head, places and subtrees are written in one transaction, in which nobody else seals the
        tenant. Answers how many were sealed, and 0 where somebody else was faster.
        """
        ...

    async def read_log(
        self, tenant_id: TenantId, after_position: int, limit: int
    ) -> Sequence[Entry]:
        """Sealed events behind a place (-1: from the first), in order.

        Those whose content retention has removed are left out; those whose row is damaged are not.
        """
        ...

    async def find_place(self, tenant_id: TenantId, event_id: EventId) -> int | None:
        """Where an event was sealed; none if it is unknown, or not sealed yet."""
        ...

    async def read_hashes(
        self, tenant_id: TenantId, level: int, start: int, end: int
    ) -> Sequence[bytes]:
        """The hashes of leaves (level 0) or of kept subtrees, from one index up to another.

        DamagedLogError where one of them is not there, or not what a hash looks like.
        """
        ...

    async def last_head(self, tenant_id: TenantId) -> TreeHead | None:
        """The newest tree head of a tenant."""
        ...

    async def has_heads(self) -> bool:
        """Whether there is a tree head, of any tenant or of none that is there."""
        ...

    async def find_head(self, tenant_id: TenantId, size: int) -> TreeHead | None:
        """The tree head of a size, if there was one."""
        ...

    async def read_heads(
        self, tenant_id: TenantId, after_size: int, limit: int
    ) -> Sequence[TreeHead]:
        """The tree heads greater than a size, the smallest first."""
        ...

    async def forget_content(
        self,
        tenant_id: TenantId,
        places: Stretch,
        before: Instant,
        tell: Callable[[Sequence[Stretch]], Event],
    ) -> Forgotten:
        """Removes the content of the events in some places that were recorded before an instant.

        Their places and digests stay. What is told of it is committed with it, and keeps its own
        content; the audit records that were made of such events go as well.
        """
        ...

    async def log_keys(self) -> Sequence[SealedKey]:
        """The keys that tree heads are signed with, the newest last."""
        ...

    async def add_log_key(self, key: SealedKey) -> None:
        """Keeps a key; nothing happens if there is one with its number."""
        ...


class LogSigner(Protocol):
    """Signs tree heads, and knows the keys of those that were signed."""

    @property
    def number(self) -> int:
        """The number of the key that signs."""
        ...

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of all keys."""
        ...

    def find(self, number: int) -> LogKey | None:
        """The public half of a key."""
        ...

    def sign(self, number: int, content: bytes) -> bytes:
        """The signature (Ed25519) by a key."""
        ...

    def is_signed(self, number: int, content: bytes, signature: bytes) -> bool:
        """Whether a key has signed this."""
        ...
