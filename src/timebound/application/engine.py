"""What every use case that changes something works with, and the one loop around a decision."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from timebound.application.changes import ChangeSet, FactKey, Write
from timebound.application.ports import DecisionStore, IdSource, Loaded
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import Refused
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.grants import Slot
from timebound.domain.ids import EventId
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Request
from timebound.domain.times import Instant

ATTEMPTS: Final = 5
"""How often a decision is made anew when somebody else changed a fact meanwhile; then BUSY."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The store that decisions are loaded from and applied to, and the source of ids."""

    store: DecisionStore
    ids: IdSource


@dataclass(frozen=True, slots=True)
class Record:
    """What a decision comes to: what is written and told, and which facts that changes."""

    outcome: Request | Refused
    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()
    bumps: frozenset[FactKey] = frozenset()


Judge: TypeAlias = Callable[[Loaded], Awaitable[Record]]


async def decide_and_apply(
    engine: Engine, token: Token, slot: Slot, at: Instant, judge: Judge
) -> Request | Refused:
    """Loads the facts, judges, and applies the record whole; again when the facts moved on."""
    for _ in range(ATTEMPTS):
        loaded = await engine.store.load_facts(token, slot, at)
        record = await judge(loaded)
        if not record.writes and not record.events:
            return record.outcome
        change = ChangeSet(
            tenant_id=token.tenant_id,
            recorded_at=at,
            expects=_expected(loaded.versions, record),
            bumps=record.bumps,
            writes=record.writes,
            events=record.events,
        )
        if await engine.store.apply(change):
            return record.outcome
    return Refused((Problem(Code.BUSY),))


def _expected(versions: Mapping[FactKey, int], record: Record) -> Mapping[FactKey, int]:
    # A refusal changes nothing that another decision rests on: it is recorded, not guarded.
    return versions if record.writes else {}


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
        """One event, effective now unless said otherwise."""
        return Event(
            id=EventId(self.engine.ids.new_id()),
            kind=kind,
            effective_at=effective_at or self.at,
            recorded_at=self.at,
            correlation_id=self.correlation_id,
            actor=self.actor,
            subject_id=subject_id,
            data=data,
        )
