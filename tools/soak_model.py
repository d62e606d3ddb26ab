"""What a soaked service must have told of what fell due, by the model that the tests hold it to.

The model is made of what is kept: grants and requests. What it says must be told by an instant,
must be there once, and nothing else may be there.
"""

import json
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.stateful.records import Held
from timebound.domain.approvals import ReviewResult
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import APPROVAL_LIFETIME
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Instant

Line: TypeAlias = tuple[str, str, Instant]
"""A kind of event, the grant or request, and the instant of its effect."""

_LEADS: Final = (timedelta(days=14), timedelta(days=1))
_SLACK: Final = timedelta(seconds=5)
"""What passes at most between what is done when the clock is moved, and the instant answered."""
_HELD: Final = (
    "SELECT id, principal_id, role_id, kind, created_at, request_id, start_at, end_at, ended_at"
    " FROM grants"
)
_ASKED: Final = (
    "SELECT id, status, created_at FROM requests WHERE status IN ('PendingApproval', 'TimedOut')"
)
_TOLD: Final = (
    "SELECT kind, correlation_id, effective_at, recorded_at, data FROM events WHERE kind IN"
    " ('grantStarted', 'grantExpired', 'grantEndsSoon', 'approvalTimedOut')"
)
_DECIDED: Final = (
    "SELECT correlation_id, kind FROM events"
    " WHERE kind IN ('approvalGiven', 'approvalDenied', 'approvalTimedOut')"
)
_STATUSES: Final = (
    "SELECT r.id, r.status, g.id IS NOT NULL FROM requests AS r"
    " LEFT JOIN grants AS g ON g.tenant_id = r.tenant_id AND g.request_id = r.id"
)
_TOLD_AS: Final = {ReviewResult.APPROVE: "approvalGiven", ReviewResult.DENY: "approvalDenied"}

