"""The records of what was written to the directory: objects, owners, units, secrets, consent."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from timebound.domain.audit.directory import (
    CHANGE_PASSWORD,
    CONSENT,
    DISABLE,
    ENABLE,
    END_SESSIONS,
    KIND_TYPES,
    RESET_PASSWORD,
    UPDATE_SETTINGS,
    UPDATE_USER,
    name_bundle_deed,
    name_denial_deed,
    name_factor_deed,
    name_object_deed,
    name_owner_deed,
    name_permission_deed,
    name_role_deed,
    name_secret_deed,
    name_unit_deed,
)
from timebound.domain.audit.making import begin
from timebound.domain.audit.pim import ROLE_SETTING, name_activity
from timebound.domain.audit.records import (
    Activity,
    AuditRecord,
    Change,
    Deed,
    Target,
    TargetType,
)
from timebound.domain.directory import ObjectKind
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.scopes import ScopeKind

Tell: TypeAlias = Callable[[Event], Iterator[AuditRecord]]

_ADDING: Final = frozenset(
    {
        EventKind.OWNER_ADDED,
        EventKind.UNIT_MEMBER_ADDED,
        EventKind.SECRET_ADDED,
        EventKind.FACTOR_ADDED,
        EventKind.PERMISSION_GRANTED,
    }
)


def kind_of(data: Mapping[str, Fact], otherwise: ObjectKind = ObjectKind.USER) -> ObjectKind:
    """The kind of object that an event is about."""
    told = data.get("objectKind")
    return otherwise if told is None else ObjectKind(told)


def target_of(event: Event, kind: ObjectKind, *changes: Change) -> Target:
    """The object that an event is about, by the name that the event knows."""
    name = event.data.get("displayName")
    told = None if name is None else str(name)
    return Target(KIND_TYPES[kind], event.subject_id, told, changes)


def tell_object(event: Event) -> Iterator[AuditRecord]:
    """An object made, changed, deleted, restored or removed for good."""
    kind = kind_of(event.data)
    names = event.data.get("properties")
    changed = [str(name) for name in names] if isinstance(names, tuple) else []
    changes = [Change("Included Updated Properties", new=", ".join(changed))] if changed else []
    yield begin(event, name_object_deed(event.kind, kind), target_of(event, kind, *changes))
    if event.kind is EventKind.PRINCIPAL_CHANGED and kind is ObjectKind.USER:
        is_enabled = event.data.get("isEnabled") is True
        value = "true" if is_enabled else "false"
        target = target_of(event, kind, Change("AccountEnabled", new=value))
        yield begin(event, ENABLE if is_enabled else DISABLE, target)


def tell_owner(event: Event) -> Iterator[AuditRecord]:
    """An owner of an application or of its account."""
    kind = kind_of(event.data, ObjectKind.APPLICATION)
    activity = name_owner_deed(kind, is_added=_is_added(event))
    owner = Target(TargetType.PRINCIPAL, str(event.data["ownerId"]))
    yield begin(event, activity, owner, target_of(event, kind))


def tell_unit_member(event: Event) -> Iterator[AuditRecord]:
    """Somebody in an administrative unit."""
    activity = name_unit_deed(is_added=_is_added(event))
    member = Target(TargetType.PRINCIPAL, str(event.data["memberId"]))
    yield begin(event, activity, member, target_of(event, ObjectKind.ADMINISTRATIVE_UNIT))


def tell_password(event: Event) -> Iterator[AuditRecord]:
    """A password that was changed or reset; one that a person is made with is part of that."""
    if event.data.get("isFirst") is not True:
        activity = CHANGE_PASSWORD if event.data.get("isOwn") is True else RESET_PASSWORD
        yield begin(event, activity, target_of(event, ObjectKind.USER))


def tell_secret(event: Event) -> Iterator[AuditRecord]:
    """A secret or a certificate: which one, never what it is."""
    kind = kind_of(event.data, ObjectKind.APPLICATION)
    activity = name_secret_deed(kind, is_added=_is_added(event))
    told = tuple(
        (name, str(event.data[name]))
        for name in ("keyId", "type", "end", "issuer", "subject")
        if event.data.get(name) is not None
    )
    key_id = str(event.data.get("keyId"))
    is_added = _is_added(event)
    change = Change(
        "KeyDescription", old=None if is_added else key_id, new=key_id if is_added else None
    )
    yield replace(begin(event, activity, target_of(event, kind, change)), details=told)


def tell_factor(event: Event) -> Iterator[AuditRecord]:
    """Something to prove oneself with."""
    is_own = event.actor.user_id == event.subject_id
    activity = name_factor_deed(is_own=is_own, is_added=_is_added(event))
    details = (("AuthenticationMethod", str(event.data["kind"])),)
    yield replace(begin(event, activity, target_of(event, ObjectKind.USER)), details=details)


def tell_permission(event: Event) -> Iterator[AuditRecord]:
    """A permission of an application; and the consent that it was one part of."""
    data, is_added = event.data, _is_added(event)
    is_delegated = data.get("isDelegated") is True
    name = "DelegatedPermissionGrant.Scope" if is_delegated else "AppRole.Value"
    value = str(data["permission"])
    change = Change(name, old=None if is_added else value, new=value if is_added else None)
    target = target_of(event, ObjectKind.SERVICE_PRINCIPAL, change)
    user_id = data.get("userId")
    people = () if user_id is None else (Target(TargetType.USER, str(user_id)),)
    activity = name_permission_deed(is_delegated=is_delegated, is_added=is_added)
    yield begin(event, activity, target, *people)
    consented = data.get("consented")
    if isinstance(consented, tuple):
        for_all = Change("ConsentContext.IsAdminConsent", new=str(user_id is None))
        said = Change("ConsentAction.Permissions", new=" ".join(str(one) for one in consented))
        yield begin(event, CONSENT, target_of(event, ObjectKind.SERVICE_PRINCIPAL, for_all, said))


def tell_policy(event: Event) -> Iterator[AuditRecord]:
    """The policy of a role at a scope: each rule as it was and as it is, in compact JSON."""
    rules, told = event.data.get("changedRules"), event.data.get("changes")
    changed = [str(rule) for rule in rules] if isinstance(rules, tuple) else []
    known = told if isinstance(told, Mapping) else {}
    changes = tuple(_tell_rule(rule, known.get(rule)) for rule in changed)
    yield begin(event, name_policy(event), *targets_of_policy(event, *changes))


def tell_extension(event: Event) -> Iterator[AuditRecord]:
    """A custom extension: each of its members as it was and as it is, in compact JSON."""
    told = event.data.get("changes")
    changes = (
        tuple(_tell_rule(name, said) for name, said in told.items())
        if isinstance(told, Mapping)
        else ()
    )
    yield begin(event, name_policy(event), target_of_extension(event, *changes))


def tell_denial(event: Event) -> Iterator[AuditRecord]:
    """A deny assignment."""
    yield begin_denial(event)


def begin_denial(event: Event) -> AuditRecord:
    """The record of what was done, or was to be done, to a deny assignment."""
    name = event.data.get("displayName")
    told = None if name is None else str(name)
    target = Target(TargetType.OTHER, event.subject_id, told)
    return begin(event, name_denial_deed(str(event.data.get("denial"))), target)


def target_of_extension(event: Event, *changes: Change) -> Target:
    """The extension; there is no published activity of its own."""
    name = event.data.get("displayName")
    told = None if name is None else str(name)
    return Target(TargetType.OTHER, event.subject_id, told, changes)


def targets_of_policy(event: Event, *changes: Change) -> tuple[Target, ...]:
    """The role whose policy it is, and the group where it is one's: all groups share their roles.

    Of a change of many policies that was refused as a whole no role is known.
    """
    role = Target(TargetType.ROLE, event.subject_id or None, None, changes)
    group_id = event.data.get("scope")
    if event.data.get("scopeKind") != ScopeKind.GROUP.value or group_id is None:
        return (role,)
    return role, Target(TargetType.GROUP, str(group_id))


def _tell_rule(rule: str, said: Fact) -> Change:
    if not isinstance(said, Mapping):
        return Change(rule, new="changed")  # events of older versions tell no more
    return Change(rule, old=_write(said["old"]), new=_write(said["new"]))


def _write(facts: Fact) -> str:
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False)


def name_policy(event: Event) -> Activity:
    """The activity of changing a policy."""
    return name_activity(ROLE_SETTING, event.data, Deed.UPDATE)


def tell_role(event: Event) -> Iterator[AuditRecord]:
    """A role definition."""
    activity = name_role_deed(str(event.data["deed"]), str(event.data.get("scopeKind")))
    yield begin(event, activity, target_of(event, ObjectKind.DIRECTORY_ROLE))


def tell_bundle(event: Event) -> Iterator[AuditRecord]:
    """An assignment of a provider's role."""
    people = event.data.get("principalIds")
    ids = people if isinstance(people, tuple) else ()
    yield begin(
        event,
        name_bundle_deed(str(event.data["deed"])),
        Target(TargetType.ROLE, str(event.data["roleId"])),
        *(Target(TargetType.PRINCIPAL, str(one)) for one in ids),
    )


