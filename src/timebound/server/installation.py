"""Opening and closing an installation: its database, clocks, ids, keys and tenant."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from timebound.application.engine import Engine
from timebound.application.evaluating import Evaluations
from timebound.application.log_memory import SealedTrees
from timebound.application.ports import Clock, IdSource, Store
from timebound.application.sealing import Sealer
from timebound.application.sign_in_log import SignInLog
from timebound.control.door import Steering
from timebound.domain.ids import TenantId
from timebound.identity.hashing import CHEAP, GUARDING, SecretHasher
from timebound.identity.keys import KeyRing
from timebound.identity.password_file import PasswordFileError, open_password_file
from timebound.identity.sealing import SealError
from timebound.identity.service_tokens import ServiceTokens
from timebound.server.app import Parts
from timebound.server.clock import SystemClock, machine_sources, start_system_clock
from timebound.server.config import ConfigError, Origin, Role, Settings
from timebound.server.database import open_database
from timebound.server.emulation import Emulator, open_movable_clock
from timebound.server.evaluating import EvaluationLog, EvaluationRunner, evaluating
from timebound.server.extension_calls import ExtensionCaller, list_networks
from timebound.server.feeding import feeding
from timebound.server.files import hold_data_folder
from timebound.server.forgetting import forgetting
from timebound.server.head_files import HeadFile, keeping_heads
from timebound.server.ids import RandomIds
from timebound.server.key_keeping import keep_keys, write_rules
from timebound.server.log_keys import LogKeys, keep_log_keys, open_log_keys
from timebound.server.master_key import open_master_key
from timebound.server.notes import NoteKeeper, give_up_floor, open_ids, read_floor, stamp_profile
from timebound.server.origins import find_urls
from timebound.server.outgoing import open_federation, open_others, open_trust
from timebound.server.planting import Planter, add_missing_roles, change_tenant_settings, load_seed
from timebound.server.seed_format import Seed
from timebound.server.sign_in_keeping import keep_sign_ins
from timebound.server.worker import DueRunner, working


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation that is open, and the seed that it was made from, if it was named."""

    parts: Parts
    seed: Seed | None


@asynccontextmanager
async def open_installation(
    settings: Settings, origins: Sequence[Origin]
) -> AsyncIterator[Installation]:
    """Everything that the application is wired from, until the context is left.

    A database of another profile, a clock that has stepped back, a wrong master key, or a seed that
    cannot be used raise an error that says what to do.
    """
    with hold_data_folder(settings.data):
        async with _open_held(settings, origins) as opened:
            yield opened


@asynccontextmanager
async def _open_held(settings: Settings, origins: Sequence[Origin]) -> AsyncIterator[Installation]:
    seed = load_seed(settings)
    master = open_master_key(settings)
    federation = open_federation(settings, origins)
    async with open_database(settings) as store:
        await stamp_profile(store, settings.profile)
        system = await _open_clock(settings, store)
        keys = KeyRing(store, master, system, write_rules(settings))
        await _open_keys(keys)
        hasher = _open_hasher(settings)
        time = await _open_time(_Ground(settings, origins, store, system, keys), hasher, seed)
        await _plant(settings, store, time, hasher, seed)
        others = await open_others(settings, federation, store, system)
        signer = await open_log_keys(store, master, origins, system.now())
        files = await _open_head_files(settings, store, signer)
        parts = Parts(
            settings,
            origins,
            store,
            system,
            time.clock,
            time.ids,
            keys,
            master,
            hasher,
            time.steering,
            others,
            Sealer(store, signer, files, time.sealed),
            SignInLog(store, RandomIds(), system),
        )
        async with AsyncExitStack() as held:
            learning = keep_log_keys(signer, store, master, system)
            await held.enter_async_context(_keeping(time.keeper, keep_keys(keys), learning))
            await held.enter_async_context(keep_sign_ins(parts.sign_ins))
            await held.enter_async_context(keeping_heads(files))
            if settings.has_worker:
                await held.enter_async_context(_at_work(parts, time))
            yield Installation(parts, seed)


@asynccontextmanager
async def _at_work(parts: Parts, time: "_Time") -> AsyncIterator[None]:
    """Does what one server of several has to do, until the context is left."""
    async with (
        forgetting(parts.store, time.clock),
        working(time.runner, parts.sealer, time.clock),
        evaluating(time.evaluations),
        feeding(parts),
    ):
        yield


