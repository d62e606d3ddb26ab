"""Factors: kept by tenant and person, and used up by exactly one of however many try."""

import asyncio
from dataclasses import replace

import pytest

from tests.storage.world import HOUR, NOON, World
from timebound.application.changes import PurgeObject, PutFactor, RemoveFactor
from timebound.application.factor_ports import Factor, FactorKind
from timebound.domain.ids import PrincipalId, TenantId

ADA, BEA = PrincipalId("ada"), PrincipalId("bea")
APP = Factor(ADA, "f1", FactorKind.TOTP, b"\0sealed\xff", NOON)
PAPER = Factor(ADA, "f2", FactorKind.RECOVERY, b"", NOON + HOUR)
AT_ONCE = 8

pytestmark = pytest.mark.documented("RFC 6238, 5.2: a code is accepted once")


async def test_factors_are_kept_and_removed(world: World) -> None:
    theirs = replace(APP, user_id=BEA)
    assert await world.write(PutFactor(PAPER), PutFactor(APP), PutFactor(theirs))
    assert await world.store.list_factors(world.tenant, ADA) == (APP, PAPER)
    assert await world.store.list_factors(world.tenant, BEA) == (theirs,)
    elsewhere = TenantId("elsewhere")
    assert await world.store.list_factors(elsewhere, ADA) == ()
    assert await world.write(RemoveFactor(ADA, "f1"))
    assert await world.store.list_factors(world.tenant, ADA) == (PAPER,)
    assert await world.store.list_factors(world.tenant, BEA) == (theirs,)


async def test_what_was_used_only_grows(world: World) -> None:
    assert await world.write(PutFactor(APP))
    store, tenant = world.store, world.tenant
    assert await store.use_factor(tenant, ADA, "f1", 100)
    assert not await store.use_factor(tenant, ADA, "f1", 100)
    assert not await store.use_factor(tenant, ADA, "f1", 99)
    assert await store.use_factor(tenant, ADA, "f1", 101)
    assert (await store.list_factors(tenant, ADA))[0].used == 101
    for strange in ((tenant, BEA, "f1"), (tenant, ADA, "f9"), (TenantId("x"), ADA, "f1")):
        assert not await store.use_factor(*strange, 200)


async def test_one_of_eight_uses_it_up(world: World) -> None:
    assert await world.write(PutFactor(PAPER))
    barrier = asyncio.Barrier(AT_ONCE)

    async def use() -> bool:
        await barrier.wait()
        return await world.store.use_factor(world.tenant, ADA, "f2", 1)

    assert sorted(await asyncio.gather(*(use() for _ in range(AT_ONCE)))) == [*[False] * 7, True]


async def test_who_is_purged_leaves_no_factors(world: World) -> None:
    person = await world.user()
    await world.write(PutFactor(replace(APP, user_id=person)))
    assert await world.write(PurgeObject(person))
    assert await world.store.list_factors(world.tenant, person) == ()
