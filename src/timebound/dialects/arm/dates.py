"""Instants as they travel: three forms out, ISO 8601 with or without an offset in.

The fraction has as many digits as it needs, and none where it is zero, but in `format_full`.
"""

import re
from datetime import datetime
from typing import Final

from timebound.dialects.odata.dates import format_instant, parse_instant

_OFFSET: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$", re.IGNORECASE)

format_zulu: Final = format_instant
"""`2022-02-11T00:20:35.41655Z`: what schedules, instances and policies tell, and `createdOn`."""


def format_offset(at: datetime) -> str:
    """`2022-02-11T00:20:37.916569+00:00`: what requests tell of their `scheduleInfo`."""
    return f"{format_instant(at).removesuffix('Z')}+00:00"


def format_full(at: datetime) -> str:
    """`2019-02-05T21:24:38.4580610Z`: what role assignments and definitions tell of themselves."""
    whole, _, fraction = format_instant(at).removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<7}Z"


def parse_date(text: str, target: str) -> datetime:
    """The instant in UTC; what names no offset is in UTC. Refused off the calendar."""
    # quirk(arm): a time without an offset is taken as UTC - DateTimeOffset readers of the service
    is_bare = len(text) > len("2022-02-11") and _OFFSET.search(text) is None
    return parse_instant(f"{text}Z" if is_bare else text, target)
