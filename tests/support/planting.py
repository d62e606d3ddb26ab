"""Plants breaches in a temporary copy of the tree and runs the checkers over it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOC = '"""A planted breach."""\n\n'


def run_tool(folder: Path, *command: str, seconds: int = 120) -> tuple[int, str]:
    """Run a checker in a folder, whose own sources come before the installed ones."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "NO_COLOR": "1"}
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return done.returncode, done.stdout + done.stderr


def plant(folder: Path, path: str, text: str) -> None:
    """Write one file into the copy, with a docstring above it."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(DOC + text, encoding="utf-8")
