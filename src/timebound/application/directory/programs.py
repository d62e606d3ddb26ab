"""Owners, client secrets and permissions of applications; members of administrative units."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from timebound.application.changes import (
    AddOwner,
    AddUnitMember,
    GrantPermission,
    PutObject,
    PutSecret,
    RemoveOwner,
    RemoveSecret,
    RemoveUnitMember,
    RevokePermission,
    TouchObject,
    Write,
    application_key,
    principal_key,
)
from timebound.application.directory.objects import load_changed
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.ports import SecretKeeper
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.program_changes import (
    ConsentAsk,
    Consented,
    Link,
    SecretDraft,
    decide_consent,
    decide_owner,
    decide_secret,
    decide_secret_removal,
    decide_unit_member,
)
from timebound.domain.times import Instant, add_span

CLIENT_SECRET: Final = "clientSecret"  # noqa: S105 - the name of a kind of secret
SECRET_LIFE: Final = timedelta(days=730)
"""How long a client secret lasts if nobody says. Source: Graph, application: addPassword."""
_HINT: Final = 3


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A client secret that was made: told once, to whoever asked for it."""

    draft: SecretDraft
    text: str = field(repr=False)


async def set_owner(
    work: Work, kind: ObjectKind, object_id: PrincipalId, owner_id: PrincipalId, *, is_added: bool
) -> DirectoryObject | Refused:
    """Gives an application or a service principal an owner, or takes one away."""

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id)
        other = await load_changed(work, versions, owner_id)
        is_there = owner_id in facts.target.owner_ids
        decision = decide_owner(Link(facts, other, is_there, is_added), kind)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            write: Write = (
                AddOwner(object_id, owner_id) if is_added else RemoveOwner(object_id, owner_id)
            )
            told = EventKind.OWNER_ADDED if is_added else EventKind.OWNER_REMOVED
            data: dict[str, Fact] = {"ownerId": owner_id, "objectKind": kind.value}
            event = teller.tell(told, object_id, data)
            writes = (write, TouchObject(object_id))
            return Record(decision, writes, (event,), frozenset({principal_key(object_id)}))

        return facts.caller, record

    asked: dict[str, Fact] = {
        "ownerId": owner_id,
        "objectKind": kind.value,
        "action": "add" if is_added else "remove",
    }
    return await carry_out(work, object_id, asked, judge)


async def set_unit_member(
    work: Work, unit_id: PrincipalId, member_id: PrincipalId, *, is_added: bool
) -> DirectoryObject | Refused:
    """Puts a person or a group into an administrative unit, or takes them out."""

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, unit_id)
        other = await load_changed(work, versions, member_id)
        is_there = unit_id in other.target.unit_ids
        decision = decide_unit_member(Link(facts, other, is_there, is_added))
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            write: Write = (
                AddUnitMember(unit_id, member_id)
                if is_added
                else RemoveUnitMember(unit_id, member_id)
            )
            told = EventKind.UNIT_MEMBER_ADDED if is_added else EventKind.UNIT_MEMBER_REMOVED
            event = teller.tell(told, unit_id, {"memberId": member_id})
            keys = frozenset({principal_key(unit_id), principal_key(member_id)})
            return Record(decision, (write, TouchObject(unit_id)), (event,), keys)

        return facts.caller, record

    asked: dict[str, Fact] = {"memberId": member_id, "action": "add" if is_added else "remove"}
    return await carry_out(work, unit_id, asked, judge)


@dataclass(frozen=True, slots=True)
class AskedSecret:
    """What the client says of the secret it wants."""

    display_name: str | None = None
    start: Instant | None = None
    end: Instant | None = None


async def add_secret(
    work: Work,
    keeper: SecretKeeper,
    kind: ObjectKind,
    object_id: PrincipalId,
    asked: AskedSecret,
) -> NewSecret | Refused:
    """Makes a client secret; it can be read in the answer and nowhere else."""
    text = keeper.new_secret()
    start = asked.start or work.at
    end = asked.end or add_span(start, SECRET_LIFE)
    key_id = work.engine.ids.new_id()
    draft = SecretDraft(key_id, text[:_HINT], start, end, asked.display_name)
    sealed = await keeper.seal(text)

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[NewSecret]]:
        facts = await load_changed(work, versions, object_id)
        decision = decide_secret(facts, kind, draft)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[NewSecret]:
            put = PutSecret(object_id, CLIENT_SECRET, sealed, key_id, start, end)
            data = {"keyId": key_id, "end": end.isoformat(), "objectKind": kind.value}
            event = teller.tell(EventKind.SECRET_ADDED, object_id, data)
            keys = frozenset({principal_key(object_id)})
            return Record(NewSecret(draft, text), (PutObject(decision), put), (event,), keys)

        return facts.caller, record

    said: dict[str, Fact] = {"action": "addPassword", "objectKind": kind.value}
    return await carry_out(work, object_id, said, judge)


async def remove_secret(
    work: Work, kind: ObjectKind, object_id: PrincipalId, key_id: str
) -> DirectoryObject | Refused:
    """Takes a client secret away."""

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id)
        decision = decide_secret_removal(facts, kind, key_id)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            data: dict[str, Fact] = {"keyId": key_id, "objectKind": kind.value}
            event = teller.tell(EventKind.SECRET_REMOVED, object_id, data)
            writes = (PutObject(decision), RemoveSecret(object_id, key_id))
            return Record(decision, writes, (event,), frozenset({principal_key(object_id)}))

        return facts.caller, record

    asked: dict[str, Fact] = {
        "action": "removePassword",
        "keyId": key_id,
        "objectKind": kind.value,
    }
    return await carry_out(work, object_id, asked, judge)


async def change_consent(
    work: Work, principal_id: PrincipalId, ask: ConsentAsk
) -> Consented | Refused:
    """Grants permissions to the application of a service principal, or revokes them."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Consented]]:
        target = await work.engine.store.load_target(work.token, principal_id, work.at)
        versions.add(target.versions)
        held = frozenset(name for name, flag in target.permissions if flag is ask.is_delegated)
        decision = decide_consent(target.facts, held, ask)
        if isinstance(decision, Refused):
            return target.facts.caller, decision

        async def record(teller: Teller) -> Record[Consented]:
            app_id = decision.application_id
            writes, events = _record_consent(principal_id, decision, ask, teller)
            keys = frozenset({application_key(app_id), principal_key(principal_id)})
            return Record(decision, tuple(writes), tuple(events), keys)

        return target.facts.caller, record

    asked: dict[str, Fact] = {
        "permissions": tuple(sorted(ask.names)),
        "isDelegated": ask.is_delegated,
        "action": ask.mode.value,
    }
    return await carry_out(work, principal_id, asked, judge)


def _record_consent(
    principal_id: PrincipalId, decision: Consented, ask: ConsentAsk, teller: Teller
) -> tuple[list[Write], list[Event]]:
    app_id, flag = decision.application_id, ask.is_delegated
    added, removed = sorted(decision.added), sorted(decision.removed)
    writes: list[Write] = [
        *(GrantPermission(app_id, name, flag) for name in added),
        *(RevokePermission(app_id, name, flag) for name in removed),
    ]
    events = [
        teller.tell(
            kind,
            principal_id,
            {"permission": name, "isDelegated": flag, "applicationId": app_id},
        )
        for kind, names in (
            (EventKind.PERMISSION_GRANTED, added),
            (EventKind.PERMISSION_REVOKED, removed),
        )
        for name in names
    ]
    return writes, events
