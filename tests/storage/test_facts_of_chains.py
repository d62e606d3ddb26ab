"""What stands on a membership through several groups is found whole."""

from tests.storage.test_facts import ELIGIBLE, ids_of
from tests.storage.world import DAY, NOON, World, reader
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import group_scope


async def test_a_membership_carries_what_was_activated_through_two_groups(world: World) -> None:
    person, inner, outer = await world.user(), await world.group(), await world.group()
    inside, beyond = Slot(person, MEMBER, group_scope(inner)), group_scope(outer)
    own = await world.grant(inside, ELIGIBLE)
    first = await world.grant(inside, GrantKind.ACTIVATED, end=NOON + DAY, basis=own)
    reach = await world.grant(Slot(inner, MEMBER, beyond), ELIGIBLE)
    slot = Slot(person, MEMBER, beyond)
    second = await world.grant(slot, GrantKind.ACTIVATED, end=NOON + DAY, basis=reach)
    of_group = await world.grant(reader(outer), ELIGIBLE)
    role = await world.grant(reader(person), GrantKind.ACTIVATED, end=NOON + DAY, basis=of_group)
    about_inner = (await world.facts(inside)).facts.chain
    assert ids_of(about_inner.dependents) == {first.id, second.id, role.id}
    assert {reach.id, of_group.id, first.id, second.id} <= ids_of(about_inner.supports)
    about_reach = (await world.facts(reach.slot)).facts.chain
    assert ids_of(about_reach.dependents) == {second.id, role.id}
