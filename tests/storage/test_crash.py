"""Killed at any instruction: what is found afterwards are whole change sets, and all told of."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.planting import ROOT
from timebound.storage.migrating import migrate

WRITER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from tests.storage.world import World, reader
from tests.storage.test_changes import a_grant, an_event
from timebound.application.changes import ChangeSet, InsertGrant, principal_key
from timebound.domain.ids import GrantId, TenantId
from timebound.storage.sqlite import SqliteStore
from tests.storage.world import NOON

async def write(world, person, number):
    grants = [a_grant(world, person) for _ in range(3)]
    change = ChangeSet(
        world.tenant, NOON, {}, frozenset({principal_key(person)}),
        tuple(InsertGrant(grant) for grant in grants), (an_event(world),),
    )
    assert await world.store.apply(change)
    print(" ".join(grant.id for grant in grants), flush=True)

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    await store.open()
    world = await World(store, TenantId("tenant")).begin()
    person = await world.user()
    while True:
        await asyncio.gather(*(write(world, person, number) for number in range(20)))

asyncio.run(main())
"""


@pytest.mark.parametrize("told", [1, 7, 60, 200])
def test_a_killed_writer_leaves_whole_change_sets(tmp_path: Path, told: int) -> None:
    path = tmp_path / "crash.db"
    migrate(f"sqlite:///{path}")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(told)]
    writer.kill()
    lines += writer.stdout.read().splitlines(keepends=True)
    writer.wait()
    writer.stdout.close()
    durable = {id_ for line in lines if line.endswith("\n") for id_ in line.split()}
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    grants = {row[0] for row in connection.execute("SELECT id FROM grants")}
    (events,) = connection.execute("SELECT count(*) FROM events").fetchone()
    (version,) = connection.execute(
        "SELECT version FROM fact_versions WHERE key LIKE 'principal/%'"
    ).fetchone()
    connection.close()
    assert len(durable) >= 3 * told
    assert durable <= grants
    assert len(grants) == 3 * events == 3 * (version - 1)
