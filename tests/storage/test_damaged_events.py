"""A sealed event that cannot be read, or not be understood, hides none of those behind it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.storage.test_log_checking import check, places_of
from tests.storage.world import NOON, World
from tests.support.feeding import feed, find_position, open_outbox, put, receiver, run_out
from tests.support.log_tampering import Intruder
from tests.support.sealing import make_event, make_sealer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.changes import ChangeSet
from timebound.application.log_ports import Logged, Unreadable
from timebound.application.outbox import Feed
from timebound.application.outbox_ports import DeadLetter
from timebound.application.ports import Store
from timebound.application.queries import Query
from timebound.application.sealing import catch_up
from timebound.domain.events import Event, EventKind

pytestmark = pytest.mark.inferred("a damaged row does not mend by itself: a dead letter at once")

MINUTE = timedelta(minutes=1)
ON_SQLITE_ALONE = [("data", b"\xff\xfe"), ("recorded_at", b"yesterday")]
"""PostgreSQL keeps texts and instants that are such, and nothing else."""
DAMAGES = [("kind", b"nonsense"), ("data", b"{"), ("data", b"[]"), *ON_SQLITE_ALONE]


@dataclass(frozen=True, slots=True)
class Damage:
    """Something else in a column of the event at place 1, and what was there."""

    intruder: Intruder
    column: str
    was: object

    async def mend(self) -> None:
        """Puts back what was there."""
        await self.intruder.write("events", self.column, "position", 1, self.was)


async def damage(world: World, url: str, column: str, content: bytes) -> Damage:
    intruder = Intruder(url, world.tenant)
    if not intruder.is_on_sqlite and (column, content) in ON_SQLITE_ALONE:
        column, content = "data", b"null"
    was = await intruder.read("events", column, "position", 1)
    await intruder.write("events", column, "position", 1, content)
    return Damage(intruder, column, was.encode() if isinstance(was, str) else was)


async def read_letters(world: World) -> list[DeadLetter]:
    """The dead letters of the tenant; the tests of a store share it."""
    return [one for one in await world.store.list_dead(1000) if one.tenant_id == world.tenant]


def follow(world: World) -> tuple[AuditTrail, Feed]:
    trail = replace(
        AuditTrail(world.store, make_sealer(world)),
        name=f"audit of {world.tenant}",
    )
    return trail, feed(world, trail)


async def commit(world: World, *kinds: EventKind) -> list[Event]:
    events = [replace(make_event(world, number), kind=kind) for number, kind in enumerate(kinds)]
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=tuple(events))
    assert await world.store.apply(change)
    await catch_up(make_sealer(world), world.tenant, NOON)
    return events


async def read_audited(world: World) -> list[str]:
    page = await world.store.read_audits(world.tenant, Query(100))
    return [one.event_id for one in reversed(page.rows)]


@pytest.mark.parametrize(("column", "content"), DAMAGES)
async def test_the_log_tells_of_it_and_of_its_neighbours(
    world: World, database_url: str, column: str, content: bytes
) -> None:
    ids = await put(world, 3)
    await damage(world, database_url, column, content)
    first, second, third = await world.store.read_log(world.tenant, -1, 10)
    assert isinstance(first, Logged)
    assert isinstance(third, Logged)
    assert [one.event_id for one in (first, second, third)] == ids
    assert second == Unreadable(1, second.event_id)
    assert [*await world.store.read_log(world.tenant, 0, 10)] == [second, third]
    assert places_of(await check(world)) == ["event 1"]


async def test_an_event_at_no_place_is_nobodys(world: World, database_url: str) -> None:
    await put(world, 3)
    intruder = Intruder(database_url, world.tenant)
    nowhere = 1.5 if intruder.is_on_sqlite else -7
    await intruder.write("events", "position", "position", 1, nowhere)
    found = await world.store.read_log(world.tenant, -1, 10)
    assert [one.position for one in found] == [0, 2]


@pytest.mark.parametrize(("column", "content"), DAMAGES)
async def test_a_consumer_goes_on_behind_it_and_gets_it_when_it_is_mended(
    world: World, database_url: str, column: str, content: bytes
) -> None:
    ids, own = await put(world, 4), receiver(world)
    damaged = await damage(world, database_url, column, content)
    outbox, remembered = open_outbox(world.store)
    wanted = replace(feed(world, own), kinds=frozenset({EventKind.GRANT_MADE}))
    await run_out(outbox, wanted)
    assert own.ids == [ids[0], *ids[2:]]
    assert await find_position(world.store, own.name) == 4
    [letter] = await read_letters(world)
    assert (letter.consumer, letter.position, letter.event_id) == (own.name, 1, ids[1])
    assert (letter.attempts, letter.at - NOON < MINUTE) == (1, True)
    assert "`timebound audit verify`" in letter.error
    assert (remembered.letters, remembered.failures) == ([letter], [])

    # Offered again it is no better, until the row is what it was.
    assert await world.store.resend_dead(own.name, letter.event_id) == 1
    await run_out(outbox, wanted)
    [again] = await read_letters(world)
    assert again.attempts == 2
    await damaged.mend()
    assert await world.store.resend_dead(own.name, letter.event_id) == 1
    await run_out(outbox, wanted)
    assert own.ids == [ids[0], *ids[2:], ids[1]]
    assert await read_letters(world) == []


@pytest.mark.parametrize(("column", "content"), DAMAGES)
async def test_the_audit_log_goes_on_behind_it_and_gets_it_when_it_is_mended(
    world: World, database_url: str, column: str, content: bytes
) -> None:
    events = await commit(world, *[EventKind.SESSIONS_ENDED] * 4)
    ids = [event.id for event in events]
    damaged = await damage(world, database_url, column, content)
    trail, trail_feed = follow(world)
    await trail.catch_up(world.tenant, NOON)
    assert await read_audited(world) == [ids[0], *ids[2:]]
    outbox, _ = open_outbox(world.store)
    await run_out(outbox, trail_feed)
    [letter] = await read_letters(world)
    assert letter.event_id == ids[1]
    await damaged.mend()
    assert await world.store.resend_dead(trail.name, None) == 1
    await run_out(outbox, trail_feed)
    assert await read_audited(world) == ids
    assert await read_letters(world) == []


@pytest.mark.parametrize("is_read_before", [False, True])
async def test_what_the_audit_log_does_not_understand_is_told_and_passed(
    world: World, *, is_read_before: bool
) -> None:
    kinds = [EventKind.SESSIONS_ENDED, EventKind.GRANT_MADE, EventKind.SESSIONS_ENDED]
    first, strange, last = await commit(world, *kinds)
    trail, trail_feed = follow(world)
    if is_read_before:
        await trail.catch_up(world.tenant, NOON)
    outbox, remembered = open_outbox(world.store)
    await run_out(outbox, trail_feed)
    assert await read_audited(world) == [first.id, last.id]
    assert await find_position(world.store, trail.name) == 3
    [letter] = await read_letters(world)
    assert (letter.event_id, letter.attempts) == (strange.id, 1)
    assert letter.error == "no audit records can be made of it (KeyError: 'scopeKind')"
    assert remembered.failures == []


async def test_what_was_passed_is_made_up_for_once(world: World, store: Store) -> None:
    """As after an update of the service: what it did not understand before, it does now."""
    kinds = [EventKind.SESSIONS_ENDED, EventKind.SESSIONS_ENDED]
    events = await commit(world, *kinds)
    trail, trail_feed = follow(world)
    # It has been followed to its end without a record of either.
    await store.add_audits(world.tenant, [], 1)
    assert await read_audited(world) == []
    outbox, _ = open_outbox(store)
    await run_out(outbox, trail_feed)
    assert await read_audited(world) == [event.id for event in events]
    await trail.take(world.tenant, await read_logged(world))
    assert await read_audited(world) == [event.id for event in events]
