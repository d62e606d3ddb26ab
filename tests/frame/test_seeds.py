"""Every promise that is said to be kept has a witness that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| [ORGCA]\d+ \| [^|]+ \| (?:kept \| `(tests/[^`]+)`|later(?:: issue [\d, ]+)? \| -) \|$"
)


def find_faults(text: str) -> list[str]:
    """The rows that are not well formed, or whose witness is not there."""
    rows = [line for line in text.splitlines() if re.match(r"\| [A-Z]\d+ \|", line)]
    found = [(line, ROW.match(line)) for line in rows]
    return [
        line
        for line, match in found
        if match is None or (match[1] and not (ROOT / match[1].partition("::")[0]).exists())
    ]


def test_every_kept_promise_has_its_witness() -> None:
    assert find_faults((ROOT / "docs" / "seeds.md").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "row",
    [
        "| O1 | A promise. | kept | - |",
        "| O1 | A promise. | kept | `tests/nowhere.py` |",
        "| O1 | A promise. | some day | - |",
    ],
)
def test_a_promise_without_a_witness_is_found(row: str) -> None:
    assert find_faults(row) == [row]
