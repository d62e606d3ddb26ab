"""Tree heads in a file: each one that was signed, in order, and what becomes of trouble with it."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.storage.world import NOON, World
from tests.support.log_tampering import Intruder
from tests.support.sealing import make_sealer, make_signer, tell
from tests.support.service import TENANT, Service, emulator, open_service
from tests.support.stores import database_url, store
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.checkpoints import read_notes
from timebound.domain.ids import TenantId
from timebound.server import head_files
from timebound.server.config import ConfigError
from timebound.server.head_files import HeadFile, keeping_heads

__all__ = ["database_url", "store"]
pytestmark = pytest.mark.documented("issue: tree heads published to a file")


async def seal(service: Service, number: int = 0) -> int:
    parts = service.parts
    world = World(parts.store, TenantId(TENANT))
    # Each time it is another world over the same tenant: its ids begin elsewhere.
    for _ in range(10 * number):
        world.new_id("9")
    await tell(world, 2, number)
    await catch_up(parts.sealer, TenantId(TENANT), parts.clock.now())
    head = await parts.store.last_head(TenantId(TENANT))
    assert head is not None
    return head.size


async def test_every_head_is_added_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "heads.txt"
    settings = replace(emulator(tmp_path), log_heads=path)
    async with open_service(settings) as service:
        sizes = [await seal(service)]
    async with open_service(settings) as service:
        sizes.append(await seal(service, 1))
    found = list(read_notes(path.read_text(encoding="utf-8")))
    assert [note.checkpoint.tree.size for note in found] == sizes
    assert {note.checkpoint.origin for note in found} == {f"localhost/log/{TENANT}"}


async def open_file(path: Path, world: World) -> HeadFile:
    file = HeadFile(path, world.store, make_signer())
    await file.open()
    return file


async def seal_elsewhere(world: World, *numbers: int) -> None:
    """Seals as a server does that keeps no file."""
    for number in numbers:
        await tell(world, 2, number)
        await catch_up(make_sealer(world), world.tenant, NOON)


def read_sizes(path: Path, world: World) -> list[int]:
    """The sizes of a tenant's heads in a file; all of the file is whole. Others share the store."""
    found = [one.checkpoint for one in read_notes(path.read_text(encoding="utf-8"))]
    return [one.tree.size for one in found if one.origin.endswith(world.tenant)]


async def test_what_is_sealed_at_once_is_kept_once_and_in_order(
    store: Store, tmp_path: Path
) -> None:
    world = await World(store).begin()
    file = await open_file(tmp_path / "heads.txt", world)
    sealer = replace(make_sealer(world), keepers=(file,))
    for number in range(3):
        await tell(world, 2, number)
        await asyncio.gather(*(catch_up(sealer, world.tenant, NOON) for _ in range(5)))
        await asyncio.gather(*(file.add_woken() for _ in range(2)))
    assert read_sizes(tmp_path / "heads.txt", world) == [2, 4, 6]


async def test_heads_that_others_signed_are_added(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_files, "_PORTION", 2)
    path, world = tmp_path / "heads.txt", await World(store).begin()
    await seal_elsewhere(world, 0, 1, 2)
    file = await open_file(path, world)
    await file.catch_up()
    assert read_sizes(path, world) == [2, 4, 6]
    await seal_elsewhere(world, 3)
    # Whoever seals next adds what was signed before as well.
    await tell(world, 2, 4)
    await catch_up(replace(make_sealer(world), keepers=(file,)), world.tenant, NOON)
    await file.add_woken()
    assert read_sizes(path, world) == [2, 4, 6, 8, 10]
    await seal_elsewhere(world, 5)
    again = await open_file(path, world)
    for _ in range(2):
        await again.catch_up()
    assert read_sizes(path, world) == [2, 4, 6, 8, 10, 12]


async def test_they_are_added_while_a_server_runs(store: Store, tmp_path: Path) -> None:
    path, world = tmp_path / "heads.txt", await World(store).begin()
    await seal_elsewhere(world, 0)
    done = asyncio.Event()

    class Watched(HeadFile):
        async def catch_up(self) -> None:
            await super().catch_up()
            done.set()

    file = Watched(path, world.store, make_signer())
    await file.open()
    async with asyncio.timeout(20), keeping_heads([file]):
        await done.wait()
    assert read_sizes(path, world) == [2]


