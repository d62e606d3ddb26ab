"""Slowing down those who guess at the secrets of applications.

Failures are counted by application and network: who has the right secret elsewhere waits for
nobody. A secret that was wrong before is no new guess, so that an application that was given a
wrong one, and asks with it again and again, holds up none that shares its address. A long secret
that was right before comes past all this, whoever guesses beside it (`SecretHasher.has_seen`).
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from secrets import token_bytes
from typing import Final

from timebound.domain.ids import ApplicationId, TenantId
from timebound.identity.pacing import Count, Limit, Pace, count_by, find_neighbourhood

CLIENT: Final = Limit(20, timedelta(minutes=1), 20)
"""Of one application, as seen from one network."""
MOST_TRIED: Final = 10_000
"""How many wrong secrets are known again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret that is shown for an application, and from which address."""

    tenant_id: TenantId
    application_id: ApplicationId
    address: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class ClientPace:
    """Counts the secrets that were wrong; of each it keeps a digest under a key of its own."""

    pace: Pace
    _key: bytes = field(default_factory=lambda: token_bytes(32), repr=False)
    _tried: OrderedDict[bytes, None] = field(default_factory=OrderedDict, repr=False)

    def begin(self, shown: Shown) -> int:
        """How many seconds are left to wait; if none, the secret counts as wrong until it is not.

        Those who come side by side with the same one are one guess.
        """
        mark, count = self._mark(shown), _count(shown)
        if mark in self._tried:
            self._tried.move_to_end(mark)
            return 0
        wait = self.pace.wait_for((count,))
        if wait:
            return wait
        self.pace.count_failure((count,))
        self._tried[mark] = None
        while len(self._tried) > MOST_TRIED:
            self._tried.popitem(last=False)
        return 0

    def take_back(self, shown: Shown) -> None:
        """It was right: this one was no failure, which makes those of others none the less so."""
        mark = self._mark(shown)
        if mark in self._tried:
            del self._tried[mark]
            self.pace.take_back((_count(shown),))

    def _mark(self, shown: Shown) -> bytes:
        told = f"{_name(shown)}\0{shown.secret}".encode("utf-8", "surrogatepass")
        return blake2b(told, key=self._key, digest_size=16).digest()


def _name(shown: Shown) -> str:
    # Neither ids nor addresses have a blank in them.
    network = find_neighbourhood(shown.address)
    return f"{shown.tenant_id} {shown.application_id} {network}"


def _count(shown: Shown) -> Count:
    return count_by(CLIENT, "client", _name(shown))
