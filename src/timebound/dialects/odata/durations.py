"""Durations as they travel: ISO 8601 in and out, and one client's own spelling in."""

import re
from datetime import timedelta

from timebound.dialects.odata.problems import Flaw, ODataProblem

_ISO = re.compile(
    r"P(?=[0-9T])(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    r"(?:(?P<seconds>[0-9]{1,12})(?:\.(?P<fraction>[0-9]{1,12}))?S)?)?"
)
_CLOCK = re.compile(
    r"(?:(?P<days>[0-9]{1,9}) days?, )?(?P<hours>[0-9]{1,2}):(?P<minutes>[0-5][0-9])"
    r":(?P<seconds>[0-5][0-9])(?:\.(?P<fraction>[0-9]{1,6}))?"
)
_CALENDAR = re.compile(r"-?P(?:[0-9.]+Y|(?:[0-9.]+Y)?[0-9.]+M)", re.IGNORECASE)
_LAST_HOUR = 23


def parse_duration(text: str, target: str, *, is_strict: bool = False) -> timedelta:
    """The span of time; refused when negative, in months or years, or not a duration at all.

    Weeks, days, hours, minutes and seconds are taken. Unless strict, so is what `str(timedelta)`
    writes in Python (`1:00:00`, `30 days, 0:00:00`), which the Python SDK puts on the wire.
    """
    found = _ISO.fullmatch(text) or (None if is_strict else _match_clock(text))
    if found is None:
        raise _refuse(text, target)
    parts = found.groupdict(default="0")
    try:
        return timedelta(
            weeks=int(parts.get("weeks", "0")),
            days=int(parts["days"]),
            hours=int(parts["hours"]),
            minutes=int(parts["minutes"]),
            seconds=int(parts["seconds"]),
            microseconds=int(parts["fraction"].ljust(6, "0")[:6]),
        )
    except OverflowError:
        raise _refuse(text, target) from None


def format_duration(span: timedelta) -> str:
    """The published form: `PT8H`, `P180D`, `PT1H45M`, `P1DT12H`, and `PT0S` for nothing."""
    if span < timedelta():
        return f"-{format_duration(-span)}"
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{span.days}D" if span.days else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if span.microseconds:
        clock += f"{seconds}.{span.microseconds:06}".rstrip("0") + "S"
    elif seconds:
        clock += f"{seconds}S"
    if clock:
        return f"P{days}T{clock}"
    return f"P{days}" if days else "PT0S"


def _match_clock(text: str) -> re.Match[str] | None:
    found = _CLOCK.fullmatch(text)
    return found if found and int(found["hours"]) <= _LAST_HOUR else None


def _refuse(text: str, target: str) -> ODataProblem:
    shown = text[:40]
    if _CALENDAR.match(text):
        why = "counts months or years, which have no fixed length; use days, hours and minutes"
    else:
        why = "is not a duration such as PT8H or P180D"
    return ODataProblem(Flaw.WRONG_TYPE, target, f"The value '{shown}' of '{target}' {why}.")