async def test_sealing_does_not_wait_for_a_file_that_hangs(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_files, "_INTERVAL", 1e6)
    monkeypatch.setattr(head_files, "_GRACE", 0.0)
    path, world = tmp_path / "heads.txt", await World(store).begin()
    hangs, may_go_on = threading.Event(), threading.Event()

    class Hanging(HeadFile):
        def _append(self, content: bytes) -> None:
            if content:
                hangs.set()
                assert may_go_on.wait(20)
            super()._append(content)

    file = Hanging(path, world.store, make_signer())
    await file.open()
    sealer = replace(make_sealer(world), keepers=(file,))
    try:
        async with asyncio.timeout(15):
            async with keeping_heads([file]):
                await tell(world, 2)
                assert await catch_up(sealer, world.tenant, NOON) == 2
                await asyncio.to_thread(hangs.wait, 10)
                await tell(world, 2, 5)
                assert await catch_up(sealer, world.tenant, NOON) == 2
            assert read_sizes(path, world) == [], "nor does a stop wait for ever"
    finally:
        may_go_on.set()


async def test_what_is_signed_is_added_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_files, "_INTERVAL", 1e6)
    path, world = tmp_path / "heads.txt", await World(store).begin()
    added = asyncio.Event()

    class Watched(HeadFile):
        async def add_woken(self) -> None:
            await super().add_woken()
            if read_sizes(path, world):
                added.set()

    file = Watched(path, world.store, make_signer())
    await file.open()
    sealer = replace(make_sealer(world), keepers=(file,))
    async with asyncio.timeout(20), keeping_heads([file]):
        for number in range(2):
            await tell(world, 2, number)
            await catch_up(sealer, world.tenant, NOON)
            await added.wait()
        # The last one is signed when all is stopping.
        await tell(world, 2, 7)
        await catch_up(sealer, world.tenant, NOON)
    assert read_sizes(path, world)[-1] == 6


async def test_a_log_that_began_anew_is_kept_from_its_beginning(
    store: Store, tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, world = tmp_path / "heads.txt", await World(store).begin()
    file = await open_file(path, world)
    await seal_elsewhere(world, 0, 1)
    await file.add_lacking(world.tenant)
    intruder = Intruder(database_url, world.tenant)
    for table in ("tree_heads", "log_nodes", "events"):
        await intruder.run(f"DELETE FROM {table} WHERE tenant_id = $1", world.tenant)  # noqa: S608 - a test's
    await file.add_lacking(world.tenant)
    told = capsys.readouterr()
    assert (told.out + told.err).count("does not go on from a tree head in the file") == 1
    await seal_elsewhere(world, 2, 3)
    await file.add_lacking(world.tenant)
    assert read_sizes(path, world) == [2, 4, 2, 4]


@pytest.mark.parametrize("kept", [1, 60, 100, 150, 200, 280, -2, -1])
async def test_a_head_that_was_not_written_whole_hinders_no_other(
    store: Store, tmp_path: Path, kept: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path, world = tmp_path / "heads.txt", await World(store).begin()
    await seal_elsewhere(world, 0, 1)
    await (await open_file(path, world)).add_lacking(world.tenant)
    content = path.read_bytes()
    last = content.index(b"\n\n", content.index(b"\n\n") + 2) + 2
    path.write_bytes(content[:last] + content[last:][:kept])

    file = await open_file(path, world)
    told = capsys.readouterr()
    assert "was not written whole" in told.out + told.err
    await file.add_lacking(world.tenant)
    await seal_elsewhere(world, 2)
    await file.add_lacking(world.tenant)
    strange: list[str] = []
    notes = list(read_notes(path.read_text(encoding="utf-8", errors="replace"), strange.append))
    sizes = [note.checkpoint.tree.size for note in notes]
    # All of its text may have been written, but for the end of the last line.
    assert sizes in ([2, 4, 6], [2, 4, 4, 6])
    assert len(strange) <= 2
    assert all(note.signatures[0].signature for note in notes)


async def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    settings = replace(emulator(tmp_path), log_heads=tmp_path / "nowhere" / "heads.txt")
    with pytest.raises(ConfigError, match="--log-heads"):
        async with open_service(settings):
            pass


async def test_sealing_goes_on_where_the_file_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    settings = replace(emulator(tmp_path), log_heads=folder / "heads.txt")
    async with open_service(settings) as service:
        (folder / "heads.txt").unlink()
        folder.rmdir()
        assert await seal(service) > 0
    # It is told while it runs, or as it stops.
    told = capsys.readouterr()
    assert "tree heads were not kept" in told.out + told.err
