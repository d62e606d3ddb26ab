"""What the server keeps about itself, in a database of its own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.storage.test_changes import a_request, an_event
from tests.storage.world import HOUR, NOON, World, reader, reader_role
from timebound.application.changes import (
    AddUnitMember,
    ChangeSet,
    GrantPermission,
    InsertRequest,
    PutObject,
    PutPolicy,
    PutSecret,
    PutTenant,
)
from timebound.application.ports import SigningKey
from timebound.domain.approvals import Approval, Approvers
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Event
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.policies import default_policy
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.settings import TenantSettings
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


@pytest.mark.documented("DESIGN, promise 10: of all servers' floors the latest is kept")
async def test_a_raised_value_never_falls(own_store: Opened) -> None:
    assert await own_store.raise_meta("floor", "2030-01-01T00:00:00.000000+00:00") == (
        "2030-01-01T00:00:00.000000+00:00"
    )
    later, earlier = "2030-01-01T00:00:00.000002+00:00", "2030-01-01T00:00:00.000001+00:00"
    assert await own_store.raise_meta("floor", later) == later
    assert await own_store.raise_meta("floor", earlier) == later
    assert await own_store.read_meta("floor") == later


async def test_a_value_is_exchanged_by_who_knows_it(own_store: Opened) -> None:
    assert not await own_store.swap_meta("code", "first", "second"), "there is none"
    assert await own_store.swap_meta("code", None, "first")
    for known in (None, "second", ""):
        assert not await own_store.swap_meta("code", known, "third")
    assert await own_store.read_meta("code") == "first"
    assert await own_store.swap_meta("code", "first", "")
    assert await own_store.read_meta("code") == ""
    assert await own_store.swap_meta("code", "", "")


@pytest.mark.inferred("of servers that exchange one value at once one does")
async def test_of_eight_who_exchange_a_value_one_does(empty_url: str) -> None:
    await asyncio.to_thread(migrate, empty_url)
    servers = [open_store(empty_url) for _ in range(2)]
    for server in servers:
        await server.open()
    known: str | None = None
    for number in range(2):
        barrier = asyncio.Barrier(8)

        async def swap(place: int, barrier: asyncio.Barrier, known: str | None, value: str) -> bool:
            await barrier.wait()
            return await servers[place % 2].swap_meta("code", known, value)

        values = [f"{number}.{place}" for place in range(8)]
        swaps = (swap(place, barrier, known, value) for place, value in enumerate(values))
        done = await asyncio.gather(*swaps)
        assert done.count(True) == 1
        known = await servers[0].read_meta("code")
        assert known == values[done.index(True)]
    for server in servers:
        await server.close()


@pytest.mark.inferred("servers that raise one name at once leave the greatest value")
async def test_of_values_raised_at_once_the_greatest_stays(empty_url: str) -> None:
    await asyncio.to_thread(migrate, empty_url)
    servers = [open_store(empty_url) for _ in range(3)]
    for server in servers:
        await server.open()
    values = [f"{number:03}" for number in (*range(0, 60, 2), *range(59, 0, -2))]
    kept = await asyncio.gather(
        *(servers[n % 3].raise_meta("floor", value) for n, value in enumerate(values))
    )
    assert all(found >= value for found, value in zip(kept, values, strict=True))
    assert await servers[0].read_meta("floor") == max(values)
    for server in servers:
        await server.close()


async def test_signing_keys_are_told_newest_first(own_store: Opened) -> None:
    keys = [
        SigningKey(f"k{n}", bytes([n, 0, 255]), NOON + n * HOUR, "RS256", NOON) for n in range(3)
    ]
    for key in keys:
        await own_store.add_signing_key(key)
    await own_store.add_signing_key(SigningKey("k1", b"another", NOON, "RS256", NOON))
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
    key = SigningKey("k", b"sealed", NOON, "ES256", NOON + HOUR)
    await own_store.add_signing_key(key)
    await own_store.write_meta("profile", "emulator")
    await own_store.start_over(a_beginning(world), {"ids.counter": "3", "more": "x"})
    sole = await own_store.sole_tenant()
    assert sole is not None
    assert sole.display_name == "Begun"
    assert await own_store.find_objects(world.tenant, ["sp"]) == {}
    assert await own_store.signing_keys() == (key,)
    named = [await own_store.read_meta(name) for name in ("profile", "ids.counter", "more")]
    assert named == ["emulator", "3", "x"]
    person = await world.user()
    loaded = await world.facts(reader(person))
    assert loaded.versions == {k: int(k == f"principal/{person}") for k in loaded.versions}


def a_beginning(world: World, *events: Event) -> ChangeSet:
    put = PutTenant("Begun", ("begun.example",), TenantSettings())
    return ChangeSet(world.tenant, NOON, {}, frozenset(), (put,), events)


@pytest.mark.inferred("a fresh start that fails on its last row has changed nothing")
async def test_a_fresh_start_that_fails_changes_nothing(own_store: Opened) -> None:
    world = await World(own_store).begin()
    await fill(world)
    before = await own_store.sole_tenant()
    twice = an_event(world)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await own_store.start_over(a_beginning(world, twice, twice), {"ids.counter": "3"})
    assert await own_store.sole_tenant() == before
    assert await own_store.find_objects(world.tenant, ["sp"])
    assert await own_store.read_meta("ids.counter") is None
    await own_store.start_over(a_beginning(world, twice), {})
    assert await own_store.sole_tenant() != before


@pytest.mark.inferred("whoever reads during a fresh start finds the old tenant or the new one")
async def test_a_fresh_start_is_never_seen_half_done(own_store: Opened) -> None:
    world = await World(own_store).begin()
    for number in range(10):
        named = {"round": str(number)}
        starting = asyncio.create_task(own_store.start_over(a_beginning(world), named))
        while not starting.done():
            assert await own_store.find_tenant(world.tenant) is not None
            await asyncio.wait({starting}, timeout=0)
        await starting


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
