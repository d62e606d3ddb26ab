"""Slowing down those who guess.

A guess is counted in several places at once: for the account as seen from where it comes, for the
account from everywhere, and for where it comes from over all accounts. The first has the narrow
limit; the others are so wide that nobody reaches them alone or by mistyping, and hold nobody up
who guesses in a browser that the account is known in. Each process counts for itself, by the
clock of its machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final, TypeAlias

from timebound.application.ports import Clock
from timebound.domain.times import Instant

MOST_COUNTED: Final = 20_000
_LET_GO: Final = MOST_COUNTED // 10
"""How many counts are forgotten at a time, where there is no room for more."""
_SITE: Final = 64
"""How many bits of an IPv6 address say where it is; the rest its holder chooses at will."""
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, how long one waits at most after more, how many fade an hour."""

    free: int
    longest_wait: timedelta
    fading: int

    def fade(self, number: float, past: timedelta) -> float:
        """What is left of so many failures after a while."""
        return max(0.0, number - self.fading * (past / _HOUR))

    def wait(self, number: float) -> timedelta:
        """How long to wait after so many failures."""
        over = round(number) - self.free
        return min(timedelta(seconds=2.0 ** min(over, 20)), self.longest_wait) * (over >= 0)


NARROW: Final = Limit(5, timedelta(minutes=15), 5)
"""Of one account, as seen from one place."""
ACCOUNT: Final = Limit(50, timedelta(minutes=1), 50)
"""Of one account, from everywhere: ten networks that do not stop keep it there.

The owner gets in then in a browser that is known, or with a passkey.
"""
NETWORK: Final = Limit(100, timedelta(minutes=1), 100)
"""Of one network over all accounts: there may be many people behind one address."""


@dataclass(frozen=True, slots=True)
class Count:
    """Something that failures are counted by."""

    about: bytes
    limit: Limit


Guess: TypeAlias = Sequence[Count]
"""What one guess counts for; the first is the narrowest."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a guess comes from: a network, or a browser that the account is known in."""

    network: str
    browser: str = ""


def guess_code(kind: str, network: str) -> Guess:
    """A guess at a code that is nobody's account."""
    return (_count(NARROW, kind, network),)


def guess_secret(kind: str, account: str, source: Source) -> Guess:
    """A guess at the secret of an account.

    A browser that the account is known in is counted by itself, so that no guesser elsewhere, and
    no neighbour, holds it up; and with others that are known, since whoever had the password once
    may have made many of them.
    """
    if source.browser:
        return (
            _count(NARROW, kind, account, "browser", source.browser),
            _count(ACCOUNT, kind, account, "browsers"),
        )
    return (
        _count(NARROW, kind, account, "network", source.network),
        _count(ACCOUNT, kind, account),
        _count(NETWORK, "network", source.network),
    )


def _count(limit: Limit, *about: str) -> Count:
    # A digest, because names are as long as those who guess like.
    told = "\x1f".join(about).encode("utf-8", "surrogatepass")
    return Count(blake2b(told, digest_size=16).digest(), limit)


def find_neighbourhood(address: str) -> str:
    """What guesses are counted by: the address; of IPv6 its network, which is one holder's."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    plain = parsed.ipv4_mapped
    return str(plain or ip_network((parsed, _SITE), strict=False))


@dataclass(slots=True)
class _Failures:
    """How many there were, and when the last one was."""

    limit: Limit
    number: float
    at: Instant

    def fade(self, now: Instant) -> float:
        """How many of them count still."""
        return self.limit.fade(self.number, now - self.at)

    def weigh(self, now: Instant) -> tuple[float, Instant]:
        """How near they are to holding somebody up."""
        return self.fade(now) / self.limit.free, self.at


@dataclass(slots=True)
class Pace:
    """Counts failures by whatever they are about."""

    clock: Clock
    _failures: dict[bytes, _Failures] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many counts there are."""
        return len(self._failures)

    def wait_for(self, guess: Guess) -> int:
        """How many seconds are left to wait; 0 when one may try."""
        return max(self._wait_for(one) for one in guess)

    def count_failure(self, guess: Guess) -> None:
        """One more failure."""
        now = self.clock.now()
        if len(self) + len(guess) > MOST_COUNTED:
            self._make_room(now)
        for one in guess:
            failed = self._failures.get(one.about)
            left = 0.0 if failed is None else failed.fade(now)
            self._failures[one.about] = _Failures(one.limit, left + 1, now)

    def forgive(self, guess: Guess) -> None:
        """It was them: nothing counts against them, and this was no failure of anybody else."""
        narrow, *wide = guess
        self._failures.pop(narrow.about, None)
        for one in wide:
            failed = self._failures.get(one.about)
            if failed is not None:
                failed.number = max(0.0, failed.number - 1)

    def _wait_for(self, count: Count) -> int:
        failed = self._failures.get(count.about)
        if failed is None:
            return 0
        left = failed.at + count.limit.wait(failed.number) - self.clock.now()
        return max(0, ceil(left.total_seconds()))

    def _make_room(self, now: Instant) -> None:
        """Forgets those that are furthest from holding anybody up, and of these the oldest."""
        ranked = sorted(self._failures, key=lambda about: self._failures[about].weigh(now))
        for about in ranked[:_LET_GO]:
            del self._failures[about]
