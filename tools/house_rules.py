"""The house rules that ruff cannot say: sizes, docstrings, asserts, quirks and excuses.

Run it from the repository's root, or give the root as the argument. It prints one line per breach
and ends with 1 if there is any.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 400
PARTS = ("src", "tests", "tools", "bench")

EXCEPTIONS: dict[str, str] = {}
"""What is excused: `rule path` or `rule path name`, and the reason. The list only shrinks."""

QUIRK = re.compile(r"# quirk\(([a-z_]+)\): (\S.*) - (\S.*)")
QUIRK_START = re.compile(r"#\s*quirk\b", re.IGNORECASE)
EXCUSE = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)\b")
REASONED_EXCUSE = re.compile(
    r"(# type: ignore\[[a-z, -]+\]  )?# noqa: [A-Z0-9, ]+ - \S.*"
    r"|# type: ignore\[[a-z, -]+\]  # (?!noqa)\S.*"
    r"|# pragma: no cover - \S.*"
)

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Documented: TypeAlias = ast.Module | ast.ClassDef | Function


@dataclass(frozen=True, slots=True)
class Breach:
    """One place that breaks one rule."""

    path: str
    line: int
    rule: str
    name: str
    message: str

    @property
    def keys(self) -> tuple[str, str]:
        """The two ways to excuse it: for the whole file, or for one name in it."""
        return f"{self.rule} {self.path}", f"{self.rule} {self.path} {self.name}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def find_breaches(path: str, text: str) -> Iterator[Breach]:
    """Answer every breach in one file; `path` is relative to the root and decides what applies."""
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield Breach(path, lines, "file-length", "", f"{lines} lines, {MAX_FILE_LINES} allowed")
    tree = ast.parse(text, path)
    yield from _find_long_functions(path, tree)
    yield from _find_comment_breaches(path, text)
    if path.startswith("src/"):
        yield from _find_asserts(path, tree)
        yield from _find_undocumented(path, tree)


def _find_long_functions(path: str, tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, Function) and (lines := _count_lines(node)) > MAX_FUNCTION_LINES:
            message = f"{node.name} has {lines} lines, {MAX_FUNCTION_LINES} allowed"
            yield Breach(path, node.lineno, "function-length", node.name, message)


def _count_lines(node: Function) -> int:
    """Count from `def` to the end, the docstring left out: explaining is not to be saved on."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        first = node.body[0]
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _find_asserts(path: str, tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield Breach(path, node.lineno, "assert", "", "raise an error instead of asserting")


def _find_undocumented(path: str, tree: ast.Module) -> Iterator[Breach]:
    for node in _walk_documented(tree):
        if ast.get_docstring(node) is None:
            name = "" if isinstance(node, ast.Module) else node.name
            line = 1 if isinstance(node, ast.Module) else node.lineno
            yield Breach(path, line, "docstring", name, f"{name or 'the module'} has no docstring")


def _walk_documented(node: ast.Module | ast.ClassDef) -> Iterator[Documented]:
    """Answer what needs a docstring: modules, classes, and public functions outside functions."""
    yield node
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            yield from _walk_documented(child)
        elif isinstance(child, Function) and not _is_exempt(child):
            yield child


def _is_exempt(node: Function) -> bool:
    """Private and dunder names, overloads, overrides and setters are explained elsewhere."""
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return node.name.startswith("_") or bool(decorators & {"overload", "override", "setter"})


def _find_comment_breaches(path: str, text: str) -> Iterator[Breach]:
    for line, comment in read_comments(text):
        if QUIRK_START.match(comment) and not QUIRK.fullmatch(comment):
            message = "write `# quirk(<dialect>): what it does - source`"
            yield Breach(path, line, "quirk", "", message)
        if (excuse := EXCUSE.search(comment)) and not REASONED_EXCUSE.fullmatch(
            comment[excuse.start() :]
        ):
            message = "give the reason: `# noqa: CODE - why` or `# type: ignore[code]  # why`"
            yield Breach(path, line, "excuse", "", message)


def read_comments(text: str) -> Iterator[tuple[int, str]]:
    """Answer each comment with its line; lines of comment that follow one another are one."""
    line, column, comment, last = 0, 0, "", 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        row, start = token.start
        is_alone = token.line[:start].strip() == ""
        if comment and is_alone and (row, start) == (last + 1, column):
            comment, last = f"{comment} {token.string.lstrip('# ')}", row
            continue
        if comment:
            yield line, comment
        line, column, comment, last = row, start, token.string, row
    if comment:
        yield line, comment


def check_tree(root: Path, exceptions: dict[str, str]) -> list[str]:
    """Answer the breaches of the tree that nothing excuses, and the excuses that nothing needs."""
    used: set[str] = set()
    findings: list[str] = []
    for file in sorted(file for part in PARTS for file in (root / part).rglob("*.py")):
        path = file.relative_to(root).as_posix()
        for breach in find_breaches(path, file.read_text(encoding="utf-8")):
            excuses = {key for key in breach.keys if key in exceptions}
            used |= excuses
            if not excuses:
                findings.append(str(breach))
    findings += [f"unneeded exception: {key}" for key in exceptions if key not in used]
    return findings


def main() -> int:
    """Print the findings for the root given, or for the current folder."""
    findings = check_tree(Path(sys.argv[1] if len(sys.argv) > 1 else "."), EXCEPTIONS)
    print("\n".join(findings) or "house rules: kept")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
