"""An export against many heads: what contradicts is found, what says nothing is told as such."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.storage.world import World
from tests.support.audit_scene import SIZES, Scene, make_scene, verify_alone
from tests.support.sealing import tell
from tests.support.service import TENANT, emulator, open_service
from timebound.application.sealing import catch_up
from timebound.domain.ids import TenantId

pytestmark = pytest.mark.documented("issue: a verifier checks an export against a tree head")
NOTHING_TOLD = ("--from", "2100-01-01T00:00:00Z")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A log with three heads."""
    return asyncio.run(make_scene(emulator(tmp_path), tmp_path))


def grow(scene: Scene) -> None:
    """Seals what waits, with the heads of the file that a server keeps."""

    async def seal() -> None:
        settings = replace(scene.settings, log_heads=scene.folder / "heads.txt")
        async with open_service(settings) as service:
            parts = service.parts
            assert await catch_up(parts.sealer, TenantId(TENANT), parts.clock.now()) > 0

    asyncio.run(seal())


def test_a_log_that_grew_beyond_its_export_is_sound(scene: Scene) -> None:
    export = scene.export()
    heads = scene.write_heads(scene.heads)
    grow(scene)
    for arguments in (("--head", heads), ("--head", heads, "--key", scene.verifier)):
        result = verify_alone(export, *arguments)
        assert result.returncode == 0, result.stdout
        assert "not checked, the export ends at event 700" in result.stdout
        assert result.stdout.count("the same tree") == len(SIZES)
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert ours.exit_code == 0, ours.output
    assert "not checked: beyond the export, which ends at event 700" in ours.output
    assert ours.output.count("the same tree") == len(SIZES)


def test_heads_within_what_is_left_out_say_nothing(scene: Scene) -> None:
    export = scene.export(*NOTHING_TOLD)
    heads = scene.write_heads(scene.heads)
    for arguments in (("--head", heads), ("--head", heads, "--key", scene.verifier)):
        result = verify_alone(export, *arguments)
        assert result.returncode == 0, result.stdout
        assert result.stdout.count("not checked") == 2
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert (ours.exit_code, ours.output.count("not checked")) == (0, 2), ours.output


def test_where_no_head_says_anything_nothing_is_said(scene: Scene) -> None:
    export = scene.export(*NOTHING_TOLD)
    heads = scene.write_heads(scene.heads[:2])
    result = verify_alone(export, "--head", heads)
    assert (result.returncode, "no head that was checked" in result.stdout) == (2, True)
    # The head beside the export is signed, so that it counts where the key is known.
    assert verify_alone(export, "--head", heads, "--key", scene.verifier).returncode == 0
    assert scene.run("verify", "--export", export, "--head", heads).exit_code == 0
    (scene.folder / "log.jsonl.checkpoint").unlink()
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert (ours.exit_code, "no tree head that was checked is above it" in ours.output) == (1, True)


def test_an_export_without_its_end_is_told_from_a_log_that_grew(scene: Scene) -> None:
    export = scene.export()
    export.write_bytes(b"".join(export.read_bytes().splitlines(keepends=True)[:500]))
    heads = scene.write_heads(scene.heads)
    result = verify_alone(export, "--head", heads)
    assert (result.returncode, "no head that was checked" in result.stdout) == (2, True)
    result = verify_alone(export, "--head", heads, "--key", scene.verifier)
    assert (result.returncode, "WRONG, it is beside the export" in result.stdout) == (1, True)
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert (ours.exit_code, "WRONG tree head 700: it is beside" in ours.output) == (1, True)
    assert "above what is behind event 299" in ours.output


def test_a_head_that_contradicts_is_found_among_all_others(scene: Scene) -> None:
    export = scene.export()
    content = export.read_bytes()
    export.write_bytes(content.replace(b"request 200", b"request 201", 1))
    heads = scene.write_heads(scene.heads)
    grow(scene)
    result = verify_alone(export, "--head", heads)
    assert (result.returncode, result.stdout.count("WRONG")) == (1, 2)
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert ours.exit_code == 1
    assert "tree head 40: the same tree" in ours.output
    assert "WRONG tree head 300: another tree" in ours.output


def test_a_head_that_was_not_written_whole_is_passed_over(scene: Scene) -> None:
    export = scene.export()
    torn = scene.heads[0].replace("\n40\n", "\n41\n")[:-20]
    heads = scene.write_heads([torn + "\n", *scene.heads, scene.heads[0][:30]])
    result = verify_alone(export, "--head", heads)
    assert (result.returncode, result.stdout.count("passed over")) == (0, 2), result.stdout
    for arguments in (("--export", export), ()):
        ours = scene.run("verify", "--head", heads, *arguments)
        assert (ours.exit_code, ours.output.count("passed over")) == (0, 2), ours.output
    nothing = scene.write_heads([scene.heads[0][:30]])
    assert verify_alone(export, "--head", nothing).returncode == 2
    assert scene.run("verify", "--head", nothing).exit_code == 1


def test_heads_of_another_log_are_told_apart(scene: Scene) -> None:
    export = scene.export()
    other = scene.heads[0].replace("localhost/", "other/")
    heads = scene.write_heads([other, *scene.heads])
    assert verify_alone(export, "--head", heads).returncode == 2
    assert verify_alone(export, "--head", heads, "--key", scene.verifier).returncode == 0
    assert scene.run("verify", "--export", export, "--head", heads).exit_code == 0
    (scene.folder / "log.jsonl.checkpoint").unlink()
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert (ours.exit_code, "--tenant: which one?" in ours.output) == (1, True)
    named = scene.run("verify", "--export", export, "--head", heads, "--tenant", "small.example")
    assert named.exit_code == 0, named.output


def add_other_tenant(scene: Scene) -> str:
    """The id of another tenant with a log, of less events."""

    async def add() -> str:
        async with open_service(scene.settings) as service:
            parts = service.parts
            world = await World(parts.store).begin()
            await tell(world, 30)
            await catch_up(parts.sealer, world.tenant, parts.clock.now())
            return str(world.tenant)

    return asyncio.run(add())


def test_the_export_of_another_tenant_is_not_that_of_the_one_named(scene: Scene) -> None:
    other = add_other_tenant(scene)
    export = scene.export("--tenant", other)
    heads = scene.write_heads(scene.heads)
    named = f"the log is localhost/log/{other}"
    for tenant, expected in ((other, 0), ("small.example", 1)):
        found = scene.run("verify", "--export", export, "--tenant", tenant)
        assert (found.exit_code, named in found.output) == (expected, tenant == other), found.output
    held = scene.run("verify", "--export", export, "--tenant", "small.example", "--head", heads)
    text = f"WRONG the tree head beside the export is of another log, localhost/log/{other}"
    assert (held.exit_code, text in held.output) == (1, True), held.output
    script = verify_alone(export, "--key", scene.verifier, "--head", heads)
    assert script.returncode == 2, script.stdout


def test_heads_of_another_log_alone_say_nothing_of_an_export(scene: Scene) -> None:
    other = add_other_tenant(scene)
    export = scene.export("--tenant", other)
    found = scene.run("verify", "--export", export, "--head", scene.write_heads(scene.heads))
    text = "WRONG no tree head that was held elsewhere is of this log"
    assert (found.exit_code, text in found.output) == (1, True), found.output
    alone = verify_alone(export)
    assert (alone.returncode, f"the log is localhost/log/{other}" in alone.stdout) == (0, True)
