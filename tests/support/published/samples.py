"""Answers in the published shapes, with values of our own: what the checker must accept."""

from typing import Final

from tests.support.published.parts import (
    ACTIVATION,
    ASSIGNED_NOW,
    ASSIGNMENT,
    DIRECTORY,
    ELIGIBILITY,
    ELIGIBLE_NOW,
    GROUP,
    HELPDESK,
    HOST,
    MIRA,
    PERSON,
    POLICY,
    PROGRAM,
    REMOVAL,
    REQUEST,
    ROBOT,
    ROLE,
    RULES,
    TEAM,
    UNIT,
    Body,
    about,
)

SAMPLES: Final[dict[str, tuple[str, str, int, Body | None]]] = {
    "role definition": (
        "GET",
        f"/v1.0/{DIRECTORY}/roleDefinitions/{HELPDESK}?$expand=inheritsPermissionsFrom",
        200,
        {
            **about(f"{DIRECTORY}/roleDefinitions(inheritsPermissionsFrom())/$entity"),
            **ROLE,
            "inheritsPermissionsFrom": [ROLE],
        },
    ),
    "beta role definitions": (
        "GET",
        f"/beta/{DIRECTORY}/roleDefinitions?$count=true",
        200,
        {
            **about(f"{DIRECTORY}/roleDefinitions", "beta"),
            "@odata.count": 1,
            "@odata.nextLink": f"{HOST}/beta/{DIRECTORY}/roleDefinitions?$skiptoken=next",
            "value": [{**ROLE, "isPrivileged": True, "inheritsPermissionsFrom": [{"id": TEAM}]}],
        },
    ),
    "role assignments": (
        "GET",
        f"/v1.0/{DIRECTORY}/roleAssignments?$filter=principalId eq '{MIRA}'&$expand=principal",
        200,
        {
            **about(f"{DIRECTORY}/roleAssignments(principal())"),
            "value": [
                {
                    "id": "c2hhcGVkLWxpa2UtYW4taWQ-1",
                    "principalId": MIRA,
                    "directoryScopeId": f"/administrativeUnits/{UNIT}",
                    "roleDefinitionId": HELPDESK,
                    "principal": {"@odata.type": "#microsoft.graph.user", **PERSON},
                }
            ],
        },
    ),
    "activation": (
        "POST",
        f"/v1.0/{DIRECTORY}/roleAssignmentScheduleRequests",
        201,
        {**about(f"{DIRECTORY}/roleAssignmentScheduleRequests/$entity"), **ACTIVATION},
    ),
    "beta activation": (
        "POST",
        f"/beta/{DIRECTORY}/roleAssignmentScheduleRequests/",
        201,
        {
            **about(f"{DIRECTORY}/roleAssignmentScheduleRequests/$entity", "beta"),
            **ACTIVATION,
            "action": "SelfActivate",
        },
    ),
    "removal of an eligibility": (
        "POST",
        f"/v1.0/{DIRECTORY}/roleEligibilityScheduleRequests",
        201,
        {**about(f"{DIRECTORY}/roleEligibilityScheduleRequests/$entity"), **REMOVAL},
    ),
    "projected request": (
        "GET",
        (
            f"/v1.0/{DIRECTORY}/roleAssignmentScheduleRequests/{REQUEST}?$select=action,principalId"
            "&$expand=roleDefinition($select=displayName),targetSchedule"
        ),
        200,
        {
            **about(
                f"{DIRECTORY}/roleAssignmentScheduleRequests"
                "(action,principalId,roleDefinition(displayName),targetSchedule())/$entity"
            ),
            "action": "selfActivate",
            "principalId": MIRA,
            "roleDefinition": {"displayName": "Helpdesk Administrator"},
            "targetSchedule": ASSIGNMENT,
        },
    ),
    "requests of one's own": (
        "GET",
        f"/v1.0/{DIRECTORY}/roleAssignmentScheduleRequests/filterByCurrentUser(on='principal')",
        200,
        {
            **about("Collection(unifiedRoleAssignmentScheduleRequest)"),
            "value": [
                {
                    "@odata.type": "#microsoft.graph.unifiedRoleAssignmentScheduleRequest",
                    **ACTIVATION,
                }
            ],
        },
    ),
    "cancel": (
        "POST",
        f"/v1.0/{DIRECTORY}/roleEligibilityScheduleRequests/{REQUEST}/cancel",
        204,
        None,
    ),
    "eligibility schedule": (
        "GET",
        f"/v1.0/{DIRECTORY}/roleEligibilitySchedules/{REQUEST}",
        200,
        {**about(f"{DIRECTORY}/roleEligibilitySchedules/$entity"), **ELIGIBILITY},
    ),
    "assignment schedules": (
        "GET",
        f"/beta/{DIRECTORY}/roleAssignmentSchedules?$expand=activatedUsing,principal",
        200,
        {
            **about(f"{DIRECTORY}/roleAssignmentSchedules(activatedUsing(),principal())", "beta"),
            "value": [
                {
                    **ASSIGNMENT,
                    "assignmentType": "Activated",
                    "activatedUsing": ELIGIBILITY,
                    "principal": {"@odata.type": "#microsoft.graph.group", **GROUP},
                }
            ],
        },
    ),
    "eligibility instances of one's own": (
        "GET",
        f"/v1.0/{DIRECTORY}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')",
        200,
        {**about(f"{DIRECTORY}/roleEligibilityScheduleInstances"), "value": [ELIGIBLE_NOW]},
    ),
    "assignment instance": (
        "GET",
        (
            f"/v1.0/{DIRECTORY}/roleAssignmentScheduleInstances/{ASSIGNED_NOW['id']}"
            "?$expand=activatedUsing"
        ),
        200,
        {
            **about(f"{DIRECTORY}/roleAssignmentScheduleInstances(activatedUsing())/$entity"),
            **ASSIGNED_NOW,
            "activatedUsing": None,
        },
    ),
    "oneself": ("GET", "/v1.0/me", 200, {**about("users/$entity"), **PERSON}),
    "users": (
        "GET",
        "/V1.0/Users?$select=id,accountEnabled&$top=1",
        200,
        {**about("users(id,accountEnabled)"), "value": [{"id": MIRA, "accountEnabled": True}]},
    ),
    "groups": ("GET", "/v1.0/groups", 200, {**about("groups"), "value": [GROUP]}),
    "service principal": (
        "GET",
        f"/v1.0/servicePrincipals('{ROBOT}')",
        200,
        {**about("servicePrincipals/$entity"), **PROGRAM},
    ),
    "policy rules": (
        "GET",
        f"/v1.0/policies/roleManagementPolicies/{POLICY}/rules",
        200,
        {**about(f"policies/roleManagementPolicies('{POLICY}')/rules"), "value": RULES},
    ),
    "policy assignment": (
        "GET",
        (
            "/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/'"
            "&$expand=policy($expand=rules)"
        ),
        200,
        {
            **about("policies/roleManagementPolicyAssignments(policy(rules()))"),
            "value": [
                {
                    "id": f"{POLICY}_{HELPDESK}",
                    "policyId": POLICY,
                    "scopeId": "/",
                    "scopeType": "DirectoryRole",
                    "roleDefinitionId": HELPDESK,
                    "policy": {
                        "id": POLICY,
                        "displayName": "DirectoryRole",
                        "description": "DirectoryRole",
                        "isOrganizationDefault": False,
                        "scopeId": "/",
                        "scopeType": "DirectoryRole",
                        "lastModifiedDateTime": None,
                        "lastModifiedBy": {"displayName": None, "id": None},
                        "rules": RULES,
                    },
                }
            ],
        },
    ),
    "beta approval": (
        "GET",
        f"/beta/{DIRECTORY}/roleAssignmentApprovals/{REQUEST}",
        200,
        {
            **about(f"{DIRECTORY}/roleAssignmentApprovals/$entity", "beta"),
            "id": REQUEST,
            "steps": [
                {
                    "id": REQUEST,
                    "assignedToMe": True,
                    "displayName": None,
                    "justification": "",
                    "reviewResult": "NotReviewed",
                    "reviewedBy": None,
                    "reviewedDateTime": None,
                    "status": "InProgress",
                }
            ],
        },
    ),
}
