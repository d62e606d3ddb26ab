"""The whole life of a privileged role, lived by the Python SDK of Microsoft Graph over HTTPS."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kiota_abstractions.api_error import APIError
from msgraph.generated.models.expiration_pattern import ExpirationPattern
from msgraph.generated.models.expiration_pattern_type import ExpirationPatternType
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.request_schedule import RequestSchedule
from msgraph.generated.models.ticket_info import TicketInfo
from msgraph.generated.models.unified_role_assignment_schedule_request import (
    UnifiedRoleAssignmentScheduleRequest,
)
from msgraph.generated.models.unified_role_definition import UnifiedRoleDefinition
from msgraph.generated.models.unified_role_eligibility_schedule_request import (
    UnifiedRoleEligibilityScheduleRequest,
)
from msgraph.generated.models.unified_role_schedule_request_actions import (
    UnifiedRoleScheduleRequestActions as Actions,
)
from msgraph_core import PageIterator  # type: ignore[import-untyped]  # it ships no types

from tests.clients.desk import Desk, ask

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    # The SDK warns about itself while its own builders are loaded.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
SECURITY_ADMINISTRATOR = "194ae4cb-b126-40b2-bd5b-6091b380977d"


def for_hours(hours: int, start: datetime | None = None) -> RequestSchedule:
    expiration = ExpirationPattern(type=ExpirationPatternType.AfterDuration)
    # A timedelta would go out as "1:00:00" (msgraph-sdk-python#1262), a text goes out as it is.
    expiration.duration = f"PT{hours}H"
    return RequestSchedule(start_date_time=start, expiration=expiration)


def eligibility(desk: Desk, name: str, **changes: object) -> UnifiedRoleEligibilityScheduleRequest:
    fields: dict[str, Any] = {
        "action": Actions.AdminAssign,
        "principal_id": desk.person(name)["id"],
        "role_definition_id": READER,
        "directory_scope_id": "/",
        "justification": "on call",
        "schedule_info": RequestSchedule(
            expiration=ExpirationPattern(type=ExpirationPatternType.NoExpiration)
        ),
    }
    return UnifiedRoleEligibilityScheduleRequest(**{**fields, **changes})


def activation(desk: Desk, name: str, **changes: object) -> UnifiedRoleAssignmentScheduleRequest:
    fields: dict[str, Any] = {
        "action": Actions.SelfActivate,
        "principal_id": desk.person(name)["id"],
        "role_definition_id": READER,
        "directory_scope_id": "/",
        "justification": "incident 42",
        "schedule_info": for_hours(1),
    }
    return UnifiedRoleAssignmentScheduleRequest(**{**fields, **changes})


async def refusal_of(call: Awaitable[object]) -> tuple[int | None, str | None, str]:
    with pytest.raises(APIError) as caught:
        await call
    error = caught.value
    assert isinstance(error, ODataError)
    assert error.error is not None
    return error.response_status_code, error.error.code, error.error.message or ""


@pytest.mark.documented("PIM API overview: eligible, activated, deactivated")
async def test_a_role_is_made_eligible_activated_and_given_back(desk: Desk) -> None:
    admin = desk.as_application().role_management.directory
    nora = desk.as_person("nora").role_management.directory

    made = await admin.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))
    mine = nora.role_eligibility_schedule_instances.filter_by_current_user_with_on("principal")
    eligible = await mine.get(ask(mine, expand=["roleDefinition($select=displayName)"]))
    ticket = TicketInfo(ticket_number="T-7", ticket_system="Desk")
    active = await nora.role_assignment_schedule_requests.post(
        activation(desk, "nora", ticket_info=ticket)
    )
    instances = nora.role_assignment_schedule_instances.filter_by_current_user_with_on("principal")
    held = await instances.get()
    desk.move_clock(advance="PT6M")
    given_back = await nora.role_assignment_schedule_requests.post(
        activation(
            desk, "nora", action=Actions.SelfDeactivate, schedule_info=None, justification=None
        )
    )
    left = await instances.get()

    assert (made.status, made.target_schedule_id) == ("Provisioned", made.id)
    assert [one.role_definition.display_name for one in eligible.value] == ["Security Reader"]
    assert (active.status, active.action) == ("Provisioned", Actions.SelfActivate)
    assert active.ticket_info.ticket_number == "T-7"
    assert [(one.assignment_type, one.role_definition_id) for one in held.value] == [
        ("Activated", READER)
    ]
    assert held.value[0].end_date_time - held.value[0].start_date_time == timedelta(hours=1)
    assert (given_back.status, left.value) == ("Revoked", [])


@pytest.mark.documented("PIM API overview: an activation ends by itself")
async def test_access_is_gone_when_its_time_is_over(desk: Desk) -> None:
    admin = desk.as_application().role_management.directory
    nora = desk.as_person("nora").role_management.directory
    await admin.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))
    await nora.role_assignment_schedule_requests.post(activation(desk, "nora"))
    of_nora = f"principalId eq '{desk.person('nora')['id']}'"
    instances = admin.role_assignment_schedule_instances

    before = await instances.get(ask(instances, filter=of_nora, expand=["activatedUsing"]))
    desk.move_clock(advance="PT1H")
    after = await instances.get(ask(instances, filter=of_nora))

    assert before.value[0].activated_using.principal_id == desk.person("nora")["id"]
    assert after.value == []


@pytest.mark.documented("behaviour book 2: refusals and their codes")
async def test_what_is_refused_says_why(desk: Desk) -> None:
    admin = desk.as_application().role_management.directory.role_eligibility_schedule_requests
    nora = desk.as_person("nora").role_management.directory.role_assignment_schedule_requests

    not_eligible = await refusal_of(nora.post(activation(desk, "nora")))
    await admin.post(eligibility(desk, "nora"))
    twice = await refusal_of(admin.post(eligibility(desk, "nora")))
    silent = await refusal_of(nora.post(activation(desk, "nora", justification=None)))
    too_long = await refusal_of(nora.post(activation(desk, "nora", schedule_info=for_hours(23))))
    await nora.post(activation(desk, "nora"))
    again = await refusal_of(nora.post(activation(desk, "nora")))
    missing = await refusal_of(
        admin.by_unified_role_eligibility_schedule_request_id(
            "00000000-0000-0000-0000-0000000000ff"
        ).get()
    )

    failed = "RoleAssignmentRequestPolicyValidationFailed"
    assert not_eligible[:2] == silent[:2] == too_long[:2] == (400, failed)
    assert "EligibilityRule" in not_eligible[2]
    assert "JustificationRule" in silent[2]
    assert "ExpirationRule" in too_long[2]
    assert twice[:2] == again[:2] == (400, "RoleAssignmentExists")
    assert missing[:2] == (404, "RoleAssignmentRequestNotFound")


@pytest.mark.documented("cancel of unifiedRoleAssignmentScheduleRequest")
async def test_what_is_planned_is_cancelled(desk: Desk) -> None:
    admin = desk.as_application().role_management.directory
    requests = desk.as_person("nora").role_management.directory.role_assignment_schedule_requests
    await admin.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))
    tomorrow = desk.read_clock() + timedelta(days=1)

    planned = await requests.post(
        activation(desk, "nora", schedule_info=for_hours(1, start=tomorrow))
    )
    request = requests.by_unified_role_assignment_schedule_request_id(planned.id)
    await request.cancel.post()
    cancelled = await request.get()

    assert planned.status == "Granted"
    assert planned.schedule_info.start_date_time == tomorrow
    assert planned.completed_date_time.astimezone(UTC) == tomorrow
    assert cancelled.status == "Canceled"


@pytest.mark.documented("filterByCurrentUser(on='approver') finds what waits for the caller")
async def test_an_activation_waits_for_those_who_approve(desk: Desk) -> None:
    ben = desk.as_person("ben").role_management.directory.role_assignment_schedule_requests
    guarded = activation(desk, "ben", role_definition_id=SECURITY_ADMINISTRATOR)

    waiting = await ben.post(guarded)
    found = {}
    for name in ("ingrid", "nora"):
        requests = desk.as_person(name).role_management.directory.role_assignment_schedule_requests
        work = requests.filter_by_current_user_with_on("approver")
        options = ask(work, filter="status eq 'PendingApproval'")
        found[name] = [one.id for one in (await work.get(options)).value]

    assert (waiting.status, waiting.approval_id) == ("PendingApproval", waiting.id)
    assert found == {"ingrid": [waiting.id], "nora": []}


@pytest.mark.documented("$filter, $expand, $orderby, $count of requests and schedules")
async def test_lists_are_filtered_expanded_and_counted(desk: Desk) -> None:
    directory = desk.as_application().role_management.directory
    nora = desk.as_person("nora").role_management.directory
    nora_id = desk.person("nora")["id"]
    await directory.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))
    active = await nora.role_assignment_schedule_requests.post(activation(desk, "nora"))

    requests = directory.role_eligibility_schedule_requests
    counted = await requests.get(
        ask(
            requests,
            filter=f"principalId eq '{nora_id}' and roleDefinitionId eq '{READER}'",
            expand=["roleDefinition", "principal", "targetSchedule"],
            orderby=["createdDateTime desc"],
            count=True,
        )
    )
    schedules = directory.role_assignment_schedules
    activated = await schedules.get(
        ask(
            schedules,
            filter=f"principalId eq '{nora_id}' and assignmentType eq 'Activated'",
            expand=["activatedUsing"],
        )
    )

    assert counted.odata_count == 1
    assert type(counted.value[0].principal).__name__ == "User"
    assert counted.value[0].role_definition.display_name == "Security Reader"
    assert counted.value[0].target_schedule.id == counted.value[0].id
    assert [one.id for one in activated.value] == [active.id]
    assert activated.value[0].activated_using.id == counted.value[0].id


@pytest.mark.documented("paging: @odata.nextLink is followed as it is")
async def test_all_roles_are_found_page_by_page(desk: Desk) -> None:
    client = desk.as_application()
    roles = client.role_management.directory.role_definitions
    names: list[str] = []

    def note(role: UnifiedRoleDefinition) -> bool:
        names.append(role.display_name)
        return True

    first = await roles.get(ask(roles, top=50))
    await PageIterator(first, client.request_adapter).iterate(note)

    assert first.odata_next_link.startswith(desk.connection["graphUrl"])
    assert len(names) == len(set(names)) == 146  # the built-in ones and one of the tenant's own


@pytest.mark.documented("get user, list groups and servicePrincipals")
async def test_people_and_things_are_found(desk: Desk) -> None:
    admin, nora = desk.as_application(), desk.as_person("nora")
    upn = desk.person("nora")["userPrincipalName"]

    me = await nora.me.get()
    same = await admin.users.by_user_id(upn).get()
    groups = await admin.groups.get(ask(admin.groups, filter="displayName eq 'PIM Group'"))
    programs = await admin.service_principals.get(
        ask(
            admin.service_principals,
            filter=f"servicePrincipalNames/any(c:c eq '{desk.public_client['clientId']}')",
        )
    )

    assert me.id == same.id == desk.person("nora")["id"]
    assert [one.display_name for one in groups.value] == ["PIM Group"]
    assert [one.app_id for one in programs.value] == [desk.public_client["clientId"]]


@pytest.mark.documented("isValidationOnly: all rules are checked, nothing is stored")
async def test_a_rehearsal_changes_nothing(desk: Desk) -> None:
    admin = desk.as_application().role_management.directory
    nora = desk.as_person("nora").role_management.directory
    await admin.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))
    requests = nora.role_assignment_schedule_requests

    rehearsed = await requests.post(activation(desk, "nora", is_validation_only=True))
    mine = requests.filter_by_current_user_with_on("principal")

    assert rehearsed.is_validation_only is True
    assert (await mine.get()).value == []
