"""The signing keys that all servers share: made, published, used, and given up in turn."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from timebound.application.ports import Clock, IdentityStore, SigningKey
from timebound.domain.times import Instant
from timebound.identity.lives import LONGEST_LIFE
from timebound.identity.sealing import MasterKey

RS256: Final = "RS256"
ES256: Final = "ES256"
ALGORITHMS: Final = (RS256, ES256)
_SIGNATURES: Final = jws.JWSRegistry(algorithms=ALGORITHMS)
_KEY_BITS: Final = 2048
_ASKED_AGAIN_AFTER: Final = timedelta(seconds=10)
"""How long an unknown key id is believed to be unknown, so that forged ones cost no look-ups."""
_SLACK: Final = timedelta(minutes=15)
"""How long another server may go on with the key before, and how far its clock may be off."""
_PARTS: Final = {RS256: ("n", "e"), ES256: ("crv", "x", "y")}


@dataclass(frozen=True, slots=True)
class KeyRules:
    """How keys are made: for which algorithm, how long ahead, and how old one gets."""

    algorithm: str = RS256
    ahead: timedelta = timedelta(hours=24)
    life: timedelta | None = None
    """How long a key signs; for ever if none."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A signing key ready for use: it signs from `begins_at` on, unless a newer one does."""

    id: str
    key: RSAKey | ECKey
    algorithm: str
    begins_at: Instant

    def published(self) -> Mapping[str, Any]:
        """The public half as JWKS lists it."""
        public = self.key.as_dict(private=False)
        parts = {name: public[name] for name in _PARTS[self.algorithm]}
        named = {"kty": public["kty"], "use": "sig", "kid": self.id, "alg": self.algorithm}
        return {**named, **parts}


