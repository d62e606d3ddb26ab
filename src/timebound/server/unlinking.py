"""`timebound federation unlink`: somebody elsewhere is not a person here any more."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.engine import Engine
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.ports import Store
from timebound.application.unlinking import Unlinking, unlink_stranger
from timebound.domain.decide import Refused
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
    keep_factors: bool = False
    """Whether passkeys, apps and recovery codes are known to be the person's own."""


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
    asked = Unlinking(tenant_id, user_id, issuer, keeps_factors=order.keep_factors)
    done = await unlink_stranger(store, Engine(store, RandomIds()), asked, clock.now())
    if isinstance(done, Refused):
        raise ConfigError("somebody changed the same at this moment: run the command again")
    told = f"{order.user} is no more {done.subject} of {issuer}, and signed out everywhere."
    kept = () if not order.keep_factors else await store.list_factors(tenant_id, user_id)
    return "\n".join((told, *_tell("removed", done.removed), *_tell("kept", kept)))


def _tell(deed: str, factors: Sequence[Factor]) -> Iterator[str]:
    """A line for each factor; codes on paper are told by their number."""
    for one in factors:
        if one.kind is not FactorKind.RECOVERY:
            yield f"{deed}: {_NAMES[one.kind]} set up at {one.created_at:%Y-%m-%d %H:%M} UTC"
    paper = sum(one.kind is FactorKind.RECOVERY for one in factors)
    if paper:
        yield f"{deed}: {paper} recovery codes"


_NAMES: Final = {FactorKind.TOTP: "an app for codes", FactorKind.PASSKEY: "a passkey"}
