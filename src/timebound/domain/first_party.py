"""The applications that are there in every tenant without being registered in it."""

from typing import Final

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.times import Instant

GRAPH_APP_ID: Final = ApplicationId("00000003-0000-0000-c000-000000000000")
"""The application id of Microsoft Graph, whose permissions applications are granted."""

AZURE_APP_ID: Final = ApplicationId("797f4846-ba00-4fd7-ba43-dac1f8f63013")
"""The application id of Azure Resource Manager. Source: service principals of Microsoft."""
AZURE_SCOPE: Final = "user_impersonation"
"""The one permission that it has: to do for a person what they may do there."""
AZURE_SCOPE_ID: Final = "41094075-9dad-400e-a0bd-54e686782033"
AZURE_PERMISSION: Final = f"{AZURE_APP_ID}/{AZURE_SCOPE}"
"""The same as it is kept, beside the permissions of Microsoft Graph."""
AZURE_CLIENTS: Final = frozenset(
    {
        "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "1950a258-227b-4e31-a9cf-717495945fc2",
        "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",
        "aebc6443-996d-45c2-90f0-388ff96faa56",
    }
)
"""Programs of Microsoft's that have it for anybody, without consent: Azure CLI, whose id the
identity libraries use for developers too, Azure PowerShell, Visual Studio, Visual Studio Code."""

_OWNER: Final = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant in which it is registered. Source: service principals of Microsoft, published."""


def make_graph_account(id_: PrincipalId, at: Instant) -> DirectoryObject:
    """The service principal of Microsoft Graph in a tenant."""
    return DirectoryObject(
        id=id_,
        kind=ObjectKind.SERVICE_PRINCIPAL,
        display_name="Microsoft Graph",
        created_at=at,
        app_id=GRAPH_APP_ID,
        attributes={
            "servicePrincipalNames": (GRAPH_APP_ID, "https://graph.microsoft.com"),
            "servicePrincipalType": "Application",
            "appOwnerOrganizationId": _OWNER,
            "appRoleAssignmentRequired": False,
        },
    )
