"""Whoever does what falls due, and whatever comes in the way: each thing once, in its order."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.duties import Scene
from tests.storage.world import DAY, HOUR, NOON, World
from tests.support.due import Clock, Remembered, do_all_due
from timebound.application.due import ATTEMPTS, LEASE, DueWork, MovedOnError, do_due
from timebound.application.due_ports import Claimed, DueFacts
from timebound.application.ports import Store
from timebound.domain.due import Due, DueKind
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.server.ids import derive_id
from timebound.storage.due_tables import due_work
from timebound.storage.due_writes import write_due
from timebound.storage.statements import insert_into

WEEK = 7 * DAY
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(world: World, database_url: str) -> Scene:
    return Scene(world, database_url)


@pytest.mark.inferred("each thing once, whoever does it")
async def test_eight_workers_at_once_tell_each_thing_once(
    scene: Scene, stores: tuple[Store, Store]
) -> None:
    grants = [await scene.grant(HOUR + n * timedelta(seconds=1)) for n in range(40)]
    at = NOON + DAY
    done = await asyncio.gather(*(do_all_due(stores[n % 2], at) for n in range(8)))
    told = await scene.told()
    assert sorted(str(e.data["grantId"]) for e in told) == sorted(g.id for g in grants)
    assert sum(done) >= len(grants)


@pytest.mark.inferred("no end is told before its start, however many work and seal at once")
async def test_eight_workers_at_once_keep_the_order_of_each_grant(
    scene: Scene, stores: tuple[Store, Store]
) -> None:
    grants = [await scene.grant(2 * HOUR, start=HOUR + n * MINUTE / 4) for n in range(230)]
    at, working = NOON + DAY, asyncio.Event()

    async def seal() -> None:
        while not working.is_set():
            await scene.sealed()

    sealing = asyncio.create_task(seal())
    await asyncio.gather(*(do_all_due(stores[n % 2], at) for n in range(8)))
    working.set()
    await sealing
    told: dict[object, list[EventKind]] = {}
    for event in await scene.sealed():
        told.setdefault(event.data["grantId"], []).append(event.kind)
    both = [EventKind.GRANT_STARTED, EventKind.GRANT_EXPIRED]
    assert told == {grant.id: both for grant in grants}


@pytest.mark.inferred("a worker that died with something claimed is not waited for for ever")
async def test_what_a_dead_worker_had_claimed_is_done_by_another(scene: Scene) -> None:
    await scene.grant(HOUR)
    store, at = scene.world.store, NOON + 2 * HOUR
    claimed = await store.claim_due(at, at + timedelta(minutes=1), at, 1000)
    assert [one.due.at for one in claimed if one.tenant_id == scene.world.tenant] == [NOON + HOUR]
    await do_all_due(store, at, at + timedelta(seconds=59))
    assert await scene.told() == []
    await do_all_due(store, at, at + timedelta(minutes=1))
    assert await scene.lines() == [(EventKind.GRANT_EXPIRED, NOON + HOUR)]


@pytest.mark.inferred("while servers are upgraded, one may write what another does not know")
async def test_what_an_older_version_does_not_know_it_leaves_alone(scene: Scene) -> None:
    grant, store = await scene.grant(HOUR), scene.world.store
    row = write_due(scene.world.tenant, Due(DueKind.GRANT_ENDS, "newer", NOON))
    known = await store.next_due(NOON)
    newer = {**row, "kind": "cardsAreDealt"}
    await scene.questions.tell([(insert_into(due_work), newer)])
    assert await store.next_due(NOON) == known, "it would be looked for again and again"
    await do_all_due(store, NOON + HOUR)
    assert [e.data["grantId"] for e in await scene.told()] == [grant.id]
    failed = {**newer, "subject_id": "failed", "is_given_up": True}
    await scene.questions.tell([(insert_into(due_work), failed)])
    given_up = await store.list_failed_due(1000)
    assert not [one for one in given_up if one.claimed.tenant_id == scene.world.tenant]
    assert await scene.open_kinds() == {"newer": ["cardsAreDealt"], "failed": ["cardsAreDealt"]}


class Failing:
    """A store that cannot load what one grant is about."""

    def __init__(self, store: Store, broken: str = "", tenant_id: str = "") -> None:
        self._store = store
        self._broken = (tenant_id, broken)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        if any((tenant_id, one.subject_id) == self._broken for one in due):
            raise OSError("this one cannot be read")
        return await self._store.load_due(tenant_id, due)


@pytest.mark.inferred("what fails is tried again with pauses, holds up nothing, and is given up")
async def test_what_fails_holds_up_nothing_and_is_given_up_at_last(scene: Scene) -> None:
    broken, whole = await scene.grant(HOUR), await scene.grant(HOUR)
    store, at = scene.world.store, NOON + HOUR
    remembered, system = Remembered(), Clock(at)
    work = DueWork(Failing(store, broken.id, scene.world.tenant), derive_id, remembered, system)  # type: ignore[arg-type]  # the rest is the store's
    await do_due(work, at)
    assert [e.data["grantId"] for e in await scene.told()] == [whole.id]
    tries = 1
    while not [
        one
        for one in await store.list_failed_due(1000)
        if one.claimed.tenant_id == scene.world.tenant
    ]:
        system.advance(timedelta(minutes=5))
        await do_due(work, at)
        tries += 1
    assert tries == len(remembered.troubles) == ATTEMPTS
    assert [one.due.subject_id for one in remembered.given_up] == [broken.id]
    assert (await store.measure_due()).given_up == 1
    system.advance(DAY)
    await do_due(work, at)
    assert len(remembered.troubles) == ATTEMPTS
    assert await store.resend_due(scene.world.tenant, broken.id, DueKind.GRANT_ENDS)
    assert not await store.resend_due(scene.world.tenant, broken.id, DueKind.GRANT_ENDS)
    await do_all_due(store, at)
    assert {e.data["grantId"] for e in await scene.told()} == {whole.id, broken.id}


class Moving(Failing):
    """A store where the facts always move on before something is applied."""

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        facts = await self._store.load_due(tenant_id, due)
        return replace(facts, versions={key: at - 1 for key, at in facts.versions.items()})


@pytest.mark.inferred("facts that never rest do not keep the worker busy for ever")
async def test_what_conflicts_again_and_again_is_left_for_a_while(scene: Scene) -> None:
    await scene.grant(HOUR)
    store, at = scene.world.store, NOON + HOUR
    remembered = Remembered()
    work = DueWork(Moving(store), derive_id, remembered, Clock(at))  # type: ignore[arg-type]  # the rest is the store's
    assert await do_due(work, at) == 0
    # Other tests leave things due behind in the same database, and these fail here as well.
    own = [error for one, error in remembered.troubles if one.tenant_id == scene.world.tenant]
    assert [type(error) for error in own] == [MovedOnError]
    await do_all_due(store, at, at + timedelta(minutes=1))
    assert await scene.lines() == [(EventKind.GRANT_EXPIRED, NOON + HOUR)]


@pytest.mark.inferred("a worker sleeps until then")
async def test_when_the_next_thing_falls_due_is_known(scene: Scene) -> None:
    store = scene.world.store
    await do_all_due(store, NOON + 900 * DAY)
    assert await store.next_due(NOON) is None
    await scene.grant(950 * DAY)
    at = NOON + 936 * DAY
    assert await store.next_due(NOON) == at
    await scene.grant(940 * DAY, kind=GrantKind.ACTIVATED)
    # While somebody does it, it is the next that does not come after it that is waited for.
    await store.claim_due(at, NOON + HOUR, NOON, 1000)
    assert await store.next_due(NOON) == NOON + 940 * DAY
    assert await store.next_due(NOON + HOUR) == at


class Slow(Failing):
    """A store with which everything takes its time."""

    def __init__(self, store: Store, system: Clock, span: timedelta) -> None:
        super().__init__(store)
        self._system, self._span = system, span
        self.holds: list[timedelta] = []

    async def claim_due(
        self, up_to: Instant, held_until: Instant, system_at: Instant, _limit: int
    ) -> Sequence[Claimed]:
        """One thing at once."""
        claimed = await self._store.claim_due(up_to, held_until, system_at, 1)
        self.holds += [held_until - self._system.now() for _ in claimed]
        return claimed

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        self._system.advance(self._span)
        return await self._store.load_due(tenant_id, due)


@pytest.mark.inferred("what is held is held from when it was claimed, however long the rest took")
async def test_catching_up_for_long_holds_each_thing_as_long(scene: Scene) -> None:
    for minutes in range(1, 5):
        await scene.grant(minutes * MINUTE)
    system = Clock(NOON + DAY)
    slow = Slow(scene.world.store, system, timedelta(seconds=50))
    await do_due(DueWork(slow, derive_id, Remembered(), system), NOON + DAY)  # type: ignore[arg-type]  # the rest is the store's
    assert len(slow.holds) >= len(await scene.told()) == 4
    assert set(slow.holds) == {LEASE}


@pytest.mark.inferred("whose hold is over says nothing about what another has claimed since")
async def test_who_held_too_long_neither_counts_nor_frees_what_is_anothers(scene: Scene) -> None:
    grant, store, at = await scene.grant(HOUR), scene.world.store, NOON + HOUR

    async def claim(system_at: Instant) -> Claimed:
        claimed = await store.claim_due(at, system_at + LEASE, system_at, 1000)
        (one,) = [c for c in claimed if c.due.subject_id == grant.id]
        return one

    late, now = await claim(at), await claim(at + LEASE)
    await store.hold_due(late, at, "late")
    await store.give_up_due(late, "late")
    await store.release_due(late)
    last = await claim(at + 2 * LEASE)
    assert (late.attempts, now.attempts, last.attempts) == (0, 0, 0)
    assert await store.list_failed_due(1000) == []
    await store.release_due(last)
    assert (await claim(at)).due == last.due


@pytest.mark.inferred("a clock that was ahead, or has been set back, keeps nobody waiting")
async def test_a_hold_of_months_is_not_waited_for(scene: Scene) -> None:
    await scene.grant(HOUR)
    store, at = scene.world.store, NOON + 2 * HOUR
    ahead = at + 90 * DAY
    await store.claim_due(at, ahead + LEASE, ahead, 1000)
    await do_all_due(store, at)
    assert await scene.lines() == [(EventKind.GRANT_EXPIRED, NOON + HOUR)]


class Stubborn(Failing):
    """A store where the facts move on whenever a start is to be told, a number of times."""

    def __init__(self, store: Store, times: int) -> None:
        super().__init__(store)
        self._times = times

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        facts = await self._store.load_due(tenant_id, due)
        is_moving = self._times > 0 and any(one.kind is DueKind.GRANT_STARTS for one in due)
        self._times -= is_moving
        versions = {key: at - is_moving for key, at in facts.versions.items()}
        return replace(facts, versions=versions)


@pytest.mark.inferred("no end is told before its start, whatever came in the way of that")
@pytest.mark.parametrize("conflicts", [1, 2, 7])
async def test_an_end_waits_for_its_start(scene: Scene, conflicts: int) -> None:
    grant = await scene.grant(2 * HOUR, start=HOUR)
    other = await scene.grant(3 * HOUR)
    store, system = scene.world.store, Clock(NOON + DAY)
    stubborn = Stubborn(store, conflicts)
    work = DueWork(stubborn, derive_id, Remembered(), system)  # type: ignore[arg-type]  # the rest is the store's
    for _ in range(20):
        await do_due(work, NOON + DAY)
        await scene.sealed()
        system.advance(timedelta(seconds=30))
    order = [(e.data["grantId"], e.kind) for e in await scene.sealed()]
    assert [kind for id_, kind in order if id_ == grant.id] == [
        EventKind.GRANT_STARTED,
        EventKind.GRANT_EXPIRED,
    ]
    assert (other.id, EventKind.GRANT_EXPIRED) in order


@pytest.mark.inferred("no end is told before its start, though another worker has that in hand")
async def test_an_end_waits_for_a_start_that_somebody_else_holds(
    scene: Scene, stores: tuple[Store, Store]
) -> None:
    await scene.grant(2 * HOUR, start=HOUR)
    at = NOON + HOUR
    first, second = stores
    claimed = await first.claim_due(at, at + LEASE, at, 1000)
    assert [c.due.kind for c in claimed if c.tenant_id == scene.world.tenant] == [
        DueKind.GRANT_STARTS
    ]
    await do_all_due(second, NOON + DAY, at)
    assert await scene.told() == []
    assert await second.next_due(at) != NOON + 2 * HOUR, "nobody is to look for it all the time"
    await do_all_due(second, NOON + DAY, at + LEASE)
    assert await scene.lines() == [
        (EventKind.GRANT_STARTED, NOON + HOUR),
        (EventKind.GRANT_EXPIRED, NOON + 2 * HOUR),
    ]


@pytest.mark.inferred("of two who claim at once, one can get an end and the other its start")
async def test_an_end_that_was_claimed_without_its_start_is_given_back(
    scene: Scene, stores: tuple[Store, Store]
) -> None:
    await scene.grant(2 * HOUR, start=HOUR)
    at, start = NOON + DAY, NOON + HOUR
    first, second = stores

    class Racing(Failing):
        """Finds what another claims at the same moment, but for the start, which that one gets."""

        async def claim_due(
            self, up_to: Instant, held_until: Instant, system_at: Instant, limit: int
        ) -> Sequence[Claimed]:
            found = await second.claim_due(up_to, held_until, system_at, limit)
            starts = [one for one in found if one.due.at == start]
            for one in starts:
                await second.release_due(one)
                await first.claim_due(start, held_until, system_at, limit)
            return [one for one in found if one not in starts]

    await do_all_due(Racing(second), at)  # type: ignore[arg-type]  # the rest is the store's
    assert await scene.told() == []
    assert await scene.open_kinds() != {}, "nobody holds the end"
    await do_all_due(second, at, at + LEASE)
    kinds = [kind for kind, _ in await scene.lines()]
    assert kinds == [EventKind.GRANT_STARTED, EventKind.GRANT_EXPIRED]
