"""Slowing down those who guess.

A guess is counted in several places at once: for the account as seen from where it comes, for the
account from everywhere, and for where it comes from over all accounts. The first has the narrow
limit. The second keeps half of its room for those who have hardly failed where they are, so that
whoever guesses without pause fills the other half and holds up themselves. The third is so wide
that nobody reaches it by mistyping, nor by a few names however often. None of them holds anybody
up in a browser that the account is known in. Each process counts for itself, by the clock of its
machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
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
_PLACES: Final = {4: 24, 6: 48}
"""How many bits say whose addresses they are: networks that somebody gets many of together."""
_REGIONS: Final = {4: 24, 6: 32}
"""How many bits a provider gets of IPv6, who so has as many places as there are bits between."""
_ENOUGH: Final = 12
"""How many failures beyond the free ones are counted: the wait grows no further long before."""
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, how long one waits at most after more, how many fade an hour."""

    free: int
    longest_wait: timedelta
    fading: float

    def fade(self, number: float, past: timedelta) -> float:
        """What is left of so many failures after a while."""
        return max(0.0, number - self.fading * (past / _HOUR))

    def wait(self, number: float) -> timedelta:
        """How long to wait after so many failures."""
        over = round(number) - self.free
        return min(timedelta(seconds=2.0 ** min(over, 20)), self.longest_wait) * (over >= 0)


NARROW: Final = Limit(5, timedelta(minutes=15), 5)
"""Of one account, as seen from one network."""
ACCOUNT: Final = Limit(50, timedelta(minutes=15), 50)
"""Of one account from everywhere, for who has failed a few times where they are."""
NEWCOMER: Final = Limit(100, timedelta(minutes=1), 50)
"""The same for who has not: others bring the count to a half of this, and no further."""
PLACE: Final = Limit(3, timedelta(), 3 / 24)
"""Of one account as seen from one place: so many times, and three a day, somebody is new there."""
REGION: Final = Limit(30, timedelta(), 30 / 24)
"""The same as seen from all places of one provider."""
BROWSERS: Final = Limit(50, timedelta(minutes=1), 50)
"""Of one account in all browsers that it is known in."""
NETWORK: Final = Limit(100, timedelta(minutes=1), 100)
"""Of one network over all accounts: there may be many people behind one address."""


@dataclass(frozen=True, slots=True)
class Count:
    """Something that failures are counted by.

    Where none of the `places` that it comes from has failed much yet, it has the wider limit of
    newcomers.
    """

    about: bytes
    limit: Limit
    places: Sequence["Count"] = ()


Guess: TypeAlias = Sequence[Count]
"""What one guess counts for; the first is the narrowest."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a guess comes from: a network, or a browser that the account is known in."""

    network: str
    browser: str = ""


def guess_code(kind: str, network: str) -> Guess:
    """A guess at a code that is nobody's account."""
    return (count_by(NARROW, kind, network),)


def guess_secret(kind: str, account: str, source: Source) -> Guess:
    """A guess at the secret of an account.

    A browser that the account is known in is counted by itself, so that no guesser elsewhere, and
    no neighbour, holds it up; and with others that are known, since whoever had the password once
    may have made many of them.
    """
    if source.browser:
        return (
            count_by(NARROW, kind, account, "browser", source.browser),
            count_by(BROWSERS, kind, account, "browsers"),
        )
    places = (
        count_by(PLACE, kind, account, "place", find_place(source.network)),
        count_by(REGION, kind, account, "region", find_region(source.network)),
    )
    return (
        count_by(NARROW, kind, account, "network", source.network),
        replace(count_by(ACCOUNT, kind, account), places=places),
        count_by(NETWORK, "network", source.network),
    )


def count_by(limit: Limit, *about: str) -> Count:
    """Failures that are counted by all of these words together."""
    return Count(_mark(*about), limit)


def _mark(*about: str) -> bytes:
    # A digest, because names are as long as those who guess like.
    told = "\x1f".join(about).encode("utf-8", "surrogatepass")
    return blake2b(told, digest_size=16).digest()


@lru_cache(maxsize=1024)
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


def find_place(network: str) -> str:
    """The larger network around one, by which it is told whether somebody is new somewhere."""
    return _widen(network, _PLACES)


def find_region(network: str) -> str:
    """The network of the provider around one, of whose places there may be thousands."""
    return _widen(network, _REGIONS)


def _widen(network: str, bits: Mapping[int, int]) -> str:
    try:
        parsed = ip_network(network, strict=False)
    except ValueError:
        return network
    return str(parsed.supernet(new_prefix=min(parsed.prefixlen, bits[parsed.version])))


@dataclass(slots=True)
class _Failures:
    """How many there were, and when the last one was."""

    limit: Limit
    number: float
    at: Instant
    waits_from: Instant
    waited_from: Instant
    """The same before the last one."""

    def take_back(self) -> None:
        """The last one was none: nobody waits for it."""
        self.number = max(0.0, self.number - 1)
        self.waits_from = self.waited_from

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
        if len(self) + 3 * len(guess) > MOST_COUNTED:
            self._make_room(now)
        for one in guess:
            for count in (one, *one.places):
                self._add(count.about, count.limit, now)

    def forgive(self, guess: Guess) -> None:
        """It was them: nothing counts against them, and this was no failure of anybody else."""
        narrow, *wide = guess
        self._failures.pop(narrow.about, None)
        self.take_back(wide)

    def take_back(self, guess: Guess) -> None:
        """It was no failure; what others have done stays."""
        for one in guess:
            for place in one.places:
                self._failures.pop(place.about, None)
            failed = self._failures.get(one.about)
            if failed is not None:
                failed.take_back()

    def _add(self, about: bytes, limit: Limit, now: Instant) -> None:
        failed = self._failures.get(about)
        left = 0.0 if failed is None else failed.fade(now)
        most = max(limit.free, NEWCOMER.free if limit is ACCOUNT else 0) + _ENOUGH
        before = now if failed is None else failed.waits_from
        self._failures[about] = _Failures(limit, min(left + 1, most), now, now, before)

    def _wait_for(self, count: Count) -> int:
        failed = self._failures.get(count.about)
        if failed is None:
            return 0
        now, limit = self.clock.now(), count.limit
        if count.places and not any(self._is_full(place, now) for place in count.places):
            limit = NEWCOMER
        left = failed.waits_from + limit.wait(failed.number) - now
        return max(0, ceil(left.total_seconds()))

    def _is_full(self, place: Count, now: Instant) -> bool:
        """Whether nobody is new any more where as many have failed as are free."""
        failed = self._failures.get(place.about)
        return failed is not None and ceil(failed.fade(now)) >= place.limit.free

    def _make_room(self, now: Instant) -> None:
        """Forgets those that are furthest from holding anybody up, and of these the oldest."""
        ranked = sorted(self._failures, key=lambda about: self._failures[about].weigh(now))
        for about in ranked[:_LET_GO]:
            del self._failures[about]
