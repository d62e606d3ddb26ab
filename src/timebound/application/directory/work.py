"""What the use cases that write to the directory share: one attempt, its facts and its record."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from timebound.application.changes import FactKey
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.recording import tell_refusal
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import EventKind, Fact
from timebound.domain.times import Instant

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Work:
    """Who writes, with what, and as of when.

    `system_at` is an instant of the clock that sign-ins live by, where that is another.
    """

    engine: Engine
    token: Token
    at: Instant
    system_at: Instant | None = None


Recorder: TypeAlias = Callable[[Teller], Awaitable[Record[Outcome]]]
"""Makes the record of a decision that was not a refusal."""
Judge: TypeAlias = Callable[[Versions], Awaitable[tuple[Caller, Refused | Recorder[Outcome]]]]
"""Loads the facts, adding their versions, and decides."""


def tell_kind(found: DirectoryObject | None) -> dict[str, Fact]:
    """The kind of an object, as far as there is one, as events name it."""
    return {} if found is None else {"objectKind": found.kind.value}


async def carry_out(
    work: Work, subject_id: str, asked: Mapping[str, Fact], judge: Judge[Outcome]
) -> Outcome | Refused:
    """Judges and applies until nobody interferes; a refusal is told with what was asked."""
    correlation_id = work.engine.ids.new_id()

    async def attempt() -> tuple[Record[Outcome], Mapping[FactKey, int]]:
        versions = Versions()
        caller, decision = await judge(versions)
        teller = Teller(work.engine, actor_of(caller), correlation_id, work.at)
        if isinstance(decision, Refused):
            kind = EventKind.CHANGE_REFUSED
            events = tell_refusal(teller, kind, subject_id, asked, decision.problems)
            return Record(decision, events=events), versions.all
        return await decision(teller), versions.all

    return await apply_attempts(work.engine, work.token.tenant_id, work.at, attempt)
