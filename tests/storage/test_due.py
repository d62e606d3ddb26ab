"""What falls due is told of once, when it falls due, on either store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.storage.test_changes import a_request
from tests.storage.world import DAY, HOUR, NOON, World, reader
from tests.support.due import Remembered, do_all_due
from tests.support.events import Told, read_events
from tests.support.sealing import make_signer, read_logged
from timebound.application.changes import (
    TENANT,
    EndGrant,
    EndKinds,
    InsertGrant,
    InsertRequest,
    UpdateRequest,
)
from timebound.application.due import ATTEMPTS, DueWork, do_due
from timebound.application.due_ports import DueFacts
from timebound.application.ports import Store
from timebound.application.sealing import Sealer, catch_up
from timebound.domain.due import Due, DueKind
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import GrantId, RequestId, TenantId
from timebound.domain.policies import Policy
from timebound.domain.requests import Status
from timebound.domain.times import ENDLESS, Instant, Window
from timebound.server.ids import derive_id

WEEK = 7 * DAY
DUE_KINDS = (
    EventKind.GRANT_STARTED,
    EventKind.GRANT_EXPIRED,
    EventKind.GRANT_ENDS_SOON,
    EventKind.APPROVAL_TIMED_OUT,
)


@dataclass
class Scene:
    """A tenant of its own, where grants are made at noon."""

    world: World
    url: str

    async def grant(
        self,
        end: timedelta,
        start: timedelta = timedelta(),
        kind: GrantKind = GrantKind.ASSIGNED,
    ) -> Grant:
        id_ = self.world.new_id("f")
        person = await self.world.user()
        window = Window(NOON + start, NOON + end)
        made = Grant(GrantId(id_), reader(person), kind, window, NOON, RequestId(id_))
        assert await self.world.write(InsertGrant(made))
        return made

    async def endless(self, kind: GrantKind) -> Grant:
        return await self.grant(ENDLESS - NOON, kind=kind)

    async def waiting(self) -> RequestId:
        person = await self.world.user()
        request = a_request(self.world, person, status=Status.PENDING_APPROVAL)
        assert await self.world.write(InsertRequest(request, Policy({})))
        return request.id

    async def told(self) -> list[Told]:
        events = await read_events(self.url, self.world.tenant)
        return sorted(
            (e for e in events if e.kind in DUE_KINDS), key=lambda e: (e.effective_at, e.kind.value)
        )

    async def lines(self) -> list[tuple[EventKind, Instant]]:
        return [(e.kind, e.effective_at) for e in await self.told()]


@pytest.fixture
def scene(world: World, database_url: str) -> Scene:
    return Scene(world, database_url)


@pytest.mark.documented("RAY 15; behaviour book 7: an activation ends at its end")
async def test_an_end_is_told_when_it_has_come_and_once(scene: Scene) -> None:
    grant = await scene.grant(HOUR, kind=GrantKind.ACTIVATED)
    store = scene.world.store
    before = NOON + HOUR - timedelta(microseconds=1)
    await do_all_due(store, before)
    assert await scene.told() == []
    await do_all_due(store, NOON + HOUR)
    await do_all_due(store, NOON + 2 * HOUR)
    (told,) = await scene.told()
    assert (told.kind, told.effective_at) == (EventKind.GRANT_EXPIRED, NOON + HOUR)
    assert told.correlation_id == grant.request_id
    assert (told.data["principalId"], told.data["grantId"]) == (grant.slot.principal_id, grant.id)


@pytest.mark.documented("behaviour book 7: mails 14 days and 1 day before, and at the end")
async def test_who_holds_an_assignment_is_reminded_of_its_end(scene: Scene) -> None:
    await scene.grant(3 * WEEK)
    for day in range(22):
        await do_all_due(scene.world.store, NOON + day * DAY)
    assert await scene.lines() == [
        (EventKind.GRANT_ENDS_SOON, NOON + WEEK),
        (EventKind.GRANT_ENDS_SOON, NOON + 20 * DAY),
        (EventKind.GRANT_EXPIRED, NOON + 21 * DAY),
    ]
    assert [e.data.get("days") for e in await scene.told()] == [14, 1, None]


@pytest.mark.inferred("a reminder of what is over helps nobody")
async def test_after_an_outage_nobody_is_reminded_of_what_is_over(scene: Scene) -> None:
    await scene.grant(3 * WEEK)
    await do_all_due(scene.world.store, NOON + 5 * WEEK)
    assert await scene.lines() == [(EventKind.GRANT_EXPIRED, NOON + 3 * WEEK)]


@pytest.mark.inferred("there is no time for a reminder before it")
async def test_short_assignments_and_activations_have_no_reminders(scene: Scene) -> None:
    await scene.grant(timedelta(hours=23))
    await scene.grant(8 * DAY, kind=GrantKind.ACTIVATED)
    await do_all_due(scene.world.store, NOON + 9 * DAY)
    assert [kind for kind, _ in await scene.lines()] == [EventKind.GRANT_EXPIRED] * 2


@pytest.mark.inferred("a start that lies ahead is told of when it comes")
async def test_a_later_start_is_told(scene: Scene) -> None:
    await scene.grant(2 * HOUR, start=HOUR)
    await do_all_due(scene.world.store, NOON + HOUR)
    assert await scene.lines() == [(EventKind.GRANT_STARTED, NOON + HOUR)]


@pytest.mark.inferred("who ended it has told of it")
async def test_what_was_ended_is_not_told_of_again(scene: Scene) -> None:
    grant = await scene.grant(2 * HOUR)
    planned = await scene.grant(3 * HOUR, start=2 * HOUR)
    for one in (grant, planned):
        assert await scene.world.write(EndGrant(one.id, NOON, "test"))
    await do_all_due(scene.world.store, NOON + DAY)
    assert await scene.told() == []


@pytest.mark.inferred("an end that was brought forward comes then")
async def test_an_end_that_comes_earlier_is_told_then_and_only_then(scene: Scene) -> None:
    grant = await scene.grant(5 * HOUR, kind=GrantKind.ACTIVATED)
    assert await scene.world.write(EndGrant(grant.id, NOON + HOUR, "test"))
    await do_all_due(scene.world.store, NOON + HOUR)
    await do_all_due(scene.world.store, NOON + DAY)
    assert await scene.lines() == [(EventKind.GRANT_EXPIRED, NOON + HOUR)]


@pytest.mark.inferred("what ends with a licence is told of when it ends, as any other end is")
async def test_what_ends_with_a_licence_is_told_then_and_only_then(scene: Scene) -> None:
    cut = await scene.grant(5 * HOUR, kind=GrantKind.ACTIVATED)
    sooner = await scene.grant(HOUR, kind=GrantKind.ACTIVATED)
    await scene.grant(6 * HOUR, start=4 * HOUR, kind=GrantKind.ELIGIBLE)
    endless = await scene.endless(GrantKind.ELIGIBLE)
    kept = await scene.grant(5 * HOUR)
    store = scene.world.store
    await do_all_due(store, NOON + HOUR)
    kinds = (GrantKind.ELIGIBLE, GrantKind.ACTIVATED)
    assert await scene.world.write(EndKinds(kinds, NOON + 2 * HOUR, "licence"), bumps=[TENANT])
    await do_all_due(store, NOON + 2 * HOUR - timedelta(microseconds=1))
    assert [e.data["grantId"] for e in await scene.told()] == [sooner.id]
    await do_all_due(store, NOON + 2 * HOUR)
    assert await scene.world.write(EndKinds(kinds, NOON + 2 * HOUR, "licence"), bumps=[TENANT])
    await do_all_due(store, NOON + DAY)
    # A licence that is said to have ended earlier tells nobody anew.
    assert await scene.world.write(EndKinds(kinds, NOON + HOUR / 2, "licence"), bumps=[TENANT])
    await do_all_due(store, NOON + DAY)
    ended = [(e.data["grantId"], e.effective_at) for e in await scene.told()]
    expected = [(sooner.id, 1), (cut.id, 2), (endless.id, 2), (kept.id, 5)]
    assert sorted(ended) == sorted((id_, NOON + hours * HOUR) for id_, hours in expected)


@pytest.mark.documented("behaviour book 3: 24 hours, then TimedOut")
async def test_an_approval_that_nobody_gave_times_out(scene: Scene) -> None:
    request_id = await scene.waiting()
    store, tenant = scene.world.store, scene.world.tenant
    await do_all_due(store, NOON + DAY - timedelta(seconds=1))
    assert await scene.told() == []
    await do_all_due(store, NOON + DAY + HOUR)
    (told,) = await scene.told()
    assert (told.kind, told.effective_at) == (EventKind.APPROVAL_TIMED_OUT, NOON + DAY)
    assert told.correlation_id == request_id
    kept = await store.load_request(tenant, request_id)
    assert kept is not None
    assert (kept.status, kept.completed_at) == (Status.TIMED_OUT, NOON + DAY)


@pytest.mark.inferred("what was decided in time does not time out")
async def test_a_decided_request_does_not_time_out(scene: Scene) -> None:
    request_id = await scene.waiting()
    store, tenant = scene.world.store, scene.world.tenant
    request = await store.load_request(tenant, request_id)
    assert request is not None
    denied = replace(request, status=Status.DENIED, completed_at=NOON + HOUR)
    assert await scene.world.write(UpdateRequest(denied))
    await do_all_due(store, NOON + DAY)
    assert await scene.told() == []
    kept = await store.load_request(tenant, request_id)
    assert kept is not None
    assert kept.status is Status.DENIED


@pytest.mark.inferred("in the order of due time")
async def test_much_that_is_due_is_told_in_order(scene: Scene) -> None:
    for minutes in (50, 10, 30, 20, 40):
        await scene.grant(timedelta(minutes=minutes), kind=GrantKind.ACTIVATED)
    assert await do_all_due(scene.world.store, NOON + HOUR) >= 5
    tenant = scene.world.tenant
    await catch_up(Sealer(scene.world.store, make_signer()), tenant, NOON + HOUR)
    sealed = [one.event for one in await read_logged(scene.world)]
    effective = [e.effective_at for e in sealed if e.kind is EventKind.GRANT_EXPIRED]
    assert effective == [NOON + timedelta(minutes=m) for m in (10, 20, 30, 40, 50)]


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


class Failing:
    """A store that cannot load what one grant is about."""

    def __init__(self, store: Store, broken: str) -> None:
        self._store = store
        self._broken = broken

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        if any(one.subject_id == self._broken for one in due):
            raise OSError("this one cannot be read")
        return await self._store.load_due(tenant_id, due)


@pytest.mark.inferred("what fails is tried again with pauses, holds up nothing, and is given up")
async def test_what_fails_holds_up_nothing_and_is_given_up_at_last(scene: Scene) -> None:
    broken, whole = await scene.grant(HOUR), await scene.grant(HOUR)
    store, at = scene.world.store, NOON + HOUR
    remembered = Remembered()
    work = DueWork(Failing(store, broken.id), derive_id, remembered)  # type: ignore[arg-type]  # the rest is the store's
    await do_due(work, at, at)
    assert [e.data["grantId"] for e in await scene.told()] == [whole.id]
    system_at, tries = at, 1
    while not [
        f for f in await store.list_failed_due(1000) if f.claimed.due.subject_id == broken.id
    ]:
        system_at += timedelta(minutes=5)
        await do_due(work, at, system_at)
        tries += 1
    assert tries == len(remembered.troubles) == ATTEMPTS
    await do_due(work, at, system_at + DAY)
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
    grant = await scene.grant(HOUR)
    store, at = scene.world.store, NOON + HOUR
    remembered = Remembered()
    work = DueWork(Moving(store, grant.id), derive_id, remembered)  # type: ignore[arg-type]  # the rest is the store's
    assert await do_due(work, at, at) == 0
    assert not remembered.troubles
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
    # While somebody does it, it is what comes after that is waited for.
    await store.claim_due(at, NOON + HOUR, NOON, 1000)
    assert await store.next_due(NOON) == NOON + 949 * DAY
    assert await store.next_due(NOON + HOUR) == at
