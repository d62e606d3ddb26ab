"""Codes on paper for the day on which the other factor is lost: each works once."""

from secrets import choice
from typing import Final

from timebound.identity.flows.marks import Marks

HOW_MANY: Final = 10
_LETTERS: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come about, and nothing that looks like something else."""
_LENGTH: Final = 12
_GROUP: Final = 4
_KIND: Final = "recovery"


def make_recovery_codes() -> tuple[str, ...]:
    """Codes that nobody can foresee, in groups as they are shown."""
    return tuple(_make() for _ in range(HOW_MANY))


def mark_recovery_code(marks: Marks, user_id: str, code: str) -> str:
    """The mark by which alone a code is kept, however it is typed."""
    typed = "".join(letter for letter in code.upper() if letter in _LETTERS)
    return marks.mark(_KIND, user_id, typed)


def _make() -> str:
    letters = "".join(choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[first : first + _GROUP] for first in range(0, _LENGTH, _GROUP))
