"""What an application may do on behalf of people: of everybody, or of one person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from timebound.application.changes import (
    GrantConsent,
    GrantPermission,
    RevokeConsent,
    RevokePermission,
    Write,
    application_key,
    principal_key,
)
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.sign_in_ports import SignInStore
from timebound.application.target_ports import LoadedTarget
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.delegations import Person, decide_delegation, is_of_graph
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.program_changes import ConsentAsk, Consented


@dataclass(frozen=True, slots=True)
class Delegation:
    """Who acts, by the id of its service principal, and for whom: for everybody without a user."""

    client_id: PrincipalId
    user_id: PrincipalId | None = None


async def change_delegation(
    work: Work, consents: SignInStore, delegation: Delegation, ask: ConsentAsk
) -> Consented | Refused:
    """Grants permissions of Microsoft Graph on behalf of people, or revokes them.

    Those of APIs of the tenant's own stay as they are.
    """

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Consented]]:
        loaded = await _load(work, versions, delegation.client_id)
        person = await _load_person(work, versions, delegation.user_id)
        held = await _find_held(work, consents, loaded, delegation.user_id)
        decision = decide_delegation(loaded.facts, person, held, ask)
        if isinstance(decision, Refused):
            return loaded.facts.caller, decision

        async def record(teller: Teller) -> Record[Consented]:
            return _record(delegation, decision, teller)

        return loaded.facts.caller, record

    return await carry_out(work, delegation.client_id, _tell(delegation, ask), judge)


async def _load(work: Work, versions: Versions, id_: PrincipalId) -> LoadedTarget:
    loaded = await work.engine.store.load_target(work.token, id_, work.at)
    versions.add(loaded.versions)
    return loaded


async def _load_person(
    work: Work, versions: Versions, user_id: PrincipalId | None
) -> Person | None:
    if user_id is None:
        return None
    return Person(user_id, (await _load(work, versions, user_id)).facts.object)


async def _find_held(
    work: Work, consents: SignInStore, loaded: LoadedTarget, user_id: PrincipalId | None
) -> frozenset[str]:
    """What is granted already; read after the versions that a change of it would raise."""
    found = loaded.facts.object
    if user_id is None:
        kept = frozenset(name for name, flag in loaded.permissions if flag)
    elif found is None or found.app_id is None:
        return frozenset()
    else:
        tenant_id, app_id = work.token.tenant_id, ApplicationId(found.app_id)
        kept = await consents.user_permissions(tenant_id, app_id, user_id)
    return frozenset(name for name in kept if is_of_graph(name))


def _tell(delegation: Delegation, ask: ConsentAsk) -> dict[str, Fact]:
    asked: dict[str, Fact] = {
        "permissions": tuple(sorted(ask.names)),
        "isDelegated": True,
        "action": ask.mode.value,
    }
    return asked if delegation.user_id is None else {**asked, "userId": delegation.user_id}


def _record(delegation: Delegation, decision: Consented, teller: Teller) -> Record[Consented]:
    client_id, user_id = delegation.client_id, delegation.user_id
    app_id = decision.application_id
    events = [
        *_tell_all(teller, client_id, EventKind.PERMISSION_GRANTED, decision.added, app_id),
        *_tell_all(teller, client_id, EventKind.PERMISSION_REVOKED, decision.removed, app_id),
    ]
    keys = {application_key(app_id), principal_key(client_id)}
    if user_id is not None:
        events = [replace(one, data={**one.data, "userId": user_id}) for one in events]
        keys.add(principal_key(user_id))
    return Record(decision, tuple(_write(decision, user_id)), tuple(events), frozenset(keys))


def _write(decision: Consented, user_id: PrincipalId | None) -> list[Write]:
    app_id, added, removed = decision.application_id, decision.added, decision.removed
    if user_id is None:
        return [
            *(RevokePermission(app_id, name, is_delegated=True) for name in sorted(removed)),
            *(GrantPermission(app_id, name, is_delegated=True) for name in sorted(added)),
        ]
    return [
        *(RevokeConsent(user_id, app_id, name) for name in sorted(removed)),
        *(GrantConsent(user_id, app_id, name) for name in sorted(added)),
    ]


def _tell_all(
    teller: Teller,
    client_id: PrincipalId,
    kind: EventKind,
    names: frozenset[str],
    app_id: ApplicationId,
) -> list[Event]:
    data: Mapping[str, Fact] = {"isDelegated": True, "applicationId": app_id}
    return [teller.tell(kind, client_id, {"permission": one, **data}) for one in sorted(names)]
