"""The published names of what the directory records, by what was done to which kind of thing.

Source: the reference of audit activities, Core Directory and Authentication Methods.
"""

from collections.abc import Mapping
from typing import Final

from timebound.domain.audit.records import Activity, Category, Deed, Service, TargetType
from timebound.domain.directory import ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import ScopeKind

KIND_TYPES: Final[Mapping[ObjectKind, TargetType]] = {
    ObjectKind.USER: TargetType.USER,
    ObjectKind.GROUP: TargetType.GROUP,
    ObjectKind.SERVICE_PRINCIPAL: TargetType.SERVICE_PRINCIPAL,
    ObjectKind.APPLICATION: TargetType.APPLICATION,
    ObjectKind.ADMINISTRATIVE_UNIT: TargetType.UNIT,
    ObjectKind.DIRECTORY_ROLE: TargetType.ROLE,
}
_NAMES: Final[Mapping[ObjectKind, str]] = {
    ObjectKind.USER: "user",
    ObjectKind.GROUP: "group",
    ObjectKind.SERVICE_PRINCIPAL: "service principal",
    ObjectKind.APPLICATION: "application",
    ObjectKind.ADMINISTRATIVE_UNIT: "administrative unit",
    ObjectKind.DIRECTORY_ROLE: "role",
}
_CATEGORIES: Final[Mapping[ObjectKind, Category]] = {
    ObjectKind.USER: Category.USERS,
    ObjectKind.GROUP: Category.GROUPS,
    ObjectKind.SERVICE_PRINCIPAL: Category.APPLICATIONS,
    ObjectKind.APPLICATION: Category.APPLICATIONS,
    ObjectKind.ADMINISTRATIVE_UNIT: Category.UNITS,
    ObjectKind.DIRECTORY_ROLE: Category.ROLES,
}
_OBJECT_DEEDS: Final[Mapping[EventKind, tuple[str, Deed]]] = {
    EventKind.OBJECT_CREATED: ("Add", Deed.ADD),
    EventKind.OBJECT_CHANGED: ("Update", Deed.UPDATE),
    EventKind.PRINCIPAL_CHANGED: ("Update", Deed.UPDATE),
    EventKind.OBJECT_DELETED: ("Delete", Deed.DELETE),
    EventKind.OBJECT_RESTORED: ("Restore", Deed.ADD),
    EventKind.OBJECT_PURGED: ("Hard Delete", Deed.DELETE),
}
# quirk(graph): a service principal is removed where others are deleted - audit activities
_ODD_NAMES: Final[Mapping[tuple[EventKind, ObjectKind], str]] = {
    (EventKind.OBJECT_DELETED, ObjectKind.SERVICE_PRINCIPAL): "Remove service principal",
    (EventKind.OBJECT_PURGED, ObjectKind.SERVICE_PRINCIPAL): "Hard delete service principal",
}

_core = Service.DIRECTORY
CHANGE_PASSWORD: Final = Activity("Change user password", Category.USERS, _core, Deed.UPDATE)
# quirk(graph): the log says so, the reference "Reset password" - detection rules of Sentinel
RESET_PASSWORD: Final = Activity("Reset user password", Category.USERS, _core, Deed.UPDATE)
END_SESSIONS: Final = Activity(
    "Update StsRefreshTokenValidFrom Timestamp", Category.USERS, _core, Deed.UPDATE
)
UPDATE_USER: Final = Activity("Update user", Category.USERS, _core, Deed.UPDATE)
ENABLE: Final = Activity("Enable account", Category.USERS, _core, Deed.UPDATE)
DISABLE: Final = Activity("Disable account", Category.USERS, _core, Deed.UPDATE)
CHANGE_SECRETS: Final = Activity(
    "Update application - Certificates and secrets management",
    Category.APPLICATIONS,
    _core,
    Deed.UPDATE,
)
CONSENT: Final = Activity("Consent to application", Category.APPLICATIONS, _core, Deed.ASSIGN)
UPDATE_SETTINGS: Final = Activity("Update company settings", Category.DIRECTORY, _core, Deed.UPDATE)

_ROLE_DEEDS: Final[Mapping[str, tuple[str, Deed]]] = {
    "created": ("Add role definition", Deed.ADD),
    "changed": ("Update role definition", Deed.UPDATE),
    "deleted": ("Delete role definition", Deed.DELETE),
    # Nothing is published of these two; the nearest names are taken.
    "restored": ("Update role definition", Deed.UPDATE),
    "purged": ("Delete role definition", Deed.DELETE),
}
# What the activity log of Azure calls them; that of the directory has no words for them.
_AZURE_ROLE_DEEDS: Final[Mapping[str, tuple[str, Deed]]] = {
    "created": ("Create or update custom role definition", Deed.ADD),
    "changed": ("Create or update custom role definition", Deed.UPDATE),
    "deleted": ("Delete custom role definition", Deed.DELETE),
}
# What the activity log of Azure calls them.
_DENIAL_DEEDS: Final[Mapping[str, tuple[str, Deed]]] = {
    "created": ("Create deny assignment", Deed.ADD),
    "changed": ("Create deny assignment", Deed.UPDATE),
    "deleted": ("Delete deny assignment", Deed.DELETE),
}
_BUNDLE_DEEDS: Final[Mapping[str, tuple[str, Deed]]] = {
    "assigned": ("Add role assignment to role definition", Deed.ASSIGN),
    "changed": ("Update role", Deed.UPDATE),
    "removed": ("Remove role assignment from role definition", Deed.UNASSIGN),
}


