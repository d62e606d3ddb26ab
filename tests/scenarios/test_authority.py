"""Who may do what through Graph: permissions of the token, and roles that are held now."""

import json

import pytest
import structlog

from tests.domain.decision_rows import ROWS
from tests.scenarios.calls import (
    DIRECTORY,
    ELIGIBLE,
    INSTANCES,
    OWN,
    REQUESTS,
    body,
    code_of,
    make_eligible,
    rows_of,
)
from tests.scenarios.company import Company, found_company
from tests.support.events import read_events
from timebound.application.ports import Store
from timebound.domain.events import EventKind

SETS = [
    f"role{kind}Schedule{what}"
    for kind in ("Assignment", "Eligibility")
    for what in ("s", "Instances", "Requests")
]


@ROWS["AUT-001"].mark
async def test_aut_001_an_application_needs_no_role(company: Company) -> None:
    sent = body(company, "adminAssign", "eve", "Reports Reader", scheduleInfo=None)
    response = await company.call("Robot", "POST", ELIGIBLE, json=sent)
    assert (response.status_code, response.json()["status"]) == (201, "Provisioned")
    author = response.json()["createdBy"]
    assert (author["user"], author["application"]["id"]) == (None, company.app_id("Robot"))


@ROWS["AUT-002"].mark
async def test_aut_002_a_role_on_an_application_gives_it_nothing(company: Company) -> None:
    for name in SETS:
        response = await company.call("Gauge", "GET", f"{DIRECTORY}/{name}")
        assert code_of(response) == (403, "PermissionScopeNotGranted")


@ROWS["AUT-003"].mark
@pytest.mark.parametrize("path", [REQUESTS, ELIGIBLE])
async def test_aut_003_a_reader_of_roles_gives_none(company: Company, path: str) -> None:
    sent = body(company, "adminAssign", "eve", "Reports Reader")
    response = await company.call("rex", "POST", path, json=sent)
    assert code_of(response) == (403, "Authorization_RequestDenied")
    message = response.json()["error"]["message"]
    assert message == "Insufficient privileges to complete the operation."


@ROWS["AUT-004"].mark
@pytest.mark.parametrize(
    "role",
    ["Global Reader", "Security Operator", "Security Reader", "Security Administrator"],
)
async def test_aut_004_readers_read_everything(store: Store, label: str, role: str) -> None:
    held = {"principal": "eve@company.example", "role": role}
    company = await found_company(store, label, {"assignments": [held]})
    async with company.client:
        for name in SETS:
            response = await company.call("eve", "GET", f"{DIRECTORY}/{name}")
            assert response.status_code == 200, name


@ROWS["AUT-005"].mark
async def test_aut_005_who_holds_nothing_reads_not_everything(company: Company) -> None:
    for name in SETS:
        response = await company.call("eve", "GET", f"{DIRECTORY}/{name}")
        assert code_of(response) == (403, "Authorization_RequestDenied"), name


