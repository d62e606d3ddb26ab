"""`timebound secret set`: a new client secret, made here and kept as a hash alone."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final

from timebound.application.changes import ChangeSet, PutSecret, RemoveSecrets, Write
from timebound.application.engine import Engine, Teller
from timebound.application.ports import Store, TenantRecord
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import Actor, EventKind, Fact
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.times import Instant
from timebound.identity.hashing import GUARDING, SecretHasher
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Profile, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.ids import RandomIds
from timebound.server.notes import PROFILE, read_floor
from timebound.server.seed_shapes import resolve_moment
from timebound.server.seeding import CLIENT_SECRET_KIND
from timebound.storage.opening import sqlite_path

_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SecretOrder:
    """Which application gets a secret, whether it keeps those it has, and how long it lasts."""

    tenant: str
    application: str
    keep: bool = False
    end: str | None = None

    def read_end(self, at: Instant) -> Instant | None:
        """When the secret ends, given as an instant or as a duration from `at`; never if none."""
        if self.end is None:
            return None
        try:
            end = resolve_moment(self.end, at)
        except (ValueError, OverflowError) as error:
            raise ConfigError(
                f"--end {self.end!r}: neither an instant with an offset nor a duration as P180D"
            ) from error
        if end <= at:
            raise ConfigError(f"--end {self.end!r}: it is over already")
        return end


def run_order(settings: Settings, order: SecretOrder) -> str:
    """The new secret, once its hash is durable; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order))


async def _run(settings: Settings, order: SecretOrder) -> str:
    async with open_database(settings) as store:
        await require_production(store)
        tenant = await find_tenant(store, order.tenant)
        clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        owner = await find_application(store, tenant, order.application, clock.now())
        secret = secrets.token_urlsafe(_BYTES)
        change = _Plan(tenant.id, owner, secret, order, clock.now()).write(store)
        if not await store.apply(change):
            raise ConfigError("somebody changed the same at this moment: run the command again")
    return secret


def require_database(settings: Settings) -> None:
    """A file that is not there is a wrong name, not a database to be made."""
    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        option = "--database-url" if settings.database_url else "--data"
        raise ConfigError(f"{option}: there is no database {path}; `timebound serve` makes it")


async def require_production(store: Store) -> None:
    """An emulator has its secrets from its seed."""
    profile = await store.read_meta(PROFILE)
    if profile is None:
        raise ConfigError(
            "this database has no tenant yet: start `timebound serve --seed FILE` on it first"
        )
    if profile != Profile.PRODUCTION.value:
        raise ConfigError(f"this database is of the profile `{profile}`: its seed has its secrets")


async def find_tenant(store: Store, name: str) -> TenantRecord:
    """The tenant that the operator names."""
    # What cannot be printed is in no name, and not every database can be asked for it.
    tenant = await store.find_tenant(name) if name.isprintable() else None
    if tenant is None:
        raise ConfigError(f"--tenant {name!r}: there is no such tenant in this database")
    return tenant


async def find_application(
    store: Store, tenant: TenantRecord, name: str, at: Instant
) -> DirectoryObject:
    """The service principal of the application that the operator names, unless it is public."""
    application_id = ApplicationId(name.lower())
    is_name = name.isprintable()
    found = await store.find_application(tenant.id, application_id, at) if is_name else None
    if found is None:
        raise ConfigError(
            f"--application {name!r}: {tenant.display_name} has no application with this client id"
        )
    if found.owner.attributes.get("isFallbackPublicClient") is True:
        raise ConfigError(f"--application {name!r}: it is a public client, which keeps no secret")
    return found.owner


@dataclass(frozen=True, slots=True)
class _Plan:
    """A secret for an application's service principal, from an instant on."""

    tenant_id: TenantId
    owner: DirectoryObject
    secret: str
    order: SecretOrder
    at: Instant

    def write(self, store: Store) -> ChangeSet:
        """The change set that sets it, and tells of it without telling it."""
        ids, application_id = RandomIds(), ApplicationId(self.owner.app_id or "")
        end, keeps_others = self.order.read_end(self.at), self.order.keep
        put = PutSecret(
            self.owner.id,
            CLIENT_SECRET_KIND,
            SecretHasher(GUARDING).hash(self.secret),
            key_id=ids.new_id(),
            end_at=end,
        )
        removed: tuple[Write, ...] = () if keeps_others else (RemoveSecrets(application_id),)
        teller = Teller(Engine(store, ids), Actor(), ids.new_id(), self.at)
        data: dict[str, Fact] = {
            "applicationId": application_id,
            "displayName": self.owner.display_name,
            "keyId": put.key_id,
            "isOnlyOne": not keeps_others,
            "end": None if end is None else end.isoformat(),
        }
        told = teller.tell(EventKind.SECRET_ADDED, self.owner.id, data)
        return ChangeSet(
            tenant_id=self.tenant_id,
            recorded_at=self.at,
            expects={},
            bumps=frozenset(),
            writes=(*removed, put),
            events=(told,),
        )
