"""The outbox on either store: in order, at least once, and nobody held up by anybody else."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.storage.world import NOON, World
from tests.support.feeding import (
    Receiver,
    Remembered,
    feed,
    find_position,
    open_outbox,
    put,
    receiver,
    run_out,
)
from tests.support.planting import ROOT
from tests.support.sealing import make_event, make_sealer, tell
from timebound.application.changes import ChangeSet
from timebound.application.log_ports import Logged
from timebound.application.outbox import (
    ATTEMPTS,
    FIRST_PAUSE,
    LEASE,
    LONGEST_PAUSE,
    DeliveryError,
    advance_all,
    begin,
)
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId

pytestmark = pytest.mark.documented("issue 5, outbox: at least once, in order, dead letters")
SECOND: Final = timedelta(seconds=1)


async def test_events_are_handed_over_in_their_order(world: World) -> None:
    ids, own = await put(world, 250), receiver(world)
    outbox, remembered = open_outbox(world.store)
    await run_out(outbox, feed(world, own))
    assert own.ids == ids
    assert [one.position for one in own.taken] == list(range(250))
    assert [len(one) for one in own.asked] == [100, 100, 50]
    assert await find_position(world.store, own.name) == 250
    later = await put(world, 3, 1000)
    await run_out(outbox, feed(world, own))
    assert own.ids == ids + later
    assert remembered == Remembered()


async def test_unsealed_events_wait(world: World) -> None:
    await tell(world, 2)
    own = receiver(world)
    outbox, _ = open_outbox(world.store)
    assert not await advance_all(outbox, feed(world, own), NOON)
    assert own.asked == []


async def test_only_what_is_wanted_is_handed_over(world: World) -> None:
    other = replace(make_event(world, 1), kind=EventKind.POLICY_CHANGED)
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=(make_event(world), other))
    assert await world.store.apply(change)
    await catch_up(make_sealer(world), world.tenant, NOON)
    own = receiver(world)
    wanted = replace(feed(world, own), kinds=frozenset({EventKind.POLICY_CHANGED}))
    outbox, _ = open_outbox(world.store)
    await run_out(outbox, wanted)
    assert own.ids == [other.id]
    assert await find_position(world.store, own.name) == 2


async def test_a_consumer_of_one_tenant_hears_of_no_other(world: World) -> None:
    stranger = await World(world.store).begin()
    own = receiver(world)
    ids, _ = await put(world, 1), await put(stranger, 1)
    outbox, _ = open_outbox(world.store)
    await run_out(outbox, feed(world, own))
    assert own.ids == ids


async def test_a_new_consumer_begins_with_what_happens_from_now_on(world: World) -> None:
    await put(world, 3)
    own = receiver(world)
    new = replace(feed(world, own), is_from_first=False)
    outbox, _ = open_outbox(world.store)
    for _ in range(2):
        await begin(world.store, [new])
    await run_out(outbox, new)
    assert own.ids == []
    ids = await put(world, 2, 10)
    await begin(world.store, [new])
    states = [one for one in await world.store.list_consumers() if one.name == own.name]
    assert [(one.tenant_id, one.lag) for one in states] == [(world.tenant, 2)]
    await run_out(outbox, new)
    assert own.ids == ids


async def test_a_tenant_that_comes_later_is_followed_from_its_first_event(world: World) -> None:
    own = receiver(world)
    new = replace(feed(world, own), is_from_first=False, tenant_id=None)
    await begin(world.store, [new])
    late = await World(world.store).begin()
    ids = await put(late, 2)
    outbox, _ = open_outbox(world.store)
    await run_out(outbox, replace(new, tenant_id=late.tenant))
    assert own.ids == ids


async def test_what_fails_is_tried_again_after_growing_pauses(world: World) -> None:
    ids, own = await put(world, 2), receiver(world)
    outbox, remembered = open_outbox(world.store)
    own.judge = lambda _one: DeliveryError("it is down")
    at, pauses = NOON, []
    for _ in range(ATTEMPTS - 1):
        assert not await advance_all(outbox, feed(world, own, 1), at)
        (state,) = [one for one in await world.store.list_consumers() if one.name == own.name]
        assert state.held_until is not None
        assert state.error == "it is down"
        assert state.lag == 2
        # The pause counts from the end of the try, a moment later.
        pauses.append(round((state.held_until - at) / SECOND))
        await advance_all(outbox, feed(world, own, 1), state.held_until - SECOND / 1000)
        at = state.held_until
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert (FIRST_PAUSE, LONGEST_PAUSE) == (SECOND, 300 * SECOND)
    assert own.asked == [[ids[0]]] * (ATTEMPTS - 1)
    own.judge = lambda _one: None
    await run_out(outbox, feed(world, own, 1), at)
    assert own.ids == ids
    assert remembered.letters == []


@pytest.mark.documented("RFC 9110, 10.2.3: how long to wait before the next try")
@pytest.mark.parametrize(("wish", "pause"), [(0, 1), (1, 1), (90, 90), (1800, 1800), (10**8, 1800)])
async def test_a_receiver_is_left_alone_as_long_as_it_wishes_within_bounds(
    world: World, wish: int, pause: int
) -> None:
    ids, own = await put(world, 2), receiver(world)
    outbox, _ = open_outbox(world.store)
    own.judge = lambda _one: DeliveryError("busy", wish=wish * SECOND)
    await advance_all(outbox, feed(world, own, 1), NOON)
    (state,) = [one for one in await world.store.list_consumers() if one.name == own.name]
    assert state.held_until is not None
    assert round((state.held_until - NOON) / SECOND) == pause
    own.judge = lambda _one: None
    await run_out(outbox, feed(world, own, 1), NOON + (pause - 1) * SECOND)
    assert own.ids == []
    await run_out(outbox, feed(world, own, 1), state.held_until)
    assert own.ids == ids


@pytest.mark.parametrize("portion", [1, 100])
async def test_a_poisoned_event_becomes_a_dead_letter_and_the_others_pass(
    world: World, portion: int
) -> None:
    ids, own = await put(world, 5), receiver(world)
    own.judge = lambda one: ValueError("poison") if one.event.id == ids[2] else None
    outbox, remembered = open_outbox(world.store)
    before = await world.store.count_dead()
    at = NOON
    for _ in range(ATTEMPTS):
        await run_out(outbox, feed(world, own, portion), at)
        at += LONGEST_PAUSE + SECOND
    assert own.ids == [ids[0], ids[1], ids[3], ids[4]]
    (letter,) = remembered.letters
    assert (letter.event_id, letter.position, letter.attempts) == (ids[2], 2, ATTEMPTS)
    assert letter.error == "ValueError: poison"
    assert letter in await world.store.list_dead(1000)
    assert await world.store.count_dead() == before + 1


async def test_a_dead_letter_is_resent_and_forgotten_once_it_is_taken(world: World) -> None:
    ids, own = await put(world, 2), receiver(world)
    own.judge = lambda one: ValueError("poison") if one.event.id == ids[0] else None
    outbox, remembered = open_outbox(world.store, attempts=1)
    await run_out(outbox, feed(world, own))
    assert own.ids == [ids[1]]
    (letter,) = remembered.letters
    resend = world.store.resend_dead

    assert await resend(own.name, letter.event_id) == 1
    assert await resend(own.name, letter.event_id) == 0
    listed = [one for one in await world.store.list_dead(1000) if one.consumer == own.name]
    assert listed == [replace(letter, is_resent=True)]
    await advance_all(outbox, feed(world, own), NOON + SECOND)
    (kept,) = [one for one in await world.store.list_dead(1000) if one.consumer == own.name]
    assert kept.attempts == letter.attempts + 1
    assert kept.at >= NOON + SECOND

    own.judge = lambda _one: None
    assert await resend("another", None) == 0
    assert await resend(own.name, None) == 1
    await advance_all(outbox, feed(world, own), NOON + SECOND)
    assert own.ids == [ids[1], ids[0]]
    assert [one for one in await world.store.list_dead(1000) if one.consumer == own.name] == []
    assert await find_position(world.store, own.name) == 2


async def test_a_receiver_that_wants_no_more_is_off_until_it_is_turned_on(world: World) -> None:
    ids, own = await put(world, 2), receiver(world)
    own.judge = lambda _one: DeliveryError("gone", is_final=True)
    outbox, remembered = open_outbox(world.store)
    for hours in range(3):
        await run_out(outbox, feed(world, own), NOON + timedelta(hours=hours))
    assert len(own.asked) == 2, "as a portion, and to find which one"
    assert len(remembered.off) == 1
    (state,) = [one for one in await world.store.list_consumers() if one.name == own.name]
    assert state.is_off
    own.judge = lambda _one: None
    assert await world.store.turn_on_consumer(own.name) == 1
    await run_out(outbox, feed(world, own))
    assert own.ids == ids


async def test_what_was_taken_comes_again_where_its_position_was_not_kept(world: World) -> None:
    ids, own = await put(world, 2), receiver(world)
    outbox, _ = open_outbox(world.store)

    class Dying(Receiver):
        async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
            await super().take(tenant_id, batch)
            raise asyncio.CancelledError

    dying = Dying(own.name)
    with pytest.raises(asyncio.CancelledError):
        await advance_all(outbox, feed(world, dying), NOON)
    assert dying.ids == ids
    await run_out(outbox, feed(world, own), NOON + LEASE / 2)
    assert own.ids == [], "whoever holds it may be alive"
    await run_out(outbox, feed(world, own), NOON + LEASE)
    assert own.ids == ids


KILLED = """
import asyncio, os, signal, sys
from tests.support.feeding import open_outbox
from tests.support.feeding import Receiver
from tests.storage.world import NOON
from timebound.application.outbox import Feed, advance_all
from timebound.storage.opening import open_store

