"""What an operator's commands have in common: the database, and who in it an order is about."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from timebound.application.changes import ChangeSet
from timebound.application.engine import Engine, Teller
from timebound.application.ports import Store, TenantRecord
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import Actor
from timebound.domain.ids import ApplicationId
from timebound.domain.times import Instant
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Profile, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.ids import RandomIds
from timebound.server.notes import PROFILE, read_floor
from timebound.storage.opening import sqlite_path


class Order(Protocol):
    """What an operator wants done to an application of a tenant."""

    @property
    def tenant(self) -> str:
        """The tenant, by its id or a domain."""
        ...

    @property
    def application(self) -> str:
        """The application, by its client id."""
        ...


@dataclass(frozen=True, slots=True)
class Addressee:
    """The application that an order is about, by its account in the tenant, at the instant."""

    store: Store
    tenant: TenantRecord
    account: DirectoryObject
    ids: RandomIds
    at: Instant

    def open_teller(self) -> Teller:
        """Tells what nobody who is signed in has done."""
        return Teller(Engine(self.store, self.ids), Actor(), self.ids.new_id(), self.at)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an order changes, and what the operator is told once that is durable."""

    change: ChangeSet
    told: str


Plan: TypeAlias = Callable[[Addressee], Awaitable[Answered]]


def follow_order(settings: Settings, order: Order, plan: Plan) -> str:
    """What the operator is told; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_follow(settings, order, plan))


async def _follow(settings: Settings, order: Order, plan: Plan) -> str:
    async with open_database(settings) as store:
        await require_production(store)
        tenant = await find_tenant(store, order.tenant)
        clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        at = clock.now()
        account = await find_application(store, tenant, order.application, at)
        answered = await plan(Addressee(store, tenant, account, RandomIds(), at))
        if not await store.apply(answered.change):
            raise ConfigError("somebody changed the same at this moment: run the command again")
    return answered.told


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
