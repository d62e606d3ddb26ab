"""How long an answer may be kept, as whoever gave it says (RFC 9111)."""

import re
from datetime import timedelta
from typing import Final

_MAX_AGE: Final = re.compile(r"max-age=\"?(\d{1,9})\"?")
_NOT_KEPT: Final = frozenset({"no-store", "no-cache"})


def read_life(cache_control: str | None) -> timedelta | None:
    """How long an answer holds by its Cache-Control; none where nothing is said."""
    directives = [one.strip().lower() for one in (cache_control or "").split(",")]
    if not _NOT_KEPT.isdisjoint(directives):
        return timedelta()
    ages = [match for one in directives if (match := _MAX_AGE.fullmatch(one))]
    return timedelta(seconds=int(ages[0][1])) if ages else None
