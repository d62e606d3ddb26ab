"""Every row of the decision table about Azure Resource Manager has a test that is about it there.

What is decided without a door is played in `test_decision_table_of_azure`; what travels at the
door is named, by its id, in the tests of the door.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.domain.decision_rows import AZURE_ROWS
from tests.domain.test_decision_table_of_azure import LINES

WITH_LATER_ISSUES: Final = {
    "EXP-003": "mail",
    "EXP-004": "mail",
}
"""Not built yet: row id and what it waits for. No row is about alerts or access reviews."""

ANSWERED_OTHERWISE: Final = {
    "ACT-054": "Azure's obligation to show a second factor: policies, or the setting second_factor",
    "AUT-017": "no program has to hold a role for what is asked of PIM to be fulfilled",
    "DEA-003": "only with a delay of propagation; else what was just activated is too young",
    "EXP-015": "what has ended is not listed any more; the row itself says not to imitate it",
    "POL-003": "the name of a policy stays when its rules change",
    "POL-017": "a maximum beside no requirement is taken, as it was recorded",
    "REM-007": "an activation ends with its eligibility",
    "UPD-003": "files that are deployed again and again create with AdminUpdate alone",
}
"""Where the design or a recording settles it otherwise than the row; the test says how."""

ID: Final = re.compile(r"\b[A-Z]{3}-\d{3}\b")
DOOR: Final = Path(__file__).parents[1] / "dialects" / "arm"
DECIDED: Final = frozenset({name[:7] for name in LINES} | {"ACT-027"})


def named_in(texts: list[str]) -> set[str]:
    """The rows that texts name."""
    return {id_ for text in texts for id_ in ID.findall(text)}


def door_texts() -> list[str]:
    return [path.read_text("utf-8") for path in sorted(DOOR.glob("test_*.py"))]


def missing(texts: list[str]) -> set[str]:
    """The rows that have no test."""
    return set(AZURE_ROWS) - DECIDED - named_in(texts) - set(WITH_LATER_ISSUES)


def test_every_row_about_azure_has_a_test() -> None:
    assert len(AZURE_ROWS) == 124
    assert missing(door_texts()) == set()


def test_a_row_without_a_test_is_noticed() -> None:
    texts = [text.replace("DEA-003", "DEA-001") for text in door_texts()]
    assert missing(texts) == {"DEA-003"}


@pytest.mark.parametrize("id_", sorted(WITH_LATER_ISSUES))
def test_what_is_built_later_has_no_test_yet(id_: str) -> None:
    assert id_ in AZURE_ROWS
    assert id_ not in named_in(door_texts()) | DECIDED


@pytest.mark.parametrize("id_", sorted(ANSWERED_OTHERWISE))
def test_what_is_answered_otherwise_is_a_row_with_a_test(id_: str) -> None:
    assert id_ in AZURE_ROWS
    assert id_ in named_in(door_texts())
