"""Writes docs/quirks.md: what is done only because the imitated service does it.

Run it from the repository's root as `python -m tools.quirks`. The rows are the comments
`# quirk(<dialect>): what it does - source` of the sources, each with the place that it stands in.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.house_rules import QUIRK, read_comments

PAGE: Final = Path("docs/quirks.md")
HEAD: Final = """\
# Quirks

<!-- Written by `make docs` from the `# quirk(...)` comments of the sources; edit those. -->

What is done only because the imitated service does it, each with its source and the code that does
it. Whoever finds such behaviour strange finds here that it is meant.
"""


@dataclass(frozen=True, slots=True, order=True)
class Quirk:
    """What is done as the service does it, by which source, and where."""

    dialect: str
    deed: str
    source: str
    path: str
    place: str


def find_quirks(root: Path) -> Iterator[Quirk]:
    """Every quirk of the sources; a comment in another form is for the house rules to find."""
    for file in sorted((root / "src").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for line, comment in read_comments(text):
            if match := QUIRK.fullmatch(comment):
                path = file.relative_to(root).as_posix()
                yield Quirk(match[1], match[2], match[3], path, _find_place(text, line))


def _find_place(text: str, line: int) -> str:
    """The name of what the line belongs to: a definition around it, or the one that follows."""
    for node in ast.parse(text).body:
        if (node.end_lineno or node.lineno) >= line:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return node.name
            return next((n.id for n in ast.walk(node) if isinstance(n, ast.Name)), "")
    return ""


def write_page(root: Path) -> str:
    """The text of the page: one table for each dialect, one row for each deed and source."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for quirk in sorted(find_quirks(root)):
        place = f"[{quirk.place or quirk.path}](../{quirk.path})"
        deed = quirk.deed.replace("|", "\\|")
        rows = found.setdefault(quirk.dialect, {})
        places = rows.setdefault((deed, quirk.source), [])
        places += [place] if place not in places else []
    parts = [HEAD]
    for dialect, rows in found.items():
        lines = [f"| {deed} | {source} | {', '.join(ps)} |" for (deed, source), ps in rows.items()]
        table = ["| what it does | source | code |", "|---|---|---|", *lines]
        parts.append(f"## {dialect}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Write the page."""
    PAGE.write_text(write_page(Path()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
