"""Finds the tests that are marked as witnesses of operations, and what they say.

What a test says are the texts and the members named in it, in the functions and constants of the
tests that it uses, and in its parameters: enough to tell, without running it, a test that calls an
operation from one that cannot.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

MARK: Final = "pytest.mark.witness"
SILENT: Final = frozenset(
    {MARK, "pytest.mark.documented", "pytest.mark.observed", "pytest.mark.inferred"}
)
"""Marks whose texts are about the test, not of it."""
ABSENT: Final = ("pytest.mark.skip", "pytest.mark.xfail")
"""Marks of tests that do not hold anything."""
WORD: Final = re.compile(r"[A-Za-z0-9]+")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Witness:
    """A test, the operations that it is marked with, and the words that it says."""

    path: str
    test: str
    operations: frozenset[str]
    words: frozenset[str]

    def __str__(self) -> str:
        return f"{self.path}::{self.test}"

    def find_missing(self, operation: str) -> list[str]:
        """What a call of the operation has to say and the test does not."""
        method, _, path = operation.partition(" ")
        steps = [step.removeprefix("microsoft.graph.") for step in path.split("/")]
        named = [step.partition("(")[0] for step in steps if not step.startswith("{")]
        return [word for word in (method, *named) if not self.words.issuperset(_split(word))]


def find_witnesses(root: Path) -> Iterator[Witness]:
    """Every marked test; ValueError if a mark does not name its operations as texts."""
    reader = _Reader(root)
    for file in sorted((root / "tests").rglob("test_*.py")):
        if MARK not in file.read_text(encoding="utf-8"):
            continue
        for node in ast.walk(reader.read(file).tree):
            if isinstance(node, Function) and (operations := _read_marks(node)):
                words = frozenset(reader.list_words(file, node))
                path = file.relative_to(root).as_posix()
                yield Witness(path, node.name, operations, words)


def _read_marks(function: Function) -> frozenset[str]:
    """The operations it is marked with; none where it may fail or is left out."""
    found: set[str] = set()
    for mark in function.decorator_list:
        if ast.unparse(mark).startswith(ABSENT):
            return frozenset()
        if not isinstance(mark, ast.Call) or ast.unparse(mark.func) != MARK:
            continue
        for argument in mark.args:
            found.add(ast.literal_eval(argument))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Module:
    tree: ast.Module
    defined: dict[str, ast.stmt]
    imported: dict[str, tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Path
    modules: dict[Path, _Module] = field(default_factory=dict)

    def read(self, file: Path) -> _Module:
        """The module in a file, read once."""
        if file not in self.modules:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            self.modules[file] = _Module(tree, _list_defined(tree), self.list_imported(tree))
        return self.modules[file]

    def list_imported(self, tree: ast.Module) -> dict[str, tuple[Path, str]]:
        """The names that come from other modules of the tests, with their files."""
        imported: dict[str, tuple[Path, str]] = {}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
                file = self.root.joinpath(*str(node.module).split(".")).with_suffix(".py")
                if file.is_file():
                    names = {one.asname or one.name: (file, one.name) for one in node.names}
                    imported.update(names)
        return imported

    def list_words(self, file: Path, node: ast.stmt) -> set[str]:
        """What a statement says, with the functions and constants that it uses."""
        words: set[str] = set()
        seen: set[int] = set()
        waiting = [(file, node)]
        while waiting:
            file, node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            for part in _walk_spoken(node):
                words |= _list_spoken(part)
                used = self.find(file, _name_of(part))
                if used is not None and not isinstance(used[1], ast.ClassDef):
                    waiting.append(used)
        return words

    def find(self, file: Path, name: str) -> tuple[Path, ast.stmt] | None:
        """Where a name of a module is defined, in the tests."""
        module = self.read(file)
        if name in module.defined:
            return file, module.defined[name]
        return self.find(*module.imported[name]) if name in module.imported else None


def _list_defined(tree: ast.Module) -> dict[str, ast.stmt]:
    defined: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
            defined.update(dict.fromkeys(names, node))
    return defined


def _walk_spoken(node: ast.AST) -> Iterator[ast.AST]:
    """All parts of a statement but docstrings and the marks that are about it."""
    yield node
    for child in ast.iter_child_nodes(node):
        is_doc = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_mark = isinstance(child, ast.Call) and ast.unparse(child.func) in SILENT
        if not is_doc and not is_mark:
            yield from _walk_spoken(child)


def _name_of(part: ast.AST) -> str:
    """The name that is used: of a function or a constant, or of a fixture."""
    if isinstance(part, ast.Name):
        return part.id
    return part.arg if isinstance(part, ast.arg) else ""


def _list_spoken(part: ast.AST) -> set[str]:
    """The words of a text; of a member, its name as a path spells it."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return _split(part.value)
    if isinstance(part, ast.Attribute):
        word = part.attr.partition("_with_")[0].replace("_", "").lower()
        # Whoever walks over the pages of a list gets them.
        return {word, "get"} if word == "walk" else {word}
    return set()


def _split(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}
