"""Whatever is done to a sealed log is found, at the latest against a head held elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.storage.world import HOUR, NOON, World
from tests.support.log_tampering import TEXTS_OF_EVENTS, Intruder
from tests.support.sealing import (
    KEY,
    make_sealer,
    make_signer,
    note_heads,
    read_logged,
    tell,
)
from timebound.application.exporting import Export, JsonLines, Tally
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError
from timebound.application.log_report import Report
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.checkpoints import Note, read_notes
from timebound.domain.ids import EventId
from timebound.storage.documents import digest_event, write_document

pytestmark = pytest.mark.documented("issue: any changed, removed, added or reordered row is found")
LATER = NOON + HOUR
SIZES = (2, 3, 7)
"""How big the log is at each of its heads."""

many = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def make_log(store: Store, sizes: Sequence[int] = SIZES) -> tuple[World, list[Note]]:
    """A log with several heads, and these heads as somebody else holds them."""
    world = await World(store).begin()
    before = 0
    for size in sizes:
        await tell(world, size - before, before)
        await catch_up(make_sealer(world), world.tenant, LATER)
        before = size
    return world, [note for text in await note_heads(world) for note in read_notes(text)]


async def check(world: World, outside: Sequence[Note] = ()) -> Report:
    return await Check(Logbook(world.store, make_signer(), world.tenant), outside).run()


def places_of(report: Report) -> list[str]:
    return [finding.place for finding in report.findings]


async def test_a_sealed_log_is_sound(store: Store) -> None:
    world, notes = await make_log(store, (1, 2, 300, 1300))
    await tell(world, 2, 5000)
    passed: list[tuple[int, int]] = []
    book = Logbook(world.store, make_signer(), world.tenant)
    report = await Check(book, notes, lambda done, total: passed.append((done, total))).run()
    assert report.findings == []
    assert (report.size, report.heads, report.outside, report.unsealed) == (1300, 4, 4, 2)
    assert passed[-1] == (1300, 1300)


async def test_an_empty_log_is_sound(world: World) -> None:
    report = await check(world)
    assert (report.is_sound, report.size, report.heads) == (True, 0, 0)


@many
@given(data=st.data())
async def test_any_changed_byte_of_an_event_is_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    place = data.draw(st.integers(0, SIZES[-1] - 1), "place")
    column = data.draw(st.sampled_from((*TEXTS_OF_EVENTS, "id")), "column")
    was = await intruder.read("events", column, "position", place)
    content = bytearray(was if isinstance(was, bytes) else was.encode())
    at = data.draw(st.integers(0, len(content) - 1), "which byte")
    content[at] = data.draw(st.integers(0, 255).filter(lambda new: new != content[at]), "byte")
    assume(intruder.is_on_sqlite or is_text(bytes(content)))
    await intruder.write("events", column, "position", place, bytes(content))
    report = await check(world, notes)
    assert f"event {place}" in places_of(report)


def is_text(content: bytes) -> bool:
    """Whether PostgreSQL takes it."""
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


@many
@given(data=st.data())
async def test_any_changed_instant_is_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    place = data.draw(st.integers(0, SIZES[-1] - 1), "place")
    column = data.draw(st.sampled_from(("effective_at", "recorded_at")), "column")
    was: Any = await intruder.read("events", column, "position", place)
    if isinstance(was, datetime):
        moved = data.draw(st.integers(-(10**9), 10**9).filter(bool), "microseconds")
        new: object = was + timedelta(microseconds=moved)
    else:
        at = data.draw(st.integers(0, len(was) - 1), "which byte")
        byte = data.draw(st.integers(0, 255).filter(lambda new: new != was[at]), "byte")
        new = was[:at] + bytes([byte]) + was[at + 1 :]
    await intruder.write("events", column, "position", place, new)
    assert f"event {place}" in places_of(await check(world, notes))


@many
@given(data=st.data())
async def test_any_event_that_is_missing_is_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    place = data.draw(st.integers(0, SIZES[-1] - 1), "place")
    match data.draw(st.sampled_from(("deleted", "elsewhere", "unsealed", "moved")), "how"):
        case "deleted":
            await intruder.delete("events", "position", place)
        case "elsewhere":
            await intruder.write("events", "tenant_id", "position", place, "nobody")
        case "unsealed":
            await intruder.write("events", "position", "position", place, None)
        case _:
            new = data.draw(st.integers(SIZES[-1], 100) | st.integers(-100, -1), "to")
            await intruder.write("events", "position", "position", place, new)
    report = await check(world, notes)
    assert f"event {place}" in places_of(report)
    first = next(size for size in SIZES if size > place)
    assert f"tree head {first} held elsewhere" in places_of(report)


@many
@given(data=st.data())
async def test_events_that_changed_places_are_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    places = st.lists(st.integers(0, SIZES[-1] - 1), min_size=2, max_size=2, unique=True)
    first, second = sorted(data.draw(places, "places"))
    await Intruder(database_url, world.tenant).swap_places(first, second)
    found = next(size for size in SIZES if size > first)
    places_told = places_of(await check(world, notes))
    assert {f"tree head {found}", f"tree head {found} held elsewhere"} <= {*places_told}
    sound = [size for size in SIZES if size <= first]
    assert not {f"tree head {size}" for size in sound} & {*places_told}


BLOBS = st.binary(max_size=4)
WORDS = st.text(st.characters(codec="ascii", categories=["L"]), max_size=4)
FRACTIONS = st.floats(-10, 1e300).filter(lambda one: not one.is_integer())
OUTSIDE = st.integers(SIZES[-1], 100) | st.integers(-100, -1)


@many
@given(data=st.data())
async def test_any_event_that_was_added_is_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    places = OUTSIDE | FRACTIONS | WORDS | BLOBS if intruder.is_on_sqlite else OUTSIDE
    place = data.draw(places, "place")
    await intruder.copy_event(3, place)
    report = await check(world, notes)
    assert not report.is_sound
    if not isinstance(place, int) or place < 0:
        assert f"event at {place!r}" in places_of(report)
        copied = next(one for one in await read_logged(world, 2) if one.position == 3)
        added = EventId(f"copy of {copied.event.id}")
        assert await store.find_place(world.tenant, added) is None


@pytest.mark.parametrize("place", [3, 999, 1000])
async def test_an_event_at_the_place_of_another_one_is_found(
    store: Store, database_url: str, place: int
) -> None:
    world, _ = await make_log(store, (1200,))
    intruder = Intruder(database_url, world.tenant)
    await intruder.run("DROP INDEX ix_events_position")
    try:
        await intruder.copy_event(place, place)
        assert f"event at {place}" in places_of(await check(world))
    finally:
        added = "DELETE FROM events WHERE tenant_id = $1 AND id LIKE 'copy of %'"
        await intruder.run(added, world.tenant)
        await intruder.run(
            "CREATE UNIQUE INDEX ix_events_position ON events (tenant_id, position) "
            "WHERE position IS NOT NULL"
        )


@many
@given(data=st.data())
async def test_another_spelling_of_a_digest_is_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    place = data.draw(st.integers(0, SIZES[-1] - 1), "place")
    digest = (await read_logged(world, place - 1, 1))[0].digest
    spelled = data.draw(
        st.sampled_from((digest.upper(), f" {digest}", f"{digest}\n", digest[:-1], "")), "spelled"
    )
    assume(spelled != digest)
    for column, new in (
        *((name, None) for name in ("actor_user_id", "actor_application_id")),
        *((name, b"") for name in ("correlation_id", "subject_id", "data")),
        ("digest", spelled.encode()),
    ):
        await intruder.write("events", column, "position", place, new)
    report = await check(world, notes)
    assert (f"event {place}", f"({await id_at(intruder, place)}) has no digest") in [
        (one.place, one.text) for one in report.findings
    ]
    export = Export(Logbook(world.store, make_signer(), world.tenant), SIZES[-1])
    with pytest.raises(DamagedLogError, match=f"event {place} has no digest"):
        [part async for part in export.write(JsonLines(), Tally())]


async def id_at(intruder: Intruder, place: int) -> str:
    found = await intruder.read("events", "id", "position", place)
    return found.decode() if isinstance(found, bytes) else str(found)


@many
@given(data=st.data())
async def test_any_change_of_a_head_is_found(
    store: Store, database_url: str, data: st.DataObject
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    size = data.draw(st.sampled_from(SIZES), "size")
    column = data.draw(st.sampled_from(("root", "peaks", "signature", "at", "key_number")))
    was: Any = await intruder.read("tree_heads", column, "size", size)
    if column == "key_number":
        new: object = was + data.draw(st.integers(1, 9))
    elif isinstance(was, datetime):
        new = was + timedelta(microseconds=data.draw(st.integers(1, 10**9)))
    else:
        at = data.draw(st.integers(0, len(was) - 1), "which byte")
        byte = data.draw(st.integers(0, 255).filter(lambda new: new != was[at]), "byte")
        new = was[:at] + bytes([byte]) + was[at + 1 :]
    await intruder.write("tree_heads", column, "size", size, new)
    assert f"tree head {size}" in places_of(await check(world, notes))


@pytest.mark.parametrize("size", SIZES)
async def test_a_head_that_was_removed_is_found(store: Store, database_url: str, size: int) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    if not intruder.is_on_sqlite:
        await intruder.run("ALTER TABLE tree_heads DROP CONSTRAINT fk_tree_heads_previous")
    await intruder.delete("tree_heads", "size", size)
    report = await check(world, notes)
    assert not report.is_sound
    if not intruder.is_on_sqlite:
        await intruder.run("DELETE FROM tree_heads WHERE tenant_id = $1", world.tenant)
        await intruder.run(
            "ALTER TABLE tree_heads ADD CONSTRAINT fk_tree_heads_previous "
            "FOREIGN KEY (tenant_id, previous) REFERENCES tree_heads (tenant_id, size)"
        )


@pytest.mark.parametrize("column", ["hash", "position", "level"])
async def test_a_changed_subtree_is_found(store: Store, database_url: str, column: str) -> None:
    world, notes = await make_log(store, (600,))
    intruder = Intruder(database_url, world.tenant)
    new: object = bytes(32) if column == "hash" else 77
    await intruder.write("log_nodes", column, "position", 1, new)
    report = await check(world, notes)
    assert places_of(report)[0] == "subtree 1 of level 8 over events 256 to 511"


async def test_a_subtree_of_nothing_is_found(store: Store, database_url: str) -> None:
    world, notes = await make_log(store, (300,))
    intruder = Intruder(database_url, world.tenant)
    await intruder.run(
        "INSERT INTO log_nodes (tenant_id, level, position, hash) VALUES ($1, 8, 1, $2)",
        world.tenant,
        bytes(32),
    )
    assert places_of(await check(world, notes)) == ["subtrees"]


async def test_a_log_that_was_cut_is_found_against_a_head_held_elsewhere(
    store: Store, database_url: str
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    await intruder.run("DELETE FROM tree_heads WHERE tenant_id = $1 AND size > 3", world.tenant)
    await intruder.run("DELETE FROM events WHERE tenant_id = $1 AND position > 2", world.tenant)
    # The limit that is told: nothing in the database remembers.
    assert (await check(world)).is_sound
    report = await check(world, notes)
    assert [str(one) for one in report.findings] == [
        "tree head 7 held elsewhere: the log ends before it: events 3 to 6 missing"
    ]


async def test_who_holds_the_key_is_found_by_a_head_held_elsewhere_alone(
    store: Store, database_url: str
) -> None:
    world, notes = await make_log(store)
    intruder = Intruder(database_url, world.tenant)
    [logged] = await read_logged(world, 1, 1)
    forged = {**logged.event.data, "reason": "none of your business"}
    edited = replace(logged.event, data=forged)
    for column, text in (
        ("data", write_document(forged)),
        ("digest", digest_event(world.tenant, edited)),
    ):
        await intruder.write("events", column, "position", 2, text.encode())
    found = places_of(await check(world))
    assert found == ["tree head 3"]
    # With the key everything is sealed anew, as if it had always been so.
    await intruder.run("DELETE FROM tree_heads WHERE tenant_id = $1", world.tenant)
    await intruder.run("UPDATE events SET position = NULL WHERE tenant_id = $1", world.tenant)
    await catch_up(make_sealer(world), world.tenant, LATER)
    assert (await check(world)).is_sound
    assert places_of(await check(world, notes)) == [
        "tree head 3 held elsewhere",
        "tree head 7 held elsewhere",
    ]


async def test_a_head_that_somebody_else_signed_is_told(store: Store) -> None:
    world, [note, *_] = await make_log(store)
    text = note.text.replace(KEY.name, "other.example")
    forged = Note(text, note.checkpoint, note.signatures)
    report = await check(world, [forged])
    assert [str(one) for one in report.findings] == [
        "tree head 2 held elsewhere: is not signed by this installation"
    ]


async def test_many_findings_are_counted(store: Store, database_url: str) -> None:
    world, notes = await make_log(store, (1200,))
    await Intruder(database_url, world.tenant).run(
        "UPDATE events SET subject_id = 'x' WHERE tenant_id = $1", world.tenant
    )
    report = await check(world, notes)
    assert (len(report.findings), report.untold) == (1000, 200)
