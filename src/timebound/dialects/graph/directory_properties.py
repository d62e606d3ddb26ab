"""What clients may filter, search and sort directory objects by, and which of it is advanced.

Source: Graph docs: aad-advanced-queries with its tables of properties, and the properties of each
resource where they say more. Everything that takes `eq` takes `ne`, `not` and an empty value in an
advanced query alone, `in` like `eq`. What is not listed is not filtered at all.
"""

from collections.abc import Mapping
from typing import Final

from timebound.application.attributes import (
    DESCRIPTION_WORDS,
    DISPLAY_NAME_WORDS,
    SKU,
)
from timebound.application.queries import Operator, TextOperator
from timebound.dialects.graph.convert.objects import SHAPES
from timebound.dialects.odata.properties import (
    NOTHING,
    AnyOperator,
    EntityType,
    Property,
    PropertyType,
    declare_entity,
)
from timebound.domain.directory import ObjectKind

_T = PropertyType
_Operators = frozenset[AnyOperator]

_NE: Final[_Operators] = frozenset({Operator.NE})
_SAME: Final[_Operators] = frozenset({Operator.EQ})
_AROUND: Final[_Operators] = frozenset({Operator.GE, Operator.LE})
_BEGINNING: Final[_Operators] = frozenset({TextOperator.STARTS_WITH})
_ENDING: Final[_Operators] = frozenset({TextOperator.ENDS_WITH})
_RANGE: Final = _SAME | _AROUND
_ANY: Final = _RANGE | _BEGINNING


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_OPEN: Final[Mapping[str, _Operators]] = {
    # By default: equality alone, a range of values, or a range and the beginning.
    **dict.fromkeys(
        _words(
            "accountEnabled ageGroup appDisplayName applicationTemplateId appRoleAssignmentRequired"
            " creationType externalUserState groupTypes isAssignableToRole isResourceAccount"
            " mailEnabled membershipRuleProcessingState membershipType onPremisesSecurityIdentifier"
            " onPremisesSyncEnabled securityEnabled securityIdentifier servicePrincipalType"
            " signInAudience theme uniqueName userType businessPhones"
        ),
        _SAME,
    ),
    **dict.fromkeys(_words("appOwnerOrganizationId createdDateTime"), _RANGE),
    **dict.fromkeys(
        _words(
            "alternativeNames appId city classification country department description displayName"
            " employeeId givenName groupMembershipClaims homepage identifierUris imAddresses"
            " jobTitle mail mailNickname membershipRule onPremisesUserPrincipalName otherMails"
            " preferredDataLocation proxyAddresses publisherDomain servicePrincipalNames state"
            " surname tags usageLocation userPrincipalName"
        ),
        _ANY,
    ),
}
_ADVANCED: Final[Mapping[str, _Operators]] = {
    # In an advanced query alone.
    "passwordPolicies": _SAME,
    "onPremisesImmutableId": _RANGE,
    **dict.fromkeys(
        _words(
            "companyName employeeType mobilePhone officeLocation onPremisesSamAccountName"
            " postalCode preferredLanguage streetAddress"
        ),
        _ANY,
    ),
}
# quirk(graph): `endswith` is for addresses alone - Graph docs, aad-advanced-queries
_ENDINGS: Final = frozenset(_words("mail otherMails proxyAddresses userPrincipalName"))
_WITHOUT_NE: Final = frozenset(
    _words("businessPhones groupTypes servicePrincipalNames tags alternativeNames")
)
_FIELDS: Final[Mapping[str, str]] = {
    "accountEnabled": "is_enabled",
    "appDisplayName": "display_name",
    "appId": "app_id",
    "createdDateTime": "created_at",
    "description": "description",
    "displayName": "display_name",
    "isAssignableToRole": "is_role_assignable",
    "mail": "mail",
    "mailNickname": "mail_nickname",
    "servicePrincipalNames": "names",
    "userPrincipalName": "user_principal_name",
    "userType": "user_type",
}
_TYPES: Final[Mapping[str, PropertyType]] = {
    "appId": _T.GUID,
    "createdDateTime": _T.INSTANT,
    **dict.fromkeys(
        _words(
            "accountEnabled appRoleAssignmentRequired isAssignableToRole isResourceAccount"
            " mailEnabled onPremisesSyncEnabled securityEnabled"
        ),
        _T.FLAG,
    ),
}
_LISTS: Final = frozenset(
    name for shape in SHAPES.values() for name, empty in shape.properties.items() if empty == ()
)
_SEARCHED: Final = {"displayName": DISPLAY_NAME_WORDS, "description": DESCRIPTION_WORDS}
_SORTED: Final = frozenset(_words("createdDateTime displayName mail userPrincipalName"))
_SORTED_OPENLY: Final = {
    "user": frozenset(_words("displayName userPrincipalName")),
    "group": frozenset({"displayName"}),
}
_LICENSES: Final[EntityType] = declare_entity(
    "assignedLicense", (Property(SKU, _T.GUID, _SAME, SKU),)
)


def list_object_properties(*kinds: ObjectKind) -> tuple[Property, ...]:
    """The properties of a kind of object, or of any of several where their lists are mixed."""
    names = dict.fromkeys(name for kind in kinds for name in SHAPES[kind].properties)
    type_name = SHAPES[kinds[0]].type_name if len(kinds) == 1 else "directoryObject"
    return tuple(_declare(type_name, name) for name in names)


def _declare(type_name: str, name: str) -> Property:
    if name == "id":
        return Property("id", _T.GUID, _SAME | _NE, "id", is_sortable=True, advanced=_NE)
    if name == "assignedLicenses":
        return Property(name, _T.COMPLEX, is_collection=True, elements=_LICENSES)
    is_list = name in _LISTS
    operators, advanced = _choose_operators(type_name, name)
    if not operators:
        return Property(name, _T.COMPLEX, is_collection=is_list)
    return Property(
        name,
        _TYPES.get(name, _T.FOLDED_TEXT),
        operators,
        _FIELDS.get(name, name),
        is_sortable=name in _SORTED,
        is_collection=is_list,
        advanced=advanced,
        has_advanced_order=name not in _SORTED_OPENLY.get(type_name, NOTHING),
        words=_SEARCHED.get(name, ""),
    )


def _choose_operators(type_name: str, name: str) -> tuple[_Operators, _Operators]:
    """All that a property takes, and what of it only an advanced query does."""
    # quirk(graph): groups are not found by when they were made - aad-advanced-queries, errors
    if (type_name, name) == ("group", "createdDateTime"):
        return NOTHING, NOTHING
    by_default, advanced = _OPEN.get(name, NOTHING), _ADVANCED.get(name, NOTHING)
    if not by_default and not advanced:
        return NOTHING, NOTHING
    if name not in _WITHOUT_NE:
        advanced |= _NE
    if name in _ENDINGS:
        advanced |= _ENDING
    return by_default | advanced, advanced
