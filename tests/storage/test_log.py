"""The log on either store: each event gets one place, and heads follow one another in one chain."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.storage.world import HOUR, NOON, World
from tests.support.events import read_rows
from tests.support.log_tampering import Intruder
from tests.support.sealing import (
    hash_digests,
    make_event,
    make_sealer,
    make_signer,
    naive_root,
    note_heads,
    read_logged,
    tell,
)
from timebound.application.changes import ChangeSet
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError, Logged, SealPlan, TreeHead, Unsealed
from timebound.application.ports import Store
from timebound.application.sealing import MOST_TOGETHER, Sealer, catch_up, plan_sealing, seal_all
from timebound.domain.ids import TenantId
from timebound.domain.merkle import CompactRange
from timebound.storage.documents import digest_event
from timebound.storage.opening import open_store

pytestmark = pytest.mark.documented("DESIGN, tamper evidence; RFC 9162, section 2.1")
LATER = NOON + HOUR


async def read_whole(world: World) -> list[Logged]:
    found: list[Logged] = []
    after = -1
    while portion := await read_logged(world, after, 100):
        found += portion
        after = portion[-1].position
    return found


async def read_heads(world: World) -> list[TreeHead]:
    return list(await world.store.read_heads(world.tenant, 0, 10_000))


def check_chain(heads: Sequence[TreeHead], digests: Sequence[str]) -> None:
    """Each head follows the one before, and stands above the events it says."""
    leaves = hash_digests(digests)
    assert [head.previous for head in heads] == [None, *(head.size for head in heads[:-1])]
    for head in heads:
        assert head.root == naive_root(leaves[: head.size])
        assert head.range == CompactRange(head.size, head.peaks)


async def test_events_get_their_places_by_when_they_were_recorded(world: World) -> None:
    second = [make_event(world, 3), make_event(world, 3)]
    first = [make_event(world, 2), make_event(world, 1)]
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=(*second, *first))
    assert await world.store.apply(change)
    assert await world.store.count_unsealed(world.tenant) == 4
    assert await world.store.find_oldest_unsealed(world.tenant) == NOON + timedelta(seconds=1)
    assert world.tenant in await world.store.tenants_to_seal()
    assert await world.store.read_log(world.tenant, -1, 10) == []

    assert await catch_up(make_sealer(world), world.tenant, LATER) == 4

    expected = [first[1], first[0], *second]
    found = await read_whole(world)
    assert [one.event for one in found] == expected
    assert [one.position for one in found] == [0, 1, 2, 3]
    assert [one.digest for one in found] == [digest_event(world.tenant, one) for one in expected]
    assert await world.store.read_log(world.tenant, 1, 1) == found[2:3]
    assert await world.store.find_place(world.tenant, second[1].id) == 3
    assert await world.store.count_unsealed(world.tenant) == 0
    assert await world.store.find_oldest_unsealed(world.tenant) is None
    assert world.tenant not in await world.store.tenants_to_seal()


async def test_heads_follow_one_another(world: World) -> None:
    digests = []
    for number, count in enumerate((3, 1, 300, 5)):
        events = await tell(world, count, number * 1000)
        digests += [digest_event(world.tenant, event) for event in events]
        assert await catch_up(make_sealer(world), world.tenant, LATER) == count
        assert await catch_up(make_sealer(world), world.tenant, LATER) == 0
    heads = await read_heads(world)
    assert [head.size for head in heads] == [3, 4, 304, 309]
    check_chain(heads, digests)
    assert await world.store.last_head(world.tenant) == heads[-1]
    assert await world.store.find_head(world.tenant, 4) == heads[1]
    assert await world.store.find_head(world.tenant, 5) is None
    assert await world.store.read_heads(world.tenant, 3, 2) == heads[1:3]


async def test_every_head_is_signed(world: World) -> None:
    signer = make_signer()
    for number in range(2):
        await tell(world, 2, number)
        await catch_up(make_sealer(world), world.tenant, LATER)
    heads = await read_heads(world)
    assert [head.size for head in heads] == [2, 4]
    for head, note in zip(heads, await note_heads(world), strict=True):
        text = note.partition("\n\n")[0] + "\n"
        assert text.startswith(f"pim.example/log/{world.tenant}\n{head.size}\n")
        assert signer.is_signed(1, text.encode(), head.signature)


async def test_complete_subtrees_are_kept(world: World) -> None:
    events = await tell(world, 600)
    await catch_up(make_sealer(world), world.tenant, LATER)
    leaves = hash_digests([digest_event(world.tenant, event) for event in events])
    read = world.store.read_hashes
    assert await read(world.tenant, 0, 250, 260) == leaves[250:260]
    expected = [naive_root(leaves[:256]), naive_root(leaves[256:512])]
    assert await read(world.tenant, 8, 0, 2) == expected
    with pytest.raises(DamagedLogError, match="gone"):
        await read(world.tenant, 8, 0, 3)
    with pytest.raises(DamagedLogError, match="gone"):
        await read(world.tenant, 0, 599, 601)


async def test_a_sealing_takes_no_more_than_a_portion(world: World) -> None:
    await tell(world, MOST_TOGETHER + 2)
    assert await catch_up(make_sealer(world), world.tenant, LATER) == MOST_TOGETHER + 2
    assert [head.size for head in await read_heads(world)] == [MOST_TOGETHER, MOST_TOGETHER + 2]


async def test_logs_of_tenants_are_apart(world: World) -> None:
    other = await World(world.store).begin()
    mine, theirs = await tell(world, 2), await tell(other, 3)
    # There are other tenants here, among them some whose logs other tests have damaged.
    with suppress(DamagedLogError):
        assert await seal_all(make_sealer(world), LATER) >= 5
    assert [one.event for one in await read_whole(world)] == mine
    assert [one.event for one in await read_whole(other)] == theirs
    assert [head.size for head in await read_heads(other)] == [3]


async def test_eight_sealers_at_once_make_one_chain(world: World, database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(8)]
    for store in stores:
        await store.open()
    writers = [replace(world, store=store) for store in stores[:2]]

    async def write(writer: World, first: int) -> list[str]:
        told: list[str] = []
        for number in range(20):
            events = await tell(writer, 3, first + number)
            told += [event.id for event in events]
        return told

    async def seal(store: Store) -> int:
        sealer, sealed = Sealer(store, make_signer()), 0
        for _ in range(25):
            sealed += await catch_up(sealer, world.tenant, LATER)
        return sealed

    told = [write(writer, 100 * number) for number, writer in enumerate(writers)]
    ids, counts = await asyncio.gather(
        asyncio.gather(*told), asyncio.gather(*(seal(one) for one in stores))
    )
    left = await catch_up(make_sealer(world), world.tenant, LATER)
    for store in stores:
        await store.close()

    rows = await read_rows(database_url, "events", world.tenant)
    assert {row["id"] for row in rows} == {id_ for part in ids for id_ in part}
    assert sum(counts) + left == len(rows) == 120
    places = {row["position"]: row["digest"] for row in rows}
    assert sorted(places) == list(range(120))
    heads = await read_heads(world)
    assert heads[-1].size == 120
    check_chain(heads, [places[place] for place in range(120)])


async def test_two_sealers_that_meet_do_not_fork_the_log(stores: tuple[Store, Store]) -> None:
    one, other = [World(store) for store in stores]
    other.tenant = one.tenant
    await one.begin()
    await tell(one, 300)
    counts = await asyncio.gather(
        *(catch_up(make_sealer(each), one.tenant, LATER) for each in (one, other) * 4)
    )
    assert sorted(counts) == [*[0] * 7, 300]
    assert [head.size for head in await read_heads(one)] == [300]


async def test_a_sealing_that_fails_leaves_nothing(world: World) -> None:
    await tell(world, 3)

    def fail(_last: TreeHead | None, _waiting: Sequence[Unsealed]) -> None:
        raise DamagedLogError("a test")

    with pytest.raises(DamagedLogError):
        await world.store.seal(world.tenant, 10, fail)  # type: ignore[arg-type]  # it comes to none
    assert await world.store.count_unsealed(world.tenant) == 3
    assert await catch_up(make_sealer(world), world.tenant, LATER) == 3


async def test_nothing_is_sealed_on_top_of_a_damaged_head(world: World) -> None:
    events = await tell(world, 3)
    await catch_up(make_sealer(world), world.tenant, LATER)
    head = await world.store.last_head(world.tenant)
    assert head is not None
    waiting = [Unsealed(events[0].id, digest_event(world.tenant, events[0]))]
    others = (replace(head, peaks=head.peaks[:1]), replace(head, peaks=head.peaks[::-1]))
    for damaged in (replace(head, root=bytes(32)), *others):
        with pytest.raises(DamagedLogError, match="tree head 3"):
            plan_sealing(make_signer(), world.tenant, damaged, waiting, LATER)


async def test_a_damaged_log_hinders_no_other(world: World, database_url: str) -> None:
    other = await World(world.store).begin()
    for each in sorted((world, other), key=lambda one: one.tenant):
        await tell(each, 2)
    first, second = sorted((world, other), key=lambda one: one.tenant)
    statement = "UPDATE events SET digest = 'none' WHERE tenant_id = $1"
    await Intruder(database_url, first.tenant).run(statement, first.tenant)
    with pytest.raises(DamagedLogError, match=first.tenant):
        await seal_all(make_sealer(world), LATER)
    assert [head.size for head in await read_heads(second)] == [2]
    assert await read_heads(first) == []
    await Intruder(database_url, first.tenant).run(
        "DELETE FROM events WHERE tenant_id = $1", first.tenant
    )


async def test_time_does_not_go_back_in_the_log(world: World) -> None:
    for number, at in enumerate((LATER, NOON)):
        await tell(world, 1, number)
        await catch_up(make_sealer(world), world.tenant, at)
    assert [head.at for head in await read_heads(world)] == [LATER, LATER]


ANYTHING = [
    ("size", "'x'"),
    ("size", "2.5"),
    ("at", "x'ff'"),
    ("key_number", "'one'"),
    ("root", "'text'"),
    ("peaks", "1000000000000"),
    ("signature", "7"),
]
"""What SQLite keeps in the columns of a head."""


@pytest.mark.parametrize(("column", "content"), ANYTHING)
async def test_whatever_a_head_has_hinders_no_other_log(
    world: World, database_url: str, column: str, content: str
) -> None:
    first, second = sorted((world, await World(world.store).begin()), key=lambda one: one.tenant)
    for each in (first, second):
        await tell(each, 2)
        await catch_up(make_sealer(world), each.tenant, LATER)
    intruder = Intruder(database_url, first.tenant)
    if not intruder.is_on_sqlite:
        column, content = "peaks", "'x'"
    statement = f"UPDATE tree_heads SET {column} = {content} WHERE tenant_id = $1"  # noqa: S608 - a test's
    await intruder.run(statement, first.tenant)
    for each in (first, second):
        await tell(each, 2, 10)
    with pytest.raises(DamagedLogError, match=f"tenant {first.tenant}: "):
        await seal_all(make_sealer(world), LATER)
    assert [head.size for head in await read_heads(second)] == [2, 4]
    report = await Check(Logbook(world.store, make_signer(), first.tenant)).run()
    assert not report.is_sound
    await intruder.run("DELETE FROM events WHERE tenant_id = $1", first.tenant)


@pytest.mark.parametrize("digest", ["x'ff'", "CAST(x'ff' AS TEXT)", "7.5"])
async def test_whatever_a_digest_is_hinders_no_other_log(
    world: World, database_url: str, digest: str
) -> None:
    first, second = sorted((world, await World(world.store).begin()), key=lambda one: one.tenant)
    for each in (first, second):
        await tell(each, 2)
    intruder = Intruder(database_url, first.tenant)
    written = digest if intruder.is_on_sqlite else "'x'"
    await intruder.run(f"UPDATE events SET digest = {written} WHERE tenant_id = $1", first.tenant)  # noqa: S608 - a test's
    with pytest.raises(DamagedLogError, match=f"tenant {first.tenant}: "):
        await seal_all(make_sealer(world), LATER)
    assert [head.size for head in await read_heads(second)] == [2]
    await intruder.run("DELETE FROM events WHERE tenant_id = $1", first.tenant)


async def test_a_fault_of_one_log_is_raised_when_the_others_are_sealed(world: World) -> None:
    first, second = sorted((world, await World(world.store).begin()), key=lambda one: one.tenant)
    for each in (first, second):
        await tell(each, 2)

    class Faulty:
        """Cannot seal one tenant."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else goes straight on
            return getattr(world.store, name)

        async def seal(self, tenant_id: TenantId, most: int, plan: SealPlan) -> int:
            """Refuses the one."""
            if tenant_id == first.tenant:
                raise OSError("no such page")
            return await world.store.seal(tenant_id, most, plan)

    sealer = replace(make_sealer(world), store=cast("Store", Faulty()))
    with pytest.raises(ExceptionGroup, match="some logs were not sealed"):
        await seal_all(sealer, LATER)
    assert [head.size for head in await read_heads(second)] == [2]
    assert await catch_up(make_sealer(world), first.tenant, LATER) == 2
