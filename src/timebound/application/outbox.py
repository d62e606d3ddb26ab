"""Handing the log over to those who follow it: in its order, each at its own pace, at least once.

A consumer has a position in the log of each tenant. What lies behind that is handed over, and only
then is the position moved: whoever is killed in between hands over again, and the event's id tells
the receiver that it is the same. What fails is tried again after growing pauses, with the events
behind it waiting; after so many failures it is put aside as a dead letter, and they pass. What can
never be handed over, because its row is damaged or the consumer cannot make anything of it, is a
dead letter at once.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Protocol

from timebound.application.log_ports import Entry, Logged
from timebound.application.outbox_ports import Behind, Claim, DeadLetter, OutboxStore, Progress
from timebound.application.ports import Clock
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant

BATCH: Final = 100
"""How many events are read at once."""
ATTEMPTS: Final = 12
"""After so many failures an event becomes a dead letter."""
LEASE: Final = timedelta(minutes=1)
"""How long others leave alone a consumer that somebody feeds."""
PATIENCE: Final = timedelta(seconds=30)
"""How long one turn goes on handing over: with the last try it is over before the lease."""
TIME_LIMIT: Final = timedelta(seconds=20)
"""How long a consumer may take over what it is handed at once."""
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)
LONGEST_WISH: Final = timedelta(minutes=30)
"""A receiver may wish to be left alone for so long after a failure, and no longer."""
_MOST_DOUBLINGS: Final = 10
_LONGEST_ERROR: Final = 500
_UNREADABLE: Final = "its row in the log is damaged; `timebound audit verify` tells more"
_REMOVED: Final = "content removed by retention"
_BETWEEN_LOOKS: Final = 0.5
"""Seconds between two looks for something new."""


class DeliveryError(Exception):
    """What was handed over did not arrive; final where the receiver wants nothing any more.

    `wish` is how long the receiver asks to be left alone.
    """

    def __init__(self, text: str, *, is_final: bool = False, wish: timedelta = timedelta()) -> None:
        super().__init__(text)
        self.is_final = is_final
        self.wish = wish


class UndeliverableError(DeliveryError):
    """What was handed over cannot be taken, however often it is tried."""


class Consumer(Protocol):
    """Follows the log."""

    @property
    def name(self) -> str:
        """What its position is kept under."""
        ...

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Takes events, all of them or by an exception none; the same ones may come again."""
        ...


@dataclass(frozen=True, slots=True)
class Feed:
    """A consumer, and what it is handed: which kinds of events, of whom, how many at once.

    One that is not from the first begins with what happens after it was first there. One that
    rests lets others have the machine for so many times as long as each of its turns took.
    """

    consumer: Consumer
    kinds: frozenset[EventKind] | None = None
    tenant_id: TenantId | None = None
    portion: int = BATCH
    is_from_first: bool = False
    rest: float = 0.0

    @property
    def name(self) -> str:
        """The name of the consumer."""
        return self.consumer.name

    def wants(self, entry: Entry) -> bool:
        """Whether the consumer is to have an event; one that is damaged may be of any kind."""
        return not isinstance(entry, Logged) or self.kinds is None or entry.event.kind in self.kinds

    def pause_after(self, turn: float, *, has_moved: bool) -> float:
        """Seconds until the next look after a turn of so many seconds."""
        return turn * self.rest if has_moved else _BETWEEN_LOOKS


class Troubles(Protocol):
    """Is told what goes wrong, so that operators learn of it."""

    def tell_failure(self, claim: Claim, error: BaseException) -> None:
        """Something was not taken, and is offered again."""
        ...

    def tell_dead_letter(self, letter: DeadLetter) -> None:
        """Something was offered for the last time."""
        ...

    def tell_passed(self, claim: Claim, count: int) -> None:
        """Of so many events nothing was left when the consumer came to them."""
        ...

    def tell_off(self, claim: Claim, error: BaseException) -> None:
        """A receiver wants nothing any more."""
        ...

    def tell_fault(self, name: str, error: BaseException) -> None:
        """A consumer could not be fed at all, as while the database is away."""
        ...


