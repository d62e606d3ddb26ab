"""What somebody who is signed in looks back at and may end: sessions, and consents of their own."""

from dataclasses import dataclass
from typing import Final

from timebound.application.directory.consents import withdraw_own_consents
from timebound.application.directory.sessions import revoke_sessions
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.sign_in_ports import Session
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.sessions import Present

_PERMITTED: Final = frozenset({"User.RevokeSessions.All"})
_THESE_PAGES: Final = ApplicationId("00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """What somebody lets an application do for them."""

    application_id: ApplicationId
    application_name: str
    permissions: tuple[str, ...]


async def list_own_sessions(flows: Flows, present: Present) -> tuple[Session, ...]:
    """The browsers in which somebody is signed in, this one first."""
    at, tenant_id = flows.sessions.clock.now(), present.session.tenant_id
    found = await flows.granting.store.list_sessions(tenant_id, present.who.user_id, at)
    return tuple(sorted(found, key=lambda one: one.key != present.session.key))


async def end_own_session(flows: Flows, present: Present, session_id: str) -> None:
    """Signs out of one browser, and of what applications were given in it."""
    store, tenant_id = flows.granting.store, present.session.tenant_id
    await store.sign_out_of(tenant_id, present.who.user_id, session_id)


async def end_all_sessions(flows: Flows, present: Present) -> bool:
    """Signs out everywhere, here too, as of now: no token counts any more that was issued before.

    False where that could not be written.
    """
    granting, user_id = flows.granting, present.who.user_id
    token = Token(present.session.tenant_id, user_id, _THESE_PAGES, _PERMITTED, is_of_service=True)
    engine = Engine(granting.store, flows.ids, present.address)
    work = Work(engine, token, granting.movable.now())
    done = await revoke_sessions(work, user_id, granting.system.now())
    return not isinstance(done, Refused)


async def list_own_consents(flows: Flows, present: Present) -> tuple[OwnConsent, ...]:
    """What applications that are still there may do for somebody alone."""
    store, tenant_id = flows.granting.store, present.session.tenant_id
    at = flows.granting.movable.now()
    kept = await store.list_consents(tenant_id, present.who.user_id)
    told = []
    for app_id, names in kept.items():
        found = await store.find_application(tenant_id, app_id, at)
        if found is not None:
            told.append(OwnConsent(app_id, found.owner.display_name, names))
    return tuple(sorted(told, key=lambda one: (one.application_name, one.application_id)))


async def withdraw_consent(flows: Flows, present: Present, app_id: ApplicationId) -> bool:
    """Takes back all that somebody lets an application do; false where there is no such one."""
    granting, tenant_id = flows.granting, present.session.tenant_id
    at = granting.movable.now()
    found = await granting.store.find_application(tenant_id, app_id, at)
    if found is None:
        return False
    # Also of an application that is disabled, and acts for nobody itself.
    token = Token(tenant_id, present.who.user_id, app_id, frozenset(), is_of_service=True)
    work = Work(Engine(granting.store, flows.ids, present.address), token, at)
    account_id = PrincipalId(found.owner.id)
    done = await withdraw_own_consents(work, granting.store, account_id)
    return not isinstance(done, Refused)
