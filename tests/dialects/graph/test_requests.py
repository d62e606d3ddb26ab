from datetime import timedelta

import httpx
import pytest

from tests.dialects.graph.office import (
    CONTEXTUAL,
    GRACE,
    GUARDED,
    HANA,
    HENRIK,
    INGRID,
    NORA,
    OMAR,
    PLAIN_GROUP,
    READER,
    ROBOT,
    SAMUEL,
    STRONG,
    TEAMS,
    TICKETED,
    Office,
    asked,
)
from timebound.domain.policies import SignIn
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

DIRECTORY = "/v1.0/roleManagement/directory"
ELIGIBILITIES = f"{DIRECTORY}/roleEligibilityScheduleRequests"
ASSIGNMENTS = f"{DIRECTORY}/roleAssignmentScheduleRequests"
FOR_GOOD = {"expiration": {"type": "noExpiration"}}
SHOWN_DAWN = "2031-03-04T08:00:00Z"


def error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def make_eligible(office: Office, who: str = HANA, role_id: str = READER) -> str:
    body = asked("adminAssign", who, role_id, scheduleInfo=FOR_GOOD)
    response = await office.post(GRACE, ELIGIBILITIES, body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


@pytest.mark.documented("create roleEligibilityScheduleRequests, answer")
@pytest.mark.witness("POST roleManagement/directory/roleEligibilityScheduleRequests")
async def test_an_administrator_makes_somebody_eligible(office: Office) -> None:
    response = await office.post(
        GRACE, ELIGIBILITIES, asked("AdminAssign", HANA, scheduleInfo=FOR_GOOD)
    )

    body = response.json()
    assert response.status_code == 201
    assert body["@odata.context"].endswith(
        "/v1.0/$metadata#roleManagement/directory/roleEligibilityScheduleRequests/$entity"
    )
    assert (body["status"], body["action"]) == ("Provisioned", "adminAssign")
    assert body["targetScheduleId"] == body["id"]
    assert body["createdBy"]["user"] == {"displayName": None, "id": GRACE}
    assert body["scheduleInfo"] == {
        "startDateTime": SHOWN_DAWN,
        "recurrence": None,
        "expiration": {"type": "noExpiration", "endDateTime": None, "duration": None},
    }


@pytest.mark.documented("PIM API overview: eligible, activated, deactivated")
@pytest.mark.witness("POST roleManagement/directory/roleAssignmentScheduleRequests")
async def test_a_role_is_activated_and_given_back(office: Office) -> None:
    await make_eligible(office)

    activated = await office.post(HANA, ASSIGNMENTS, asked("selfActivate", HANA))
    office.clock.advance(timedelta(minutes=6))
    own = f"{DIRECTORY}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')"
    held = (await office.get(HANA, own)).json()["value"]
    given_back = await office.post(HANA, ASSIGNMENTS, asked("selfDeactivate", HANA))
    left = (await office.get(HANA, own)).json()["value"]

    assert activated.json()["status"] == "Provisioned"
    assert [(one["assignmentType"], one["endDateTime"]) for one in held] == [
        ("Activated", "2031-03-04T09:00:00Z")
    ]
    assert held[0]["roleAssignmentScheduleId"] == activated.json()["id"]
    assert (given_back.status_code, given_back.json()["status"]) == (201, "Revoked")
    assert left == []


@pytest.mark.documented("PIM API overview: an activation ends by itself")
async def test_an_activation_ends_on_time(office: Office) -> None:
    await make_eligible(office)
    await office.post(HANA, ASSIGNMENTS, asked("selfActivate", HANA))
    instances = f"{DIRECTORY}/roleAssignmentScheduleInstances?$filter=principalId eq '{HANA}'"

    office.clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    before = (await office.get(GRACE, instances)).json()["value"]
    office.clock.advance(timedelta(microseconds=1))
    after = (await office.get(GRACE, instances)).json()["value"]

    assert (len(before), after) == (1, [])


@pytest.mark.documented("beta answers: actions in Pascal case, createdBy")
async def test_beta_answers_in_its_own_words(office: Office) -> None:
    await make_eligible(office)

    path = ASSIGNMENTS.replace("v1.0", "beta")
    response = await office.post(HANA, path, asked("SelfActivate", HANA))

    assert response.json()["action"] == "SelfActivate"
    assert response.json()["createdBy"]["user"]["id"] == HANA


@pytest.mark.documented("app-only calls are judged by permissions alone")
async def test_an_application_administers_alone(office: Office) -> None:
    body = asked("adminAssign", HANA, scheduleInfo=FOR_GOOD)

    response = await office.post(ROBOT, ELIGIBILITIES, body)

    assert response.status_code == 201
    assert response.json()["createdBy"]["user"] is None
    assert response.json()["createdBy"]["application"]["displayName"] == "Robot"


@pytest.mark.documented("isValidationOnly: all rules are checked, nothing is stored")
async def test_a_rehearsal_tells_the_outcome_and_stores_nothing(office: Office) -> None:
    await make_eligible(office)
    body = asked("selfActivate", HANA, isValidationOnly=True)

    rehearsed = await office.post(HANA, ASSIGNMENTS, body)
    listed = await office.get(GRACE, ASSIGNMENTS)

    assert (rehearsed.status_code, rehearsed.json()["isValidationOnly"]) == (201, True)
    assert listed.json()["value"] == []


@pytest.mark.documented("cancel: 204, the request reads Canceled")
@pytest.mark.witness("POST roleManagement/directory/roleAssignmentScheduleRequests/{id}/cancel")
async def test_what_is_planned_can_be_cancelled(office: Office) -> None:
    await make_eligible(office)
    start = {
        "startDateTime": "2031-03-05T08:00:00Z",
        "expiration": {"type": "afterDuration", "duration": "PT1H"},
    }
    planned = await office.post(HANA, ASSIGNMENTS, asked("selfActivate", HANA, scheduleInfo=start))
    request = f"{ASSIGNMENTS}/{planned.json()['id']}"

    cancelled = await office.post(HANA, f"{request}/cancel")
    again = await office.post(HANA, f"{request}/cancel")

    assert planned.json()["status"] == "Granted"
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    assert (await office.get(HANA, request)).json()["status"] == "Canceled"
    assert error_of(again) == (400, "RequestCannotBeCancelled")


@pytest.mark.documented("cancel: an unknown request, one of the other kind")
async def test_only_a_request_of_the_kind_can_be_cancelled(office: Office) -> None:
    eligibility = await make_eligible(office)

    for id_ in (eligibility, "00000000-0000-0000-0000-0000000000ff", "x"):
        response = await office.post(GRACE, f"{ASSIGNMENTS}/{id_}/cancel")
        assert error_of(response) == (404, "RoleAssignmentRequestNotFound")


@pytest.mark.documented("filterByCurrentUser(on='approver') finds what waits for the caller")
@pytest.mark.witness(
    "GET roleManagement/directory/roleAssignmentScheduleRequests/filterByCurrentUser"
)
async def test_an_approver_finds_what_waits(office: Office) -> None:
    await make_eligible(office, role_id=GUARDED)
    waiting = await office.post(HANA, ASSIGNMENTS, asked("selfActivate", HANA, GUARDED))
    work = f"{ASSIGNMENTS}/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'"

    found = (await office.get(INGRID, work)).json()["value"]

    assert (waiting.json()["status"], waiting.json()["approvalId"]) == (
        "PendingApproval",
        waiting.json()["id"],
    )
    assert [one["id"] for one in found] == [waiting.json()["id"]]
    assert found[0]["scheduleInfo"]["startDateTime"] is None
    assert (await office.get(NORA, work)).json()["value"] == []


REFUSED = {
    "not eligible": ("selfActivate", HANA, {}, ["EligibilityRule"]),
    "no justification": ("selfActivate", NORA, {"justification": " "}, ["JustificationRule"]),
    "too long": (
        "selfActivate",
        NORA,
        {"scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT23H"}}},
        ["ExpirationRule"],
    ),
    "for good": ("selfActivate", NORA, {"scheduleInfo": FOR_GOOD}, ["ExpirationRule"]),
    "two at once": (
        "selfActivate",
        NORA,
        {"justification": ..., "scheduleInfo": FOR_GOOD},
        ["ExpirationRule", "JustificationRule"],
    ),
}


