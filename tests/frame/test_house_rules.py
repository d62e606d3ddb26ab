"""The house rules find what they are for, leave good code alone, and excuse only by name."""

from pathlib import Path

import pytest

from tools.house_rules import MAX_FILE_LINES, MAX_FUNCTION_LINES, check_tree, find_breaches

DOC = '"""A module."""\n'
STEP = "    x += 1\n"


def function_of(lines: int, doc: str = "") -> str:
    """Answer a function that takes so many lines, its docstring not counted."""
    return f"{DOC}def _count(x):\n{doc}{STEP * (lines - 2)}    return x\n"


BAD = {
    "function-too-long": ("function-length", function_of(MAX_FUNCTION_LINES + 1)),
    "file-too-long": ("file-length", DOC + "X = 1\n" * MAX_FILE_LINES),
    "assert": ("assert", f"{DOC}assert DOC\n"),
    "module-without-docstring": ("docstring", "X = 1\n"),
    "class-without-docstring": ("docstring", f"{DOC}class _Grant:\n    id: str\n"),
    "function-without-docstring": ("docstring", f"{DOC}def decide():\n    return 1\n"),
    "async-function-without-docstring": ("docstring", f"{DOC}async def decide():\n    return 1\n"),
    "method-without-docstring": (
        "docstring",
        f'{DOC}class Grant:\n    """A grant."""\n\n    def end(self):\n        return 1\n',
    ),
    "quirk-without-source": ("quirk", f"{DOC}X = 1  # quirk(graph): answers 204 here\n"),
    "quirk-without-dialect": ("quirk", f"{DOC}# quirk: answers 204 here - the reference\n"),
    "quirk-without-deed": ("quirk", f"{DOC}# quirk(graph): - the reference\n"),
    "quirk-in-capitals": ("quirk", f"{DOC}# Quirk(graph): answers 204 here - the reference\n"),
    "bare-noqa": ("excuse", f"{DOC}X = 1  # noqa\n"),
    "noqa-without-reason": ("excuse", f"{DOC}X = 1  # noqa: S105\n"),
    "ignore-without-reason": ("excuse", f"{DOC}X = 1  # type: ignore[assignment]\n"),
    "second-excuse-without-reason": (
        "excuse",
        f"{DOC}X = 1  # type: ignore[assignment]  # noqa: S105\n",
    ),
}
GOOD = {
    "function-just-short-enough": function_of(MAX_FUNCTION_LINES),
    "docstring-not-counted": function_of(
        MAX_FUNCTION_LINES, '    """Explain.\n\n    A lot.\n    """\n'
    ),
    "file-just-short-enough": DOC + "X = 1\n" * (MAX_FILE_LINES - 1),
    "private-function": f"{DOC}def _decide():\n    return 1\n",
    "nested-function": f'{DOC}def make():\n    """Make."""\n    def inner():\n        return 1\n',
    "dunder-method": f'{DOC}class A:\n    """An a."""\n    def __str__(self):\n        return ""\n',
    "override": f"{DOC}@typing.override\ndef decide():\n    return 1\n",
    "quirk": f"{DOC}# quirk(graph): answers 204 here - the reference, section 3\n",
    "quirk-in-two-lines": f"{DOC}# quirk(graph): answers 204 here\n#   always - the reference\n",
    "reasoned-noqa": f"{DOC}X = 1  # noqa: S105, S106 - an example\n",
    "reasoned-ignore": f"{DOC}X = 1  # type: ignore[arg-type]  # its type is too narrow\n",
    "reasoned-pair": f"{DOC}X = 1  # type: ignore[assignment]  # noqa: S105 - an example\n",
    "word-in-a-string": f'{DOC}X = "# quirk: not a comment, # noqa"\n',
}


@pytest.mark.parametrize(("rule", "text"), BAD.values(), ids=BAD.keys())
def test_bad_source_is_found(rule: str, text: str) -> None:
    assert [breach.rule for breach in find_breaches("src/timebound/x.py", text)] == [rule]


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_good_source_is_left_alone(text: str) -> None:
    assert list(find_breaches("src/timebound/x.py", text)) == []


@pytest.mark.parametrize("name", ["assert", "module-without-docstring"])
def test_tests_may_assert_and_name_themselves(name: str) -> None:
    assert list(find_breaches("tests/x.py", BAD[name][1])) == []


def test_sizes_hold_for_tests_too() -> None:
    rule, text = BAD["function-too-long"]
    assert [breach.rule for breach in find_breaches("tests/x.py", text)] == [rule]


def test_tree_is_clean_until_a_breach_is_planted(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "timebound"
    folder.mkdir(parents=True)
    (folder / "good.py").write_text(DOC, encoding="utf-8")
    assert check_tree(tmp_path, {}) == []
    (folder / "bad.py").write_text(f"{DOC}assert 1\n", encoding="utf-8")
    assert check_tree(tmp_path, {}) == [
        "src/timebound/bad.py:2: assert: raise an error instead of asserting"
    ]


@pytest.mark.parametrize("key", ["function-length src/x.py", "function-length src/x.py _count"])
def test_exception_excuses_what_it_names(tmp_path: Path, key: str) -> None:
    (tmp_path / "src").mkdir()
    source = tmp_path / "src" / "x.py"
    source.write_text(BAD["function-too-long"][1], encoding="utf-8")
    assert check_tree(tmp_path, {key: "a table of cases"}) == []
    source.write_text(DOC, encoding="utf-8")
    assert check_tree(tmp_path, {key: "a table of cases"}) == [f"unneeded exception: {key}"]
