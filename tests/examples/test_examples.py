"""Every published example of what is served comes out as it was published, in the demo tenant."""

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.examples.place import LABEL, Place, furnish_demo
from tests.examples.shapes import find_misfits, read_shape
from tests.examples.table import Example, load_rest, load_table
from tests.scenarios.company import Company, open_company
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.operations import OPERATIONS
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.routing import build_tree, find_route
from timebound.dialects.odata.path import split_path
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

TABLE: Final = load_table()
REST: Final = load_rest()
PAGE: Final = Path(__file__).parents[2] / "docs" / "published-examples.md"
TREES: Final = {version: build_tree(OPERATIONS, version) for version in Version}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def written_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo tenant, to be copied."""
    path = tmp_path_factory.mktemp("examples") / "demo.db"
    migrate(f"sqlite:///{path}")
    async with opened(path, is_written=False):
        return path


@pytest.fixture
async def demo(written_file: Path, tmp_path: Path) -> AsyncIterator[Company]:
    """The demo tenant as it is at the start."""
    shutil.copy(written_file, path := tmp_path / "demo.db")
    async with opened(path, is_written=True) as company:
        yield company


@asynccontextmanager
async def opened(path: Path, *, is_written: bool) -> AsyncIterator[Company]:
    """The demo tenant in a database, until the context is left."""
    store = open_store(f"sqlite:///{path}")
    await store.open()
    company = await open_company(store, LABEL, furnish_demo(), is_written=is_written)
    yield company
    await company.client.aclose()
    await store.close()


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(one, id=one.example, marks=pytest.mark.documented(one.example))
        for one in TABLE.examples
    ],
)
async def test_a_published_example_comes_out_as_published(demo: Company, example: Example) -> None:
    role = example.body.get("roleDefinitionId") if example.body else None
    place = Place(demo, role)
    for step in TABLE.stories[example.first] if example.first else ():
        await place.take(step)

    answer = await place.send(example)

    assert answer.status_code == example.status, answer.text
    if example.answer is None:
        assert answer.content == b"" or example.note
    else:
        shape = read_shape(TABLE.shapes[example.answer])
        assert list(find_misfits(shape, answer.json())) == []


def is_served(call: str) -> bool:
    """Whether a door serves a method and a path with its version."""
    method, path = call.split(" ", 1)
    _, version, rest = path.partition("?")[0].split("/", 2)
    try:
        find_route(TREES[Version(version)], Version(version), method, split_path(rest.encode()))
    except Refusal:
        return False
    return True


def test_each_example_is_either_played_or_left_out_for_a_reason() -> None:
    played = [one.example for one in TABLE.examples]
    left_out = [name for reason in REST.left_out for name in reason.examples]
    not_served = [name for subject in REST.not_served for name in subject.examples]

    assert [n for n, count in Counter(played + left_out + not_served).items() if count > 1] == []
    assert all(is_served(one.send) for one in TABLE.examples)
    assert {one.first for one in TABLE.examples} - {None} == TABLE.stories.keys()
    assert {one.answer for one in TABLE.examples} - {None} == TABLE.shapes.keys()


@pytest.mark.parametrize(
    ("name", "call"),
    [call for subject in REST.not_served for call in subject.examples.items()],
)
def test_what_is_said_not_to_be_served_is_not(name: str, call: str) -> None:
    assert not is_served(call), f"{name} can be played now: move it into examples.yaml"


def test_the_page_counts_the_examples() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Azure Resource Manager")[0]
    told = {name: int(count) for name, count in re.findall(r"\| (\w[^|]*?) \| (\d+) \|", text)}

    assert told == {
        "played": len(TABLE.examples),
        "left out": sum(len(reason.examples) for reason in REST.left_out),
        **{subject.about: len(subject.examples) for subject in REST.not_served},
    }
