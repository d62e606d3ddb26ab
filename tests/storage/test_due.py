"""What falls due is told of once, when it falls due, on either store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.duties import Scene
from tests.storage.world import DAY, HOUR, NOON, World
from tests.support.due import do_all_due
from timebound.application.changes import (
    TENANT,
    ChangeSet,
    EndGrant,
    EndKinds,
    UpdateRequest,
)
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Status

WEEK = 7 * DAY
MINUTE = timedelta(minutes=1)


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


@pytest.mark.inferred("of what was ended nothing falls due any more")
async def test_what_was_ended_leaves_nothing_to_be_done(scene: Scene) -> None:
    grant, planned = await scene.grant(3 * WEEK), await scene.grant(3 * WEEK, start=WEEK)
    ahead, later = await scene.grant(3 * WEEK), await scene.grant(3 * WEEK, start=HOUR)
    assert len(await scene.open_kinds()) == 4
    assert await scene.world.write(EndGrant(ahead.id, NOON + DAY, "test"))
    for one in (grant, planned):
        assert await scene.world.write(EndGrant(one.id, NOON, "test"))
    # Its start was due when it was ended, and nobody had told of it yet.
    end = EndGrant(later.id, NOON + 2 * HOUR, "test")
    change = ChangeSet(scene.world.tenant, NOON + 2 * HOUR, {}, frozenset(), (end,))
    assert await scene.world.store.apply(change)
    kinds = await scene.open_kinds()
    assert kinds.pop(later.id) == ["grantStarts"]
    assert "grantEnds" in kinds.pop(ahead.id)
    assert kinds == {}
    await do_all_due(scene.world.store, NOON + 5 * WEEK)
    assert [(e.data["grantId"], e.kind) for e in await scene.told()] == [
        (later.id, EventKind.GRANT_STARTED),
        (ahead.id, EventKind.GRANT_EXPIRED),
    ]


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
    effective = [e.effective_at for e in await scene.sealed()]
    assert effective == [NOON + timedelta(minutes=m) for m in (10, 20, 30, 40, 50)]
