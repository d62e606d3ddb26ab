"""Every guard of this repository can fail: a breach of each is planted, and each is caught."""

import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.planting import ROOT, plant, run_tool

CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: list[dict[str, Any]] = CONFIG["tool"]["importlinter"]["contracts"]
BANNED: list[str] = list(
    CONFIG["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"],
)


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The packages without their modules, which is all that the import contracts name."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for source in (ROOT / "src").rglob("__init__.py"):
        plant(tmp_path, source.relative_to(ROOT).as_posix(), "")
    return tmp_path


# ---- who may import whom ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImportBreach:
    """Files that break one contract, and what the report must name."""

    contract: str
    files: dict[str, str]
    reported: tuple[str, ...]


def forbidden_breach(package: str) -> ImportBreach:
    """Answer a breach that imports all that a contract of ours forbids a package."""
    contract = next(
        contract for contract in CONTRACTS if contract.get("source_modules") == [package]
    )
    names: list[str] = contract["forbidden_modules"]
    imports = "".join(f"import {name}\n" for name in names)
    path = f"src/{package.replace('.', '/')}/breach.py"
    reported = tuple(f"{package}.breach -> {name}" for name in names)
    return ImportBreach(contract["name"], {path: imports}, reported)


LAYERS = "Arrows point at the domain"
IMPORT_BREACHES = {
    "domain-imports-application": ImportBreach(
        LAYERS,
        {"src/timebound/domain/breach.py": "import timebound.application\n"},
        ("timebound.domain.breach -> timebound.application",),
    ),
    "application-imports-storage": ImportBreach(
        LAYERS,
        {"src/timebound/application/breach.py": "import timebound.storage\n"},
        ("timebound.application.breach -> timebound.storage",),
    ),
    "storage-imports-server": ImportBreach(
        LAYERS,
        {"src/timebound/storage/breach.py": "import timebound.server\n"},
        ("timebound.storage.breach -> timebound.server",),
    ),
    "identity-imports-dialects": ImportBreach(
        LAYERS,
        {"src/timebound/identity/breach.py": "import timebound.dialects.graph\n"},
        ("timebound.identity.breach -> timebound.dialects.graph",),
    ),
    "mail-imports-portal": ImportBreach(
        LAYERS,
        {"src/timebound/mail/breach.py": "import timebound.portal\n"},
        ("timebound.mail.breach -> timebound.portal",),
    ),
    "package-without-a-place": ImportBreach(
        LAYERS, {"src/timebound/stray/__init__.py": ""}, ("stray",)
    ),
    "odata-imports-graph": ImportBreach(
        "Dialects do not know one another",
        {"src/timebound/dialects/odata/breach.py": "import timebound.dialects.graph\n"},
        ("timebound.dialects.odata.breach -> timebound.dialects.graph",),
    ),
    "dialect-without-a-place": ImportBreach(
        "Dialects do not know one another",
        {"src/timebound/dialects/stray/__init__.py": ""},
        ("stray",),
    ),
    "domain-touches-outside": forbidden_breach("timebound.domain"),
    "application-touches-outside": forbidden_breach("timebound.application"),
    "cli-imports-ours": forbidden_breach("timebound.cli"),
    "cycle": ImportBreach(
        "No cycles anywhere",
        {
            "src/timebound/domain/one.py": "import timebound.domain.two\n",
            "src/timebound/domain/two.py": "import timebound.domain.one\n",
        },
        ("No cycles are allowed in timebound.domain.",),
    ),
}


def test_skeleton_keeps_every_contract(skeleton: Path) -> None:
    code, output = run_tool(skeleton, "lint-imports", "--no-cache")
    assert code == 0, output
    assert f"{len(CONTRACTS)} kept, 0 broken" in output


def test_every_contract_has_a_breach() -> None:
    assert {breach.contract for breach in IMPORT_BREACHES.values()} == {
        contract["name"] for contract in CONTRACTS
    }


@pytest.mark.parametrize("breach", IMPORT_BREACHES.values(), ids=IMPORT_BREACHES.keys())
def test_import_breach_is_caught(skeleton: Path, breach: ImportBreach) -> None:
    for path, text in breach.files.items():
        plant(skeleton, path, text)
    code, output = run_tool(skeleton, "lint-imports", "--no-cache")
    assert code != 0, output
    assert f"{breach.contract} BROKEN" in output
    missing = [line for line in breach.reported if line not in output]
    assert not missing, output


# ---- what ruff sees ---------------------------------------------------------------------------

LADDER = "".join(f"    if x == {number}:\n        x += 1\n" for number in range(8))
PARAMETERS = ", ".join(f"{letter}: int" for letter in "abcdefg")
RUFF_BREACHES = {
    "complexity": ("C901", f'def climb(x: int) -> int:\n    """Climb."""\n{LADDER}    return x\n'),
    "arguments": ("PLR0913", f'def take({PARAMETERS}) -> None:\n    """Take."""\n'),
    "docstring": ("D103", "def silent() -> None:\n    return\n"),
    "naive-time": ("DTZ006", "from datetime import datetime\n\nAT = datetime.fromtimestamp(0)\n"),
    "relative-import": ("TID252", "from . import grants\n\nGRANTS = grants\n"),
    "line-length": ("E501", f"# {'x' * 100}\n"),
    "unused-excuse": ("RUF100", "ONE = 1  # noqa: S101 - nothing here needs it\n"),
}


def lint(folder: Path) -> tuple[int, str]:
    """Run ruff over the sources of the copy."""
    return run_tool(folder, "ruff", "check", "--no-cache", "--output-format=concise", "src")


def call_of(name: str) -> str:
    """Answer a module that uses one banned name as its users would write it."""
    module, _, attribute = name.rpartition(".")
    package, _, last = module.rpartition(".")
    header = f"from {package} import {last}" if package else f"import {module}"
    body = f'def read() -> object:\n    """Answer it."""\n    return {last}.{attribute}()\n'
    return f"{header}\n\n\n{body}"


def test_skeleton_is_clean_for_ruff(skeleton: Path) -> None:
    code, output = lint(skeleton)
    assert code == 0, output


@pytest.mark.parametrize(("rule", "text"), RUFF_BREACHES.values(), ids=RUFF_BREACHES.keys())
def test_lint_breach_is_caught(skeleton: Path, rule: str, text: str) -> None:
    plant(skeleton, "src/timebound/domain/breach.py", text)
    code, output = lint(skeleton)
    assert code == 1, output
    assert re.search(rf"breach\.py:\d+:\d+: {rule} ", output), output


@pytest.mark.parametrize("name", BANNED)
def test_banned_call_is_caught(skeleton: Path, name: str) -> None:
    plant(skeleton, "src/timebound/application/breach.py", call_of(name))
    code, output = lint(skeleton)
    assert code == 1, output
    assert f"TID251 `{name}` is banned" in output


@pytest.mark.parametrize("place", ["clock", "ids"])
def test_banned_call_is_allowed_at_the_edge(skeleton: Path, place: str) -> None:
    for name in ("time.time", "uuid.uuid4"):
        plant(skeleton, f"src/timebound/server/{place}.py", call_of(name))
        code, output = lint(skeleton)
        assert code == 0, output
