"""Another key signs the tree heads: later, everywhere, and what the old one signed still counts."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.storage.world import NOON, World
from tests.support.audit_scene import Scene, make_scene, verify_alone
from tests.support.log_tampering import Intruder
from tests.support.sealing import tell
from tests.support.service import TENANT, emulator, open_service
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.log_ports import DamagedLogError, LogStore, SealedKey, TreeHead
from timebound.application.ports import Store
from timebound.application.sealing import Sealer, catch_up
from timebound.domain.checkpoints import Checkpoint, LogKey
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.identity.sealing import KEY_BYTES, MasterKey
from timebound.server import log_keys
from timebound.server.config import ConfigError, Origin
from timebound.server.log_keys import (
    WAIT,
    LogKeys,
    add_log_key,
    keep_log_keys,
    open_log_keys,
    read_log_keys,
)
from timebound.server.main import main
from timebound.storage.columns import write_instant

MASTER = MasterKey(bytes(KEY_BYTES))
ORIGINS = (Origin("https://pim.example"),)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.inferred("a key can be replaced, and no head loses its signature")


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


async def seal_one(world: World, keys: LogKeys, number: int) -> TreeHead:
    await tell(world, 1, number)
    await catch_up(Sealer(world.store, keys), world.tenant, NOON)
    head = await world.store.last_head(world.tenant)
    assert head is not None
    return head


async def test_a_key_that_was_replaced_signs_nothing_any_more(store: Store, store_url: str) -> None:
    old = await open_log_keys(store, MASTER, ORIGINS, NOON)
    await add_log_key(store, MASTER, NOON)
    behind = await read_log_keys(store, MASTER, NOON)
    ahead = await read_log_keys(store, MASTER, NOON + WAIT)
    world = await World(store).begin()
    assert (await seal_one(world, ahead, 0)).key_number == 2
    # To a server whose clock is behind it is too young, and still it is the one.
    assert (behind.number, (await seal_one(world, behind, 1)).key_number) == (1, 2)
    with pytest.raises(DamagedLogError, match="there is no key 2"):
        await seal_one(world, old, 2)
    # Whoever has stolen the first key, and writes into the database, is found out.
    head = await seal_one(world, ahead, 3)
    key = old.find(1)
    assert key is not None
    text = Checkpoint(key.name_log(world.tenant), head.tree, head.at).write().encode()
    intruder = Intruder(store_url, world.tenant)
    await intruder.write("tree_heads", "key_number", "size", head.size, 1)
    await intruder.write("tree_heads", "signature", "size", head.size, old.sign(1, text))
    [found] = (await Check(Logbook(store, ahead, world.tenant)).run()).findings
    assert found.place == f"tree head {head.size}"
    assert "key 1, which was replaced" in found.text


async def test_nobody_makes_a_key_younger_than_it_is(store: Store, store_url: str) -> None:
    await open_log_keys(store, MASTER, ORIGINS, NOON)
    await add_log_key(store, MASTER, NOON)
    intruder = Intruder(store_url, "")
    new: object = NOON + 9 * WAIT
    if intruder.is_on_sqlite:
        new = write_instant(NOON + 9 * WAIT)
    await intruder.run("UPDATE log_keys SET created_at = $1 WHERE number = 2", new)
    with pytest.raises(ConfigError, match="log key 2"):
        await read_log_keys(store, MASTER, NOON + 9 * WAIT)


async def test_keys_of_before_are_old(store: Store) -> None:
    """They were sealed without their time, which therefore says nothing."""
    for number in (1, 2):
        sealed = MASTER.seal(f"log key {number} of pim.example", bytes([number]) * 32)
        await store.add_log_key(SealedKey(number, "pim.example", sealed, NOON))
    keys = await open_log_keys(store, MASTER, ORIGINS, NOON)
    assert (keys.numbers, keys.number, keys.young) == ([1, 2], 2, frozenset())
    await add_log_key(store, MASTER, NOON)
    assert (await read_log_keys(store, MASTER, NOON)).young == {3}


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock that stands still."""

    at: Instant

    def now(self) -> Instant:
        """Always the same."""
        return self.at


async def test_a_key_that_is_asked_for_is_looked_for_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_keys, "_INTERVAL", 1e6)
    monkeypatch.setattr(log_keys, "_LEAST_PAUSE", 0.0)
    has_learned = asyncio.Event()

    class Watched(LogKeys):
        async def learn(self, store: LogStore, master: MasterKey, at: Instant) -> None:
            await super().learn(store, master, at)
            has_learned.set()

    keys = Watched((await open_log_keys(store, MASTER, ORIGINS, NOON)).keys)
    made = await add_log_key(store, MASTER, NOON)
    learning = asyncio.create_task(keep_log_keys(keys, store, MASTER, Standing(NOON)))
    async with asyncio.timeout(20):
        assert keys.find(2) is None
        await has_learned.wait()
    learning.cancel()
    assert (keys.find(2), keys.number) == (made, 1)


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
