"""The records of changes that somebody tried and was refused, found by what they asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from timebound.domain.audit.directory import (
    CHANGE_PASSWORD,
    CONSENT,
    END_SESSIONS,
    UPDATE_USER,
    name_bundle_deed,
    name_factor_deed,
    name_object_deed,
    name_owner_deed,
    name_permission_deed,
    name_role_deed,
    name_secret_deed,
    name_unit_deed,
)
from timebound.domain.audit.holding import tell_core
from timebound.domain.audit.making import begin, fail
from timebound.domain.audit.records import Activity, AuditRecord, Target, TargetType
from timebound.domain.audit.writing import (
    begin_denial,
    kind_of,
    name_policy,
    target_of,
    target_of_extension,
    targets_of_policy,
)
from timebound.domain.directory import ObjectKind
from timebound.domain.events import Event, EventKind

NODE: Final = "node"
"""Under which name an event tells the path of a node of the tree of Azure."""
_OBJECT_DEEDS: Final = {
    "create": EventKind.OBJECT_CREATED,
    "update": EventKind.OBJECT_CHANGED,
    "delete": EventKind.OBJECT_DELETED,
    "restore": EventKind.OBJECT_RESTORED,
    "purge": EventKind.OBJECT_PURGED,
}
_SECRET_DEEDS: Final = {
    "addPassword": True,
    "removePassword": False,
    "addKey": True,
    "removeKey": False,
    "addFederatedIdentityCredential": True,
    "changeFederatedIdentityCredential": True,
    "removeFederatedIdentityCredential": False,
}
_PLAIN_DEEDS: Final[Mapping[str, tuple[Activity, ObjectKind]]] = {
    "changePassword": (CHANGE_PASSWORD, ObjectKind.USER),
    "revokeSignInSessions": (END_SESSIONS, ObjectKind.USER),
    "changeOwnFactors": (name_factor_deed(is_own=True, is_added=True), ObjectKind.USER),
    "link": (UPDATE_USER, ObjectKind.USER),
    "consentForAll": (CONSENT, ObjectKind.SERVICE_PRINCIPAL),
    "consentForOneself": (CONSENT, ObjectKind.SERVICE_PRINCIPAL),
    "withdrawOwnConsents": (
        name_permission_deed(is_delegated=True, is_added=False),
        ObjectKind.SERVICE_PRINCIPAL,
    ),
}
_EXTENSION_DEEDS: Final = frozenset({"registerExtension", "changeExtension"})
_REMOVING: Final = frozenset({"remove", "unassign", "revoke", "clear"})


def tell_refused(event: Event) -> Iterator[AuditRecord]:
    """That somebody tried to change something and was refused, with every reason.

    Of the tree of Azure the directory's log tells nothing.
    """
    if NODE in event.data:
        return
    yield fail(_tell(event), event)


def _tell(event: Event) -> AuditRecord:
    data = event.data
    action = str(data.get("action"))
    if "deed" in data:
        return _tell_role(event)
    if "denial" in data:
        return begin_denial(event)
    if action == "updatePolicy":
        return begin(event, name_policy(event), *targets_of_policy(event))
    if action in _EXTENSION_DEEDS:
        return begin(event, name_policy(event), target_of_extension(event))
    for key, tell in _MARKS.items():
        if key in data:
            return tell(event)
    if action in _PLAIN_DEEDS:
        activity, kind = _PLAIN_DEEDS[action]
        return begin(event, activity, target_of(event, kind))
    return _tell_object(event, action)


def _tell_object(event: Event, action: str) -> AuditRecord:
    if action in _SECRET_DEEDS:
        kind = kind_of(event.data, ObjectKind.APPLICATION)
        activity = name_secret_deed(kind, is_added=_SECRET_DEEDS[action])
    else:
        kind = kind_of(event.data)
        activity = name_object_deed(_OBJECT_DEEDS.get(action, EventKind.OBJECT_CHANGED), kind)
    return begin(event, activity, target_of(event, kind))


def _tell_role(event: Event) -> AuditRecord:
    deed = str(event.data["deed"])
    role_id = event.data.get("roleId")
    if role_id is None:
        activity = name_role_deed(deed, str(event.data.get("scopeKind")))
        return begin(event, activity, target_of(event, ObjectKind.DIRECTORY_ROLE))
    return begin(event, name_bundle_deed(deed), Target(TargetType.ROLE, str(role_id) or None))


def _tell_holding(event: Event) -> AuditRecord:
    return tell_core(event, is_added=_is_added(event))


def _tell_owner(event: Event) -> AuditRecord:
    kind = kind_of(event.data, ObjectKind.APPLICATION)
    activity = name_owner_deed(kind, is_added=_is_added(event))
    owner = Target(TargetType.PRINCIPAL, str(event.data["ownerId"]))
    return begin(event, activity, owner, target_of(event, kind))


def _tell_unit(event: Event) -> AuditRecord:
    member = Target(TargetType.PRINCIPAL, str(event.data["memberId"]))
    target = target_of(event, ObjectKind.ADMINISTRATIVE_UNIT)
    return begin(event, name_unit_deed(is_added=_is_added(event)), member, target)


def _tell_permission(event: Event) -> AuditRecord:
    is_delegated = event.data.get("isDelegated") is True
    activity = name_permission_deed(is_delegated=is_delegated, is_added=_is_added(event))
    return begin(event, activity, target_of(event, ObjectKind.SERVICE_PRINCIPAL))


def _is_added(event: Event) -> bool:
    return event.data.get("action") not in _REMOVING


_MARKS: Final[Mapping[str, Callable[[Event], AuditRecord]]] = {
    "principalId": _tell_holding,
    "ownerId": _tell_owner,
    "memberId": _tell_unit,
    "isDelegated": _tell_permission,
}
"""What only a certain kind of change asks for."""
