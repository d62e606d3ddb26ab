"""The first use of a program of Microsoft's, by one and by eight at once."""

import asyncio
from dataclasses import replace

import pytest

from tests.storage.racing import RandomIds
from tests.storage.world import NOON, World
from timebound.application.changes import ChangeSet, PurgeObject, PutObject, name_key
from timebound.application.engine import Engine
from timebound.application.first_use import admit_program
from timebound.application.ports import SecretRecord, Store
from timebound.domain.first_party import PROGRAMS
from timebound.domain.ids import ApplicationId

CLI = ApplicationId("04b07795-8ddb-461a-bbee-02f9e1bf7b46")
UNKNOWN = ApplicationId("04b07795-8ddb-461a-bbee-000000000000")


async def use(store: Store, world: World, app_id: ApplicationId = CLI) -> None:
    await admit_program(Engine(store, RandomIds()), world.tenant, app_id, NOON)


async def find(world: World, app_id: ApplicationId = CLI) -> SecretRecord | None:
    return await world.store.find_application(world.tenant, app_id, NOON)


@pytest.mark.inferred("the accounts of first-party programs are made at their first use, once")
async def test_eight_first_uses_make_one_account(stores: tuple[Store, Store], world: World) -> None:
    await asyncio.gather(*(use(stores[n % 2], world) for n in range(8)))
    loaded = await world.store.load_names(world.tenant, (), (CLI,))
    (account,) = loaded.names.taken
    # One change of the name is one account made.
    assert loaded.versions[name_key(CLI)] == 1
    found = await find(world)
    assert found is not None
    assert found.owner == account
    assert (account.display_name, account.is_enabled) == ("Microsoft Azure CLI", True)


@pytest.mark.inferred("who asks for a program makes it known, and grants it nothing")
@pytest.mark.parametrize("app_id", PROGRAMS)
async def test_nothing_is_granted_with_it(world: World, app_id: ApplicationId) -> None:
    await use(world.store, world, app_id)
    assert await find(world, app_id) is not None
    for way in (True, False):
        tenant = world.tenant
        assert not await world.store.granted_permissions(tenant, app_id, is_delegated=way)


@pytest.mark.inferred("nobody makes accounts of unknown applications by asking for them")
async def test_nothing_is_made_for_others(world: World) -> None:
    await use(world.store, world, UNKNOWN)
    assert await find(world, UNKNOWN) is None
    loaded = await world.store.load_names(world.tenant, (), (UNKNOWN,))
    assert loaded.versions[name_key(UNKNOWN)] == 0


@pytest.mark.inferred("what an administrator deleted comes back through an administrator alone")
async def test_what_was_deleted_does_not_come_back(world: World) -> None:
    await use(world.store, world)
    found = await find(world)
    assert found is not None
    for write in (PutObject(replace(found.owner, deleted_at=NOON)), PurgeObject(found.owner.id)):
        bumps = frozenset({name_key(CLI)})
        change = ChangeSet(world.tenant, NOON, {}, bumps, (write,))
        assert await world.store.apply(change)
        await use(world.store, world)
        assert await find(world) is None
