"""A second subscription beside the farm, with machines and what belongs to them, and who may what.

Hana is eligible to own the vineyard. Omar, in Tier 2, is eligible through it to log in to one
machine. Nora may come into Tier 2. Samuel reads one resource group, for ever and past PIM.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.orchard import EAST, READER, azure, hold, plant
from tests.dialects.graph.office import DAWN, HANA, NORA, OMAR, SAMUEL, TENANT, TIER2
from timebound.application.azure_writes import PutScope
from timebound.application.changes import AZURE, ChangeSet, InsertGrant, Write, principal_key
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER, MEMBER
from timebound.domain.scopes import group_scope
from timebound.domain.times import ENDLESS, Window

LOGIN: Final = RoleId("1c0163c0-47e6-4577-8991-ea5c82e286e4")
VINEYARD: Final = "/subscriptions/00000000-0000-4000-8000-0000000000bb"
CELLAR: Final = f"{VINEYARD}/resourceGroups/Cellar"
HILL: Final = f"{VINEYARD}/resourceGroups/hill"
PRESS: Final = f"{CELLAR}/providers/Microsoft.Compute/virtualMachines/Press"
PUMP: Final = f"{CELLAR}/providers/Microsoft.Compute/virtualMachines/pump"
VAULT: Final = f"{CELLAR}/providers/Microsoft.KeyVault/vaults/Keys"
NETWORK: Final = f"{HILL}/providers/Microsoft.Network"
CARD: Final = f"{NETWORK}/networkInterfaces/card"
RULES: Final = f"{NETWORK}/networkSecurityGroups/rules"
ADDRESS: Final = f"{NETWORK}/publicIPAddresses/address"
HOST: Final = f"{NETWORK}/bastionHosts/host"
STRANGE_HOST: Final = f"{NETWORK}/bastionHosts/strange"
RESOURCES: Final = (PRESS, PUMP, VAULT, HOST, STRANGE_HOST, CARD, RULES, ADDRESS)
ALL: Final = tuple(sorted(RESOURCES, key=str.lower))
DAY: Final = timedelta(days=1)
_SUBNET: Final = f"{NETWORK}/virtualNetworks/net/subnets"


def _inside(**links: str) -> dict[str, object]:
    linked = {name: {"id": id_} for name, id_ in links.items()}
    return {"ipConfigurations": [{"properties": linked}]}


_PROPERTIES: Final[dict[str, dict[str, object]]] = {
    PRESS: {"networkProfile": {"networkInterfaces": [{"id": CARD.upper()}, {"id": "/gone"}]}},
    CARD: {
        "networkSecurityGroup": {"id": RULES},
        **_inside(subnet=f"{_SUBNET}/one", publicIPAddress=ADDRESS),
    },
    HOST: _inside(subnet=f"{_SUBNET}/AzureBastionSubnet"),
    STRANGE_HOST: _inside(subnet=f"{NETWORK}/virtualNetworks/other/subnets/AzureBastionSubnet"),
}
_TAGS: Final[dict[str, dict[str, str]]] = {
    PRESS: {"Environment": "Production", "team": "wine"},
    PUMP: {"environment": "test"},
}


async def plant_vineyard(office: ArmOffice) -> ArmOffice:
    """Puts it beside the farm of the orchard."""
    await plant(office)
    keys = {AZURE, *(principal_key(one) for one in (HANA, OMAR, NORA, SAMUEL, TIER2))}
    change = ChangeSet(TENANT, DAWN, {}, frozenset(keys), tuple(_writes()))
    assert await office.store.apply(change)
    return office


def _writes() -> Iterator[Write]:
    yield PutScope(azure(VINEYARD), azure(EAST), NodeContent("Vineyard", {}, DAWN, DAWN))
    for group in (CELLAR, HILL):
        yield PutScope(azure(group), azure(VINEYARD), NodeContent(None, {}, DAWN, DAWN))
    for path in RESOURCES:
        details = {
            "location": "westeurope" if path.startswith(CELLAR) else "eastus",
            "tags": _TAGS.get(path, {}),
            "properties": _PROPERTIES.get(path, {}),
        }
        group = CELLAR if path.startswith(CELLAR) else HILL
        yield PutScope(azure(path), azure(group), NodeContent(None, details, DAWN, DAWN))
    yield InsertGrant(hold(HANA, AZURE_OWNER, VINEYARD, GrantKind.ELIGIBLE))
    yield InsertGrant(hold(TIER2, LOGIN, PRESS, GrantKind.ELIGIBLE))
    yield InsertGrant(hold(SAMUEL, READER, CELLAR))
    yield InsertGrant(_may_join(NORA))


def _may_join(who: PrincipalId) -> Grant:
    slot = Slot(who, MEMBER, group_scope(TIER2))
    id_ = GrantId("55555555-0000-4000-8000-000000000001")
    return Grant(id_, slot, GrantKind.ELIGIBLE, Window(DAWN, ENDLESS), DAWN)


def activate(who: PrincipalId, role: RoleId, path: str) -> InsertGrant:
    """An activation for a day."""
    grant = hold(who, role, path, GrantKind.ACTIVATED)
    return InsertGrant(Grant(grant.id, grant.slot, grant.kind, Window(DAWN, DAWN + DAY), DAWN))
