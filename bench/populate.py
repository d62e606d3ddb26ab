"""`python -m bench.populate`: fills a new database with a tenant of a given size.

It shows operators how the service would do on their machines with as many grants as they have. The
same seed, size and instant lead to the same tenant.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table

from bench.building import open_at
from bench.bulk import open_bulk
from bench.population import DOMAIN, SCOPES
from bench.tenant import GRANTS_EACH, PAIR_GRANTS, Tenant
from timebound.application import outbox_ports
from timebound.application.catalog import built_in_roles
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    PutObject,
    PutRole,
    PutTenant,
    Write,
)
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.roles import RoleDefinition
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant
from timebound.server.clock import machine_sources
from timebound.server.config import Profile
from timebound.server.notes import stamp_profile
from timebound.storage.migrating import migrate
from timebound.storage.tables import events, grants

SEED: Final = "bench"
_PAIRS: Final = 400
"""How many pairs of people with many roles a large tenant has."""
_ROOM: Final = 20_000
"""More than the hundredth of a million that is assigned in each subscription of a cloud."""


class NotEmptyError(Exception):
    """There is a tenant in the database already."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Tells how far the work has come, on one line."""

    started_at: float
    whole: int

    def tell(self, text: str) -> None:
        """Shows the text and the time in place of what was shown before."""
        took = time.perf_counter() - self.started_at
        sys.stderr.write(f"\r{took:7.1f} s  {text:<60}")
        sys.stderr.flush()

    def tell_grants(self, count: int) -> None:
        """Shows how many grants are written."""
        self.tell(f"{count:,} of about {self.whole:,} grants")


def size_tenant(seed: str, count: int, at: Instant) -> Tenant:
    """The tenant with about so many grants."""
    pairs = min(_PAIRS, max(1, count // 1_000))
    people = round((count - 100 - pairs * PAIR_GRANTS) / GRANTS_EACH)
    return Tenant(seed, max(1, people), at, pairs)


async def populate(database_url: str, tenant: Tenant, progress: Progress) -> int:
    """Makes the tenant in a new database, which it brings up to date; answers its grants."""
    await asyncio.to_thread(migrate, database_url)
    async with open_at(database_url) as store:
        if await store.sole_tenant() is not None or not await store.apply(_plan_frame(tenant)):
            raise NotEmptyError("there is a tenant in the database already: name a new database")
        await stamp_profile(store, Profile.PRODUCTION)
    counts = await _fill(database_url, tenant, progress)
    await _pass_past(database_url, tenant, counts[events])
    return counts[grants]


async def _pass_past(database_url: str, tenant: Tenant, count: int) -> None:
    """Has the audit log begin behind what was made: a server would work on it for an hour."""
    tenant_id = tenant.population.tenant_id
    async with open_at(database_url) as store:
        await store.add_audits(tenant_id, [], count - 1)
        claim = await store.claim_consumer(tenant_id, "audit", tenant.at, tenant.at)
        if claim is not None:
            await store.settle_claim(claim, outbox_ports.Progress(count))


async def _fill(database_url: str, tenant: Tenant, progress: Progress) -> Counter[Table]:
    bulk = await open_bulk(database_url)
    await bulk.begin()
    counts = Counter[Table]()
    for rows in tenant.imagine():
        await bulk.write(rows)
        counts.update({table: len(values) for table, values in rows.of.items()})
        progress.tell_grants(counts[grants])
    count = counts[grants]
    await bulk.finish(lambda name: progress.tell(f"{count:,} grants; making {name}"))
    progress.tell(f"{count:,} grants of {tenant.people:,} people are there")
    sys.stderr.write("\n")
    return counts


def _plan_frame(tenant: Tenant) -> ChangeSet:
    """The tenant itself, its roles, and the application that people ask through."""
    population = tenant.population
    settings = TenantSettings(
        minimum_active_duration=timedelta(), azure_assignments_per_subscription=_ROOM
    )
    service = DirectoryObject(
        tenant.id_of("service"),
        ObjectKind.SERVICE_PRINCIPAL,
        "Bench",
        tenant.at,
        app_id=population.application_id,
    )
    writes: list[Write] = [
        PutTenant("Bench", (DOMAIN,), settings),
        *(
            PutRole(
                RoleDefinition(
                    role.as_role(),
                    role.description,
                    role.template_id,
                    actions=role.actions,
                    inherits_from=role.inherits_from,
                )
            )
            for role in built_in_roles().values()
        ),
        PutObject(service),
        *(GrantPermission(population.application_id, p, is_delegated=True) for p in SCOPES),
    ]
    return ChangeSet(population.tenant_id, tenant.at, {}, frozenset(), tuple(writes))


def main() -> None:
    """Fills the database that the options name."""
    parser = argparse.ArgumentParser(prog="python -m bench.populate", description=__doc__)
    parser.add_argument("--database", required=True, help="address of a new database")
    parser.add_argument("--grants", type=float, default=1e5, help="about how many grants")
    parser.add_argument("--seed", default=SEED)
    parser.add_argument(
        "--at", type=datetime.fromisoformat, help="the instant it is made for, with its zone"
    )
    given = parser.parse_args()
    at = given.at or machine_sources().wall()
    tenant = size_tenant(given.seed, int(given.grants), at)
    progress = Progress(time.perf_counter(), int(given.grants))
    try:
        asyncio.run(populate(given.database, tenant, progress))
    except NotEmptyError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