def name_object_deed(event: EventKind, kind: ObjectKind) -> Activity:
    """Something done to an object as a whole."""
    word, deed = _OBJECT_DEEDS[event]
    name = _ODD_NAMES.get((event, kind), f"{word} {_NAMES[kind]}")
    return Activity(name, _CATEGORIES[kind], _core, deed)


def name_owner_deed(kind: ObjectKind, *, is_added: bool) -> Activity:
    """An owner given to an object, or taken from it."""
    verb = "Add owner to" if is_added else "Remove owner from"
    deed = Deed.ASSIGN if is_added else Deed.UNASSIGN
    return Activity(f"{verb} {_NAMES[kind]}", _CATEGORIES[kind], _core, deed)


def name_unit_deed(*, is_added: bool) -> Activity:
    """Somebody put into an administrative unit, or taken out."""
    verb = "Add member to" if is_added else "Remove member from"
    deed = Deed.ASSIGN if is_added else Deed.UNASSIGN
    return Activity(f"{verb} administrative unit", Category.UNITS, _core, deed)


def name_secret_deed(kind: ObjectKind, *, is_added: bool) -> Activity:
    """A secret or a certificate that came or went."""
    if kind is not ObjectKind.SERVICE_PRINCIPAL:
        return CHANGE_SECRETS
    verb = "Add" if is_added else "Remove"
    deed = Deed.ADD if is_added else Deed.DELETE
    name = f"{verb} service principal credentials"
    return Activity(name, Category.APPLICATIONS, _core, deed)


def name_factor_deed(*, is_own: bool, is_added: bool) -> Activity:
    """Something to prove oneself with that somebody has from now on, or no more."""
    who = "User" if is_own else "Admin"
    verb, deed = ("registered", Deed.ADD) if is_added else ("deleted", Deed.DELETE)
    return Activity(f"{who} {verb} security info", Category.USERS, Service.METHODS, deed)


def name_permission_deed(*, is_delegated: bool, is_added: bool) -> Activity:
    """A permission granted to an application, or taken away."""
    verb, link = ("Add", "to") if is_added else ("Remove", "from")
    deed = Deed.ASSIGN if is_added else Deed.UNASSIGN
    what = "delegated permission grant"
    if not is_delegated:
        what = f"app role assignment {link} service principal"
    return Activity(f"{verb} {what}", Category.APPLICATIONS, _core, deed)


def name_role_deed(deed: str, kind: str) -> Activity:
    """Something done to a role definition of a kind of scope."""
    if kind == ScopeKind.AZURE.value:
        name, type_ = _AZURE_ROLE_DEEDS.get(deed, _AZURE_ROLE_DEEDS["changed"])
        return Activity(name, Category.RESOURCES, _core, type_)
    name, type_ = _ROLE_DEEDS.get(deed, _ROLE_DEEDS["changed"])
    return Activity(name, Category.ROLES, _core, type_)


def name_denial_deed(deed: str) -> Activity:
    """Something done to a deny assignment."""
    name, type_ = _DENIAL_DEEDS.get(deed, _DENIAL_DEEDS["changed"])
    return Activity(name, Category.RESOURCES, _core, type_)


def name_bundle_deed(deed: str) -> Activity:
    """Something done to an assignment of a provider's role."""
    name, type_ = _BUNDLE_DEEDS.get(deed, _BUNDLE_DEEDS["changed"])
    return Activity(name, Category.ROLES, _core, type_)


def name_role_holding(kind: str, path: str, *, is_added: bool) -> Activity:
    """A role of the directory held from now on, or no more."""
    eligible = "eligible " if kind == GrantKind.ELIGIBLE.value else ""
    scoped = "scoped " if path != "/" and not eligible else ""
    verb, link = ("Add", "to") if is_added else ("Remove", "from")
    deed = Deed.ASSIGN if is_added else Deed.UNASSIGN
    return Activity(f"{verb} {eligible}{scoped}member {link} role", Category.ROLES, _core, deed)


def name_azure_holding(*, is_added: bool) -> Activity:
    """A role of Azure held from now on, or no more, as Azure calls what is done there."""
    verb, deed = ("Create", Deed.ASSIGN) if is_added else ("Delete", Deed.UNASSIGN)
    return Activity(f"{verb} role assignment", Category.RESOURCES, _core, deed)


def name_group_holding(role_id: str, *, is_added: bool) -> Activity:
    """A membership, or an ownership, that began or ended."""
    word = "member" if role_id == MEMBER else "owner"
    verb, link = ("Add", "to") if is_added else ("Remove", "from")
    deed = Deed.ASSIGN if is_added else Deed.UNASSIGN
    return Activity(f"{verb} {word} {link} group", Category.GROUPS, _core, deed)
