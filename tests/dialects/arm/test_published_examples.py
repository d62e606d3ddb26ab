"""Every published example and recording of Resource Manager is played, or left out for a reason.

The table is `tests/examples/azure.yaml`; what plays an example is known by its markers, which name
it `operation@version#title`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec
import pytest

from timebound.dialects.arm.operations import OPERATIONS
from timebound.server.seed_yaml import read_yaml

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
PAGE: Final = ROOT / "docs" / "published-examples.md"
PROVENANCE: Final = frozenset({"documented", "observed", "inferred"})
Titles = dict[str, dict[str, tuple[str, ...]]]
"""Operations, with the titles of their examples and the versions that have them."""


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Nothing unknown, never changed."""


class Area(_Row, frozen=True):
    """Examples that are played."""

    about: str
    examples: Titles


class Reason(_Row, frozen=True):
    """Why examples are left out."""

    reason: str
    examples: Titles


class Later(_Row, frozen=True):
    """Examples of what no door serves, with the methods and paths of their operations."""

    about: str
    calls: dict[str, str]
    examples: Titles


class Table(_Row, frozen=True):
    """All examples; `inTests` are tests that name operations, or one title of them, otherwise."""

    played: tuple[Area, ...]
    in_tests: dict[str, tuple[str, ...]]
    left_out: tuple[Reason, ...]
    not_served: tuple[Later, ...]
    recorded: dict[str, str]
    """What was recorded of the service, and the test that plays it."""


TABLE: Final = msgspec.convert(
    read_yaml((ROOT / "tests" / "examples" / "azure.yaml").read_text("utf-8")).data, Table
)


def list_names(titles: Titles) -> list[str]:
    """The examples, `operation@version#title`."""
    return [
        f"{operation}@{version}#{title}"
        for operation, found in titles.items()
        for title, versions in found.items()
        for version in versions
    ]


def load_tests() -> Iterator[ModuleType]:
    for path in sorted(HERE.glob("test_*.py")):
        yield import_module(f"tests.dialects.arm.{path.stem}")


def list_marks(test: Any) -> Iterator[str]:  # noqa: ANN401 - a test function
    """What the provenance markers of a test say, those of its parameters as well."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name in PROVENANCE:
            yield from mark.args
        if mark.name == "parametrize":
            for values in mark.args[1]:
                marks = getattr(values, "marks", ())
                yield from (text for one in marks if one.name in PROVENANCE for text in one.args)


def find_test(name: str) -> Any:  # noqa: ANN401 - a test function
    """A test by the names of its module and its own."""
    module, _, test = name.partition(".")
    return getattr(import_module(f"tests.dialects.arm.{module}"), test)


def named_by_markers() -> set[str]:
    return {
        text
        for module in load_tests()
        for name, test in vars(module).items()
        if name.startswith("test_")
        for text in list_marks(test)
    }


def named_in_tests(name: str) -> bool:
    """Whether a test plays an example under another name."""
    operation, _, rest = name.partition("@")
    title = rest.partition("#")[2]
    named = {one for found in TABLE.in_tests.values() for one in found}
    return operation in named or f"{operation}@{title}" in named


def strip_names(path: str) -> str:
    """A path with nothing in its braces."""
    return re.sub(r"\{[^}]*\}", "{}", path).lower()


SERVED: Final = {f"{one.method} {strip_names(one.path)}" for one in OPERATIONS}


def test_what_is_said_to_be_played_is() -> None:
    played = [name for area in TABLE.played for name in list_names(area.examples)]
    marked = named_by_markers()
    assert [name for name in played if name not in marked and not named_in_tests(name)] == []


def test_what_markers_name_is_published() -> None:
    played = {name for area in TABLE.played for name in list_names(area.examples)}
    spelled = re.compile(r"\w+_\w+@\d{4}-\d{2}-\d{2}(-preview)?#\w+")
    assert {one for one in named_by_markers() if spelled.fullmatch(one)} <= played


def test_each_example_is_there_once() -> None:
    titles: tuple[Area | Reason | Later, ...]
    titles = (*TABLE.played, *TABLE.left_out, *TABLE.not_served)
    names = Counter(name for one in titles for name in list_names(one.examples))
    assert [name for name, count in names.items() if count > 1] == []
    assert len(names) == 414


@pytest.mark.parametrize("name", sorted(TABLE.in_tests))
def test_tests_that_play_examples_under_other_names_are_there(name: str) -> None:
    assert any("xample" in text or "#" in text for text in list_marks(find_test(name)))


@pytest.mark.parametrize("name", sorted(set(TABLE.recorded.values())))
def test_each_recording_is_played(name: str) -> None:
    assert [mark for mark in find_test(name).pytestmark if mark.name == "observed"]


@pytest.mark.parametrize(
    ("operation", "call"), [one for later in TABLE.not_served for one in later.calls.items()]
)
def test_what_is_said_not_to_be_served_is_not(operation: str, call: str) -> None:
    method, path = call.split(" ", 1)
    assert f"{method} {strip_names(path)}" not in SERVED, f"{operation} can be played now"


def test_the_page_counts_the_examples() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Azure Resource Manager")[2]
    told = {name: int(count) for name, count in re.findall(r"\| (\w[^|]*?) \| (\d+) \|", text)}
    areas: tuple[Area | Later, ...] = (*TABLE.played, *TABLE.not_served)
    counted = {one.about: len(list_names(one.examples)) for one in areas}
    left_out = sum(len(list_names(one.examples)) for one in TABLE.left_out)
    recorded = len(TABLE.recorded)
    assert told == {**counted, "left out": left_out, "recorded exchanges": recorded}
