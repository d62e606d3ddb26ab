"""How tables of decisions are written and judged."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.domain.decision_rows import ROWS
from tests.support.builders import NOON
from timebound.application.submitting import judge_draft
from timebound.domain.decide import (
    Decision,
    Granted,
    NeedsApproval,
    NeedsEvaluation,
    Refused,
    Scheduled,
)
from timebound.domain.facts import Facts
from timebound.domain.problems import Problem
from timebound.domain.requests import Draft, Status
from timebound.domain.settle import Settled
from timebound.domain.times import Instant

Test = TypeVar("Test", bound=Callable[..., object])


def row(*ids: str) -> Callable[[Test], Test]:
    """Makes a test the test of the rows: their ids in its id, their provenance on it."""
    params = [pytest.param(id_, id=id_, marks=ROWS[id_].mark) for id_ in ids]

    def mark(test: Test) -> Test:
        parametrized: Test = pytest.mark.parametrize("row", params, indirect=True)(test)
        used: Test = pytest.mark.usefixtures("row")(parametrized)
        return used

    return mark


DECIDED: dict[str, tuple[Facts, Draft, str]] = {}
"""The lines of all tables that say what becomes of a draft, by their names."""


def case(id_: str, words: str, *values: object) -> Any:  # noqa: ANN401 - what pytest.param returns
    """One line of a table that is about a row."""
    match values:
        case (Facts() as facts, Draft() as draft, str() as expected):
            DECIDED[f"{id_} {words}"] = (facts, draft, expected)
        case _:
            pass  # another kind of table
    return pytest.param(*values, id=f"{id_} {words}", marks=ROWS[id_].mark)


def told(problem: Problem) -> str:
    """A problem in a word: the rule that failed, or else the code, and the reason if there is."""
    name = problem.rule.value if problem.rule else problem.code.value
    return f"{name}/{problem.reason.value}" if problem.reason else name


def summary(decision: Decision | Settled) -> str:
    """A decision in a line: the status it comes to, or everything that is wrong."""
    match decision:
        case Granted(status) | NeedsApproval(status) | Settled(status):
            return status.value
        case Scheduled():
            return "Granted"
        case NeedsEvaluation():
            return Status.PENDING_EVALUATION.value
        case Refused(problems):
            return ", ".join(told(p) for p in problems)


def judged(facts: Facts, draft: Draft, at: Instant = NOON) -> str:
    """What becomes of a draft, in a line."""
    return summary(judge_draft(facts, draft, at))


def granted(facts: Facts, draft: Draft, at: Instant = NOON) -> Granted:
    """The decision on a draft that takes effect at once."""
    decision = judge_draft(facts, draft, at)
    assert isinstance(decision, Granted), summary(decision)
    return decision
