"""The audit log over Graph while the log below it is damaged: all of it that can be, or a 503."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.service import (
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    open_service,
    write_seed_file,
)
from tests.support.tampering import run_sql
from timebound.application import auditing
from timebound.application.sealing import catch_up
from timebound.domain.ids import TenantId

AUDITS = "/v1.0/auditLogs/directoryAudits"
ADA = SEED["users"][0]["userPrincipalName"]
pytestmark = pytest.mark.inferred("one damaged event hides no other; a part is not told as all")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator whose robot changes people and reads the audit log."""
    robot, *others = SEED["applications"]
    permissions = {"application": ["AuditLog.Read.All", "User.ReadWrite.All"]}
    content = {**SEED, "applications": [{**robot, "permissions": permissions}, *others]}
    seed = write_seed_file(tmp_path / "seeds", content)
    async with open_service(replace(emulator(tmp_path), seed=seed)) as opened:
        yield opened


async def sign_in(service: Service) -> Mapping[str, str]:
    form = {"grant_type": "client_credentials", "client_id": ROBOT, "client_secret": SECRET}
    answer = await service.ask_token({**form, "scope": "https://graph.microsoft.com/.default"})
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def rename(service: Service, *names: str) -> None:
    """Changes somebody, and seals it with everything before."""
    headers = await sign_in(service)
    for name in names:
        body = {"displayName": name}
        answer = await service.client.patch(f"/v1.0/users/{ADA}", json=body, headers=headers)
        assert answer.is_success, answer.text
    parts = service.parts
    assert await catch_up(parts.sealer, TenantId(TENANT), parts.clock.now()) >= len(names)


async def read(service: Service) -> httpx.Response:
    return await service.client.get(AUDITS, headers=await sign_in(service))


async def test_the_rest_is_told_beside_a_damaged_event(service: Service) -> None:
    await rename(service, "Ada 1", "Ada 2", "Ada 3")
    [[greatest]] = run_sql(service.parts.settings.database, "SELECT max(position) FROM events")
    assert isinstance(greatest, int)
    run_sql(
        service.parts.settings.database,
        f"UPDATE events SET data = '{{' WHERE position = {greatest - 1}",  # noqa: S608 - a test's
    )
    answer = await read(service)
    assert answer.status_code == httpx.codes.OK
    told = [one["activityDisplayName"] for one in answer.json()["value"]]
    assert told.count("Update user") == 2


@pytest.mark.inferred("a part is not told as all: 503 until all of it is there")
async def test_whoever_reads_waits_until_all_is_made_up_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "TOGETHER", 4)
    monkeypatch.setattr(auditing, "_MOST_GOES", 2)
    names = [f"Ada {number}" for number in range(20)]
    await rename(service, *names)
    answers = [await read(service)]
    while not answers[-1].is_success:
        assert answers[-1].status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(answers[-1].headers["retry-after"]) > 0
        answers.append(await read(service))
        assert len(answers) < 20
    assert len(answers) > 2
    told = [one["activityDisplayName"] for one in answers[-1].json()["value"]]
    assert told.count("Update user") == len(names)


async def test_a_log_that_cannot_be_followed_says_what_to_do(service: Service) -> None:
    await rename(service, "Ada 1")
    run_sql(service.parts.settings.database, "UPDATE tree_heads SET peaks = x'00'")
    headers = await sign_in(service)
    await service.client.patch(f"/v1.0/users/{ADA}", json={"displayName": "Ada 2"}, headers=headers)
    for path in (AUDITS, f"{AUDITS}/anything"):
        answer = await service.client.get(path, headers=headers)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        error = answer.json()["error"]
        assert error["code"] == "serviceNotAvailable"
        assert "do not make its root" in error["message"]
        assert "`timebound audit verify`" in error["message"]
