"""Whoever has the database and no key: the sealer puts no signature on what they made of it."""

from dataclasses import replace

import pytest

from tests.storage.world import HOUR, NOON, World
from tests.support.log_tampering import Intruder
from tests.support.sealing import hash_digests, make_sealer, read_logged, tell
from timebound.application.log_ports import DamagedLogError, TreeHead
from timebound.application.sealing import catch_up
from timebound.domain.merkle import CompactRange
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


async def put_head(intruder: Intruder, world: World, head: TreeHead) -> None:
    """Puts a head in the place of all others."""
    await intruder.run("DELETE FROM tree_heads WHERE tenant_id = $1", world.tenant)
    row = write_head(world.tenant, head)
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
    await put_head(intruder, world, forged)
    await tell(world, 1, 100)
    with pytest.raises(DamagedLogError, match="tree head 7 is not signed"):
        await catch_up(make_sealer(world), world.tenant, LATER)
    assert await world.store.count_unsealed(world.tenant) == 1
    # What this installation has signed is gone on from.
    await put_head(intruder, world, head)
    assert await catch_up(make_sealer(world), world.tenant, LATER) == 1