class Printing(Receiver):
    async def take(self, tenant_id, batch):
        for one in batch:
            print(one.event.id, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

async def main(url, tenant, name):
    store = open_store(url)
    await store.open()
    outbox, _ = open_outbox(store)
    await advance_all(outbox, Feed(Printing(name), tenant_id=tenant, is_from_first=True), NOON)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_between_delivery_and_position_it_is_delivered_again(
    world: World, database_url: str
) -> None:
    ids, own = await put(world, 3), receiver(world)
    command = [sys.executable, "-c", KILLED, database_url, world.tenant, own.name]
    killed = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    printed, _ = await killed.communicate()
    assert killed.returncode == -9
    assert printed.decode().split() == ids
    outbox, _ = open_outbox(world.store)
    await run_out(outbox, feed(world, own), NOON + LEASE)
    assert own.ids == ids


async def test_two_servers_at_once_lose_no_event(stores: tuple[Store, Store], world: World) -> None:
    name, count = receiver(world).name, 300
    receivers = [Receiver(name), Receiver(name)]

    async def serve(store: Store, own: Receiver) -> None:
        outbox, remembered = open_outbox(store)
        while await find_position(store, name) != count:
            await advance_all(outbox, feed(world, own, 7), NOON)
            await asyncio.sleep(0)
        assert remembered == Remembered()

    async def write() -> list[str]:
        return [id_ for number in range(30) for id_ in await put(world, 10, number * 100)]

    servers = [serve(*pair) for pair in zip(stores, receivers, strict=True)]
    writing = asyncio.create_task(write())
    await asyncio.gather(writing, *servers)
    ids = writing.result()
    taken = receivers[0].ids + receivers[1].ids
    assert sorted(taken) == sorted(ids), "each by one of the two, while no hold runs out"
    for one in receivers:
        assert one.ids == [id_ for id_ in ids if id_ in set(one.ids)]


async def test_who_held_too_long_moves_nothing(world: World) -> None:
    ids, own = await put(world, 3), receiver(world)
    outbox, _ = open_outbox(world.store)
    taken: list[str] = []

    class Slow(Receiver):
        async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
            assert tenant_id == world.tenant
            await run_out(outbox, feed(world, own), NOON + LEASE)
            await put(world, 1, 100)
            taken.extend(one.event.id for one in batch)
            raise DeliveryError("late")

    slow = Slow(own.name)
    slow_outbox, remembered = open_outbox(world.store, attempts=1)
    await advance_all(slow_outbox, feed(world, slow, 1), NOON)
    assert own.ids == ids
    assert taken == ids[:1]
    assert await find_position(world.store, own.name) == 3
    assert remembered.letters == []
    assert [one for one in await world.store.list_dead(1000) if one.consumer == own.name] == []
