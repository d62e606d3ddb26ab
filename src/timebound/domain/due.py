"""What falls due because time passes: found when something is decided, told when it comes.

Access needs none of it: whether a grant is in force is a comparison. What falls due is what is to
be *told* of: that a start or an end has come, that an end is near, that nobody decided in time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.requests import APPROVAL_LIFETIME, LAPSING, Request
from timebound.domain.times import ENDLESS, Instant


class DueKind(Enum):
    """What can fall due."""

    GRANT_STARTS = "grantStarts"
    GRANT_ENDS = "grantEnds"
    ENDS_IN_TWO_WEEKS = "endsInTwoWeeks"
    ENDS_IN_A_DAY = "endsInADay"
    APPROVAL_LAPSES = "approvalLapses"


REMINDERS: Final = {
    DueKind.ENDS_IN_TWO_WEEKS: timedelta(days=14),
    DueKind.ENDS_IN_A_DAY: timedelta(days=1),
}
"""How long before the end of an assignment people are reminded (behaviour book 7)."""

_TOLD: Final = {
    DueKind.GRANT_STARTS: EventKind.GRANT_STARTED,
    DueKind.GRANT_ENDS: EventKind.GRANT_EXPIRED,
    DueKind.ENDS_IN_TWO_WEEKS: EventKind.GRANT_ENDS_SOON,
    DueKind.ENDS_IN_A_DAY: EventKind.GRANT_ENDS_SOON,
    DueKind.APPROVAL_LAPSES: EventKind.APPROVAL_TIMED_OUT,
}


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due at an instant: about a grant, or about a request that waits.

    There is one of a kind for each subject; when what it tells of comes earlier, so does it.
    """

    kind: DueKind
    subject_id: str
    at: Instant

    @property
    def event_kind(self) -> EventKind:
        """The event that tells of it."""
        return _TOLD[self.kind]


def due_of_grant(grant: Grant) -> Iterator[Due]:
    """What falls due of a new grant: its start if that lies ahead, its end, and the reminders."""
    if grant.window.start > grant.created_at:
        yield Due(DueKind.GRANT_STARTS, grant.id, grant.window.start)
    if grant.until == ENDLESS:
        return
    yield Due(DueKind.GRANT_ENDS, grant.id, grant.until)
    if _has_reminders(grant):
        for kind, lead in REMINDERS.items():
            if grant.until - lead > max(grant.created_at, grant.window.start):
                yield Due(kind, grant.id, grant.until - lead)


def _has_reminders(grant: Grant) -> bool:
    """Activations are over too soon, and what was made outside PIM is not renewed there."""
    return grant.kind is not GrantKind.ACTIVATED and grant.request_id is not None


def due_of_request(request: Request) -> Iterator[Due]:
    """What falls due of a request that waits: that nobody has decided on it in time."""
    if request.status in LAPSING:
        lapses_at = request.created_at + APPROVAL_LIFETIME
        yield Due(DueKind.APPROVAL_LAPSES, request.id, lapses_at)


def is_grant_due(due: Due, grant: Grant, at: Instant) -> bool:
    """Whether there is something to tell of at `at`.

    An end that somebody chose has been told of by them, and nobody is reminded of what is over.
    """
    match due.kind:
        case DueKind.GRANT_STARTS:
            return grant.window.start == due.at and grant.until > due.at
        case DueKind.GRANT_ENDS:
            return grant.until == due.at and grant.until > grant.window.start
        case _:
            return at < grant.until == due.at + REMINDERS[due.kind]


def is_request_due(due: Due, request: Request) -> bool:
    """Whether nobody has decided on the request."""
    is_waiting = request.status in LAPSING
    return is_waiting and request.created_at + APPROVAL_LIFETIME == due.at
