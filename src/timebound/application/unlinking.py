"""Taking back whom an issuer vouched for, with what may have been set up by whoever came so."""

from collections.abc import Mapping
from dataclasses import dataclass

from timebound.application.changes import (
    FactKey,
    RemoveFactor,
    RemoveIdentityLink,
    Write,
    principal_key,
)
from timebound.application.directory.sign_in_ends import put_ended
from timebound.application.engine import Engine, Record, Teller, apply_attempts
from timebound.application.factor_ports import Factor
from timebound.application.factors import tell_factors
from timebound.application.ports import Store
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.problems import Code, Problem
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Unlinking:
    """Who is nobody any more at an issuer, and whether they keep what they prove themselves with.

    Of a factor it is not known who set it up: who came by the link may have, and a passkey signs in
    by itself. So they go unless the operator knows them to be the person's own.
    """

    tenant_id: TenantId
    user_id: PrincipalId
    issuer: str
    keeps_factors: bool = False


@dataclass(frozen=True, slots=True)
class Unlinked:
    """Who the person was there, and which factors were taken from them."""

    subject: str
    removed: tuple[Factor, ...] = ()


async def unlink_stranger(
    store: Store, engine: Engine, asked: Unlinking, at: Instant
) -> Unlinked | Refused:
    """Forgets a link, takes the factors and ends the sign-ins of the person in one change.

    Refused where there is no such link. `at` is an instant of the system's clock.
    """
    teller = Teller(engine, Actor(), engine.ids.new_id(), at)

    async def attempt() -> tuple[Record[Unlinked], Mapping[FactKey, int]]:
        # Nobody is asked for permission: it is the operator who does it.
        asking = Token(asked.tenant_id, asked.user_id, ApplicationId(""), frozenset())
        target = await engine.store.load_target(asking, asked.user_id, at)
        subject = await store.find_subject(asked.tenant_id, asked.issuer, asked.user_id)
        user = target.facts.object
        if subject is None or user is None:
            missing = Problem(Code.OBJECT_NOT_FOUND, value=asked.issuer)
            return Record(Refused((missing,))), target.versions
        # Read after the version that a change of them raises.
        held = await store.list_factors(asked.tenant_id, asked.user_id)
        gone = Unlinked(subject, () if asked.keeps_factors else held)
        return _record(asked, gone, put_ended(user, at), teller), target.versions

    return await apply_attempts(engine, asked.tenant_id, at, attempt)


def _record(
    asked: Unlinking, gone: Unlinked, ended: tuple[Write, ...], teller: Teller
) -> Record[Unlinked]:
    user_id = asked.user_id
    writes: tuple[Write, ...] = (
        RemoveIdentityLink(asked.issuer, user_id),
        *(RemoveFactor(user_id, one.id) for one in gone.removed),
        *ended,
    )
    data = {"issuer": asked.issuer, "subject": gone.subject}
    events: tuple[Event, ...] = (
        teller.tell(EventKind.IDENTITY_UNLINKED, user_id, data),
        *tell_factors(teller, EventKind.FACTOR_REMOVED, gone.removed),
    )
    return Record(gone, writes, events, frozenset({principal_key(user_id)}))
