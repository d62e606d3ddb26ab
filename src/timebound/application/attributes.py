"""What queries may name of an object of the directory beyond what all objects have.

These stand in the document of an object under their published names, which are their fields.
"""

from collections.abc import Mapping
from typing import Final

TEXTS: Final = frozenset(
    [
        "ageGroup",
        "appDescription",
        "applicationTemplateId",
        "appOwnerOrganizationId",
        "city",
        "classification",
        "companyName",
        "country",
        "creationType",
        "department",
        "employeeId",
        "employeeType",
        "externalUserState",
        "givenName",
        "groupMembershipClaims",
        "homepage",
        "jobTitle",
        "membershipRule",
        "membershipRuleProcessingState",
        "membershipType",
        "mobilePhone",
        "officeLocation",
        "onPremisesImmutableId",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesUserPrincipalName",
        "passwordPolicies",
        "postalCode",
        "preferredDataLocation",
        "preferredLanguage",
        "publisherDomain",
        "securityIdentifier",
        "servicePrincipalType",
        "signInAudience",
        "state",
        "streetAddress",
        "surname",
        "theme",
        "uniqueName",
        "usageLocation",
        "visibility",
    ]
)
FLAGS: Final[Mapping[str, bool | None]] = {
    "appRoleAssignmentRequired": False,
    "isMemberManagementRestricted": None,
    "isResourceAccount": None,
    "mailEnabled": False,
    "onPremisesSyncEnabled": None,
    "securityEnabled": True,
}
"""With what an object without them is taken to have."""

DEFAULTS: Final[Mapping[str, str]] = {
    "servicePrincipalType": "application",
    "signInAudience": "azureadmyorg",
}
"""The same for texts, in lower case."""

LISTS: Final = frozenset(
    [
        "alternativeNames",
        "assignedLicenses",
        "businessPhones",
        "groupTypes",
        "identifierUris",
        "imAddresses",
        "otherMails",
        "proxyAddresses",
        "tags",
    ]
)
SKU: Final = "skuId"
"""What licences are asked by."""

DISPLAY_NAME_WORDS: Final = "display_name_words"
DESCRIPTION_WORDS: Final = "description_words"
ATTRIBUTE_FIELDS: Final = TEXTS | FLAGS.keys() | LISTS | {DISPLAY_NAME_WORDS, DESCRIPTION_WORDS}
