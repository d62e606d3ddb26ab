"""The applications that are there in every tenant without being registered in it."""

from dataclasses import dataclass
from typing import Final

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.settings import ProgramPermissions, TenantSettings
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

_OWNER: Final = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant in which they are registered. Source: service principals of Microsoft, published."""
_OWNED_BY: Final = "appOwnerOrganizationId"


@dataclass(frozen=True, slots=True)
class Program:
    """A public client of Microsoft's that people have on their machines.

    `permissions` are those of Microsoft Graph that it has in Microsoft's own service without
    consent, to act for people; `is_for_azure` tells whether it has Azure Resource Manager's too.
    """

    app_id: ApplicationId
    name: str
    permissions: frozenset[str] = frozenset()
    is_for_azure: bool = False

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where its answers go: to the machine it runs on, whichever way that is waited for there.

        Nobody changes them, whatever the account of the program says.
        """
        broker = f"ms-appx-web://Microsoft.AAD.BrokerPlugin/{self.app_id}"
        return (*_REDIRECTS, broker)


_REDIRECTS: Final = (
    "http://localhost",
    "https://login.microsoftonline.com/common/oauth2/nativeclient",
    "urn:ietf:wg:oauth:2.0:oob",
)
"""A browser of the machine's (RFC 8252), one inside the program, and none at all."""
_READ_AS_USER: Final = frozenset({"AuditLog.Read.All", "Directory.AccessAsUser.All"})

PROGRAMS: Final = {
    one.app_id: one
    for one in (
        # What they have with Graph is published in tokens that they got. Azure CLI's id is that of
        # the identity libraries too, where they are told no client.
        Program(
            ApplicationId("04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
            "Microsoft Azure CLI",
            _READ_AS_USER | {"Group.ReadWrite.All", "User.ReadWrite.All"},
            is_for_azure=True,
        ),
        Program(
            ApplicationId("1950a258-227b-4e31-a9cf-717495945fc2"),
            "Microsoft Azure PowerShell",
            _READ_AS_USER,
            is_for_azure=True,
        ),
        Program(
            ApplicationId("14d82eec-204b-4c2f-b7e8-296a70dab67e"),
            "Microsoft Graph Command Line Tools",
        ),
        Program(
            ApplicationId("872cd9fa-d31f-45e0-9eab-6e460a02d1f1"),
            "Visual Studio",
            is_for_azure=True,
        ),
        Program(
            ApplicationId("aebc6443-996d-45c2-90f0-388ff96faa56"),
            "Visual Studio Code",
            is_for_azure=True,
        ),
    )
}
"""The programs that every tenant knows from their first use on."""


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
            _OWNED_BY: _OWNER,
            "appRoleAssignmentRequired": False,
        },
    )


def make_program_account(program: Program, id_: PrincipalId, at: Instant) -> DirectoryObject:
    """The service principal of a program in a tenant."""
    return DirectoryObject(
        id=id_,
        kind=ObjectKind.SERVICE_PRINCIPAL,
        display_name=program.name,
        created_at=at,
        app_id=program.app_id,
        attributes={
            "servicePrincipalNames": (program.app_id,),
            "servicePrincipalType": "Application",
            "signInAudience": "AzureADMultipleOrgs",
            "isFallbackPublicClient": True,
            "replyUrls": program.redirect_uris,
            _OWNED_BY: _OWNER,
            "appRoleAssignmentRequired": False,
        },
    )


def list_unasked(program: Program, settings: TenantSettings) -> frozenset[str]:
    """What a program may do for people of the tenant without consent, as permissions are kept."""
    allowed = settings.program_permissions
    if allowed is None or allowed is ProgramPermissions.NONE:
        return frozenset()
    graph = program.permissions if allowed is ProgramPermissions.PUBLISHED else frozenset[str]()
    return graph | {AZURE_PERMISSION} if program.is_for_azure else graph


def find_program_of(account: DirectoryObject) -> Program | None:
    """The program whose account it is; none where the tenant has registered the id itself."""
    if account.app_id is None or account.attributes.get(_OWNED_BY) != _OWNER:
        return None
    return PROGRAMS.get(ApplicationId(account.app_id))
