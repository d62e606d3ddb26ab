"""Another key signs the tree heads: later, everywhere, and what the old one signed still counts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.storage.world import NOON, World
from tests.support.audit_scene import Scene, make_scene, verify_alone
from tests.support.sealing import tell
from tests.support.service import TENANT, emulator, open_service
from tests.support.stores import KINDS
from timebound.application.ports import Store
from timebound.application.sealing import Sealer, catch_up
from timebound.domain.checkpoints import LogKey
from timebound.domain.ids import TenantId
from timebound.identity.sealing import KEY_BYTES, MasterKey
from timebound.server.config import ConfigError, Origin
from timebound.server.log_keys import WAIT, add_log_key, open_log_keys, read_log_keys
from timebound.server.main import main
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

MASTER = MasterKey(bytes(KEY_BYTES))
ORIGINS = (Origin("https://pim.example"),)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.inferred("a key can be replaced, and no head loses its signature")


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of its own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'timebound.db'}"
    else:
        url = request.getfixturevalue("fresh_postgres_database")
    await asyncio.to_thread(migrate, url)
    opened = open_store(url)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_new_key_signs_when_everybody_knows_it(store: Store) -> None:
    running = await open_log_keys(store, MASTER, ORIGINS, NOON)
    world = await World(store).begin()
    sealer = Sealer(store, running)

    async def seal(number: int) -> int:
        await tell(world, 1, number)
        await catch_up(sealer, world.tenant, NOON)
        head = await store.last_head(world.tenant)
        assert head is not None
        return head.key_number

    assert await seal(0) == 1
    made = await add_log_key(store, MASTER, NOON)
    assert await seal(1) == 1, "who does not know the key goes on with the one before"
    await running.learn(store, MASTER, NOON + WAIT - SECOND)
    assert running.numbers == [1, 2]
    assert running.find(2) == made
    assert await seal(2) == 1
    fresh = await open_log_keys(store, MASTER, ORIGINS, NOON + WAIT - SECOND)
    assert fresh.number == 1, "a server that starts meanwhile waits as well"
    await running.learn(store, MASTER, NOON + WAIT)
    assert await seal(3) == 2
    first, second = running.find(1), running.find(2)
    assert first is not None
    assert second is not None
    assert first.name == second.name
    assert first.public != second.public
    assert first.short_id(world.tenant) != second.short_id(world.tenant)


async def test_keys_are_made_one_after_the_other(store: Store) -> None:
    with pytest.raises(ConfigError, match="nothing was sealed here yet"):
        await add_log_key(store, MASTER, NOON)
    await open_log_keys(store, MASTER, ORIGINS, NOON)
    # Of several at once one makes it; the others get the same, or are told that it is there.
    tries = (add_log_key(store, MASTER, NOON) for _ in range(3))
    made = await asyncio.gather(*tries, return_exceptions=True)
    assert len({one.public for one in made if isinstance(one, LogKey)}) == 1
    assert len(await store.log_keys()) == 2
    with pytest.raises(ConfigError, match="it signs soon"):
        await add_log_key(store, MASTER, NOON + SECOND)
    await add_log_key(store, MASTER, NOON + WAIT)
    keys = await read_log_keys(store, MASTER, NOON + 2 * WAIT)
    assert (keys.numbers, keys.number) == ([1, 2, 3], 3)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A log with three heads."""
    return asyncio.run(make_scene(emulator(tmp_path), tmp_path))


async def seal_with_new_key(scene: Scene) -> dict[str, Any]:
    """What waits is sealed after the new key has begun; what is told of the keys."""
    async with open_service(scene.settings) as service:
        parts = service.parts
        keys: Any = parts.sealer.signer
        await keys.learn(parts.store, parts.master, parts.system.now() + WAIT)
        await catch_up(parts.sealer, TenantId(TENANT), parts.clock.now())
        head = await parts.store.last_head(TenantId(TENANT))
        assert head is not None
        assert head.key_number == 2
        one, two = keys.find(1), keys.find(2)
        return {"old": one.write_verifier(TENANT), "new": two.write_verifier(TENANT)}


def test_old_heads_verify_after_a_rotation(scene: Scene) -> None:
    heads = scene.write_heads(scene.heads)
    result = scene.run("rotate-key")
    assert result.exit_code == 0, result.output
    keys = asyncio.run(seal_with_new_key(scene))
    assert keys["old"] == scene.verifier
    assert keys["new"] in result.output.splitlines()
    held = scene.run("verify", "--head", heads)
    assert (held.exit_code, "held against 3 tree heads" in held.output) == (0, True), held.output
    export = scene.export()
    assert scene.run("verify", "--export", export, "--head", heads).exit_code == 0
    both = verify_alone(export, "--head", heads, "--key", keys["old"], "--key", keys["new"])
    assert both.returncode == 0, both.stdout
    assert both.stdout.count("signed by the key") == 4
    assert verify_alone(export, "--head", heads, "--key", keys["old"]).returncode == 1


def test_what_cannot_be_rotated_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["audit", "rotate-key", "--data", str(tmp_path)])
    assert (result.exit_code, "there is no database" in result.output) == (1, True)
