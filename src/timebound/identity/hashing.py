"""Passwords and client secrets: hashed with argon2, checked beside the event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


@dataclass(frozen=True, slots=True)
class HashCost:
    """What one hash costs: rounds, kibibytes of memory, lanes."""

    rounds: int
    memory: int
    lanes: int


GUARDING: Final = HashCost(rounds=3, memory=64 * 1024, lanes=4)
"""RFC 9106, the second recommended choice."""
CHEAP: Final = HashCost(rounds=1, memory=1024, lanes=1)
"""For an emulator, whose secrets are written down in the clear anyway."""

_AT_ONCE: Final = 2
"""How many hashes are computed at a time: each takes its memory."""


class SecretHasher:
    """Hashes secrets and checks them; a check takes its time even where there is no hash."""

    def __init__(self, cost: HashCost) -> None:
        self._hasher = PasswordHasher(cost.rounds, cost.memory, cost.lanes)
        self._decoy = self._hasher.hash("nobody's secret")
        self._gate = asyncio.Semaphore(_AT_ONCE)

    def hash(self, secret: str) -> str:
        """The hash to keep."""
        return self._hasher.hash(secret)

    async def seal(self, secret: str) -> str:
        """The hash to keep, computed beside the event loop."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, secret)

    def new_secret(self) -> str:
        """A secret that nobody can foresee, in 40 letters and digits."""
        return token_urlsafe(30)

    async def matches(self, secret: str, hashes: Sequence[str]) -> bool:
        """Whether the secret is one of those that were hashed."""
        async with self._gate:
            return await asyncio.to_thread(self._matches, secret, tuple(hashes))

    def _matches(self, secret: str, hashes: tuple[str, ...]) -> bool:
        found = [self._is_match(secret, one) for one in hashes or (self._decoy,)]
        return any(found) and bool(hashes)

    def _is_match(self, secret: str, known: str) -> bool:
        try:
            return self._hasher.verify(known, secret)
        except (VerificationError, InvalidHashError):
            return False
