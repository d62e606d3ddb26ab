"""What the rules of the machine draw from: people, spans, and whatever there is at that moment."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from tests.stateful.tenant import DAY, HOUR, MINUTE, PEOPLE
from timebound.domain.approvals import ReviewResult
from timebound.domain.requests import RequestKind

T = TypeVar("T")
Rule = TypeVar("Rule", bound=Callable[..., Any])

ELIGIBILITY, ASSIGNMENT = RequestKind.ELIGIBILITY, RequestKind.ASSIGNMENT

people = st.sampled_from(PEOPLE)
kinds = st.sampled_from((ELIGIBILITY, ELIGIBILITY, ASSIGNMENT))
spans = st.sampled_from((5 * MINUTE, HOUR, HOUR, 8 * HOUR, DAY, 30 * DAY, None))
short_spans = st.sampled_from((5 * MINUTE, HOUR, 8 * HOUR, 8 * HOUR, 9 * HOUR))
delays = st.sampled_from((timedelta(), timedelta(), timedelta(), HOUR, DAY))
stepping = st.sampled_from((True, True, False))
results = st.sampled_from((ReviewResult.APPROVE, ReviewResult.APPROVE, ReviewResult.DENY))


def one_of(question: Callable[[Any], Sequence[T]]) -> st.SearchStrategy[T]:
    """One of what the machine answers at that moment."""
    return st.runner().flatmap(lambda machine: st.sampled_from(question(machine)))


def where(question: Callable[[Any], Sequence[object]]) -> Callable[[Rule], Rule]:
    """The rule has something to choose from at that moment."""

    def limit(rule: Rule) -> Rule:
        return precondition(lambda machine: bool(question(machine)))(rule)

    return limit


admins = one_of(lambda machine: [*3 * machine.administrators(), *PEOPLE])
