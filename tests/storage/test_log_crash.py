"""Killed while it commits and seals: what is found afterwards is a log that can be verified."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.world import NOON, World
from tests.support.planting import ROOT
from tests.support.sealing import make_sealer, make_signer
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_report import Report
from timebound.application.sealing import catch_up
from timebound.domain.ids import TenantId
from timebound.storage.migrating import migrate
from timebound.storage.sqlite import SqliteStore

TENANT = TenantId("tenant")
WRITER = """
import asyncio, sys
from pathlib import Path
from tests.storage.world import NOON, World
from tests.support.sealing import make_sealer, tell
from timebound.application.log_report import Report
from timebound.application.sealing import catch_up
from timebound.domain.ids import TenantId
from timebound.storage.sqlite import SqliteStore

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    world = await World(store, TenantId("tenant")).begin()
    told = 0
    while True:
        sealing = catch_up(make_sealer(world), world.tenant, NOON)
        await asyncio.gather(tell(world, 40, told), sealing)
        told += 40
        head = await store.last_head(world.tenant)
        print(told, head.size if head else 0, flush=True)

asyncio.run(main())
"""


@pytest.mark.documented("DESIGN, promises 4 and 9: killed at any instruction, nothing is unlogged")
@pytest.mark.parametrize("lines", [1, 5, 20])
def test_a_killed_sealer_leaves_a_sound_log(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "crash.db"
    migrate(f"sqlite:///{path}")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(lines)]
    writer.kill()
    told += [line for line in writer.stdout.read().splitlines(keepends=True) if line[-1] == "\n"]
    writer.wait()
    writer.stdout.close()
    committed, sealed = [int(number) for number in told[-1].split()]
    report = asyncio.run(_seal_and_check(path))
    assert report.findings == []
    assert report.size >= max(committed, sealed)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (report.size,)
    connection.close()


async def _seal_and_check(path: Path) -> Report:
    store = SqliteStore(path)
    await store.open()
    await catch_up(make_sealer(World(store, TENANT)), TENANT, NOON)
    report = await Check(Logbook(store, make_signer(), TENANT)).run()
    await store.close()
    return report