@pytest.mark.documented("behaviour book 2: failed rules are told together")
@pytest.mark.parametrize("name", REFUSED)
async def test_failed_rules_are_named(office: Office, name: str) -> None:
    action, who, changes, rules = REFUSED[name]
    await make_eligible(office, NORA)

    response = await office.post(who, ASSIGNMENTS, asked(action, who, **changes))  # type: ignore[arg-type]  # a table of changes

    listed = ",".join(f'"{rule}"' for rule in rules)
    assert error_of(response) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert response.json()["error"]["message"] == (f"The following policy rules failed: [{listed}]")
    mine = await office.get(who, f"{ASSIGNMENTS}/filterByCurrentUser(on='principal')")
    assert mine.json()["value"] == []


@pytest.mark.documented("enabledRules: Ticketing")
async def test_a_ticket_is_asked_for_where_the_policy_says_so(office: Office) -> None:
    await make_eligible(office, role_id=TICKETED)

    without = await office.post(
        HANA, ASSIGNMENTS, asked("selfActivate", HANA, TICKETED, ticketInfo={})
    )
    ticket = {"ticketNumber": "T-7", "ticketSystem": "Desk"}
    with_ticket = await office.post(
        HANA, ASSIGNMENTS, asked("selfActivate", HANA, TICKETED, ticketInfo=ticket)
    )

    assert '["TicketingRule"]' in without.json()["error"]["message"]
    assert with_ticket.json()["ticketInfo"] == ticket


