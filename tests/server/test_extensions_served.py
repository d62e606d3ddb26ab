"""An emulator asks the API that a custom extension names: by itself, and before its clock moves."""

import asyncio
import copy
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.support.extension_receiver import ExtensionReceiver, open_extension_receiver, say
from tests.support.permissions import EVERY_DELEGATED
from tests.support.service import (
    DESK,
    PASSWORD,
    SEED,
    Service,
    emulator,
    id_of,
    open_service,
    write_seed_file,
)
from timebound.domain.roles import GLOBAL_READER

API: Final = "bbbbbbbb-0000-4000-8000-000000000001"
EXTENSION: Final = "aaaaaaaa-0000-4000-8000-000000000001"
RULE: Final = "CustomExtension_PreApproval_EndUser_Assignment"
REQUESTS: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
PATIENCE: Final = 20


def write_seed() -> dict[str, Any]:
    """Ada administers, and is eligible for a role."""
    seed: dict[str, Any] = copy.deepcopy(dict(SEED))
    seed["assignments"] = [{"principal": "ada@small.example", "role": "Global Administrator"}]
    seed["eligibilities"] = [{"principal": "ada@small.example", "role": "Global Reader"}]
    for one in seed["applications"]:
        if one["appId"] == DESK:
            one["permissions"]["delegated"] = list(EVERY_DELEGATED)
    seed["applications"].append({"displayName": "API", "kind": "confidential", "appId": API})
    return seed


@pytest.fixture
def receiver() -> Iterator[ExtensionReceiver]:
    """The API, which agrees."""
    with open_extension_receiver() as opened:
        opened.answer(say("Approved"))
        yield opened


@pytest.fixture(params=[False, True], ids=["asked", "by-itself"])
async def service(
    request: pytest.FixtureRequest, tmp_path: Path, receiver: ExtensionReceiver
) -> AsyncIterator[Service]:
    """An emulator whose role asks the API first; with a worker, or without one."""
    settings = emulator(tmp_path)
    settings = replace(
        settings, seed=write_seed_file(tmp_path / "own", write_seed()), has_worker=request.param
    )
    async with open_service(settings) as opened:
        clock = {"freeze": True}
        moved = await opened.client.post(
            "/control/clock", json=clock, headers=opened.control_headers
        )
        assert moved.status_code == 200, moved.text
        await link(opened, receiver)
        yield opened


async def call(
    service: Service, method: str, path: str, sent: object = None, status: int = 200
) -> httpx.Response:
    """A call as Ada, with every permission and a second factor."""
    answer = await service.ask_token(
        {
            "grant_type": "password",
            "client_id": DESK,
            "username": "ada@small.example",
            "password": PASSWORD,
            "scope": "https://graph.microsoft.com/.default",
            "claims": '{"access_token": {"acrs": {"essential": true, "values": ["c1"]}}}',
        }
    )
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    told = await service.client.request(method, path, headers=headers, json=sent)
    assert told.status_code == status, told.text
    return told


async def link(service: Service, receiver: ExtensionReceiver) -> None:
    """Registers the extension, and names it in the policy of the role."""
    resource = f"api://127.0.0.1/{API}"
    named = {"identifierUris": [resource]}
    await call(service, "PATCH", f"/v1.0/applications(appId='{API}')", named, 204)
    registered = {
        "id": EXTENSION,
        "displayName": "Tickets",
        "endpointConfiguration": {"targetUrl": receiver.url},
        "clientConfiguration": {"timeoutInMilliseconds": 5000, "maximumRetries": 1},
        "authenticationConfiguration": {"resourceId": resource},
        "resourceType": "entraRoles",
    }
    path = "/beta/identityGovernance/privilegedAccess/customExtensions"
    await call(service, "POST", path, registered, 201)
    where = (
        f"scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{GLOBAL_READER}'"
    )
    query = f"/beta/policies/roleManagementPolicyAssignments?$filter={where}"
    (found,) = (await call(service, "GET", query)).json()["value"]
    rule = {
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyCustomExtensionRule",
        "id": RULE,
        "customExtensionId": EXTENSION,
        "isEnabled": True,
    }
    rules = f"/beta/policies/roleManagementPolicies/{found['policyId']}/rules/{RULE}"
    await call(service, "PATCH", rules, rule, 204)


