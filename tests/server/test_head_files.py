"""Tree heads in a file: each one that was signed, in order, and what becomes of trouble with it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.storage.world import World
from tests.support.sealing import tell
from tests.support.service import TENANT, Service, emulator, open_service
from timebound.application.sealing import catch_up
from timebound.domain.checkpoints import read_notes
from timebound.domain.ids import TenantId
from timebound.server.config import ConfigError
from timebound.server.head_files import HeadFile

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


async def test_what_is_sealed_at_once_is_kept_apart(tmp_path: Path) -> None:
    file = HeadFile(tmp_path / "heads.txt")
    await asyncio.gather(*(file.keep(TenantId("t"), f"note {number}\n") for number in range(20)))
    content = (tmp_path / "heads.txt").read_text(encoding="utf-8")
    assert sorted(content.split("\n\n")) == sorted(["", *(f"note {n}" for n in range(20))])


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
    told = capsys.readouterr()
    assert "a tree head was not kept" in told.out + told.err
