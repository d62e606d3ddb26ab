"""A tenant whose activations wait for an API of its own, and whoever asks that API."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx

from tests.scenarios.company import FACTORS, GRAPH, ORIGIN, Company, found_company
from tests.scenarios.policy_calls import APPROVAL, MODERATOR, rule, select
from tests.support.extension_receiver import ExtensionReceiver, open_extension_receiver, say
from timebound.application.engine import Engine
from timebound.application.evaluating import Evaluations
from timebound.application.extension_ports import ClaimedEvaluation, Consultant
from timebound.application.ports import Store
from timebound.domain.times import Instant
from timebound.identity.service_tokens import ServiceTokens
from timebound.outgoing.addresses import Network
from timebound.server.config import Profile, Settings
from timebound.server.extension_calls import ExtensionCaller, list_networks

EXTENSIONS: Final = "/beta/identityGovernance/privilegedAccess/customExtensions"
PRE: Final = "CustomExtension_PreApproval_EndUser_Assignment"
POST: Final = "CustomExtension_PostApproval_EndUser_Assignment"
FIRST: Final = "aaaaaaaa-0000-4000-8000-000000000001"
SECOND: Final = "aaaaaaaa-0000-4000-8000-000000000002"
API: Final = "bbbbbbbb-0000-4000-8000-000000000001"
ASKED_OF_ROLES: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
HELD: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
OWN: Final = "filterByCurrentUser(on='principal')"
NEAR: Final = list_networks(Settings(Profile.EMULATOR))
"""Where an emulator's extensions may be."""
FAR: Final = list_networks(Settings(Profile.PRODUCTION))


@dataclass(slots=True)
class Watch:
    """The system's clock, as far as tests move it."""

    at: Instant

    def now(self) -> Instant:
        """What it says."""
        return self.at


@dataclass(slots=True)
class Notes:
    """What operators would be told."""

    unanswered: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def tell_unanswered(self, claimed: ClaimedEvaluation, why: str) -> None:
        """Keeps why."""
        del claimed
        self.unanswered.append(why)

    def tell_fault(self, claimed: ClaimedEvaluation, error: BaseException) -> None:
        """Keeps what."""
        del claimed
        self.faults.append(error)


