"""Where somebody called from is in what is recorded of the call, and of nothing else."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

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

HERE, PROXY, ELSEWHERE = "192.0.2.7", "127.0.0.1", "198.51.100.9"
AUDITS = "/v1.0/auditLogs/directoryAudits"
REQUESTS = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
TEAMS = "69091246-20e8-4a56-aa4d-066075b2a7a8"
PERMISSIONS = ("AuditLog.Read.All", "RoleManagement.ReadWrite.Directory")
pytestmark = pytest.mark.observed("RAY 12: initiatedBy has the address; the service's own has none")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator behind a proxy, where Ada may activate a role and read the audit log."""
    _, desk, _ = SEED["applications"]
    seed = {
        **SEED,
        "applications": [{**desk, "permissions": {"delegated": PERMISSIONS}}],
        "eligibilities": [{"principal": "ada@small.example", "role": "Teams Administrator"}],
    }
    path = write_seed_file(tmp_path / "seeds", seed)
    proxies = (ip_network(f"{PROXY}/32"),)
    async with open_service(replace(emulator(tmp_path), seed=path, trusted_proxies=proxies)) as one:
        yield one


async def sign_in(service: Service) -> Mapping[str, str]:
    scopes = " ".join(f"https://graph.microsoft.com/{one}" for one in PERMISSIONS)
    form = {"grant_type": "password", "client_id": DESK, "scope": scopes}
    answer = await service.ask_token(
        {**form, "username": "ada@small.example", "password": PASSWORD}
    )
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


BODY = {
    "action": "selfActivate",
    "principalId": id_of("user", "ada@small.example"),
    "roleDefinitionId": TEAMS,
    "directoryScopeId": "/",
    "justification": "incident 7",
    "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
}


async def activate(client: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
    answer = await client.post(REQUESTS, json=BODY, headers=headers)
    assert answer.status_code == httpx.codes.CREATED, answer.text


async def read(service: Service, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.client.get(AUDITS, headers=headers)).json()[
        "value"
    ]
    return found


def list_addresses(records: list[dict[str, Any]]) -> set[str | None]:
    """The addresses of people, of records in which a person is named."""
    people = [one["initiatedBy"]["user"] for one in records]
    return {one["ipAddress"] for one in people if one and one["userPrincipalName"]}


async def test_who_activates_is_recorded_with_their_address(service: Service) -> None:
    headers = await sign_in(service)
    async with service.client_at(HERE) as client:
        await activate(client, headers)
    records = await read(service, headers)
    assert list_addresses(records) == {HERE}
    pim = [one for one in records if one["loggedByService"] == "PIM"]
    assert {
        detail["value"]
        for one in pim
        for detail in one["additionalDetails"]
        if detail["key"] == "ipaddr"
    } == {HERE}
    assert all(one["initiatedBy"]["user"] is None for one in records if one not in pim)


async def test_behind_a_proxy_it_is_the_address_that_the_proxy_tells(service: Service) -> None:
    headers = await sign_in(service)
    await activate(service.client, {**headers, "x-forwarded-for": f"{HERE}, {ELSEWHERE}"})
    assert list_addresses(await read(service, headers)) == {ELSEWHERE}


async def test_nobody_else_tells_where_they_are(service: Service) -> None:
    headers = await sign_in(service)
    async with service.client_at(HERE) as client:
        await activate(client, {**headers, "x-forwarded-for": ELSEWHERE})
    assert list_addresses(await read(service, headers)) == {HERE}


async def test_what_a_proxy_tells_is_bounded(service: Service) -> None:
    headers = await sign_in(service)
    await activate(service.client, {**headers, "x-forwarded-for": "x" * 4000})
    assert list_addresses(await read(service, headers)) == {"x" * 64}


async def test_the_parts_of_a_batch_come_from_where_it_came(service: Service) -> None:
    headers = await sign_in(service)
    async with service.client_at(HERE) as client:
        part = {
            "id": "1",
            "method": "POST",
            "url": REQUESTS.removeprefix("/v1.0"),
            "headers": {"content-type": "application/json"},
            "body": BODY,
        }
        answer = await client.post("/v1.0/$batch", json={"requests": [part]}, headers=headers)
        assert answer.json()["responses"][0]["status"] == httpx.codes.CREATED, answer.text
    assert list_addresses(await read(service, headers)) == {HERE}


async def test_what_time_does_comes_from_nowhere(service: Service) -> None:
    headers = await sign_in(service)
    async with service.client_at(HERE) as client:
        await activate(client, headers)
    moved = await service.client.post(
        "/control/clock", json={"advance": "PT2H"}, headers=service.control_headers
    )
    assert moved.is_success, moved.text
    expired = [
        one for one in await read(service, headers) if "expired" in one["activityDisplayName"]
    ]
    assert [one["initiatedBy"]["user"]["ipAddress"] for one in expired] == [None]
    assert "ipaddr" not in {one["key"] for one in expired[0]["additionalDetails"]}
