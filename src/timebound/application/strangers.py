"""Letting in people whom others vouch for: found, matched once, or made on the spot."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from timebound.application.changes import (
    FactKey,
    PutIdentityLink,
    PutObject,
    Write,
    name_key,
    principal_key,
)
from timebound.application.engine import Engine, Record, Teller, apply_attempts
from timebound.application.federation_ports import FederationStore
from timebound.application.versions import Versions
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind, complete_object
from timebound.domain.directory_changes import check_arrival
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.strangers import Rejection, Stranger, Voucher, judge_known, judge_match
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody at the door: who vouches for them, and which name of the tenant they come with."""

    tenant_id: TenantId
    stranger: Stranger
    name: str | None
    voucher: Voucher
    display_name: str = ""
    mail: str | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """What letting people in works with."""

    engine: Engine
    links: FederationStore

    def at_address(self, address: str | None) -> "Reception":
        """The same for who comes from an address."""
        return replace(self, engine=replace(self.engine, address=address))


async def admit_stranger(
    reception: Reception, arrival: Arrival, at: Instant
) -> DirectoryObject | Rejection:
    """The person of the tenant, with the link kept by which they are known from then on."""
    correlation_id = reception.engine.ids.new_id()
    teller = Teller(reception.engine, Actor(), correlation_id, at)

    async def attempt() -> tuple[Record[DirectoryObject | Rejection], Mapping[FactKey, int]]:
        versions = Versions()
        record = await _attempt(reception, arrival, teller, versions)
        return record, versions.all

    outcome = await apply_attempts(reception.engine, arrival.tenant_id, at, attempt)
    # Who lost every race against others may try again.
    return Rejection.UNKNOWN if isinstance(outcome, Refused) else outcome


async def _attempt(
    reception: Reception, arrival: Arrival, teller: Teller, versions: Versions
) -> Record[DirectoryObject | Rejection]:
    stranger, tenant_id = arrival.stranger, arrival.tenant_id
    known = await reception.links.find_linked(tenant_id, stranger.issuer, stranger.subject)
    if known is not None:
        return Record(judge_known(known))
    if arrival.name is None:
        return Record(Rejection.UNKNOWN)
    loaded = await reception.engine.store.load_names(tenant_id, (arrival.name,), ())
    versions.add(loaded.versions)
    named = loaded.names.find_user(arrival.name)
    if named is not None:
        return await _match(reception, arrival, named.id, teller, versions)
    if not arrival.voucher.is_creating:
        return Record(Rejection.UNKNOWN)
    new = _make(arrival, PrincipalId(teller.engine.ids.new_id()), teller.at)
    if check_arrival(new, loaded.names):
        return Record(Rejection.NAME_REFUSED)
    created = teller.tell(EventKind.OBJECT_CREATED, new.id, _describe(new))
    return _link(new, arrival, teller, (PutObject(new),), (created,))


async def _match(
    reception: Reception,
    arrival: Arrival,
    user_id: PrincipalId,
    teller: Teller,
    versions: Versions,
) -> Record[DirectoryObject | Rejection]:
    # Nobody is asked for permission: the facts are those about the person, whoever asks.
    asking = Token(arrival.tenant_id, user_id, ApplicationId(""), frozenset())
    target = await reception.engine.store.load_target(asking, user_id, teller.at)
    versions.add(target.versions)
    issuer = arrival.stranger.issuer
    subject = await reception.links.find_subject(arrival.tenant_id, issuer, user_id)
    judged = judge_match(target.facts, subject, arrival.voucher)
    if isinstance(judged, Rejection):
        data = {**_tell_stranger(arrival), "action": "link", "reason": judged.value}
        return Record(judged, events=(teller.tell(EventKind.CHANGE_REFUSED, user_id, data),))
    return _link(judged, arrival, teller)


def _link(
    found: DirectoryObject,
    arrival: Arrival,
    teller: Teller,
    writes: tuple[Write, ...] = (),
    events: tuple[Event, ...] = (),
) -> Record[DirectoryObject | Rejection]:
    stranger = arrival.stranger
    link = PutIdentityLink(stranger.issuer, stranger.subject, found.id)
    told = teller.tell(EventKind.IDENTITY_LINKED, found.id, _tell_stranger(arrival))
    keys = {principal_key(found.id), name_key(found.user_principal_name or "")}
    return Record(found, (*writes, link), (*events, told), frozenset(keys))


def _make(arrival: Arrival, id_: PrincipalId, at: Instant) -> DirectoryObject:
    """Somebody who holds nothing and is in nothing, whatever was said about them."""
    new = DirectoryObject(
        id=id_,
        kind=ObjectKind.USER,
        display_name=arrival.display_name or arrival.name or "",
        created_at=at,
        user_principal_name=arrival.name,
        mail=arrival.mail,
    )
    attributes: dict[str, Fact] = {**new.attributes, "userType": "Member"}
    return complete_object(replace(new, attributes=attributes))


def _tell_stranger(arrival: Arrival) -> dict[str, Fact]:
    return {"issuer": arrival.stranger.issuer, "subject": arrival.stranger.subject}


def _describe(new: DirectoryObject) -> dict[str, Fact]:
    return {
        "objectKind": new.kind.value,
        "displayName": new.display_name,
        "isEnabled": new.is_enabled,
        "isDeleted": False,
        "isRoleAssignable": False,
        "userPrincipalName": new.user_principal_name,
        "applicationId": None,
    }