async def activate(service: Service) -> dict[str, Any]:
    """Asks for the role."""
    sent = {
        "action": "selfActivate",
        "principalId": id_of("user", "ada@small.example"),
        "roleDefinitionId": GLOBAL_READER,
        "directoryScopeId": "/",
        "justification": "As agreed",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
    made: dict[str, Any] = (await call(service, "POST", REQUESTS, sent, 201)).json()
    return made


async def advance(service: Service, span: str) -> None:
    """Moves the clock that stands still."""
    moved = await service.client.post(
        "/control/clock", json={"advance": span}, headers=service.control_headers
    )
    assert moved.status_code == 200, moved.text


async def read(service: Service, id_: str) -> str:
    """The status of a request."""
    status: str = (await call(service, "GET", f"{REQUESTS}/{id_}")).json()["status"]
    return status


async def leave_waiting(service: Service, id_: str) -> None:
    """Waits until a request waits no more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await read(service, id_) != "PendingEvaluation":
                return
            await asyncio.sleep(0)


@pytest.mark.documented("what became due is done before the clock's call answers")
async def test_the_clock_waits_for_what_extensions_say(
    service: Service, receiver: ExtensionReceiver
) -> None:
    made = await activate(service)
    assert made["status"] == "PendingEvaluation"

    await advance(service, "PT0S")

    assert await read(service, made["id"]) == "Provisioned"
    (asked,) = receiver.asked
    assert asked.document["id"] == made["id"]


@pytest.mark.inferred("an extension that is away does not stop the clock, and grants nothing")
async def test_what_fails_is_asked_again_while_the_clock_stands_still(
    service: Service, receiver: ExtensionReceiver
) -> None:
    receiver.answer((500, b""))
    made = await activate(service)

    await advance(service, "PT0S")

    assert len(receiver.asked) == 2
    assert await read(service, made["id"]) == "Failed"
    await advance(service, "P2D")
    assert await read(service, made["id"]) == "Failed"


@pytest.mark.inferred("nobody waits for what has waited for a day")
async def test_a_day_later_nobody_is_asked(service: Service, receiver: ExtensionReceiver) -> None:
    loop, patient = asyncio.get_running_loop(), asyncio.Event()
    receiver.before = lambda: asyncio.run_coroutine_threadsafe(patient.wait(), loop).result()
    made = await activate(service)
    moving = asyncio.create_task(advance(service, "PT25H"))
    await leave_waiting(service, made["id"])
    patient.set()
    await moving

    assert await read(service, made["id"]) == "TimedOut"
    await advance(service, "PT0S")
    assert await read(service, made["id"]) == "TimedOut"


@pytest.mark.inferred("going back to the seed leaves nothing that waits")
async def test_a_reset_leaves_nobody_waiting(service: Service, receiver: ExtensionReceiver) -> None:
    loop, patient = asyncio.get_running_loop(), asyncio.Event()
    receiver.before = lambda: asyncio.run_coroutine_threadsafe(patient.wait(), loop).result()
    await activate(service)
    moving = asyncio.create_task(advance(service, "PT0S"))
    async with asyncio.timeout(PATIENCE):
        while True:
            if receiver.asked:
                break
            await asyncio.sleep(0)

    reset = await service.client.post("/control/reset", headers=service.control_headers)
    assert reset.status_code == 200, reset.text
    patient.set()
    await moving

    assert await service.parts.store.count_evaluations() == 0
    assert (await call(service, "GET", REQUESTS)).json()["value"] == []


@pytest.mark.inferred("a worker needs nobody to move the clock")
async def test_a_worker_asks_by_itself(service: Service) -> None:
    if not service.parts.settings.has_worker:
        await service.parts.store.free_evaluations()
        made = await activate(service)
        assert await read(service, made["id"]) == "PendingEvaluation"
        return
    made = await activate(service)
    await leave_waiting(service, made["id"])

    assert await read(service, made["id"]) == "Provisioned"
