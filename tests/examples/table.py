"""The table of published examples, as its files write it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from timebound.server.seed_yaml import read_yaml

_FOLDER: Final = Path(__file__).parent


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Nothing unknown, never changed."""


class Step(_Row, frozen=True):
    """A call that has to be made before; `keep` names what it answers with."""

    who: str
    send: str
    body: Any = None
    keep: str | None = None


class Example(_Row, frozen=True):
    """A published request with the status and, where there is one, the shape of its answer."""

    example: str
    who: str
    send: str
    status: int
    first: str | None = None
    headers: dict[str, str] = {}
    body: Any = None
    answer: str | None = None
    note: str | None = None


class Table(_Row, frozen=True):
    """What the examples say; stories and shapes are shared by several."""

    stories: dict[str, tuple[Step, ...]] = {}
    shapes: dict[str, str] = {}
    examples: tuple[Example, ...] = ()


class Reason(_Row, frozen=True):
    """Why examples of what is served are left out."""

    reason: str
    examples: tuple[str, ...]


class Subject(_Row, frozen=True):
    """Examples of what no door serves, with their methods and paths."""

    about: str
    examples: dict[str, str]


class Rest(_Row, frozen=True):
    """The published examples that no test re-expresses."""

    left_out: tuple[Reason, ...]
    not_served: tuple[Subject, ...]


def load_table() -> Table:
    """The examples that are played: those of the main file, and those of each file in `more`."""
    more = sorted(path.relative_to(_FOLDER) for path in _FOLDER.glob("more/*.yaml"))
    return merge(msgspec.convert(_load(name), Table) for name in (Path("examples.yaml"), *more))


def merge(tables: Iterable[Table]) -> Table:
    """The tables as one; a story or a shape that two of them name alike is refused."""
    stories: dict[str, tuple[Step, ...]] = {}
    shapes: dict[str, str] = {}
    examples: list[Example] = []
    for table in tables:
        if taken := (stories.keys() & table.stories) | (shapes.keys() & table.shapes):
            raise ValueError(f"named in two files: {', '.join(sorted(taken))}")
        stories |= table.stories
        shapes |= table.shapes
        examples += table.examples
    return Table(stories, shapes, tuple(examples))


def load_rest() -> Rest:
    """The examples that are not."""
    return msgspec.convert(_load(Path("left_out.yaml")), Rest)


def _load(name: Path) -> object:
    return read_yaml((_FOLDER / name).read_text(encoding="utf-8")).data
