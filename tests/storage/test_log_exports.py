"""What an export leaves out is what was not asked for: nothing that was removed or edited."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.storage.world import NOON, World
from tests.support.log_tampering import Intruder
from tests.support.sealing import make_sealer, make_signer, tell
from timebound.application.exporting import Export, JsonLines, Tally
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.exports import ExportTree
from timebound.domain.times import Instant
from timebound.storage.columns import write_instant

pytestmark = pytest.mark.documented("issue: whoever has an export can verify it, a span as well")
DAY = timedelta(days=1)
SPAN = NOON + DAY, NOON + 2 * DAY


@dataclass
class Exported:
    """What came out of an export."""

    tree: ExportTree
    tally: Tally


async def export(
    world: World, since: Instant | None = None, until: Instant | None = None
) -> Exported:
    head = await world.store.last_head(world.tenant)
    assert head is not None
    made, tally = Exported(ExportTree(), Tally()), Tally()
    book = Logbook(world.store, make_signer(), world.tenant)
    async for part in Export(book, head.size, since, until).write(JsonLines(), tally):
        for line in part.split(b"\n")[:-1]:
            made.tree.add(line)
    assert (made.tree.size, made.tree.root) == (head.size, head.root)
    made.tally = tally
    return made


async def make_days(store: Store) -> World:
    """Ten events on each of four days, each sealed some seconds after it was recorded."""
    world = await World(store).begin()
    for day in range(4):
        for portion in (0, 5):
            await tell(world, 5, day * 86_400 + portion)
            await catch_up(
                make_sealer(world), world.tenant, NOON + day * DAY + timedelta(minutes=1)
            )
    return world


def write(intruder: Intruder, at: datetime) -> object:
    return write_instant(at).encode() if intruder.is_on_sqlite else at


@pytest.mark.parametrize(
    ("first", "end"), [(256, 512), (255, 256), (0, 1), (699, 700), (512, 700), (100, 600)]
)
async def test_events_that_were_removed_do_not_pass_for_left_out(
    world: World, database_url: str, first: int, end: int
) -> None:
    await tell(world, 700)
    await catch_up(make_sealer(world), world.tenant, NOON)
    whole = await export(world)
    assert (whole.tree.told, whole.tally.told, whole.tree.left_out) == (700, 700, 0)
    await Intruder(database_url, world.tenant).run(
        "DELETE FROM events WHERE tenant_id = $1 AND position >= $2 AND position < $3",
        world.tenant,
        first,
        end,
    )
    for span in ((None, None), (NOON, None), (None, NOON + DAY)):
        with pytest.raises(DamagedLogError, match="missing"):
            await export(world, *span)


async def test_a_span_has_what_was_recorded_in_it(store: Store) -> None:
    world = await make_days(store)
    found = await export(world, *SPAN)
    assert (found.tally.told, found.tally.damaged, found.tree.left_out) == (10, 0, 30)
    found = await export(world, NOON + timedelta(days=9), None)
    assert (found.tally.told, found.tree.left_out) == (0, 40)


async def test_an_event_that_was_sealed_late_is_in_its_span(store: Store) -> None:
    world = await make_days(store)
    await tell(world, 1, 86_400)
    await catch_up(make_sealer(world), world.tenant, NOON + 30 * DAY)
    assert (await export(world, *SPAN)).tally.told == 11


@pytest.mark.parametrize("moved", [-timedelta(days=9), timedelta(days=9)])
@pytest.mark.parametrize("places", [(10, 15), (15, 20), (10, 20)])
async def test_events_whose_time_was_moved_do_not_pass_for_left_out(
    store: Store, database_url: str, moved: timedelta, places: tuple[int, int]
) -> None:
    world = await make_days(store)
    intruder = Intruder(database_url, world.tenant)
    for place in range(*places):
        at = write(intruder, NOON + moved)
        await intruder.write("events", "recorded_at", "position", place, at)
    found = await export(world, *SPAN)
    count = places[1] - places[0]
    assert (found.tally.told, found.tally.damaged) == (10 - count, count)
    assert found.tally.first_damaged == places[0]


async def move(intruder: Intruder, size: int, days: int) -> None:
    """Moves the time of a head, and all events of the span away."""
    at = write(intruder, NOON + timedelta(days=days))
    await intruder.write("tree_heads", "at", "size", size, at)
    for place in range(10, 20):
        moved = write(intruder, NOON + 9 * DAY)
        await intruder.write("events", "recorded_at", "position", place, moved)


@pytest.mark.parametrize(("size", "days"), [(15, -9), (20, -9), (25, 9), (40, -9)])
async def test_a_head_whose_time_was_moved_bounds_no_span(
    store: Store, database_url: str, size: int, days: int
) -> None:
    world = await make_days(store)
    await move(Intruder(database_url, world.tenant), size, days)
    with pytest.raises(DamagedLogError, match=f"tree head {size} is not signed"):
        await export(world, *SPAN)


@pytest.mark.parametrize(("size", "days"), [(10, 1), (35, 2)])
async def test_a_head_whose_time_was_moved_away_has_more_looked_at(
    store: Store, database_url: str, size: int, days: int
) -> None:
    world = await make_days(store)
    await move(Intruder(database_url, world.tenant), size, days)
    assert (await export(world, *SPAN)).tally.damaged == 10
