"""Putting a seed into the store."""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from timebound.application.changes import ChangeSet, PutRole, roles_key
from timebound.application.engine import Engine, Teller
from timebound.application.ports import IdSource, Store
from timebound.application.queries import Query
from timebound.application.tenant_settings import plan_settings
from timebound.domain.events import Actor
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.licensing import settle_license_end
from timebound.domain.settings import ProgramPermissions, TenantSettings
from timebound.domain.times import Instant
from timebound.identity.hashing import SecretHasher
from timebound.server.config import ConfigError, Settings
from timebound.server.seed_format import Seed, SeedError, demo_seed, read_seed
from timebound.server.seeding import define_built_in_roles, has_secrets, write_seed
from timebound.server.tenant_settings import SettingError, apply_settings, refuse_delay


def load_seed(settings: Settings) -> Seed | None:
    """The seed that the operator named; an emulator has the demo tenant if none was named.

    The production profile refuses a seed with secrets in the clear. What was said with --set goes
    before what the seed says.
    """
    if settings.seed is None and not settings.is_emulator:
        return None
    try:
        seed = demo_seed() if settings.seed is None else read_seed(settings.seed)
    except SeedError as error:
        raise ConfigError(f"--seed: {error}") from error
    if not settings.is_emulator and has_secrets(seed):
        raise ConfigError(
            f"--seed {settings.seed}: it holds passwords or client secrets in the clear, "
            "which the production profile does not take"
        )
    changed = _change(seed.settings, settings)
    return msgspec.structs.replace(seed, settings=changed)


def _change(kept: TenantSettings, settings: Settings) -> TenantSettings:
    changed = apply_settings(kept, settings.tenant_settings)
    if settings.is_emulator and changed.program_permissions is None:
        changed = replace(changed, program_permissions=ProgramPermissions.PUBLISHED)
    try:
        refuse_delay(changed, is_emulator=settings.is_emulator)
    except SettingError as error:
        raise ConfigError(str(error)) from error
    return changed


_MOST_ROLES: Final = 1_000
"""More than the built-in roles of a kind and the custom ones that there can be."""


@dataclass(frozen=True, slots=True)
class Planter:
    """A seed ready to be put into the store."""

    store: Store
    ids: IdSource
    hasher: SecretHasher
    seed: Seed

    async def plant_once(self, at: Instant) -> bool:
        """Makes the tenant of the seed unless it is there; False if it was."""
        if await self.store.find_tenant(self.seed.tenant.id) is not None:
            return False
        if not await self.store.apply(self.plan(at)):
            raise ConfigError("one of the domains of the seed belongs to another tenant already")
        return True

    def plan(self, at: Instant) -> ChangeSet:
        """What makes the tenant of the seed where it is not there yet."""
        return write_seed(self.seed, Engine(self.store, self.ids), self.hasher.hash, at)


async def add_missing_roles(store: Store, tenant_id: TenantId, at: Instant) -> int:
    """Gives a tenant of an earlier version the built-in roles that came after it; how many."""
    known: set[RoleId] = set()
    defined = tuple(define_built_in_roles())
    for kind in {definition.role.kind for definition in defined}:
        found = await store.read_roles(tenant_id, Query(_MOST_ROLES), kind)
        known.update(definition.role.id for definition in found.rows)
    missing = tuple(one for one in defined if one.role.id not in known)
    if missing:
        keys = frozenset(roles_key(one.role.kind) for one in missing)
        writes = tuple(PutRole(one) for one in missing)
        await store.apply(ChangeSet(tenant_id, at, {}, keys, writes))
    return len(missing)


async def change_tenant_settings(
    store: Store, ids: IdSource, settings: Settings, at: Instant
) -> None:
    """Puts what was said with --set into force for a tenant that is there already."""
    if not settings.tenant_settings:
        return
    tenant = await store.sole_tenant()
    if tenant is None:
        raise ConfigError(
            "--set changes the settings of the only tenant; there is none, or several"
        )
    kept = await store.load_settings(tenant.id)
    changed = settle_license_end(kept, _change(kept, settings), at)
    if changed == kept:
        return
    teller = Teller(Engine(store, ids), Actor(), ids.new_id(), at)
    await store.apply(plan_settings(tenant, kept, changed, teller))
