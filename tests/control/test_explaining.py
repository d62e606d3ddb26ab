"""The door where activations are explained: to whom, what is told, and what cannot be read."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.control.policed import (
    ADA,
    BEA,
    EVA,
    GROUPS_ADMINISTRATOR,
    SECURITY_READER,
    person,
    robot,
    seed,
    user_id,
)
from tests.support.service import TENANT, Service, emulator, open_service, write_seed_file
from timebound.domain.ids import TenantId

PATH = "/control/activations/explain"
REQUESTS = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
pytestmark = pytest.mark.documented("issue: explain needed to activate a role")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator with somebody who is eligible."""
    file = write_seed_file(tmp_path / "seeds", seed())
    async with open_service(replace(emulator(tmp_path), seed=file)) as opened:
        yield opened


async def ask(
    service: Service, who: Mapping[str, str], body: Mapping[str, object]
) -> httpx.Response:
    return await service.client.post(PATH, json=body, headers=who)


async def explain(
    service: Service, who: Mapping[str, str], role: str, **said: object
) -> dict[str, Any]:
    answer = await ask(service, who, {"roleDefinitionId": role, **said})
    assert answer.status_code == httpx.codes.OK, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_what_is_needed_is_told_before_anything_is_brought(service: Service) -> None:
    eva = await person(service, EVA)
    before = await service.parts.store.count_unsealed(TenantId(TENANT))
    told = await explain(service, eva, GROUPS_ADMINISTRATOR.upper(), duration="PT5H")
    assert told["needs"] == {
        "justification": True,
        "ticket": True,
        "secondFactor": True,
        "authenticationContext": None,
        "maximumDuration": "PT14400S",
        "approval": {
            "approvers": {"users": [user_id(ADA)], "groups": [], "roles": []},
            "needsJustification": True,
        },
    }
    assert (told["outcome"], told["window"]) == ("refused", None)
    assert [(one["code"], one["rule"], one["reason"]) for one in told["problems"]] == [
        ("ruleFailed", "ExpirationRule", "tooLong"),
        ("ruleFailed", "JustificationRule", "justificationMissing"),
        ("ruleFailed", "TicketingRule", "ticketMissing"),
        ("ruleFailed", "MfaRule", "mfaMissing"),
    ]
    assert await service.parts.store.count_unsealed(TenantId(TENANT)) == before


async def test_what_is_described_is_what_becomes_of_it(service: Service) -> None:
    eva = await person(service, EVA)
    said = {"duration": "PT2H", "justification": "incident 42"}
    told = await explain(service, eva, SECURITY_READER, **said)
    assert (told["outcome"], told["problems"]) == ("granted", [])
    body = {
        "action": "selfActivate",
        "principalId": user_id(EVA),
        "roleDefinitionId": SECURITY_READER,
        "directoryScopeId": "/",
        "justification": "incident 42",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT2H"}},
    }
    asked = await service.client.post(REQUESTS, json=body, headers=eva)
    assert asked.json()["status"] == "Provisioned", asked.text
    again = await explain(service, eva, SECURITY_READER, **said)
    assert [one["code"] for one in again["problems"]] == ["assignmentExists"]


async def test_a_text_is_taken_as_a_request_takes_it(service: Service) -> None:
    longest = "\n\u00e9" * 2_000
    said = {"duration": "PT1H", "justification": longest, "ticketNumber": longest}
    told = await explain(service, await person(service, EVA), SECURITY_READER, **said)
    assert (told["outcome"], told["problems"]) == ("granted", [])


async def test_a_later_start_is_scheduled(service: Service) -> None:
    start = service.parts.clock.now() + timedelta(days=1)
    said = {"duration": "PT1H", "justification": "planned", "startDateTime": start.isoformat()}
    told = await explain(service, await person(service, EVA), SECURITY_READER, **said)
    assert told["outcome"] == "scheduled"
    assert told["window"]["start"] == start.isoformat().replace("+00:00", "Z")


