"""What a query holds fast, told once more in words that an index knows.

Some fields of queries are reckoned (the status at the instant) or folded (scopes), and no index can
follow them there. Where a query pins such a field to a value, the rows that could meet it are found
by a stored column; the query's own condition still judges each of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from timebound.application.queries import Query, Value
from timebound.domain.folding import fold
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Status
from timebound.domain.scopes import ADMINISTRATIVE_UNITS

_FOLDED_UNITS: Final = ADMINISTRATIVE_UNITS.lower()
_KINDS: Final = frozenset(kind.value for kind in GrantKind)
_STATUSES: Final = {status.value: (status,) for status in Status} | {
    # What waits too long is kept as waiting.
    Status.TIMED_OUT.value: (
        Status.PENDING_APPROVAL,
        Status.PENDING_EVALUATION,
        Status.TIMED_OUT,
    ),
}
_HAS_MANY: Final = (Status.GRANTED, Status.PROVISIONED)
"""What has begun is kept as granted or as provisioned: most requests are, so nothing is gained."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """How the grants of everybody are looked up, where not by whose they are.

    `is_wide`: all of them are gone through by their planned ends; `kind` is the only one that
    is asked for; `is_scoped`: they are held over one unit or object.
    """

    is_wide: bool = False
    kind: str | None = None
    is_scoped: bool = False


EVERYTHING: Final = Narrowed()


def narrow_grants(pinned: Mapping[str, Value], query: Query) -> Narrowed:
    """How the grants of everybody are found that have the pinned values.

    In the order in which they were made another index is walked, which knows their ends as well; a
    later page in the order of their ends begins where the one before ended.
    """
    if "principal_id" in pinned or "id" in pinned:
        return EVERYTHING
    is_scoped = pinned.get("scope", "/") != "/"
    kind = pinned.get("kind")
    order = query.orders[0].field if query.orders else None
    is_led = order == "created_at" or (order == "planned_end" and query.after is not None)
    return Narrowed(
        is_wide=not is_scoped and not is_led,
        kind=str(kind) if kind in _KINDS else None,
        is_scoped=is_scoped,
    )


def spell_scope(pinned: Mapping[str, Value]) -> str:
    """The pinned scope as it is stored, however the client spelled it."""
    folded = fold(str(pinned.get("scope", "/")))
    if folded.startswith(_FOLDED_UNITS):
        return ADMINISTRATIVE_UNITS + folded.removeprefix(_FOLDED_UNITS)
    return folded


def narrow_requests(pinned: Mapping[str, Value]) -> tuple[Status, ...]:
    """The stored statuses of the requests that have the pinned one; none where that helps not."""
    if "principal_id" in pinned or "id" in pinned:
        return ()
    stored = _STATUSES.get(str(pinned.get("status")), ())
    return () if any(status in _HAS_MANY for status in stored) else stored
