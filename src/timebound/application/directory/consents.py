"""Consent that somebody gives where they sign in: for themselves, or for everybody."""

from dataclasses import dataclass, replace
from typing import Final

from timebound.application.changes import (
    GrantConsent,
    GrantPermission,
    RevokeConsent,
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
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.own_consents import (
    decide_consent_for_all,
    decide_own_consent,
    decide_own_withdrawal,
)
from timebound.domain.program_changes import Consented

_NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an application wants to be permitted: to act for people, and in its own name."""

    delegated: frozenset[str]
    application: frozenset[str] = _NOBODY


@dataclass(frozen=True, slots=True)
class _Given:
    """A consent that was decided."""

    delegated: Consented
    application: Consented | None = None


async def may_consent_for_all(work: Work, principal_id: PrincipalId, wanted: Wanted) -> bool:
    """Whether the caller could consent for everybody: the same line, without a trace."""
    loaded = await work.engine.store.load_target(work.token, principal_id, work.at)
    return not isinstance(_decide_for_all(loaded, wanted), Refused)


async def consent_for_all(
    work: Work, principal_id: PrincipalId, wanted: Wanted
) -> ApplicationId | Refused:
    """Lets the application of a service principal have permissions for everybody."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[ApplicationId]]:
        loaded = await _load(work, versions, principal_id)
        decision = _decide_for_all(loaded, wanted)
        if isinstance(decision, Refused):
            return loaded.facts.caller, decision

        async def record(teller: Teller) -> Record[ApplicationId]:
            return _record(principal_id, decision, teller)

        return loaded.facts.caller, record

    return await carry_out(work, principal_id, _tell(wanted, "consentForAll"), judge)


async def consent_for_oneself(
    work: Work, principal_id: PrincipalId, names: frozenset[str], free: frozenset[str]
) -> ApplicationId | Refused:
    """Lets the application of a service principal act for the caller alone.

    To permissions that are not `free` only those consent who could do so for everybody.
    """
    user_id = work.token.principal_id

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[ApplicationId]]:
        loaded = await _load(work, versions, principal_id)
        held = _held(loaded, is_delegated=True)
        decision = decide_own_consent(loaded.facts, held, names, free)
        if isinstance(decision, Refused):
            return loaded.facts.caller, decision

        async def record(teller: Teller) -> Record[ApplicationId]:
            return _record_own(principal_id, user_id, decision, teller)

        return loaded.facts.caller, record

    asked = _tell(Wanted(names), "consentForOneself")
    return await carry_out(work, principal_id, asked, judge)


async def withdraw_own_consents(
    work: Work, consents: SignInStore, principal_id: PrincipalId
) -> ApplicationId | Refused:
    """Takes back all that the caller lets the application of a service principal do for them."""
    user_id = work.token.principal_id

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[ApplicationId]]:
        loaded = await _load(work, versions, principal_id)
        app_id = loaded.facts.object.app_id if loaded.facts.object else None
        # Read after the versions that a change of it would raise.
        held = await consents.user_permissions(
            work.token.tenant_id, ApplicationId(app_id or ""), user_id
        )
        decision = decide_own_withdrawal(loaded.facts, held)
        if isinstance(decision, Refused):
            return loaded.facts.caller, decision

        async def record(teller: Teller) -> Record[ApplicationId]:
            return _record_own(principal_id, user_id, decision, teller)

        return loaded.facts.caller, record

    return await carry_out(work, principal_id, {"action": "withdrawOwnConsents"}, judge)


async def _load(work: Work, versions: Versions, principal_id: PrincipalId) -> LoadedTarget:
    loaded = await work.engine.store.load_target(work.token, principal_id, work.at)
    versions.add(loaded.versions)
    return loaded


def _decide_for_all(loaded: LoadedTarget, wanted: Wanted) -> _Given | Refused:
    held = _held(loaded, is_delegated=True)
    delegated = decide_consent_for_all(loaded.facts, held, wanted.delegated, is_delegated=True)
    if isinstance(delegated, Refused):
        return delegated
    if not wanted.application:
        return _Given(delegated)
    held = _held(loaded, is_delegated=False)
    application = decide_consent_for_all(loaded.facts, held, wanted.application, is_delegated=False)
    return application if isinstance(application, Refused) else _Given(delegated, application)


def _held(loaded: LoadedTarget, *, is_delegated: bool) -> frozenset[str]:
    return frozenset(name for name, flag in loaded.permissions if flag is is_delegated)


def _tell(wanted: Wanted, action: str) -> dict[str, Fact]:
    return {
        "permissions": tuple(sorted(wanted.delegated)),
        "applicationPermissions": tuple(sorted(wanted.application)),
        "action": action,
    }


def _record(principal_id: PrincipalId, given: _Given, teller: Teller) -> Record[ApplicationId]:
    app_id = given.delegated.application_id
    pairs = [(name, True) for name in sorted(given.delegated.added)]
    if given.application is not None:
        pairs += [(name, False) for name in sorted(given.application.added)]
    writes: list[Write] = [GrantPermission(app_id, name, flag) for name, flag in pairs]
    events = [_tell_grant(teller, principal_id, app_id, name, flag=flag) for name, flag in pairs]
    events = _tell_consent(events, [name for name, _ in pairs])
    keys = frozenset({application_key(app_id), principal_key(principal_id)})
    return Record(app_id, tuple(writes), tuple(events), keys if writes else frozenset())


def _tell_grant(
    teller: Teller, principal_id: PrincipalId, app_id: ApplicationId, name: str, *, flag: bool
) -> Event:
    data: dict[str, Fact] = {
        "permission": name,
        "isDelegated": flag,
        "applicationId": app_id,
    }
    return teller.tell(EventKind.PERMISSION_GRANTED, principal_id, data)


def _tell_consent(events: list[Event], names: list[str]) -> list[Event]:
    """The first of the events tells of the consent that all of them come from."""
    consented: dict[str, Fact] = {"consented": tuple(names)}
    return [replace(one, data={**one.data, **consented}) for one in events[:1]] + events[1:]


def _record_own(
    principal_id: PrincipalId, user_id: PrincipalId, decision: Consented, teller: Teller
) -> Record[ApplicationId]:
    app_id, added, removed = decision.application_id, sorted(decision.added), decision.removed
    writes: list[Write] = [GrantConsent(user_id, app_id, name) for name in added]
    writes += [RevokeConsent(user_id, app_id, name) for name in sorted(removed)]
    events = [_tell_grant(teller, principal_id, app_id, name, flag=True) for name in added]
    events = _tell_consent(events, added)
    ends = [_tell_grant(teller, principal_id, app_id, name, flag=True) for name in sorted(removed)]
    events += [replace(one, kind=EventKind.PERMISSION_REVOKED) for one in ends]
    told = tuple(replace(one, data={**one.data, "userId": user_id}) for one in events)
    keys = frozenset({application_key(app_id), principal_key(user_id)})
    return Record(app_id, tuple(writes), told, keys if writes else frozenset())
