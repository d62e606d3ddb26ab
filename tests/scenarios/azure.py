"""The company in Azure: its roles at a subscription in the place of roles of the directory.

Who administers roles of the directory owns the subscription or administers who has access to it;
whoever holds, or could activate, a role of the directory has the role of Azure that stands for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.dialects.arm.policy_data import approval, enablement, expiration, rule
from tests.scenarios.company import Company, lay_over, name_company, open_company
from tests.support.drivers.arm import PROVIDER, VERSION, ArmDriver, spell_role
from tests.support.drivers.driver import Told
from tests.support.scenario import Scenario
from timebound.application.ports import Store
from timebound.domain.approvals import ReviewResult
from timebound.domain.ids import RoleId
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant
from timebound.server.ids import derive_id
from timebound.server.seed_tree import name_azure_roles

ROLES: Final[Mapping[str, str]] = {
    "Global Administrator": "Owner",
    "Privileged Role Administrator": "User Access Administrator",
    "Security Reader": "Reader",
    # None of these lets anybody see who may do what.
    "Application Administrator": "AcrPush",
    "Exchange Administrator": "Storage Table Data Contributor",
    "Groups Administrator": "Storage Blob Data Contributor",
    "Helpdesk Administrator": "AcrPull",
    "License Administrator": "Storage Queue Data Contributor",
    "Message Center Reader": "Storage Queue Data Reader",
    "Reports Reader": "Storage Blob Data Reader",
    "Security Administrator": "Storage Blob Data Owner",
    "Teams Administrator": "Azure Event Hubs Data Receiver",
    "User Administrator": "Azure Service Bus Data Owner",
}
"""The roles of Azure that stand for roles of the directory."""
GROUPS: Final = ("North", "South")
"""The resource groups that stand for parts of the directory."""
OWNER: Final = "gail"
"""Who sets the policies."""


@dataclass(frozen=True, slots=True)
class AzureCompany:
    """The company, and the driver at its subscription."""

    company: Company
    driver: ArmDriver

    @property
    def began(self) -> Instant:
        """When everything began."""
        return self.company.began

    def now(self) -> Instant:
        """What the clock says."""
        return self.company.now()

    def move_to(self, at: Instant) -> None:
        """Sets the clock; it never goes back."""
        self.company.move_to(at)

    def find(self, name: str) -> str:
        """The id of a principal, or of the role of Azure that stands for a role."""
        return find_role(ROLES[name]) if name in ROLES else self.company.find(name)

    def find_scope(self, name: str) -> Scope:
        """The subscription for `/`, or the resource group of that name."""
        assert name == "/" or name in GROUPS, f"{name} stands for nothing in Azure"
        place = self.driver.place
        return Scope(ScopeKind.AZURE, place if name == "/" else f"{place}/resourceGroups/{name}")

    async def sign_in(self, who: str, resource: str, factors: tuple[str, ...]) -> str:
        """An access token."""
        return await self.company.sign_in(who, resource, factors)

    async def settle(self, bearer: str, request_id: str, result: ReviewResult) -> Told:
        """An approver's word, through the door."""
        return await self.driver.settle(bearer, request_id, result)


async def found_azure(store: Store, label: str, scenario: Scenario) -> AzureCompany:
    """Makes a tenant with a subscription, and sets the policies of the roles of a scenario."""
    subscription = derive_id("subscription", label)
    document = lay_over(scenario.given)
    policies = {one["role"]: one for one in document["policies"]}
    company = await open_company(store, label, name_company(move(document, subscription), label))
    azure = AzureCompany(company, ArmDriver(company.client, f"/subscriptions/{subscription}"))
    if scenario.given.get("settings", {}).get("license") != "none":
        for name in sorted(find_roles(scenario) & ROLES.keys()):
            await set_policy(azure, name, policies.get(name, {}))
    return azure


def find_roles(scenario: Scenario) -> set[str]:
    """The roles that a scenario names."""
    given = [*scenario.given.get("assignments", []), *scenario.given.get("eligibilities", [])]
    return {one["role"] for one in given} | {stage.role for stage in scenario.stages if stage.role}


def find_role(name: str) -> RoleId:
    """The id of a role of Azure."""
    return name_azure_roles()[name]


def move(document: dict[str, Any], subscription: str) -> dict[str, Any]:
    """The seed with a subscription, and roles of Azure there for those that something stands for.

    Policies are not said in seeds of Azure: they are set through the door.
    """
    place = f"/subscriptions/{subscription}"

    def move_one(holding: dict[str, Any]) -> dict[str, Any]:
        role = ROLES.get(holding["role"])
        return {**holding, "role": role, "scope": place} if role else holding

    tenant = {
        **document["tenant"],
        "subscriptions": [{"id": subscription, "displayName": "Company"}],
    }
    groups = [{"name": one, "subscription": subscription, "location": "x"} for one in GROUPS]
    moved = {name: [move_one(one) for one in document[name]] for name in _HOLDINGS}
    return {**document, **moved, "tenant": tenant, "resourceGroups": groups, "policies": []}


_HOLDINGS: Final = ("assignments", "eligibilities")


async def set_policy(azure: AzureCompany, name: str, wanted: Mapping[str, Any]) -> None:
    """Sets the policy of a role at the subscription to what the seed says of the directory's."""
    driver = azure.driver
    bearer = await azure.sign_in(OWNER, driver.resource, ())
    headers = {"authorization": f"Bearer {bearer}"}
    path = f"{driver.place}/{PROVIDER}/roleManagementPolicies"
    role = spell_role(find_role(ROLES[name]), driver.place)
    query = {"api-version": VERSION, "$filter": f"roleDefinitionId eq '{role}'"}
    found = await driver.client.get(path, params=query, headers=headers)
    assert found.status_code == httpx.codes.OK, found.text
    (policy,) = found.json()["value"]
    changed = await driver.client.patch(
        f"{path}/{policy['name']}",
        params={"api-version": VERSION},
        headers=headers,
        json={"properties": {"rules": list(write_rules(azure, wanted))}},
    )
    assert changed.status_code == httpx.codes.OK, changed.text


def write_rules(azure: AzureCompany, wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rules of a policy; in the directory administrators may give a role for good at first."""
    for place, section, longest in (
        ("Admin_Eligibility", "eligibility", "P365D"),
        ("Admin_Assignment", "assignment", "P180D"),
    ):
        holding = wanted.get(section, {})
        is_required = holding.get("isExpirationRequired", False)
        maximum = holding.get("maximumDuration", longest)
        yield expiration(place, maximum, is_required=is_required)
    activation = wanted.get("activation", {})
    if "maximumDuration" in activation:
        yield expiration("EndUser_Assignment", activation["maximumDuration"])
    if "requires" in activation:
        yield enablement("EndUser_Assignment", *activation["requires"])
    if "authenticationContext" in activation:
        claim = activation["authenticationContext"]
        id_ = "EndUser_Assignment"
        yield rule("AuthenticationContext", id_, isEnabled=True, claimValue=claim)
    if "approvers" in activation:
        approvers = [
            {"userType": "Group", "id": azure.company.find(one), "isBackup": False}
            for one in activation["approvers"]
        ]
        yield approval(*approvers, is_required=True)
