"""`timebound certificate set`: a certificate by which an application proves itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from timebound.application.certificates import Certificate, describe_key, read_pem_certificate
from timebound.application.changes import ChangeSet, FactKey, PutObject, principal_key
from timebound.application.directory.keys import tell_keys
from timebound.application.engine import Engine, Teller
from timebound.application.ports import Store, TenantRecord
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import Actor
from timebound.domain.ids import ApplicationId
from timebound.domain.policies.rule import SignIn
from timebound.domain.program_keys import KEYS, MOST_KEYS, read_keys
from timebound.domain.times import Instant
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.ids import RandomIds
from timebound.server.notes import read_floor
from timebound.server.secret_setting import (
    find_application,
    find_tenant,
    require_database,
    require_production,
)


@dataclass(frozen=True, slots=True)
class CertificateOrder:
    """Which application gets the certificate in a file, and whether it keeps those it has."""

    tenant: str
    application: str
    file: Path
    keep: bool = False

    def read(self, at: Instant) -> Certificate:
        """The certificate, if it counts at `at` or will."""
        try:
            text = self.file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.file}: cannot be read: {error}") from error
        found = read_pem_certificate(text)
        if found is None:
            raise ConfigError(
                f"{self.file}: not a certificate in PEM with an RSA key of 2048 bits or more, "
                "or of EC P-256"
            )
        if found.end <= at:
            raise ConfigError(f"{self.file}: the certificate is over since {found.end.isoformat()}")
        return found


def run_certificate_order(settings: Settings, order: CertificateOrder) -> str:
    """The thumbprint, once the certificate is durable; ConfigError for what cannot be followed."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_run(settings, order))


async def _run(settings: Settings, order: CertificateOrder) -> str:
    async with open_database(settings) as store:
        await require_production(store)
        tenant = await find_tenant(store, order.tenant)
        clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        at = clock.now()
        certificate = order.read(at)
        account = await find_application(store, tenant, order.application, at)
        owner, versions = await _load_owner(store, tenant, account, at)
        ids = RandomIds()
        key = describe_key(certificate, ids.new_id())
        kept = (*(read_keys(owner.attributes) if order.keep else ()), key)
        if len(kept) > MOST_KEYS:
            raise ConfigError(f"the application has {MOST_KEYS} certificates: it can keep no more")
        changed = replace(owner, attributes={**owner.attributes, KEYS: kept})
        teller = Teller(Engine(store, ids), Actor(), ids.new_id(), at)
        change = ChangeSet(
            tenant_id=tenant.id,
            recorded_at=at,
            expects=versions,
            bumps=frozenset({principal_key(owner.id)}),
            writes=(PutObject(changed),),
            events=tuple(tell_keys(owner, changed, teller)),
        )
        if not await store.apply(change):
            raise ConfigError("somebody changed the same at this moment: run the command again")
    return certificate.sha1.hex().upper()


async def _load_owner(
    store: Store, tenant: TenantRecord, account: DirectoryObject, at: Instant
) -> tuple[DirectoryObject, Mapping[FactKey, int]]:
    """The application itself, or its account where that is all there is, as it is now."""
    app_id = ApplicationId(account.app_id or "")
    first = (*await store.find_programs(tenant.id, app_id), account)[0]
    itself = Token(tenant.id, account.id, app_id, frozenset(), SignIn(is_application=True))
    loaded = await store.load_target(itself, first.id, at)
    return loaded.facts.object or first, loaded.versions
