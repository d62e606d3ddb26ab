"""The first administrator of a tenant in which nobody could sign in as one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from timebound.application.changes import (
    ADMINISTRATORS,
    FactKey,
    PutFactor,
    PutObject,
    PutSecret,
    RemoveFactor,
    Write,
    name_key,
    principal_key,
)
from timebound.application.directory.objects import PASSWORD
from timebound.application.engine import Engine, Record, Teller, apply_attempts
from timebound.application.factor_ports import Factor, FactorStore
from timebound.application.factors import tell_factors
from timebound.application.federation_ports import FederationStore
from timebound.application.ports import DecisionStore, IdentityStore, Loaded
from timebound.application.recording import write_grant
from timebound.application.versions import Versions
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind, complete_object
from timebound.domain.directory_changes import PASSWORD_PROFILE, Names
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.first_administrator import decide_first_administrator
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, TenantId
from timebound.domain.problems import Problem
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Instant, Window


class SignInFacts(DecisionStore, IdentityStore, FederationStore, FactorStore, Protocol):
    """Knows who administers, and who of them could sign in, with what."""


@dataclass(frozen=True, slots=True)
class Founder:
    """Who becomes administrator, with what they prove themselves by: all of it kept sealed."""

    tenant_id: TenantId
    user_id: PrincipalId
    name: str
    display_name: str
    password_hash: str
    factors: tuple[Factor, ...] = ()


async def has_administrator(store: SignInFacts, tenant_id: TenantId, at: Instant) -> bool:
    """Whether somebody who administers the tenant without an end is able to sign in."""
    loaded = await _load(store, tenant_id, PrincipalId(""), at)
    return await _is_any_able(store, tenant_id, loaded)


async def appoint_first_administrator(
    store: SignInFacts, engine: Engine, founder: Founder, at: Instant
) -> PrincipalId | Refused:
    """Makes somebody Global Administrator without an end, able to sign in, in one change.

    Refused once there is an administrator who can; of two at once one is. Somebody whom the tenant
    knows by the name already becomes able to sign in, and with nothing that they had before: their
    factors go, and whom a password, a passkey or an issuer lets in is not taken over at all.
    """
    teller = Teller(engine, Actor(), engine.ids.new_id(), at)
    grant_id = GrantId(engine.ids.new_id())

    async def attempt() -> tuple[Record[PrincipalId], Mapping[FactKey, int]]:
        judged = await _judge(store, engine.store, founder, at)
        if judged.problems:
            return Record(Refused(judged.problems)), judged.versions
        grant = None if judged.is_holder else _write_grant(founder, grant_id, at)
        return _record(founder, judged, grant, teller), judged.versions

    return await apply_attempts(engine, founder.tenant_id, at, attempt)


async def check_founder(store: SignInFacts, founder: Founder, at: Instant) -> tuple[Problem, ...]:
    """Why somebody could not become the first administrator: the same line, without a trace."""
    return (await _judge(store, store, founder, at)).problems


@dataclass(frozen=True, slots=True)
class _Judged:
    """Somebody as they would be kept, and why that cannot be, if it cannot."""

    person: DirectoryObject
    problems: tuple[Problem, ...]
    versions: Mapping[FactKey, int]
    held: tuple[Factor, ...]
    is_new: bool
    is_holder: bool


async def _judge(
    store: SignInFacts, decisions: DecisionStore, founder: Founder, at: Instant
) -> _Judged:
    versions = Versions()
    loaded = await _load(decisions, founder.tenant_id, founder.user_id, at)
    versions.add(loaded.versions)
    names = await decisions.load_names(founder.tenant_id, (founder.name,), ())
    versions.add(names.versions)
    has_one = await _is_any_able(store, founder.tenant_id, loaded)
    person = _find(founder, names.names, at)
    problems = decide_first_administrator(
        person,
        names.names,
        founder.user_id,
        has_administrator=has_one,
        can_sign_in=await store.can_sign_in(founder.tenant_id, founder.user_id),
    )
    is_new = names.names.find_user(founder.name) is None
    holders = {one.principal_id for one in loaded.facts.administrators}
    is_holder = founder.user_id in holders
    held = await store.list_factors(founder.tenant_id, founder.user_id)
    return _Judged(person, problems, versions.all, held, is_new=is_new, is_holder=is_holder)


async def _load(
    store: DecisionStore, tenant_id: TenantId, user_id: PrincipalId, at: Instant
) -> Loaded:
    # Nobody is asked for permission: the facts are those about the role, whoever asks.
    asking = Token(tenant_id, user_id, ApplicationId(""), frozenset())
    slot = Slot(user_id, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    return await store.load_facts(asking, slot, at)


async def _is_any_able(store: SignInFacts, tenant_id: TenantId, loaded: Loaded) -> bool:
    ids = dict.fromkeys(one.principal_id for one in loaded.facts.administrators)
    return any([await store.can_sign_in(tenant_id, one) for one in ids])


def _find(founder: Founder, names: Names, at: Instant) -> DirectoryObject:
    found = names.find_user(founder.name)
    if found is not None:
        kept = {name: v for name, v in found.attributes.items() if name != PASSWORD_PROFILE}
        return replace(found, attributes=kept)
    return complete_object(
        DirectoryObject(
            id=founder.user_id,
            kind=ObjectKind.USER,
            display_name=founder.display_name,
            created_at=at,
            user_principal_name=founder.name,
            attributes={"userType": "Member"},
        )
    )


def _write_grant(founder: Founder, id_: GrantId, at: Instant) -> Grant:
    slot = Slot(founder.user_id, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    return Grant(id_, slot, GrantKind.ASSIGNED, Window(at, ENDLESS), at)


def _record(
    founder: Founder, judged: _Judged, grant: Grant | None, teller: Teller
) -> Record[PrincipalId]:
    user_id = founder.user_id
    writes: list[Write] = [
        PutObject(judged.person),
        PutSecret(user_id, PASSWORD, founder.password_hash),
        *(RemoveFactor(user_id, one.id) for one in judged.held),
        *(PutFactor(one) for one in founder.factors),
    ]
    events: list[Event] = [_tell_created(judged.person, teller)] if judged.is_new else []
    events += [
        teller.tell(EventKind.PASSWORD_SET, user_id, {"isOwn": True}),
        *tell_factors(teller, EventKind.FACTOR_REMOVED, judged.held),
        *tell_factors(teller, EventKind.FACTOR_ADDED, founder.factors),
    ]
    if grant is not None:
        made, told = write_grant(grant, teller)
        writes += made
        events += [replace(one, data={**one.data, "isOutside": True}) for one in told]
    keys = {ADMINISTRATORS, principal_key(user_id), name_key(founder.name)}
    # No actor is told, since nobody was signed in: it is the operator who let them.
    by_code = (replace(one, data={**one.data, "isByOperatorCode": True}) for one in events)
    return Record(user_id, tuple(writes), tuple(by_code), frozenset(keys))


def _tell_created(person: DirectoryObject, teller: Teller) -> Event:
    told: dict[str, Fact] = {
        "objectKind": person.kind.value,
        "displayName": person.display_name,
        "isEnabled": person.is_enabled,
        "isDeleted": False,
        "isRoleAssignable": False,
        "userPrincipalName": person.user_principal_name,
        "applicationId": None,
    }
    return teller.tell(EventKind.OBJECT_CREATED, person.id, told)
