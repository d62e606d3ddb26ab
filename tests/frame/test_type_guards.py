"""The type checker's settings can fail: each breach in a tiny tree is caught, and nothing else."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.planting import ROOT, plant, run_tool

OUTCOMES = """\
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Granted:
    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    name: str


@dataclass(frozen=True, slots=True)
class Waiting:
    name: str


Outcome: TypeAlias = Granted | Refused | Waiting
"""
SAY = """\
from timebound.outcomes import Granted, Outcome, Refused, Waiting


def say(outcome: Outcome) -> str:
    text = ""
    match outcome:
        case Granted():
            text = "yes"
        case Refused():
            text = "no"
"""
WAIT = """\
        case Waiting():
            text = "later"
"""
RETURN = "    return text\n"
BREACHES = {
    "exhaustive-match": SAY + RETURN,
    "no-untyped-def": "def answer(value):\n    return value\n",
    "type-arg": "def count(values: list) -> int:\n    return len(values)\n",
    "unreachable": "def halt() -> int:\n    raise ValueError\n    return 1\n",
    "redundant-expr": 'def name(x: int) -> str:\n    return "a" if isinstance(x, int) else "b"\n',
    "ignore-without-code": "ONE: str = 1  # type: ignore\n",
    "possibly-undefined": (
        "def pick(is_set: bool) -> int:\n    if is_set:\n        value = 1\n    return value\n"
    ),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the type checker says about the tiny tree, with the settings of this repository."""
    folder = tmp_path_factory.mktemp("types")
    shutil.copy(ROOT / "pyproject.toml", folder)
    plant(folder, "src/timebound/__init__.py", "")
    plant(folder, "src/timebound/outcomes.py", OUTCOMES)
    plant(folder, "src/timebound/clean.py", SAY + WAIT + RETURN)
    for rule, text in BREACHES.items():
        plant(folder, f"src/timebound/{module_of(rule)}.py", text)
    code, output = run_tool(folder, "mypy", f"--cache-dir={folder / 'cache'}", "src")
    assert code == 1, output
    return output


def module_of(code: str) -> str:
    """Answer the name of the module that breaks a rule."""
    return f"breach_{code.replace('-', '_')}"


@pytest.mark.parametrize("code", BREACHES)
def test_type_breach_is_caught(findings: str, code: str) -> None:
    pattern = rf"{module_of(code)}\.py:\d+: error: .*\[{code}\]"
    assert re.search(pattern, findings), findings


def test_clean_modules_are_left_alone(findings: str) -> None:
    assert "clean.py" not in findings
    assert "outcomes.py" not in findings


def test_every_part_of_the_tree_is_checked(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    parts = ("src/timebound", "tests", "tools", "bench")
    for part in parts:
        plant(tmp_path, f"{part}/breach.py", "def answer(value):\n    return value\n")
    _, output = run_tool(tmp_path, "mypy", f"--cache-dir={tmp_path / 'cache'}")
    assert [part for part in parts if f"{part}/breach.py:3: error" not in output] == []