@dataclass(frozen=True, slots=True)
class Outbox:
    """What feeding works with; once it is stopping, turns end after what they are at."""

    store: OutboxStore
    troubles: Troubles
    attempts: int = ATTEMPTS
    time_limit: timedelta = TIME_LIMIT
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def follow_log(outbox: Outbox, feed: Feed, system: Clock) -> None:
    """Feeds a consumer until it stops; whatever happens to it is no other one's business."""
    loop = asyncio.get_running_loop()
    while not outbox.stopping.is_set():
        began = loop.time()
        try:
            has_moved = await advance_all(outbox, feed, system.now())
        except Exception as error:  # noqa: BLE001 - whatever ails the database, it is asked again
            outbox.troubles.tell_fault(feed.name, error)
            has_moved = False
        pause = feed.pause_after(loop.time() - began, has_moved=has_moved)
        if pause:
            with suppress(TimeoutError):
                await asyncio.wait_for(outbox.stopping.wait(), pause)


async def begin(store: OutboxStore, feeds: Sequence[Feed]) -> None:
    """Gives consumers that are new their place in the logs that are there."""
    for feed in feeds:
        if not feed.is_from_first:
            await store.begin_consumer(feed.name, feed.tenant_id)


async def advance_all(outbox: Outbox, feed: Feed, system_at: Instant) -> bool:
    """Hands over the next events of every tenant; whether anything moved."""
    loop = asyncio.get_running_loop()
    began, at, has_moved = loop.time(), system_at, False
    for one in await outbox.store.list_behind(feed.name, system_at):
        if feed.tenant_id in (None, one.tenant_id):
            has_moved |= await advance(outbox, feed, one, at)
            # Holds and pauses count from a tenant's own turn: those before it may have been slow.
            at = system_at + timedelta(seconds=loop.time() - began)
    return has_moved


async def advance(outbox: Outbox, feed: Feed, behind: Behind, system_at: Instant) -> bool:
    """Hands over the next events of a tenant; whether the consumer has come further."""
    store = outbox.store
    claim = await store.claim_consumer(behind.tenant_id, feed.name, system_at + LEASE, system_at)
    if claim is None:
        return False
    turn = _Turn(outbox, feed, claim, system_at, asyncio.get_running_loop().time())
    progress, passed = await turn.resend(), 0
    if progress is None:
        batch = await store.read_log(claim.tenant_id, claim.position - 1, BATCH)
        # Whatever is sealed and cannot be read has been removed by retention.
        end = batch[-1].position + 1 if batch else max(claim.position, behind.size)
        stop = await turn.hand_over([one for one in batch if feed.wants(one)], feed.portion)
        progress = Progress(end) if stop is None else turn.judge(stop)
        passed = _count_passed(claim, progress, batch)
    letter = turn.letter
    is_settled = await store.settle_claim(claim, progress, letter)
    if is_settled and letter is not None:
        outbox.troubles.tell_dead_letter(letter)
    if is_settled and passed:
        outbox.troubles.tell_passed(claim, passed)
    return is_settled and progress.position > claim.position


