"""Callers who ask too much, at the door: alone and in a batch."""

from typing import Any

import httpx
import pytest

from tests.scenarios.calls import DIRECTORY, REQUESTS, body
from tests.scenarios.company import Company, found_company
from timebound.application.ports import Store

LIMITED = {"settings": {"throttling": "on", "throttled_writes": 1}}
TABLE = "Graph throttling-limits, identity and access"


def rehearsal(company: Company) -> dict[str, Any]:
    return body(company, "adminAssign", "eve", "Reports Reader", isValidationOnly=True)


def read_wait(headers: httpx.Headers, company: Company, client: str) -> None:
    assert 1 <= int(headers["retry-after"]) <= 150
    scope = f"Tenant_Application/Write/{company.app_id(client)}/{company.ids.tenant_id}"
    assert headers["x-ms-throttle-scope"] == scope
    assert headers["x-ms-throttle-information"] == "WriteLimitExceeded"


@pytest.mark.documented(f"ERR-093; {TABLE}: 429 with Retry-After, x-ms-throttle-scope")
async def test_who_writes_too_much_waits(store: Store, label: str) -> None:
    company = await found_company(store, label, LIMITED)
    async with company.client:
        sent = rehearsal(company)
        first, second = [await company.call("pia", "POST", REQUESTS, json=sent) for _ in range(2)]
        assert (first.status_code, second.status_code) == (201, 429)
        assert first.headers["x-ms-resource-unit"] == "1"
        assert first.headers["x-ms-throttle-limit-percentage"] == "1.00"
        assert second.json()["error"]["code"] == "TooManyRequests"
        read_wait(second.headers, company, "Desk")

        # Everybody behind the same application waits, another application does not.
        assert (await company.call("gail", "POST", REQUESTS, json=sent)).status_code == 429
        assert (await company.call("Robot", "POST", REQUESTS, json=sent)).status_code == 201
        read = await company.call(
            "pia", "GET", f"{DIRECTORY}/roleDefinitions?$expand=inheritsPermissionsFrom"
        )
        assert (read.status_code, read.headers["x-ms-resource-unit"]) == (200, "2")


@pytest.mark.documented("Graph throttling: the parts of a batch are counted and refused one by one")
async def test_the_parts_of_a_batch_wait_one_by_one(store: Store, label: str) -> None:
    company = await found_company(store, label, LIMITED)
    async with company.client:
        part = {
            "method": "POST",
            "url": REQUESTS.removeprefix("/v1.0"),
            "headers": {"content-type": "application/json"},
            "body": rehearsal(company),
        }
        batch = {"requests": [{"id": str(number), **part} for number in range(3)]}
        response = await company.call("pia", "POST", "/v1.0/$batch", json=batch)
        answers = {one["id"]: one for one in response.json()["responses"]}
        assert response.status_code == 200
        assert sorted(one["status"] for one in answers.values()) == [201, 429, 429]
        for one in answers.values():
            if one["status"] == 429:
                read_wait(httpx.Headers(one["headers"]), company, "Desk")


@pytest.mark.documented("issue: throttling is a fidelity switch, default off")
async def test_nobody_waits_by_default(company: Company) -> None:
    sent = rehearsal(company)
    for _ in range(3):
        response = await company.call("pia", "POST", REQUESTS, json=sent)
        assert response.status_code == 201
        assert not [name for name in response.headers if name.startswith("x-ms-")]
