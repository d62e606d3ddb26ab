"""Directory objects: users, groups, service principals, applications, administrative units."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from timebound.application.catalog import free_permissions, graph_permissions
from timebound.dialects.graph.convert.schedules import show_instant
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.odata.dates import format_instant
from timebound.domain.directory import (
    SESSIONS_VALID_FROM,
    DirectoryObject,
    ObjectKind,
    find_sessions_start,
)
from timebound.domain.disclosure import Undisclosed
from timebound.domain.first_party import GRAPH_APP_ID
from timebound.domain.program_keys import KEYS, read_keys

Empty = tuple[()] | bool | str | None


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """A published type: its properties with what an object without them shows, and its defaults.

    `defaults` are the properties that come when none are selected.
    """

    type_name: str
    properties: Mapping[str, Empty]
    defaults: frozenset[str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COMMON: Final = ("id", "deletedDateTime", "displayName")
_USER_DEFAULTS: Final = _words(
    "id businessPhones displayName givenName jobTitle mail mobilePhone officeLocation"
    " preferredLanguage surname userPrincipalName"
)
_USER_TEXTS: Final = _words(
    "givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname"
    " userPrincipalName ageGroup city companyName consentProvidedForMinor country"
    " createdDateTime creationType"
    " department employeeHireDate employeeId employeeType externalUserState faxNumber mailNickname"
    " onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId"
    " onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier"
    " onPremisesSyncEnabled onPremisesUserPrincipalName passwordPolicies postalCode"
    " preferredDataLocation securityIdentifier signInSessionsValidFromDateTime state streetAddress"
    " usageLocation userType"
)
_USER_LISTS: Final = _words("businessPhones imAddresses otherMails proxyAddresses assignedLicenses")

_GROUP_TEXTS: Final = _words(
    "classification createdDateTime description expirationDateTime mail mailNickname"
    " membershipRule membershipRuleProcessingState onPremisesDomainName"
    " onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesSamAccountName"
    " onPremisesSecurityIdentifier onPremisesSyncEnabled preferredDataLocation preferredLanguage"
    " renewedDateTime securityIdentifier theme uniqueName visibility"
)
_GROUP_LISTS: Final = _words(
    "groupTypes onPremisesProvisioningErrors proxyAddresses resourceBehaviorOptions"
    " resourceProvisioningOptions"
)

_PROGRAM_TEXTS: Final = _words(
    "appDescription appDisplayName appId appOwnerOrganizationId applicationTemplateId description"
    " disabledByMicrosoftStatus homepage loginUrl logoutUrl notes preferredSingleSignOnMode"
    " signInAudience"
)
_PROGRAM_LISTS: Final = _words(
    "alternativeNames appRoles notificationEmailAddresses oauth2PermissionScopes replyUrls"
    " keyCredentials passwordCredentials servicePrincipalNames tags"
)

_UNIT_TEXTS: Final = _words(
    "description membershipRule membershipRuleProcessingState membershipType visibility"
)
_APPLICATION_TEXTS: Final = _words(
    "api appId createdDateTime description groupMembershipClaims isFallbackPublicClient notes"
    " publicClient publisherDomain spa web"
)
_APPLICATION_LISTS: Final = _words(
    "appRoles identifierUris keyCredentials passwordCredentials requiredResourceAccess tags"
)


def _shape(
    type_name: str,
    texts: tuple[str, ...],
    lists: tuple[str, ...],
    flags: Mapping[str, Empty],
    defaults: tuple[str, ...] = (),
) -> ObjectShape:
    properties: dict[str, Empty] = dict.fromkeys((*_COMMON, *texts))
    properties |= dict.fromkeys(lists, ())
    properties |= flags
    return ObjectShape(type_name, properties, frozenset(defaults or properties))


SHAPES: Final[Mapping[ObjectKind, ObjectShape]] = {
    ObjectKind.USER: _shape(
        "user",
        _USER_TEXTS,
        _USER_LISTS,
        {"accountEnabled": True, "isManagementRestricted": None, "isResourceAccount": None},
        _USER_DEFAULTS,
    ),
    ObjectKind.GROUP: _shape(
        "group",
        _GROUP_TEXTS,
        _GROUP_LISTS,
        {"isAssignableToRole": None, "mailEnabled": False, "securityEnabled": True},
    ),
    ObjectKind.SERVICE_PRINCIPAL: _shape(
        "servicePrincipal",
        _PROGRAM_TEXTS,
        _PROGRAM_LISTS,
        {
            "accountEnabled": True,
            "appRoleAssignmentRequired": False,
            "servicePrincipalType": "Application",
        },
    ),
    ObjectKind.APPLICATION: _shape(
        "application", _APPLICATION_TEXTS, _APPLICATION_LISTS, {"signInAudience": "AzureADMyOrg"}
    ),
    ObjectKind.ADMINISTRATIVE_UNIT: _shape(
        "administrativeUnit", _UNIT_TEXTS, (), {"isMemberManagementRestricted": None}
    ),
    ObjectKind.DIRECTORY_ROLE: _shape("directoryRole", ("description", "roleTemplateId"), (), {}),
}


def show_object(found: DirectoryObject, wording: Wording) -> dict[str, object]:
    """An object with every property of its type, null where nothing is known."""
    del wording  # every version and tenant reads the same
    shape = SHAPES[found.kind]
    if isinstance(found, Undisclosed):
        # quirk(graph): of what may not be read the id alone is told - permissions overview
        lists = {name: one for name, one in shape.properties.items() if isinstance(one, tuple)}
        return {**dict.fromkeys(shape.properties), **lists, "id": found.id}
    values: dict[str, object] = {
        **{name: value for name, value in found.attributes.items() if name in shape.properties},
        "id": found.id,
        "displayName": found.display_name,
        "deletedDateTime": show_instant(found.deleted_at),
        "createdDateTime": format_instant(found.created_at),
        "accountEnabled": found.is_enabled,
        "userPrincipalName": found.user_principal_name,
        "mail": found.mail,
        "appId": found.app_id,
        "appDisplayName": found.display_name,
        "isAssignableToRole": found.is_role_assignable,
        # Nothing of before somebody was made counts either.
        SESSIONS_VALID_FROM: format_instant(find_sessions_start(found) or found.created_at),
    }
    if KEYS in found.attributes:
        # quirk(graph): what a certificate is comes with $select of a single object alone -
        # Graph, keyCredential, key
        values[KEYS] = [{**one, "key": None} for one in read_keys(found.attributes)]
    if found.app_id is not None:
        values.setdefault("servicePrincipalNames", (found.app_id,))
    if found.app_id == GRAPH_APP_ID:
        values |= _show_permissions()
    return {name: values.get(name, empty) for name, empty in shape.properties.items()}


def show_whole_program(found: DirectoryObject, wording: Wording) -> dict[str, object]:
    """An application or a service principal with the contents of its certificates."""
    return {**show_object(found, wording), KEYS: read_keys(found.attributes)}


@cache
def _show_permissions() -> Mapping[str, object]:
    """What Microsoft Graph can be permitted: its roles and its scopes."""
    known = graph_permissions().by_value.values()
    return {
        "appRoles": [
            {
                "allowedMemberTypes": ["Application"],
                "description": one.value,
                "displayName": one.value,
                "id": one.application_id,
                "isEnabled": True,
                "origin": "Application",
                "value": one.value,
            }
            for one in known
            if one.application_id
        ],
        "oauth2PermissionScopes": [
            {
                "adminConsentDescription": one.value,
                "adminConsentDisplayName": one.value,
                "id": one.delegated_id,
                "isEnabled": True,
                "type": "User" if one.value in free_permissions() else "Admin",
                "userConsentDescription": None,
                "userConsentDisplayName": None,
                "value": one.value,
            }
            for one in known
            if one.delegated_id
        ],
    }


def show_typed_object(found: DirectoryObject, wording: Wording) -> dict[str, object]:
    """An object that stands where any kind of object can, so that it says which it is."""
    return {
        "@odata.type": f"#microsoft.graph.{SHAPES[found.kind].type_name}",
        **show_object(found, wording),
    }


def keep_defaults(found: DirectoryObject, shown: Mapping[str, object]) -> dict[str, object]:
    """What comes of an object when nothing is selected."""
    defaults = SHAPES[found.kind].defaults
    return {name: value for name, value in shown.items() if name in defaults or "@" in name}
