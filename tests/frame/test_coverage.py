"""The pages of docs/coverage are current, and no claim on them goes without its witness."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.planting import ROOT, plant
from tools.coverage import (
    Api,
    Area,
    Beyond,
    Coverage,
    Served,
    find_faults,
    read_coverage,
    write_pages,
)
from tools.witnesses import Witness, find_witnesses

COVERAGE = read_coverage(ROOT)
BOTH = frozenset({"v1.0", "beta"})


def test_every_claim_has_its_witness() -> None:
    assert find_faults(COVERAGE) == []


@pytest.mark.parametrize("name", write_pages(COVERAGE))
def test_the_pages_are_current(name: str) -> None:
    page = ROOT / "docs" / "coverage" / name
    assert page.is_file(), "run `make docs`"
    assert page.read_text(encoding="utf-8") == write_pages(COVERAGE)[name], "run `make docs`"


def test_there_are_no_other_pages() -> None:
    there = {file.name for file in (ROOT / "docs" / "coverage").iterdir()}
    assert there == set(write_pages(COVERAGE)), "run `make docs`"


def test_no_operation_is_published_twice() -> None:
    names = [one.name for api in COVERAGE.apis for one in api.operations]
    assert len(names) > 400
    assert len(names) == len(set(names))


# ---- what a claim is held against ------------------------------------------------------------

UNITS = Served("GET", "units/{unit-id}/members", BOTH)
ROW = Served("GET", "units/{id}/members", BOTH)
MARKED = Witness("tests/test_a.py", "test_it", frozenset({ROW.name}), frozenset({"get", "units"}))
HOLDING = replace(MARKED, words=frozenset({"get", "units", "members"}))
KEPT = Coverage((Api("a", "A", (Area("units", "planned", (UNITS,)),)),), (), (ROW,), (HOLDING,))


def test_what_holds_is_left_alone() -> None:
    assert find_faults(KEPT) == []


BETA = frozenset({"beta"})
FAULTS = {
    "no witness": (replace(KEPT, witnesses=()), 'write @pytest.mark.witness("GET units/{id}/'),
    "a witness of nothing": (replace(KEPT, served=()), "no door serves GET units/{id}/members"),
    "a witness that does not call": (replace(KEPT, witnesses=(MARKED,)), "never says members"),
    "a method that is not called": (
        replace(KEPT, witnesses=(replace(HOLDING, words=frozenset({"units", "members"})),)),
        "never says GET",
    ),
    "nothing published": (replace(KEPT, apis=()), "(v1.0, beta) is served but not published"),
    "not published in that version": (
        replace(
            KEPT, apis=(Api("a", "A", (Area("u", "planned", (replace(UNITS, versions=BETA),)),)),)
        ),
        "(v1.0) is served but not published",
    ),
    "a state of its own": (
        replace(KEPT, apis=(Api("a", "A", (Area("u", "soon", (UNITS,)),)),)),
        "not `soon`",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_claim_that_does_not_hold_is_found(name: str) -> None:
    coverage, told = FAULTS[name]
    (fault,) = find_faults(coverage)
    assert told in fault


def test_what_is_served_beyond_needs_a_reason() -> None:
    assert find_faults(replace(KEPT, apis=(), beyond=(Beyond(("units",), "they are"),))) == []
    (fault,) = find_faults(replace(KEPT, apis=(), beyond=(Beyond(("unit",), "they are"),)))
    assert "beyond.json" in fault


def test_the_state_is_told_from_the_doors() -> None:
    in_beta = replace(KEPT, served=(replace(ROW, versions=BETA),))

    told = [write_pages(one)["a.md"] for one in (KEPT, in_beta, replace(KEPT, served=()))]

    row = "| `GET units/{unit-id}/members` | v1.0, beta |"
    assert f"{row} served | [test_it](../../tests/test_a.py) |" in told[0]
    assert f"{row} served in beta; planned | [test_it]" in told[1]
    assert f"{row} planned | - |" in told[2]
    assert "| [A](a.md) | 1 | 0 | 0 |" in write_pages(KEPT)["README.md"]


# ---- what a test says ------------------------------------------------------------------------

LIBRARY = """
ROOT = "/v1.0/directory"

def read(office, name):
    return office.get(f"{ROOT}/{name}")
