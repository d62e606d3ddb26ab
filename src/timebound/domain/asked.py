"""From the schedule a client sends to the window it means."""

from timebound.domain.problems import Problem, Reason, invalid
from timebound.domain.requests import Action, Draft
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import (
    ENDLESS,
    Expiration,
    ExpirationType,
    Instant,
    Window,
    add_span,
)

_EXPIRATION = "scheduleInfo/expiration"
_END = "scheduleInfo/expiration/endDateTime"
_DURATION = "scheduleInfo/expiration/duration"


def asked_window(draft: Draft, at: Instant) -> tuple[Window, tuple[Problem, ...]]:
    """The window a draft asks for, and what is wrong with its schedule.

    A start that is absent or past means `at`; a duration counts from the start so found
    (behaviour book 1.5). Without an expiration the window has no end: the policy judges that; only
    what changes an end that is there has to say which one it wants, but for an update at a place
    in Azure, which means the same whatever is there. An extension begins at once, so that it never
    interrupts what it extends.
    """
    schedule = draft.schedule
    start = at if schedule is None or schedule.start is None else max(at, schedule.start)
    if schedule is None or schedule.expiration is None:
        missing = (invalid(_EXPIRATION, Reason.MISSING),) if _must_say_end(draft) else ()
        return Window(start, ENDLESS), missing
    window, problems = _end(schedule.expiration, start)
    is_extension = draft.action is Action.ADMIN_EXTEND
    return Window(at, window.end) if is_extension else window, problems


def _must_say_end(draft: Draft) -> bool:
    is_upsert = draft.slot.scope.kind is ScopeKind.AZURE and draft.action is Action.ADMIN_UPDATE
    return draft.action in (Action.ADMIN_UPDATE, Action.ADMIN_EXTEND) and not is_upsert


def _end(expiration: Expiration, start: Instant) -> tuple[Window, tuple[Problem, ...]]:
    endless = Window(start, ENDLESS)
    match expiration.type:
        case ExpirationType.NO_EXPIRATION | ExpirationType.NOT_SPECIFIED:
            return endless, ()
        case ExpirationType.AFTER_DATE_TIME:
            if expiration.end is None:
                return endless, (invalid(_END, Reason.MISSING),)
            if expiration.end <= start:
                return endless, (invalid(_END, Reason.END_BEFORE_START),)
            return Window(start, expiration.end), ()
        case ExpirationType.AFTER_DURATION:
            if expiration.duration is None:
                return endless, (invalid(_DURATION, Reason.MISSING),)
            if expiration.duration.total_seconds() <= 0:
                return endless, (invalid(_DURATION, Reason.NOT_POSITIVE),)
            end = add_span(start, expiration.duration)
            # What lasts beyond what can be written would last for ever, which nobody asked for.
            beyond = (invalid(_DURATION, Reason.BEYOND_TIME),) if end == ENDLESS else ()
            return Window(start, end), beyond
