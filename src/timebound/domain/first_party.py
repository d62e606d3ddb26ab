"""The applications that are there in every tenant without being registered in it."""

from typing import Final

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.times import Instant

GRAPH_APP_ID: Final = ApplicationId("00000003-0000-0000-c000-000000000000")
"""The application id of Microsoft Graph, whose permissions applications are granted."""

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
