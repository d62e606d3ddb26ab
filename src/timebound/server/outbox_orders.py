"""What `timebound outbox` does, with the database at hand."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.dead_letters import forget_letters
from timebound.application.due_ports import FailedDue
from timebound.application.outbox_ports import ConsumerState, DeadLetter
from timebound.application.ports import Store
from timebound.domain.ids import EventId
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.emulation import open_movable_clock
from timebound.server.ids import RandomIds
from timebound.server.notes import read_floor
from timebound.server.ordering import require_database

_MOST: Final = 1000
"""How many of a kind are listed, and taken up again, at once."""


@dataclass(frozen=True, slots=True)
class ResendOrder:
    """What is tried again: dead letters of a consumer, due work, or both."""

    consumer: str | None
    event: str | None
    is_due: bool


def show_status(settings: Settings) -> str:
    """A line for each consumer and tenant."""

    async def ask(store: Store) -> str:
        lines = [_show_state(one) for one in await store.list_consumers()]
        letters = await store.count_dead()
        return "\n".join([*lines, f"{letters} dead letters"])

    return _run(settings, ask)


def show_dead(settings: Settings) -> str:
    """A line for each dead letter, and for each piece of due work that was given up."""

    async def ask(store: Store) -> str:
        letters = [_show_letter(one) for one in await store.list_dead(_MOST)]
        due = [_show_due(one) for one in await store.list_failed_due(_MOST)]
        return "\n".join([*letters, *due]) or "Nothing was given up."

    return _run(settings, ask)


def run_resend(settings: Settings, order: ResendOrder) -> str:
    """How much is tried again; ConfigError where there is nothing of the kind."""
    for option, given in (("--consumer", order.consumer), ("--event", order.event)):
        _require_name(option, given or "")

    async def tell(store: Store) -> str:
        told: list[str] = []
        if order.consumer is not None:
            event_id = None if order.event is None else EventId(order.event)
            told += await _resend_letters(store, order.consumer, event_id)
        if order.is_due:
            told.append(f"{await _resend_all_due(store)} things due are taken up again.")
        return "\n".join(told)

    return _run(settings, tell)


def run_forget(settings: Settings, consumer: str, event: str | None) -> str:
    """A line for each dead letter that is gone; ConfigError where there is none."""
    for option, given in (("--consumer", consumer), ("--event", event)):
        _require_name(option, given or "")

    async def tell(store: Store) -> str:
        event_id = None if event is None else EventId(event)
        system = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        at = (await open_movable_clock(store, system)).now()
        forgotten = await forget_letters(store, RandomIds(), consumer, event_id, at)
        if not forgotten:
            raise ConfigError(f"--consumer {consumer!r}: it has no such dead letter")
        lines = [_show_letter(one) for one in forgotten]
        return "\n".join([*lines, f"{len(lines)} dead letters are forgotten."])

    return _run(settings, tell)


def run_resume(settings: Settings, consumer: str) -> str:
    """What goes on; ConfigError where nothing stands still."""
    _require_name("--consumer", consumer)

    async def tell(store: Store) -> str:
        count = await store.turn_on_consumer(consumer)
        if not count:
            raise ConfigError(f"--consumer {consumer!r}: it neither is off nor waits")
        return f"{consumer} goes on for {count} tenants."

    return _run(settings, tell)


def run_remove(settings: Settings, consumer: str) -> str:
    """What is forgotten; ConfigError where there is nothing, or somebody feeds it."""
    _require_name("--consumer", consumer)

    async def tell(store: Store) -> str:
        system = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        count = await store.remove_consumer(consumer, system.now())
        if not count:
            raise ConfigError(f"--consumer {consumer!r}: there is none, or it is being fed")
        return f"{consumer} is forgotten in the logs of {count} tenants."

    return _run(settings, tell)


def _require_name(option: str, given: str) -> None:
    # What cannot be printed is in no name, and not every database can be asked for it.
    if not given.isprintable():
        raise ConfigError(f"{option} {given!r}: there is none of this name")


def _run(settings: Settings, work: Callable[[Store], Awaitable[str]]) -> str:
    async def run() -> str:
        async with open_database(settings) as store:
            return await work(store)

    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(run())


async def _resend_letters(store: Store, consumer: str, event_id: EventId | None) -> Sequence[str]:
    letters = await store.resend_dead(consumer, event_id)
    if not letters:
        said = "it has no such dead letter that is not being offered again"
        raise ConfigError(f"--consumer {consumer!r}: {said}")
    told = [f"{letters} dead letters are offered again, by a service that feeds {consumer}."]
    if any(one.is_off for one in await store.list_consumers() if one.name == consumer):
        told.append(f"{consumer} is off: first say `timebound outbox resume`.")
    return told


async def _resend_all_due(store: Store) -> int:
    count = 0
    while failed := await store.list_failed_due(_MOST):
        taken = sum([await _resend_due(store, one) for one in failed])
        count += taken
        if not taken:
            break
    return count


async def _resend_due(store: Store, failed: FailedDue) -> bool:
    due = failed.claimed.due
    return await store.resend_due(failed.claimed.tenant_id, due.subject_id, due.kind)


def _show_state(state: ConsumerState) -> str:
    told = f"{state.name}\t{state.tenant_id}\t{state.position} of {state.size}"
    if state.is_off:
        return f"{told}\toff: {state.error}"
    if state.attempts and state.held_until is not None:
        until = state.held_until.isoformat(timespec="seconds")
        return f"{told}\tfailed {state.attempts} times, waits until {until}: {state.error}"
    return told


def _show_letter(letter: DeadLetter) -> str:
    at = letter.at.isoformat(timespec="seconds")
    what = f"{letter.consumer}\t{letter.tenant_id}\tevent {letter.event_id}"
    told = f"{what}\t{at}\ttried {letter.attempts} times: {letter.error}"
    return f"{told} (being offered again)" if letter.is_resent else told


def _show_due(failed: FailedDue) -> str:
    claimed = failed.claimed
    due = claimed.due
    what = f"due\t{claimed.tenant_id}\t{due.kind.value} of {due.subject_id}"
    at = due.at.isoformat(timespec="seconds")
    return f"{what}\t{at}\ttried {claimed.attempts} times: {failed.error}"
