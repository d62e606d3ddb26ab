"""Guessers wait longer and longer; nobody else does."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.builders import NOON
from timebound.domain.times import Instant
from timebound.identity.flows.pacing import (
    FORGOTTEN_AFTER,
    FREE_ATTEMPTS,
    LONGEST_WAIT,
    MOST_COUNTED,
    Pace,
)

pytestmark = pytest.mark.inferred("issue 3: throttling that cannot be abused to lock others out")


@dataclass(slots=True)
class _Clock:
    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


def fail(pace: Pace, times: int, about: str = "ada") -> None:
    """So many wrong guesses in a row."""
    for _ in range(times):
        pace.count_failure(about)


def test_a_few_are_free_then_the_wait_doubles_up_to_a_limit() -> None:
    pace = Pace(_Clock())
    fail(pace, FREE_ATTEMPTS - 1)
    assert pace.wait_for("ada") == 0
    waits = []
    for _ in range(12):
        fail(pace, 1)
        waits.append(pace.wait_for("ada"))
    limit = int(LONGEST_WAIT.total_seconds())
    assert waits == [min(2**n, limit) for n in range(12)]
    assert pace.wait_for("bea") == 0


def test_the_wait_is_over_in_time_and_when_it_was_them() -> None:
    clock = _Clock()
    pace = Pace(clock)
    fail(pace, FREE_ATTEMPTS + 2)
    assert pace.wait_for("ada") == 4
    clock.at += timedelta(seconds=3, milliseconds=1)
    assert pace.wait_for("ada") == 1
    clock.at += timedelta(seconds=1)
    assert pace.wait_for("ada") == 0
    fail(pace, 1)
    assert pace.wait_for("ada") == 8
    pace.forget("ada")
    assert pace.wait_for("ada") == 0


def test_what_is_long_ago_counts_no_more() -> None:
    clock = _Clock()
    pace = Pace(clock)
    fail(pace, FREE_ATTEMPTS + 5)
    clock.at += FORGOTTEN_AFTER + timedelta(seconds=1)
    fail(pace, 1)
    assert pace.wait_for("ada") == 0


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    pace = Pace(_Clock())
    fail(pace, FREE_ATTEMPTS, "first")
    fail(pace, FREE_ATTEMPTS, "second")
    for number in range(MOST_COUNTED - 1):
        pace.count_failure(f"n{number}")
    assert pace.wait_for("first") == 0
    assert pace.wait_for("second") == 1
