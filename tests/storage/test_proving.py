"""What applications prove themselves by: found while they live; an assertion counts once."""

import asyncio
from datetime import timedelta

import pytest

from tests.storage.world import CLIENT, HOUR, NOON, World
from timebound.application.ports import Store
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import ApplicationId

AT_ONCE = 8

pytestmark = pytest.mark.documented("RFC 7523, 3: a server may refuse an assertion it has seen")


async def test_an_assertion_counts_for_one_of_all_servers(
    world: World, stores: tuple[Store, Store]
) -> None:
    barrier = asyncio.Barrier(AT_ONCE)

    async def use(store: Store) -> bool:
        await barrier.wait()
        return await store.use_assertion(world.tenant, "jti", NOON, NOON + HOUR)

    used = await asyncio.gather(*(use(stores[n % 2]) for n in range(AT_ONCE)))
    assert sorted(used) == [False] * (AT_ONCE - 1) + [True]


async def test_assertions_are_those_of_their_tenant(world: World) -> None:
    other = await World(world.store).begin()
    for tenant in (world.tenant, other.tenant):
        assert await world.store.use_assertion(tenant, "jti", NOON, NOON + HOUR)
    assert not await world.store.use_assertion(other.tenant, "jti", NOON, NOON + HOUR)


async def test_what_is_over_is_forgotten_and_nothing_else(world: World) -> None:
    store, tenant, end = world.store, world.tenant, NOON + HOUR
    assert await store.use_assertion(tenant, "jti", NOON, end)
    just_before = end - timedelta(microseconds=1)
    assert not await store.use_assertion(tenant, "jti", just_before, end)
    assert await store.use_assertion(tenant, "jti", end, end + HOUR)


async def test_programs_are_found_by_their_id_while_they_live(world: World) -> None:
    store, tenant = world.store, world.tenant
    application = await world.entry(ObjectKind.APPLICATION, "Robot")
    account = await world.entry(ObjectKind.SERVICE_PRINCIPAL, "Robot")
    for id_ in (application, account):
        await world.change(id_, app_id=CLIENT)
    await world.user()
    found = await store.find_programs(tenant, [CLIENT])
    assert [one.id for one in found] == [application, account]
    await world.change(application, deleted_at=NOON)
    assert [one.id for one in await store.find_programs(tenant, [CLIENT])] == [account]
    other = await World(store).begin()
    assert await store.find_programs(other.tenant, [CLIENT]) == ()


async def test_programs_of_many_ids_are_found_at_once(world: World) -> None:
    store, tenant, second = world.store, world.tenant, ApplicationId(CLIENT[::-1])
    application = await world.entry(ObjectKind.APPLICATION, "Robot")
    accounts = [await world.entry(ObjectKind.SERVICE_PRINCIPAL, name) for name in ("One", "Two")]
    for id_, app_id in zip((application, *accounts), (CLIENT, CLIENT, second), strict=True):
        await world.change(id_, app_id=app_id)
    asked = [ApplicationId(second.upper()), CLIENT, CLIENT]
    found = await store.find_programs(tenant, asked)
    assert [one.id for one in found] == [application, *sorted(accounts)]
    assert await store.find_programs(tenant, []) == ()