@pytest.mark.documented("enabledRules: MultiFactorAuthentication")
async def test_a_second_factor_is_asked_for_in_the_token(office: Office) -> None:
    await make_eligible(office, role_id=STRONG)
    body = asked("selfActivate", HANA, STRONG)

    weak = await office.post(HANA, ASSIGNMENTS, body)
    strong = await office.post(
        office.sign_in(HANA, sign_in=SignIn(has_mfa=True)), ASSIGNMENTS, body
    )

    assert '["MfaRule"]' in weak.json()["error"]["message"]
    assert strong.status_code == 201


@pytest.mark.observed("azure-powershell#25421: the claims challenge of an authentication context")
async def test_an_authentication_context_is_asked_for_with_a_challenge(office: Office) -> None:
    await make_eligible(office, role_id=CONTEXTUAL)
    body = asked("selfActivate", HANA, CONTEXTUAL)
    stepped_up = SignIn(has_mfa=True, contexts=frozenset({"c1"}), has_claims_capability=True)

    refused = await office.post(HANA, ASSIGNMENTS, body)
    allowed = await office.post(office.sign_in(HANA, sign_in=stepped_up), ASSIGNMENTS, body)

    assert error_of(refused) == (400, "RoleAssignmentRequestAcrsValidationFailed")
    assert refused.json()["error"]["message"].startswith("&claims=%7B%22access_token%22")
    assert allowed.status_code == 201


@pytest.mark.documented("behaviour book 1.2 to 1.4: what exists, what waits, what is missing")
async def test_what_is_there_already_is_refused(office: Office) -> None:
    await make_eligible(office)
    await make_eligible(office, NORA, GUARDED)
    await office.post(HANA, ASSIGNMENTS, asked("selfActivate", HANA))
    await office.post(NORA, ASSIGNMENTS, asked("selfActivate", NORA, GUARDED))

    twice = await office.post(
        GRACE, ELIGIBILITIES, asked("adminAssign", HANA, scheduleInfo=FOR_GOOD)
    )
    again = await office.post(HANA, ASSIGNMENTS, asked("selfActivate", HANA))
    waiting = await office.post(NORA, ASSIGNMENTS, asked("selfActivate", NORA, GUARDED))
    early = await office.post(HANA, ASSIGNMENTS, asked("selfDeactivate", HANA))
    missing = await office.post(GRACE, ASSIGNMENTS, asked("adminRemove", NORA))

    assert error_of(twice) == (400, "RoleAssignmentExists")
    assert error_of(again) == (400, "RoleAssignmentExists")
    assert error_of(waiting) == (400, "PendingRoleAssignmentRequest")
    assert error_of(early) == (400, "ActiveDurationTooShort")
    assert error_of(missing) == (400, "RoleAssignmentDoesNotExist")


