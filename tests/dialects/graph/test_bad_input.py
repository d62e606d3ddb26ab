import json
from typing import cast
from urllib.parse import quote

import pytest
import structlog

from tests.dialects.graph.office import GRACE, HANA, READER, Office, asked, open_office
from timebound.application.ports import Store
from timebound.domain.authority import Caller, Token
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant

DIRECTORY = "/v1.0/roleManagement/directory"
ASSIGNMENTS = f"{DIRECTORY}/roleAssignmentScheduleRequests"


@pytest.mark.documented("Graph error responses: 401 InvalidAuthenticationToken")
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer nobody"}])
@pytest.mark.parametrize("path", [ASSIGNMENTS, "/v1.0/nothing/there", "/beta/me"])
async def test_nothing_is_told_without_a_token(
    office: Office, headers: dict[str, str], path: str
) -> None:
    response = await office.client.get(path, headers=headers)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert "authorization_uri=" in response.headers["www-authenticate"]


QUERIES = {
    "an unknown property": ("$filter=colour eq 'red'", "colour"),
    "a value of another type": ("$filter=createdDateTime ge 'soon'", "createdDateTime"),
    "an unknown navigation": ("$expand=colour", "colour"),
    "an unknown selection": ("$select=colour", "colour"),
    "an unknown order": ("$orderby=colour", "colour"),
    "an order that is not kept": ("$orderby=status", "status"),
    "half a filter": ("$filter=status eq", "$filter"),
    "an unknown option": ("$colour=red", "$colour"),
    "a page of no rows": ("$top=0", "$top"),
    "a page that is no number": ("$top=many", "$top"),
    "rows skipped": ("$skip=5", "$skip"),
    "a token made up": ("$skiptoken=AAAA", "page token"),
    "too long": (f"$filter=justification eq '{'x' * 9_000}'", "$filter"),
    "nested too deep": (f"$filter={'(' * 50}status eq 'x'{')' * 50}", "$filter"),
    "NUL": ("$filter=justification eq '%00'", "$filter"),
}


@pytest.mark.inferred("bad input is answered with what is wrong")
@pytest.mark.parametrize("name", QUERIES)
async def test_a_bad_query_is_refused_with_what_is_wrong(office: Office, name: str) -> None:
    query, named = QUERIES[name]

    response = await office.get(GRACE, f"{ASSIGNMENTS}?{quote(query, safe='$=&%()')}")

    assert response.status_code == 400
    assert named in response.json()["error"]["message"]


@pytest.mark.documented("filterByCurrentUser(on=...): principal, createdBy, approver")
@pytest.mark.parametrize("call", ["filterByCurrentUser(on='me')", "filterByCurrentUser()"])
async def test_an_unknown_relation_is_refused(office: Office, call: str) -> None:
    response = await office.get(GRACE, f"{ASSIGNMENTS}/{call}")

    assert response.status_code == 400
    assert "'approver', 'createdBy', 'principal'" in response.json()["error"]["message"]


BODIES = {
    "empty": b"",
    "no JSON": b"action=selfActivate",
    "a list": b"[]",
    "nested without end": b'{"scheduleInfo":' * 10_000,
    "a wrong type": json.dumps(asked("selfActivate", HANA, principalId=7)).encode(),
    "an unknown action": json.dumps(asked("selfDestroy", HANA)).encode(),
    "a bad date": json.dumps(
        asked("selfActivate", HANA, scheduleInfo={"startDateTime": "2031-13-01T00:00:00Z"})
    ).encode(),
    "a bad duration": json.dumps(
        asked(
            "selfActivate",
            HANA,
            scheduleInfo={"expiration": {"type": "afterDuration", "duration": "P1M"}},
        )
    ).encode(),
}


@pytest.mark.documented("behaviour book 2: ERR-050, ERR-059, ERR-063")
@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body_is_refused_and_nothing_is_stored(office: Office, name: str) -> None:
    headers = {
        "authorization": f"Bearer {office.sign_in(HANA)}",
        "content-type": "application/json",
    }

    response = await office.client.post(ASSIGNMENTS, content=BODIES[name], headers=headers)

    assert response.status_code == 400
    assert (await office.get(GRACE, ASSIGNMENTS)).json()["value"] == []


@pytest.mark.inferred("a body larger than any request is not read")
async def test_a_huge_body_is_refused(office: Office) -> None:
    body = asked("selfActivate", HANA, customData="x" * 300_000)

    response = await office.post(HANA, ASSIGNMENTS, body)

    assert response.status_code == 413


@pytest.mark.inferred("a body that is said to be something else is not guessed at")
async def test_a_body_of_another_kind_is_refused(office: Office) -> None:
    headers = {"authorization": f"Bearer {office.sign_in(HANA)}", "content-type": "text/plain"}
    body = json.dumps(asked("selfActivate", HANA))

    response = await office.client.post(ASSIGNMENTS, content=body, headers=headers)

    assert response.status_code == 415


@pytest.mark.inferred("ids of another tenant are ids of nothing")
async def test_a_token_of_another_tenant_sees_nothing_of_this_one(office: Office) -> None:
    key = office.sign_in(GRACE)
    token = office.tokens.known[key]
    elsewhere = "22222222-9999-4000-8000-000000000001"
    office.tokens.known[key] = Token(
        TenantId(elsewhere), token.principal_id, token.application_id, token.permissions
    )

    for path in (ASSIGNMENTS, f"{DIRECTORY}/roleDefinitions/{READER}", "/v1.0/me"):
        response = await office.get(key, path)
        assert response.status_code == 401, path


@pytest.mark.observed("clients ask for odata.metadata=none and read no context")
async def test_metadata_is_left_out_on_request(office: Office) -> None:
    accept = "application/json;odata.metadata=none"

    response = await office.get(GRACE, f"{DIRECTORY}/roleDefinitions?$top=1", accept=accept)

    assert "odata.metadata=none" in response.headers["content-type"]
    assert sorted(response.json()) == ["@odata.nextLink", "value"]


class BrokenStore:
    """A store that fails."""

    async def load_caller(self, token: Token, at: Instant) -> Caller:
        """Fails."""
        del token, at
        raise RuntimeError("the disk is on fire")


async def test_a_fault_of_ours_is_logged_and_told_without_its_reason() -> None:
    broken = open_office(cast("Store", BrokenStore()))
    with structlog.testing.capture_logs() as logs:
        response = await broken.get(GRACE, f"{DIRECTORY}/roleDefinitions")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (500, "generalException")
    assert "fire" not in response.text
    (line,) = logs
    assert (line["event"], line["exc_info"]) == ("fault", True)
    assert line["request_id"] == error["innerError"]["request-id"]
