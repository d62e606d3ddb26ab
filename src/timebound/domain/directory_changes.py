"""Making and changing directory objects: what comes of it, and when it is refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.cascade import leaves_no_administrator
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind, is_restorable
from timebound.domain.events import Fact
from timebound.domain.first_party import GRAPH_APP_ID, PROGRAMS
from timebound.domain.passwords import is_strong, list_words_of
from timebound.domain.principal_changes import DELETING, PrincipalFacts, refuse_absent
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.program_keys import CHANGING_SECRETS, KEYS, check_keys, join_keys
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant

DYNAMIC: Final = "DynamicMembership"
PASSWORD_PROFILE: Final = "passwordProfile"  # noqa: S105 - the name of a property
_FORCING: Final = ("forceChangePasswordNextSignIn", "forceChangePasswordNextSignInWithMfa")
_RESTRICTED: Final = "isMemberManagementRestricted"


_LOCAL_NAME: Final = re.compile(r"[A-Za-z0-9'._!#^~-]{1,64}", re.ASCII)
"""What stands before the domain in a name. Source: Graph, user, userPrincipalName."""
_OWN_OF_SYNCED: Final = frozenset(
    {"ageGroup", "otherMails", "passwordPolicies", "usageLocation", "userType"}
)
"""What a person who is synchronized has here alone; the rest comes from where they are synchronized
from, passwords too. Source: Graph, user: update."""
_CREATING: Final = {
    ObjectKind.USER: Operation.CREATE_USER,
    ObjectKind.GROUP: Operation.CREATE_GROUP,
    ObjectKind.SERVICE_PRINCIPAL: Operation.CREATE_SERVICE_PRINCIPAL,
    ObjectKind.APPLICATION: Operation.CREATE_APPLICATION,
    ObjectKind.ADMINISTRATIVE_UNIT: Operation.CREATE_UNIT,
}
_UPDATING: Final = {
    ObjectKind.USER: Operation.UPDATE_USER,
    ObjectKind.GROUP: Operation.UPDATE_GROUP,
    ObjectKind.SERVICE_PRINCIPAL: Operation.UPDATE_SERVICE_PRINCIPAL,
    ObjectKind.APPLICATION: Operation.UPDATE_APPLICATION,
    ObjectKind.ADMINISTRATIVE_UNIT: Operation.UPDATE_UNIT,
}
_SIGN_IN: Final = frozenset(
    {"businessPhones", "mail", "mobilePhone", "onPremisesImmutableId", "otherMails"}
)
"""Beside the name and whether the account is enabled, what a person signs in or is found by when a
password is forgotten. Source: Graph, Working with users, sensitive actions."""


@dataclass(frozen=True, slots=True)
class Names:
    """The verified domains among those asked about, and the live objects that have a name."""

    domains: frozenset[str] = frozenset()
    taken: tuple[DirectoryObject, ...] = ()

    def find_user(self, name: str) -> DirectoryObject | None:
        """The person with the user principal name."""
        for one in self.taken:
            known = one.user_principal_name
            if one.kind is ObjectKind.USER and known and known.lower() == name.lower():
                return one
        return None

    def find_program(self, kind: ObjectKind, app_id: str | None) -> DirectoryObject | None:
        """The application or service principal with the application id."""
        found = (one for one in self.taken if one.kind is kind and one.app_id == app_id)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class ObjectChanges:
    """What is to be different, None where nothing is; `attributes` by their published names.

    `mail` is among the attributes. `password` is there only to be judged: nothing keeps it.
    """

    display_name: str | None = None
    is_enabled: bool | None = None
    user_principal_name: str | None = None
    is_role_assignable: bool | None = None
    attributes: Mapping[str, Fact] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)

    @property
    def concerns_sign_in(self) -> bool:
        """Whether somebody could come to sign in as the person, or the person no more."""
        return (
            self.is_enabled is not None
            or self.user_principal_name is not None
            or not _SIGN_IN.isdisjoint(self.attributes)
        )

    @property
    def concerns_password(self) -> bool:
        """Whether the password changes, or what is to be done about it at the next sign-in."""
        return self.password is not None or PASSWORD_PROFILE in self.attributes

    @property
    def is_only_password(self) -> bool:
        """Whether nothing else changes."""
        rest = {n: value for n, value in self.attributes.items() if n != PASSWORD_PROFILE}
        is_rest_empty = replace(self, password=None, attributes=rest) == ObjectChanges()
        return self.concerns_password and is_rest_empty

    @property
    def names(self) -> tuple[str, ...]:
        """The published names of what changes, for the log."""
        named = {
            "displayName": self.display_name,
            "accountEnabled": self.is_enabled,
            "userPrincipalName": self.user_principal_name,
            "isAssignableToRole": self.is_role_assignable,
            "passwordProfile": self.password,
        }
        return (*(name for name, value in named.items() if value is not None), *self.attributes)


def decide_creation(
    caller: Caller,
    new: DirectoryObject,
    names: Names,
    password: str | None = None,
    backing: Target | None = None,
    *,
    is_refused: bool = False,
) -> DirectoryObject | Refused:
    """The new object, if the caller may make it and nobody has its names.

    A role-assignable group asks for more; its members are never found by a rule. `backing` is the
    application of a service principal: who owns that may make it, unless it is privileged;
    `is_refused` says that a list of refused passwords has the password.
    """
    operation = _CREATING[new.kind]
    target = backing or Target(is_privileged=new.is_role_assignable)
    problems = [*authorize(operation, caller, target)]
    if not problems:
        judged = _check_password(new, password, is_refused=is_refused)
        problems += [*_check_names(new, names), *judged]
        problems += [*_check_group(new), *check_keys(None, new.attributes)]
    return Refused(in_order(problems)) if problems else new


def check_arrival(new: DirectoryObject, names: Names) -> tuple[Problem, ...]:
    """Why a person cannot come to be who somebody else vouches for: whose name it is, if any."""
    return _check_user_name(new, names)


def decide_update(
    facts: PrincipalFacts,
    kind: ObjectKind,
    changes: ObjectChanges,
    names: Names,
    *,
    is_refused: bool = False,
) -> DirectoryObject | Refused:
    """The object as it is from now on; `is_refused` as for one that is made.

    What a person signs in by needs more than their job title; disabling the last administrator is
    refused (promise 11); whether a group is assignable to roles is settled when it is made.
    """
    found = facts.object
    if found is None or found.deleted_at is not None or found.kind is not kind:
        return refuse_absent(facts, (_UPDATING[kind],))
    problems = [p for o in _operations_of(found, changes) for p in _ask(facts, o)]
    if not problems:
        changed = _apply(found, changes)
        problems += _check_immutable(found, changes)
        problems += [
            *_check_names(changed, names, found),
            *_check_password(changed, changes.password, is_refused=is_refused),
        ]
        problems += [*_check_group(changed), *check_keys(found, changes.attributes)]
        problems += _check_administrators(facts, changes)
        if not problems:
            return changed
    return Refused(in_order(problems))


def decide_restoration(
    facts: PrincipalFacts, names: Names, at: Instant
) -> DirectoryObject | Refused:
    """A deleted object that is there again, without anything that it held."""
    found = facts.object
    if found is None or not is_restorable(found.deleted_at, at):
        return refuse_absent(facts, DELETING.values())
    problems = _ask(facts, DELETING[found.kind])
    restored = replace(found, deleted_at=None)
    problems = problems or _check_names(restored, names, found, is_restored=True)
    return Refused(problems) if problems else restored


def decide_purge(facts: PrincipalFacts, at: Instant) -> DirectoryObject | Refused:
    """A deleted object that goes for ever."""
    found = facts.object
    if found is None or not is_restorable(found.deleted_at, at):
        return refuse_absent(facts, DELETING.values())
    problems = _ask(facts, DELETING[found.kind])
    return Refused(problems) if problems else found


def must_change_password(user: DirectoryObject) -> bool:
    """Whether somebody has to choose another password before they are signed in."""
    profile = user.attributes.get(PASSWORD_PROFILE)
    return isinstance(profile, Mapping) and any(profile.get(one) is True for one in _FORCING)


def refuse_property(
    property: str,  # noqa: A002 - the word of the field
    reason: Reason,
    value: str | None = None,
) -> Problem:
    """The refusal of what a property would become."""
    return Problem(Code.VALUE_REFUSED, reason=reason, property=property, value=value)


def _ask(facts: PrincipalFacts, operation: Operation) -> tuple[Problem, ...]:
    return authorize(operation, facts.caller, facts.target)


def _operations_of(found: DirectoryObject, changes: ObjectChanges) -> tuple[Operation, ...]:
    ordinary = _UPDATING[found.kind]
    if KEYS in changes.attributes and found.kind in CHANGING_SECRETS:
        return (ordinary, CHANGING_SECRETS[found.kind])
    if found.kind is not ObjectKind.USER:
        return (ordinary,)
    reset = (Operation.RESET_PASSWORD,) if changes.concerns_password else ()
    if changes.is_only_password:
        return reset
    return (*reset, Operation.CHANGE_SIGN_IN if changes.concerns_sign_in else ordinary)


def _apply(found: DirectoryObject, changes: ObjectChanges) -> DirectoryObject:
    attributes = dict(join_keys(found, changes.attributes))
    mail = attributes.pop("mail", found.mail)
    name = changes.user_principal_name
    return replace(
        found,
        display_name=found.display_name if changes.display_name is None else changes.display_name,
        is_enabled=found.is_enabled if changes.is_enabled is None else changes.is_enabled,
        user_principal_name=found.user_principal_name if name is None else name,
        mail=mail if isinstance(mail, str) else None,
        attributes={**found.attributes, **attributes},
    )


def _check_immutable(found: DirectoryObject, changes: ObjectChanges) -> tuple[Problem, ...]:
    asked = changes.is_role_assignable
    if asked is not None and asked != found.is_role_assignable:
        return (refuse_property("isAssignableToRole", Reason.CANNOT_CHANGE),)
    restricted = changes.attributes.get(_RESTRICTED, found.attributes.get(_RESTRICTED))
    if bool(restricted) != bool(found.attributes.get(_RESTRICTED)):
        return (refuse_property(_RESTRICTED, Reason.CANNOT_CHANGE),)
    return tuple(_check_synced(found, changes))


def _check_synced(found: DirectoryObject, changes: ObjectChanges) -> Iterator[Problem]:
    # quirk(graph): what is synchronized is changed where it comes from - Graph, user: update
    own = _OWN_OF_SYNCED if found.kind is ObjectKind.USER else frozenset()
    if found.is_synced:
        names = dict.fromkeys(name for name in changes.names if name not in own)
        yield from (refuse_property(name, Reason.MASTERED_ELSEWHERE) for name in names)


def _check_names(
    new: DirectoryObject,
    names: Names,
    before: DirectoryObject | None = None,
    *,
    is_restored: bool = False,
) -> tuple[Problem, ...]:
    if new.kind is ObjectKind.USER:
        is_same = before is not None and before.user_principal_name == new.user_principal_name
        return () if is_same and not is_restored else _check_user_name(new, names)
    if new.kind is ObjectKind.SERVICE_PRINCIPAL and (before is None or is_restored):
        return _check_program(new, names)
    return ()


def _check_user_name(new: DirectoryObject, names: Names) -> tuple[Problem, ...]:
    name = new.user_principal_name or ""
    local, _, domain = name.partition("@")
    if not _LOCAL_NAME.fullmatch(local) or domain.lower() not in names.domains:
        return (refuse_property("userPrincipalName", Reason.DOMAIN_NOT_VERIFIED),)
    taken = names.find_user(name)
    if taken is not None and taken.id != new.id:
        return (Problem(Code.OBJECT_EXISTS, property="userPrincipalName"),)
    return ()


def _check_program(new: DirectoryObject, names: Names) -> tuple[Problem, ...]:
    taken = names.find_program(ObjectKind.SERVICE_PRINCIPAL, new.app_id)
    if taken is not None and taken.id != new.id:
        return (Problem(Code.OBJECT_EXISTS, property="servicePrincipalNames", value=new.app_id),)
    is_backed = names.find_program(ObjectKind.APPLICATION, new.app_id) is not None
    if is_backed or new.app_id == GRAPH_APP_ID or new.app_id in PROGRAMS:
        return ()
    return (refuse_property("appId", Reason.UNKNOWN_APPLICATION, new.app_id),)


def _check_password(
    person: DirectoryObject, password: str | None, *, is_refused: bool
) -> tuple[Problem, ...]:
    words = list_words_of(person)
    if password is None or is_strong(password, words, is_refused=is_refused):
        return ()
    return (refuse_property("passwordProfile/password", Reason.TOO_WEAK),)


def _check_group(new: DirectoryObject) -> tuple[Problem, ...]:
    if new.kind is not ObjectKind.GROUP:
        return ()
    attributes = new.attributes
    types = attributes.get("groupTypes")
    is_dynamic = isinstance(types, tuple) and DYNAMIC in types
    if new.is_role_assignable and is_dynamic:
        return (refuse_property("groupTypes", Reason.CONTRADICTORY, "isAssignableToRole"),)
    if new.is_role_assignable and attributes.get("securityEnabled") is not True:
        return (refuse_property("securityEnabled", Reason.CONTRADICTORY, "isAssignableToRole"),)
    if is_dynamic and not attributes.get("membershipRule"):
        return (refuse_property("membershipRule", Reason.MISSING),)
    return ()


def _check_administrators(facts: PrincipalFacts, changes: ObjectChanges) -> tuple[Problem, ...]:
    if changes.is_enabled is not False or facts.object is None:
        return ()
    if leaves_no_administrator(facts.administrators, (), facts.object.id):
        return (Problem(Code.LAST_ADMINISTRATOR),)
    return ()
