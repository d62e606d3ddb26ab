"""The world of the published examples of PIM, and what they are answered.

The subscription, its groups, the person, the role and the names of the requests are theirs, and so
is the hour. Schedules and instances are called as ours are.

Where the examples are at odds with what was recorded of the service, the recordings are followed:

- names of collections begin with a small letter, also in types (`RoleEligibilityRequests` among
  them); ids begin with the alias of subscriptions in all versions, `scope` in none, and what
  points elsewhere (`target...`, `linked...`) is a whole id;
- members that are null are left out; `linkedRoleEligibilityScheduleId` is told with the request;
- a start that is over is replaced by the hour at which the request was made, and is told with an
  offset;
- what was activated is `Activated` and an instance `Provisioned`, where the examples have
  `Assigned` and `Accepted`; a role is told by the name that its id has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from _pytest.mark import ParameterSet

from tests.dialects.arm.estate import PROVIDER, place
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DESK, TENANT
from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.azure_writes import PutScope
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutPolicy,
    Write,
    policy_key,
)
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId, RequestId, RoleId
from timebound.domain.policies import Policy, default_policy
from timebound.domain.policies.enablement import EnablementRule
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.times import ENDLESS, Window

SUBSCRIPTION: Final = "/subscriptions/dfa2a084-766f-4003-8ae1-c4aeb893a99f"
ALIASED: Final = f"/providers/Microsoft.Subscription{SUBSCRIPTION}"
PERSON: Final = PrincipalId("a3bb8764-cb92-4276-9d2a-ca1e895e55ea")
ROLE: Final = RoleId("c8d4ff99-41c3-41a8-9f60-21dfdad59608")
ACTIVATION: Final = "fea7a502-9a96-4806-a26f-eee560e52045"
ASSIGNMENT: Final = "64caffb6-55c0-4deb-a585-68e948ea1ad6"
ELIGIBLE: Final = "b1477448-2cc6-4ceb-93b4-54a202a89413"
ROLE_ID: Final = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{ROLE}"
HOUR: Final = datetime(2020, 9, 9, 21, 35, 27, 910_000, UTC)
CONDITION: Final = (
    "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:ContainerName] "
    "StringEqualsIgnoreCase 'foo_storage_container'"
)
TERMS: Final = {"condition": CONDITION, "conditionVersion": "1.0"}

READ: Final = ("2020-10-01", "2020-10-01-preview", "2024-02-01-preview")
ASKED: Final = (*READ, "2022-04-01-preview")
REHEARSED: Final = ("2020-10-01", "2022-04-01-preview", "2024-02-01-preview")


def examples(operation: str, title: str, versions: Iterable[str]) -> list[ParameterSet]:
    """The versions of an operation, each with the example that is published for it."""
    return [
        pytest.param(one, marks=pytest.mark.documented(f"{operation}@{one}#{title}"))
        for one in versions
    ]


async def build_published(office: ArmOffice) -> None:
    """What the examples take for given; nobody is asked for a reason, as they send none.

    The person gives roles to themselves in them, and so owns the subscription.
    """
    office.clock.at = HOUR
    scope, known = place(SUBSCRIPTION), built_in_azure_roles()[ROLE].role
    silent = {f"Enablement_{one}_Assignment": EnablementRule(()) for one in ("Admin", "EndUser")}
    writes: list[Write] = [
        PutScope(scope, place("/"), NodeContent(display_name="Pay-As-You-Go")),
        PutScope(place(f"{SUBSCRIPTION}/resourceGroups/RG-1"), scope),
        PutScope(place(f"{SUBSCRIPTION}/resourceGroups/RG-2"), scope),
        PutObject(
            DirectoryObject(
                PERSON, ObjectKind.USER, "User Account", HOUR, mail="user@my-tenant.com"
            )
        ),
        GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True),
        PutPolicy(scope, ROLE, Policy({**default_policy(known).rules, **silent})),
        hold("ffffffff-0000-4000-8000-000000000001", AZURE_OWNER, GrantKind.ASSIGNED),
    ]
    bumps = frozenset({policy_key(scope, ROLE)})
    assert await office.store.apply(ChangeSet(TENANT, HOUR, {}, bumps, tuple(writes)))


def hold(id_: str, role: RoleId, kind: GrantKind, days: int = 0) -> InsertGrant:
    """What the person holds, for ever unless a number of days is given."""
    end = HOUR + timedelta(days=days) if days else ENDLESS
    held, window = Slot(PERSON, role, place(SUBSCRIPTION)), Window(HOUR, end)
    if kind is GrantKind.ASSIGNED:
        return InsertGrant(Grant(GrantId(id_), held, kind, window, HOUR))
    asked, terms = RequestId(ASSIGNMENT), Terms(CONDITION, "1.0")
    return InsertGrant(Grant(GrantId(id_), held, kind, window, HOUR, asked, terms=terms))


async def make_eligible(office: ArmOffice) -> None:
    """Lets the person be eligible for a year, on the condition of the examples."""
    writes = (hold(ELIGIBLE, ROLE, GrantKind.ELIGIBLE, 365),)
    assert await office.store.apply(ChangeSet(TENANT, HOUR, {}, frozenset(), writes))


@dataclass(frozen=True, slots=True)
class Address:
    """Where the examples call: a collection in a version."""

    collection: str
    version: str

    def of(self, name: str = "", verb: str = "", scope: str = ALIASED) -> str:
        """The path of one, or of all."""
        one = f"/{name}{verb}" if name else ""
        return f"{scope}/{PROVIDER}/{self.collection}{one}?api-version={self.version}"


def identify(collection: str, name: str) -> dict[str, Any]:
    """What everything is told by."""
    return {
        "name": name,
        "id": spell(collection, name),
        "type": f"Microsoft.Authorization/{collection}",
    }


def spell(collection: str, name: str) -> str:
    """A whole id."""
    return f"{ALIASED}/{PROVIDER}/{collection}/{name}"


def slot() -> dict[str, Any]:
    """Who has what where, as it is told of everything."""
    return {
        "scope": SUBSCRIPTION,
        "roleDefinitionId": ROLE_ID,
        "principalId": PERSON,
        "principalType": "User",
        "expandedProperties": {
            "scope": {"id": SUBSCRIPTION, "displayName": "Pay-As-You-Go", "type": "subscription"},
            "roleDefinition": {
                "id": ROLE_ID,
                "displayName": "AcrQuarantineWriter",
                "type": "BuiltInRole",
            },
            "principal": {
                "id": PERSON,
                "displayName": "User Account",
                "email": "user@my-tenant.com",
                "type": "User",
            },
        },
    }
