"""Health for whoever asks, metrics for those who may read them, and what is counted."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from tests.support.service import ORIGIN, REMOTE, ROBOT, SECRET, Service, emulator, open_service
from timebound.control.metrics import Meter
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import EventId
from timebound.server.app import create_app
from timebound.server.clock import LARGEST_STEP, SystemClock, TimeSources

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.documented("issue: /healthz, /readyz")
@pytest.mark.parametrize(("path", "status"), [("/healthz", "alive"), ("/readyz", "ready")])
async def test_health_is_told_to_whoever_asks(service: Service, path: str, status: str) -> None:
    async with service.client_at(REMOTE) as client:
        answer = await client.get(path, headers={"host": "10.0.0.7:8443"})
    assert (answer.status_code, answer.json()) == (200, {"status": status})


@pytest.mark.documented("DESIGN, promise 10: a clock that has jumped is not ready")
async def test_a_clock_that_has_jumped_is_not_ready(service: Service) -> None:
    wall = [NOON]
    system = SystemClock(TimeSources(lambda: wall[0], lambda: 0.0))
    app = create_app(replace(service.parts, system=system))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        assert (await client.get("/readyz")).status_code == httpx.codes.OK
        wall[0] = NOON + 2 * LARGEST_STEP
        assert (await client.get("/readyz")).status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert (await client.get("/healthz")).status_code == httpx.codes.OK


@pytest.mark.inferred("a database that does not answer is not ready")
async def test_a_closed_store_is_not_ready(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        await service.parts.store.close()
        answer = await service.client.get("/readyz")
        await service.parts.store.open()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "NotReady")


@pytest.mark.documented("issue: /metrics (Prometheus)")
async def test_requests_and_decisions_are_counted(service: Service) -> None:
    for _ in range(3):
        await service.client.get("/v1.0/me")
    text = (await service.client.get("/metrics")).text
    assert 'timebound_requests_total{door="graph",operation="none",status="401"} 3.0' in text
    assert 'timebound_request_duration_seconds_count{door="graph"} 3.0' in text
    assert SECRET not in text


@pytest.mark.inferred("a part of a batch is answered as if it had come alone, so it counts alike")
async def test_parts_of_a_batch_are_counted_by_operation(service: Service) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": SECRET,
        "scope": "https://graph.microsoft.com/.default",
    }
    token = (await service.ask_token(form)).json()["access_token"]
    parts = [
        {"id": "1", "method": "GET", "url": "/organization"},
        {"id": "2", "method": "GET", "url": "/users/ada@small.example"},
        {"id": "3", "method": "GET", "url": "/users/nobody@small.example"},
        {"id": "4", "method": "GET", "url": "/nowhere"},
        {"id": "5", "method": "GET", "url": "/users/ada@small.example", "dependsOn": ["4"]},
    ]
    headers = {"authorization": f"Bearer {token}"}
    answer = await service.client.post("/v1.0/$batch", json={"requests": parts}, headers=headers)
    statuses = [one["status"] for one in answer.json()["responses"]]
    assert statuses == [403, 200, 404, 404, 424]
    text = (await service.client.get("/metrics")).text
    counted = {
        ("GET organization", 403),
        ("GET users/{id}", 200),
        ("GET users/{id}", 404),
        ("none", 404),
        ("none", 424),
        ("POST $batch", 200),
    }
    for operation, status in counted:
        labels = f'door="graph",operation="{operation}",status="{status}"'
        assert f"timebound_requests_total{{{labels}}} 1.0" in text
    assert 'timebound_request_duration_seconds_count{door="graph"} 6.0' in text


@pytest.mark.inferred("metrics tell how a service is used, so they are for those who were named")
async def test_metrics_are_for_named_readers(tmp_path: Path) -> None:
    settings = replace(emulator(tmp_path), metrics_readers=(ip_network(f"{REMOTE}/32"),))
    async with open_service(settings) as service:
        assert (await service.client.get("/metrics")).status_code == httpx.codes.FORBIDDEN
        async with service.client_at(REMOTE) as client:
            assert (await client.get("/metrics")).status_code == httpx.codes.OK


@pytest.mark.documented("issue: commits and conflicts, decisions by outcome")
def test_change_sets_are_counted_by_what_came_of_them() -> None:
    kind = EventKind.REQUEST_REFUSED
    event = Event(EventId("e"), kind, NOON, NOON, "c", Actor(), "someone")
    meter = Meter()
    meter.count_change((event, event), is_applied=True)
    meter.count_change((event,), is_applied=False)
    text = meter.render().decode()
    assert "timebound_commits_total 1.0" in text
    assert "timebound_conflicts_total 1.0" in text
    assert 'timebound_decisions_total{outcome="requestRefused"} 2.0' in text
