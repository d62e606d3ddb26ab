"""Objects in the published shapes, with values of our own, for the samples to put together."""

from typing import Any, Final, TypeAlias

Body: TypeAlias = dict[str, Any]

HOST: Final = "https://graph.example:8443"
DIRECTORY: Final = "roleManagement/directory"
HELPDESK: Final = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
MIRA: Final = "5a4c8f10-3f0e-4b57-9c1f-2d6e1a7b0c01"
TEAM: Final = "5a4c8f10-3f0e-4b57-9c1f-2d6e1a7b0c02"
ROBOT: Final = "5a4c8f10-3f0e-4b57-9c1f-2d6e1a7b0c03"
UNIT: Final = "5a4c8f10-3f0e-4b57-9c1f-2d6e1a7b0c04"
REQUEST: Final = "9b1d2c3e-4f50-4a61-8b72-93c4d5e6f701"
POLICY: Final = f"DirectoryRole_{UNIT}_{TEAM}"


def about(what: str, version: str = "v1.0") -> Body:
    """The context that names what is answered."""
    return {"@odata.context": f"{HOST}/{version}/$metadata#{what}"}


SLOT: Final[Body] = {
    "principalId": MIRA,
    "roleDefinitionId": HELPDESK,
    "directoryScopeId": "/",
    "appScopeId": None,
}
NO_END: Final[Body] = {
    "startDateTime": "2031-03-04T08:15:00.125Z",
    "recurrence": None,
    "expiration": {"type": "noExpiration", "endDateTime": None, "duration": None},
}
FOUR_HOURS: Final[Body] = {
    "startDateTime": "2031-03-04T08:15:00.1250001Z",
    "recurrence": None,
    "expiration": {"type": "afterDuration", "endDateTime": None, "duration": "PT4H"},
}
ACTIVATION: Final[Body] = {
    "id": REQUEST,
    "status": "Provisioned",
    "createdDateTime": "2031-03-04T08:15:00Z",
    "completedDateTime": "2031-03-04T08:15:00.5Z",
    "approvalId": None,
    "customData": None,
    "action": "selfActivate",
    **SLOT,
    "isValidationOnly": False,
    "targetScheduleId": REQUEST,
    "justification": "Unlock an account",
    "createdBy": {
        "application": None,
        "device": None,
        "user": {"displayName": None, "id": MIRA},
    },
    "scheduleInfo": FOUR_HOURS,
    "ticketInfo": {"ticketNumber": "T-7", "ticketSystem": "Desk"},
}
REMOVAL: Final[Body] = {
    **ACTIVATION,
    "status": "Revoked",
    "action": "adminRemove",
    "completedDateTime": None,
    "targetScheduleId": None,
    "justification": None,
    "scheduleInfo": None,
    "ticketInfo": {"ticketNumber": None, "ticketSystem": None},
}
ELIGIBILITY: Final[Body] = {
    "id": REQUEST,
    **SLOT,
    "createdUsing": REQUEST,
    "createdDateTime": "2031-03-04T08:15:00Z",
    "modifiedDateTime": "0001-01-01T08:00:00Z",
    "status": "Provisioned",
    "memberType": "Direct",
    "scheduleInfo": NO_END,
}
ASSIGNMENT: Final[Body] = {**ELIGIBILITY, "modifiedDateTime": None, "assignmentType": "Assigned"}
ELIGIBLE_NOW: Final[Body] = {
    "id": "c2hhcGVkLWxpa2UtYW4taWQ-1-e",
    **SLOT,
    "startDateTime": "2031-03-04T08:15:00.125Z",
    "endDateTime": None,
    "memberType": "Group",
    "roleEligibilityScheduleId": REQUEST,
}
ASSIGNED_NOW: Final[Body] = {
    "id": "c2hhcGVkLWxpa2UtYW4taWQ-1",
    **SLOT,
    "startDateTime": None,
    "endDateTime": None,
    "assignmentType": "Activated",
    "memberType": "Direct",
    "roleAssignmentOriginId": "c2hhcGVkLWxpa2UtYW4taWQ-1",
    "roleAssignmentScheduleId": REQUEST,
}
ROLE: Final[Body] = {
    "id": HELPDESK,
    "description": "Resets what people forget.",
    "displayName": "Helpdesk Administrator",
    "isBuiltIn": True,
    "isEnabled": True,
    "resourceScopes": ["/"],
    "templateId": HELPDESK,
    "version": "1",
    "rolePermissions": [
        {
            "allowedResourceActions": ["microsoft.directory/users/password/update"],
            "condition": None,
        }
    ],
}
PERSON: Final[Body] = {
    "businessPhones": ["+00 1"],
    "displayName": "Mira Novak",
    "givenName": "Mira",
    "jobTitle": None,
    "mail": "mira@example.test",
    "mobilePhone": None,
    "officeLocation": None,
    "preferredLanguage": None,
    "surname": "Novak",
    "userPrincipalName": "mira@example.test",
    "id": MIRA,
}
GROUP: Final[Body] = {
    "id": TEAM,
    "createdDateTime": "2030-11-01T00:00:00Z",
    "description": None,
    "displayName": "Night shift",
    "groupTypes": [],
    "isAssignableToRole": True,
    "mail": None,
    "mailEnabled": False,
    "mailNickname": "night",
    "membershipRule": None,
    "securityEnabled": True,
    "visibility": "Private",
}
PROGRAM: Final[Body] = {
    "id": ROBOT,
    "accountEnabled": True,
    "appId": UNIT,
    "appRoles": [
        {
            "allowedMemberTypes": ["Application"],
            "description": "May read.",
            "displayName": "Read",
            "id": TEAM,
            "isEnabled": True,
            "origin": "Application",
            "value": "Things.Read",
        }
    ],
    "displayName": "Nightly job",
    "oauth2PermissionScopes": [],
    "servicePrincipalNames": [UNIT],
    "servicePrincipalType": "Application",
    "tags": [],
}
TARGET: Final[Body] = {
    "caller": "EndUser",
    "operations": ["all"],
    "level": "Assignment",
    "inheritableSettings": [],
    "enforcedSettings": [],
}
RULES: Final[list[Body]] = [
    {
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
        "id": "Expiration_EndUser_Assignment",
        "isExpirationRequired": True,
        "maximumDuration": "PT8H",
        "target": TARGET,
    },
    {
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
        "id": "Approval_EndUser_Assignment",
        "target": TARGET,
        "setting": {
            "isApprovalRequired": True,
            "isApprovalRequiredForExtension": False,
            "isRequestorJustificationRequired": True,
            "approvalMode": "SingleStage",
            "approvalStages": [
                {
                    "approvalStageTimeOutInDays": 1,
                    "isApproverJustificationRequired": True,
                    "escalationTimeInMinutes": 0,
                    "isEscalationEnabled": False,
                    "primaryApprovers": [
                        {
                            "@odata.type": "#microsoft.graph.groupMembers",
                            "groupId": TEAM,
                            "description": "Night shift",
                        }
                    ],
                    "escalationApprovers": [],
                }
            ],
        },
    },
]
