"""The key of the log: made once, kept under the master key, the same on every server."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.storage.world import NOON, World
from tests.support.log_tampering import Intruder
from tests.support.sealing import tell
from tests.support.service import TENANT, emulator, open_service
from timebound.application.ports import Store
from timebound.application.sealing import Sealer, catch_up, seal_all
from timebound.domain.ids import TenantId
from timebound.identity.sealing import KEY_BYTES, MasterKey
from timebound.server.config import ConfigError, Origin, Role
from timebound.server.log_keys import WAIT, add_log_key, open_log_keys, read_log_keys

MASTER = MasterKey(bytes(KEY_BYTES))
ORIGINS = (
    Origin("https://graph.example", frozenset({Role.GRAPH})),
    Origin("https://sign-in.example:8443", frozenset({Role.AUTHORITY})),
)
LATER = (Origin("https://later.example"),)
pytestmark = pytest.mark.inferred("issue: signed tree heads, from whichever server")


async def test_servers_that_start_at_once_sign_with_one_key(store: Store) -> None:
    at = NOON
    opened = await asyncio.gather(*(open_log_keys(store, MASTER, ORIGINS, at) for _ in range(4)))
    assert len({keys.find(keys.number) for keys in opened}) == 1
    assert len(await store.log_keys()) == 1
    signature = opened[0].sign(1, b"content")
    assert opened[1].is_signed(1, b"content", signature)
    assert not opened[1].is_signed(1, b"another content", signature)
    assert not opened[1].is_signed(2, b"content", signature)
    assert not opened[1].is_signed(1, b"content", b"short")


async def test_the_name_stays_whatever_becomes_of_the_origins(store: Store) -> None:
    first = await open_log_keys(store, MASTER, ORIGINS, NOON)
    later = await open_log_keys(store, MASTER, LATER, NOON)
    assert first.find(1) == later.find(1)
    key = later.find(1)
    assert key is not None
    assert key.name_log(TenantId("t")) == "sign-in.example/log/t"


async def test_another_master_key_opens_nothing(store: Store) -> None:
    await open_log_keys(store, MASTER, ORIGINS, NOON)
    other = MasterKey(b"o" * KEY_BYTES)
    with pytest.raises(ConfigError, match="--master-key-file"):
        await read_log_keys(store, other, NOON)


async def test_a_key_cannot_be_given_another_name(store: Store) -> None:
    await open_log_keys(store, MASTER, ORIGINS, NOON)
    [kept] = await store.log_keys()
    await store.add_log_key(replace(kept, number=2, name="other.example"))
    with pytest.raises(ConfigError, match="log key 2"):
        await read_log_keys(store, MASTER, NOON)


async def delete_keys(store_url: str) -> None:
    await Intruder(store_url, "").run("DELETE FROM log_keys")


async def test_a_key_that_is_gone_is_told_of_and_not_forgotten(
    store: Store, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = await open_log_keys(store, MASTER, ORIGINS, NOON)
    await add_log_key(store, MASTER, NOON)
    await keys.learn(store, MASTER, NOON)
    first, second = keys.find(1), keys.find(2)
    await delete_keys(store_url)
    for at in (NOON, NOON + 2 * WAIT):
        await keys.learn(store, MASTER, at)
        assert (keys.find(1), keys.find(2), keys.number) == (first, second, 1)
    told = capsys.readouterr()
    assert (told.out + told.err).count("keys of the log are gone from the database") == 1
    world = await World(store).begin()
    await tell(world, 1)
    assert await catch_up(Sealer(store, keys), world.tenant, NOON) == 1


async def test_a_key_is_young_whichever_others_are_there(store: Store, store_url: str) -> None:
    await open_log_keys(store, MASTER, ORIGINS, NOON)
    await add_log_key(store, MASTER, NOON)
    await Intruder(store_url, "").run("DELETE FROM log_keys WHERE number = 1")
    assert (await read_log_keys(store, MASTER, NOON)).young == {2}


async def test_no_other_key_is_made_where_heads_were_signed(store: Store, store_url: str) -> None:
    keys = await open_log_keys(store, MASTER, ORIGINS, NOON)
    world = await World(store).begin()
    await tell(world, 1)
    await catch_up(Sealer(store, keys), world.tenant, NOON)
    await delete_keys(store_url)
    with pytest.raises(ConfigError, match="the key that signed them is gone"):
        await open_log_keys(store, MASTER, ORIGINS, NOON)
    assert await store.log_keys() == []


async def test_a_key_that_cannot_be_read_is_told(store: Store, store_url: str) -> None:
    await open_log_keys(store, MASTER, ORIGINS, NOON)
    intruder = Intruder(store_url, "")
    column, told = "sealed", "log key 1"
    if intruder.is_on_sqlite:
        column, told = "created_at", "the key 1 cannot be read"
    await intruder.run(f"UPDATE log_keys SET {column} = $1", b"x")  # noqa: S608 - a test's
    with pytest.raises(ConfigError, match=told):
        await open_log_keys(store, MASTER, ORIGINS, NOON)


async def test_a_service_seals_what_it_commits(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        parts = service.parts
        sealed = await seal_all(parts.sealer, parts.clock.now())
        assert sealed == len(await parts.store.read_log(TenantId(TENANT), -1, 1000)) > 0
    async with open_service(emulator(tmp_path)) as again:
        parts = again.parts
        assert await catch_up(parts.sealer, TenantId(TENANT), parts.clock.now()) == 0
        head = await parts.store.last_head(TenantId(TENANT))
        assert head is not None
        assert head.size == sealed
        assert parts.sealer.signer.number == head.key_number


async def test_a_reset_begins_the_log_anew(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        parts = service.parts
        await seal_all(parts.sealer, parts.clock.now())
        answer = await service.client.post("/control/reset", headers=service.control_headers)
        assert answer.is_success
        assert await parts.store.last_head(TenantId(TENANT)) is None
        assert await seal_all(parts.sealer, parts.clock.now()) > 0
        assert parts.sealer.signer.find(1) is not None
