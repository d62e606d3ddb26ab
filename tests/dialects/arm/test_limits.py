"""How often may be called: the headers, the refusal, and the parts of a batch."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.arm.orchard import FARM, OWNER, plant
from tests.dialects.graph.office import DAWN, GRACE, HANA, TENANT, set_tenant
from timebound.application.azure_throttling import AzureThrottle
from timebound.application.ports import Store
from timebound.dialects.arm.door import Surroundings
from timebound.dialects.arm.limits import find_subscription
from timebound.domain.settings import TenantSettings, Throttling

V = "?api-version=2021-04-01"
PROVIDERS = f"/providers/Microsoft.Management{V}"
GROUP = f"{FARM}/resourceGroups/none{V}"
LIMITED = TenantSettings(
    azure_throttling=Throttling.ON, azure_reads=2, azure_writes=1, azure_deletes=1
)
SOURCE = "Azure, how the resource manager throttles requests"


@pytest.fixture
async def busy(store: Store) -> AsyncIterator[ArmOffice]:
    """The farm in a tenant that wants calls to be counted."""
    office = open_arm(store)
    async with office.client:
        await plant(office)
    await set_tenant(store, LIMITED)
    around = Surroundings(throttle=AzureThrottle(store, office.clock))
    limited = open_arm(store, around=around)
    limited.clock = office.clock
    async with limited.client:
        yield limited


def left_of(answer: httpx.Response, name: str) -> str | None:
    told: str | None = answer.headers.get(f"x-ms-ratelimit-remaining-{name}")
    return told


@pytest.mark.documented(f"{SOURCE}: what is left is told, and 429 with Retry-After")
async def test_who_reads_too_much_waits(busy: ArmOffice) -> None:
    answers = [await busy.get(GRACE, PROVIDERS) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [left_of(one, "tenant-reads") for one in answers] == ["1", "0", "0"]
    refused = answers[-1]
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["x-ms-failure-cause"] == "gateway"
    assert refused.json()["error"] == {
        "code": "TenantRequestsThrottled",
        "message": (
            f"Number of 'read' requests for tenant '{TENANT}' actor '{GRACE}' exceeded. Please "
            "try again after '5' seconds."
        ),
    }
    assert busy.states[-1]["refusal"] == "TenantRequestsThrottled"
    # Somebody else is not in the way, and neither is a subscription.
    assert (await busy.get(HANA, PROVIDERS)).status_code == 200
    assert left_of(await busy.get(GRACE, f"{FARM}{V}"), "subscription-reads") == "1"


@pytest.mark.observed("clients: SubscriptionRequestsThrottled names the subscription and the actor")
async def test_each_kind_is_counted_by_itself(busy: ArmOffice) -> None:
    body = {"location": "westeurope"}
    first = await busy.put(OWNER, GROUP, body)
    again = await busy.put(OWNER, GROUP, body)
    gone = await busy.delete(OWNER, GROUP)

    assert (first.status_code, left_of(first, "subscription-writes")) == (201, "0")
    assert (again.status_code, left_of(again, "subscription-writes")) == (429, "0")
    error = again.json()["error"]
    assert error["code"] == "SubscriptionRequestsThrottled"
    subscription = FARM.rpartition("/")[2]
    told = f"Number of 'write' requests for subscription '{subscription}' actor '{OWNER}' exceeded."
    assert error["message"].startswith(told)
    assert again.headers["retry-after"] == "20"
    assert left_of(gone, "subscription-deletes") == "0"
    assert (await busy.delete(OWNER, GROUP)).status_code == 429


@pytest.mark.observed("clients: the calls of a batch are counted and refused one by one")
async def test_the_calls_of_a_batch_wait_one_by_one(busy: ArmOffice) -> None:
    calls = [{"httpMethod": "GET", "url": PROVIDERS, "name": str(n)} for n in range(4)]
    batch = {"requests": calls}
    for _ in range(2):
        answer = await busy.post(GRACE, "/batch?api-version=2020-06-01", batch)
        assert answer.status_code == 200
    busy.clock.at = DAWN.replace(hour=9)
    told = (await busy.post(GRACE, "/batch?api-version=2020-06-01", batch)).json()["responses"]

    assert [one["httpStatusCode"] for one in told] == [200, 200, 429, 429]
    remaining = [one["headers"]["x-ms-ratelimit-remaining-tenant-reads"] for one in told]
    assert remaining == ["1", "0", "0", "0"]
    assert told[2]["headers"]["Retry-After"] == "5"


@pytest.mark.documented("issue: throttling emulation off by default")
async def test_nobody_waits_by_default(store: Store) -> None:
    office = open_arm(store)
    around = Surroundings(throttle=AzureThrottle(store, office.clock))
    async with (free := open_arm(store, around=around)).client:
        answers = [await free.get(GRACE, PROVIDERS) for _ in range(300)]

    assert {one.status_code for one in answers} == {200}
    assert {left_of(one, "tenant-reads") for one in answers} == {"11999"}


@pytest.mark.inferred("what has no subscription in front is of none")
def test_a_subscription_is_found_in_a_path() -> None:
    assert find_subscription(("Subscriptions", "AA", "resourceGroups")) == "aa"
    assert find_subscription(("subscriptions",)) is None
    assert find_subscription(("providers", "x")) is None
    assert find_subscription(()) is None
