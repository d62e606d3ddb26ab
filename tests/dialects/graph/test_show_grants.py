from dataclasses import replace

import pytest

from tests.dialects.graph.samples import (
    HELD_ID,
    LATER,
    MIRA,
    REQUEST,
    ROLE,
    SHOWN_AT,
    SHOWN_LATER,
    V1,
    row,
)
from timebound.application.views import GrantRow, MemberType
from timebound.dialects.graph.convert.grants import (
    keep_answered,
    show_assignment_instance,
    show_assignment_schedule,
    show_eligibility_instance,
    show_eligibility_schedule,
    show_role_assignment,
)
from timebound.domain.grants import GrantKind
from timebound.domain.ids import PrincipalId

SLOT = {
    "principalId": MIRA,
    "roleDefinitionId": ROLE,
    "directoryScopeId": "/",
    "appScopeId": None,
}
NEVER_ENDING = {
    "startDateTime": SHOWN_AT,
    "recurrence": None,
    "expiration": {"type": "noExpiration", "endDateTime": None, "duration": None},
}


@pytest.mark.documented("list roleEligibilitySchedules, answer")
def test_an_eligibility_schedule_has_the_id_of_its_request() -> None:
    assert show_eligibility_schedule(row(GrantKind.ELIGIBLE), V1) == {
        "id": REQUEST,
        **SLOT,
        "createdUsing": REQUEST,
        "createdDateTime": SHOWN_AT,
        "modifiedDateTime": "0001-01-01T08:00:00Z",
        "status": "Provisioned",
        "memberType": "Direct",
        "scheduleInfo": NEVER_ENDING,
    }


@pytest.mark.documented("list roleAssignmentSchedules, answer")
def test_an_assignment_schedule_tells_how_it_is_held() -> None:
    shown = show_assignment_schedule(row(GrantKind.ACTIVATED, end=LATER), V1)

    assert (shown["assignmentType"], shown["modifiedDateTime"]) == ("Activated", None)
    assert shown["scheduleInfo"] == {
        "startDateTime": SHOWN_AT,
        "recurrence": None,
        "expiration": {"type": "afterDateTime", "endDateTime": SHOWN_LATER, "duration": None},
    }


@pytest.mark.documented("list roleAssignmentSchedules, answer: assigned past PIM")
def test_a_schedule_past_pim_has_the_computed_id_and_no_origin() -> None:
    shown = show_assignment_schedule(row(request_id=None), V1)

    assert shown["id"] == HELD_ID
    assert (shown["createdUsing"], shown["createdDateTime"]) == (None, None)


@pytest.mark.documented("behaviour book 1.1: a schedule may lie in the future")
def test_what_lies_ahead_is_granted() -> None:
    assert show_eligibility_schedule(row(GrantKind.ELIGIBLE, start=LATER), V1)["status"] == (
        "Granted"
    )


@pytest.mark.documented("list roleEligibilityScheduleInstances, answer")
def test_an_eligibility_instance_has_the_computed_id() -> None:
    assert show_eligibility_instance(row(GrantKind.ELIGIBLE, end=LATER), V1) == {
        "id": f"{HELD_ID}-e",
        **SLOT,
        "startDateTime": SHOWN_AT,
        "endDateTime": SHOWN_LATER,
        "memberType": "Direct",
        "roleEligibilityScheduleId": REQUEST,
    }


@pytest.mark.documented("list roleAssignmentScheduleInstances, answer")
def test_an_assignment_instance_names_origin_and_schedule() -> None:
    assert show_assignment_instance(row(GrantKind.ACTIVATED, end=LATER), V1) == {
        "id": HELD_ID,
        **SLOT,
        "startDateTime": SHOWN_AT,
        "endDateTime": SHOWN_LATER,
        "assignmentType": "Activated",
        "memberType": "Direct",
        "roleAssignmentOriginId": HELD_ID,
        "roleAssignmentScheduleId": REQUEST,
    }


@pytest.mark.documented("list roleAssignmentScheduleInstances, answer: assigned past PIM")
def test_an_instance_past_pim_shows_neither_start_nor_end() -> None:
    shown = show_assignment_instance(row(request_id=None), V1)

    assert (shown["startDateTime"], shown["endDateTime"]) == (None, None)
    assert shown["roleAssignmentScheduleId"] == HELD_ID


@pytest.mark.documented("list roleAssignments, answer")
def test_a_role_assignment_is_the_same_under_its_older_name() -> None:
    shown = show_role_assignment(row(), V1)
    assert (shown["appScopeId"], shown["condition"]) == (None, None)
    assert keep_answered(row(), shown) == {
        "id": HELD_ID,
        "principalId": MIRA,
        "resourceScope": "/",
        "directoryScopeId": "/",
        "roleDefinitionId": ROLE,
    }


@pytest.mark.documented("beta instances, filterByCurrentUser: the id embeds the group")
def test_a_member_sees_the_group_in_the_id_alone() -> None:
    member = PrincipalId("92f37639-ba1e-471c-b9ba-922371c740cb")
    through_group = GrantRow(row(GrantKind.ELIGIBLE).grant, member, MemberType.GROUP)

    shown = show_eligibility_instance(through_group, V1)

    assert (shown["principalId"], shown["memberType"]) == (member, "Group")
    assert shown["id"] == f"{HELD_ID}-e"


@pytest.mark.inferred("one life: a schedule that was cut short tells when it really ends")
def test_an_end_that_was_brought_forward_is_shown() -> None:
    cut = replace(row(GrantKind.ACTIVATED).grant, ended_at=LATER)

    shown = show_assignment_instance(GrantRow(cut, MIRA, MemberType.DIRECT), V1)

    assert shown["endDateTime"] == SHOWN_LATER