def _count_passed(claim: Claim, progress: Progress, batch: Sequence[Entry]) -> int:
    """How many places were passed at which nothing can be read."""
    read = sum(one.position < progress.position for one in batch)
    return progress.position - claim.position - read


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a turn ends before its batch does: out of time, or by an error."""

    at: Entry
    error: Exception | None = None


@dataclass(slots=True)
class _Turn:
    """One claim, and what has come of it."""

    outbox: Outbox
    feed: Feed
    claim: Claim
    system_at: Instant
    began: float
    letter: DeadLetter | None = None

    async def hand_over(self, events: Sequence[Entry], portion: int) -> _Stop | None:
        """Hands over in portions; where it stops, if it does."""
        for start in range(0, len(events), portion):
            part = events[start : start + portion]
            if self._is_over():
                return _Stop(part[0])
            error = await self._take(part)
            if error is not None and len(part) > 1:
                # One by one it is found out which one it is.
                return await self.hand_over(events[start:], 1)
            if error is not None:
                return _Stop(part[0], error)
        return None

    def judge(self, stop: _Stop) -> Progress:
        """What becomes of the claim, with a dead letter after the last failure."""
        position, error, claim = stop.at.position, stop.error, self.claim
        if error is None:
            return Progress(position)
        told, troubles = _describe(error), self.outbox.troubles
        if isinstance(error, DeliveryError) and error.is_final:
            troubles.tell_off(claim, error)
            return Progress(position, error=told, is_off=True)
        failed = claim.attempts if position == claim.position else 0
        now = self.system_at + self._elapsed()
        if not isinstance(error, UndeliverableError):
            troubles.tell_failure(claim, error)
        if failed + 1 < self.outbox.attempts and not isinstance(error, UndeliverableError):
            pause = _pause_after(error, failed)
            return Progress(position, failed + 1, now + pause, told)
        self.letter = DeadLetter(
            claim.tenant_id,
            claim.name,
            position,
            stop.at.event_id,
            failed + 1,
            told,
            now,
        )
        return Progress(position + 1)

    async def resend(self) -> Progress | None:
        """Offers again what an operator wants offered again; what fails is a dead letter still."""
        claim, store, troubles = self.claim, self.outbox.store, self.outbox.troubles
        for letter in await store.list_resent(claim.tenant_id, claim.name, BATCH):
            if self._is_over():
                return Progress(claim.position, claim.attempts)
            found = await store.read_log(claim.tenant_id, letter.position - 1, 1)
            wanted = [one for one in found if one.position == letter.position]
            # What retention has removed meanwhile can be offered to nobody, and nobody took it.
            error = await self._take(wanted) if wanted else UndeliverableError(_REMOVED)
            if error is None:
                await store.remove_letter(letter)
                continue
            told, at = _describe(error), self.system_at + self._elapsed()
            attempts = letter.attempts + bool(wanted)
            await store.return_letter(replace(letter, attempts=attempts, error=told, at=at))
            if isinstance(error, DeliveryError) and error.is_final:
                troubles.tell_off(claim, error)
                return Progress(claim.position, claim.attempts, error=told, is_off=True)
            troubles.tell_failure(claim, error)
        return None

    async def _take(self, part: Sequence[Entry]) -> Exception | None:
        events = [one for one in part if isinstance(one, Logged)]
        if len(events) < len(part):
            return UndeliverableError(_UNREADABLE)
        limit = self.outbox.time_limit.total_seconds()
        allowed = asyncio.timeout(limit)
        try:
            async with allowed:
                await self.feed.consumer.take(self.claim.tenant_id, events)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and told
            is_late = allowed.expired()
            return DeliveryError(f"it took longer than {limit:g} seconds") if is_late else error
        return None

    def _is_over(self) -> bool:
        return self.outbox.stopping.is_set() or self._elapsed() > PATIENCE

    def _elapsed(self) -> timedelta:
        return timedelta(seconds=asyncio.get_running_loop().time() - self.began)


def _pause_after(error: Exception, failed: int) -> timedelta:
    wish = error.wish if isinstance(error, DeliveryError) else timedelta()
    doubled = FIRST_PAUSE * (1 << min(failed, _MOST_DOUBLINGS))
    return max(min(doubled, LONGEST_PAUSE), min(wish, LONGEST_WISH))


def _describe(error: Exception) -> str:
    text = str(error)
    told = text if isinstance(error, DeliveryError) else f"{type(error).__name__}: {text}"
    return told[:_LONGEST_ERROR]
