"""Going back to the seed: the whole new tenant, or everything as it was."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.support.planting import ROOT
from tests.support.service import Service, emulator, open_service
from tests.support.tampering import run_sql
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.server.config import Settings
from timebound.server.emulation import Emulator, read_movement
from timebound.server.ids import SeededIds
from timebound.server.notes import COUNTER, MOVEMENT

LATER = datetime(2030, 1, 1, tzinfo=UTC)


class BrokenHasher(SecretHasher):
    """Fails while the seed is being read."""

    def hash(self, secret: str) -> str:
        """Never answers."""
        raise OSError(len(secret))


class StuckIds(SeededIds):
    """Gives one id to everything, which the database finds out at the last table."""

    def begin_anew(self) -> "StuckIds":
        """As stuck as it is."""
        return StuckIds("stuck")

    def new_id(self) -> str:
        """Always the same."""
        return "00000000-0000-4000-8000-000000000000"


def emulation_of(service: Service) -> Emulator:
    assert service.parts.steering is not None
    return cast("Emulator", service.parts.steering.emulation)


def with_broken_planter(emulation: Emulator) -> Emulator:
    return replace(emulation, planter=replace(emulation.planter, hasher=BrokenHasher(CHEAP)))


def with_stuck_ids(emulation: Emulator) -> Emulator:
    return replace(emulation, ids=StuckIds("stuck"))


@pytest.mark.inferred("a reset that fails, before or within the database, changes nothing")
@pytest.mark.parametrize("broken", [with_broken_planter, with_stuck_ids])
async def test_a_reset_that_fails_changes_nothing(
    tmp_path: Path, broken: Callable[[Emulator], Emulator]
) -> None:
    async with open_service(emulator(tmp_path)) as service:
        emulation = emulation_of(service)
        assert await emulation.move(lambda clock: clock.move_to(LATER, is_frozen=True))
        counter = emulation.ids.counter
        before = await notes_and_tenant(service)
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, it leaves nothing behind
            await broken(emulation).reset(LATER + timedelta(days=1), is_frozen=True)
        assert await notes_and_tenant(service) == before
        assert (emulation.clock.now(), emulation.ids.counter) == (LATER, counter)
        await emulation.reset(LATER - timedelta(days=1), is_frozen=True)
        assert emulation.clock.now() == LATER - timedelta(days=1)


async def notes_and_tenant(service: Service) -> list[object]:
    store = service.parts.store
    notes = [await store.read_meta(name) for name in (MOVEMENT, COUNTER)]
    return [*notes, await store.sole_tenant()]


RESETTER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.server.test_reset import LATER, emulation_of
from tests.support.service import emulator, open_service

async def main():
    async with open_service(emulator(Path(sys.argv[1]))) as service:
        for day in range(100_000):
            await emulation_of(service).reset(LATER + timedelta(days=day % 9), is_frozen=True)
            print(day, flush=True)

asyncio.run(main())
"""
COUNTED = ("directory_objects", "grants", "roles", "secrets", "events", "tenant_domains")


def count_rows(url: str) -> list[object]:
    return [run_sql(url, f"SELECT count(*) FROM {table}") for table in COUNTED]  # noqa: S608 - ours


async def tell_clock(settings: Settings) -> datetime:
    """The instant that a start with these settings goes on from."""
    async with open_service(settings) as service:
        return service.parts.clock.now()


@pytest.mark.documented("DESIGN, promise 9: killed at any instruction")
@pytest.mark.parametrize("told", [1, 4, 11])
def test_a_killed_reset_leaves_a_whole_tenant(tmp_path: Path, told: int) -> None:
    settings = emulator(tmp_path)
    asyncio.run(tell_clock(settings))
    seeded = count_rows(settings.database)
    resetting = subprocess.Popen(
        [sys.executable, "-c", RESETTER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert resetting.stdout is not None
    with closing(resetting.stdout):
        lines = [resetting.stdout.readline() for _ in range(told)]
        assert lines[-1]
        resetting.kill()
        resetting.wait()
    assert count_rows(settings.database) == seeded
    rows = run_sql(settings.database, "SELECT DISTINCT created_at FROM directory_objects")
    ((created,),) = rows
    ((movement,),) = run_sql(
        settings.database,
        f"SELECT value FROM meta WHERE key = '{MOVEMENT}'",  # noqa: S608 - ours
    )
    assert read_movement(str(movement)).frozen_at == datetime.fromisoformat(str(created))
    assert asyncio.run(tell_clock(settings)) == datetime.fromisoformat(str(created))
