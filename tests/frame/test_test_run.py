"""What the test run itself promises: no silent skip, no claim without a source, no warning."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.planting import ROOT

CLAIMS = """
import warnings

import pytest


@pytest.mark.documented("the reference, section 1")
def test_documented() -> None:
    assert True


@pytest.mark.inferred("from section 1")
@pytest.mark.parametrize("value", [1, 2])
def test_inferred(value: int) -> None:
    assert value


def test_plain() -> None:
    assert True
"""
WARNING = "import warnings\n\n\ndef test_warns() -> None:\n    warnings.warn('old', stacklevel=1)\n"
UNSOURCED = "import pytest\n\n\n@pytest.mark.observed()\ndef test_claim() -> None:\n    assert 1\n"
UNKNOWN = "import pytest\n\n\n@pytest.mark.rumoured('x')\ndef test_claim() -> None:\n    assert 1\n"
NEEDY = (
    "def test_needs_it(fresh_postgres_database: str) -> None:\n    assert fresh_postgres_database\n"
)
ELSEWHERE = (
    "import pytest\n\n\n@pytest.mark.namespace\ndef test_needs_one() -> None:\n    assert 1\n"
)

VISUAL = ELSEWHERE.replace("namespace", "browser")


def run_tests(folder: Path, text: str, **environment: str) -> tuple[int, str]:
    """Run one planted test file under this repository's settings and conftest."""
    (folder / "tests" / "support").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    for name in ("browser.py", "namespaces.py", "network.py", "postgres.py"):
        shutil.copy(ROOT / "tests" / "support" / name, folder / "tests" / "support")
    (folder / "tests" / "test_planted.py").write_text(text, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=folder,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_provenance_is_counted(tmp_path: Path) -> None:
    code, output = run_tests(tmp_path, CLAIMS)
    assert code == 0, output
    assert "provenance: documented 1, observed 0, inferred 2, plain 1" in output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WARNING, "UserWarning: old"),
        (UNSOURCED, "observed names its source"),
        (UNKNOWN, "'rumoured' not found in `markers`"),
    ],
    ids=["warning", "unsourced-claim", "unknown-marker"],
)
def test_breach_fails_the_run(tmp_path: Path, text: str, said: str) -> None:
    code, output = run_tests(tmp_path, text)
    assert code != 0, output
    assert said in output


def test_missing_postgres_is_skipped_aloud(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    code, output = run_tests(tmp_path, NEEDY, CI="", TIMEBOUND_TEST_POSTGRES_BIN=nowhere)
    assert code == 0, output
    assert "1 skipped" in output
    assert "1 tests skipped. PostgreSQL is not installed: `apt-get install postgresql`" in output


def test_missing_postgres_fails_in_ci(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    code, output = run_tests(tmp_path, CLAIMS, CI="true", TIMEBOUND_TEST_POSTGRES_BIN=nowhere)
    assert code != 0, output
    assert "PostgreSQL is not installed" in output
    assert "passed" not in output


def test_a_missing_namespace_is_skipped_aloud(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    code, output = run_tests(tmp_path, ELSEWHERE, CI="", PATH=nowhere)
    assert code == 0, output
    assert "1 tests skipped. No namespace can be made" in output


def test_a_missing_browser_is_skipped_aloud(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    code, output = run_tests(tmp_path, VISUAL, CI="", PATH=nowhere)
    assert code == 0, output
    assert "1 tests skipped. Chromium is not installed" in output


@pytest.mark.postgres
def test_a_missing_browser_fails_in_ci(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    code, output = run_tests(tmp_path, VISUAL, CI="true", PATH=nowhere)
    assert code != 0, output
    assert "Chromium is not installed" in output
    assert "passed" not in output


@pytest.mark.postgres
def test_a_missing_namespace_fails_in_ci(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    code, output = run_tests(tmp_path, ELSEWHERE, CI="true", PATH=nowhere)
    assert code != 0, output
    assert "No namespace can be made" in output
    assert "passed" not in output
