"""What happened before there was a log, and what was in it, after the migrations of the log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from tests.storage.world import NOON, World
from tests.support.events import read_rows
from tests.support.feeding import Receiver, feed, open_outbox, run_out
from tests.support.sealing import make_event, make_sealer, make_signer
from tests.support.tampering import run_sql
from timebound.application.auditing import AuditTrail
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.outbox import begin
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.events import Event, EventKind
from timebound.domain.ids import EventId, TenantId
from timebound.storage.columns import write_instant
from timebound.storage.directory_rows import write_event
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

TENANT: Final = TenantId("t")
_TENANT_ROW: Final = (
    "INSERT INTO tenants (id, display_name, settings, defaults_version) VALUES ('t', 'T', '{}', 1)"
)
MINUTE: Final = timedelta(minutes=1)


@dataclass
class History:
    """An empty database, and what is written into it at some revision, past the program."""

    url: str
    number: int = 0

    async def migrate(self, revision: str | None = None) -> None:
        """Brings the schema to a revision; the newest unless said otherwise."""
        arguments = (self.url,) if revision is None else (self.url, revision)
        await asyncio.to_thread(migrate, *arguments)

    async def run(self, statement: str) -> list[tuple[object, ...]]:
        """What the database itself answers."""
        return await asyncio.to_thread(run_sql, self.url, statement)

    async def tell(self, recorded: timedelta, effective: timedelta) -> str:
        """An event as any version before wrote it; its id."""
        self.number += 1
        event = replace(
            make_event(World(open_store(self.url)), self.number),
            id=EventId(f"9999{self.number:04}-0000-4000-8000-000000000000"),
            kind=EventKind.SETTINGS_CHANGED,
            effective_at=NOON + effective,
            recorded_at=NOON + recorded,
        )
        await self.run(_insert(event))
        return event.id

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[World]:
        """The tenant as the program of today finds it."""
        store = open_store(self.url)
        await store.open()
        world = World(store)
        world.tenant = TENANT
        try:
            yield world
        finally:
            await store.close()


def _insert(event: Event) -> str:
    row = write_event(TENANT, event)
    row.pop("position")
    return f"INSERT INTO events ({', '.join(row)}) VALUES ({', '.join(map(_quote, row.values()))})"  # noqa: S608 - a test's own


def _quote(value: object) -> str:
    if value is None:
        return "NULL"
    text = write_instant(value) if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture
def history(empty_url: str) -> History:
    return History(empty_url)


async def places_of(history: History) -> list[str]:
    """The ids of the sealed events in the order of their places."""
    rows = [
        row for row in await read_rows(history.url, "events", TENANT) if row["position"] is not None
    ]
    return [row["id"] for row in sorted(rows, key=lambda row: row["position"])]


async def audited(history: History, world: World) -> Sequence[tuple[str, str]]:
    """The audit records, made as far as the log goes."""
    await AuditTrail(world.store, make_sealer(world)).catch_up(TENANT, NOON)
    rows = await read_rows(history.url, "audit_records", TENANT)
    return sorted((row["event_id"], row["activity"]) for row in rows)


async def is_sound(store: Store) -> bool:
    """Whether a check of the whole log finds nothing, and nothing that waits."""
    report = await Check(Logbook(store, make_signer(), TENANT)).run()
    return (report.findings, report.unsealed) == ([], 0)


@pytest.mark.inferred("an upgrade loses nothing of what was told before there was a log")
async def test_what_happened_before_there_was_a_log_is_sealed_and_told(history: History) -> None:
    await history.migrate("0012")
    await history.run(_TENANT_ROW)
    second, third = (
        await history.tell(2 * MINUTE, 2 * MINUTE),
        await history.tell(9 * MINUTE, MINUTE),
    )
    first, last = await history.tell(MINUTE, MINUTE), await history.tell(9 * MINUTE, 8 * MINUTE)
    await history.migrate()
    async with history.opened() as world:
        late, early = Receiver("late"), Receiver("early")
        new = replace(feed(world, late), is_from_first=False)
        assert await catch_up(make_sealer(world), TENANT, NOON) == 4
        await begin(world.store, [new])
        outbox, _ = open_outbox(world.store)
        for one in (new, feed(world, early)):
            await run_out(outbox, one)
        assert await places_of(history) == early.ids == [first, second, third, last]
        assert late.ids == []
        assert {id_ for id_, _ in await audited(history, world)} == set(early.ids)
        assert await is_sound(world.store)
    assert await history.run("SELECT id FROM sign_ins") == []


@pytest.mark.inferred("each way back and up again loses what its migration says, and no event")
@pytest.mark.parametrize("revision", ["0012", "0013", "0015", "0016", "0017", "0018"])
async def test_what_was_sealed_is_still_there_after_the_way_back_and_up(
    history: History, revision: str
) -> None:
    await history.migrate()
    await history.run(_TENANT_ROW)
    ids = [await history.tell(number * MINUTE, number * MINUTE) for number in range(5)]
    async with history.opened() as world:
        own = Receiver("own")
        outbox, _ = open_outbox(world.store)
        await catch_up(make_sealer(world), TENANT, NOON)
        await run_out(outbox, feed(world, own))
        before = await audited(history, world)
    await history.migrate(revision)
    # One that took effect before another of the same moment is sealed before it.
    ids += reversed([await history.tell(9 * MINUTE, minutes * MINUTE) for minutes in (8, 7)])
    await history.migrate()
    async with history.opened() as world:
        await catch_up(make_sealer(world), TENANT, NOON)
        assert await places_of(history) == ids
        outbox, _ = open_outbox(world.store)
        await run_out(outbox, feed(world, own))
        is_kept = revision >= "0016"
        assert own.ids == (ids if is_kept else [*ids[:5], *ids])
        after = await audited(history, world)
        assert set(before) < set(after)
        assert {id_ for id_, _ in after} == set(ids)
        assert await is_sound(world.store)
