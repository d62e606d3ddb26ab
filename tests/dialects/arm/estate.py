"""What the office has in Azure: a management group, two subscriptions, what is in them, who may.

Grace owns the first subscription, the robot as well; Samuel reads it. Hana is eligible to
contribute there; Omar, as a member of Tier 2, to contribute to the resource group of the data.
"""

from dataclasses import dataclass, replace
from typing import Final

from tests.dialects.graph.office import DAWN, DESK, GRACE, HANA, ROBOT, SAMUEL, TENANT, TIER2
from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.azure_writes import PutScope
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutPolicy,
    Write,
    policy_key,
    principal_key,
)
from timebound.application.ports import Store
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.azure.places import ROOT, read_place
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies import Policy, default_policy
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope
from timebound.domain.times import ENDLESS, Instant, Window

PROVIDER: Final = "providers/Microsoft.Authorization"
GROUP: Final = "/providers/Microsoft.Management/managementGroups/shop"
SUBSCRIPTION: Final = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001"
OTHER: Final = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000002"
WEB: Final = f"{SUBSCRIPTION}/resourceGroups/web"
DATA: Final = f"{SUBSCRIPTION}/resourceGroups/Data"
SITE: Final = f"{WEB}/providers/Microsoft.Web/sites/front"

CONTRIBUTOR: Final = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
_NODES: Final = (
    (GROUP, ROOT.path, "Shop"),
    (SUBSCRIPTION, GROUP, "Wingtip Toys"),
    (OTHER, GROUP, "Fabrikam"),
    (WEB, SUBSCRIPTION, None),
    (DATA, SUBSCRIPTION, None),
    (SITE, WEB, None),
)


def place(path: str) -> Scope:
    """The place at a path."""
    found = read_place(path)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody has at a place, by the last digits of its grant."""

    number: int
    who: PrincipalId
    role: RoleId
    path: str
    kind: GrantKind = GrantKind.ASSIGNED
    start: Instant = DAWN
    end: Instant = ENDLESS

    @property
    def id(self) -> str:
        """The id of the grant."""
        return f"bbbbbbbb-0000-4000-8000-{self.number:012}"

    def write(self) -> InsertGrant:
        """The grant."""
        slot = Slot(self.who, self.role, place(self.path))
        window = Window(self.start, self.end)
        return InsertGrant(Grant(GrantId(self.id), slot, self.kind, window, DAWN))


OWNS: Final = Held(1, GRACE, AZURE_OWNER, SUBSCRIPTION)
ROBOT_OWNS: Final = Held(2, ROBOT, AZURE_OWNER, SUBSCRIPTION)
READS: Final = Held(3, SAMUEL, READER, SUBSCRIPTION)
HANA_ELIGIBLE: Final = Held(4, HANA, CONTRIBUTOR, SUBSCRIPTION, GrantKind.ELIGIBLE)
TIER2_ELIGIBLE: Final = Held(5, TIER2, CONTRIBUTOR, DATA, GrantKind.ELIGIBLE)
_HELD: Final = (OWNS, ROBOT_OWNS, READS, HANA_ELIGIBLE, TIER2_ELIGIBLE)


async def build_estate(store: Store, *more: Held) -> None:
    """Puts all of it into the store, and what a test wants besides."""
    nodes: list[Write] = [
        PutScope(place(path), place(parent), NodeContent(display_name=name))
        for path, parent, name in _NODES
    ]
    held: list[Write] = [one.write() for one in (*_HELD, *more)]
    permits = GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (*nodes, *held, permits))
    assert await store.apply(change)


async def add(store: Store, *held: Held) -> None:
    """Gives more roles."""
    writes = tuple(one.write() for one in held)
    bumps = frozenset(principal_key(one.who) for one in held)
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, bumps, writes))


async def allow_permanence(store: Store) -> None:
    """Lets contributors to the first subscription be such for ever."""
    known = built_in_azure_roles()[CONTRIBUTOR].role
    rules = dict(default_policy(known).rules)
    for id_, rule in rules.items():
        if isinstance(rule, ExpirationRule) and "_Admin_" in id_:
            rules[id_] = replace(rule, is_required=False)
    scope = place(SUBSCRIPTION)
    write = PutPolicy(scope, CONTRIBUTOR, Policy(rules))
    bumps = frozenset({policy_key(scope, CONTRIBUTOR)})
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, bumps, (write,)))


def role_id(role: RoleId, scope: str = SUBSCRIPTION) -> str:
    """The id of a role as it is seen from a subscription."""
    return f"{scope}/{PROVIDER}/roleDefinitions/{role}"