_PLACED: Final = (
    "SELECT kind, data, position, effective_at FROM events WHERE position IS NOT NULL"
    " AND kind IN ('grantStarted', 'grantEnded', 'grantExpired') ORDER BY position"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A grant as the model knows it, and since when; only what was requested has reminders."""

    held: Held
    since: Instant
    is_requested: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and when it was told."""

    line: Line
    at: Instant


def count_told(path: Path) -> Counter[str]:
    """How often each kind was told, so that a run in which little happens is noticed."""
    with closing(sqlite3.connect(path)) as database:
        return Counter(row[0] for row in database.execute(_TOLD))


def find_faults(path: Path, now: Instant, instants: Sequence[Instant]) -> list[str]:
    """What is missing, doubled, early or wrong at `now`, when all that was due has been done.

    `instants` are those up to which everything was done at some time, the earliest first.
    """
    with closing(sqlite3.connect(path)) as database:
        grants = [_read_grant(row) for row in database.execute(_HELD)]
        asked = [(row[0], row[1], _at(row[2])) for row in database.execute(_ASKED)]
        told = [_read_told(row) for row in database.execute(_TOLD)]
        misplaced = list(_find_misplaced(database.execute(_PLACED)))
    must = {line for one in grants for line in _must_be_told(one, now, instants)}
    may = {line for one in grants for line in _may_be_told(one, now)} | must
    for id_, status, at in asked:
        lapses_at = at + APPROVAL_LIFETIME
        if lapses_at <= now:
            must.add(("approvalTimedOut", id_, lapses_at))
        if (status == "TimedOut") is not (lapses_at <= now):
            return [f"the request {id_} of {at} is {status} at {now}"]
    may |= must
    counted = Counter(one.line for one in told)
    early = [one for one in told if one.at < one.line[2]]
    return [
        *(f"not told: {line}" for line in sorted(must - counted.keys(), key=str)),
        *(f"told {number} times: {line}" for line, number in counted.items() if number > 1),
        *(f"told for nothing: {line}" for line in sorted(counted.keys() - may, key=str)),
        *(f"told early: {one}" for one in early),
        *misplaced,
    ]


def find_undecided(path: Path, decided: Mapping[str, ReviewResult]) -> list[str]:
    """Where what approvers were told that they decided is not so, or something else was decided."""
    told: dict[str, list[str]] = {}
    with closing(sqlite3.connect(path)) as database:
        for id_, kind in database.execute(_DECIDED):
            told.setdefault(id_, []).append(kind)
        kept = {row[0]: (row[1], bool(row[2])) for row in database.execute(_STATUSES)}
    expected = {id_: [_TOLD_AS[result]] for id_, result in decided.items()}
    return [
        *(
            f"decided {kinds}: {id_} was told as {told.get(id_)}"
            for id_, kinds in expected.items()
            if told.get(id_) != kinds
        ),
        *(
            f"told as {kinds}: {id_} is {kept.get(id_)}"
            for id_, kinds in told.items()
            if not _has_come_to(kinds, *kept.get(id_, ("", False)))
        ),
        *(
            f"nobody denied {id_}"
            for id_, (status, _) in kept.items()
            if status == "Denied" and told.get(id_) != ["approvalDenied"]
        ),
    ]


def _has_come_to(kinds: Sequence[str], status: str, has_grant: bool) -> bool:  # noqa: FBT001 - a row's
    """Whether a request is as exactly one thing says that was told of its approval."""
    if kinds == ["approvalGiven"]:
        return has_grant and status not in {"PendingApproval", "Denied", "TimedOut"}
    told_as = {"Denied": ["approvalDenied"], "TimedOut": ["approvalTimedOut"]}
    return not has_grant and kinds == told_as.get(status)


def _find_misplaced(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Starts that come behind the end of the same grant: who mirrors access would re-open it."""
    over: set[str] = set()
    for kind, data, position, effective_at in rows:
        said = json.loads(data)
        grant_id = said.get("grantId")
        if kind == "grantStarted" and grant_id in over:
            yield f"told after its end: the start of {grant_id} at {effective_at} ({position})"
        elif kind != "grantStarted":
            over.add(grant_id)


def _must_be_told(one: Kept, now: Instant, instants: Sequence[Instant]) -> Iterator[Line]:
    held = one.held
    if one.since < held.start <= now and held.start < held.until:
        yield "grantStarted", held.id, held.start
    if held.ended >= held.end and held.start < held.end <= now:
        yield "grantExpired", held.id, held.end
    for kind, id_, at in _reminders(one):
        # Whoever works when the end has come reminds nobody any more.
        following = bisect_left(instants, at + _SLACK)
        if following < len(instants) and instants[following] < held.until:
            yield kind, id_, at


def _may_be_told(one: Kept, now: Instant) -> Iterator[Line]:
    for line in _reminders(one):
        if line[2] <= now:
            yield line


def _reminders(one: Kept) -> Iterator[Line]:
    held = one.held
    if held.kind is GrantKind.ACTIVATED or not one.is_requested or held.end == ENDLESS:
        return
    for lead in _LEADS:
        at = held.end - lead
        if max(one.since, held.start) < at < held.until:
            yield "grantEndsSoon", held.id, at


def _read_grant(row: Sequence[Any]) -> Kept:
    id_, principal, role, kind, created, request, start, end, ended = row
    slot = Slot(PrincipalId(principal), RoleId(role), DIRECTORY_ROOT)
    held = Held(id_, slot, GrantKind(kind), _at(start), _at(end))
    held.ended = ENDLESS if ended is None else _at(ended)
    return Kept(held, _at(created), request is not None)


def _read_told(row: Sequence[str]) -> Told:
    kind, correlation_id, effective, recorded, data = row
    subject = json.loads(data).get("grantId", correlation_id)
    return Told((kind, subject, _at(effective)), _at(recorded))


def _at(text: str) -> Instant:
    return datetime.fromisoformat(text)
