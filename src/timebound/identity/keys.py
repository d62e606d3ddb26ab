"""The signing keys that all servers share, and what they sign."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from timebound.application.ports import Clock, IdentityStore, SigningKey
from timebound.domain.times import Instant
from timebound.identity.sealing import MasterKey

ALGORITHM: Final = "RS256"
_KEY_BITS: Final = 2048
_ASKED_AGAIN_AFTER: Final = timedelta(seconds=10)
"""How long an unknown key id is believed to be unknown, so that forged ones cost no look-ups."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A signing key ready for use."""

    id: str
    key: RSAKey

    def published(self) -> Mapping[str, Any]:
        """The public half as JWKS lists it."""
        public = self.key.as_dict(private=False)
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.id,
            "alg": ALGORITHM,
            "n": public["n"],
            "e": public["e"],
        }


class KeyRing:
    """The keys in the store, unsealed; the newest one signs."""

    def __init__(self, store: IdentityStore, master: MasterKey, clock: Clock) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._pairs: dict[str, KeyPair] = {}
        self._asked_at: Instant | None = None

    async def open(self) -> None:
        """Reads the keys, and makes the first one in a store that has none."""
        await self._load()
        if not self._pairs:
            made = await asyncio.to_thread(_make_key)
            sealed = self._master.seal(made.id, made.key.as_der(private=True))
            await self._store.add_signing_key(SigningKey(made.id, sealed, self._clock.now()))
            await self._load()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A signed token with these claims."""
        newest = next(iter(self._pairs.values()))
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": newest.id}
        return jwt.encode(header, dict(claims), newest.key, algorithms=[ALGORITHM])

    async def find(self, key_id: str) -> KeyPair | None:
        """The key of that id; another server may have made it a moment ago."""
        if key_id not in self._pairs and self._may_ask():
            await self._load()
        return self._pairs.get(key_id)

    def published(self) -> list[Mapping[str, Any]]:
        """All public halves."""
        return [pair.published() for pair in self._pairs.values()]

    def _may_ask(self) -> bool:
        now = self._clock.now()
        return self._asked_at is None or now - self._asked_at >= _ASKED_AGAIN_AFTER

    async def _load(self) -> None:
        self._asked_at = self._clock.now()
        kept = await self._store.signing_keys()
        self._pairs = {
            one.id: self._pairs.get(one.id) or KeyPair(one.id, self._unseal(one)) for one in kept
        }

    def _unseal(self, key: SigningKey) -> RSAKey:
        return RSAKey.import_key(self._master.unseal(key.id, key.sealed))


def _make_key() -> KeyPair:
    private = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    encoded = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_id = urlsafe_b64encode(sha256(public).digest()[:20]).decode().rstrip("=")
    return KeyPair(key_id, RSAKey.import_key(encoded))
