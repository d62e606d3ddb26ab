"""What surrounds the objects of the directory: the organization, roles as objects, permissions."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from timebound.application.consent_reading import AppRole, Scopes
from timebound.application.directory_reading import ScopedMember
from timebound.application.ports import TenantRecord
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.identifiers import format_held_id
from timebound.domain.directory import DirectoryObject
from timebound.domain.first_party import GRAPH_APP_ID

_GUID_SIZE: Final = 16
ALL_PRINCIPALS: Final = "AllPrincipals"
PRINCIPAL: Final = "Principal"
ORGANIZATION: Final[Mapping[str, object]] = {
    **dict.fromkeys(
        (
            "id",
            "deletedDateTime",
            "displayName",
            "city",
            "country",
            "countryLetterCode",
            "createdDateTime",
            "defaultUsageLocation",
            "onPremisesLastSyncDateTime",
            "onPremisesSyncEnabled",
            "postalCode",
            "preferredLanguage",
            "state",
            "street",
            "tenantType",
        )
    ),
    **dict.fromkeys(
        (
            "assignedPlans",
            "businessPhones",
            "marketingNotificationEmails",
            "provisionedPlans",
            "securityComplianceNotificationMails",
            "securityComplianceNotificationPhones",
            "technicalNotificationMails",
            "verifiedDomains",
        ),
        (),
    ),
}
"""The properties of an organization with what is shown where nothing is known."""

APP_ROLE_ASSIGNMENT: Final = (
    "id",
    "deletedDateTime",
    "appRoleId",
    "createdDateTime",
    "principalDisplayName",
    "principalId",
    "principalType",
    "resourceDisplayName",
    "resourceId",
)


def show_organization(tenant: TenantRecord, wording: Wording) -> dict[str, object]:
    """The tenant; its first domain is the one that new names get."""
    del wording  # every version reads the same
    domains = [
        {
            "capabilities": None,
            "isDefault": position == 0,
            "isInitial": None,
            "name": name,
            "type": None,
        }
        for position, name in enumerate(tenant.domains)
    ]
    known = {"id": tenant.id, "displayName": tenant.display_name, "verifiedDomains": domains}
    return {**ORGANIZATION, **known}


def show_template(role: DirectoryObject, wording: Wording) -> dict[str, object]:
    """A role as the template that it is made from."""
    del wording  # every version and tenant reads the same
    return {
        "id": role.id,
        "deletedDateTime": None,
        "description": role.attributes["description"],
        "displayName": role.display_name,
    }


def show_scoped_member(member: ScopedMember, wording: Wording) -> dict[str, object]:
    """A role held over an administrative unit."""
    del wording  # every version and tenant reads the same
    slot, holder = member.row.grant.slot, member.holder
    return {
        "id": format_held_id(slot, is_eligible=False),
        "roleId": slot.role_id,
        "administrativeUnitId": slot.scope.object_id,
        "roleMemberInfo": {
            "id": slot.principal_id,
            "displayName": holder.display_name if holder else None,
        },
    }


def show_app_role(held: AppRole, wording: Wording) -> dict[str, object]:
    """A permission of an application that acts alone; when it was granted is not kept."""
    del wording  # every version and tenant reads the same
    holder, resource = held.row.holder, held.resource
    # An API of the tenant chooses the ids of its roles itself, so that they name it as well.
    is_own = resource is not None and resource.app_id != GRAPH_APP_ID
    ids = (holder.id, held.role_id, *([resource.id] if is_own and resource else ()))
    return {
        "id": join_ids(*ids),
        "deletedDateTime": None,
        "appRoleId": held.role_id,
        "createdDateTime": None,
        "principalDisplayName": holder.display_name,
        "principalId": holder.id,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": resource.display_name if resource else None,
        "resourceId": resource.id if resource else None,
    }


def show_scopes(scopes: Scopes, wording: Wording) -> dict[str, object]:
    """What an application may do on behalf of everybody, or of one person."""
    del wording  # every version and tenant reads the same
    ids = [scopes.client_id, scopes.resource_id, *([scopes.user_id] if scopes.user_id else ())]
    return {
        "clientId": scopes.client_id,
        "consentType": PRINCIPAL if scopes.user_id else ALL_PRINCIPALS,
        "id": join_ids(*ids),
        "principalId": scopes.user_id,
        "resourceId": scopes.resource_id,
        "scope": " ".join(scopes.names),
    }


def join_ids(*ids: str) -> str:
    """The id of what is between objects."""
    packed = b"".join(UUID(one).bytes_le for one in ids)
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def split_ids(text: str) -> tuple[str, ...] | None:
    """The ids that such an id is made of; none when it is no such id."""
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return None
    if not packed or len(packed) % _GUID_SIZE:
        return None
    places = range(0, len(packed), _GUID_SIZE)
    ids = tuple(str(UUID(bytes_le=packed[at : at + _GUID_SIZE])) for at in places)
    return ids if join_ids(*ids) == text else None


def split_scopes_id(text: str) -> tuple[str, str, str | None] | None:
    """The client, the service and, if there is one, the person that the id of a grant names."""
    match split_ids(text):
        case (client_id, resource_id):
            return client_id, resource_id, None
        case (client_id, resource_id, user_id):
            return client_id, resource_id, user_id
        case _:
            return None
