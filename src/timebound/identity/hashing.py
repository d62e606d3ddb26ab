"""Passwords and client secrets: hashed with argon2, checked beside the event loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from secrets import token_bytes, token_urlsafe
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from timebound.domain.passwords import LONGEST
from timebound.identity.common_passwords import is_common


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
BEYOND_GUESSING: Final = 32
"""As many letters has a secret that nobody comes upon, however often they try; ours have 40."""
MOST_KNOWN: Final = 10_000
"""How many secrets of programs that matched are known again without their hash."""


class SecretHasher:
    """Hashes secrets and checks them; a check takes its time even where there is no hash.

    `is_listed` says of a password whether the operator's own list has it.
    """

    def __init__(
        self,
        cost: HashCost,
        most_known: int = MOST_KNOWN,
        is_listed: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._is_listed = is_listed
        self._hasher = PasswordHasher(cost.rounds, cost.memory, cost.lanes)
        self._decoy = self._hasher.hash("nobody's secret")
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._key = token_bytes(32)
        self._most_known = most_known
        self._known: OrderedDict[bytes, None] = OrderedDict()

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

    async def is_refused(self, password: str) -> bool:
        """Whether a password is common, or on the list of the operator.

        What is too long for a password is on no list, and is not looked for.
        """
        if len(password) > LONGEST:
            return False
        return await asyncio.to_thread(lambda: is_common(password) or self._is_listed(password))

    async def matches(self, secret: str, hashes: Sequence[str]) -> bool:
        """Whether the secret is one of those that were hashed."""
        return any(await self._compare(secret, hashes)) and bool(hashes)

    def has_seen(self, secret: str, hashes: Sequence[str]) -> bool:
        """Whether the secret has matched one of these in this process; this costs no hash.

        Of one that could be guessed always no: it may be asked however often somebody has tried.
        """
        return len(secret) >= BEYOND_GUESSING and self._recall(secret, hashes)

    async def recognizes(self, secret: str, hashes: Sequence[str]) -> bool:
        """The same for a program, which shows one long random secret again and again.

        What matched is known by a digest under a key that only this process has, for this hash
        alone: a secret that was taken away has none any more. How long it takes to look a digest
        up tells nothing, as nobody else can foresee one.
        """
        if self._recall(secret, hashes):
            return True
        found = await self._compare(secret, hashes)
        for one, is_match in zip(hashes, found, strict=False):
            if is_match:
                self._known[self._mark(secret, one)] = None
        while len(self._known) > self._most_known:
            self._known.popitem(last=False)
        return any(found) and bool(hashes)

    def _recall(self, secret: str, hashes: Sequence[str]) -> bool:
        """Whether it is known still; what is shown again and again stays so."""
        marks = (self._mark(secret, one) for one in hashes)
        shown = next((mark for mark in marks if mark in self._known), None)
        if shown is not None:
            self._known.move_to_end(shown)
        return shown is not None

    def _mark(self, secret: str, known: str) -> bytes:
        told = secret.encode("utf-8", "surrogatepass")
        # No hash has a NUL in it: what stands behind the last one is the hash.
        return blake2b(told + b"\0" + known.encode(), key=self._key, digest_size=32).digest()

    async def _compare(self, secret: str, hashes: Sequence[str]) -> list[bool]:
        """Which of the hashes are the secret's; without any one is computed in vain."""
        compared = tuple(hashes) or (self._decoy,)
        async with self._gate:
            return await asyncio.to_thread(
                lambda: [self._is_match(secret, one) for one in compared]
            )

    def _is_match(self, secret: str, known: str) -> bool:
        try:
            return self._hasher.verify(known, secret)
        except (VerificationError, InvalidHashError):
            return False
