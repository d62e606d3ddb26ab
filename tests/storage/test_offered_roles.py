"""Where custom roles of Azure are offered, as the facts of a slot tell it."""

from dataclasses import replace

import pytest

from tests.storage.world import NOON, World, azure, reader_role
from timebound.application.changes import PutRole
from timebound.domain.grants import Slot
from timebound.domain.ids import RoleId
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import ScopeKind


@pytest.mark.documented("Azure: a custom role is assigned at its assignable scopes and below")
@pytest.mark.parametrize(
    ("named", "may"),
    [
        (("/",), True),
        (("/MG/Root",), True),
        (("/subscriptions/S",), True),
        (("/subscriptions/s/resourceGroups/g",), False),
        (("/subscriptions/other",), False),
        ((), False),
    ],
)
async def test_a_custom_role_is_offered_where_it_can_be_assigned(
    world: World, named: tuple[str, ...], *, may: bool
) -> None:
    role = RoleId("helper-of-azure")
    definition = replace(reader_role(role, ScopeKind.AZURE), resource_scopes=named)
    assert await world.write(PutRole(definition))
    for path, parent in (("/mg/root", "/"), ("/subscriptions/s", "/mg/root")):
        await world.node(path, parent)
    slot = Slot(await world.user(), role, azure("/subscriptions/s"))
    loaded = await world.store.load_facts(world.token(slot.principal_id), slot, NOON)
    assert loaded.facts.is_role_offered is may
    built_in = replace(slot, role_id=AZURE_OWNER)
    loaded = await world.store.load_facts(world.token(slot.principal_id), built_in, NOON)
    assert loaded.facts.is_role_offered
