"""The published forms of single values: what each primitive type looks like in JSON."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z")
"""UTC, up to seven decimals, none of them a trailing zero: so reads every published answer."""
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
TIME_OF_DAY: Final = re.compile(r"\d\d:\d\d:\d\d(\.\d{1,7})?")
DURATION: Final = re.compile(r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
"""ISO 8601 as OData takes it: days and smaller; weeks, months and years have no fixed length."""
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")


def _is_instant(value: object) -> bool:
    if not (isinstance(value, str) and INSTANT.fullmatch(value)):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object, *, bits: int) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    )


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


PRIMITIVES: Final[Mapping[str, tuple[str, Callable[[object], bool]]]] = {
    "Edm.String": ("a string", lambda value: isinstance(value, str)),
    "Edm.Boolean": ("true or false", lambda value: isinstance(value, bool)),
    "Edm.Int32": ("a 32-bit integer", lambda value: _is_integer(value, bits=32)),
    "Edm.Int64": ("a 64-bit integer", lambda value: _is_integer(value, bits=64)),
    "Edm.Double": ("a number", _is_number),
    "Edm.Guid": ("a GUID", _matches(GUID)),
    "Edm.DateTimeOffset": ("an instant as published", _is_instant),
    "Edm.Date": ("a date", _matches(DATE)),
    "Edm.TimeOfDay": ("a time of day", _matches(TIME_OF_DAY)),
    "Edm.Duration": ("an ISO 8601 duration", _matches(DURATION)),
    "Edm.Binary": ("base64", _matches(BASE64)),
}


def find_fault(primitive: str, value: object) -> str | None:
    """Answer what is wrong with a value of a primitive type, or None."""
    form, is_right = PRIMITIVES[primitive]
    return None if is_right(value) else f"{value!r} is not {form}"
