"""What the doors of Graph and of Azure have in common: names of collections, dates, refusals."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import httpx

from tests.support.drivers.driver import Listed, Told
from timebound.domain.problems import Code
from timebound.domain.requests import RequestKind
from timebound.domain.times import AskedSchedule, Expiration, Instant

Refusals: TypeAlias = Mapping[str, tuple[int, Code]]
"""What published codes of refusals mean, with the status that each comes with."""

NOUN: Final = {RequestKind.ELIGIBILITY: "roleEligibility", RequestKind.ASSIGNMENT: "roleAssignment"}
ENDINGS: Final = {
    Listed.INSTANCES: "ScheduleInstances",
    Listed.SCHEDULES: "Schedules",
    Listed.REQUESTS: "ScheduleRequests",
    Listed.HELD: "s",
}
_FAILED_RULES: Final = re.compile(r"The following policy rules failed: (\[.*\])")


def make_headers(bearer: str) -> dict[str, str]:
    """The headers of a call with a token."""
    return {"authorization": f"Bearer {bearer}"}


def read_refusal(response: httpx.Response, refusals: Refusals) -> Told:
    """What a door refuses, by a code that it is known to use, with the status of that."""
    error = response.json()["error"]
    assert error["code"] in refusals, f"{response.status_code} {response.text}"
    status, code = refusals[error["code"]]
    assert response.status_code == status, f"{response.status_code} {response.text}"
    rules = _FAILED_RULES.fullmatch(error["message"])
    return Told(refused=code, rules=tuple(json.loads(rules[1])) if rules else ())


def join_clauses(clauses: Mapping[str, str | None], more: Iterable[str] = ()) -> str:
    """A filter of the properties that have to be something, and of whatever else is said."""
    said = (f"{name} eq '{value}'" for name, value in clauses.items() if value)
    return " and ".join((*said, *more))


def write_schedule(
    schedule: AskedSchedule, spell: Callable[[str], str]
) -> Iterator[tuple[str, Any]]:
    """A schedule as clients write it; what it leaves open is left out."""
    if schedule.start is not None:
        yield "startDateTime", write_instant(schedule.start)
    if schedule.expiration is not None:
        yield "expiration", dict(_write_expiration(schedule.expiration, spell))


def _write_expiration(
    expiration: Expiration, spell: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    yield "type", spell(expiration.type.value)
    if expiration.end is not None:
        yield "endDateTime", write_instant(expiration.end)
    if expiration.duration is not None:
        yield "duration", write_duration(expiration.duration)


def spell_pascal(word: str) -> str:
    """A word with its first letter in upper case."""
    return word[0].upper() + word[1:]


def spell_camel(word: str) -> str:
    """A word with its first letter in lower case."""
    return word[0].lower() + word[1:]


def write_instant(at: Instant) -> str:
    """An instant as clients write it."""
    return at.isoformat().replace("+00:00", "Z")


def write_duration(span: timedelta) -> str:
    """A span of time as clients write it."""
    return f"P{span.days}D" if not span.seconds else f"PT{int(span.total_seconds()) // 60}M"


def read_instant(text: str | None) -> Instant | None:
    """An instant as both doors write it."""
    return None if text is None else datetime.fromisoformat(text)