def tell_sessions(event: Event) -> Iterator[AuditRecord]:
    """The end of what somebody was signed in to."""
    yield begin(event, END_SESSIONS, target_of(event, ObjectKind.USER))


def tell_link(event: Event) -> Iterator[AuditRecord]:
    """Somebody who is known to another issuer as well, or no more."""
    is_added = event.kind is EventKind.IDENTITY_LINKED
    value = f"{event.data['subject']} of {event.data['issuer']}"
    change = Change("Identities", None if is_added else value, value if is_added else None)
    yield begin(event, UPDATE_USER, target_of(event, ObjectKind.USER, change))


def tell_settings(event: Event) -> Iterator[AuditRecord]:
    """What a tenant has set."""
    changed = event.data.get("changed")
    told = changed.items() if isinstance(changed, Mapping) else ()
    changes = tuple(
        Change(name, _say(one, "from"), _say(one, "to"))
        for name, one in told
        if isinstance(one, Mapping)
    )
    yield begin(event, UPDATE_SETTINGS, Target(TargetType.DIRECTORY, None, None, changes))


def tell_removed(event: Event) -> Iterator[AuditRecord]:
    """That retention has removed the content of old events, as the tenant has set it."""
    record = begin(event, UPDATE_SETTINGS, Target(TargetType.DIRECTORY))
    told = (("ContentRemovedBefore", "before"), ("ContentRemovedCount", "count"))
    yield replace(record, details=tuple((name, str(event.data[key])) for name, key in told))


def _say(one: Mapping[str, Fact], word: str) -> str | None:
    return None if one.get(word) is None else str(one[word])


def _is_added(event: Event) -> bool:
    return event.kind in _ADDING