UNKNOWN = "00000000-0000-0000-0000-0000000000ff"
SUBJECTS = {
    "a principal": (asked("adminAssign", UNKNOWN), 404, "SubjectNotFound"),
    "a role": (asked("adminAssign", HANA, UNKNOWN), 404, "RoleNotFound"),
    "a unit": (
        asked("adminAssign", HANA, TEAMS, directoryScopeId=f"/administrativeUnits/{UNKNOWN}"),
        404,
        "Request_ResourceNotFound",
    ),
    "a group that holds no roles": (
        asked("adminAssign", PLAIN_GROUP),
        400,
        "InvalidRoleAssignmentRequest",
    ),
    "a role that is held nowhere else": (
        asked("adminAssign", HANA, READER, directoryScopeId=f"/{ROBOT}"),
        400,
        "Request_BadRequest",
    ),
}


@pytest.mark.documented("behaviour book 2: ERR-030, 031, 039, 056")
@pytest.mark.parametrize("name", SUBJECTS)
async def test_what_a_request_is_about_must_be_there_and_fit(office: Office, name: str) -> None:
    body, status, code = SUBJECTS[name]

    response = await office.post(GRACE, ASSIGNMENTS, {**body, "scheduleInfo": FOR_GOOD})

    assert error_of(response) == (status, code)


@pytest.mark.documented("PIM API overview: eligibilities are activated through assignments")
@pytest.mark.parametrize("action", ["selfActivate", "selfDeactivate"])
async def test_an_activation_is_no_request_about_an_eligibility(
    office: Office, action: str
) -> None:
    await make_eligible(office)

    response = await office.post(HANA, ELIGIBILITIES, asked(action, HANA))

    assert error_of(response) == (400, "InvalidRoleAssignmentRequest")
    assert "'action'" in response.json()["error"]["message"]


@pytest.mark.documented("permissions: RoleAssignmentSchedule.ReadWrite.Directory; PRA or GA")
async def test_nobody_administers_without_permission_and_role(office: Office) -> None:
    body = asked("adminAssign", NORA, scheduleInfo=FOR_GOOD)
    reads_only = office.sign_in(GRACE, frozenset({"Directory.Read.All"}))

    without_role = await office.post(SAMUEL, ASSIGNMENTS, body)
    without_permission = await office.post(reads_only, ASSIGNMENTS, body)
    for_another = await office.post(HANA, ASSIGNMENTS, asked("selfActivate", NORA))

    assert error_of(without_role) == (403, "Authorization_RequestDenied")
    assert error_of(without_permission) == (403, "PermissionScopeNotGranted")
    assert (
        "RoleAssignmentSchedule.ReadWrite.Directory"
        in (without_permission.json()["error"]["message"])
    )
    assert error_of(for_another) == (403, "Authorization_RequestDenied")


@pytest.mark.documented("behaviour book 1.8: members of an eligible group activate for themselves")
async def test_a_member_activates_what_the_group_is_eligible_for(office: Office) -> None:
    strong = office.sign_in(OMAR, sign_in=SignIn(has_mfa=True))

    response = await office.post(strong, ASSIGNMENTS, asked("selfActivate", OMAR, TEAMS))

    assert (response.status_code, response.json()["principalId"]) == (201, OMAR)


@pytest.mark.documented("PIM how-to: the last administrator cannot be removed")
async def test_the_last_administrator_stays(office: Office) -> None:
    def removal(who: str) -> dict[str, object]:
        return asked("adminRemove", who, GLOBAL_ADMINISTRATOR, scheduleInfo=...)

    first = await office.post(GRACE, ASSIGNMENTS, removal(HENRIK))
    last = await office.post(GRACE, ASSIGNMENTS, removal(GRACE))

    assert (first.status_code, first.json()["scheduleInfo"]) == (201, None)
    assert error_of(last) == (400, "CannotDeleteLastAdminAssignment")