@ROWS["AUT-006"].mark
async def test_aut_006_everybody_reads_their_own(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    for name in SETS:
        rows = await rows_of(company, "eve", f"{DIRECTORY}/{name}/{OWN}")
        assert len(rows) == (1 if name.startswith("roleEligibility") else 0), name
        assert {row["principalId"] for row in rows} <= {company.find("eve")}


@ROWS["AUT-007"].mark
async def test_aut_007_the_missing_permission_is_named(company: Company) -> None:
    token = await company.sign_in("pia", client="Window")
    headers = {"authorization": f"Bearer {token}"}
    response = await company.client.get(INSTANCES, headers=headers)
    assert code_of(response) == (403, "PermissionScopeNotGranted")
    message = response.json()["error"]["message"]
    assert message.startswith("Authorization failed due to missing permission scope ")
    assert "RoleAssignmentSchedule.Read.Directory" in message
    sent = body(company, "adminAssign", "eve", "Reports Reader")
    response = await company.client.post(ELIGIBLE, headers=headers, json=sent)
    assert code_of(response) == (403, "PermissionScopeNotGranted")
    eligible = f"{DIRECTORY}/roleEligibilitySchedules"
    assert (await company.client.get(eligible, headers=headers)).status_code == 200


@pytest.mark.observed("ERR-081: the same, wrapped; a setting of the tenant")
async def test_a_missing_permission_is_told_wrapped_where_the_tenant_wants_it(
    store: Store, label: str
) -> None:
    company = await found_company(store, label, {"settings": {"scope_error_style": "wrapped"}})
    async with company.client:
        response = await company.call("Gauge", "GET", INSTANCES)
    assert code_of(response) == (403, "UnknownError")
    wrapped = json.loads(response.json()["error"]["message"])
    assert wrapped["errorCode"] == "PermissionScopeNotGranted"


@ROWS["AUT-016"].mark
async def test_aut_016_the_author_finds_what_they_asked_for_others(company: Company) -> None:
    made = await make_eligible(company, "eve", "Reports Reader")
    created = f"{ELIGIBLE}/filterByCurrentUser(on='createdBy')"
    assert [row["id"] for row in await rows_of(company, "pia", created)] == [made["id"]]
    assert await rows_of(company, "eve", created) == []


@pytest.mark.inferred("`wids` in a token is never believed: roles are what is held now")
async def test_a_role_taken_away_counts_no_more_although_the_token_lives(
    company: Company,
) -> None:
    await company.sign_in("pia")
    sent = body(company, "adminRemove", "pia", "Privileged Role Administrator")
    assert (await company.call("gail", "POST", REQUESTS, json=sent)).status_code == 201

    sent = body(company, "adminAssign", "eve", "Reports Reader")
    response = await company.call("pia", "POST", ELIGIBLE, json=sent)
    assert code_of(response) == (403, "Authorization_RequestDenied")


@pytest.mark.inferred("filterByCurrentUser and /me ask about a person, which no application is")
@pytest.mark.parametrize("path", [f"{INSTANCES}/{OWN}", "/v1.0/me"])
async def test_an_application_has_nothing_of_its_own(company: Company, path: str) -> None:
    response = await company.call("Robot", "GET", path)
    assert response.status_code in (400, 403)


@pytest.mark.inferred("issue 4: who tried to change something is in the history, who read is not")
@pytest.mark.parametrize(
    ("who", "method", "reason"),
    [
        ("eve", "GET", "accessDenied"),
        ("Gauge", "GET", "permissionMissing"),
        ("eve", "POST", "accessDenied"),
        ("Gauge", "POST", "permissionMissing"),
    ],
)
async def test_a_refused_read_is_logged_and_a_refused_change_is_recorded_as_well(
    store: Store, database_url: str, label: str, who: str, method: str, reason: str
) -> None:
    company = await found_company(store, label, {"settings": {"scope_error_style": "wrapped"}})
    sent = body(company, "adminAssign", "finn", "Reports Reader") if method == "POST" else None
    async with company.client:
        with structlog.testing.capture_logs() as logs:
            response = await company.call(who, method, REQUESTS, json=sent)
    assert response.status_code == 403
    line = next(one for one in logs if one["request_id"] == response.headers["request-id"])
    assert (line["refusal"], line["caller"]) == (reason, company.find(who))
    told = await read_events(database_url, company.ids.tenant_id)
    refused = [one for one in told if one.kind is EventKind.REQUEST_REFUSED]
    assert len(refused) == (1 if method == "POST" else 0)


@pytest.mark.inferred("a part of a batch is a call like any other")
async def test_a_refused_read_within_a_batch_is_logged_as_well(company: Company) -> None:
    asked = {"id": "1", "method": "GET", "url": REQUESTS.removeprefix("/v1.0")}
    with structlog.testing.capture_logs() as logs:
        response = await company.call("eve", "POST", "/v1.0/$batch", json={"requests": [asked]})
    (answer,) = response.json()["responses"]
    assert answer["status"] == 403
    inner = answer["body"]["error"]["innerError"]
    line = next(one for one in logs if one["request_id"] == inner["request-id"])
    assert (line["refusal"], line["caller"]) == ("accessDenied", company.find("eve"))
