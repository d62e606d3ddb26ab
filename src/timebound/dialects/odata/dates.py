"""Instants as they travel: ISO 8601 with an offset in, UTC with a trailing Z out."""

import re
from datetime import UTC, date, datetime

import msgspec

from timebound.dialects.odata.problems import Flaw, ODataProblem

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})",
    re.IGNORECASE,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_instant(text: str, target: str) -> datetime:
    """The instant in UTC, cut to microseconds; refused without an offset or off the calendar."""
    if _INSTANT.fullmatch(text) is None:
        raise _refuse(text, target)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refuse(text, target) from None


def parse_day(text: str, target: str) -> datetime:
    """The first instant in UTC of a calendar day written as yyyy-mm-dd."""
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError:
        raise _refuse(text, target) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def format_instant(at: datetime) -> str:
    """The published form: `2022-04-12T09:05:39Z`, with a fraction only where it is not zero."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # A tenth of what `isoformat` takes, and lists tell three instants of each row.
    text: str = msgspec.to_builtins(at)
    return f"{text[:-1].rstrip('0')}Z" if at.microsecond and text[-2] == "0" else text


def _refuse(text: str, target: str) -> ODataProblem:
    shown = text[:40]
    return ODataProblem(
        Flaw.WRONG_TYPE,
        target,
        f"The value '{shown}' of '{target}' is not a date and time with an offset "
        "such as 2026-01-31T08:00:00Z.",
    )
