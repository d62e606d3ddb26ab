"""Roles in Azure for a time, lived by the Azure SDK for Python over HTTPS."""

from datetime import timedelta
from typing import Any, Final

import pytest
from azure.mgmt.authorization.v2020_10_01 import models
from azure.mgmt.authorization.v2021_01_01_preview import models as approving
from azure.mgmt.authorization.v2022_04_01 import models as plain

from tests.clients.azure_desk import (
    CONTRIBUTOR,
    PLATFORMS,
    PRODUCTION,
    PRODUCTION_ID,
    READER,
    SANDBOX,
    SANDBOX_ID,
    activation,
    as_application,
    as_person,
    eligibility,
    new_name,
    of_management_groups,
    refusal_of,
    role_id,
)
from tests.clients.desk import Desk

pytestmark = [pytest.mark.client, pytest.mark.slow]

MINE: Final = "asTarget()"
TARGET: Final = models.RoleManagementPolicyRuleTarget(
    caller="EndUser", operations=["All"], level="Assignment"
)


def make_eligible(desk: Desk, name: str) -> Any:  # noqa: ANN401 - a generated model
    requests = as_application(desk).role_eligibility_schedule_requests
    return requests.create(PRODUCTION, new_name(), eligibility(desk, name))


def find_policy(admin: Any) -> str:  # noqa: ANN401 - a generated client
    """The name of the policy of who reads production."""
    assignments = admin.role_management_policy_assignments.list_for_scope(PRODUCTION)
    (policy,) = [one.policy_id for one in assignments if one.role_definition_id.endswith(READER)]
    return str(policy.rsplit("/", 1)[1])


def change(admin: Any, *rules: object) -> Any:  # noqa: ANN401 - a generated client and model
    body = models.RoleManagementPolicy(rules=list(rules))
    return admin.role_management_policies.update(PRODUCTION, find_policy(admin), body)


def approval_by(desk: Desk, name: str) -> Any:  # noqa: ANN401 - a generated model
    """The rule that makes activations wait for somebody."""
    stage = models.ApprovalStage(
        approval_stage_time_out_in_days=1,
        is_approver_justification_required=True,
        escalation_time_in_minutes=0,
        is_escalation_enabled=False,
        primary_approvers=[
            models.UserSet(user_type="User", is_backup=False, id=desk.person(name)["id"])
        ],
    )
    setting = models.ApprovalSettings(
        is_approval_required=True,
        is_approval_required_for_extension=False,
        is_requestor_justification_required=True,
        approval_mode="SingleStage",
        approval_stages=[stage],
    )
    return models.RoleManagementPolicyApprovalRule(
        id="Approval_EndUser_Assignment", target=TARGET, setting=setting
    )


@pytest.mark.documented("roleDefinitions: list with roleName, get, by id")
def test_roles_are_found_by_their_names(desk: Desk) -> None:
    roles = as_application(desk).role_definitions

    (found,) = roles.list(PRODUCTION, filter="roleName eq 'Reader'")
    same = roles.get(PRODUCTION, found.name)
    by_id = roles.get_by_id(found.id)

    assert (found.name, found.role_name, found.role_type) == (READER, "Reader", "BuiltInRole")
    assert same.id == by_id.id == found.id
    assert same.permissions[0].actions == ["*/read"]
    assert len(list(roles.list(PRODUCTION))) > 900


@pytest.mark.documented("roleDefinitions: create or update, delete")
def test_a_role_of_ones_own_is_made_changed_and_deleted(desk: Desk) -> None:
    roles, name = as_application(desk).role_definitions, new_name()
    own = plain.RoleDefinition(
        role_name="Shop Restarter",
        description="Restarts the shop.",
        role_type="CustomRole",
        permissions=[plain.Permission(actions=["Microsoft.Web/sites/restart/action"])],
        assignable_scopes=[f"/{PRODUCTION}"],
    )

    made = roles.create_or_update(PRODUCTION, name, own)
    own.description = "Restarts the shop, and nothing else."
    changed = roles.create_or_update(PRODUCTION, name, own)
    listed = [one.name for one in roles.list(PRODUCTION, filter="type eq 'CustomRole'")]
    deleted = roles.delete(PRODUCTION, name)

    assert (made.name, made.role_type) == (name, "CustomRole")
    assert changed.description == "Restarts the shop, and nothing else."
    assert (listed, deleted.name) == ([name], name)
    assert refusal_of(lambda: roles.get(PRODUCTION, name))[:2] == (
        404,
        "RoleDefinitionDoesNotExist",
    )


