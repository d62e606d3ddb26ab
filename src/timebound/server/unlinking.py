"""`timebound federation unlink`: somebody elsewhere is not a person here any more."""

import asyncio
from dataclasses import dataclass

from timebound.application.changes import ChangeSet, RemoveIdentityLink, principal_key
from timebound.application.engine import Engine, Teller
from timebound.application.ports import Store
from timebound.domain.events import Actor, EventKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.ids import RandomIds
from timebound.server.notes import read_floor
from timebound.server.ordering import require_database


@dataclass(frozen=True, slots=True)
class UnlinkOrder:
    """Which person of which tenant is no subject of which issuer any more."""

    tenant: str
    user: str
    issuer: str


def run_unlink(settings: Settings, order: UnlinkOrder) -> str:
    """What was unlinked, once it is durable and they are signed out; ConfigError otherwise."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order))


async def _run(settings: Settings, order: UnlinkOrder) -> str:
    # What cannot be printed is in no name, and not every database can be asked for it.
    for option, given in (("--tenant", order.tenant), ("--user", order.user)):
        if not given.isprintable():
            raise ConfigError(f"{option} {given!r}: there is none of this name")
    async with open_database(settings) as store:
        tenant = await store.find_tenant(order.tenant)
        if tenant is None:
            raise ConfigError(f"--tenant {order.tenant!r}: there is no such tenant here")
        found = await store.find_user(tenant.id, order.user)
        if found is None:
            raise ConfigError(f"--user {order.user!r}: {tenant.display_name} has no such person")
        return await _unlink(store, tenant.id, PrincipalId(found.owner.id), order)


async def _unlink(
    store: Store, tenant_id: TenantId, user_id: PrincipalId, order: UnlinkOrder
) -> str:
    issuer = order.issuer
    is_name = issuer.isprintable()
    subject = await store.find_subject(tenant_id, issuer, user_id) if is_name else None
    if subject is None:
        raise ConfigError(f"--issuer {issuer!r}: {order.user} is nobody there")
    clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
    at, ids = clock.now(), RandomIds()
    teller = Teller(Engine(store, ids), Actor(), ids.new_id(), at)
    data = {"issuer": issuer, "subject": subject}
    change = ChangeSet(
        tenant_id=tenant_id,
        recorded_at=at,
        expects={},
        bumps=frozenset({principal_key(user_id)}),
        writes=(RemoveIdentityLink(issuer, user_id),),
        events=(teller.tell(EventKind.IDENTITY_UNLINKED, user_id, data),),
    )
    if not await store.apply(change):
        raise ConfigError("somebody changed the same at this moment: run the command again")
    # Whoever came in by the link is not to stay in.
    await store.sign_out_everywhere(tenant_id, user_id)
    return f"{order.user} is no more {subject} of {issuer}, and signed out everywhere."