"""
TESTS = {
    "texts": 'def test_it(office):\n    office.call("GET", "/v1.0/directory/units/7/members")\n',
    "constants": (
        'UNITS = "/beta/directory/units"\n\n'
        'def test_it(office):\n    office.get(UNITS + "/7/Members")\n'
    ),
    "helpers": (
        "from tests.library import read\n\n"
        'def test_it(office):\n    read(office, "units/7/microsoft.graph.members")\n'
    ),
    "fixtures": (
        "import pytest\n\n@pytest.fixture\ndef path():\n"
        '    return "/v1.0/directory/units/7/members"\n\n'
        "def test_it(office, path):\n    office.get(path)\n"
    ),
    "parameters": (
        'import pytest\n\n@pytest.mark.parametrize("name", ["members", "owners"])\n'
        'def test_it(office, name):\n    office.get(f"/v1.0/directory/units/7/{name}")\n'
    ),
    "members of a client": (
        "def test_it(client):\n    client.directory.units.by_unit_id(7).members.get()\n"
    ),
    "functions of a client": (
        "async def test_it(client):\n    await client.directory.units.members_with_on(7).get()\n"
    ),
}
MARK = '@pytest.mark.witness("GET directory/units/{id}/members")\n'


def witness(root: Path, text: str) -> Witness:
    """The witness that a test becomes once it is marked."""
    plant(root, "tests/library.py", LIBRARY)
    marked = text.replace("def test_it", f"{MARK}def test_it").replace(
        f"async {MARK}", f"{MARK}async "
    )
    plant(root, "tests/test_a.py", marked)
    (found,) = find_witnesses(root)
    return found


@pytest.mark.parametrize("name", TESTS)
def test_a_test_that_calls_is_a_witness(name: str, tmp_path: Path) -> None:
    found = witness(tmp_path, TESTS[name])
    assert str(found) == "tests/test_a.py::test_it"
    assert found.find_missing("GET directory/units/{id}/members") == []
    assert found.find_missing("GET directory/units/{id}/extensions") == ["extensions"]
    assert found.find_missing("DELETE directory/units/{id}/members") == ["DELETE"]


SILENT = {
    "another path": 'def test_it(office):\n    office.get("/v1.0/directory/units/7")\n',
    "a name alone": 'def test_it(office, members):\n    office.get("/v1.0/directory/units/7")\n',
    "a docstring": (
        'def test_it(office):\n    """Reads members."""\n'
        '    office.get("/v1.0/directory/units/7")\n'
    ),
    "a source": (
        'import pytest\n\n@pytest.mark.documented("list members")\n'
        'def test_it(office):\n    office.get("/v1.0/directory/units/7")\n'
    ),
    "what nobody uses": (
        'MEMBERS = "members"\n\ndef test_it(office):\n    office.get("/v1.0/directory/units/7")\n'
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_a_test_that_cannot_call_is_none(name: str, tmp_path: Path) -> None:
    found = witness(tmp_path, SILENT[name])
    assert found.find_missing("GET directory/units/{id}/members") == ["members"]


@pytest.mark.parametrize("mark", ["skip", 'skipif(True, reason="later")', "xfail"])
def test_a_test_that_is_left_out_is_none(mark: str, tmp_path: Path) -> None:
    text = f"{MARK}@pytest.mark.{mark}\n{TESTS['texts']}"
    plant(tmp_path, "tests/test_a.py", text)
    assert list(find_witnesses(tmp_path)) == []


def test_a_mark_names_its_operations_as_texts(tmp_path: Path) -> None:
    plant(tmp_path, "tests/test_a.py", f"@pytest.mark.witness(NAME)\n{TESTS['texts']}")
    with pytest.raises(ValueError, match="malformed"):
        list(find_witnesses(tmp_path))


ANYWHERE = "{scope}/providers/Microsoft.Authorization"
AT_PLACES = {
    "subscriptions/{subscriptionId}/providers/Microsoft.Authorization/roleAssignments": (
        f"{ANYWHERE}/roleAssignments"
    ),
    "providers/Microsoft.Authorization/roleAssignmentApprovals/{approvalId}": (
        f"{ANYWHERE}/roleAssignmentApprovals/{{id}}"
    ),
    "{roleAssignmentId}": f"{ANYWHERE}/roleAssignments/{{name}}",
    "{roleAssignmentId}/validate": f"{ANYWHERE}/roleAssignments/{{name}}/validate",
    "{roleId}": f"{ANYWHERE}/roleDefinitions/{{roleDefinitionId}}",
    "{scope}": "{scope}",
}


@pytest.mark.parametrize("path", AT_PLACES)
def test_what_is_served_at_every_scope_is_served_at_each(path: str) -> None:
    row = Served("GET", AT_PLACES[path], frozenset({"2022-04-01"}))
    published = replace(row, path=path)
    coverage = replace(COVERAGE, served=(row,))
    assert coverage.find_served(published) == (row,)
    assert coverage.find_served(replace(published, method="PUT")) == ()


def test_what_is_published_by_whole_ids_is_not_beyond_at_a_scope() -> None:
    path = AT_PLACES["{roleId}"]
    newest = frozenset({"2024-07-01-preview"})
    row = Served("GET", path, newest)
    by_id = Api("a", "A", (Area("u", "planned", (replace(row, path="{roleId}"),)),))
    assert replace(COVERAGE, apis=(by_id,), served=(row,)).list_beyond() == ()
    at_scope = replace(by_id, areas=(Area("u", "planned", (replace(row, method="PUT"),)),))
    assert replace(COVERAGE, apis=(at_scope,), served=(row,)).list_beyond() == (row,)