@pytest.mark.documented("PIM for Azure resources: eligible, activated, deactivated")
def test_a_role_is_made_eligible_activated_and_given_back(desk: Desk) -> None:
    hana = as_person(desk, "hana")
    ticket = models.RoleAssignmentScheduleRequestPropertiesTicketInfo(
        ticket_number="T-7", ticket_system="Desk"
    )

    made = make_eligible(desk, "hana")
    (eligible,) = hana.role_eligibility_schedule_instances.list_for_scope("", filter=MINE)
    requests = hana.role_assignment_schedule_requests
    active = requests.create(PRODUCTION, new_name(), activation(desk, "hana", ticket_info=ticket))
    (held,) = hana.role_assignment_schedule_instances.list_for_scope(PRODUCTION, filter=MINE)
    (assigned,) = hana.role_assignments.list_for_scope(
        PRODUCTION, filter=f"principalId eq '{desk.person('hana')['id']}'"
    )
    desk.move_clock(advance="PT6M")
    given_back = requests.create(
        PRODUCTION,
        new_name(),
        activation(desk, "hana", request_type="SelfDeactivate", schedule_info=None),
    )
    left = list(hana.role_assignment_schedule_instances.list_for_scope(PRODUCTION, filter=MINE))

    assert (made.status, made.principal_type) == ("Provisioned", "User")
    assert made.expanded_properties.role_definition.display_name == "Reader"
    assert eligible.expanded_properties.scope.id == f"/{PRODUCTION}"
    assert (active.status, active.ticket_info.ticket_number) == ("Provisioned", "T-7")
    assert held.assignment_type == "Activated"
    assert held.linked_role_eligibility_schedule_id == made.target_role_eligibility_schedule_id
    assert held.end_date_time - held.start_date_time == timedelta(hours=1)
    assert held.origin_role_assignment_id == assigned.id
    assert (given_back.status, left) == ("Revoked", [])


@pytest.mark.inferred("what the demo tenant offers to a group can be activated by who is in it")
def test_a_member_activates_what_the_group_is_eligible_for(desk: Desk) -> None:
    omar = as_person(desk, "omar")

    (eligible,) = omar.role_eligibility_schedule_instances.list_for_scope("", filter=MINE)
    active = omar.role_assignment_schedule_requests.create(
        eligible.scope.lstrip("/"),
        new_name(),
        activation(desk, "omar", role_definition_id=eligible.role_definition_id),
    )

    assert (eligible.member_type, eligible.principal_type) == ("Group", "Group")
    assert (active.status, active.principal_id) == ("Provisioned", desk.person("omar")["id"])


@pytest.mark.documented("PIM for Azure resources: an activation ends by itself")
def test_access_is_gone_when_its_time_is_over(desk: Desk) -> None:
    make_eligible(desk, "hana")
    hana = as_person(desk, "hana")

    before = refusal_of(lambda: list(hana.role_assignments.list_for_scope(PRODUCTION)))
    hana.role_assignment_schedule_requests.create(PRODUCTION, new_name(), activation(desk, "hana"))
    during = list(hana.role_assignments.list_for_scope(PRODUCTION))
    desk.move_clock(advance="PT1H")
    after = refusal_of(lambda: list(hana.role_assignments.list_for_scope(PRODUCTION)))

    assert before[:2] == after[:2] == (403, "AuthorizationFailed")
    assert len(during) > 1


@pytest.mark.documented("behaviour book 2: refusals and their codes")
def test_what_is_refused_says_why(desk: Desk) -> None:
    admin = as_application(desk).role_eligibility_schedule_requests
    requests = as_person(desk, "hana").role_assignment_schedule_requests

    def activate(**changes: Any) -> tuple[int | None, str | None, str]:  # noqa: ANN401 - a model's
        body = activation(desk, "hana", **changes)
        return refusal_of(lambda: requests.create(PRODUCTION, new_name(), body))

    not_eligible = activate()
    make_eligible(desk, "hana")
    twice = refusal_of(lambda: make_eligible(desk, "hana"))
    silent = activate(justification=None)
    too_long = activate(hours=23)
    not_allowed = refusal_of(
        lambda: as_person(desk, "hana").role_eligibility_schedule_requests.create(
            PRODUCTION, new_name(), eligibility(desk, "mei")
        )
    )
    missing = refusal_of(lambda: admin.get(PRODUCTION, new_name()))

    assert not_eligible[0] == 400
    assert "JustificationRule" in silent[2]
    assert "ExpirationRule" in too_long[2]
    failed = "RoleAssignmentRequestPolicyValidationFailed"
    assert silent[:2] == too_long[:2] == (400, failed)
    assert twice[:2] == (400, "RoleAssignmentExists")
    assert not_allowed[:2] == (403, "AuthorizationFailed")
    assert missing[0] == 404


@pytest.mark.documented("validate: all rules are checked, nothing is stored")
def test_a_rehearsal_changes_nothing(desk: Desk) -> None:
    make_eligible(desk, "hana")
    hana = as_person(desk, "hana")

    rehearsed = hana.role_assignment_schedule_requests.validate(
        PRODUCTION, new_name(), activation(desk, "hana")
    )
    held = hana.role_assignment_schedule_instances.list_for_scope(PRODUCTION, filter=MINE)

    assert rehearsed.request_type == "SelfActivate"
    assert list(held) == []