def _open_hasher(settings: Settings) -> SecretHasher:
    cost, path = CHEAP if settings.is_emulator else GUARDING, settings.refused_passwords
    if path is None:
        return SecretHasher(cost)
    try:
        return SecretHasher(cost, is_listed=open_password_file(path).has)
    except PasswordFileError as error:
        raise ConfigError(f"--refused-passwords {path}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Time:
    """The clock and the ids of the profile, and what keeps them over a restart."""

    clock: Clock
    ids: IdSource
    keeper: NoteKeeper
    runner: DueRunner
    evaluations: EvaluationRunner
    steering: Steering | None = None
    sealed: SealedTrees = field(default_factory=SealedTrees)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is open before it is known which clock activations are judged by."""

    settings: Settings
    origins: Sequence[Origin]
    store: Store
    system: SystemClock
    keys: KeyRing

    def open_evaluations(self, clock: Clock, ids: IdSource, runner: DueRunner) -> EvaluationRunner:
        """What asks custom extensions, in turn with what is due."""
        settings, store, system = self.settings, self.store, self.system
        authority = (*find_urls(self.origins, Role.AUTHORITY), self.origins[0].url)[0]
        caller = ExtensionCaller(
            ServiceTokens(store, self.keys, system, authority),
            list_networks(settings),
            open_trust(settings),
            settings.outgoing_proxy,
        )
        engine = Engine(store, ids)
        return EvaluationRunner(
            Evaluations(engine, store, caller, EvaluationLog(), clock, system, runner.lock)
        )


async def _open_head_files(
    settings: Settings, store: Store, signer: LogKeys
) -> tuple[HeadFile, ...]:
    if settings.log_heads is None:
        return ()
    file = HeadFile(settings.log_heads, store, signer)
    await file.open()
    return (file,)


async def _open_keys(keys: KeyRing) -> None:
    try:
        await keys.open()
        await keys.follow_rules()
        await keys.keep()
    except SealError as error:
        raise ConfigError(f"--master-key-file: the signing key {error}") from error


async def _open_clock(settings: Settings, store: Store) -> SystemClock:
    floor, accepts_step = await read_floor(store), settings.accepts_clock_step
    clock = start_system_clock(machine_sources(), floor, accepts_step=accepts_step)
    if accepts_step:
        await give_up_floor(store, clock.now())
    return clock


async def _open_time(ground: _Ground, hasher: SecretHasher, seed: Seed | None) -> _Time:
    store, system = ground.store, ground.system
    if not ground.settings.is_emulator or seed is None:
        runner = DueRunner(store, system, system)
        asking = ground.open_evaluations(system, RandomIds(), runner)
        return _Time(system, RandomIds(), NoteKeeper(store, system, None), runner, asking)
    # An emulator is one process: whoever held something was the one before, and is dead.
    await store.free_due()
    await store.free_evaluations()
    clock = await open_movable_clock(store, system)
    ids = await open_ids(store, seed.tenant.id)
    runner = DueRunner(store, clock, system)
    planter, sealed = Planter(store, ids, hasher, seed), SealedTrees()
    asking = ground.open_evaluations(clock, ids, runner)
    emulator = Emulator(store, clock, ids, planter, runner, sealed, asking)
    steering = Steering(emulator, secrets.token_urlsafe(32))
    return _Time(clock, ids, NoteKeeper(store, system, ids), runner, asking, steering, sealed)


async def _plant(
    settings: Settings, store: Store, time: _Time, hasher: SecretHasher, seed: Seed | None
) -> None:
    at = time.clock.now()
    is_planted = False
    if seed is not None:
        is_planted = await Planter(store, time.ids, hasher, seed).plant_once(at)
    tenant = seed.tenant if seed is not None else await store.sole_tenant()
    if not is_planted and tenant is not None:
        await add_missing_roles(store, TenantId(tenant.id), at)
    if not is_planted:
        await change_tenant_settings(store, time.ids, settings, at)


@asynccontextmanager
async def _keeping(keeper: NoteKeeper, *others: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in (keeper.run(), *others)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await keeper.finish()
