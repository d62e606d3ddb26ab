"""Judging conditions, as many as there are, within the time that one question may take.

Anybody who owns something writes conditions for others, and whoever calls waits for all that bear
on them: it is the sum that is bounded. Source: none; Azure does not say what it bounds.
"""

from dataclasses import dataclass, field
from typing import Final

from timebound.domain.azure.condition_text import UnreadableConditionError, read_condition
from timebound.domain.azure.conditions import Condition, Context, Truth, weigh_condition

MOST_WORK: Final = 60_000_000
"""So much work, in nanoseconds at the most, is done for one question: nobody is to wait longer."""
_READING: Final = 1_000
_LOOKING: Final = 250
"""What each letter of a condition costs: once, and each time that the condition is judged."""


@dataclass(slots=True)
class Hearing:
    """All conditions that are judged for one question, each once for the same call."""

    _left: int = MOST_WORK
    _read: dict[str, Condition | None] = field(default_factory=dict)
    _found: dict[tuple[str, str], tuple[Context, Truth]] = field(default_factory=dict)

    def judge(self, text: str, call: Context) -> Truth:
        """Whether a condition is true of a call; unknown as well where it would take too long.

        So it is where the text is no condition. What is too heavy takes nothing from the others.
        """
        known = self._found.get((text, call.action))
        if known is None or known[0] != call:
            known = call, self._find_truth(text, call)
            self._found[text, call.action] = known
        return known[1]

    def _find_truth(self, text: str, call: Context) -> Truth:
        condition = self._take_up(text)
        if condition is None or not self._spend(weigh_condition(condition, call)):
            return None
        return condition.judge(call)

    def _take_up(self, text: str) -> Condition | None:
        """The condition that a text means, where there is time to read it and look at it."""
        is_read = text in self._read
        if not self._spend(len(text) * (_LOOKING if is_read else _READING + _LOOKING)):
            return None
        if not is_read:
            self._read[text] = _try_to_read(text)
        return self._read[text]

    def _spend(self, work: int) -> bool:
        is_enough = work <= self._left
        self._left -= work if is_enough else 0
        return is_enough


def _try_to_read(text: str) -> Condition | None:
    try:
        return read_condition(text)
    except UnreadableConditionError:
        return None
