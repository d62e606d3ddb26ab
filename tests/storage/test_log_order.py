"""What is sealed together is in an order in which nothing of a grant comes before its cause."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.storage.duties import Scene
from tests.storage.world import HOUR, NOON, World
from tests.support.due import do_all_due
from tests.support.log_tampering import Intruder
from tests.support.sealing import make_event, make_sealer, make_signer, read_logged
from timebound.application.changes import ChangeSet, EndGrant
from timebound.application.log_ports import Sealing, TreeHead, Unsealed
from timebound.application.recording import grant_facts
from timebound.application.sealing import catch_up, plan_sealing
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.grants import Grant
from timebound.domain.ids import EventId
from timebound.domain.times import Instant

pytestmark = pytest.mark.documented("issue 4: no end is told before its start")
MOMENT = timedelta(milliseconds=5)
LIFE = (
    EventKind.REQUEST_MADE,
    EventKind.GRANT_MADE,
    EventKind.GRANT_STARTED,
    EventKind.GRANT_ENDS_SOON,
    EventKind.GRANT_EXPIRED,
)


def make_one(
    world: World,
    kind: EventKind,
    at: Instant,
    grant_id: str = "g",
    correlation_id: str = "another request",
) -> Event:
    """An event of the life of a grant, recorded when it took effect."""
    id_ = EventId(world.new_id("8"))
    return Event(id_, kind, at, at, correlation_id, Actor(), "somebody", {"grantId": grant_id})


async def commit(world: World, *events: Event) -> None:
    assert await world.store.apply(ChangeSet(world.tenant, NOON, {}, frozenset(), events=events))


async def end_past_the_start(scene: Scene, grant: Grant) -> Event:
    """A call that was judged before the start ends the grant, after a worker has told the start."""
    world, at = scene.world, grant.window.start - MOMENT
    # What is due in the tenants of other tests is done with it.
    assert await do_all_due(world.store, grant.window.start + MOMENT)
    told = Event(
        EventId(world.new_id("8")),
        EventKind.GRANT_ENDED,
        at,
        at,
        "another request",
        Actor(),
        grant.slot.principal_id,
        {**grant_facts(grant), "isCut": False, "isVoid": True},
    )
    writes = (EndGrant(grant.id, at, "another request"),)
    assert await world.store.apply(
        ChangeSet(world.tenant, at, {}, frozenset(), writes, events=(told,))
    )
    return told


async def test_an_end_that_was_judged_before_the_start_and_committed_after_it_comes_after_it(
    world: World, database_url: str
) -> None:
    scene = Scene(world, database_url)
    grants = [await scene.grant(2 * HOUR, start=number * HOUR / 4) for number in (1, 2)]
    ends = [await end_past_the_start(scene, grant) for grant in grants]
    await catch_up(make_sealer(world), world.tenant, NOON + HOUR)
    found = [(one.event.kind, one.event.data["grantId"]) for one in await read_logged(world)]
    assert found == [
        (kind, grant.id)
        for grant in grants
        for kind in (EventKind.GRANT_STARTED, EventKind.GRANT_ENDED)
    ]
    assert [one.event for one in await read_logged(world)][1::2] == ends


async def test_a_life_that_is_sealed_at_once_is_told_from_its_request_to_its_end(
    world: World,
) -> None:
    """In whatever order clocks that disagree have recorded it; others keep their places."""
    lived = [make_one(world, kind, NOON, correlation_id="g") for kind in LIFE]
    other = make_one(world, EventKind.GRANT_EXPIRED, NOON, "h")
    said = make_event(world)
    backwards = [*lived[:2], other, said, *lived[2:]][::-1]
    recorded = [
        Event(e.id, e.kind, NOON, NOON + number * MOMENT, e.correlation_id, e.actor, "s", e.data)
        for number, e in enumerate(backwards)
    ]
    await commit(world, *recorded)
    await catch_up(make_sealer(world), world.tenant, NOON + HOUR)
    places = [one.event.id for one in await read_logged(world)]
    assert places == [e.id for e in (*lived[:3], said, other, *lived[3:])]


@pytest.mark.parametrize("most", [1, 2, 3, 4])
async def test_an_end_at_the_edge_of_a_portion_waits_for_its_start(world: World, most: int) -> None:
    end = make_one(world, EventKind.GRANT_ENDED, NOON)
    between = [make_event(world, number) for number in range(1, most)]
    start = make_one(world, EventKind.GRANT_STARTED, NOON + HOUR)
    await commit(world, end, *between, start)

    def plan(last: TreeHead | None, waiting: Sequence[Unsealed]) -> Sealing:
        return plan_sealing(make_signer(), world.tenant, last, waiting, NOON + HOUR)

    sealed = [await world.store.seal(world.tenant, most, plan) for _ in range(3)]
    assert sealed == [most, 1, 0]
    places = [one.event.id for one in await read_logged(world)]
    assert places == [start.id, *(one.id for one in between), end.id]


@pytest.mark.parametrize("data", ["nonsense", "", "[]", '{"grantId": 7}'])
async def test_an_event_whose_data_are_damaged_is_sealed_where_it_was(
    world: World, database_url: str, data: str
) -> None:
    end = make_one(world, EventKind.GRANT_ENDED, NOON)
    start = make_one(world, EventKind.GRANT_STARTED, NOON + HOUR)
    await commit(world, end, start)
    statement = f"UPDATE events SET data = '{data}' WHERE tenant_id = $1 AND kind = 'grantEnded'"  # noqa: S608 - a test's
    await Intruder(database_url, world.tenant).run(statement, world.tenant)
    assert await catch_up(make_sealer(world), world.tenant, NOON + HOUR) == 2
    assert await world.store.find_place(world.tenant, end.id) == 0