@pytest.mark.documented("roleManagementPolicies: get, update")
def test_a_changed_policy_binds_the_next_request(desk: Desk) -> None:
    admin, hana = as_application(desk), as_person(desk, "hana")
    make_eligible(desk, "hana")
    shorter = models.RoleManagementPolicyExpirationRule(
        id="Expiration_EndUser_Assignment",
        is_expiration_required=True,
        maximum_duration="PT2H",
        target=TARGET,
    )

    before = admin.role_management_policies.get(PRODUCTION, find_policy(admin))
    changed = change(admin, shorter)
    refused = refusal_of(
        lambda: hana.role_assignment_schedule_requests.create(
            PRODUCTION, new_name(), activation(desk, "hana", hours=3)
        )
    )

    assert len(before.rules) == len(changed.rules) == 17
    assert {one.id: one for one in changed.rules}[shorter.id].maximum_duration == "PT2H"
    assert changed.name == before.name
    assert "ExpirationRule" in refused[2]


@pytest.mark.documented("roleAssignmentApprovals: stages are decided by approvers")
def test_an_activation_waits_for_who_agrees(desk: Desk) -> None:
    hana, ingrid = as_person(desk, "hana"), as_person(desk, "ingrid")
    make_eligible(desk, "hana")
    change(as_application(desk), approval_by(desk, "ingrid"))
    requests, name = hana.role_assignment_schedule_requests, new_name()

    waiting = requests.create(PRODUCTION, name, activation(desk, "hana"))
    work = ingrid.role_assignment_schedule_requests
    (asked,) = work.list_for_scope(PRODUCTION, filter="asApprover()")
    approval = waiting.approval_id.rsplit("/", 1)[1]
    (stage,) = ingrid.scope_role_assignment_approval_steps.list(approval, PRODUCTION).value
    yes = approving.RoleAssignmentApprovalStepProperties(
        review_result="Approve", justification="known incident"
    )
    ingrid.scope_role_assignment_approval_step.patch(approval, stage.name, PRODUCTION, yes)

    assert (waiting.status, asked.name) == ("PendingApproval", name)
    assert requests.get(PRODUCTION, name).status == "Provisioned"


@pytest.mark.documented("roleAssignmentScheduleRequests: cancel")
def test_what_waits_is_withdrawn(desk: Desk) -> None:
    make_eligible(desk, "hana")
    change(as_application(desk), approval_by(desk, "ingrid"))
    requests, name = as_person(desk, "hana").role_assignment_schedule_requests, new_name()

    requests.create(PRODUCTION, name, activation(desk, "hana"))
    requests.cancel(PRODUCTION, name)

    assert requests.get(PRODUCTION, name).status == "Canceled"


@pytest.mark.documented("roleAssignments: create, get, list, delete")
def test_a_role_is_assigned_past_requests(desk: Desk) -> None:
    assignments, name = as_application(desk).role_assignments, new_name()
    hana = desk.person("hana")["id"]
    wanted = plain.RoleAssignmentCreateParameters(
        role_definition_id=role_id(CONTRIBUTOR), principal_id=hana, principal_type="User"
    )

    made = assignments.create(PRODUCTION, name, wanted)
    twice = refusal_of(lambda: assignments.create(PRODUCTION, new_name(), wanted))
    read = assignments.get(PRODUCTION, name)
    listed = assignments.list_for_scope(PRODUCTION, filter=f"atScope() and assignedTo('{hana}')")
    found = [one.name for one in listed]
    deleted = assignments.delete(PRODUCTION, name)
    again = assignments.delete(PRODUCTION, name)

    assert (made.name, made.scope, made.type) == (
        name,
        f"/{PRODUCTION}",
        "Microsoft.Authorization/roleAssignments",
    )
    assert (read.id, found, deleted.id) == (made.id, [name], made.id)
    assert twice[:2] == (409, "RoleAssignmentExists")
    assert again is None


@pytest.mark.documented("eligibleChildResources: what lies in reach below a place")
def test_what_is_within_reach_is_browsed(desk: Desk) -> None:
    mei = as_person(desk, "mei")

    (subscription,) = mei.eligible_child_resources.get(
        f"providers/Microsoft.Management/managementGroups/{PLATFORMS}"
    )
    groups = mei.eligible_child_resources.get(SANDBOX)

    assert subscription.id == f"/{SANDBOX}"
    assert [one.name for one in groups] == ["lab"]


@pytest.mark.documented("management groups: create, move a subscription, delete")
def test_a_subscription_is_moved_to_another_management_group(desk: Desk) -> None:
    client = of_management_groups(desk, "henrik")
    groups, places = client.management_groups, client.management_group_subscriptions
    parent = {"id": f"/providers/Microsoft.Management/managementGroups/{PLATFORMS}"}
    body = {"properties": {"displayName": "Labs", "details": {"parent": parent}}}

    made = groups.begin_create_or_update("labs", body).result()
    places.create("labs", SANDBOX_ID)
    inside = [one.name for one in places.get_subscriptions_under_management_group("labs")]
    refused = refusal_of(lambda: groups.begin_delete("labs").result())
    places.create(PLATFORMS, SANDBOX_ID)
    groups.begin_delete("labs").result()
    left = {one.name for one in groups.get_descendants(PLATFORMS)}

    assert made.name == "labs"
    assert inside == [SANDBOX_ID]
    assert refused[0] == 400
    assert {PRODUCTION_ID, SANDBOX_ID} <= left
    assert "labs" not in left
