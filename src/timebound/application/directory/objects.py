"""Directory objects made, changed, deleted, restored, and removed for ever."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from timebound.application.changes import (
    ADMINISTRATORS,
    AddOwner,
    EndConsents,
    FactKey,
    PurgeObject,
    PutObject,
    PutSecret,
    RevokePermission,
    UpdateRequest,
    Write,
    application_key,
    name_key,
    principal_key,
)
from timebound.application.directory.keys import tell_keys
from timebound.application.directory.memberships import load_slots, record_memberships
from timebound.application.directory.sign_in_ends import put_away
from timebound.application.directory.work import Recorder, Work, carry_out, tell_kind
from timebound.application.ending import write_endings
from timebound.application.engine import Record, Teller
from timebound.application.ports import SecretKeeper
from timebound.application.recording import changed_by_principal
from timebound.application.target_ports import LoadedTarget
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind, complete_object
from timebound.domain.directory_changes import (
    Names,
    ObjectChanges,
    decide_creation,
    decide_purge,
    decide_restoration,
    decide_update,
)
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.grants import Slot
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.memberships import Added, begin_memberships
from timebound.domain.principal_changes import Changed, PrincipalFacts, decide_deletion
from timebound.domain.principals import Principal
from timebound.domain.requests import Status
from timebound.domain.requirements import Operation
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import group_scope

PASSWORD: Final = "password"  # noqa: S105 - the name of a kind of secret
_PROGRAMS: Final = (ObjectKind.APPLICATION, ObjectKind.SERVICE_PRINCIPAL)


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object to be made, all but its id; its password, and who is in the group from then on."""

    object: DirectoryObject
    password: str | None = field(default=None, repr=False)
    member_ids: tuple[PrincipalId, ...] = ()
    owner_ids: tuple[PrincipalId, ...] = ()


async def create_object(
    work: Work, keeper: SecretKeeper, asked: NewObject
) -> DirectoryObject | Refused:
    """Makes an object; a group with its members and owners, a person with their password."""
    id_ = PrincipalId(work.engine.ids.new_id())
    new = complete_object(replace(asked.object, id=id_, created_at=work.at))
    sealed = await keeper.seal(asked.password) if asked.password is not None else None
    listed = sealed is not None and await keeper.is_refused(asked.password or "")
    data: dict[str, Fact] = {"objectKind": new.kind.value, "action": "create"}

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        names = await _load_names(work, versions, new)
        target = await work.engine.store.load_target(work.token, new.id, work.at)
        versions.add(target.versions)
        caller = target.facts.caller
        backing = await _load_backing(work, versions, new, names)
        decision = decide_creation(caller, new, names, asked.password, backing, is_refused=listed)
        if isinstance(decision, Refused):
            return caller, decision
        added = await _begin(work, versions, new, asked)
        if isinstance(added, Refused):
            return caller, added

        async def record(teller: Teller) -> Record[DirectoryObject]:
            return _record_creation(new, sealed, added, caller, teller)

        return caller, record

    return await carry_out(work, new.id, data, judge)


async def update_object(
    work: Work,
    keeper: SecretKeeper,
    kind: ObjectKind,
    object_id: PrincipalId,
    changes: ObjectChanges,
) -> DirectoryObject | Refused:
    """Changes an object; never disables the last administrator."""
    sealed = await keeper.seal(changes.password) if changes.password is not None else None
    is_refused = sealed is not None and await keeper.is_refused(changes.password or "")
    data: dict[str, Fact] = {"objectKind": kind.value, "properties": changes.names}
    data["action"] = "update"

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id, is_whole=changes.is_enabled is False)
        names = await _load_names(work, versions, facts.object, changes)
        decision = decide_update(facts, kind, changes, names, is_refused=is_refused)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            return _record_update(work, facts, decision, changes, sealed, teller)

        return facts.caller, record

    return await carry_out(work, object_id, data, judge)


async def delete_object(
    work: Work, object_id: PrincipalId, kind: ObjectKind | None = None
) -> DirectoryObject | Refused:
    """Deletes an object of the kind, or of any, and ends what it holds and what is held over it.

    With an application goes its service principal, and with that what it was permitted.
    """
    data: dict[str, Fact] = {"action": "delete"}

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        loaded = await _load_whole(work, versions, object_id)
        facts = loaded.facts
        data.update({"objectKind": kind.value} if kind else tell_kind(facts.object))
        decision = decide_deletion(facts, work.at, kind)
        if isinstance(decision, Refused):
            return facts.caller, decision
        parts = [(loaded, decision)]
        principal_id = await _find_principal(work, versions, decision.object)
        if principal_id is not None:
            further = await _load_whole(work, versions, principal_id)
            target = replace(further.facts.target, owner_ids=facts.target.owner_ids)
            further = replace(further, facts=replace(further.facts, target=target))
            second = decide_deletion(further.facts, work.at)
            if isinstance(second, Refused):
                return facts.caller, second
            parts.append((further, second))

        async def record(teller: Teller) -> Record[DirectoryObject]:
            return await _record_deletion(work, parts, teller)

        return facts.caller, record

    return await carry_out(work, object_id, data, judge)


