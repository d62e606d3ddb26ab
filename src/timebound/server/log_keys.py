"""The key that signs tree heads: made once for an installation, sealed under the master key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from timebound.application.log_ports import LogStore, SealedKey
from timebound.domain.checkpoints import LogKey
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.identity.sealing import MasterKey, SealError
from timebound.server.config import ConfigError, Origin, Role

_FIRST: Final = 1


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys of the log, unsealed; the newest one signs."""

    keys: Mapping[int, tuple[LogKey, Ed25519PrivateKey]]

    @property
    def number(self) -> int:
        """The number of the key that signs."""
        return max(self.keys)

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of all keys."""
        return sorted(self.keys)

    def find(self, number: int) -> LogKey | None:
        """The public half of a key."""
        found = self.keys.get(number)
        return None if found is None else found[0]

    def name_logs(self, tenant_id: TenantId) -> frozenset[str]:
        """The name of a tenant's log, as each of the keys signs it."""
        return frozenset(key.name_log(tenant_id) for key, _ in self.keys.values())

    def sign(self, content: bytes) -> bytes:
        """The signature by the key that signs."""
        return self.keys[self.number][1].sign(content)

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

    The name stays whatever becomes of the origins: heads held elsewhere have it.
    """
    if not await store.log_keys():
        await store.add_log_key(_make_key(master, _name_log(origins), at))
    return await read_log_keys(store, master)


async def read_log_keys(store: LogStore, master: MasterKey) -> LogKeys:
    """The keys of the log as they are kept; ConfigError for another master key."""
    try:
        return LogKeys({one.number: _unseal(master, one) for one in await store.log_keys()})
    except SealError as error:
        raise ConfigError(f"--master-key-file: the key of the log, {error}") from error


def _make_key(master: MasterKey, name: str, at: Instant) -> SealedKey:
    content = Ed25519PrivateKey.generate().private_bytes_raw()
    # Of two servers that start at once, the key of one is kept.
    return SealedKey(_FIRST, name, master.seal(_seal_name(_FIRST, name), content), at)


def _unseal(master: MasterKey, kept: SealedKey) -> tuple[LogKey, Ed25519PrivateKey]:
    content = master.unseal(_seal_name(kept.number, kept.name), kept.sealed)
    private = Ed25519PrivateKey.from_private_bytes(content)
    return LogKey(kept.name, private.public_key().public_bytes_raw()), private


def _seal_name(number: int, name: str) -> str:
    return f"log key {number} of {name}"


def _name_log(origins: Sequence[Origin]) -> str:
    with_authority = [one for one in origins if Role.AUTHORITY in one.roles] or [*origins]
    return urlsplit(with_authority[0].url).hostname or "timebound"
