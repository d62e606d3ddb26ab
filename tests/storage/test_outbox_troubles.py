"""Whatever becomes of one consumer, or of the database, the others are fed and all go on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.world import NOON, World
from tests.support.feeding import (
    Receiver,
    Silent,
    feed,
    find_position,
    open_outbox,
    put,
    receiver,
    run_out,
)
from timebound.application.log_ports import Logged
from timebound.application.outbox import (
    LEASE,
    DeliveryError,
    Feed,
    UndeliverableError,
    advance_all,
    follow_log,
)
from timebound.application.outbox_ports import Behind, Claim, DeadLetter, Progress
from timebound.application.ports import Store
from timebound.domain.ids import EventId, TenantId
from timebound.domain.times import Instant

pytestmark = pytest.mark.documented("issue 5, outbox: slow or dead receivers harm nobody")


class Standing:
    """A clock that stands."""

    def now(self) -> Instant:
        return NOON


async def test_a_receiver_that_never_answers_holds_up_no_other(world: World) -> None:
    ids, own = await put(world, 5), receiver(world)
    silent = Silent(f"silent of {world.tenant}")
    outbox, remembered = open_outbox(world.store, time_limit=timedelta(milliseconds=50))
    done = asyncio.Event()

    def judge(one: Logged) -> None:
        if one.event.id == ids[-1]:
            done.set()

    own.judge = judge
    feeds = [feed(world, silent, 1), feed(world, own, 1)]
    tasks = [asyncio.create_task(follow_log(outbox, one, Standing())) for one in feeds]
    async with asyncio.timeout(20):
        await done.wait()
    for _ in range(2000):
        if remembered.failures:
            break
        await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert own.ids == ids
    assert remembered.failures == [f"{silent.name}: it took longer than 0.05 seconds"]
    assert await find_position(world.store, silent.name) == 0


async def test_a_database_that_is_away_stops_nobody_for_good(world: World) -> None:
    ids, own = await put(world, 1), receiver(world)
    outbox, remembered = open_outbox(world.store)
    went: list[str] = []

    class Away:
        """A store that does not answer the first time."""

        def __getattr__(self, name: str) -> object:
            went.append(name)
            if len(went) == 1:
                raise OSError("away")
            return getattr(world.store, name)

    done = asyncio.Event()
    own.judge = lambda _one: done.set()
    away = replace(outbox, store=Away())  # type: ignore[arg-type]  # it answers as the other
    task = asyncio.create_task(follow_log(away, feed(world, own), Standing()))
    async with asyncio.timeout(20):
        await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert own.asked == [ids]
    assert [str(error) for error in remembered.faults] == ["away"]


async def test_what_cannot_be_read_any_more_is_passed(world: World) -> None:
    """Retention removes the content of events; those that follow are not kept waiting."""
    own, behind = receiver(world), 7

    class Emptied:
        """A store whose log has been emptied."""

        def __getattr__(self, name: str) -> object:
            return getattr(world.store, name)

        async def read_log(self, tenant_id: TenantId, after: int, limit: int) -> list[Logged]:
            assert (tenant_id, after, limit) == (world.tenant, -1, 100)
            return []

    await put(world, behind)
    outbox, remembered = open_outbox(world.store)
    emptied = replace(outbox, store=Emptied())  # type: ignore[arg-type]  # it answers as the other
    assert await advance_all(emptied, feed(world, own), NOON)
    assert await find_position(world.store, own.name) == behind
    assert remembered.passed == [behind], "somebody is told that the receiver was not"


async def test_a_dead_letter_of_which_nothing_is_left_stays_one(world: World) -> None:
    """It was offered to nobody: only an operator who says so forgets it."""
    ids, own = await put(world, 1), receiver(world)
    own.judge = lambda _one: UndeliverableError("no")
    outbox, remembered = open_outbox(world.store)
    await run_out(outbox, feed(world, own))
    (letter,) = remembered.letters
    assert await world.store.resend_dead(own.name, EventId(ids[0])) == 1

    class Emptied:
        """A store whose log has been emptied."""

        def __getattr__(self, name: str) -> object:
            return getattr(world.store, name)

        async def read_log(self, *_asked: object) -> list[Logged]:
            return []

    emptied = replace(outbox, store=Emptied())  # type: ignore[arg-type]  # it answers as the other
    await advance_all(emptied, feed(world, own), NOON)
    (kept,) = [one for one in await world.store.list_dead(1000) if one.consumer == own.name]
    assert (kept.event_id, kept.attempts, kept.is_resent) == (ids[0], letter.attempts, False)
    assert kept.error == "content removed by retention"


async def test_letters_that_are_resent_stop_with_a_receiver_that_wants_no_more(
    world: World,
) -> None:
    """It says so once, and is asked nothing more; they wait until it is turned on."""
    ids, own = await put(world, 5), receiver(world)
    own.judge = lambda _one: UndeliverableError("no")
    outbox, remembered = open_outbox(world.store)
    await run_out(outbox, feed(world, own))
    assert await world.store.resend_dead(own.name, None) == len(ids)
    own.judge = lambda _one: DeliveryError("gone", is_final=True)
    own.asked.clear()
    await run_out(outbox, feed(world, own), NOON + timedelta(hours=1))
    assert own.asked == [ids[:1]]
    assert remembered.off == [f"{own.name}: gone"]
    own.judge = lambda _one: None
    assert await world.store.turn_on_consumer(own.name) == 1
    await run_out(outbox, feed(world, own), NOON + timedelta(hours=2))
    assert own.ids == ids[1:]


async def test_one_that_is_well_is_not_turned_on_in_the_middle_of_its_turn(world: World) -> None:
    await put(world, 1)
    name = receiver(world).name
    claim = await world.store.claim_consumer(world.tenant, name, NOON + LEASE, NOON)
    assert claim is not None
    assert await world.store.turn_on_consumer(name) == 0
    assert await world.store.settle_claim(claim, Progress(0, 1, NOON + LEASE, "down"))
    assert await world.store.turn_on_consumer(name) == 1


@pytest.mark.inferred("issue 4, bench: what makes audit records must not slow down who activates")
def test_one_that_rests_does_so_for_a_multiple_of_its_turn() -> None:
    rested, other = Feed(Silent("rested"), rest=6.0), Feed(Silent("other"))
    assert rested.pause_after(0.03, has_moved=True) == pytest.approx(0.18)
    assert other.pause_after(0.03, has_moved=True) == 0
    assert rested.pause_after(0.03, has_moved=False) == other.pause_after(0.9, has_moved=False) > 0


async def test_a_stop_lets_what_is_handed_over_be_noted(world: World) -> None:
    ids, own = await put(world, 5), receiver(world)
    outbox, _ = open_outbox(world.store)

    def judge(one: Logged) -> None:
        if one.event.id == ids[1]:
            outbox.stopping.set()

    own.judge = judge
    async with asyncio.timeout(20):
        await follow_log(outbox, feed(world, own, 1), Standing())
    assert own.ids == ids[:2]
    assert await find_position(world.store, own.name) == 2
    again, _ = open_outbox(world.store)
    await run_out(again, feed(world, own, 1))
    assert own.ids == ids


@pytest.mark.parametrize("has_claimed_again", [True, False])
async def test_whose_hold_is_over_settles_nothing_of_who_holds_it_now(
    world: World, stores: tuple[Store, Store], *, has_claimed_again: bool
) -> None:
    await put(world, 3)
    name, (first, second) = receiver(world).name, stores
    late = await first.claim_consumer(world.tenant, name, NOON + LEASE, NOON)
    assert late is not None
    over = NOON + LEASE
    letter = DeadLetter(world.tenant, name, 0, EventId("late"), 1, "late", over)
    if not has_claimed_again:
        # Nobody has taken its place: what it did counts.
        assert await first.settle_claim(late, Progress(1), letter)
        return
    now = await second.claim_consumer(world.tenant, name, over + LEASE, over)
    assert now is not None
    assert now.position == late.position
    assert not await first.settle_claim(late, Progress(1), letter)
    is_late_settled, is_settled = await asyncio.gather(
        first.settle_claim(late, Progress(1), letter), second.settle_claim(now, Progress(2))
    )
    assert (is_late_settled, is_settled) == (False, True)
    assert await find_position(world.store, name) == 2
    assert [one for one in await world.store.list_dead(1000) if one.consumer == name] == []
    assert not await first.settle_claim(late, Progress(3))


async def test_a_hold_of_months_is_not_waited_for(world: World) -> None:
    ids, own = await put(world, 1), receiver(world)
    ahead = NOON + timedelta(days=90)
    assert await world.store.claim_consumer(world.tenant, own.name, ahead + LEASE, ahead)
    outbox, _ = open_outbox(world.store)
    await run_out(outbox, feed(world, own))
    assert own.ids == ids


async def test_a_slow_tenant_takes_nothing_of_the_time_of_those_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = [world, await World(world.store).begin(), await World(world.store).begin()]
    for one in worlds:
        await put(one, 1)
    loop = asyncio.get_running_loop()
    time, shift, held = loop.time, [0.0], list[float]()
    monkeypatch.setattr(loop, "time", lambda: time() + shift[0])

    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(world.store, name)

        async def list_behind(self, name: str, system_at: Instant) -> list[Behind]:
            found = await world.store.list_behind(name, system_at)
            return [one for one in found if one.tenant_id in {w.tenant for w in worlds}]

        async def claim_consumer(
            self, tenant_id: TenantId, name: str, held_until: Instant, system_at: Instant
        ) -> Claim | None:
            held.append(round((held_until - NOON - LEASE).total_seconds()))
            return await world.store.claim_consumer(tenant_id, name, held_until, system_at)

    class Slow(Receiver):
        async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
            await super().take(tenant_id, batch)
            shift[0] += 45

    outbox, _ = open_outbox(Watched())  # type: ignore[arg-type]  # it answers as the other
    slow = Slow(receiver(world).name)
    assert await advance_all(outbox, replace(feed(world, slow), tenant_id=None), NOON)
    assert held == [0, 45, 90]
