"""What every use case that changes something works with, and the one loop around a decision."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

from timebound.application.changes import ChangeSet, FactKey, Write
from timebound.application.ports import DecisionStore, IdSource, Loaded
from timebound.application.slots import AskedSlot, load_slot
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import Refused
from timebound.domain.events import ADDRESS, Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId, TenantId
from timebound.domain.problems import Code, Problem
from timebound.domain.times import Instant

ATTEMPTS: Final = 5
"""How often a decision is made anew when somebody else changed a fact meanwhile; then BUSY."""

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Engine:
    """The store that decisions are loaded from and applied to, and the source of ids.

    `address` is where whoever calls is on the network, if that is known.
    """

    store: DecisionStore
    ids: IdSource
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Record(Generic[Outcome]):
    """What a decision comes to: what is written and told, and which facts that changes."""

    outcome: Outcome | Refused
    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()
    bumps: frozenset[FactKey] = frozenset()


Judge: TypeAlias = Callable[[Loaded], Awaitable[Record[Outcome]]]
Attempt: TypeAlias = Callable[[], Awaitable[tuple[Record[Outcome], Mapping[FactKey, int]]]]


async def decide_and_apply(
    engine: Engine, token: Token, asked: AskedSlot, at: Instant, judge: Judge[Outcome]
) -> Outcome | Refused:
    """Loads the facts of a slot, judges, and applies the record whole."""

    async def attempt() -> tuple[Record[Outcome], Mapping[FactKey, int]]:
        loaded = await load_slot(engine.store, token, asked, at)
        return await judge(loaded), loaded.versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


async def apply_attempts(
    engine: Engine, tenant_id: TenantId, at: Instant, attempt: Attempt[Outcome]
) -> Outcome | Refused:
    """Applies what an attempt comes to; attempts again when the facts moved on meanwhile."""
    for _ in range(ATTEMPTS):
        record, versions = await attempt()
        if not record.writes and not record.events:
            return record.outcome
        change = ChangeSet(
            tenant_id=tenant_id,
            recorded_at=at,
            # A refusal changes nothing that another decision rests on: it is not guarded.
            expects=versions if record.writes else {},
            bumps=record.bumps,
            writes=record.writes,
            events=record.events,
        )
        if await engine.store.apply(change):
            return record.outcome
    return Refused((Problem(Code.BUSY),))


def actor_of(caller: Caller) -> Actor:
    """The caller as events name them."""
    user_id = None if caller.is_application else caller.id
    return Actor(user_id=user_id, application_id=caller.token.application_id)


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the events of one use case: same actor, same correlation, same instant."""

    engine: Engine
    actor: Actor
    correlation_id: str
    at: Instant

    def tell(
        self,
        kind: EventKind,
        subject_id: str,
        data: Mapping[str, Fact],
        effective_at: Instant | None = None,
    ) -> Event:
        """One event, effective now unless said otherwise; with the address of who called."""
        address = self.engine.address
        return Event(
            id=EventId(self.engine.ids.new_id()),
            kind=kind,
            effective_at=effective_at or self.at,
            recorded_at=self.at,
            correlation_id=self.correlation_id,
            actor=self.actor,
            subject_id=subject_id,
            data=data if address is None else {**data, ADDRESS: address},
        )
