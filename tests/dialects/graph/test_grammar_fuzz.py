"""The grammar of queries against everything that can be read: answered, or refused by name."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialects.graph.office import (
    GRACE,
    HANA,
    READER,
    ROBOT_APP,
    TIER2,
    Office,
    make_office,
    open_office,
)
from tests.dialects.graph.writing import desk, permit_everything
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.entities import find_entity
from timebound.dialects.graph.operations import OPERATIONS
from timebound.dialects.graph.serving import trace_served
from timebound.storage.sqlite import SqliteStore

PATHS = sorted(
    (version.value, operation.path)
    for operation in OPERATIONS
    for version in operation.versions
    if operation.method == "GET"
)
TYPES = sorted(
    name for name in trace_served(Version.BETA).types if name[:1].islower() and name != "entity"
)
KEYS = st.sampled_from([HANA, GRACE, READER, TIER2, ROBOT_APP, "hana@office.example", "x", "a'b"])


def list_names() -> list[str]:
    """Every property and navigation that any entity is declared with."""
    names: set[str] = set()
    for type_name in TYPES:
        try:
            entity = find_entity(type_name, is_beta=True)
        except KeyError:
            continue
        names |= {one.name for one in entity.properties.values()}
        names |= {one.name for one in entity.navigations.values()}
    return sorted(names)


NAMES = st.sampled_from([*list_names(), "colour", "id/x", "$count", "*", "id"])
LITERALS = st.sampled_from(
    [
        "null",
        "true",
        "false",
        "0",
        "-1.5",
        "9223372036854775807",
        f"'{HANA}'",
        HANA,
        "'x'",
        "'it''s'",
        "'%_!'",
        "2031-03-04T08:00:00Z",
        "2031-03-04",
        "duration'PT8H'",
        "microsoft.graph.status'Provisioned'",
        "@p",
        "'\N{SNOWMAN}'",
    ]
)
OPERATORS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "has", "EQ"])
FUNCTIONS = st.sampled_from(["startswith", "endswith", "contains", "tolower", "length"])


def compare(name: str, operator: str, value: str) -> str:
    return f"{name} {operator} {value}"


def quantify(name: str, word: str, inner: str) -> str:
    return f"{name}/{word}({inner})"


SIMPLE = (
    st.builds(compare, NAMES, OPERATORS, LITERALS)
    | st.builds(lambda f, n, v: f"{f}({n},{v})", FUNCTIONS, NAMES, LITERALS)
    | st.builds(lambda n, vs: f"{n} in ({','.join(vs)})", NAMES, st.lists(LITERALS, max_size=3))
    | st.builds(lambda n, o: f"{n}/$count {o} 0", NAMES, OPERATORS)
    | st.builds(
        quantify,
        NAMES,
        st.sampled_from(["any", "all"]),
        st.sampled_from(["", "x:x eq 'y'", "x:x/skuId eq 'y'", "x:startswith(x,'y')", "x:y eq 1"]),
    )
)
FILTERS = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(lambda a, w, b: f"{a} {w} {b}", inner, st.sampled_from(["and", "or"]), inner)
        | inner.map(lambda one: f"not ({one})")
        | inner.map(lambda one: f"({one})")
    ),
    max_leaves=4,
)
LISTS = st.lists(NAMES, min_size=1, max_size=3).map(",".join)
ORDERS = st.builds(lambda n, d: f"{n} {d}", NAMES, st.sampled_from(["", "asc", "desc", "up"]))
NESTED = st.lists(
    st.sampled_from(
        ["$select", "$filter", "$orderby", "$top", "$count", "$expand", "$levels"]
    ).flatmap(lambda name: st.builds(lambda v: f"{name}={v}", NAMES | LITERALS)),
    max_size=2,
).map(";".join)
EXPANSIONS = st.builds(lambda n, o: f"{n}({o})" if o else n, NAMES, NESTED)
CLAUSES = st.builds(lambda n, t: f'"{n}:{t}"', NAMES, st.sampled_from(["hana", "!", "", 'a"b']))
SEARCHES = st.lists(CLAUSES | st.sampled_from(["AND", "OR", "(", ")"]), max_size=4).map(" ".join)
GARBAGE = st.text(max_size=12)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "$filter": FILTERS | GARBAGE,
        "$select": LISTS | GARBAGE,
        "$expand": EXPANSIONS | GARBAGE,
        "$orderby": ORDERS | GARBAGE,
        "$search": SEARCHES | GARBAGE,
        "$top": st.sampled_from(["1", "0", "1000", "x"]),
        "$skip": st.sampled_from(["0", "1"]),
        "$count": st.sampled_from(["true", "false", "x"]),
        "$format": st.sampled_from(["json", "xml"]),
        "$skiptoken": GARBAGE,
        "$deltatoken": st.sampled_from(["latest", "", "x"]),
        "@p": LITERALS,
    },
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "ConsistencyLevel": st.sampled_from(["eventual", "x"]),
        "Prefer": st.sampled_from(["odata.maxpagesize=1", "return=minimal", "=,;"]),
        "Accept": st.sampled_from(["application/json;odata.metadata=none", "*/*", "text/xml"]),
    },
)
FAST = settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def lasting(
    empty_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[asyncio.Runner, Office, str]]:
    """An office that lasts for many calls, the loop it lives in, and who may ask for anything."""
    path = tmp_path_factory.mktemp("grammar") / "office.db"
    shutil.copy(empty_file, path)
    store = SqliteStore(path)
    with asyncio.Runner() as runner:
        runner.run(store.open())
        runner.run(make_office(store))
        office = runner.run(permit_everything(open_office(store, is_checked=False)))
        yield runner, office, desk(office, GRACE)
        runner.run(store.close())


@st.composite
def draw_call(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A GET of some operation, with options and headers."""
    version, path = draw(st.sampled_from(PATHS))
    while "{id}" in path:
        key = draw(KEYS)
        spelled = draw(st.sampled_from(["/{}", "('{}')", "(id='{}')"]))
        place = "/{id}" if "/{id}" in path else "{id}"
        path = path.replace(place, spelled.format(quote(key)), 1)
    ending = draw(st.sampled_from(["", "", "", "/$count", "()", "(on='principal')", "(on=@p)"]))
    query = "&".join(f"{name}={quote(text)}" for name, text in draw(OPTIONS).items())
    return f"/{version}/{path}{ending}?{query}", draw(HEADERS)


@pytest.mark.inferred("bad input is refused with its name, never a fault")
@FAST
@given(call=draw_call())
def test_no_call_makes_the_door_fail(
    lasting: tuple[asyncio.Runner, Office, str], call: tuple[str, dict[str, str]]
) -> None:
    runner, office, key = lasting
    path, headers = call

    response = runner.run(
        office.client.get(path, headers={"authorization": f"Bearer {key}", **headers})
    )

    assert response.status_code in (200, 400, 403, 404, 405, 410), response.text
    if response.status_code == 400:
        assert response.json()["error"]["message"]
