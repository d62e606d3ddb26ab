"""Whoever has the database and no key: the sealer puts no signature on what they made of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.world import HOUR, NOON, World
from tests.support.log_tampering import Intruder
from tests.support.sealing import hash_digests, make_sealer, make_signer, read_logged, tell
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError, TreeHead
from timebound.application.sealing import catch_up
from timebound.domain.ids import TenantId
from timebound.domain.merkle import CompactRange, Stretch
from timebound.server.audit_checks import tell_report
from timebound.storage.columns import write_instant
from timebound.storage.documents import digest_event, write_document
from timebound.storage.log_rows import write_head

pytestmark = pytest.mark.documented("threat model: tampering with history, with the database alone")
LATER = NOON + HOUR


async def edit_event(world: World, intruder: Intruder, place: int) -> None:
    """Has a sealed event say something else, and its digest as well."""
    [logged] = await read_logged(world, place - 1, 1)
    forged = {**logged.event.data, "reason": "none of your business"}
    edited = replace(logged.event, data=forged)
    for column, text in (
        ("data", write_document(forged)),
        ("digest", digest_event(world.tenant, edited)),
    ):
        await intruder.write("events", column, "position", place, text.encode())


async def read_tree(world: World) -> CompactRange:
    """The tree over the events as they are."""
    digests = [one.digest for one in await read_logged(world)]
    return CompactRange().extend(hash_digests(digests))[0]


async def put_head(intruder: Intruder, head: TreeHead) -> None:
    """Puts a head in the place of all others."""
    await intruder.run("DELETE FROM tree_heads WHERE tenant_id = $1", intruder.tenant_id)
    await insert_head(intruder, head)


async def insert_head(intruder: Intruder, head: TreeHead) -> None:
    """Adds a head."""
    row = write_head(TenantId(intruder.tenant_id), head)
    names, marks = ", ".join(row), ", ".join(f"${n}" for n in range(1, len(row) + 1))
    at = write_instant(head.at) if intruder.is_on_sqlite else head.at
    statement = f"INSERT INTO tree_heads ({names}) VALUES ({marks})"  # noqa: S608 - the test's
    await intruder.run(statement, *{**row, "at": at}.values())


@pytest.mark.parametrize("signature", [bytes(64), b""], ids=["zeros", "none"])
async def test_nothing_is_sealed_on_top_of_a_head_that_is_not_signed(
    world: World, database_url: str, signature: bytes
) -> None:
    intruder = Intruder(database_url, world.tenant)
    await tell(world, 7)
    await catch_up(make_sealer(world), world.tenant, LATER)
    head = await world.store.last_head(world.tenant)
    assert head is not None
    await edit_event(world, intruder, 5)
    own = await read_tree(world)
    forged = replace(head, root=own.root, peaks=own.peaks, signature=signature)
    await put_head(intruder, forged)
    await tell(world, 1, 100)
    with pytest.raises(DamagedLogError, match="tree head 7 is not signed"):
        await catch_up(make_sealer(world), world.tenant, LATER)
    assert await world.store.count_unsealed(world.tenant) == 1
    # What this installation has signed is gone on from.
    await put_head(intruder, head)
    assert await catch_up(make_sealer(world), world.tenant, LATER) == 1


@pytest.mark.parametrize("size", [0, 2, 3])
async def test_a_log_that_was_taken_back_is_not_signed_anew(
    world: World, database_url: str, size: int
) -> None:
    intruder, sealer, before = Intruder(database_url, world.tenant), make_sealer(world), 0
    for end in (2, 3, 7):
        await tell(world, end - before, before)
        await catch_up(sealer, world.tenant, LATER)
        before = end
    await edit_event(world, intruder, 4)
    await intruder.rewind(size)
    with pytest.raises(DamagedLogError, match="is not tree head 7, which was signed before it"):
        await catch_up(sealer, world.tenant, LATER)
    assert await world.store.count_unsealed(world.tenant) == 7 - size
    # The limit that is told: a sealer that has seen nothing of it signs what it finds.
    assert await catch_up(make_sealer(world), world.tenant, LATER) == 7 - size
    await tell(world, 1, 100)
    with pytest.raises(DamagedLogError, match="tree head 7 is not tree head 7"):
        await catch_up(sealer, world.tenant, LATER)


@pytest.mark.parametrize("is_head_put_back", [True, False])
async def test_a_log_that_another_sealer_was_made_to_sign_is_not_gone_on_with(
    world: World, database_url: str, *, is_head_put_back: bool
) -> None:
    intruder, sealer = Intruder(database_url, world.tenant), make_sealer(world)
    await tell(world, 7)
    await catch_up(sealer, world.tenant, LATER)
    head = await world.store.last_head(world.tenant)
    assert head is not None
    await edit_event(world, intruder, 4)
    await intruder.rewind(0)
    await tell(world, 300, 100)
    await catch_up(make_sealer(world), world.tenant, LATER)
    if is_head_put_back:
        await insert_head(intruder, replace(head, previous=307))
    await tell(world, 1, 1000)
    with pytest.raises(DamagedLogError, match="tree head 307 does not go on from tree head 7"):
        await catch_up(sealer, world.tenant, LATER)
    assert await world.store.count_unsealed(world.tenant) == 1


async def test_sealers_that_take_turns_go_on_from_one_another(world: World) -> None:
    sealers, sizes = (make_sealer(world), make_sealer(world)), (1, 2, 5, 300, 301, 1400, 2600)
    before = 0
    for number, size in enumerate(sizes):
        await tell(world, size - before, before)
        assert await catch_up(sealers[number % 2], world.tenant, LATER) == size - before
        before = size
    heads = await world.store.read_heads(world.tenant, 0, 100)
    remembered = [one.memory.trees[world.tenant].tree for one in sealers]
    assert remembered == [heads[-1].tree, heads[-3].tree]


async def test_what_was_sealed_long_after_it_was_recorded_is_told(
    world: World, database_url: str
) -> None:
    intruder, sealer = Intruder(database_url, world.tenant), make_sealer(world)
    for number, count in enumerate((2, 5)):
        await tell(world, count, 10 * number)
        await catch_up(sealer, world.tenant, NOON + timedelta(minutes=number))
    await edit_event(world, intruder, 4)
    await intruder.rewind(2)
    await tell(world, 2, 9000)
    await catch_up(make_sealer(world), world.tenant, LATER + 2 * HOUR)
    report = await Check(Logbook(world.store, make_signer(), world.tenant)).run()
    assert (report.size, report.findings, report.late) == (9, [], [Stretch(2, 7)])
    assert "  LATE events 2 to 6: sealed more than an hour after being recorded" in [
        *tell_report(report)
    ]


@pytest.mark.parametrize("digest", ["", "0" * 63, "A" * 64, "0" * 64 + "\n", " " + "0" * 63])
async def test_what_is_no_digest_is_not_sealed(
    world: World, database_url: str, digest: str
) -> None:
    [event] = await tell(world, 1)
    intruder = Intruder(database_url, world.tenant)
    was = await intruder.read("events", "digest", "id", event.id)
    await intruder.write("events", "digest", "id", event.id, digest.encode())
    with pytest.raises(DamagedLogError, match=f"event {event.id}, which waits to be sealed"):
        await catch_up(make_sealer(world), world.tenant, LATER)
    await intruder.write("events", "digest", "id", event.id, was)
    assert await catch_up(make_sealer(world), world.tenant, LATER) == 1
