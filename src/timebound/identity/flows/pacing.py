"""Slowing down those who guess.

Failures are counted for an account as seen from one address: whoever guesses elsewhere slows
nobody else down. Each process counts for itself, by the clock of its machine.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

from timebound.application.ports import Clock
from timebound.domain.times import Instant

FREE_ATTEMPTS: Final = 5
"""How often one may be wrong before one has to wait."""
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)
MOST_COUNTED: Final = 10_000
_SITE: Final = 64
"""How many bits of an IPv6 address say where it is; the rest its holder chooses at will."""


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
    """How often in a row, and since when."""

    number: int
    at: Instant


@dataclass(slots=True)
class Pace:
    """Counts failures by whatever they are about."""

    clock: Clock
    _failures: OrderedDict[str, _Failures] = field(default_factory=OrderedDict)

    def wait_for(self, about: str) -> int:
        """How many seconds are left to wait; 0 when one may try."""
        failed = self._failures.get(about)
        if failed is None or failed.number < FREE_ATTEMPTS:
            return 0
        exponent = min(failed.number - FREE_ATTEMPTS, 10)
        wait = min(timedelta(seconds=2**exponent), LONGEST_WAIT)
        left = failed.at + wait - self.clock.now()
        return max(0, ceil(left.total_seconds()))

    def count_failure(self, about: str) -> None:
        """One more failure."""
        at = self.clock.now()
        failed = self._failures.pop(about, None)
        if failed is None or at - failed.at > FORGOTTEN_AFTER:
            failed = _Failures(0, at)
        self._failures[about] = _Failures(failed.number + 1, at)
        while len(self._failures) > MOST_COUNTED:
            self._failures.popitem(last=False)

    def forget(self, about: str) -> None:
        """The failures count no more: it was them."""
        self._failures.pop(about, None)