class KeyRing:
    """The keys in the store, unsealed; the last that has begun signs, those before it verify."""

    def __init__(
        self,
        store: IdentityStore,
        master: MasterKey,
        clock: Clock,
        rules: KeyRules = KeyRules(),
    ) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._rules = rules
        self._pairs: dict[str, KeyPair] = {}
        self._asked_at: Instant | None = None

    async def open(self) -> None:
        """Reads the keys, and makes the first one in a store that has none."""
        await self._load()
        if not self._pairs:
            await self._make(self._rules.algorithm, timedelta())

    async def follow_rules(self) -> None:
        """Makes the next key by the algorithm of the rules, if the newest one has another.

        Asked once, at the start: servers with different rules would outbid one another for ever.
        """
        if self._newest().algorithm != self._rules.algorithm:
            await self._make(self._rules.algorithm, self._rules.ahead)

    async def rotate(self, ahead: timedelta) -> KeyPair:
        """Makes the key that signs some time ahead, by the algorithm of the newest one."""
        return await self._make(self._newest().algorithm, ahead)

    async def replace(self) -> KeyPair:
        """Makes a key that signs at once and forgets all others, with whatever they have signed.

        For a key that somebody else may know: servers that run learn of it with `keep`.
        """
        made = await self._make(self._newest().algorithm, timedelta())
        for key_id in [one for one in self._pairs if one != made.id]:
            await self._store.remove_signing_key(key_id)
        await self._load()
        return made

    def knows(self, key_id: str) -> bool:
        """Whether a key that was known is still."""
        return key_id in self._pairs

    async def _make(self, algorithm: str, ahead: timedelta) -> KeyPair:
        now = self._clock.now()
        made = await asyncio.to_thread(_make_key, algorithm, now + ahead)
        sealed = self._master.seal(made.id, made.key.as_der(private=True))
        kept = SigningKey(made.id, sealed, now, made.algorithm, made.begins_at)
        await self._store.add_signing_key(kept)
        await self._load()
        return made

    async def keep(self) -> None:
        """Learns what other servers made, makes the next key in time, forgets what is over.

        Servers that find the same key too old at once make one each; the later one signs.
        """
        await self._load()
        now = self._clock.now()
        for pair in list(self._pairs.values()):
            if not self._is_alive(pair, now):
                await self._store.remove_signing_key(pair.id)
                del self._pairs[pair.id]
        life, ahead = self._rules.life, self._rules.ahead
        if life is not None and now >= self._newest().begins_at + life - ahead:
            await self.rotate(ahead)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A signed token with these claims."""
        pair = self._choose(self._clock.now())
        content = _encode(msgspec.json.encode(claims))
        signed = b".".join((_write_header(pair.id, pair.algorithm), content))
        signature = _SIGNATURES.get_alg(pair.algorithm).sign(signed, pair.key)
        return b".".join((signed, _encode(signature))).decode()

    async def find(self, key_id: str) -> KeyPair | None:
        """The key of that id; another server may have made it a moment ago."""
        if key_id not in self._pairs and self._may_ask():
            await self._load()
        pair = self._pairs.get(key_id)
        return pair if pair is not None and self._is_alive(pair, self._clock.now()) else None

    def published(self) -> list[Mapping[str, Any]]:
        """The public halves of the keys that count or will, the one that signs first."""
        now = self._clock.now()
        signing = self._choose(now)
        rest = [pair for pair in self._list_by_beginning()[::-1] if pair is not signing]
        return [pair.published() for pair in (signing, *rest) if self._is_alive(pair, now)]

    def algorithms(self) -> list[str]:
        """The algorithms of the published keys."""
        return sorted({str(one["alg"]) for one in self.published()})

    def _choose(self, at: Instant) -> KeyPair:
        ordered = self._list_by_beginning()
        begun = [pair for pair in ordered if pair.begins_at <= at]
        return (begun or ordered[:1])[-1]

    def _is_alive(self, pair: KeyPair, at: Instant) -> bool:
        """Whether a token that it signed can still count, or it has yet to sign any."""
        later = [one.begins_at for one in self._pairs.values() if _order(one) > _order(pair)]
        return not later or at < min(later) + LONGEST_LIFE + _SLACK

    def _newest(self) -> KeyPair:
        return self._list_by_beginning()[-1]

    def _list_by_beginning(self) -> list[KeyPair]:
        return sorted(self._pairs.values(), key=_order)

    def _may_ask(self) -> bool:
        now = self._clock.now()
        return self._asked_at is None or now - self._asked_at >= _ASKED_AGAIN_AFTER

    async def _load(self) -> None:
        self._asked_at = self._clock.now()
        kept = await self._store.signing_keys()
        self._pairs = dict(self._unseal_all(kept))

    def _unseal_all(self, kept: Iterable[SigningKey]) -> Iterable[tuple[str, KeyPair]]:
        for one in kept:
            yield one.id, self._pairs.get(one.id) or self._unseal(one)

    def _unseal(self, key: SigningKey) -> KeyPair:
        content = self._master.unseal(key.id, key.sealed)
        is_rsa = key.algorithm == RS256
        pair = RSAKey.import_key(content) if is_rsa else ECKey.import_key(content)
        return KeyPair(key.id, pair, key.algorithm, key.begins_at)


@lru_cache(maxsize=16)
def _write_header(key_id: str, algorithm: str) -> bytes:
    """The first part of a token, which is the same in all that a key signs."""
    return _encode(msgspec.json.encode({"alg": algorithm, "typ": "JWT", "kid": key_id}))


def _encode(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


def _order(pair: KeyPair) -> tuple[Instant, str]:
    return pair.begins_at, pair.id


def _make_key(algorithm: str, begins_at: Instant) -> KeyPair:
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if algorithm == RS256:
        private = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    encoded = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_id = urlsafe_b64encode(sha256(public).digest()[:20]).decode().rstrip("=")
    key = RSAKey.import_key(encoded) if algorithm == RS256 else ECKey.import_key(encoded)
    return KeyPair(key_id, key, algorithm, begins_at)