async def restore_object(work: Work, object_id: PrincipalId) -> DirectoryObject | Refused:
    """Brings a deleted object back, without anything that it held."""
    data: dict[str, Fact] = {"action": "restore"}

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id)
        data.update(tell_kind(facts.object))
        names = await _load_names(work, versions, facts.object)
        decision = decide_restoration(facts, names, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            event = teller.tell(EventKind.OBJECT_RESTORED, object_id, _describe(decision))
            return Record(decision, (PutObject(decision),), (event,), _keys_of(decision))

        return facts.caller, record

    return await carry_out(work, object_id, data, judge)


async def purge_object(work: Work, object_id: PrincipalId) -> DirectoryObject | Refused:
    """Removes a deleted object for ever; its history stays."""
    data: dict[str, Fact] = {"action": "purge"}

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id)
        data.update(tell_kind(facts.object))
        decision = decide_purge(facts, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            event = teller.tell(EventKind.OBJECT_PURGED, object_id, _describe(decision))
            return Record(decision, (PurgeObject(object_id),), (event,), _keys_of(decision))

        return facts.caller, record

    return await carry_out(work, object_id, data, judge)


async def load_changed(
    work: Work, versions: Versions, object_id: PrincipalId, *, is_whole: bool = False
) -> PrincipalFacts:
    """The facts about an object that is changed; with all that it holds where that matters."""
    target = await work.engine.store.load_target(work.token, object_id, work.at)
    versions.add(target.versions)
    if not is_whole:
        return target.facts
    loaded = await work.engine.store.load_principal_facts(work.token, object_id, work.at)
    versions.add(loaded.versions)
    return replace(loaded.facts, target=target.facts.target)


async def _load_whole(work: Work, versions: Versions, object_id: PrincipalId) -> LoadedTarget:
    store = work.engine.store
    target = await store.load_target(work.token, object_id, work.at)
    versions.add(target.versions)
    facts = await load_changed(work, versions, object_id, is_whole=True)
    scoped = await store.load_scoped_grants(work.token.tenant_id, object_id, work.at)
    versions.add(scoped.versions)
    grants = {grant.id: grant for grant in (*facts.grants, *scoped.grants)}
    return replace(target, facts=replace(facts, grants=tuple(grants.values())))


async def _load_names(
    work: Work,
    versions: Versions,
    found: DirectoryObject | None,
    changes: ObjectChanges | None = None,
) -> Names:
    if found is None:
        return Names()
    asked = (found.user_principal_name, changes.user_principal_name if changes else None)
    app_ids = (found.app_id,) if found.app_id else ()
    user_names = tuple(name for name in asked if name)
    if not user_names and not app_ids:
        return Names()
    loaded = await work.engine.store.load_names(work.token.tenant_id, user_names, app_ids)
    versions.add(loaded.versions)
    return loaded.names


async def _load_backing(
    work: Work, versions: Versions, new: DirectoryObject, names: Names
) -> Target | None:
    """The application that a new service principal is the account of, as a target."""
    backing = names.find_program(ObjectKind.APPLICATION, new.app_id)
    if new.kind is not ObjectKind.SERVICE_PRINCIPAL or backing is None:
        return None
    return (await load_changed(work, versions, backing.id)).target


async def _find_principal(
    work: Work, versions: Versions, deleted: DirectoryObject
) -> PrincipalId | None:
    if deleted.kind is not ObjectKind.APPLICATION:
        return None
    names = await _load_names(work, versions, deleted)
    found = names.find_program(ObjectKind.SERVICE_PRINCIPAL, deleted.app_id)
    return found.id if found else None


async def _begin(
    work: Work, versions: Versions, new: DirectoryObject, asked: NewObject
) -> Added | Refused:
    scope, group = group_scope(new.id), new.as_principal()
    slots = [Slot(one, MEMBER, scope) for one in asked.member_ids]
    slots += [Slot(one, OWNER, scope) for one in asked.owner_ids]
    if not slots or not isinstance(group, Principal):
        return Added(())
    return begin_memberships(await load_slots(work, versions, slots), group, work.at)


def _record_creation(
    new: DirectoryObject, sealed: str | None, added: Added, caller: Caller, teller: Teller
) -> Record[DirectoryObject]:
    events = [teller.tell(EventKind.OBJECT_CREATED, new.id, _describe(new))]
    events += tell_keys(None, new, teller)
    writes: list[Write] = [PutObject(new)]
    if sealed is not None:
        writes.append(PutSecret(new.id, PASSWORD, sealed))
        events.append(teller.tell(EventKind.PASSWORD_SET, new.id, {"isFirst": True}))
    if new.kind in _PROGRAMS and authorize(Operation.UPDATE_APPLICATION, caller):
        # Who could not manage what they made otherwise becomes its owner.
        writes.append(AddOwner(new.id, caller.id))
        owner: dict[str, Fact] = {"ownerId": caller.id, **tell_kind(new)}
        events.append(teller.tell(EventKind.OWNER_ADDED, new.id, owner))
    more_writes, more_events, keys = record_memberships(added, teller)
    return Record(
        new, (*writes, *more_writes), (*events, *more_events), _keys_of(new) | frozenset(keys)
    )


def _record_update(
    work: Work,
    facts: PrincipalFacts,
    changed: DirectoryObject,
    changes: ObjectChanges,
    sealed: str | None,
    teller: Teller,
) -> Record[DirectoryObject]:
    data = {**_describe(changed), "properties": changes.names}
    kind = EventKind.OBJECT_CHANGED if changes.is_enabled is None else EventKind.PRINCIPAL_CHANGED
    events = [teller.tell(kind, changed.id, data), *tell_keys(facts.object, changed, teller)]
    is_disabled = changes.is_enabled is False
    writes: list[Write] = [*put_away(work, changed)] if is_disabled else [PutObject(changed)]
    if sealed is not None:
        writes.append(PutSecret(changed.id, PASSWORD, sealed))
        events.append(teller.tell(EventKind.PASSWORD_SET, changed.id, {}))
    keys = {*_keys_of(changed), *(_keys_of(facts.object) if facts.object else ())}
    if changes.is_enabled is not None:
        keys.add(ADMINISTRATORS)
    return Record(changed, tuple(writes), tuple(events), frozenset(keys))


async def _record_deletion(
    work: Work, parts: Iterable[tuple[LoadedTarget, Changed]], teller: Teller
) -> Record[DirectoryObject]:
    writes: list[Write] = []
    events: list[Event] = []
    keys: set[FactKey] = set()
    outcomes = []
    for loaded, decision in parts:
        outcomes.append(decision.object)
        events.append(
            teller.tell(EventKind.OBJECT_DELETED, decision.object.id, _describe(decision.object))
        )
        ends, told = await write_endings(
            work.engine.store, work.token.tenant_id, decision.endings, teller
        )
        revoked, revocations = _revoke_all(loaded, decision.object, teller)
        writes += [*put_away(work, decision.object), *ends, *_close(decision, teller), *revoked]
        events += [*told, *revocations]
        keys |= {*changed_by_principal(loaded.facts, decision), *_keys_of(decision.object)}
    return Record(outcomes[0], tuple(writes), tuple(events), frozenset(keys))


def _close(decision: Changed, teller: Teller) -> Iterable[UpdateRequest]:
    return (
        UpdateRequest(replace(request, status=Status.FAILED, completed_at=teller.at))
        for request in decision.closed
    )


def _revoke_all(
    loaded: LoadedTarget, deleted: DirectoryObject, teller: Teller
) -> tuple[list[Write], list[Event]]:
    """A service principal that comes back, or is made anew, is permitted nothing of before.

    Nor do applications act any more for a person who comes back.
    """
    if deleted.kind is ObjectKind.USER:
        return [EndConsents(deleted.id, is_application=False)], []
    if deleted.kind is not ObjectKind.SERVICE_PRINCIPAL or deleted.app_id is None:
        return [], []
    app_id = ApplicationId(deleted.app_id)
    held = sorted(loaded.permissions)
    writes: list[Write] = [RevokePermission(app_id, name, flag) for name, flag in held]
    writes.append(EndConsents(app_id, is_application=True))
    events = [
        teller.tell(
            EventKind.PERMISSION_REVOKED,
            deleted.id,
            {"permission": name, "isDelegated": flag, "applicationId": app_id},
        )
        for name, flag in held
    ]
    return writes, events


def _keys_of(found: DirectoryObject) -> frozenset[FactKey]:
    keys = {principal_key(found.id)}
    if found.user_principal_name:
        keys.add(name_key(found.user_principal_name))
    if found.app_id:
        keys |= {name_key(found.app_id), application_key(found.app_id)}
    return frozenset(keys)


def _describe(found: DirectoryObject) -> Mapping[str, Fact]:
    return {
        "objectKind": found.kind.value,
        "displayName": found.display_name,
        "isEnabled": found.is_enabled,
        "isDeleted": found.deleted_at is not None,
        "isRoleAssignable": found.is_role_assignable,
        "userPrincipalName": found.user_principal_name,
        "applicationId": found.app_id,
    }
