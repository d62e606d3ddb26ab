"""The end of everything of a kind, and decisions that were made before it."""

import pytest

from tests.storage.world import DAY, HOUR, NOON, World, reader
from timebound.application.changes import TENANT, EndKinds, InsertGrant
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import GrantId
from timebound.domain.times import Instant, Window

BOTH = (GrantKind.ELIGIBLE, GrantKind.ACTIVATED)


@pytest.mark.inferred("an end is set where it makes a grant end earlier, whatever it is held over")
async def test_the_kinds_end_and_nothing_else(world: World) -> None:
    slot = reader(await world.user())
    ends: dict[GrantId, Instant | None] = {}
    for kind in GrantKind:
        endless = await world.grant(slot, kind)
        over = await world.grant(slot, kind, end=NOON)
        ahead = await world.grant(slot, kind, start=NOON + DAY)
        ends |= {endless.id: endless.until, over.id: over.until, ahead.id: ahead.until}
        if kind in BOTH:
            ends |= {endless.id: NOON + HOUR, ahead.id: NOON + HOUR}
    elsewhere = await World(world.store).begin()
    other = await elsewhere.grant(reader(await elsewhere.user()), GrantKind.ELIGIBLE)

    assert await world.write(EndKinds(BOTH, NOON + HOUR, "licence"), bumps=[TENANT])
    found = await world.store.find_grants(world.tenant, list(ends))
    assert {id_: grant.until for id_, grant in found.items()} == ends
    kept = await elsewhere.store.find_grants(elsewhere.tenant, [other.id])
    assert kept[other.id] == other


@pytest.mark.inferred("promise 6, and change sets: no activation outlives what it rested on")
async def test_an_activation_decided_before_is_not_written_after(world: World) -> None:
    slot = reader(await world.user())
    await world.grant(slot, GrantKind.ELIGIBLE)
    loaded = await world.facts(slot)
    assert await world.write(EndKinds(BOTH, NOON, "licence"), bumps=[TENANT])
    late = Grant(
        GrantId(world.new_id("f")), slot, GrantKind.ACTIVATED, Window(NOON, NOON + HOUR), NOON
    )
    assert not await world.write(InsertGrant(late), expects=dict(loaded.versions))
    assert await world.held(slot.principal_id) == []