async def test_a_reader_explains_others_and_nobody_else_does(service: Service) -> None:
    said: dict[str, object] = {
        "principalId": user_id(EVA).upper(),
        "duration": "PT2H",
        "justification": "incident 42",
        "ticketNumber": "INC42",
    }
    for name in (ADA, BEA):
        told = await explain(service, await person(service, name), GROUPS_ADMINISTRATOR, **said)
        assert [one["rule"] for one in told["problems"]] == ["MfaRule"]
    body = {"roleDefinitionId": SECURITY_READER, "principalId": user_id(ADA)}
    eva, application = await person(service, EVA), await robot(service)
    refused = await ask(service, eva, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AccessDenied")
    unpermitted = await ask(service, application, body)
    assert unpermitted.json()["error"]["code"] == "PermissionMissing"
    assert "RoleAssignmentSchedule.Read.Directory" in unpermitted.json()["error"]["message"]


async def test_who_is_not_there_is_not_found(service: Service) -> None:
    nobody = "99999999-0000-4000-8000-000000000009"
    body = {"roleDefinitionId": SECURITY_READER, "principalId": nobody}
    found = await ask(service, await person(service, ADA), body)
    assert (found.status_code, found.json()["error"]["code"]) == (404, "PrincipalNotFound")


async def test_a_role_or_a_scope_that_is_not_there_is_a_problem_like_others(
    service: Service,
) -> None:
    nothing = "99999999-0000-4000-8000-000000000009"
    eva = await person(service, EVA)
    unknown = await explain(service, eva, nothing, duration="PT1H", justification="x")
    assert "roleNotFound" in [one["code"] for one in unknown["problems"]]
    place = f"/administrativeUnits/{nothing}"
    nowhere = await explain(service, eva, SECURITY_READER, directoryScopeId=place)
    assert "scopeNotFound" in [one["code"] for one in nowhere["problems"]]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"roleDefinitionId": None}, "roleDefinitionId"),
        ({"roleDefinitionId": "x"}, "roleDefinitionId"),
        ({"roleDefinitionId": f"{SECURITY_READER}\n"}, "roleDefinitionId"),
        ({"principalId": "\0"}, "principalId"),
        ({"directoryScopeId": "/subscriptions/x"}, "directoryScopeId"),
        ({"duration": "P1Y"}, "duration"),
        ({"duration": "2 hours"}, "duration"),
        ({"startDateTime": "2030-01-01T00:00:00"}, "startDateTime"),
        ({"startDateTime": "9999-12-31T23:59:59-12:00"}, "startDateTime"),
        ({"justification": 1}, "justification"),
        ({"justification": "\0"}, "justification"),
        ({"justification": "line\n\0"}, "justification"),
        ({"justification": "x" * 4_001}, "justification"),
        ({"ticketNumber": "\0"}, "ticketNumber"),
        ({"ticketNumber": "x" * 4_001}, "ticketNumber"),
        ({"Justification": "x"}, "Justification"),
    ],
)
async def test_what_cannot_be_read_is_named(
    service: Service, change: Mapping[str, object], named: str
) -> None:
    body = {"roleDefinitionId": SECURITY_READER, **change}
    refused = await ask(service, await person(service, EVA), body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidBody")
    assert named in refused.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'"x"', b"[" * 200_000])
async def test_what_is_no_body_is_refused(service: Service, content: bytes) -> None:
    who = await person(service, EVA)
    refused = await service.client.post(PATH, content=content, headers=who)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidBody")


async def test_only_who_shows_a_token_is_answered(service: Service) -> None:
    body = {"roleDefinitionId": SECURITY_READER}
    refused = await ask(service, {}, body)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    steering = await ask(service, service.control_headers, body)
    assert steering.status_code == httpx.codes.UNAUTHORIZED
    got = await service.client.get(PATH, headers=await person(service, EVA))
    assert got.status_code == httpx.codes.METHOD_NOT_ALLOWED
    queried = await service.client.post(
        f"{PATH}?x=1", json=body, headers=await person(service, EVA)
    )
    assert queried.json()["error"]["code"] == "UnknownParameter"
