"""Schedules of requests and of what is held, between the domain and `requestSchedule`."""

from typing import Final

from timebound.dialects.graph.problems import INVALID
from timebound.dialects.graph.refusals import Refusal, bad_request
from timebound.dialects.graph.wire import ExpirationPattern, RequestSchedule
from timebound.dialects.odata.dates import format_instant, parse_instant
from timebound.dialects.odata.durations import format_duration, parse_duration
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.odata.properties import parse_choice
from timebound.domain.times import (
    ENDLESS,
    AskedSchedule,
    Expiration,
    ExpirationType,
    Instant,
    Window,
)

_TYPES: Final = {type_.value: type_.value for type_ in ExpirationType}
_START: Final = "scheduleInfo/startDateTime"
_TYPE: Final = "scheduleInfo/expiration/type"
_END: Final = "scheduleInfo/expiration/endDateTime"
_DURATION: Final = "scheduleInfo/expiration/duration"


def read_schedule(sent: RequestSchedule | None) -> AskedSchedule | None:
    """The schedule a client asks for; refused when a date, a duration or the type is malformed."""
    if sent is None:
        return None
    try:
        start = sent.start_date_time
        return AskedSchedule(
            None if start is None else parse_instant(start, _START),
            _read_expiration(sent.expiration),
        )
    except ODataProblem as problem:
        raise _refuse(problem.message) from problem


def _read_expiration(sent: ExpirationPattern | None) -> Expiration | None:
    """The expiration with what its type names; what belongs to another type is ignored."""
    if sent is None:
        return None
    if sent.type is None:
        if sent.end_date_time or sent.duration:
            # Taken for no end at all, it would give more than was asked for.
            raise _refuse(f"'{_TYPE}' is missing.")
        return None
    type_ = ExpirationType(parse_choice(sent.type, _TYPES, _TYPE))
    is_dated = type_ is ExpirationType.AFTER_DATE_TIME and sent.end_date_time
    is_timed = type_ is ExpirationType.AFTER_DURATION and sent.duration
    return Expiration(
        type_,
        end=parse_instant(sent.end_date_time or "", _END) if is_dated else None,
        duration=parse_duration(sent.duration or "", _DURATION) if is_timed else None,
    )


def show_asked(asked: AskedSchedule, start: Instant | None) -> dict[str, object]:
    """The schedule of a request: its expiration as asked, from the start it came to."""
    return {
        "startDateTime": show_instant(start),
        "recurrence": None,
        "expiration": _show_expiration(asked.expiration),
    }


def show_window(window: Window) -> dict[str, object]:
    """The schedule of what is held."""
    is_endless = window.end == ENDLESS
    type_ = ExpirationType.NO_EXPIRATION if is_endless else ExpirationType.AFTER_DATE_TIME
    return {
        "startDateTime": format_instant(window.start),
        "recurrence": None,
        "expiration": {"type": type_.value, "endDateTime": show_end(window.end), "duration": None},
    }


def show_end(end: Instant) -> str | None:
    """An end, none for what has none."""
    return None if end == ENDLESS else format_instant(end)


def show_instant(at: Instant | None) -> str | None:
    """An instant where there is one."""
    return None if at is None else format_instant(at)


def _show_expiration(expiration: Expiration | None) -> dict[str, object] | None:
    if expiration is None:
        return None
    return {
        "type": expiration.type.value,
        "endDateTime": show_instant(expiration.end),
        "duration": None if expiration.duration is None else format_duration(expiration.duration),
    }


def _refuse(message: str) -> Refusal:
    return bad_request(f"The role assignment request is invalid. {message}", INVALID)
