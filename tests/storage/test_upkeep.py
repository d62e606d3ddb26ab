"""What the server keeps about itself, in a database of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.storage.test_changes import a_request
from tests.storage.world import HOUR, NOON, World, reader, reader_role
from timebound.application.changes import (
    AddUnitMember,
    ChangeSet,
    GrantPermission,
    InsertRequest,
    PutObject,
    PutPolicy,
    PutSecret,
)
from timebound.application.ports import SigningKey
from timebound.domain.approvals import Approval, Approvers
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.policies import default_policy
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.storage.migrating import migrate
from timebound.storage.opening import UnknownDatabaseError, open_store
from timebound.storage.postgres import PostgresStore
from timebound.storage.sqlite import SqliteStore

Opened = SqliteStore | PostgresStore


@pytest.fixture
async def own_store(empty_url: str) -> AsyncIterator[Opened]:
    """A store over an empty database."""
    await asyncio.to_thread(migrate, empty_url)
    store = open_store(empty_url)
    await store.open()
    yield store
    await store.close()


async def test_named_values_are_kept(own_store: Opened) -> None:
    assert await own_store.read_meta("profile") is None
    for value in ("emulator", "production"):
        await own_store.write_meta("profile", value)
        assert await own_store.read_meta("profile") == value


async def test_signing_keys_are_told_newest_first(own_store: Opened) -> None:
    keys = [SigningKey(f"k{n}", bytes([n, 0, 255]), NOON + n * HOUR) for n in range(3)]
    for key in keys:
        await own_store.add_signing_key(key)
    await own_store.add_signing_key(SigningKey("k1", b"another", NOON))
    assert await own_store.signing_keys() == tuple(reversed(keys))


async def test_the_sole_tenant_is_told_until_there_are_two(own_store: Opened) -> None:
    assert await own_store.sole_tenant() is None
    world = await World(own_store).begin()
    sole = await own_store.sole_tenant()
    assert sole is not None
    assert sole.id == world.tenant
    assert sole == await own_store.find_tenant(world.tenant)
    await World(own_store).begin()
    assert await own_store.sole_tenant() is None


async def test_a_fresh_start_forgets_tenants_and_keeps_the_rest(own_store: Opened) -> None:
    world = await World(own_store).begin()
    await fill(world)
    key = SigningKey("k", b"sealed", NOON)
    await own_store.add_signing_key(key)
    await own_store.write_meta("profile", "emulator")
    await own_store.clear()
    assert await own_store.sole_tenant() is None
    assert await own_store.signing_keys() == (key,)
    assert await own_store.read_meta("profile") == "emulator"
    await world.begin()
    person = await world.user()
    loaded = await world.facts(reader(person))
    assert loaded.versions == {k: int(k == f"principal/{person}") for k in loaded.versions}


async def fill(world: World) -> None:
    person = await world.user()
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Unit")
    await world.grant(reader(person))
    await world.node("/subscriptions/s", "/")
    policy = default_policy(reader_role().role)
    approval = Approval(Approvers(users=(person,)))
    names = {"servicePrincipalNames": ("a",)}
    principal = DirectoryObject(
        PrincipalId("sp"), ObjectKind.SERVICE_PRINCIPAL, "Client", NOON, attributes=names
    )
    writes = (
        PutObject(principal),
        AddUnitMember(unit, person),
        PutPolicy(DIRECTORY_ROOT, reader(person).role_id, policy),
        PutSecret(person, "password", "hash"),
        GrantPermission(ApplicationId("client"), "User.Read", is_delegated=True),
        InsertRequest(a_request(world, person, approval=approval), policy),
    )
    assert await world.store.apply(ChangeSet(world.tenant, NOON, {}, frozenset(), writes))


async def test_readiness_follows_the_connection(empty_url: str) -> None:
    await asyncio.to_thread(migrate, empty_url)
    store = open_store(empty_url)
    assert not await store.is_ready()
    with pytest.raises(RuntimeError, match="not open"):
        await store.read_meta("profile")
    await store.open()
    assert await store.is_ready()
    await store.close()
    assert not await store.is_ready()


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "/var/file", ""]
)
def test_an_address_of_no_database_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(UnknownDatabaseError) as caught:
        open_store(url)
    assert "host" not in str(caught.value)
