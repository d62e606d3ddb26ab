"""Consumers to be fed in tests: they remember what they took, and fail when they are told to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.storage.world import NOON, World
from tests.support.sealing import make_sealer, tell
from timebound.application.log_ports import Logged
from timebound.application.outbox import Consumer, Feed, Outbox, advance_all
from timebound.application.outbox_ports import Claim, DeadLetter
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant


@dataclass
class Receiver:
    """Takes events into memory, but for those that its judge finds fault with."""

    name: str = "receiver"
    judge: Callable[[Logged], Exception | None] = lambda _event: None
    taken: list[Logged] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Takes all or none."""
        assert tenant_id
        self.asked.append([one.event.id for one in batch])
        # A receiver elsewhere lets others have their turn.
        await asyncio.sleep(0)
        for one in batch:
            fault = self.judge(one)
            if fault is not None:
                raise fault
        self.taken += batch

    @property
    def ids(self) -> list[str]:
        """The ids of the events taken, as often as they came."""
        return [one.event.id for one in self.taken]


@dataclass
class Silent:
    """Never answers."""

    name: str = "silent"

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Waits for ever."""
        assert tenant_id
        assert batch
        await asyncio.Event().wait()


@dataclass
class Remembered:
    """What operators were told."""

    failures: list[str] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def tell_failure(self, claim: Claim, error: BaseException) -> None:
        """Remembers one."""
        self.failures.append(f"{claim.name}: {error}")

    def tell_dead_letter(self, letter: DeadLetter) -> None:
        """Remembers one."""
        self.letters.append(letter)

    def tell_passed(self, claim: Claim, count: int) -> None:
        """Remembers how many."""
        del claim
        self.passed.append(count)

    def tell_off(self, claim: Claim, error: BaseException) -> None:
        """Remembers one."""
        self.off.append(f"{claim.name}: {error}")

    def tell_fault(self, name: str, error: BaseException) -> None:
        """Remembers one."""
        assert name
        self.faults.append(error)


async def put(world: World, count: int, start: int = 0) -> list[str]:
    """Events that are sealed, by id in their order."""
    events = await tell(world, count, start)
    await catch_up(make_sealer(world), world.tenant, NOON)
    return [event.id for event in events]


def feed(world: World, consumer: Consumer, portion: int = 100) -> Feed:
    return Feed(consumer, tenant_id=world.tenant, portion=portion, is_from_first=True)


def receiver(world: World, name: str = "receiver") -> Receiver:
    return Receiver(f"{name} of {world.tenant}")


def open_outbox(store: Store, **changes: object) -> tuple[Outbox, Remembered]:
    remembered = Remembered()
    return replace(Outbox(store, remembered), **changes), remembered  # type: ignore[arg-type]  # a test's own


async def run_out(outbox: Outbox, feed: Feed, at: Instant = NOON) -> None:
    """Advances until nothing moves."""
    while await advance_all(outbox, feed, at):
        pass


async def find_position(store: Store, name: str) -> int | None:
    found = [one.position for one in await store.list_consumers() if one.name == name]
    return found[0] if found else None
