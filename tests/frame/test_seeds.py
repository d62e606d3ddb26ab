"""Every promise that is said to be kept names a scenario or a test that is there."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.support.planting import ROOT

WITNESS: Final = re.compile(r"`(tests/[\w/.-]+?)(?:\.yaml|\.py::(test_\w+))`")
ROW: Final = re.compile(
    rf"\| [ORGCA]\d+ \| [^|]+ \| (?:kept \| {WITNESS.pattern}(?:, {WITNESS.pattern})*"
    r"|later(?:: issue \d+(?:, \d+)*)? \| -) \|"
)
TEXT: Final = (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8")


def has_witness(root: Path, stem: str, test: str) -> bool:
    """Whether the scenario is there, or the file with a test of that name."""
    path = root / f"{stem}{'.py' if test else '.yaml'}"
    if not test or not path.is_file():
        return path.is_file()
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = (n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(function.name == test for function in functions)


def find_faults(text: str, root: Path = ROOT) -> list[str]:
    """The rows that are not well formed, or one of whose witnesses is not there."""
    rows = [line for line in text.splitlines() if re.match(r"\|\s*[A-Z]+\d+\s*\|", line)]
    return [
        row
        for row in rows
        if not ROW.fullmatch(row)
        or not all(has_witness(root, stem, test) for stem, test in WITNESS.findall(row))
    ]


def test_every_kept_promise_has_its_witness() -> None:
    assert TEXT.count("| kept | ") > 50
    assert find_faults(TEXT) == []


def test_no_promise_is_made_twice() -> None:
    ids = re.findall(r"^\| ([A-Z]\d+) \|", TEXT, re.MULTILINE)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "row",
    [
        "| O1 | A promise. | kept | `tests/test_a.py::test_kept` |",
        "| O1 | A promise. | kept | `tests/a.yaml`, `tests/test_a.py::test_kept` |",
        "| O1 | A promise. | later | - |",
        "| O1 | A promise. | later: issue 6, 7 | - |",
    ],
)
def test_a_good_row_is_left_alone(row: str, tmp_path: Path) -> None:
    plant_witnesses(tmp_path)
    assert find_faults(row, tmp_path) == []


@pytest.mark.parametrize(
    "row",
    [
        "| O1 | A promise. | kept | - |",
        "| O1 | A promise. | kept | `tests/` |",
        "| O1 | A promise. | kept | `tests/test_a.py` |",
        "| O1 | A promise. | kept | `tests/nowhere.yaml` |",
        "| O1 | A promise. | kept | `tests/test_nowhere.py::test_kept` |",
        "| O1 | A promise. | kept | `tests/test_a.py::test_renamed` |",
        "| O1 | A promise. | kept | `tests/a.yaml`, `tests/nowhere.yaml` |",
        "| O1 | A promise. | later | `tests/a.yaml` |",
        "| O1 | A promise. | later: soon | - |",
        "| O1 | A promise. | some day | - |",
        "| X1 | A promise. | later | - |",
    ],
)
def test_a_promise_without_a_witness_is_found(row: str, tmp_path: Path) -> None:
    plant_witnesses(tmp_path)
    assert find_faults(row, tmp_path) == [row]


def plant_witnesses(root: Path) -> None:
    """A tree with one scenario and one test."""
    (root / "tests").mkdir()
    (root / "tests" / "a.yaml").write_text("title: A\n", encoding="utf-8")
    source = "async def test_kept() -> None:\n    assert 'test_renamed'\n"
    (root / "tests" / "test_a.py").write_text(source, encoding="utf-8")
