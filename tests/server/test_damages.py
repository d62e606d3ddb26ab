"""A damaged log is told of once, then at growing pauses, and without a traceback."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.world import NOON, World
from tests.support.sealing import tell
from tests.support.service import TENANT, emulator, open_service
from tests.support.tampering import run_sql
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.server.damages import DamageTeller, seal_or_tell

pytestmark = pytest.mark.inferred("who is told the same every second reads nothing any more")
TOLD = "the log is damaged; `timebound audit verify` tells more"
MINUTE = timedelta(minutes=1)


@dataclass
class Movable:
    """A clock that a test moves."""

    at: Instant = NOON

    def now(self) -> Instant:
        """The instant that was set."""
        return self.at


def count_told(capsys: pytest.CaptureFixture[str], text: str = TOLD) -> int:
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return (told.out + told.err).count(text)


def test_the_same_state_is_told_at_growing_pauses(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Movable()
    teller = DamageTeller(clock)
    told_after: list[int] = []
    for minute in range(16):
        clock.at = NOON + minute * MINUTE
        for _ in range(60):
            teller.tell("the head is gone")
        if count_told(capsys):
            told_after.append(minute)
    assert told_after == [0, 1, 3, 7, 15]
    clock.at = NOON + timedelta(days=400)
    for _ in range(2):
        teller.tell("the head is gone")
    assert count_told(capsys) == 1


def test_another_state_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    teller = DamageTeller(Movable())
    for damage in ("one", "one", "two", "two", "one"):
        teller.tell(damage)
    assert count_told(capsys) == 3
    for _ in range(2):
        teller.tell(None)
    assert count_told(capsys, "the log can be sealed again") == 1
    teller.tell("one")
    assert count_told(capsys) == 1


async def test_sealing_tells_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_service(replace(emulator(tmp_path), has_worker=False)) as service:
        parts = service.parts
        teller = DamageTeller(parts.system)
        await seal_or_tell(parts.sealer, teller, parts.clock.now())
        await tell(World(parts.store, TenantId(TENANT)), 2)
        run_sql(parts.settings.database, "UPDATE tree_heads SET peaks = x'00'")
        capsys.readouterr()
        for _ in range(5):
            await seal_or_tell(parts.sealer, teller, parts.clock.now())
        assert count_told(capsys) == 1


async def test_a_worker_tells_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = replace(emulator(tmp_path), has_worker=False)
    async with open_service(settings) as service:
        await seal_or_tell(
            service.parts.sealer, DamageTeller(service.parts.system), service.parts.clock.now()
        )
        await tell(World(service.parts.store, TenantId(TENANT)), 2)
        run_sql(settings.database, "UPDATE tree_heads SET peaks = x'00'")
        capsys.readouterr()
    told = ""
    async with asyncio.timeout(20), open_service(replace(settings, has_worker=True)):
        while TOLD not in told:
            # The worker has its turn; nothing tells a test that it had.
            await asyncio.sleep(0)
            read = capsys.readouterr()
            told += read.out + read.err
    assert told.count(TOLD) == 1
    assert "Traceback" not in told
