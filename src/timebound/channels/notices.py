"""What those outside are told of, and by which name each of it goes."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, TypeAlias

from timebound.domain.events import Event, EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Status


class Notice(Enum):
    """The types of events that leave, as receivers and operators name them."""

    REQUESTED = "timebound.role.requested"
    REFUSED = "timebound.role.refused"
    CANCELED = "timebound.role.canceled"
    APPROVAL_ASKED = "timebound.role.approvalasked"
    APPROVED = "timebound.role.approved"
    DENIED = "timebound.role.denied"
    TIMED_OUT = "timebound.role.timedout"
    ACTIVATED = "timebound.role.activated"
    ASSIGNED = "timebound.role.assigned"
    STARTED = "timebound.role.started"
    ENDS_SOON = "timebound.role.endssoon"
    DEACTIVATED = "timebound.role.deactivated"
    REMOVED = "timebound.role.removed"
    EXPIRED = "timebound.role.expired"
    POLICY_CHANGED = "timebound.policy.changed"


_Naming: TypeAlias = Callable[[Event], Notice | None]


def _always(notice: Notice) -> _Naming:
    return lambda _event: notice


def _name_made(event: Event) -> Notice:
    return Notice.ACTIVATED if _is_activation(event) else Notice.ASSIGNED


def _name_ended(event: Event) -> Notice | None:
    # What another takes the place of is told of by the other.
    if event.data.get("isReplaced") is True:
        return None
    # What is only planned to end is told of when it ends, like any other end.
    if event.effective_at > event.recorded_at and event.data.get("isVoid") is not True:
        return None
    return Notice.DEACTIVATED if _is_activation(event) else Notice.REMOVED


def _name_evaluated(event: Event) -> Notice | None:
    # Whatever goes on is told of by what it goes on to.
    is_over = event.data.get("status") in (Status.DENIED.value, Status.FAILED.value)
    return Notice.DENIED if is_over else None


def _is_activation(event: Event) -> bool:
    return event.data.get("grantKind") == GrantKind.ACTIVATED.value


_NAMED: Final[Mapping[EventKind, tuple[_Naming, frozenset[Notice]]]] = {
    EventKind.GRANT_MADE: (_name_made, frozenset({Notice.ACTIVATED, Notice.ASSIGNED})),
    EventKind.GRANT_ENDED: (_name_ended, frozenset({Notice.DEACTIVATED, Notice.REMOVED})),
    EventKind.EVALUATION_ANSWERED: (_name_evaluated, frozenset({Notice.DENIED})),
    **{
        kind: (_always(notice), frozenset({notice}))
        for kind, notice in (
            (EventKind.REQUEST_MADE, Notice.REQUESTED),
            (EventKind.REQUEST_REFUSED, Notice.REFUSED),
            (EventKind.REQUEST_CANCELED, Notice.CANCELED),
            (EventKind.APPROVAL_ASKED, Notice.APPROVAL_ASKED),
            (EventKind.APPROVAL_GIVEN, Notice.APPROVED),
            (EventKind.APPROVAL_DENIED, Notice.DENIED),
            (EventKind.APPROVAL_TIMED_OUT, Notice.TIMED_OUT),
            (EventKind.GRANT_STARTED, Notice.STARTED),
            (EventKind.GRANT_ENDS_SOON, Notice.ENDS_SOON),
            (EventKind.GRANT_EXPIRED, Notice.EXPIRED),
            (EventKind.POLICY_CHANGED, Notice.POLICY_CHANGED),
        )
    },
}


def name_notice(event: Event) -> Notice | None:
    """As what an event leaves; none for one that does not."""
    found = _NAMED.get(event.kind)
    return None if found is None else found[0](event)


def kinds_of(notices: Iterable[Notice]) -> frozenset[EventKind]:
    """The kinds of events that can leave as one of these."""
    wanted = frozenset(notices)
    return frozenset(kind for kind, (_, named) in _NAMED.items() if named & wanted)
