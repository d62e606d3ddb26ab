"""How long tokens live."""

import secrets
from datetime import timedelta
from typing import Final

SHORTEST_LIFE: Final = timedelta(minutes=60)
LONGEST_LIFE: Final = timedelta(minutes=90)


def choose_life() -> timedelta:
    """How long a token lives: a little different each time, so that not all are renewed at once."""
    spread = int((LONGEST_LIFE - SHORTEST_LIFE).total_seconds())
    return SHORTEST_LIFE + timedelta(seconds=secrets.randbelow(spread))
