"""Instants as they travel: three forms out, ISO 8601 with an offset in.

The fraction has as many digits as it needs, and none where it is zero, but in `format_full`.
"""

from datetime import datetime
from typing import Final

from timebound.dialects.odata.dates import format_instant, parse_instant

format_zulu: Final = format_instant
"""`2022-02-11T00:20:35.41655Z`: what schedules, instances and policies tell, and `createdOn`."""


def format_offset(at: datetime) -> str:
    """`2022-02-11T00:20:37.916569+00:00`: what requests tell of their `scheduleInfo`."""
    return f"{format_instant(at).removesuffix('Z')}+00:00"


def format_full(at: datetime) -> str:
    """`2019-02-05T21:24:38.4580610Z`: what role assignments and definitions tell of themselves."""
    whole, _, fraction = format_instant(at).removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<7}Z"


parse_date: Final = parse_instant
"""The instant in UTC. Refused without an offset, and off the calendar (ASG-030)."""
