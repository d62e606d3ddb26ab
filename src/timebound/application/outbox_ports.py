"""What the outbox needs of a store: how far each consumer has come, and what it never took."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.log_ports import Entry
from timebound.domain.events import Event
from timebound.domain.ids import EventId, TenantId
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Behind:
    """A tenant of whose log a consumer has not taken everything; `size` are the sealed events."""

    tenant_id: TenantId
    size: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a consumer goes on in the log of a tenant, which nobody else feeds it meanwhile.

    `position` is that of the next event, `attempts` how often that one has failed. It is known by
    the instant until which it is held: who claims it later holds it for longer.
    """

    tenant_id: TenantId
    name: str
    position: int
    attempts: int
    held_until: Instant


@dataclass(frozen=True, slots=True)
class Progress:
    """What becomes of a claim: where the consumer goes on, and not before when.

    It is off where the receiver wants nothing any more, until an operator turns it on.
    """

    position: int
    attempts: int = 0
    held_until: Instant | None = None
    error: str | None = None
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a consumer did not take, however often it was offered.

    One that `is_resent` is to be offered again.
    """

    tenant_id: TenantId
    consumer: str
    position: int
    event_id: EventId
    attempts: int
    error: str
    at: Instant
    is_resent: bool = False


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """How far a consumer has come in the log of a tenant."""

    tenant_id: TenantId
    name: str
    position: int
    size: int
    attempts: int
    held_until: Instant | None
    error: str | None
    is_off: bool

    @property
    def lag(self) -> int:
        """How many sealed events it has not been offered yet."""
        return max(0, self.size - self.position)


class OutboxStore(Protocol):
    """Keeps positions and dead letters; instants of holds are on the system's clock."""

    async def read_log(
        self, tenant_id: TenantId, after_position: int, limit: int
    ) -> Sequence[Entry]:
        """Sealed events behind a place (-1: from the first), in order, damaged ones as such."""
        ...

    async def begin_consumer(self, name: str, tenant_id: TenantId | None) -> None:
        """Lets a consumer that is new begin behind what is sealed, of one tenant or of all."""
        ...

    async def list_behind(self, name: str, system_at: Instant) -> Sequence[Behind]:
        """The tenants of which a consumer can be handed something now, resent letters too."""
        ...

    async def claim_consumer(
        self, tenant_id: TenantId, name: str, held_until: Instant, system_at: Instant
    ) -> Claim | None:
        """The right to feed a consumer until an instant; none while somebody else has it.

        Where it has no place yet, it begins with the first event of the tenant.
        """
        ...

    async def settle_claim(
        self, claim: Claim, progress: Progress, letter: DeadLetter | None = None
    ) -> bool:
        """Gives a claim back, durably, with a dead letter in the same transaction.

        False, with nothing written, where it is not held by this claim any more: the hold was over,
        and another has it or has fed it.
        """
        ...

    async def list_dead(self, limit: int) -> Sequence[DeadLetter]:
        """Dead letters, the oldest first, those that are being resent as well."""
        ...

    async def count_dead(self) -> int:
        """How many dead letters there are."""
        ...

    async def resend_dead(self, consumer: str, event_id: EventId | None) -> int:
        """Has a consumer offered dead letters again: that of an event, or all; how many it were."""
        ...

    async def forget_dead(
        self, consumer: str, event_id: EventId | None, tell: Callable[[DeadLetter], Event]
    ) -> Sequence[DeadLetter]:
        """Forgets dead letters of a consumer, that of an event or all, and answers them.

        What tells of each is committed with it.
        """
        ...

    async def list_resent(self, tenant_id: TenantId, name: str, limit: int) -> Sequence[DeadLetter]:
        """The letters that are to be offered again, by position."""
        ...

    async def remove_letter(self, letter: DeadLetter) -> None:
        """Forgets a letter that was taken at last."""
        ...

    async def return_letter(self, letter: DeadLetter) -> None:
        """Keeps a letter that failed again, with what it says now."""
        ...

    async def list_consumers(self) -> Sequence[ConsumerState]:
        """How far all of them have come, by name and tenant."""
        ...

    async def turn_on_consumer(self, name: str) -> int:
        """Goes on with a consumer that is off or waits; answers of how many tenants."""
        ...

    async def remove_consumer(self, name: str, system_at: Instant) -> int:
        """Forgets how far a consumer has come; answers in the logs of how many tenants.

        Not where somebody feeds it at that instant. Its dead letters stay.
        """
        ...
