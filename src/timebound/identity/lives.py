"""How long tokens live."""

import secrets
from datetime import timedelta
from typing import Final

from timebound.domain.times import Instant

SHORTEST_LIFE: Final = timedelta(minutes=60)
LONGEST_LIFE: Final = timedelta(minutes=90)


def choose_life() -> timedelta:
    """How long a token lives: a little different each time, so that not all are renewed at once."""
    spread = int((LONGEST_LIFE - SHORTEST_LIFE).total_seconds())
    return SHORTEST_LIFE + timedelta(seconds=secrets.randbelow(spread))


def shorten_life(life: timedelta, at: Instant, role_end: Instant) -> timedelta:
    """The life of a token that tells others of roles: it ends no later than the first of them.

    Whoever is told cannot ask again, as our own doors do at every request.
    """
    return min(life, role_end - at)
