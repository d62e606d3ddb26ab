from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dialects.graph.samples import (
    AT,
    BETA,
    BOSS,
    LATER,
    MIRA,
    REQUEST,
    ROBOT,
    ROLE,
    SHOWN_AT,
    SHOWN_FIVE_HOURS,
    SHOWN_LATER,
    V1,
    request,
)
from timebound.dialects.graph.convert.requests import show_request
from timebound.domain.approvals import Approval
from timebound.domain.requests import Action, Author, Status
from timebound.domain.settings import PendingStatus
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest, answers of create and get, v1.0")
def test_an_assignment_provisioned_at_once_shows_all_published_members() -> None:
    assert show_request(request(), V1) == {
        "id": REQUEST,
        "status": "Provisioned",
        "createdDateTime": SHOWN_AT,
        "completedDateTime": SHOWN_AT,
        "approvalId": None,
        "customData": None,
        "action": "adminAssign",
        "principalId": MIRA,
        "roleDefinitionId": ROLE,
        "directoryScopeId": "/",
        "appScopeId": None,
        "isValidationOnly": False,
        "targetScheduleId": REQUEST,
        "justification": "why",
        "createdBy": {
            "application": None,
            "device": None,
            "user": {"displayName": None, "id": BOSS},
        },
        "scheduleInfo": {
            "startDateTime": SHOWN_AT,
            "recurrence": None,
            "expiration": SHOWN_FIVE_HOURS,
        },
        "ticketInfo": {"ticketNumber": None, "ticketSystem": None},
    }


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest, answers of beta")
def test_beta_shows_actions_in_pascal_case() -> None:
    assert show_request(request(Action.SELF_ACTIVATE), BETA)["action"] == "SelfActivate"


@pytest.mark.documented("unifiedRoleEligibilityScheduleRequest, answer of adminRemove")
def test_a_removal_names_no_schedule() -> None:
    removal = request(Action.ADMIN_REMOVE, Status.REVOKED, None, completed_at=None, starts_at=None)

    shown = show_request(removal, V1)

    assert shown["status"] == "Revoked"
    assert (shown["completedDateTime"], shown["targetScheduleId"]) == (None, None)
    assert shown["scheduleInfo"] is None


@pytest.mark.documented("beta post-roleeligibilityschedulerequests, example 2")
def test_a_superfluous_schedule_of_a_removal_comes_back_as_sent() -> None:
    sent = AskedSchedule(LATER, Expiration(ExpirationType.AFTER_DATE_TIME, end=LATER))
    removal = request(Action.ADMIN_REMOVE, Status.REVOKED, sent, starts_at=None)

    assert show_request(removal, V1)["scheduleInfo"] == {
        "startDateTime": SHOWN_LATER,
        "recurrence": None,
        "expiration": {"type": "afterDateTime", "endDateTime": SHOWN_LATER, "duration": None},
    }


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest, answer of a later start")
def test_what_starts_later_is_granted_until_then() -> None:
    ahead = request(status=Status.GRANTED, starts_at=LATER, completed_at=LATER)

    shown = show_request(ahead, V1)

    assert (shown["status"], shown["completedDateTime"]) == ("Granted", SHOWN_LATER)
    assert shown["scheduleInfo"] == {
        "startDateTime": SHOWN_LATER,
        "recurrence": None,
        "expiration": SHOWN_FIVE_HOURS,
    }
    assert show_request(ahead, replace(V1, at=LATER))["status"] == "Provisioned"


PENDING = request(
    Action.SELF_ACTIVATE, Status.PENDING_APPROVAL, approval=Approval(), starts_at=None
)


@pytest.mark.documented("filterByCurrentUser(on='approver'), answer")
def test_a_request_that_waits_names_its_approval_and_no_start() -> None:
    shown = show_request(PENDING, V1)

    assert (shown["status"], shown["approvalId"]) == ("PendingApproval", REQUEST)
    assert (shown["targetScheduleId"], shown["completedDateTime"]) == (REQUEST, SHOWN_AT)
    assert shown["scheduleInfo"] == {
        "startDateTime": None,
        "recurrence": None,
        "expiration": SHOWN_FIVE_HOURS,
    }


@pytest.mark.observed("answer to a request that needs approval: PendingApprovalProvisioning")
def test_a_tenant_may_call_waiting_by_its_longer_name() -> None:
    words = replace(V1, pending_status=PendingStatus.PENDING_APPROVAL_PROVISIONING)

    assert show_request(PENDING, words)["status"] == "PendingApprovalProvisioning"


@pytest.mark.documented("behaviour book 3: an approval lapses after 24 hours")
def test_nobody_decided_in_time() -> None:
    shown = show_request(PENDING, replace(V1, at=AT + timedelta(hours=24)))

    assert shown["status"] == "TimedOut"


@pytest.mark.documented("identitySet: application, device, user")
def test_an_application_is_told_by_its_name() -> None:
    asked = request(author=Author(None, ROBOT, "Night shift"))

    assert show_request(asked, V1)["createdBy"] == {
        "application": {"displayName": "Night shift", "id": ROBOT},
        "device": None,
        "user": None,
    }


@pytest.mark.documented("requestSchedule: noExpiration")
def test_what_never_ends_says_so() -> None:
    endless = AskedSchedule(AT, Expiration(ExpirationType.NO_EXPIRATION))

    assert show_request(request(schedule=endless), V1)["scheduleInfo"] == {
        "startDateTime": SHOWN_AT,
        "recurrence": None,
        "expiration": {"type": "noExpiration", "endDateTime": None, "duration": None},
    }