@dataclass(slots=True)
class Scene:
    """A company, the API that its extensions name, and whoever asks it."""

    company: Company
    receiver: ExtensionReceiver
    watch: Watch
    notes: Notes = field(default_factory=Notes)
    networks: Sequence[Network] = NEAR

    def server(
        self, consultant: Consultant | None = None, store: Store | None = None
    ) -> Evaluations:
        """One of the servers that ask, with a store of its own if it has one."""
        parts = self.company.parts
        kept = store or parts.store
        caller = ExtensionCaller(
            ServiceTokens(parts.store, parts.keys, parts.system, ORIGIN),
            self.networks,
            ssl.create_default_context(),
        )
        return Evaluations(
            Engine(kept, parts.ids),
            kept,
            consultant or caller,
            self.notes,
            parts.clock,
            self.watch,
            asyncio.Lock(),
        )

    async def settle(self) -> None:
        """Asks about everything that waits; what failed once waits for the next time."""
        await self.server().catch_up(16)
        assert self.notes.faults == []
        self.watch.at += timedelta(seconds=1)

    async def call(self, who: str, method: str, path: str, sent: object = None) -> httpx.Response:
        """A call with every permission, as somebody who has shown a second factor."""
        token = await self.company.sign_in(who, GRAPH, FACTORS, "Bench")
        headers = {"authorization": f"Bearer {token}"}
        return await self.company.client.request(method, path, headers=headers, json=sent)

    async def register(self, **changes: object) -> httpx.Response:
        """Registers an extension, by who administers roles."""
        return await self.call("pia", "POST", EXTENSIONS, {**self.extension(), **changes})

    def extension(self, id_: str = FIRST, resource: str = "entraRoles") -> dict[str, Any]:
        """An extension as a client writes it."""
        return {
            "@odata.type": "#microsoft.graph.roleManagementCustomCalloutExtension",
            "id": id_,
            "displayName": "Tickets",
            "description": "Looks whether there is a ticket",
            "endpointConfiguration": {
                "@odata.type": "#microsoft.graph.httpRequestEndpoint",
                "targetUrl": self.receiver.url,
            },
            "clientConfiguration": {
                "@odata.type": "#microsoft.graph.customExtensionClientConfiguration",
                "timeoutInMilliseconds": 5000,
                "maximumRetries": 1,
            },
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.azureAdTokenAuthentication",
                "resourceId": f"api://127.0.0.1/{API}",
            },
            "resourceType": resource,
            "customAttributes": [],
        }

    async def find_policy(self, role: str) -> str:
        """The id of the policy of a directory role, or of members of a group."""
        word = "DirectoryRole"
        query = select(scope_type=word, role=self.company.find(role))
        path = "/beta/policies/roleManagementPolicyAssignments"
        answer = await self.call("pia", "GET", f"{path}{query}")
        id_: str = answer.json()["value"][0]["policyId"]
        return id_

    async def link(
        self,
        *rules: dict[str, Any],
        role: str = "Reports Reader",
        version: str = "beta",
    ) -> httpx.Response:
        """Changes rules of a policy."""
        policy = await self.find_policy(role)
        path = f"/{version}/policies/roleManagementPolicies/{policy}"
        return await self.call("pia", "PATCH", path, {"rules": list(rules)})

    async def make_eligible(self, who: str = "eve", role: str = "Reports Reader") -> None:
        """Lets somebody activate a role."""
        path = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
        sent = {
            "action": "adminAssign",
            "principalId": self.company.find(who),
            "roleDefinitionId": self.company.find(role),
            "directoryScopeId": "/",
            "justification": "As agreed",
        }
        answer = await self.call("pia", "POST", path, sent)
        assert answer.status_code == 201, answer.text

    async def activate(
        self, who: str = "eve", role: str = "Reports Reader", duration: str = "PT1H", **more: object
    ) -> dict[str, Any]:
        """Asks for a role."""
        sent = {
            "action": "selfActivate",
            "principalId": self.company.find(who),
            "roleDefinitionId": self.company.find(role),
            "directoryScopeId": "/",
            "justification": "There is a fire",
            "ticketInfo": {"ticketNumber": "T-1", "ticketSystem": "Desk"},
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": duration}},
            **more,
        }
        answer = await self.call(who, "POST", ASKED_OF_ROLES, sent)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def read(self, request_id: str) -> str:
        """The status of a request."""
        answer = await self.call("pia", "GET", f"{ASKED_OF_ROLES}/{request_id}")
        status: str = answer.json()["status"]
        return status

    async def list_held(self, who: str = "eve") -> list[dict[str, Any]]:
        """What somebody holds."""
        answer = await self.call(who, "GET", f"{HELD}/{OWN}")
        rows: list[dict[str, Any]] = answer.json()["value"]
        return rows


def asks(id_: str, extension: str | None = FIRST, *, is_enabled: bool = True) -> dict[str, Any]:
    """The rule that names an extension."""
    return rule("CustomExtension", id_, customExtensionId=extension, isEnabled=is_enabled)


def wants_uma(scene: Scene) -> dict[str, Any]:
    """The rule that Uma has to agree."""
    approver = {"@odata.type": "#microsoft.graph.singleUser", "id": scene.company.find("uma")}
    setting = {"isApprovalRequired": True, "approvalStages": [{"primaryApprovers": [approver]}]}
    return rule("Approval", APPROVAL, setting=setting)


@asynccontextmanager
async def open_scene(store: Store, label: str) -> AsyncIterator[Scene]:
    """A tenant with an API of its own, which agrees to everything until it is told otherwise."""
    api = {"displayName": "Tickets API", "kind": "confidential", "appId": API}
    company = await found_company(store, label, {"applications": [MODERATOR, api]})
    with open_extension_receiver() as receiver:
        receiver.answer(say("Approved"))
        scene = Scene(company, receiver, Watch(company.parts.system.now()))
        named = {"identifierUris": [f"api://127.0.0.1/{API}"]}
        path = f"/v1.0/applications(appId='{API}')"
        assert (await scene.call("gail", "PATCH", path, named)).status_code == 204
        yield scene
        await _leave_nothing(scene, store)
    await company.client.aclose()


class _Denying:
    """Ends what waits, so that no other test finds it in the same database."""

    async def consult(self, question: object) -> str:
        """Says nothing valid."""
        del question
        return "the test is over"


async def _leave_nothing(scene: Scene, store: Store) -> None:
    for _ in range(30):
        await store.free_evaluations()
        if not await store.count_evaluations():
            return
        await scene.server(_Denying()).catch_up(16)
    raise AssertionError("something waits for an extension for ever")
