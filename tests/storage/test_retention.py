"""Old events lose their content, and everything can still be proved; on either store."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.storage.test_log_checking import check, places_of
from tests.storage.world import DAY, NOON, World
from tests.support.events import read_rows
from tests.support.log_tampering import Intruder
from tests.support.sealing import (
    make_event,
    make_sealer,
    make_signer,
    note_heads,
    read_logged,
    tell,
)
from timebound.application import retention
from timebound.application.audit_ports import KeptAudit, KeptInitiator, KeptTarget
from timebound.application.changes import ChangeSet
from timebound.application.exporting import Export, JsonLines, Tally
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import Forgotten
from timebound.application.log_proofs import LogProver
from timebound.application.ports import Store
from timebound.application.queries import Query
from timebound.application.retention import forget_all, forget_old
from timebound.application.sealing import catch_up, write_head_note
from timebound.domain.checkpoints import Note, read_notes
from timebound.domain.events import Event, EventKind
from timebound.domain.exports import ExportTree
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Stretch, Tree, verify_inclusion
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant
from timebound.server.ids import derive_id

pytestmark = pytest.mark.documented("issue: retention by policy that keeps the proofs valid")
KEPT = timedelta(days=30)
SECOND = timedelta(seconds=1)
EMPTYING = (
    "UPDATE events SET data = '', subject_id = '', correlation_id = '', actor_user_id = NULL, "
    "actor_application_id = NULL WHERE tenant_id = $1 AND "
)
LATER = NOON + KEPT + 5 * SECOND
"""When the first five events are old."""


async def make_old_log(store: Store, kept: timedelta | None = KEPT) -> tuple[World, list[Note]]:
    """Ten events, one recorded each second, and the head that somebody holds."""
    world = await World(store).begin(TenantSettings(audit_retention=kept))
    await tell(world, 10)
    await catch_up(make_sealer(world), world.tenant, NOON + DAY)
    return world, [note for text in await note_heads(world) for note in read_notes(text)]


async def forget(world: World) -> int:
    return await forget_old(world.store, derive_id, world.tenant, LATER)


async def test_what_is_old_loses_its_content_alone(store: Store, database_url: str) -> None:
    world, _ = await make_old_log(store)
    before = {row["id"]: row for row in await read_rows(database_url, "events", world.tenant)}
    assert await forget(world) == 5
    emptied = {"actor_user_id", "actor_application_id", "subject_id", "data", "correlation_id"}
    for row in await read_rows(database_url, "events", world.tenant):
        was = before.get(row["id"])
        if was is not None:
            changed = {name for name in row if row[name] != was[name]}
            assert changed == (emptied if was["position"] < 5 else set())
            assert row["position"] >= 5 or not any(row[name] for name in emptied)
    assert await forget(world) == 0


async def test_retention_is_told_in_the_log(store: Store) -> None:
    world, _ = await make_old_log(store)
    await forget(world)
    await catch_up(make_sealer(world), world.tenant, LATER)
    told = await read_logged(world)
    assert [one.position for one in told] == [5, 6, 7, 8, 9, 10]
    event = told[-1].event
    assert (event.kind, event.subject_id) == (EventKind.CONTENT_REMOVED, world.tenant)
    assert (event.data["count"], event.data["places"]) == (5, ("0-4",))
    assert event.recorded_at == LATER
    # What tells of retention stays, however old.
    assert await forget_old(world.store, derive_id, world.tenant, LATER + 400 * DAY) == 5
    await catch_up(make_sealer(world), world.tenant, LATER + 400 * DAY)
    kinds = [one.event.kind for one in await read_logged(world)]
    assert kinds == [EventKind.CONTENT_REMOVED] * 2


async def test_everything_can_still_be_proved(store: Store) -> None:
    world, notes = await make_old_log(store)
    await forget(world)
    await catch_up(make_sealer(world), world.tenant, LATER)
    report = await check(world, notes)
    assert report.findings == []
    assert (report.size, report.emptied, report.outside) == (11, 5, 1)
    held = notes[0].checkpoint.tree
    for position in range(held.size):
        proof = await LogProver(world.store, world.tenant).prove_inclusion(position, held.size)
        assert verify_inclusion(position, held.size, proof.leaf, proof.path, held.root)


async def test_emptied_events_are_exported_by_their_digests(store: Store) -> None:
    world, notes = await make_old_log(store)
    await forget(world)
    held, tally, tree = notes[0].checkpoint.tree, Tally(), ExportTree()
    export = Export(Logbook(world.store, make_signer(), world.tenant), held.size)
    content = b"".join([part async for part in export.write(JsonLines(), tally)])
    for line in content.split(b"\n")[:-1]:
        tree.add(line)
    assert Tree(tree.size, tree.root) == held
    assert (tally.told, tally.emptied, tally.damaged) == (5, 5, 0)
    assert (tree.told, tree.by_digest) == (5, 5)


async def test_what_tells_of_retention_may_not_be_sealed_yet(store: Store) -> None:
    world, notes = await make_old_log(store)
    await forget(world)
    report = await check(world, notes)
    assert (report.is_sound, report.size, report.emptied, report.unsealed) == (True, 10, 5, 1)


async def test_content_that_somebody_else_removed_is_found(store: Store, database_url: str) -> None:
    world, notes = await make_old_log(store)
    await forget(world)
    await catch_up(make_sealer(world), world.tenant, LATER)
    await Intruder(database_url, world.tenant).run(EMPTYING + "position IN (6, 7)", world.tenant)
    report = await check(world, notes)
    assert [str(one) for one in report.findings] == [
        "events 6 to 7: content is gone, and no retention tells of it"
    ]


async def test_nothing_tells_of_a_removal_beforehand(store: Store, database_url: str) -> None:
    world = await World(store).begin()
    told = make_event(world)
    early = replace(told, kind=EventKind.CONTENT_REMOVED, data={"places": ("0-99",), "count": 100})
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=(early,))
    assert await store.apply(change)
    await catch_up(make_sealer(world), world.tenant, NOON)
    await tell(world, 3, 10)
    await catch_up(make_sealer(world), world.tenant, NOON)
    await Intruder(database_url, world.tenant).run(EMPTYING + "position = 2", world.tenant)
    assert places_of(await check(world)) == ["event 2"]


async def test_what_tells_of_retention_has_to_be_as_it_was_sealed(
    store: Store, database_url: str
) -> None:
    world, notes = await make_old_log(store)
    await forget(world)
    await catch_up(make_sealer(world), world.tenant, LATER)
    await Intruder(database_url, world.tenant).write(
        "events", "subject_id", "position", 10, b"another"
    )
    assert places_of(await check(world, notes)) == ["event 10", "events 0 to 4"]


async def test_what_is_not_sealed_keeps_its_content(store: Store) -> None:
    world = await World(store).begin(TenantSettings(audit_retention=KEPT))
    await tell(world, 3)
    assert await forget(world) == 0


async def test_without_a_word_everything_is_kept(store: Store) -> None:
    world, _ = await make_old_log(store, None)
    assert await forget_old(world.store, derive_id, world.tenant, LATER + 9999 * DAY) == 0


async def test_a_long_log_is_gone_through_in_portions(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_WINDOW", 2)
    world, notes = await make_old_log(store)
    assert await forget(world) == 5
    await catch_up(make_sealer(world), world.tenant, LATER)
    told = await read_logged(world, 9)
    assert sorted(str(one.event.data["places"]) for one in told) == [
        *("('0-1',)", "('2-3',)", "('4-4',)"),
    ]
    assert (await check(world, notes)).is_sound


async def test_behind_what_is_much_newer_nothing_old_is_looked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_WINDOW", 2)
    world = await World(store).begin(TenantSettings(audit_retention=KEPT))
    for start in (0, 10**6, 0, 10**6):
        await tell(world, 2, start)
        await catch_up(make_sealer(world), world.tenant, NOON)
    # Such an order no service makes: the second pair would be eleven days late.
    assert await forget(world) == 2


@dataclass
class Watched:
    """A store that notes where content is looked for."""

    store: Store
    looked_at: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else goes straight on
        return getattr(self.store, name)

    async def forget_content(
        self,
        tenant_id: TenantId,
        places: Stretch,
        before: Instant,
        tell: Callable[[Sequence[Stretch]], Event],
    ) -> Forgotten:
        """Removes content."""
        self.looked_at.append(places.start)
        return await self.store.forget_content(tenant_id, places, before, tell)


async def test_it_goes_on_from_where_it_came_to(
    store: Store, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(retention, "_WINDOW", 2)
    world, notes = await make_old_log(store)
    looks: list[list[int]] = []

    async def look(at: Instant) -> int:
        watched = Watched(store)
        looks.append(watched.looked_at)
        return await forget_old(cast("Store", watched), derive_id, world.tenant, at)

    assert [await look(LATER) for _ in range(2)] == [5, 0]
    assert await look(LATER + 3 * SECOND) == 3
    assert await look(LATER + 9 * SECOND) == 2
    assert looks == [[0, 2, 4, 6, 8, 10], [4, 6, 8, 10], [4, 6, 8, 10], [8, 10]]
    await catch_up(make_sealer(world), world.tenant, LATER)
    assert (await check(world, notes)).is_sound
    # A log that began anew is gone through from its beginning.
    intruder = Intruder(database_url, world.tenant)
    for table in ("tree_heads", "log_nodes", "events"):
        await intruder.run(f"DELETE FROM {table} WHERE tenant_id = $1", world.tenant)  # noqa: S608 - a test's
    await tell(world, 4, 1)
    await catch_up(make_sealer(world), world.tenant, NOON + DAY)
    assert await look(LATER + 9 * SECOND) == 4
    assert looks[-1][0] == 0


@pytest.mark.parametrize("told", [b"yesterday", b"!", b"\xff"])
async def test_an_instant_that_cannot_be_read_holds_up_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, database_url: str, told: bytes
) -> None:
    monkeypatch.setattr(retention, "_WINDOW", 2)
    world, _ = await make_old_log(store)
    intruder = Intruder(database_url, world.tenant)
    if intruder.is_on_sqlite:
        await intruder.write("events", "recorded_at", "position", 1, told)
    for _ in range(2):
        await forget(world)
    emptied = await intruder.run(
        "SELECT position FROM events WHERE tenant_id = $1 AND data = '' ORDER BY position",
        world.tenant,
    )
    assert {row[0] for row in emptied} >= {0, 2, 3, 4}


async def test_all_tenants_are_gone_through(store: Store) -> None:
    worlds = [(await make_old_log(store))[0] for _ in range(2)]

    def fail(tenant_id: TenantId, fault: Exception) -> None:
        pytest.fail(f"{tenant_id}: {fault}")

    assert await forget_all(store, derive_id, fail, LATER) >= 10
    for world in worlds:
        assert await forget(world) == 0


async def test_several_at_once_remove_each_content_once(
    stores: tuple[Store, Store],
) -> None:
    world, notes = await make_old_log(stores[0])
    other = replace(world, store=stores[1])
    counts = await asyncio.gather(*(forget(each) for each in (world, other) * 3))
    assert sorted(counts) == [0, 0, 0, 0, 0, 5]
    await catch_up(make_sealer(world), world.tenant, LATER)
    report = await check(world, notes)
    assert (report.is_sound, report.size) == (True, 11)


async def test_audit_records_go_with_what_they_were_made_of(store: Store) -> None:
    world, _ = await make_old_log(store)
    records = [
        KeptAudit(
            id=f"record {number}",
            event_id=f"event {number}",
            at=NOON + number * SECOND,
            activity="Add member",
            category="RoleManagement",
            service="PIM",
            operation="Add",
            result="success",
            reason=None,
            correlation_id="c",
            initiator=KeptInitiator(is_application=False, id="somebody"),
            targets=(KeptTarget("User", f"target {number}"),),
            details=(),
        )
        for number in range(10)
    ]
    await world.store.add_audits(world.tenant, records, 9)
    await forget(world)
    left = await world.store.read_audits(world.tenant, Query(100))
    assert {one.id for one in left.rows} == {f"record {number}" for number in range(5, 10)}
    assert all(one.targets for one in left.rows)


@pytest.mark.parametrize("kept", [timedelta(days=29), timedelta(days=40_000), timedelta()])
def test_what_cannot_be_kept_so_long_is_refused(kept: timedelta) -> None:
    with pytest.raises(ValueError, match="audit_retention"):
        TenantSettings(audit_retention=kept)


async def test_a_head_over_what_was_emptied_is_told_as_before(store: Store) -> None:
    world, notes = await make_old_log(store)
    await forget(world)
    head = await world.store.last_head(world.tenant)
    assert head is not None
    [note] = read_notes(write_head_note(make_signer(), world.tenant, head))
    assert note == notes[0]
