"""Batches and throttling of Azure in the whole service, wired as it is served."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.identity.test_token_endpoint import APPLICATION
from tests.support.service import TENANT, Service, emulator, open_service
from timebound.domain.settings import Throttling
from timebound.identity.scopes import ARM_AUDIENCE
from timebound.server.config import Origin, Role

HERE: Final = "https://arm.example"
THERE: Final = "https://azure.example:8443"
LOGIN: Final = "https://login.example"
ORIGINS: Final = (
    Origin(HERE, frozenset({Role.ARM})),
    Origin(THERE, frozenset({Role.ARM})),
    Origin(LOGIN, frozenset({Role.AUTHORITY, Role.GRAPH, Role.PORTAL})),
)
PROVIDER: Final = "/providers/Microsoft.Management?api-version=2021-04-01"
URLS: Final = (PROVIDER, f"{HERE}{PROVIDER}", f"{THERE}{PROVIDER}", f"{LOGIN}{PROVIDER}")


async def send(service: Service, urls: tuple[str, ...]) -> httpx.Response:
    form = {**APPLICATION, "scope": f"{ARM_AUDIENCE}/.default"}
    answer = await service.client.post(f"{LOGIN}/{TENANT}/oauth2/v2.0/token", data=form)
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    batch = {"requests": [{"httpMethod": "GET", "url": url} for url in urls]}
    url = f"{HERE}/batch?api-version=2020-06-01"
    return await service.client.post(url, json=batch, headers=headers)


def statuses_of(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    responses: list[Mapping[str, Any]] = answer.json()["responses"]
    return [one["httpStatusCode"] for one in responses]


@pytest.mark.inferred("calls of a batch go to any address of Azure's, and are counted alike")
async def test_calls_of_a_batch_are_answered_and_counted(tmp_path: Path) -> None:
    async with open_service(replace(emulator(tmp_path), origins=ORIGINS)) as service:
        assert statuses_of(await send(service, URLS)) == [200, 200, 200, 400]
        metrics = await service.client.get(f"{LOGIN}/metrics", headers=service.control_headers)

    counted = {
        ("GET providers/{resourceProviderNamespace}", 200): 3,
        ("none", 400): 1,
        ("POST batch", 200): 1,
    }
    for (operation, status), number in counted.items():
        labels = f'door="arm",operation="{operation}",status="{status}"'
        assert f"timebound_requests_total{{{labels}}} {number}.0" in metrics.text


@pytest.mark.documented("issue: rate-limit headers; throttling emulation is a setting, default off")
async def test_calls_wait_where_a_tenant_wants_that(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"azure_throttling": Throttling.ON, "azure_reads": 2}
    settings = replace(emulator(tmp_path), origins=ORIGINS, tenant_settings=changes)
    async with open_service(settings) as service:
        assert statuses_of(await send(service, URLS[:1] * 4)) == [200, 200, 429, 429]
