"""Several servers, one database: the latest of their clocks is the floor of them all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from tests.support.stores import KINDS
from timebound.application.ports import Store
from timebound.server.clock import SystemClock, TimeSources
from timebound.server.notes import NoteKeeper, give_up_floor, read_floor
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    """A database of its own that two servers share."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'timebound.db'}"
    else:
        url = request.getfixturevalue("fresh_postgres_database")
    await asyncio.to_thread(migrate, url)
    opened = open_store(url)
    await opened.open()
    yield opened
    await opened.close()


def clock_at(wall: datetime) -> SystemClock:
    """A clock whose machine stands still."""
    return SystemClock(TimeSources(lambda: wall, lambda: 0.0))


@pytest.mark.documented("DESIGN, promise 10: a clock that lags does not set the floor back")
async def test_a_server_that_lags_keeps_the_floor_and_learns_it(store: Store) -> None:
    ahead, behind = clock_at(NOON + 10 * MINUTE), clock_at(NOON)
    await NoteKeeper(store, ahead, None).keep()
    await NoteKeeper(store, behind, None).keep()
    assert await read_floor(store) == NOON + 10 * MINUTE
    assert behind.now() == NOON + 10 * MINUTE
    await NoteKeeper(store, clock_at(NOON), None).finish()
    assert await read_floor(store) == NOON + 10 * MINUTE


@pytest.mark.documented("DESIGN, promise 10: more than an hour needs the operator's consent")
async def test_a_server_far_ahead_is_told_of_and_not_followed(store: Store) -> None:
    far, sound = clock_at(NOON + 90 * MINUTE), clock_at(NOON)
    await NoteKeeper(store, far, None).keep()
    keeper = NoteKeeper(store, sound, None)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            await keeper.keep()
    assert sound.now() == NOON
    assert [(line["log_level"], line["floor"][:16]) for line in logs] == [
        ("error", "2026-03-01T13:30")
    ]
    await give_up_floor(store, sound.now())
    await keeper.keep()
    assert await read_floor(store) == NOON
