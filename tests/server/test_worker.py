"""What falls due is done by a server, or by a worker beside servers, and by nobody else."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.support.events import read_events
from tests.support.running import TIMEBOUND, clean_environment
from tests.support.service import TENANT, id_of, open_service, production
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, TenantId
from timebound.domain.roles import GLOBAL_READER
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import Instant, Window
from timebound.server.clock import machine_sources
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

SOON: Final = timedelta(seconds=1)
PATIENCE: Final = 30.0


def grant_until(name: str, start: Instant, end: Instant) -> InsertGrant:
    slot = Slot(PrincipalId(id_of("user", "eva@small.test")), GLOBAL_READER, DIRECTORY_ROOT)
    grant = Grant(GrantId(name), slot, GrantKind.ASSIGNED, Window(start, end), start)
    return InsertGrant(grant)


async def add(url: str, at: Instant, *writes: InsertGrant) -> None:
    store = open_store(url)
    await store.open()
    assert await store.apply(ChangeSet(TenantId(TENANT), at, {}, frozenset(), writes))
    await store.close()


async def wait_for_ends(url: str, names: set[str]) -> dict[str, Instant]:
    """When each end was told of; it is waited for what another process does."""
    async with asyncio.timeout(PATIENCE):
        while True:
            events = await read_events(url, TENANT)
            told = [e for e in events if e.kind is EventKind.GRANT_EXPIRED]
            found = {str(e.data["grantId"]): e.recorded_at for e in told}
            assert len(found) == len(told), "each is told of once"
            if found.keys() >= names:
                return found
            await asyncio.sleep(0)


@contextmanager
def working(folder: Path, url: str, master: Path) -> Iterator[subprocess.Popen[str]]:
    command: list[str | Path] = [TIMEBOUND, "worker", "--data", folder, "--database-url", url]
    command += ["--master-key-file", master, "--origin", "https://pim.example"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=clean_environment()
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()


@pytest.mark.postgres
@pytest.mark.documented("issue: `timebound worker` beside several servers")
async def test_two_workers_beside_a_server_tell_each_end_once(
    tmp_path: Path, fresh_postgres_database: str
) -> None:
    url = fresh_postgres_database
    await asyncio.to_thread(migrate, url)
    settings = replace(production(tmp_path), database_url=url)
    async with open_service(settings) as service:
        master = settings.data / "master.key"
        now = service.parts.clock.now()
        past = [grant_until(f"past-{n}", now - 2 * SOON, now - SOON) for n in range(300)]
        await add(url, now - 2 * SOON, *past)
        with working(tmp_path / "one", url, master), working(tmp_path / "two", url, master):
            names = {write.grant.id for write in past}
            await wait_for_ends(url, set(names))
            soon = machine_sources().wall() + SOON
            await add(url, soon - SOON, grant_until("soon", soon - SOON, soon))
            told = await wait_for_ends(url, {*names, "soon"})
    assert told["soon"] >= soon


@pytest.mark.inferred("whoever serves works, unless told not to")
@pytest.mark.parametrize("has_worker", [True, False])
async def test_a_server_works_unless_told_not_to(tmp_path: Path, *, has_worker: bool) -> None:
    settings = replace(production(tmp_path), has_worker=has_worker)
    url = f"sqlite:///{settings.data / 'timebound.db'}"
    async with open_service(settings) as service:
        now = service.parts.clock.now()
        await add(url, now - 2 * SOON, grant_until("past", now - 2 * SOON, now - SOON))
        if has_worker:
            await wait_for_ends(url, {"past"})
    kinds = [e.kind for e in await read_events(url, TENANT)]
    assert (EventKind.GRANT_EXPIRED in kinds) == has_worker


@pytest.mark.inferred("the emulator's clock is in its process")
def test_an_emulator_has_no_worker_beside_it(tmp_path: Path) -> None:
    command: list[str | Path] = [TIMEBOUND, "worker", "--profile", "emulator"]
    command += ["--data", tmp_path]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=clean_environment()
    )
    assert done.returncode == 1
    assert "one process" in done.stderr
    assert "Traceback" not in done.stderr
