"""The keys that sign tree heads: made for an installation, sealed under the master key.

One signs. It is another one some minutes after it was made, when every server knows it; the keys
before it stay, because the heads that they signed do.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Final
from urllib.parse import urlsplit

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from timebound.application.log_ports import DamagedLogError, LogStore, SealedKey
from timebound.application.ports import Clock
from timebound.domain.checkpoints import LogKey
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.identity.sealing import MasterKey, SealError
from timebound.server.config import ConfigError, Origin, Role

_FIRST: Final = 1
_WAIT_MINUTES: Final = 5
WAIT: Final = timedelta(minutes=_WAIT_MINUTES)
"""How long a new key waits until it signs: by then every server that runs knows it."""
_INTERVAL: Final = 60.0
"""Seconds until a server knows what another one has made."""
_LEAST_PAUSE: Final = 1.0
"""Seconds between two looks, also where a head names a key that there never was."""
_log = structlog.get_logger()


@dataclass(slots=True)
class LogKeys:
    """The keys of the log, unsealed; of those that are not too young the newest one signs."""

    keys: Mapping[int, tuple[LogKey, Ed25519PrivateKey]]
    young: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    """The keys that this server has and the database has no more."""
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody asks for a key that this server does not know."""

    @property
    def number(self) -> int:
        """The number of the key that signs."""
        return max(number for number in self.keys if number not in self.young)

    async def learn(self, store: LogStore, master: MasterKey, at: Instant) -> None:
        """Reads the keys anew: another server, or an operator, may have made one.

        No key is ever forgotten, because heads name theirs: one that is gone from the database is
        told of, once, and goes on to sign and to verify.
        """
        found = await read_log_keys(store, master, at)
        gone = self.keys.keys() - found.keys.keys()
        # In this order: sealing may look in between, and no key is to sign too soon.
        self.young = (found.young - (self.keys.keys() - self.young)) | (self.young & gone)
        self.keys = {**found.keys, **self.keys}
        if gone - self.gone:
            _log.error(
                "keys of the log are gone from the database: restore them from a backup before "
                "this server stops",
                numbers=sorted(gone),
            )
        self.gone = frozenset(gone)

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of all keys."""
        return sorted(self.keys)

    def find(self, number: int) -> LogKey | None:
        """The public half of a key; one that is unknown is looked for soon."""
        found = self.keys.get(number)
        if found is None:
            self.is_asked.set()
            return None
        return found[0]

    def name_logs(self, tenant_id: TenantId) -> frozenset[str]:
        """The name of a tenant's log, as each of the keys signs it."""
        return frozenset(key.name_log(tenant_id) for key, _ in self.keys.values())

    def sign(self, number: int, content: bytes) -> bytes:
        """The signature by a key."""
        return self.keys[number][1].sign(content)

    def is_signed(self, number: int, content: bytes, signature: bytes) -> bool:
        """Whether a key has signed this."""
        key = self.find(number)
        return key is not None and is_signature_of(key.public, content, signature)


def is_signature_of(public: bytes, content: bytes, signature: bytes) -> bool:
    """Whether the holder of a key has signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except InvalidSignature:
        return False
    return True


async def open_log_keys(
    store: LogStore, master: MasterKey, origins: Sequence[Origin], at: Instant
) -> LogKeys:
    """The keys of the log; the first one is made, and named after the host of the authority.

    The name stays whatever becomes of the origins: heads held elsewhere have it. ConfigError where
    heads were signed and there is no key: another one in its place would pass for it.
    """
    if not await _read_kept(store):
        if await store.has_heads():
            raise ConfigError(
                "the log has tree heads, and the key that signed them is gone from the database: "
                "restore the table `log_keys` from a backup"
            )
        # Of two servers that start at once, the key of one is kept.
        await store.add_log_key(_make_key(master, _FIRST, _name_log(origins), at))
    return await read_log_keys(store, master, at)


async def read_log_keys(store: LogStore, master: MasterKey, at: Instant) -> LogKeys:
    """The keys of the log as they are kept; ConfigError for another master key."""
    kept = await _read_kept(store)
    try:
        found = {one.number: _unseal(master, one) for one in kept}
    except SealError as error:
        raise ConfigError(f"--master-key-file: the key of the log, {error}") from error
    # The first key signs from the beginning: nobody met a head before.
    later = (one for one in kept if one.number > _FIRST and found[one.number].is_dated)
    young = frozenset(one.number for one in later if one.created_at > at - WAIT)
    return LogKeys({number: (one.key, one.private) for number, one in found.items()}, young)


async def _read_kept(store: LogStore) -> Sequence[SealedKey]:
    try:
        return await store.log_keys()
    except DamagedLogError as damage:
        raise ConfigError(f"the table `log_keys`: {damage}") from damage


async def add_log_key(store: LogStore, master: MasterKey, at: Instant) -> LogKey:
    """Makes the key that signs next; the log keeps its name."""
    keys = await read_log_keys(store, master, at)
    if not keys.keys:
        raise ConfigError("nothing was sealed here yet: `timebound serve` makes the first key")
    if keys.young:
        raise ConfigError(f"a key was made less than {_WAIT_MINUTES} minutes ago: it signs soon")
    number = max(keys.keys) + 1
    made = _make_key(master, number, keys.keys[keys.number][0].name, at)
    # Of two operators who do so at once, the key of one is kept.
    await store.add_log_key(made)
    return (await read_log_keys(store, master, at)).keys[number][0]


async def keep_log_keys(keys: LogKeys, store: LogStore, master: MasterKey, clock: Clock) -> None:
    """Goes on until it is cancelled; a database that does not answer is asked again.

    Keys are read once a minute, and at once when somebody asks for one that is unknown: another
    server may have made it, and signs with it.
    """
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(keys.is_asked.wait(), _INTERVAL)
        keys.is_asked.clear()
        try:
            await keys.learn(store, master, clock.now())
        except Exception as error:  # noqa: BLE001 - whatever ails the database, it is asked again
            _log.error("the keys of the log could not be read", error=str(error))
        await asyncio.sleep(_LEAST_PAUSE)


@dataclass(frozen=True, slots=True)
class _Unsealed:
    """A key, and whether the time when it was made is what it was sealed with."""

    key: LogKey
    private: Ed25519PrivateKey
    is_dated: bool


def _make_key(master: MasterKey, number: int, name: str, at: Instant) -> SealedKey:
    content = Ed25519PrivateKey.generate().private_bytes_raw()
    return SealedKey(number, name, master.seal(_seal_name(number, name, at), content), at)


def _unseal(master: MasterKey, kept: SealedKey) -> _Unsealed:
    is_dated = True
    try:
        content = master.unseal(_seal_name(kept.number, kept.name, kept.created_at), kept.sealed)
    except SealError:
        # Early versions left the time out. It counts for nothing then: whoever writes into the
        # database cannot make a key young, so that the one before it signs again.
        content = master.unseal(f"log key {kept.number} of {kept.name}", kept.sealed)
        is_dated = False
    private = Ed25519PrivateKey.from_private_bytes(content)
    key = LogKey(kept.name, private.public_key().public_bytes_raw())
    return _Unsealed(key, private, is_dated)


def _seal_name(number: int, name: str, at: Instant) -> str:
    return f"log key {number} of {name}, made at {at.astimezone(UTC).isoformat()}"


def _name_log(origins: Sequence[Origin]) -> str:
    with_authority = [one for one in origins if Role.AUTHORITY in one.roles] or [*origins]
    return urlsplit(with_authority[0].url).hostname or "timebound"
