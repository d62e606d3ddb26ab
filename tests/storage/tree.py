"""A small tree of Azure in a tenant of its own, and who may do what in it."""

from dataclasses import dataclass
from typing import Final

from tests.storage.racing import RandomIds
from tests.storage.world import CLIENT, NOON, World, azure
from timebound.application.azure_writes import PutScope
from timebound.application.changes import AZURE
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.domain.authority import Token
from timebound.domain.azure.nodes import Node, NodeContent
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.node_changes import root_group
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope

CONTRIBUTOR: Final = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
EAST: Final = azure(f"{MANAGEMENT_GROUPS}/East")
WEST: Final = azure(f"{MANAGEMENT_GROUPS}/West")
PLANT: Final = azure("/subscriptions/00000000-0000-0000-0000-0000000000aa")
GROUP: Final = azure(f"{PLANT.path}/resourceGroups/Line-One")
MACHINE: Final = azure(f"{GROUP.path}/providers/Microsoft.Compute/virtualMachines/Press")


def keep(_: Node | None) -> NodeContent:
    """Nothing particular."""
    return NodeContent()


@dataclass
class Tree:
    """East (with a subscription, a group and a machine in it) and West, below the tenant's own."""

    world: World
    owner: PrincipalId

    @property
    def root(self) -> Scope:
        """The tenant's own management group."""
        return root_group(self.world.tenant)

    def token(self, principal_id: PrincipalId) -> Token:
        """A token that lets a program act for somebody in Azure."""
        return Token(self.world.tenant, principal_id, CLIENT, frozenset({AZURE_PERMISSION}))

    def work(self, principal_id: PrincipalId | None = None, engine: Engine | None = None) -> Work:
        """What somebody does at noon; without a name it is the owner of all."""
        made = engine or Engine(self.world.store, RandomIds())
        return Work(made, self.token(principal_id or self.owner), NOON)

    async def give(self, holder: PrincipalId, role: RoleId, place: Scope) -> Grant:
        """Somebody who holds a role from yesterday on."""
        return await self.world.grant(Slot(holder, role, place))

    async def activate(self, holder: PrincipalId, eligible_at: Scope, at: Scope) -> Grant:
        """Somebody who is eligible for a role at one place and has activated it at another."""
        basis = await self.world.grant(Slot(holder, CONTRIBUTOR, eligible_at), GrantKind.ELIGIBLE)
        return await self.world.grant(
            Slot(holder, CONTRIBUTOR, at), GrantKind.ACTIVATED, basis=basis
        )

    async def until(self, grant: Grant) -> Grant:
        """A grant as it is now."""
        return (await self.world.store.find_grants(self.world.tenant, [grant.id]))[grant.id]


async def grow(world: World) -> Tree:
    """The tree, with somebody who owns the tenant's own group."""
    owner = await world.user("Owner")
    await world.permit(AZURE_PERMISSION)
    tree = Tree(world, owner)
    nodes = (
        (tree.root, azure("/")),
        (EAST, tree.root),
        (WEST, tree.root),
        (PLANT, EAST),
        (GROUP, PLANT),
        (MACHINE, GROUP),
    )
    puts = (PutScope(place, parent) for place, parent in nodes)
    assert await world.write(*puts, bumps=[AZURE])
    await tree.give(owner, AZURE_OWNER, tree.root)
    return tree
