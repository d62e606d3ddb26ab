"""Making what is measured: the database with its people, a copy for the floor, and the tokens."""

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench.population import DOMAIN, GRAPH_SCOPES, Population, plan_population
from tests.support.postgres import HOW_TO_GET_IT, Cluster, find_binaries, run_cluster
from timebound.application.ports import Store
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import AZURE_SCOPE
from timebound.domain.ids import PrincipalId
from timebound.identity.claims import Issue, SignInClaims, write_user_claims
from timebound.identity.keys import KeyRing
from timebound.identity.scopes import ARM_AUDIENCE, GRAPH_AUDIENCE
from timebound.server.clock import SystemClock, machine_sources
from timebound.server.config import Profile, Settings
from timebound.server.master_key import open_master_key
from timebound.server.notes import stamp_profile
from timebound.storage.compiling import Database
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

TOKEN_LIFE: Final = timedelta(hours=4)
"""Longer than any run takes."""


class MissingDatabaseError(Exception):
    """The database that is to be measured is not installed; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two databases: the product's, and the floor's, which `copy` makes from it."""

    database: Database
    product: str
    floor: str
    copy: Callable[[], None]


@contextlib.contextmanager
def make_pair(database: Database, folder: Path) -> Iterator[Pair]:
    """Room for two databases; where they need a server, a throw-away one."""
    if database is Database.SQLITE:
        yield _pair_files(folder / "timebound.db", folder / "floor.db")
        return
    binaries = find_binaries()
    if binaries is None:
        raise MissingDatabaseError(HOW_TO_GET_IT)
    with run_cluster(binaries) as cluster:
        cluster.run_sql("CREATE DATABASE product")
        yield _pair_databases(cluster)


def _pair_files(product: Path, floor: Path) -> Pair:
    def copy() -> None:
        with (
            contextlib.closing(sqlite3.connect(product)) as source,
            contextlib.closing(sqlite3.connect(floor)) as target,
        ):
            source.backup(target)

    return Pair(Database.SQLITE, f"sqlite:///{product}", f"sqlite:///{floor}", copy)


def _pair_databases(cluster: Cluster) -> Pair:
    product, floor = cluster.url_of("product"), cluster.url_of("floor")

    def copy() -> None:
        cluster.run_sql("CREATE DATABASE floor TEMPLATE product")

    return Pair(Database.POSTGRESQL, product, floor, copy)


def measure_each(
    databases: Sequence[Database], name: str, measure: Callable[[Pair, Path], None]
) -> None:
    """Measures on each of the databases that is installed, in a folder that is gone afterwards."""
    for database in databases:
        with contextlib.ExitStack() as held:
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix=f"timebound-{name}-"))
            try:
                pair = held.enter_context(make_pair(database, Path(folder)))
            except MissingDatabaseError as missing:
                print(missing)
                continue
            measure(pair, Path(folder))


@contextlib.asynccontextmanager
async def open_at(url: str) -> AsyncIterator[Store]:
    """The store at an address, open until the context is left."""
    store = open_store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def build(
    pair: Pair, folder: Path, population: Population, origin: str
) -> dict[PrincipalId, str]:
    """Fills the product's database and copies it; answers a bearer token for everybody."""
    clock = SystemClock(machine_sources())
    await asyncio.to_thread(migrate, pair.product)
    async with open_at(pair.product) as store:
        await stamp_profile(store, Profile.PRODUCTION)
        for change in plan_population(population, clock.now()):
            if not await store.apply(change):
                raise RuntimeError("the population could not be made")
        keys = KeyRing(store, open_master_key(Settings(data=folder)), clock)
        await keys.open()
        everybody = (population.administrator_id, *population.people)
        tokens = _sign_tokens(keys, clock, (population, origin, GRAPH_AUDIENCE), everybody)
    pair.copy()
    return tokens


async def open_tokens(
    database_url: str,
    folder: Path,
    population: Population,
    origin: str,
    people: Sequence[PrincipalId],
    *,
    is_for_azure: bool = False,
) -> dict[PrincipalId, str]:
    """A bearer token for each of the people in a database that is filled already."""
    clock = SystemClock(machine_sources())
    async with open_at(database_url) as store:
        keys = KeyRing(store, open_master_key(Settings(data=folder)), clock)
        await keys.open()
        everybody = (population.administrator_id, *people)
        audience = ARM_AUDIENCE if is_for_azure else GRAPH_AUDIENCE
        return _sign_tokens(keys, clock, (population, origin, audience), everybody)


def _sign_tokens(
    keys: KeyRing,
    clock: SystemClock,
    whither: tuple[Population, str, str],
    everybody: Sequence[PrincipalId],
) -> dict[PrincipalId, str]:
    at, (population, origin, audience) = clock.now(), whither
    scopes = (AZURE_SCOPE,) if audience == ARM_AUDIENCE else GRAPH_SCOPES
    issue = Issue(
        issuer=f"{origin}/{population.tenant_id}/v2.0",
        tenant_id=population.tenant_id,
        application_id=population.application_id,
        application_name="Bench",
        audience=audience,
        at=at,
        life=TOKEN_LIFE,
    )
    sign_in = SignInClaims(at, ("pwd", "mfa"))

    def sign(id_: PrincipalId) -> str:
        name = f"{id_}@{DOMAIN}"
        user = DirectoryObject(id_, ObjectKind.USER, name, at, user_principal_name=name)
        return keys.sign(write_user_claims(issue, user, scopes, (), sign_in))

    return {id_: sign(id_) for id_ in everybody}
